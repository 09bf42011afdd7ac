import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import { procBsdInfo, procBsdInfoWithUniqId, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDRUSAGE,
} from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
} from "../../lib/abi/pid_info.ts";
import { procTaskInfo } from "../../lib/abi/task_info.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";
import { MISSING, ProcessError } from "../../lib/process/errors.ts";
import { FIELD_NAMES, type FieldName, PLACES } from "../../lib/process/fields/mod.ts";
import { openProcess, Process } from "../../lib/process/process.ts";
import { tableRow } from "../../lib/process/row.ts";
import { processes } from "../../lib/process/rows.ts";
import { processTable } from "../../lib/process/table.ts";
import { type ProcessNode, processTree } from "../../lib/process/tree.ts";
import { SystemCallError } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { type KernelCall, scriptedKernel } from "../../lib/testing/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { METHODS } from "./process_methods.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

type Row = Readonly<Record<string, unknown>> & { readonly missing: Record<string, string> };

/** Checks that each field of a row has a value of its type, or a reason why it is missing. */
function checkTypes(row: Row, what: string): void {
  for (const name of FIELD_NAMES) {
    const value = row[name];
    const why = row.missing[name];
    if (why !== undefined) {
      assert((MISSING as readonly unknown[]).includes(why), `${what}: ${name} is ${why}`);
      assertEquals(value, undefined, `${what}: ${name}`);
      continue;
    }
    if (value === undefined) continue;
    const { kind } = PLACES.get(name as FieldName)!.field;
    const isRight = {
      number: typeof value === "number" && Number.isFinite(value),
      flag: typeof value === "boolean",
      text: typeof value === "string",
      identity: typeof value === "string" && /^\d+$/.test(value),
      texts: Array.isArray(value) && value.every((text) => typeof text === "string"),
      numbers: Array.isArray(value) && value.every(Number.isFinite),
    }[kind];
    assert(isRight, `${what}: ${name} is ${JSON.stringify(value)}`);
  }
  JSON.stringify(row);
}

/** Returns this host's kernel with some falsified answers. */
function lying(
  lie: (call: KernelCall, buffer: Uint8Array, answer: number) => number,
): System {
  const { kernel } = defaultSystem();
  return kernelSystem(scriptedKernel((call, buffer) => {
    const { callnum, pid, flavor, arg, flags, extId } = call;
    const answer = flags === undefined
      ? kernel.procInfo(callnum, pid, flavor, arg, buffer)
      : kernel.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
    return buffer === null || answer < 0 ? answer : lie(call, buffer, answer);
  }));
}

/**
 * Reads everything about processes of the cast in every way. Each result must be plausible, or an
 * expected error.
 */
function readAll(system: System, what: string): void {
  const pids = [cast.pid("plain"), cast.pid("zombie")];
  const sensible = (ask: () => unknown) => {
    try {
      return ask();
    } catch (error) {
      // A fault of the library, such as a RangeError of a DataView, is not expected.
      const isOurs = error instanceof ProcessError || error instanceof SystemCallError ||
        (error as Error).name === "ShortAnswerError";
      assert(isOurs, `${what}: ${(error as Error).stack}`);
      return undefined;
    }
  };
  const rows = sensible(() => processes({ fields: FIELD_NAMES, pids, system })) as Row[] ?? [];
  for (const row of rows) checkTypes(row, what);
  const table = sensible(() => processTable({ fields: FIELD_NAMES, pids, system }));
  if (table !== undefined) tableRow(table as ReturnType<typeof processTable<FieldName>>, 0);
  for (
    const filter of [{ name: "cast" }, { state: "zombie" }, { user: 0 }, { parent: 1 }] as const
  ) {
    sensible(() => processes({ pids, system, ...filter }));
  }
  const one = new Process(openProcess(cast.pid("plain")), { system });
  for (const [name, ask] of Object.entries(METHODS)) {
    const value = sensible(() => ask(one));
    if (value !== undefined) JSON.stringify(value) ?? assert(name === "cpuPercent", name);
  }
  sensible(() => one.toJSON());
}

