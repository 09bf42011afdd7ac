import { assert, assertEquals, assertGreater } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  listPids,
  PROC_ALL_PIDS,
  PROC_KDBG_ONLY,
  PROC_PGRP_ONLY,
  PROC_PPID_ONLY,
  PROC_TTY_ONLY,
  PROC_UID_ONLY,
  procInfo,
} from "../../lib/calls/mod.ts";
import { killTree } from "../../lib/process/kill_tree.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { childrenOf, startSpeaker, stateOf, until } from "../support/lines.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
// node:test prints the reason for which a test is skipped.
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(() => cast?.[Symbol.asyncDispose]());

const ascending = (pids: Iterable<number>) => [...pids].sort((a, b) => a - b);

/** Returns the output of `ps` about every process except itself. */
function ps(): {
  pid: number;
  ppid: number;
  pgid: number;
  tty: string;
  euid: number;
  ruid: number;
}[] {
  const text = execFileSync("ps", ["-eo", "pid=,ppid=,pgid=,tty=,euid=,ruid=,comm="], {
    encoding: "utf8",
  });
  return text.trimEnd().split("\n").filter((line) => !line.endsWith(" ps")).map((line) => {
    const [pid, ppid, pgid, tty = "", euid, ruid] = line.trim().split(/\s+/);
    return {
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      tty,
      euid: Number(euid),
      ruid: Number(ruid),
    };
  });
}

/**
 * Compares two lists on a machine where processes start and end: each list has the processes that
 * the other list has both before and after it is read.
 */
function assertSame(ours: () => number[], theirs: () => number[]): void {
  const [before, own, after, ownAfter] = [theirs(), ours(), theirs(), ours()];
  assertEquals(before.filter((pid) => after.includes(pid) && !own.includes(pid)), []);
  assertEquals(own.filter((pid) => ownAfter.includes(pid) && !after.includes(pid)), []);
  assertGreater(own.filter((pid) => after.includes(pid)).length, 0);
}

test("getAllPids() lists what /proc lists", { skip }, () => {
  assertSame(
    getAllPids,
    () => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number),
  );
});

test("getPidsForPpid() lists the children of every thread", { skip }, async () => {
  await using budding = startSpeaker([compileProgram(["budding.c"], "budding")]);
  await budding.next();
  const { pid } = budding;
  assertEquals(getPidsForPpid(pid), []);
  const born: number[] = [];
  // The children are in process groups of their own.
  await using _ = {
    [Symbol.asyncDispose]: () => killTree(pid, { with: "SIGKILL" }).then(() => {}),
  };
  for (const signal of ["SIGUSR1", "SIGUSR2", "SIGUSR1", "SIGUSR2"] as const) {
    process.kill(pid, signal);
    const isNew = (child: number) => !born.includes(child);
    await until("it has a child more", () => childrenOf(pid).some(isNew));
    born.push(...childrenOf(pid).filter(isNew));
    assertEquals(getPidsForPpid(pid), [...born].sort((a, b) => b - a));
  }
  // Zombies come last.
  process.kill(born[1]!, "SIGKILL");
  await until("it is a zombie", () => stateOf(born[1]!) === "Z");
  const others = born.filter((child) => child !== born[1]);
  assertEquals(getPidsForPpid(pid), [...others.sort((a, b) => b - a), born[1]!]);
  assertEquals(getPidsForPpid(born[0]!), []);
});

test("getAllPids() lists what ps -e lists", { skip }, () => {
  const mine = (pid: number) => pid !== process.pid;
  assertSame(() => getAllPids().filter(mine), () => ps().map(({ pid }) => pid).filter(mine));
});

test("getAllPids() lists every kind of process, zombies and leaderless ones too", { skip }, () => {
  const all = new Set(getAllPids());
  for (const role of ["plain", "zombie", "leader", "name", "leaderless", "stopped", "traced"]) {
    assert(all.has(cast.pid(role)), role);
  }
});

test("getAllPids() is in descending order", { skip }, () => {
  const all = getAllPids();
  assertEquals(all, ascending(all).reverse());
});

test("getPidsForUid() takes the effective user of the process itself, not the owner of its files", {
  skip,
}, () => {
  const pid = cast.pid("users");
  assertEquals(statSync(`/proc/${pid}/stat`).uid, 0);
  // Another run of the tests may have processes of this user.
  assert(getPidsForUid(2345).includes(pid));
  for (const other of [0, 1234, 3456]) assert(!getPidsForUid(other).includes(pid));
});

test("getPidsForUid() lists what ps lists", { skip }, () => {
  const me = process.geteuid!();
  const others = (pid: number) => pid !== process.pid;
  assertSame(
    () => getPidsForUid(me).filter(others),
    () => ps().filter(({ pid, euid }) => euid === me && others(pid)).map(({ pid }) => pid),
  );
});

test("getPidsForRuid() takes the real user", { skip }, () => {
  const pid = cast.pid("users");
  assert(getPidsForRuid(1234).includes(pid));
  for (const other of [0, 2345, 3456]) assert(!getPidsForRuid(other).includes(pid));
  assertSame(
    () => getPidsForRuid(0),
    () => ps().filter(({ ruid }) => ruid === 0).map(({ pid }) => pid),
  );
});

test("getPidsForPpid() lists the children, zombies last", { skip }, () => {
  const director = cast.pid("director");
  const children = getPidsForPpid(director);
  assertEquals(
    ascending(children),
    ascending(ps().filter(({ ppid }) => ppid === director).map(({ pid }) => pid)),
  );
  // The leaderless process looks like a zombie, because its leader is one.
  const dead = ["leaderless", "zombie-member", "zombie"].map(cast.pid);
  assertEquals(children.slice(-3), dead);
  const living = children.slice(0, -3);
  assertEquals(living, ascending(living).reverse());
});

