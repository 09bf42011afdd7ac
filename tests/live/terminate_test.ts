import { assert, assertEquals } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PROC_INFO_CALL_TERMINATE, PROC_INFO_CALL_TERMINATE_RSR } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { startCast } from "../support/cast.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";
import { isLinuxSince } from "../support/kernel_release.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

const SIGKILL = 9;
const SIGTERM = 15;

const terminate = (pid: number) =>
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_TERMINATE, pid, 0, 0n, null);

/** Returns the signal that ended a process which was not reaped, or null while it runs. */
async function endOf(pid: number): Promise<number | null> {
  for (let tries = 0; tries < 500; tries++) {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).trim().split(" ");
    // If only the leader has ended, the process has no exit code.
    const threads = readdirSync(`/proc/${pid}/task`).length;
    if (fields[0] === "Z" && threads === 1) return Number(fields[49]) & 0x7f;
    await sleep(10);
  }
  return null;
}

test("TERMINATE sends SIGTERM, and returns its number", { skip }, async () => {
  await using cast = await startCast();
  for (const role of ["plain", "users", "traced", "leaderless", "name"]) {
    const pid = cast.pid(role);
    assertEquals(terminate(pid), SIGTERM, role);
    if (role === "traced") continue;
    // Before Linux 5.17, `stat` has the exit code of the leader.
    const isKnown = role !== "leaderless" || isLinuxSince(5, 17);
    assertEquals(await endOf(pid), isKnown ? SIGTERM : 0, role);
  }
  assertEquals(await endOf(cast.pid("plain")), SIGTERM);
});

test("TERMINATE kills a process that is stopped", { skip }, async () => {
  await using cast = await startCast();
  const pid = cast.pid("stopped");
  assertEquals(terminate(pid), SIGKILL);
  assertEquals(await endOf(pid), SIGKILL);
});

test(
  "TERMINATE is ESRCH for a zombie, a thread and a process that does not exist",
  { skip },
  async () => {
    await using cast = await startCast();
    assertEquals(terminate(cast.pid("zombie")), -ERRNO.ESRCH);
    assertEquals(terminate(0x7fffffff), -ERRNO.ESRCH);
    const leaderless = cast.pid("leaderless");
    const thread = readdirSync(`/proc/${leaderless}/task`).map(Number)
      .find((tid) => tid !== leaderless)!;
    assertEquals(terminate(thread), -ERRNO.ESRCH);
    assertEquals(readdirSync(`/proc/${leaderless}/task`).length, 2);
    for (const pid of [0, -1, -process.pid, -0x80000000]) {
      assertEquals(terminate(pid), -ERRNO.EINVAL, `${pid}`);
    }
  },
);

test("TERMINATE spares the caller and process 1", { skip }, () => {
  assertEquals(terminate(process.pid), -ERRNO.EPERM);
  assertEquals(terminate(1), -ERRNO.EPERM);
});

test("TERMINATE is EPERM for another user's process, and leaves it alone", { skip }, async () => {
  const child: ChildProcess = spawn("sleep", ["1000"]);
  try {
    const answers = runWrapped(
      AS_NOBODY,
      `import { defaultSystem } from "./lib/system/open.ts";
       const ask = (pid) => defaultSystem().kernel.procInfo(7, pid, 0, 0n, null);
       console.log(JSON.stringify([ask(${child.pid}), ask(1), ask(0x7fffffff)]));`,
    );
    assertEquals(answers, [-ERRNO.EPERM, -ERRNO.EPERM, -ERRNO.ESRCH]);
    assertEquals(child.exitCode ?? child.signalCode, null);
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

test("TERMINATE leaves no descriptor open, whatever it answers", { skip }, async () => {
  await using cast = await startCast();
  terminate(0x7fffffff);
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (const role of ["plain", "stopped", "zombie"]) terminate(cast.pid(role));
  for (const pid of [0x7fffffff, process.pid, 1, 0]) terminate(pid);
  assert(open() <= before, `${open()} open, ${before} before`);
});

test("TERMINATE_RSR takes SIGKILL and SIGTERM, and finds that Linux marks no process so", {
  skip,
}, () => {
  const ask = (arg: bigint) =>
    defaultSystem().kernel.procInfo(PROC_INFO_CALL_TERMINATE_RSR, 0, 0, arg, null);
  assertEquals([ask(9n), ask(15n), ask((1n << 32n) + 9n)], Array(3).fill(-ERRNO.ENOTSUP));
  assertEquals([ask(0n), ask(1n), ask(0x8000000fn)], Array(3).fill(-ERRNO.EINVAL));
});
