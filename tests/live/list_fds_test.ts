import { assert, assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, statSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  PROC_INFO_CALL_PIDINFO,
  PROC_PIDLISTFDS,
  procFdInfo,
  PROX_FDTYPE_FSEVENTS,
  PROX_FDTYPE_KQUEUE,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startHolder } from "../support/descriptors.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

const ROW = 8;

let holder: Holder;
let cast: Cast;
before(async () => {
  if (skip !== false) return;
  [holder, cast] = await Promise.all([startHolder(), startCast()]);
});
after(() => Promise.all([holder?.[Symbol.asyncDispose](), cast?.[Symbol.asyncDispose]()]));

const ask = (pid: number, buffer: Uint8Array | null) =>
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS, 0n, buffer);

/** Returns the rows of a process by descriptor, read into a buffer that is large enough. */
function list(pid: number): Map<number, number> {
  const buffer = new Uint8Array(ask(pid, null));
  const rows = procFdInfo.decodeAll(buffer.subarray(0, ask(pid, buffer)));
  return new Map(rows.map(({ proc_fd, proc_fdtype }) => [proc_fd, proc_fdtype]));
}

const inProc = (pid: number) => readdirSync(`/proc/${pid}/fd`).map(Number).sort((a, b) => a - b);

test("PROC_PIDLISTFDS lists what /proc lists, in ascending order, 0 too", { skip }, () => {
  const fds = [...list(holder.pid).keys()];
  assertEquals(fds, inProc(holder.pid));
  assertEquals(fds[0], 0);
  assert(fds.length > 80);
});

test("PROC_PIDLISTFDS reports the type of every kind of descriptor", { skip }, () => {
  const types = list(holder.pid);
  const expected = (name: string) => {
    if (/^(tcp|udp|raw|unix|netlink|packet|vsock)/.test(name)) return PROX_FDTYPE_SOCKET;
    if (name.startsWith("pipe")) return PROX_FDTYPE_PIPE;
    if (name.startsWith("epoll")) return PROX_FDTYPE_KQUEUE;
    if (name === "inotify") return PROX_FDTYPE_FSEVENTS;
    if (name === "shm" || name === "shm-unlinked") return PROX_FDTYPE_PSHM;
    return PROX_FDTYPE_VNODE;
  };
  const { names } = holder;
  assertEquals(
    names.map((name) => [name, types.get(holder.fd(name))]),
    names.map((name) => [name, expected(name)]),
  );
});

test("PROC_PIDLISTFDS answers no buffer with room for 20 more than are open", { skip }, () => {
  assertEquals(ask(holder.pid, null), (inProc(holder.pid).length + 20) * ROW);
});

test("PROC_PIDLISTFDS is cut at the highest descriptors without a word", { skip }, () => {
  const all = new Uint8Array(4096);
  const length = ask(holder.pid, all);
  for (const size of [8, 15, 16, 80, 81]) {
    const buffer = new Uint8Array(size).fill(0xee);
    const whole = Math.floor(size / ROW) * ROW;
    assertEquals(ask(holder.pid, buffer), whole);
    assertEquals(buffer.subarray(0, whole), all.subarray(0, whole));
    assert(buffer.subarray(whole).every((byte) => byte === 0xee));
  }
  assert(length > 81);
});

test("PROC_PIDLISTFDS writes nothing behind its rows, at any place of a buffer", { skip }, () => {
  const whole = new Uint8Array(8192).fill(0xee);
  const length = ask(holder.pid, whole.subarray(3, 8000));
  assert(whole.subarray(0, 3).every((byte) => byte === 0xee));
  assert(whole.subarray(3 + length).every((byte) => byte === 0xee));
  const rows = procFdInfo.decodeAll(whole.slice(3, 3 + length));
  assertEquals(rows.map(({ proc_fd }) => proc_fd), inProc(holder.pid));
});

test("PROC_PIDLISTFDS finds no process under the id of a further thread", { skip }, () => {
  const tids = readdirSync("/proc/self/task").map(Number);
  const other = tids.find((tid) => tid !== process.pid);
  assert(other !== undefined, "the runtime has one thread only");
  assertEquals(ask(other, new Uint8Array(4096)), -ERRNO.ESRCH);
  assertEquals(ask(other, null), -ERRNO.ESRCH);
});