test("getPidsForPpid() lists a traced child under its real parent", { skip }, () => {
  const status = readFileSync(`/proc/${cast.pid("traced")}/status`, "utf8");
  assert(status.includes(`TracerPid:\t${cast.pid("tracer")}\n`));
  assert(getPidsForPpid(cast.pid("director")).includes(cast.pid("traced")));
  assertEquals(getPidsForPpid(cast.pid("tracer")), []);
});

test("getPidsForPgrp() lists the members of a group, zombies last", { skip }, () => {
  const leader = cast.pid("leader");
  assertEquals(getPidsForPgrp(leader), [cast.pid("member"), leader, cast.pid("zombie-member")]);
  assertEquals(getPidsForPgrp(cast.pid("member")), []);
});

test("getPidsForTty() takes the path of a terminal or its device number", { skip }, () => {
  const path = cast.said("terminal");
  assertEquals(getPidsForTty(path), [cast.pid("terminal")]);
  assertEquals(getPidsForTty(statSync(path).rdev), [cast.pid("terminal")]);
  assertEquals(
    getPidsForTty(path),
    ps().filter(({ tty }) => `/dev/${tty}` === path).map(({ pid }) => pid),
  );
});

test("getPidsForTty() lists nothing for the number that stands for no terminal", { skip }, () => {
  assertEquals(getPidsForTty(0), []);
});

test("listPids() finds none for a filter that matches nothing, and for a type that is not known", {
  skip,
}, () => {
  assertEquals(listPids(PROC_PGRP_ONLY, 0x7fffffff), new Int32Array(0));
  assertEquals(listPids(PROC_KDBG_ONLY, 0), new Int32Array(0));
  assertEquals(listPids(99, 0), new Int32Array(0));
});

test("listPids() loses nothing in a fork storm", { skip, timeout: 60_000 }, async () => {
  const { spawn } = await import("node:child_process");
  const storm = spawn("sh", [
    "-c",
    "while :; do for i in 1 2 3 4 5 6 7 8; do /bin/true & done; wait; done",
  ]);
  try {
    const standing = ["plain", "zombie", "leader", "terminal"].map(cast.pid);
    for (let i = 0; i < 50; i++) {
      const pids = new Set(listPids(PROC_ALL_PIDS, 0));
      for (const pid of standing) assert(pids.has(pid), `${pid} in round ${i}`);
      assertEquals(getPidsForPgrp(cast.pid("leader")).length, 3);
    }
  } finally {
    storm.kill("SIGKILL");
  }
});

test("listPids() leaves no descriptor open", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (const type of [PROC_ALL_PIDS, PROC_PPID_ONLY, PROC_UID_ONLY]) listPids(type, 0);
  assert(open() <= before, `${open()} open, ${before} before`);
});

test("procInfo() gives a size with room for 20 more, whatever the type", { skip }, () => {
  const size = procInfo(1, PROC_ALL_PIDS, 0, 0n, null);
  assertEquals(size % 4, 0);
  assert(size / 4 >= getAllPids().length + 20, `${size / 4}`);
  assert(procInfo(1, PROC_PGRP_ONLY, 0x7fffffff, 0n, null) / 4 >= getAllPids().length + 20);
  assert(procInfo(1, 99, 0, 0n, null) / 4 >= getAllPids().length + 20);
});

test(
  "procInfo() refuses a buffer that holds no pid, and cuts a list without a word",
  { skip },
  () => {
    const { kernel } = defaultSystem();
    for (const size of [0, 1, 3]) {
      assertEquals(kernel.procInfo(1, PROC_ALL_PIDS, 0, 0n, new Uint8Array(size)), -12);
    }
    const director = cast.pid("director");
    const all = listPids(PROC_PPID_ONLY, director);
    for (const room of [1, 2, 5]) {
      for (const odd of [0, 1, 3]) {
        // The buffer may be unaligned and have spare bytes. Only whole pids are written, and
        // nothing outside of them.
        const memory = new Uint8Array(64).fill(0xee);
        const buffer = memory.subarray(8 + odd, 8 + odd + room * 4 + 3);
        assertEquals(procInfo(1, PROC_PPID_ONLY, director, 0n, buffer), room * 4);
        const view = new DataView(buffer.buffer, buffer.byteOffset, room * 4);
        const written = Array.from({ length: room }, (_, i) => view.getInt32(i * 4, true));
        assertEquals(written, [...all.subarray(0, room)]);
        assert(memory.subarray(0, 8 + odd).every((byte) => byte === 0xee));
        assert(memory.subarray(8 + odd + room * 4).every((byte) => byte === 0xee));
      }
    }
  },
);

test("procInfo() writes into a DataView, an offset Int32Array and a part of a Node Buffer", {
  skip,
}, () => {
  const leader = cast.pid("leader");
  const all = [...listPids(PROC_PGRP_ONLY, leader)];
  const memory = new ArrayBuffer(64);
  assertEquals(procInfo(1, PROC_PGRP_ONLY, leader, 0n, new DataView(memory, 4, 40)), 12);
  assertEquals([...new Int32Array(memory, 4, 3)], all);
  const words = new Int32Array(16).subarray(5);
  assertEquals(procInfo(1, PROC_PGRP_ONLY, leader, 0n, words), 12);
  assertEquals([...words.subarray(0, 4)], [...all, 0]);
});

test("listPids() by terminal answers for a number given signed or unsigned", { skip }, () => {
  const { rdev } = statSync(cast.said("terminal"));
  assertEquals([...listPids(PROC_TTY_ONLY, rdev | 0)], [cast.pid("terminal")]);
  assertEquals([...listPids(PROC_TTY_ONLY, rdev >>> 0)], [cast.pid("terminal")]);
});
