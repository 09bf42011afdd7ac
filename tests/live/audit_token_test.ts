import { assert, assertEquals } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  auditToken,
  PROC_INFO_CALL_DELEGATE_SIGNAL,
  PROC_INFO_CALL_DELEGATE_TERMINATE,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
  PROC_INFO_CALL_TERMINATE_AUDITTOKEN,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

/** A process that reports the signals that it receives. */
let receiver: { readonly child: ChildProcess; readonly pid: number; next(): Promise<number> };
before(async () => {
  if (skip !== false) return;
  const child = spawn(compileProgram(["receiver.c"], "receiver"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => Number((await lines.next()).value);
  receiver = { child, pid: await next(), next };
});
after(async () => {
  if (!receiver) return;
  const gone = once(receiver.child, "exit");
  receiver.child.kill("SIGKILL");
  await gone;
});

/** Returns a field of `/proc/PID/stat` by its number. */
function stat(pid: number, field: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).trim().split(" ")[field - 3]!;
}

/** Returns the pid version of a process: the low 32 bits of the tick in which it started. */
const versionOf = (pid: number) => Number(BigInt(stat(pid, 22)) & 0xffff_ffffn);

/** Returns a token that contains only the pid and the pid version of a process. */
function tokenOf(pid: number, version = versionOf(pid)): Uint8Array {
  // The offset is odd, as that of a caller's buffer may be.
  const bytes = new Uint8Array(64).subarray(3, 3 + auditToken.size);
  auditToken.encode({ val: [9, 9, 9, 9, 9, pid >>> 0, 9, version >>> 0] }, bytes);
  return bytes;
}

const signal = (token: Uint8Array | null, number: number) =>
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_SIGNAL_AUDITTOKEN, 0, number, 0n, token);
const terminate = (token: Uint8Array | null) =>
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_TERMINATE_AUDITTOKEN, 0, 0, 0n, token);

/** The numbers of some signals on Darwin. */
const DARWIN: Readonly<Record<string, number>> = {
  ...{ HUP: 1, INT: 2, QUIT: 3, ILL: 4, TRAP: 5, ABRT: 6, FPE: 8, BUS: 10, SEGV: 11, SYS: 12 },
  ...{ PIPE: 13, ALRM: 14, TERM: 15, URG: 16, TSTP: 18, CHLD: 20, TTIN: 21, TTOU: 22, IO: 23 },
  ...{ XCPU: 24, XFSZ: 25, VTALRM: 26, PROF: 27, WINCH: 28, USR1: 30, USR2: 31 },
};
const LINUX: Readonly<Record<string, number>> = {
  ...{ HUP: 1, INT: 2, QUIT: 3, ILL: 4, TRAP: 5, ABRT: 6, BUS: 7, FPE: 8, USR1: 10, SEGV: 11 },
  ...{ USR2: 12, PIPE: 13, ALRM: 14, TERM: 15, CHLD: 17, TSTP: 20, TTIN: 21, TTOU: 22, URG: 23 },
  ...{ XCPU: 24, XFSZ: 25, VTALRM: 26, PROF: 27, WINCH: 28, IO: 29, SYS: 31 },
};

test(
  "SIGNAL_AUDITTOKEN sends each of Darwin's signals under Linux's number",
  { skip },
  async () => {
    assertEquals(Object.keys(DARWIN).sort(), Object.keys(LINUX).sort());
    const token = tokenOf(receiver.pid);
    for (const [name, number] of Object.entries(DARWIN)) {
      assertEquals([name, signal(token, number)], [name, 0]);
      assertEquals([name, await receiver.next()], [name, LINUX[name]]);
    }
  },
);