test("PROC_PIDLISTFDS is ESRCH for a zombie, and answers for a process with a running thread", {
  skip,
}, () => {
  assertEquals(ask(cast.pid("zombie"), new Uint8Array(64)), -ERRNO.ESRCH);
  assertEquals(ask(cast.pid("zombie"), null), -ERRNO.ESRCH);
  const leaderless = cast.pid("leaderless");
  assertEquals(inProc(leaderless), []);
  const tid = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) => id !== leaderless)!;
  assertEquals([...list(leaderless).keys()], inProc(tid));
  assert(list(leaderless).size >= 3);
});

test("PROC_PIDLISTFDS answers for a process without any descriptor", { skip }, async () => {
  const bare = spawn(compileProgram(["descriptors.c"], "descriptors"), ["bare"]);
  try {
    for (let tries = 0; tries < 1000 && inProc(bare.pid!).length > 0; tries++) await sleep(5);
    assertEquals(inProc(bare.pid!), []);
    assertEquals(ask(bare.pid!, new Uint8Array(64)), 0);
    assertEquals(ask(bare.pid!, null), 20 * ROW);
  } finally {
    bare.kill("SIGKILL");
  }
});

test("PROC_PIDLISTFDS lists our own descriptors without the one it reads them through", {
  skip,
}, () => {
  const before = [...list(process.pid).keys()];
  const fd = openSync("/dev/null", "r");
  assertEquals([...list(process.pid).keys()], [...before, fd].sort((a, b) => a - b));
  closeSync(fd);
  assertEquals([...list(process.pid).keys()], before);
  for (const number of before) assert(statSync(`/proc/self/fd/${number}`), `${number}`);
});

test("PROC_PIDLISTFDS lists nothing wrong of a process that opens and closes all the time", {
  skip,
}, async () => {
  const flapping = spawn(compileProgram(["descriptors.c"], "descriptors"), ["flap"]);
  try {
    await once(flapping.stdout, "data");
    const inherited = new Set([0, 1, 2]);
    const buffer = new Uint8Array(4096);
    let seen = 0;
    for (let i = 0; i < 3000 || seen === 0; i++) {
      const rows = procFdInfo.decodeAll(buffer.subarray(0, ask(flapping.pid!, buffer)));
      for (const { proc_fd, proc_fdtype } of rows) {
        if (inherited.has(proc_fd) || proc_fd > 99) continue;
        assertEquals(proc_fdtype, PROX_FDTYPE_SOCKET, `${proc_fd}`);
        seen++;
      }
    }
    assert(seen > 0);
  } finally {
    flapping.kill("SIGKILL");
  }
});

test("PROC_PIDLISTFDS leaves no descriptor open, whatever it answers", { skip }, () => {
  const before = list(process.pid).size;
  for (const pid of [holder.pid, process.pid, cast.pid("zombie"), cast.pid("leaderless"), -1]) {
    for (const buffer of [null, new Uint8Array(8), new Uint8Array(4096)]) ask(pid, buffer);
  }
  assertEquals(list(process.pid).size, before);
});

test("PROC_PIDLISTFDS is EPERM, not empty, for another user's process", { skip }, () => {
  const script = `
    import { defaultSystem } from "./lib/system/open.ts";
    const ask = (size) =>
      defaultSystem().kernel.procInfo(2, ${holder.pid}, 1, 0n, size === null ? null : new Uint8Array(size));
    console.log(JSON.stringify([ask(4096), ask(8), ask(null)]));
  `;
  const [all, one, size] = runWrapped(AS_NOBODY, script) as number[];
  assertEquals([all, one], [-ERRNO.EPERM, -ERRNO.EPERM]);
  // Linux reports the number of descriptors to every user.
  assertEquals(size, (inProc(holder.pid).length + 20) * ROW);
});

test("PROC_PIDLISTFDS reports that this process may open no more files", { skip }, () => {
  const script = `
    import { openSync } from "node:fs";
    import { defaultSystem } from "./lib/system/open.ts";
    const buffer = new Uint8Array(4096);
    const ask = () => defaultSystem().kernel.procInfo(2, ${holder.pid}, 1, 0n, buffer);
    const before = ask();
    try {
      for (;;) openSync("/dev/null");
    } catch {
      console.log(JSON.stringify([before, ask()]));
    }
  `;
  const [before, answer] = runWrapped(inShell(`ulimit -n 200; exec "$@"`), script) as number[];
  assertEquals(before, inProc(holder.pid).length * ROW);
  assertEquals(answer, -ERRNO.EMFILE);
});