test("answers of a wrong length are reported as errors or missing values", { skip }, () => {
  const all = systemOf(scriptedKernel(({ size }) => size === null ? 40 : size * 2));
  const error = assertThrows(() => processes({ system: all }), SystemCallError);
  assertEquals(error.code, "EIO");
  assertThrows(() => all.descriptorCount(7), SystemCallError, "EIO");
  const lengths: Readonly<Record<string, (answer: number, size: number) => number>> = {
    nothing: () => 0,
    "a byte": () => 1,
    "half": (answer) => answer >> 1,
    "one less": (answer) => Math.max(answer - 1, 0),
    "more than there is room for": (_, size) => size * 2,
    "the most there can be": () => 0x7fffffff,
  };
  for (const [what, length] of Object.entries(lengths)) {
    const system = lying(({ callnum, pid }, buffer, answer) => {
      if (callnum === PROC_INFO_CALL_PIDRUSAGE || callnum === PROC_INFO_CALL_LISTPIDS) {
        return answer;
      }
      // Lists that are too long for any memory would be requested endlessly.
      const isList = buffer.length % 8 === 0 && answer === 0;
      return isList || pid === 0 ? answer : length(answer, buffer.length);
    });
    if (["more than there is room for", "the most there can be"].includes(what)) {
      // A single value is complete in that case, but a list is not.
      const pids = [cast.pid("plain")];
      const [row] = processes({ fields: FIELD_NAMES, pids, system }) as unknown as Row[];
      checkTypes(row!, what);
      assertEquals([row!["name"], row!.missing["name"]], ["cast", undefined]);
      continue;
    }
    readAll(system, what);
    const [row] = processes({ fields: ["name", "userId"], pids: [cast.pid("plain")], system });
    assertEquals(row!.missing, { name: "unsupported", userId: "unsupported" }, what);
    assertThrows(() => openProcess(cast.pid("plain"), { system }), Error);
  }
});

test("answers of any content are taken for what they are", { skip }, () => {
  const fills: Readonly<Record<string, (buffer: Uint8Array, length: number) => void>> = {
    zeros: (buffer, length) => buffer.fill(0, 0, length),
    ones: (buffer, length) => buffer.fill(0xff, 0, length),
    "0x80": (buffer, length) => buffer.fill(0x80, 0, length),
    text: (buffer, length) => buffer.fill(0x41, 0, length),
  };
  const isStruct = ({ callnum, flavor }: KernelCall) =>
    callnum === PROC_INFO_CALL_PIDRUSAGE || callnum === PROC_INFO_CALL_PIDINFO &&
      [PROC_PIDT_BSDINFOWITHUNIQID, PROC_PIDT_SHORTBSDINFO, PROC_PIDTASKINFO, 9, 11, 17].includes(
        flavor,
      );
  for (const [what, fill] of Object.entries(fills)) {
    readAll(
      lying((call, buffer, answer) => {
        if (isStruct(call)) fill(buffer, answer || buffer.length);
        return answer;
      }),
      what,
    );
  }
});

test("numbers that make no sense are not reported as values, and never crash", { skip }, () => {
  const bsd = offsetsOf(procBsdInfo), short = offsetsOf(procBsdShortInfo);
  const task = offsetsOf(procTaskInfo);
  const whole = (at: number, value: number) => ({ flavor: PROC_PIDT_BSDINFOWITHUNIQID, at, value });
  const lies: Readonly<Record<string, { flavor: number; at: number; value: number }>> = {
    "a status of 0": whole(bsd.pbi_status, 0),
    "a status of 6": whole(bsd.pbi_status, 6),
    "a negative status": whole(bsd.pbi_status, -1),
    "a negative parent": whole(bsd.pbi_ppid, -1),
    "a negative group": whole(bsd.pbi_pgid, -2),
    "a negative start": whole(bsd.pbi_start_tvsec + 4, -1),
    "a start far away": whole(bsd.pbi_start_tvsec + 4, 0x7fffffff),
    "a nice value of -2147483648": whole(bsd.pbi_nice, -0x80000000),
    "a terminal that is not there": whole(bsd.e_tdev, -2),
    "all flags": whole(bsd.pbi_flags, -1),
    "a policy of -1": { flavor: PROC_PIDTASKINFO, at: task.pti_policy, value: -1 },
    "-1 threads": { flavor: PROC_PIDTASKINFO, at: task.pti_threadnum, value: -1 },
    "-1 running": { flavor: PROC_PIDTASKINFO, at: task.pti_numrunning, value: -1 },
    "times of 2^64": { flavor: PROC_PIDTASKINFO, at: task.pti_total_user + 4, value: -1 },
    "memory of 2^64": { flavor: PROC_PIDTASKINFO, at: task.pti_resident_size + 4, value: -1 },
    "a short status of 77": { flavor: PROC_PIDT_SHORTBSDINFO, at: short.pbsi_status, value: 77 },
  };
  for (const [what, { flavor, at, value }] of Object.entries(lies)) {
    readAll(
      lying((call, buffer, answer) => {
        if (call.callnum === PROC_INFO_CALL_PIDINFO && call.flavor === flavor) {
          new DataView(buffer.buffer, buffer.byteOffset).setInt32(at, value, true);
        }
        return answer;
      }),
      what,
    );
  }
  const status = (value: number) =>
    processes({
      fields: ["state"],
      pids: [cast.pid("plain")],
      system: lying((call, buffer, answer) => {
        if (call.flavor === PROC_PIDT_BSDINFOWITHUNIQID) {
          new DataView(buffer.buffer).setInt32(bsd.pbi_status, value, true);
        }
        return answer;
      }),
    })[0]!;
  for (const value of [0, 6, 77, -1]) {
    assertEquals([status(value).state, status(value).missing.state], [undefined, "unsupported"]);
  }
});