test("SIGNAL_AUDITTOKEN stops, continues and kills", { skip }, async () => {
  await using cast = await startCast();
  const pid = cast.pid("plain");
  const becomes = async (states: string) => {
    for (let tries = 0; tries < 500 && !states.includes(stat(pid, 3)); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assertEquals(states.includes(stat(pid, 3)), true, `${states}: ${stat(pid, 3)}`);
  };
  const token = tokenOf(pid);
  assertEquals(signal(token, 17), 0);
  await becomes("T");
  assertEquals(signal(token, 19), 0);
  await becomes("SR");
  assertEquals(signal(token, 9), 0);
  await becomes("Z");
  assertEquals(Number(stat(pid, 52)), 9);
  assertEquals(signal(token, 9), -ERRNO.ESRCH);
});

test("SIGNAL_AUDITTOKEN has no signal 0, none above 31, and not the two that Linux lacks", {
  skip,
}, () => {
  const token = tokenOf(receiver.pid);
  for (const number of [0, -1, 32, 64, -0x80000000]) {
    assertEquals(signal(token, number), -ERRNO.EINVAL, `${number}`);
  }
  for (const number of [7, 29]) assertEquals(signal(token, number), -ERRNO.ENOTSUP);
});

test("audit tokens are 32 bytes", { skip }, () => {
  const token = tokenOf(receiver.pid);
  for (const wrong of [null, new Uint8Array(0), token.subarray(0, 31), new Uint8Array(33)]) {
    assertEquals(signal(wrong, 1), -ERRNO.EINVAL);
    assertEquals(terminate(wrong), -ERRNO.EINVAL);
  }
});

test(
  "an audit token of another identity of the process, or of none, is ESRCH",
  { skip },
  async () => {
    await using cast = await startCast();
    const version = versionOf(receiver.pid);
    const wrong = [
      tokenOf(receiver.pid, version - 1),
      tokenOf(receiver.pid, version + 1),
      tokenOf(receiver.pid, 0),
      tokenOf(0, 0),
      tokenOf(-1, version),
      tokenOf(0x7fffffff, version),
      tokenOf(cast.pid("zombie")),
    ];
    for (const [i, token] of wrong.entries()) {
      assertEquals([i, signal(token, 15)], [i, -ERRNO.ESRCH]);
      assertEquals([i, terminate(token)], [i, -ERRNO.ESRCH]);
    }
  },
);

test("an audit token does not name the process that has the id next", { skip }, () => {
  // In a pid namespace of its own, no other process gets the pid, and the first process reaps
  // orphans.
  const outcome = runWrapped(
    ["unshare", "--pid", "--fork", "--mount-proc", ...inShell('"$@"; exit $?')],
    `import { defaultSystem } from "./lib/system/open.ts";
     import { execFileSync } from "node:child_process";
     import { existsSync, readFileSync } from "node:fs";
     import process from "node:process";
     const run = (script) => Number(execFileSync("sh", ["-c", script]));
     const START = "sleep 1000 > /dev/null 2>&1 & echo $!";
     const stat = (pid) => readFileSync("/proc/" + pid + "/stat", "latin1").split(" ");
     const tokenOf = (pid) =>
       new Uint8Array(new Uint32Array([0, 0, 0, 0, 0, pid, 0, Number(stat(pid)[21]) >>> 0]).buffer);
     const ask = (callnum, signal, token) => defaultSystem().kernel.procInfo(callnum, 0, signal, 0n, token);
     for (let tries = 0;; tries++) {
       const pid = run(START);
       const token = tokenOf(pid);
       process.kill(pid, "SIGKILL");
       while (existsSync("/proc/" + pid)) run("sleep 0.02; echo 0");
       const next = run("echo " + (pid - 1) + " > /proc/sys/kernel/ns_last_pid; " + START);
       if ((next !== pid || tokenOf(pid).join() === token.join()) && tries < 100) continue;
       const answers = [next === pid, ask(17, 9, token), ask(18, 0, token)];
       console.log(JSON.stringify([...answers, stat(pid)[2], ask(18, 0, tokenOf(pid))]));
       break;
     }`,
  ) as unknown[];
  assertEquals(outcome.toSpliced(3, 1), [true, -ERRNO.ESRCH, -ERRNO.ESRCH, 15]);
  assertEquals(outcome[3] === "S" || outcome[3] === "R", true, `${outcome[3]}`);
});

test("TERMINATE_AUDITTOKEN ends the process and returns the signal", { skip }, async () => {
  await using cast = await startCast();
  assertEquals(terminate(tokenOf(cast.pid("plain"))), 15);
  assertEquals(terminate(tokenOf(cast.pid("stopped"))), 9);
  assertEquals(terminate(tokenOf(process.pid)), -ERRNO.EPERM);
  assertEquals(terminate(tokenOf(1)), -ERRNO.EPERM);
  assertEquals(signal(tokenOf(1), 9), -ERRNO.EPERM);
});

test("the delegated calls are EPERM, whatever they are given", { skip }, () => {
  for (const callnum of [PROC_INFO_CALL_DELEGATE_SIGNAL, PROC_INFO_CALL_DELEGATE_TERMINATE]) {
    for (const buffer of [null, new Uint8Array(1), new Uint8Array(64)]) {
      assertEquals(defaultSystem().kernel.procInfo(callnum, 0, 15, 0n, buffer), -ERRNO.EPERM);
    }
  }
});

test("audit tokens leave no descriptor open, whatever the answer", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  signal(tokenOf(receiver.pid), 28);
  const before = open();
  signal(tokenOf(receiver.pid), 28);
  signal(tokenOf(receiver.pid, 0), 28);
  signal(tokenOf(0x7fffffff, 0), 28);
  terminate(tokenOf(process.pid));
  assert(open() <= before, `${open()} open, ${before} before`);
});
