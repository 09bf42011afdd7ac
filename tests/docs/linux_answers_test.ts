import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { readLinux } from "../../docs/generator/linux.ts";
import * as abi from "../../lib/abi/mod.ts";
import { PID_FD_INFO_REPLIES } from "../../lib/calls/pid_fd_info.ts";
import { PID_FILEPORT_INFO_REPLIES } from "../../lib/calls/pid_fileport_info.ts";
import { PID_INFO_REPLIES } from "../../lib/calls/pid_info.ts";
import { PID_RUSAGE_REPLIES } from "../../lib/calls/pid_rusage.ts";
import { errnoName } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const { answers } = readLinux();
const values: Readonly<Record<string, unknown>> = { ...abi };

/** A call without side effects on Linux, with its name in docs/linux. */
interface Question {
  readonly name: string;
  readonly callnum: number;
  readonly pid?: number;
  readonly flavor?: number;
  readonly arg?: bigint;
  readonly size?: number;
}

const named = (table: object, prefix: RegExp): [string, number][] =>
  Object.keys(table).map(Number).map((flavor) => {
    const name = Object.keys(values).find((name) => prefix.test(name) && values[name] === flavor);
    return [name!, flavor];
  });

const {
  PROC_INFO_CALL_PIDINFO: PIDINFO,
  PROC_INFO_CALL_PIDFDINFO: PIDFDINFO,
  PROC_INFO_CALL_PIDFILEPORTINFO: PIDFILEPORTINFO,
  PROC_INFO_CALL_PIDRUSAGE: PIDRUSAGE,
} = abi;
const INFO = /^PROC_PID(?!FD|FILEPORT|DYNKQUEUE|ORIGINATOR|LISTFD_)(?!.*(?:SIZE|MAX)$)/;

const QUESTIONS: readonly Question[] = [
  ...named(PID_INFO_REPLIES, INFO).map(([name, flavor]) => ({
    name,
    callnum: PIDINFO,
    flavor,
    size: 4096,
  })),
  { name: "PROC_PID_RUSAGE", callnum: PIDINFO, flavor: abi.PROC_PID_RUSAGE, size: 4096 },
  ...named(PID_FD_INFO_REPLIES, /^PROC_PIDFD(?!.*_(?:SIZE|MAX)$)/).map(([name, flavor]) => ({
    name,
    callnum: PIDFDINFO,
    flavor,
    size: 4096,
  })),
  ...named(PID_FILEPORT_INFO_REPLIES, /^PROC_PIDFILEPORT(?!.*_SIZE$)/).map((
    [name, flavor],
  ) => ({ name, callnum: PIDFILEPORTINFO, flavor, arg: 0x1203n, size: 4096 })),
  ...named(PID_RUSAGE_REPLIES, /^RUSAGE_INFO_V/).map(([name, flavor]) => ({
    name,
    callnum: PIDRUSAGE,
    flavor,
    size: 464,
  })),
  ...[1, 2, 3, 4, 5, 6, 7].map((type) => ({
    name: named({ [type]: 0 }, /^PROC_(?:ALL_PIDS|[A-Z]+_ONLY)$/)[0]![0],
    callnum: abi.PROC_INFO_CALL_LISTPIDS,
    pid: type,
    size: 4096,
  })),
  { name: "SETCONTROL PCONTROL", callnum: 5, flavor: 1 },
  { name: "SETCONTROL VMRSRCOWNER", callnum: 5, flavor: 3 },
  { name: "SETCONTROL DELAYIDLESLEEP", callnum: 5, flavor: 4 },
  { name: "DIRTYCONTROL TRACK", callnum: 8, flavor: 1, arg: 1n },
  { name: "DIRTYCONTROL SET", callnum: 8, flavor: 2 },
  { name: "DIRTYCONTROL GET", callnum: 8, flavor: 3 },
  { name: "DIRTYCONTROL CLEAR", callnum: 8, flavor: 4, arg: 4n },
  { name: "PIDORIGINATORINFO", callnum: 10, flavor: 1, size: 16 },
  { name: "PIDORIGINATORINFO", callnum: 10, flavor: 2, size: 4 },
  { name: "PIDORIGINATORINFO", callnum: 10, flavor: 3, size: 48 },
  { name: "LISTCOALITIONS", callnum: 11, pid: 1, size: 4096 },
  { name: "CANUSEFGHW", callnum: 12, size: 4 },
  { name: "PIDDYNKQUEUEINFO", callnum: 13, flavor: 0, arg: 1n, size: 208 },
  { name: "UDATA_INFO", callnum: 14, flavor: 1, size: 8 },
  { name: "SET_DYLD_IMAGES", callnum: 15, size: 8 },
  { name: "TERMINATE_RSR", callnum: 16, arg: 15n },
  { name: "DELEGATE_SIGNAL", callnum: 19, flavor: 15, size: 64 },
  { name: "DELEGATE_TERMINATE", callnum: 20, size: 64 },
];

/** Returns the name of the error that a call for this process fails with on Linux, or undefined. */
function errorOf({ callnum, pid, flavor = 0, arg = 0n, size }: Question): string | undefined {
  const buffer = size === undefined ? null : new Uint8Array(new ArrayBuffer(size));
  const answer = defaultSystem().kernel.procInfo(callnum, pid ?? process.pid, flavor, arg, buffer);
  return answer < 0 ? errnoName(-answer) : undefined;
}

test("docs/linux has a row for every flavor that can be queried without harm", () => {
  assertEquals(QUESTIONS.filter(({ name }) => !answers.has(name)), []);
  const names = new Set(QUESTIONS.map(({ name }) => name));
  const others = [...answers.keys()].filter((name) => !names.has(name)).sort();
  assertEquals(others, [
    "KERNMSGBUF",
    "SETCONTROL THREADNAME",
    "SIGNAL_AUDITTOKEN",
    "TERMINATE",
    "TERMINATE_AUDITTOKEN",
  ]);
});

for (const question of QUESTIONS) {
  const { status = "", note = "" } = answers.get(question.name) ?? {};
  const { name, flavor = 0 } = question;

  test(`${name} (${flavor}) answers on Linux as docs/linux states: ${status}`, { skip }, () => {
    const error = errorOf(question);
    // The note names errors that depend on the host or the caller.
    const noted: string[] = note.match(/\bE[A-Z]{3,}\b/g) ?? [];
    if (status === "served" || status === "partly") {
      assert(error !== "ENOTSUP" || noted.includes(error), error);
    } else {
      assert(error === status || error !== undefined && noted.includes(error), error);
    }
  });
}

test("a thread's questions are not ENOTSUP where docs/linux has them served", { skip }, () => {
  const arg = defaultSystem().threadId();
  for (const flavor of [5, 10, 15, 33]) {
    assertEquals(errorOf({ name: "", callnum: PIDINFO, flavor, arg, size: 4096 }), undefined);
  }
});
