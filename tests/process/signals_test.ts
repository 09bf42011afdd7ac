import { assertEquals, assertThrows } from "@std/assert";
import { constants } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_SIGNAL_AUDITTOKEN } from "../../lib/abi/callnum.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../../lib/abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import {
  AccessDeniedError,
  NotSupportedError,
  ProcessGoneError,
  ZombieError,
} from "../../lib/process/errors.ts";
import { waitForExit } from "../../lib/process/exit.ts";
import {
  SIGNAL_NAMES,
  type SignalName,
  signalName,
  signalNumber,
  signalProcess,
} from "../../lib/process/signals.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { isAlive, startSpeaker, stateOf, until } from "../support/lines.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to change users and to choose process ids");

const here = openSystem();
/** A system with Darwin's signal numbers. */
const darwin = systemOf(scriptedKernel([]));
const uniqueIdOf = (pid: number) => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, 1n).p_uniqueid;

/** The name of every signal on Linux, by number. 0 has no name. */
const LINUX = [
  "",
  ...["SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL"],
  ...["SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD"],
  ...["SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ"],
  ...["SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS"],
  ...Array.from({ length: 33 }, (_, i) => `SIG${32 + i}`),
] as readonly SignalName[];

const numberIn = (system: System, signal: unknown) =>
  signalNumber("signal", signal as SignalName, 501, system);

test("signalNumber() returns Darwin's numbers when it is given names", () => {
  const expected: Readonly<Record<string, number>> = {
    ...{ SIGHUP: 1, SIGINT: 2, SIGEMT: 7, SIGKILL: 9, SIGBUS: 10, SIGSYS: 12, SIGTERM: 15 },
    ...{ SIGURG: 16, SIGSTOP: 17, SIGTSTP: 18, SIGCONT: 19, SIGCHLD: 20, SIGIO: 23 },
    ...{ SIGWINCH: 28, SIGINFO: 29, SIGUSR1: 30, SIGUSR2: 31 },
  };
  for (const [name, number] of Object.entries(expected)) {
    assertEquals([name, numberIn(darwin, name)], [name, number]);
    assertEquals(numberIn(darwin, number), number);
    assertEquals(signalName(number), name);
  }
});

test("signalNumber() takes this host's numbers when it is given numbers", () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    // These are other names of SIGABRT, SIGIO and SIGSYS.
    if (["SIGIOT", "SIGPOLL", "SIGUNUSED"].includes(name)) continue;
    assertEquals([name, numberIn(here, number)], [name, numberIn(here, name)]);
    assertEquals(signalName(numberIn(here, number)), name);
  }
});

test("signalNumber() knows every signal of Linux by its number and by its name", { skip }, () => {
  assertEquals(here.signalNumbers().length, 64);
  for (const [number, name] of LINUX.entries()) {
    if (number === 0) continue;
    const found = numberIn(here, number);
    assertEquals([number, signalName(found)], [number, name]);
    assertEquals([name, numberIn(here, name)], [name, found]);
  }
  assertEquals(new Set(here.signalNumbers()).size, 64);
  assertEquals(SIGNAL_NAMES.filter((name) => !LINUX.includes(name)), ["SIGEMT", "SIGINFO"]);
});

test("signalNumber() lists the permitted names when there is no such signal", () => {
  for (const [system, last] of [[here, linux ? 64 : 31], [darwin, 31]] as const) {
    const allowed =
      `Cannot pass signal as it must be a name such as "SIGTERM", or a number from 1 to ` +
      `${last}`;
    const names = [
      "TERM",
      "sigterm",
      "SIGRTMIN",
      "",
      "toString",
      "SIG16",
      "SIG31",
      "SIG65",
      "SIG034",
    ];
    for (const wrong of [0, 65, -1, 1.5, NaN, Infinity, ...names]) {
      const shown = typeof wrong === "string" ? JSON.stringify(wrong) : `${wrong}`;
      assertThrows(
        () => numberIn(system, wrong),
        RangeError,
        `${allowed}: current value is ${shown}`,
      );
    }
    const kinds = [[null, "null"], [{}, "object"], [["SIG40"], "object"], [9n, "bigint"]] as const;
    for (const [wrong, kind] of kinds) {
      assertThrows(() => numberIn(system, wrong), TypeError, `${allowed}: it is ${kind}`);
    }
  }
  assertThrows(() => numberIn(darwin, 32), RangeError, "from 1 to 31: current value is 32");
});

test("signalNumber() names the signal when the system lacks it", () => {
  const lacking: readonly (readonly [System, SignalName])[] = [
    ...["SIGSTKFLT", "SIGPWR", "SIG34", "SIG64"].map((name) =>
      [darwin, name as SignalName] as const
    ),
    ...linux ? [[here, "SIGEMT"], [here, "SIGINFO"]] as const : [],
  ];
  for (const [system, name] of lacking) {
    const error = assertThrows(
      () => numberIn(system, name),
      NotSupportedError,
      `Cannot send ${name}, which this system lacks, to process 501`,
    );
    assertEquals(error.missing, "unsupported");
  }
});

