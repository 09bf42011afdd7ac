import { assertEquals, assertThrows } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import {
  AccessDeniedError,
  NotSupportedError,
  ProcessGoneError,
  ZombieError,
} from "../../lib/process/errors.ts";
import {
  exitSignalName,
  type SignalName,
  signalNumber,
  signalProcess,
} from "../../lib/process/signals.ts";
import { type Source, sourceOf } from "../../lib/process/source.ts";
import type { Host } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import {
  ERRNO,
  openHost,
  pidInfo,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../mod.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { isAlive, startSpeaker, stateOf, until } from "../support/lines.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to change users and to choose process ids");

const here = sourceOf({});
const uniqueIdOf = (pid: number) => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, 1n).p_uniqueid;

test("signalNumber() gives Darwin's numbers when it is given names", () => {
  const expected: Readonly<Record<string, number>> = {
    ...{ SIGHUP: 1, SIGINT: 2, SIGEMT: 7, SIGKILL: 9, SIGBUS: 10, SIGSYS: 12, SIGTERM: 15 },
    ...{ SIGURG: 16, SIGSTOP: 17, SIGTSTP: 18, SIGCONT: 19, SIGCHLD: 20, SIGIO: 23 },
    ...{ SIGWINCH: 28, SIGINFO: 29, SIGUSR1: 30, SIGUSR2: 31 },
  };
  for (const [name, number] of Object.entries(expected)) {
    assertEquals([name, signalNumber(name as SignalName)], [name, number]);
    assertEquals(signalNumber(number), number);
    assertEquals(exitSignalName(number), name);
  }
});

test("signalNumber() names the signal when there is none", () => {
  for (const wrong of [0, 32, -1, 1.5, NaN, Infinity, "TERM", "SIGRTMIN", "", "toString"]) {
    const shown = typeof wrong === "string" ? JSON.stringify(wrong) : `${wrong}`;
    assertThrows(
      () => signalNumber(wrong as SignalName),
      RangeError,
      `Cannot pass signal as it must be a name such as "SIGTERM", or a number from 1 to 31: ` +
        `current value is ${shown}`,
    );
  }
});

test("exitSignalName() names signals that Darwin lacks when Linux tells them", () => {
  assertEquals(exitSignalName(64 + 16), "SIGSTKFLT");
  assertEquals(exitSignalName(64 + 30), "SIGPWR");
  assertEquals(exitSignalName(34), "SIG34");
});

test("signalProcess() sends this system's signals when it is given names", { skip }, async () => {
  await using receiver = startSpeaker([compileProgram(["receiver.c"], "receiver")]);
  await receiver.next();
  const { pid } = receiver;
  const uniqueId = uniqueIdOf(pid);
  const expected: readonly (readonly [SignalName | number, number])[] = [
    ...[["SIGUSR1", 10], ["SIGUSR2", 12], ["SIGBUS", 7], ["SIGTERM", 15]] as const,
    ...[["SIGSYS", 31], ["SIGIO", 29], ["SIGURG", 23], [30, 10], [1, 1]] as const,
  ];
  for (const [signal, number] of expected) {
    signalProcess(pid, uniqueId, signal, here);
    assertEquals([signal, await receiver.next()], [signal, `${number}`]);
  }
  assertThrows(() => signalProcess(pid, uniqueId, "SIGINFO", here), NotSupportedError);
});

test("signalProcess() stops, continues and ends a process when told so", { skip }, async () => {
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
  // Within one tick of the clock the two could not be told apart.
  await sleep(50);
  assertEquals(await speaker.ask("go"), "again");
  const error = assertThrows(() => signalProcess(pid, uniqueId, "SIGKILL", here), ProcessGoneError);
  assertEquals([error.pid, error.code], [pid, "ESRCH"]);
  assertEquals(isAlive(pid), true);
});

test("signalProcess() is refused when the process is another user's", { skip: needsRoot }, () => {
  const script = `
    import process from "node:process";
    import { signalProcess } from "./lib/process/signals.ts";
    import { sourceOf } from "./lib/process/source.ts";
    import { pidInfo, PROC_PIDUNIQIDENTIFIERINFO } from "./mod.ts";
    const pid = Number(process.env.TARGET);
    const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
    let found;
    try {
      signalProcess(pid, p_uniqueid, "SIGKILL", sourceOf({}));
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
    "Cannot signal process N: this user may not",
  ]);
});

test("signalProcess() signals no group when the process is number 0", () => {
  const told: number[] = [];
  const kernel = scriptedKernel([
    { flavor: PROC_PIDUNIQIDENTIFIERINFO, answer: identity(1n, 1) },
    { answer: -ERRNO.EINVAL },
  ]);
  const host = hostThat((pid) => told.push(pid));
  assertThrows(() => signalProcess(0, 1n, "SIGTERM", { kernel, host }), AccessDeniedError);
  assertEquals(told, []);
});

/** What the kernel says of who a process is. */
function identity(p_uniqueid: bigint, p_idversion: number): Uint8Array {
  const bytes = new Uint8Array(procUniqIdentifierInfo.size);
  procUniqIdentifierInfo.encode({ p_uniqueid, p_idversion }, bytes);
  return bytes;
}

/** A host that does nothing but to signal. */
function hostThat(kill: (pid: number, signal: number) => void): Host {
  return { ...openHost(), kill };
}

/** A kernel that knows process 501, whose identities are given one after another. */
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
let sent: [number, number][] = [];

function source(identities: readonly (readonly [bigint, number])[], signalled: number): Source {
  tokens = [];
  sent = [];
  const kernel = kernelOf501(identities, signalled);
  return { kernel, host: hostThat((pid, signal) => sent.push([pid, signal])) };
}

test("signalProcess() names the version of the id when the kernel compares it", () => {
  signalProcess(501, 7n, "SIGTERM", source([[7n, -2]], 0));
  assertEquals(tokens, [[501, 0xfffffffe]]);
  assertEquals(sent, []);
});

test("signalProcess() tries again when the process has begun another program meanwhile", () => {
  signalProcess(501, 7n, "SIGTERM", source([[7n, 1], [7n, 2]], -ERRNO.ESRCH));
  assertEquals(tokens, [[501, 1], [501, 2]]);
});

test("signalProcess() compares itself when the kernel has no such call", () => {
  for (const errno of [ERRNO.EINVAL, ERRNO.ENOSYS]) {
    signalProcess(501, 7n, "SIGUSR1", source([[7n, 0]], -errno));
    assertEquals(sent, [[501, 30]]);
  }
  const other = source([[7n, 0], [8n, 0]], -ERRNO.EINVAL);
  assertThrows(() => signalProcess(501, 7n, "SIGUSR1", other), ProcessGoneError);
  assertEquals(sent, []);
});

test("signalProcess() passes on what the kernel says when it is no answer about a process", () => {
  const error = assertThrows(
    () => signalProcess(501, 7n, "SIGTERM", source([[7n, 1]], -ERRNO.EMFILE)),
    Error,
  );
  assertEquals(error.name, "ProcInfoError");
});