/** Returns a kernel that lists these pids and reports a process for each. */
function listing(pids: readonly number[], size?: number, written?: number): System {
  const bytes = new Uint8Array(procBsdInfoWithUniqId.size);
  return systemOf(scriptedKernel([
    {
      callnum: PROC_INFO_CALL_LISTPIDS,
      answer(_, buffer) {
        if (buffer === null) return size ?? pids.length * 4 + 80;
        const list = new Uint8Array(Int32Array.from(pids).buffer);
        buffer.set(list.subarray(0, buffer.length));
        return written ?? Math.min(list.length, buffer.length);
      },
    },
    {
      flavor: PROC_PIDT_BSDINFOWITHUNIQID,
      answer({ pid }) {
        const p_uniqidentifier = { p_uniqueid: BigInt(Math.abs(pid)) + 1n };
        const pbsd = { pbi_pid: pid, pbi_ppid: 0, pbi_status: 4, pbi_comm: `p${pid}` };
        procBsdInfoWithUniqId.encode({ pbsd, p_uniqidentifier }, bytes);
        return bytes;
      },
    },
  ]));
}

test("lists that make no sense are read as far as they do", () => {
  const names = (system: System) =>
    processes({ system, fields: ["name"] }).map(({ pid, name }) => [pid, name]);
  assertEquals(names(listing([])), []);
  assertEquals(names(listing([3, 1, 2])), [[1, "p1"], [2, "p2"], [3, "p3"]]);
  // Each pid occurs once and in order, even if it is listed repeatedly.
  assertEquals(names(listing([2, 2, 1, 2, 1])), [[1, "p1"], [2, "p2"]]);
  assertEquals(names(listing([0x7fffffff, 0])), [[0, "p0"], [0x7fffffff, "p2147483647"]]);
  // The size is too small, too large, or not a multiple of the size of a pid.
  assertEquals(names(listing([1, 2, 3], 0x7fffffff)).length, 3);
  assertEquals(names(listing([1, 2, 3], 0)).length, 3);
  assertEquals(names(listing([1, 2, 3], 5)).length, 3);
  assertEquals(names(listing([1, 2, 3], 80, 7)), [[1, "p1"]]);
  const { length } = processTree({ system: listing([5, 5, 4]) }) as readonly ProcessNode[];
  assertGreater(length, 1);
  const table = processTable({ system: listing([9, 8]), fields: ["state"] });
  assertEquals([...table.pid], [8, 9]);
});

test("errors that no kernel gives are errors, and not processes", () => {
  for (const errno of [200, 999, 0x7fffffff]) {
    const system = systemOf(scriptedKernel(-errno));
    const error = assertThrows(() => processes({ system }), SystemCallError);
    assertEquals([error.errno, error.code], [errno, `E${errno}`]);
    const rows = processes({ system, pids: [7], fields: FIELD_NAMES }) as unknown as Row[];
    assertEquals(rows.length, 1);
    assertEquals(new Set(Object.values(rows[0]!.missing)), new Set(["unsupported"]));
    assertThrows(() => openProcess(7, { system }), SystemCallError, `E${errno}`);
  }
});