test("signalName() names signals that Darwin lacks when Linux reports them", () => {
  assertEquals(signalName(64 + 16), "SIGSTKFLT");
  assertEquals(signalName(64 + 30), "SIGPWR");
  assertEquals(signalName(32), "SIG32");
  assertEquals(signalName(34), "SIG34");
});

test("signalProcess() sends each signal of Linux by its name and by its number", {
  skip,
}, async () => {
  await using receiver = startSpeaker([compileProgram(["receiver.c"], "receiver")]);
  await receiver.next();
  const { pid } = receiver;
  const uniqueId = uniqueIdOf(pid);
  for (const [number, name] of LINUX.entries()) {
    // The C library reserves 32 and 33, so programs cannot receive them.
    if (number === 0 || number === 32 || number === 33) continue;
    for (const signal of [name, number]) {
      if (name === "SIGKILL" || name === "SIGSTOP") continue;
      signalProcess(pid, uniqueId, signal, here);
      assertEquals([signal, await receiver.next()], [signal, `${number}`]);
    }
  }
  for (const signal of ["SIGSTOP", 19] as const) {
    signalProcess(pid, uniqueId, signal, here);
    await until("it stops", () => stateOf(pid) === "T");
    signalProcess(pid, uniqueId, "SIGCONT", here);
    assertEquals(await receiver.next(), "18");
  }
  assertThrows(() => signalProcess(pid, uniqueId, "SIGINFO", here), NotSupportedError);
  assertEquals(isAlive(pid), true);
});

test("signalProcess() ends a process by a signal that it cannot receive", { skip }, async () => {
  await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
  for (const [signal, number] of [["SIGKILL", 9], [9, 9], ["SIG33", 33], [33, 33]] as const) {
    const pid = Number(await exits.ask("start exit 0"));
    const exit = waitForExit(pid);
    signalProcess(pid, uniqueIdOf(pid), signal, here);
    assertEquals(await exit, { pid, signal: signalName(number), coreDumped: false });
    assertEquals(await exits.ask("reap"), `${number}`);
  }
});

test("signalProcess() stops, continues and ends a process", { skip }, async () => {
  await using cast = await startCast();
  const pid = cast.pid("plain");
  const uniqueId = uniqueIdOf(pid);
  signalProcess(pid, uniqueId, "SIGSTOP", here);
  await until("it stops", () => stateOf(pid) === "T");
  signalProcess(pid, uniqueId, "SIGCONT", here);
  await until("it goes on", () => stateOf(pid) === "S");
  signalProcess(pid, uniqueId, "SIGTERM", here);
  await until("it ends", () => stateOf(pid) === "Z");
  const error = assertThrows(() => signalProcess(pid, uniqueId, "SIGTERM", here), ZombieError);
  assertEquals([error.pid, error.code], [pid, "EZOMBIE"]);
});

test("signalProcess() spares another process when it has the id", {
  skip: needsRoot,
}, async () => {
  await using speaker = startSpeaker([compileProgram(["reuse.c"], "reuse")]);
  const pid = Number(await speaker.next());
  const uniqueId = uniqueIdOf(pid);
  // Within one tick of the clock, the two processes could not be distinguished.
  await sleep(50);
  assertEquals(await speaker.ask("go"), "again");
  for (const signal of ["SIGKILL", "SIG64", "SIGPWR"] as const) {
    const error = assertThrows(() => signalProcess(pid, uniqueId, signal, here), ProcessGoneError);
    assertEquals([error.pid, error.code], [pid, "ESRCH"]);
    assertEquals(isAlive(pid), true);
  }
});

test("signalProcess() is refused when the process is another user's", { skip: needsRoot }, () => {
  const script = `
    import process from "node:process";
    import { signalProcess } from "./lib/process/signals.ts";
    import { PROC_PIDUNIQIDENTIFIERINFO } from "./lib/abi/pid_info.ts";
    import { pidInfo } from "./lib/calls/pid_info.ts";
    import { openSystem } from "./lib/system/open.ts";
    const pid = Number(process.env.TARGET);
    const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
    let found;
    try {
      signalProcess(pid, p_uniqueid, "SIGKILL", openSystem());
    } catch ({ name, code, message }) {
      found = [name, code, message.replace(pid, "N")];
    }
    console.log(JSON.stringify(found));
  `;
  const wrapper = inShell(
    'sleep 1000 >/dev/null & export TARGET=$!; "$@"; kill -0 $TARGET; kill $TARGET',
  );
  assertEquals(runWrapped([...wrapper, ...AS_NOBODY], script), [
    "AccessDeniedError",
    "EPERM",
    "Cannot signal process N: permission denied",
  ]);
});

test("signalProcess() signals no group when the process is number 0", () => {
  const told: number[] = [];
  const kernel = scriptedKernel([
    { flavor: PROC_PIDUNIQIDENTIFIERINFO, answer: identity(1n, 1) },
    { answer: -ERRNO.EINVAL },
  ]);
  const system = systemThat(kernel, (pid) => told.push(pid));
  assertThrows(() => signalProcess(0, 1n, "SIGTERM", system), AccessDeniedError);
  assertEquals(told, []);
});

/** Returns the kernel's answer about the identity of a process. */
function identity(p_uniqueid: bigint, p_idversion: number): Uint8Array {
  const bytes = new Uint8Array(procUniqIdentifierInfo.size);
  procUniqIdentifierInfo.encode({ p_uniqueid, p_idversion }, bytes);
  return bytes;
}

/** Returns the system of a kernel, with a way to send signals. */
function systemThat(kernel: Kernel, kill: System["kill"]): System {
  return { ...systemOf(kernel), kill };
}

/** Returns a kernel with process 501, whose identities are returned one after another. */
function kernelOf501(identities: readonly (readonly [bigint, number])[], signalled: number) {
  let asked = 0;
  return scriptedKernel([
    {
      callnum: PROC_INFO_CALL_PIDINFO,
      pid: 501,
      flavor: PROC_PIDUNIQIDENTIFIERINFO,
      answer: () => identity(...identities[Math.min(asked++, identities.length - 1)]!),
    },
    {
      callnum: PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
      answer: (_, buffer) => {
        const view = new DataView(buffer!.buffer, buffer!.byteOffset);
        tokens.push([view.getInt32(20, true), view.getUint32(28, true)]);
        return tokens.length > 1 ? 0 : signalled;
      },
    },
  ]);
}

let tokens: [number, number][] = [];
let sent: Parameters<System["kill"]>[] = [];

function system(identities: readonly (readonly [bigint, number])[], signalled: number): System {
  tokens = [];
  sent = [];
  const kernel = kernelOf501(identities, signalled);
  return systemThat(kernel, (...args) => sent.push(args));
}

test("signalProcess() names the version of the id when the kernel compares it", () => {
  signalProcess(501, 7n, "SIGTERM", system([[7n, -2]], 0));
  assertEquals(tokens, [[501, 0xfffffffe]]);
  assertEquals(sent, []);
});

test("signalProcess() tries again when the process has begun another program meanwhile", () => {
  signalProcess(501, 7n, "SIGTERM", system([[7n, 1], [7n, 2]], -ERRNO.ESRCH));
  assertEquals(tokens, [[501, 1], [501, 2]]);
});

test("signalProcess() compares itself when the kernel has no such call", () => {
  for (const errno of [ERRNO.EINVAL, ERRNO.ENOSYS]) {
    signalProcess(501, 7n, "SIGUSR1", system([[7n, 3]], -errno));
    assertEquals(sent, [[501, 30, 3]]);
  }
  const other = system([[7n, 0], [8n, 0]], -ERRNO.EINVAL);
  assertThrows(() => signalProcess(501, 7n, "SIGUSR1", other), ProcessGoneError);
  assertEquals(sent, []);
});

test("signalProcess() has the system compare the version when Darwin lacks the signal", () => {
  const numbers = [...Array.from({ length: 31 }, (_, i) => i + 1), 94];
  const other = { ...system([[7n, -2]], -ERRNO.EINVAL), signalNumbers: () => numbers };
  signalProcess(501, 7n, "SIGPWR", other);
  signalProcess(501, 7n, 32, other);
  assertEquals(tokens, []);
  assertEquals(sent, [[501, 94, -2], [501, 94, -2]]);
});

test("kill() spares a process when its version is another", { skip }, async () => {
  await using receiver = startSpeaker([compileProgram(["receiver.c"], "receiver")]);
  await receiver.next();
  const { pid } = receiver;
  const { p_idversion } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
  for (const number of [15, 40, 94]) {
    const error = assertThrows(() => here.kill(pid, number, p_idversion + 1), SystemCallError);
    assertEquals([error.code, error.syscall], ["ESRCH", "kill"]);
  }
  here.kill(pid, 94, p_idversion);
  assertEquals(await receiver.next(), "30");
});

test("signalProcess() passes on what the kernel reports when it is not an answer about a process", () => {
  const error = assertThrows(
    () => signalProcess(501, 7n, "SIGTERM", system([[7n, 1]], -ERRNO.EMFILE)),
    Error,
  );
  assertEquals(error.name, "ProcInfoError");
});
