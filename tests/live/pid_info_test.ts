import { assert, assertEquals, assertGreaterOrEqual, assertNotEquals } from "@std/assert";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { arch, tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  getAllPids,
  pidInfo,
  pidInfoOf,
  PIF_COMPARE_IDVERSION,
  PIF_COMPARE_UNIQUEID,
  PROC_FLAG_CONTROLT,
  PROC_FLAG_CTTY,
  PROC_FLAG_EXEC,
  PROC_FLAG_LP64,
  PROC_FLAG_PSUGID,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  PROC_PIDARCHINFO,
  PROC_PIDCOALITIONINFO,
  PROC_PIDEXITREASONBASICINFO,
  PROC_PIDEXITREASONINFO,
  PROC_PIDLISTDYNKQUEUES,
  PROC_PIDLISTFILEPORTS,
  PROC_PIDLISTUPTRS,
  PROC_PIDNOTEEXIT,
  PROC_PIDPATHINFO,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKALLINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDVMRTFAULTINFO,
  PROC_PIDWORKQUEUEINFO,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { executed, startSpeaker } from "../support/lines.ts";
import { waitingElf32 } from "../support/elf32.ts";
import { command, ROOT } from "../support/runtime.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

let cast: Cast, workers: Cast, folder: string;
before(async () => {
  if (skip !== false) return;
  folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-pid-info-`));
  cast = await startCast();
  workers = await startCast("workers");
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
  await workers?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true });
});

const MISSING = 0x3fffff;
const CALL = 2;

/** The flavors about a whole process that fill a struct, with the size of the struct. */
const STRUCTS: Readonly<Record<number, number>> = {
  [PROC_PIDTASKALLINFO]: 232,
  [PROC_PIDTBSDINFO]: 136,
  [PROC_PIDTASKINFO]: 96,
  [PROC_PIDT_SHORTBSDINFO]: 64,
  [PROC_PIDUNIQIDENTIFIERINFO]: 56,
  [PROC_PIDT_BSDINFOWITHUNIQID]: 192,
  [PROC_PIDARCHINFO]: 8,
  [PROC_PIDCOALITIONINFO]: 40,
};
const STRUCT_FLAVORS = Object.keys(STRUCTS).map(Number);
/** The flavors that report zombies on request. */
const OF_ZOMBIES = [
  PROC_PIDTBSDINFO,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDT_BSDINFOWITHUNIQID,
];

/** Returns the kernel's answer in a buffer of this size. */
function raw(pid: number, flavor: number, size: number | null, arg = 0n): number {
  return defaultSystem().kernel.procInfo(
    CALL,
    pid,
    flavor,
    arg,
    size === null ? null : new Uint8Array(size),
  );
}

/** Returns the content of a file of a process. */
const file = (pid: number, name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8");

/** Returns the fields of `stat` after the name, at the indexes of their numbers. */
function statOf(pid: number): string[] {
  const text = file(pid, "stat");
  return ["", "", "", ...text.slice(text.lastIndexOf(")") + 2).trimEnd().split(" ")];
}

/** Returns the numbers in a line of `status`. */
function statusOf(pid: number, name: string): number[] {
  const line = new RegExp(`^${name}:(.*)$`, "m").exec(file(pid, "status"))?.[1] ?? "";
  return (line.match(/\d+/g) ?? []).map(Number);
}

const ps = (pid: number, columns: string) =>
  execFileSync("ps", ["-p", `${pid}`, "-o", columns], { encoding: "utf8" }).trim().split(/\s+/)
    .map(Number);

/** Starts a waiting program, and kills it when it is disposed of. */
function start(path: string, argv0 = path): ChildProcess & AsyncDisposable {
  const child = spawn(path, [], { argv0, stdio: ["pipe", "ignore", "inherit"] });
  const gone = once(child, "exit");
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await gone;
    },
  });
}

/** Returns the path of a program that waits for the end of its input. */
const waiter = () => compileProgram(["waiter.c"], "waiter");

// PROC_PIDTBSDINFO

test("PROC_PIDTBSDINFO reports what ps reports", { skip }, () => {
  for (const role of ["plain", "users", "leader", "member", "terminal", "stopped", "traced"]) {
    const pid = cast.pid(role);
    const info = pidInfo(pid, PROC_PIDTBSDINFO);
    assertEquals(
      [
        ...[
          info.pbi_pid,
          info.pbi_ppid,
          info.pbi_pgid,
          info.pbi_uid,
          info.pbi_ruid,
          info.pbi_svuid,
        ],
        ...[info.pbi_gid, info.pbi_rgid, info.pbi_svgid, info.pbi_nice],
      ],
      ps(pid, "pid=,ppid=,pgid=,euid=,ruid=,suid=,egid=,rgid=,sgid=,ni="),
      role,
    );
    assertEquals(info.pbi_nfiles, statusOf(pid, "FDSize")[0], role);
    assertEquals([info.pbi_xstatus, info.rfu_1, info.pbi_pjobc].slice(1), [0, 0], role);
  }
  assertEquals(pidInfo(workers.pid("nice"), PROC_PIDTBSDINFO).pbi_nice, 7);
});

test("PROC_PIDTBSDINFO distinguishes the three users and groups", { skip }, () => {
  const info = pidInfo(cast.pid("users"), PROC_PIDTBSDINFO);
  assertEquals([info.pbi_ruid, info.pbi_uid, info.pbi_svuid], [1234, 2345, 3456]);
  assertEquals([info.pbi_rgid, info.pbi_gid, info.pbi_svgid], [4321, 5432, 6543]);
  assert(info.pbi_flags & PROC_FLAG_PSUGID);
  assertEquals(pidInfo(cast.pid("plain"), PROC_PIDTBSDINFO).pbi_flags & PROC_FLAG_PSUGID, 0);
});

test("PROC_PIDTBSDINFO flags who has another user or another group alone", { skip }, async () => {
  for (const option of ["--euid=1234", "--egid=1234"]) {
    const child = spawn("setpriv", [option, "--clear-groups", "cat"], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    try {
      const flags = () => pidInfo(child.pid!, PROC_PIDTBSDINFO).pbi_flags & PROC_FLAG_PSUGID;
      for (let i = 0; i < 1000 && flags() === 0; i++) await sleep(5);
      assertEquals(flags(), PROC_FLAG_PSUGID, option);
    } finally {
      child.kill("SIGKILL");
    }
  }
});

test("PROC_PIDTBSDINFO reports the terminal and its foreground process group", { skip }, () => {
  const pid = cast.pid("terminal");
  const info = pidInfo(pid, PROC_PIDTBSDINFO);
  assertEquals(info.e_tdev, statSync(cast.said("terminal")).rdev);
  assertEquals(info.e_tpgid, pid);
  const flags = PROC_FLAG_CTTY | PROC_FLAG_CONTROLT | PROC_FLAG_SLEADER;
  assertEquals(info.pbi_flags & flags, flags);
  const plain = pidInfo(cast.pid("name"), PROC_PIDTBSDINFO);
  const terminal = statOf(cast.pid("name"))[7];
  if (terminal === "0") assertEquals([plain.e_tdev, plain.e_tpgid], [0xffffffff, 0]);
  assertEquals(plain.pbi_flags & PROC_FLAG_SLEADER, 0);
  assertEquals(!!(plain.pbi_flags & PROC_FLAG_CTTY), terminal !== "0");
});

test("PROC_PIDTBSDINFO reports the state", { skip }, async () => {
  const state = (role: string) => pidInfo(cast.pid(role), PROC_PIDTBSDINFO).pbi_status;
  assertEquals(["plain", "stopped", "leaderless"].map(state), [3, 4, 3]);
  assertEquals(pidInfo(cast.pid("zombie"), PROC_PIDTBSDINFO, 1).pbi_status, 5);
  // A spinning process does not always run, but it is always runnable.
  const busy = spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" });
  try {
    for (let i = 0; i < 400 && pidInfo(busy.pid!, PROC_PIDTBSDINFO).pbi_status !== 2; i++) {
      await sleep(5);
    }
    assertEquals(pidInfo(busy.pid!, PROC_PIDTBSDINFO).pbi_status, 2);
  } finally {
    busy.kill("SIGKILL");
  }
});

test("PROC_PIDTBSDINFO reports what stopped a process, by Darwin's number of the signal", {
  skip,
}, () => {
  assertEquals(pidInfo(cast.pid("stopped"), PROC_PIDTBSDINFO).pbi_xstatus, 17);
  assertEquals(pidInfo(cast.pid("plain"), PROC_PIDTBSDINFO).pbi_xstatus, 0);
});

test(
  "PROC_PIDTBSDINFO flags who is traced, who called exec, and programs of 64 bits",
  { skip },
  () => {
    const flags = (role: string) => pidInfo(cast.pid(role), PROC_PIDTBSDINFO).pbi_flags;
    assert(flags("traced") & PROC_FLAG_TRACED);
    assertEquals(flags("plain") & (PROC_FLAG_TRACED | PROC_FLAG_EXEC | PROC_FLAG_SYSTEM), 0);
    assert(flags("director") & PROC_FLAG_EXEC);
    assert(flags("plain") & PROC_FLAG_LP64);
  },
);

test("PROC_PIDTBSDINFO flags kernel threads, whose names may be long", { skip }, (t) => {
  const pids = getAllPids().filter((pid) => {
    try {
      return Number(statOf(pid)[9]) & 0x200000;
    } catch {
      return false;
    }
  });
  if (pids.length === 0) {
    t.skip("no kernel thread is visible");
    return;
  }
  for (const pid of pids) {
    const name = file(pid, "stat").replace(/^\d+ \(([^]*)\) [^]*$/, "$1");
    const info = pidInfo(pid, PROC_PIDTBSDINFO);
    assert(info.pbi_flags & PROC_FLAG_SYSTEM);
    // The name of a worker changes with its work.
    if (name.startsWith("kworker")) continue;
    assertEquals([info.pbi_comm, info.pbi_name], [name.slice(0, 15), name.slice(0, 31)]);
  }
});

test("PROC_PIDTBSDINFO reports the name as it is", { skip }, () => {
  const info = pidInfo(cast.pid("name"), PROC_PIDTBSDINFO);
  assertEquals([info.pbi_comm, info.pbi_name], [") R 1 1 1 (", ") R 1 1 1 ("]);
});

test("PROC_PIDTBSDINFO reports 31 bytes of a longer name, whatever the first argument is", {
  skip,
}, async () => {
  const name = "a-program-with-a-name-of-41-characters-ab";
  const path = `${folder}/${name}`;
  copyFileSync(waiter(), path);
  for (
    const [argv0, expected] of [
      [path, name.slice(0, 31)],
      [name, name.slice(0, 31)],
      ["a-program-without", name.slice(0, 31)],
      ["/other/place", name.slice(0, 31)],
      ["/", name.slice(0, 31)],
    ] as const
  ) {
    await using child = start(path, argv0);
    await executed(child, argv0);
    const info = pidInfo(child.pid!, PROC_PIDTBSDINFO);
    assertEquals([info.pbi_comm, info.pbi_name], [name.slice(0, 15), expected], argv0);
  }
  // No part of the longer name remains in the next answer.
  assertEquals(pidInfo(cast.pid("plain"), PROC_PIDTBSDINFO).pbi_name, "cast");
});

test(
  "PROC_PIDTBSDINFO reports when a process began, the same for its lifetime",
  { skip },
  async () => {
    const before = Date.now();
    await using child = start(waiter());
    await executed(child);
    const after = Date.now();
    const time = () => {
      const info = pidInfo(child.pid!, PROC_PIDTBSDINFO);
      assert(info.pbi_start_tvusec < 1_000_000n);
      return Number(info.pbi_start_tvsec) * 1000 + Number(info.pbi_start_tvusec) / 1000;
    };
    const first = time();
    // The kernel reports the start in steps of 10 ms.
    assert(first >= before - 20 && first <= after + 20, `${before} <= ${first} <= ${after}`);
    await sleep(50);
    for (let i = 0; i < 100; i++) assertEquals(time(), first);
    const [lasted] = ps(child.pid!, "etimes=");
    assert(Math.abs(Date.now() / 1000 - lasted! - first / 1000) <= 2);
  },
);

// PROC_PIDT_SHORTBSDINFO and the flavors that contain the same values

test("PROC_PIDT_SHORTBSDINFO reports the same as PROC_PIDTBSDINFO", { skip }, () => {
  for (const role of ["plain", "users", "terminal", "stopped", "traced", "name", "leaderless"]) {
    const pid = cast.pid(role);
    const long = pidInfo(pid, PROC_PIDTBSDINFO);
    assertEquals(pidInfo(pid, PROC_PIDT_SHORTBSDINFO), {
      pbsi_pid: long.pbi_pid,
      pbsi_ppid: long.pbi_ppid,
      pbsi_pgid: long.pbi_pgid,
      pbsi_status: long.pbi_status,
      pbsi_comm: long.pbi_comm,
      pbsi_flags: long.pbi_flags & ~(PROC_FLAG_CTTY | PROC_FLAG_SLEADER),
      pbsi_uid: long.pbi_uid,
      pbsi_gid: long.pbi_gid,
      pbsi_ruid: long.pbi_ruid,
      pbsi_rgid: long.pbi_rgid,
      pbsi_svuid: long.pbi_svuid,
      pbsi_svgid: long.pbi_svgid,
      pbsi_rfu: 0,
    }, role);
  }
});

test(
  "PROC_PIDTASKALLINFO and PROC_PIDT_BSDINFOWITHUNIQID report what their halves report",
  { skip },
  () => {
    for (const role of ["plain", "users", "terminal", "leaderless"]) {
      const pid = cast.pid(role);
      const pbsd = pidInfo(pid, PROC_PIDTBSDINFO);
      assertEquals(pidInfo(pid, PROC_PIDTASKALLINFO), {
        pbsd,
        ptinfo: pidInfo(pid, PROC_PIDTASKINFO),
      }, role);
      assertEquals(pidInfo(pid, PROC_PIDT_BSDINFOWITHUNIQID), {
        pbsd,
        p_uniqidentifier: pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO),
      }, role);
    }
  },
);

// PROC_PIDTASKINFO

test("PROC_PIDTASKINFO reports the memory and the faults that /proc reports", { skip }, () => {
  for (const pid of [cast.pid("plain"), workers.pid("memory"), workers.pid("threads")]) {
    const info = pidInfo(pid, PROC_PIDTASKINFO);
    const stat = statOf(pid).map(Number);
    const page = Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));
    assertEquals(info.pti_virtual_size, BigInt(stat[23]!));
    const [, resident] = file(pid, "statm").split(" ");
    assertEquals(info.pti_resident_size, BigInt(Number(resident) * page));
    const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(file(pid, "status"))!;
    assertEquals(info.pti_resident_size, BigInt(Number(kilobytes) * 1024));
    assertEquals(info.pti_faults, stat[10]! + stat[12]!);
    assertEquals(info.pti_pageins, stat[12]);
    assertEquals(info.pti_threadnum, stat[20]);
  }
  const { pti_resident_size } = pidInfo(workers.pid("memory"), PROC_PIDTASKINFO);
  assertGreaterOrEqual(Number(pti_resident_size), 32 << 20);
});

test("PROC_PIDTASKINFO reports the processor time in ticks", { skip }, () => {
  for (const role of ["burner", "threads"]) {
    const info = pidInfo(workers.pid(role), PROC_PIDTASKINFO);
    const total = Number(info.pti_total_user + info.pti_total_system);
    const said = Number(workers.said(role));
    // Since then, the process has only printed this time and gone to sleep.
    const exact = defaultSystem().cpuTimeNs(workers.pid(role));
    assertGreaterOrEqual(exact, said, role);
    assert(exact - said < 10_000_000, `${role}: ${exact} after ${said}`);
    assert(total <= exact && exact - total < 2e7, `${role}: ${total} of ${exact}`);
    const stat = statOf(workers.pid(role)).map(Number);
    assertEquals([info.pti_total_user, info.pti_total_system], [
      BigInt(stat[14]! * 1e7),
      BigInt(stat[15]! * 1e7),
    ]);
  }
});

test("PROC_PIDTASKINFO distinguishes the time of the running threads", { skip }, () => {
  const burner = pidInfo(workers.pid("burner"), PROC_PIDTASKINFO);
  assertEquals(burner.pti_threadnum, 1);
  assertEquals(
    burner.pti_threads_user + burner.pti_threads_system,
    burner.pti_total_user + burner.pti_total_system,
  );
  const threads = pidInfo(workers.pid("threads"), PROC_PIDTASKINFO);
  assertEquals(threads.pti_threadnum, 3);
  const ended = threads.pti_total_user + threads.pti_total_system - threads.pti_threads_user -
    threads.pti_threads_system;
  // One thread used 80 ms. The times in user mode and in the kernel may each lack a tick.
  assertGreaterOrEqual(Number(ended), 60_000_000);
  const pid = workers.pid("threads");
  const ticks = (field: number) =>
    readdirSync(`/proc/${pid}/task`)
      .map((thread) => file(pid, `task/${thread}/stat`).split(") ").at(-1)!.split(" ")[field - 3])
      .reduce((sum, text) => sum + BigInt(text!) * 10_000_000n, 0n);
  assertEquals([threads.pti_threads_user, threads.pti_threads_system], [ticks(14), ticks(15)]);
});

test("PROC_PIDTASKINFO counts how often its threads were given a processor", { skip }, () => {
  const pid = workers.pid("switcher");
  const { pti_csw } = pidInfo(pid, PROC_PIDTASKINFO);
  assertGreaterOrEqual(pti_csw, Number(workers.said("switcher")));
  assertEquals(pti_csw, Number(file(pid, "schedstat").trim().split(" ")[2]));
  const several = workers.pid("threads");
  const sum = readdirSync(`/proc/${several}/task`)
    .map((thread) => Number(file(several, `task/${thread}/schedstat`).trim().split(" ")[2]))
    .reduce((a, b) => a + b);
  assertEquals(pidInfo(several, PROC_PIDTASKINFO).pti_csw, sum);
});

/** Starts a process with three running threads and one waiting thread. */
const startRunner = () => startSpeaker([compileProgram(["runner.c"], "runner")]);

test("PROC_PIDTASKINFO counts the threads that run", { skip }, async () => {
  assertEquals(pidInfo(cast.pid("plain"), PROC_PIDTASKINFO).pti_numrunning, 0);
  assertEquals(pidInfo(workers.pid("threads"), PROC_PIDTASKINFO).pti_numrunning, 0);
  await using runner = startRunner();
  const { pid } = runner;
  await runner.next();
  const running = () => pidInfo(pid, PROC_PIDTASKINFO).pti_numrunning;
  for (let i = 0; i < 400 && running() !== 3; i++) await sleep(5);
  assertEquals([running(), pidInfo(pid, PROC_PIDTASKINFO).pti_threadnum], [3, 4]);
});

test("PROC_PIDTASKINFO reports policy and priority in Mach's numbers", { skip }, () => {
  const told = (pid: number) => {
    const { pti_policy, pti_priority } = pidInfo(pid, PROC_PIDTASKINFO);
    return [pti_policy, pti_priority];
  };
  const nice = Number(statOf(cast.pid("plain"))[19]);
  assertEquals(told(cast.pid("plain")), [1, 31 - nice]);
  assertEquals(["nice", "fifo", "robin"].map((role) => told(workers.pid(role))), [
    [1, 24],
    [4, 83],
    [2, 127],
  ]);
});

test("PROC_PIDTASKINFO never lets a time become less", { skip }, async () => {
  await using runner = startRunner();
  const { pid } = runner;
  await runner.next();
  let last = pidInfo(pid, PROC_PIDTASKINFO);
  const first = last.pti_total_user + last.pti_total_system;
  // On a busy machine, the process may not run for some time.
  for (let i = 0; i < 3000 || last.pti_total_user + last.pti_total_system === first; i++) {
    const info = pidInfo(pid, PROC_PIDTASKINFO);
    assert(info.pti_total_user >= last.pti_total_user, `user, ${i}`);
    assert(info.pti_total_system >= last.pti_total_system, `system, ${i}`);
    assert(info.pti_threads_user <= info.pti_total_user, `${i}`);
    assert(info.pti_threads_system <= info.pti_total_system, `${i}`);
    last = info;
  }
});

// A process whose leader has ended

test("a process whose first thread has ended is not a zombie", { skip }, () => {
  const pid = cast.pid("leaderless");
  assertEquals(statOf(pid)[3], "Z");
  const { pbsd, ptinfo } = pidInfo(pid, PROC_PIDTASKALLINFO);
  assertEquals([pbsd.pbi_status, pbsd.pbi_xstatus, pbsd.pbi_pid], [3, 0, pid]);
  const thread = readdirSync(`/proc/${pid}/task`).map(Number).find((thread) => thread !== pid)!;
  const stat = file(pid, `task/${thread}/stat`).replace(/^.*\) /, "_ _ _ ").split(" ").map(Number);
  assertEquals(ptinfo.pti_virtual_size, BigInt(stat[23]!));
  assert(ptinfo.pti_resident_size > 0n);
  assert(pbsd.pbi_nfiles > 0);
  assertEquals(ptinfo.pti_threadnum, 2);
  const plain = cast.pid("plain");
  assertEquals(pidInfo(pid, PROC_PIDPATHINFO), pidInfo(plain, PROC_PIDPATHINFO));
  assertEquals(pidInfo(pid, PROC_PIDARCHINFO), pidInfo(plain, PROC_PIDARCHINFO));
  assertEquals(
    pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO).p_uuid,
    pidInfo(plain, PROC_PIDUNIQIDENTIFIERINFO).p_uuid,
  );
});

// Zombies

test("zombies are found by the flavors that can, and only with an argument", { skip }, () => {
  const pid = cast.pid("zombie");
  for (const flavor of STRUCT_FLAVORS) {
    const size = STRUCTS[flavor]!;
    assertEquals(raw(pid, flavor, size), -ERRNO.ESRCH, `${flavor}`);
    const answer = OF_ZOMBIES.includes(flavor) ? size : -ERRNO.ESRCH;
    assertEquals(raw(pid, flavor, size, 1n), answer, `${flavor}`);
    assertEquals(raw(pid, flavor, size, 1n << 40n), answer, `${flavor}`);
  }
  assertEquals(raw(pid, PROC_PIDPATHINFO, 1024, 1n), -ERRNO.ESRCH);
  const info = pidInfo(pid, PROC_PIDTBSDINFO, 1);
  assertEquals([info.pbi_xstatus, info.pbi_nfiles, info.pbi_comm], [7 << 8, 0, "cast"]);
  assertEquals(info.pbi_ppid, cast.pid("director"));
  assertNotEquals(pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, 1).p_uniqueid, 0n);
});

// PROC_PIDUNIQIDENTIFIERINFO

test("PROC_PIDUNIQIDENTIFIERINFO distinguishes processes and knows the parent", { skip }, () => {
  const roles = ["director", "plain", "users", "leader", "member", "stopped"];
  const ids = roles.map((role) => pidInfo(cast.pid(role), PROC_PIDUNIQIDENTIFIERINFO));
  assertEquals(new Set(ids.map(({ p_uniqueid }) => p_uniqueid)).size, roles.length);
  const [director, ...children] = ids;
  for (const child of children) {
    assertEquals(child.p_puniqueid, director!.p_uniqueid);
    assertEquals(child.p_orig_ppidversion, director!.p_idversion);
    assertEquals(child.p_uuid, director!.p_uuid);
    assertEquals([child.p_reserve2, child.p_reserve3], [0n, 0n]);
  }
  const one = pidInfo(1, PROC_PIDUNIQIDENTIFIERINFO);
  assertEquals([one.p_puniqueid, one.p_orig_ppidversion], [0n, 0]);
});

test("PROC_PIDUNIQIDENTIFIERINFO reports the build id of the program, also after an exec", {
  skip,
}, async () => {
  const idOf = (path: string) => {
    const notes = execFileSync("readelf", ["-n", path], { encoding: "utf8" });
    const hex = /Build ID: ([0-9a-f]+)/.exec(notes)?.[1] ?? "";
    return hex.padEnd(32, "0").slice(0, 32);
  };
  const told = (pid: number) =>
    Array.from(
      pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO).p_uuid,
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join("");
  const program = waiter();
  const shell = realpathSync("/bin/sh");
  const child = spawn(shell, ["-c", `read -r _; exec ${program}`], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  try {
    await executed(child, shell);
    const { p_uniqueid, p_idversion } = pidInfo(child.pid!, PROC_PIDUNIQIDENTIFIERINFO);
    assertEquals(told(child.pid!), idOf(shell));
    child.stdin!.write("\n");
    await executed(child, program);
    assertEquals(told(child.pid!), idOf(program));
    assertNotEquals(idOf(program), idOf(shell));
    const now = pidInfo(child.pid!, PROC_PIDUNIQIDENTIFIERINFO);
    assertEquals([now.p_uniqueid, now.p_idversion], [p_uniqueid, p_idversion]);
  } finally {
    child.kill("SIGKILL");
  }
});

test("PROC_PIDUNIQIDENTIFIERINFO has no build id for kernel threads and zombies", { skip }, () => {
  assertEquals(
    pidInfo(cast.pid("zombie"), PROC_PIDUNIQIDENTIFIERINFO, 1).p_uuid,
    new Uint8Array(16),
  );
  // No part of another process's answer remains in this one.
  assertNotEquals(
    pidInfo(cast.pid("plain"), PROC_PIDUNIQIDENTIFIERINFO).p_uuid,
    new Uint8Array(16),
  );
  assertEquals(
    pidInfo(cast.pid("zombie"), PROC_PIDUNIQIDENTIFIERINFO, 1).p_uuid,
    new Uint8Array(16),
  );
});

test("another process under the same id has another identity", { skip }, async () => {
  const child = spawn(compileProgram(["reuse.c"], "reuse"), { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    const pid = Number((await lines.next()).value);
    const first = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
    assertEquals(pidInfoOf(pid, { uniqueId: first.p_uniqueid }, PROC_PIDTBSDINFO).pbi_pid, pid);
    // The next process must not start within the same tick.
    await sleep(50);
    child.stdin.write("\n");
    assertEquals((await lines.next()).value, "again");
    const second = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
    assert(second.p_uniqueid > first.p_uniqueid);
    assertNotEquals(second.p_idversion, first.p_idversion);
    const ask = (flags: number, id: bigint) =>
      defaultSystem().kernel.procInfoExtendedId(
        CALL,
        pid,
        PROC_PIDTBSDINFO,
        flags,
        id,
        0n,
        new Uint8Array(136),
      );
    assertEquals(ask(PIF_COMPARE_UNIQUEID, first.p_uniqueid), -ERRNO.ESRCH);
    assertEquals(ask(PIF_COMPARE_IDVERSION, BigInt(first.p_idversion)), -ERRNO.ESRCH);
    assertEquals(ask(PIF_COMPARE_UNIQUEID, second.p_uniqueid), 136);
    assertEquals(ask(PIF_COMPARE_IDVERSION, BigInt(second.p_idversion)), 136);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
});

// __proc_info_extended_id()

test("procInfoExtendedId() compares before it answers, and after it has found nothing else wrong", {
  skip,
}, () => {
  const { kernel } = defaultSystem();
  const pid = cast.pid("plain");
  const { p_uniqueid, p_idversion } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
  const BOTH = PIF_COMPARE_UNIQUEID | PIF_COMPARE_IDVERSION;
  const ask = (flags: number, id: bigint, flavor = PROC_PIDTBSDINFO, size = 136, of = pid) => {
    const buffer = new Uint8Array(size).fill(0xee);
    const answer = kernel.procInfoExtendedId(CALL, of, flavor, flags, id, 0n, buffer);
    if (answer < 0) assert(buffer.every((byte) => byte === 0xee));
    return answer;
  };
  assertEquals(ask(PIF_COMPARE_UNIQUEID, p_uniqueid), 136);
  assertEquals(ask(PIF_COMPARE_IDVERSION, BigInt(p_idversion)), 136);
  for (const wrong of [0n, p_uniqueid + 1n, p_uniqueid + (1n << 32n), BigInt(p_idversion)]) {
    assertEquals(ask(PIF_COMPARE_UNIQUEID, wrong), -ERRNO.ESRCH, `${wrong}`);
  }
  for (const wrong of [0n, BigInt(p_idversion) + 1n, BigInt(p_idversion) + (1n << 32n)]) {
    assertEquals(ask(PIF_COMPARE_IDVERSION, wrong), -ERRNO.ESRCH, `${wrong}`);
  }
  assertEquals(ask(BOTH, p_uniqueid), -ERRNO.EINVAL);
  assertEquals(ask(0, 77n), 136);
  assertEquals(ask(4, 77n), 136);
  // Errors in the arguments take precedence.
  assertEquals(ask(PIF_COMPARE_UNIQUEID, 0n, 99), -ERRNO.EINVAL);
  assertEquals(ask(PIF_COMPARE_UNIQUEID, 0n, PROC_PIDTBSDINFO, 135), -ERRNO.ENOMEM);
  assertEquals(ask(PIF_COMPARE_UNIQUEID, 0n, PROC_PIDPATHINFO, 4097), -ERRNO.EOVERFLOW);
  assertEquals(ask(PIF_COMPARE_UNIQUEID, p_uniqueid, PROC_PIDTBSDINFO, 136, MISSING), -ERRNO.ESRCH);
  assertEquals(ask(PIF_COMPARE_UNIQUEID, p_uniqueid, PROC_PIDTBSDINFO, 136, -1), -ERRNO.ESRCH);
  // Other calls ignore the identity.
  assertEquals(
    kernel.procInfoExtendedId(1, 1, 0, PIF_COMPARE_UNIQUEID, 0n, 0n, new Uint8Array(4)),
    4,
  );
});

// PROC_PIDPATHINFO

test("PROC_PIDPATHINFO fills the whole buffer and returns 0", { skip }, () => {
  const pid = cast.pid("plain");
  const path = realpathSync(`/proc/${pid}/exe`);
  for (const size of [1024, 1025, 4096]) {
    const buffer = new Uint8Array(size + 16).fill(0xee);
    assertEquals(
      defaultSystem().kernel.procInfo(
        CALL,
        pid,
        PROC_PIDPATHINFO,
        0n,
        buffer.subarray(8, size + 8),
      ),
      0,
    );
    assertEquals(new TextDecoder().decode(buffer.subarray(8, 8 + path.length)), path);
    assert(buffer.subarray(8 + path.length, size + 8).every((byte) => byte === 0));
    assert([...buffer.subarray(0, 8), ...buffer.subarray(size + 8)].every((byte) => byte === 0xee));
  }
  assertEquals(raw(pid, PROC_PIDPATHINFO, null), -ERRNO.ENOMEM);
  assertEquals(raw(pid, PROC_PIDPATHINFO, 1023), -ERRNO.ENOMEM);
  assertEquals(raw(pid, PROC_PIDPATHINFO, 4097), -ERRNO.EOVERFLOW);
  assertEquals(raw(MISSING, PROC_PIDPATHINFO, 4097), -ERRNO.EOVERFLOW);
  assertEquals(raw(MISSING, PROC_PIDPATHINFO, 1024), -ERRNO.ESRCH);
});

test("PROC_PIDPATHINFO is ESRCH for a path that does not fit", { skip }, async () => {
  let deep = folder;
  while (deep.length < 1000) deep += `/${"d".repeat(Math.min(200, 1008 - deep.length))}`;
  mkdirSync(deep, { recursive: true });
  // A path of 1023 bytes and its NUL fit in 1024 bytes.
  for (const [length, answer] of [[1023, 0], [1024, -ERRNO.ESRCH], [1200, -ERRNO.ESRCH]] as const) {
    const path = `${deep}/${"p".repeat(length - deep.length - 1)}`;
    assertEquals(path.length, length);
    copyFileSync(waiter(), path);
    await using child = start(path);
    await executed(child, path);
    assertEquals(raw(child.pid!, PROC_PIDPATHINFO, 1024), answer);
    assertEquals(pidInfo(child.pid!, PROC_PIDPATHINFO), path);
  }
});

test(
  "PROC_PIDPATHINFO is ENOENT for a program that is deleted, and not for one that is called so",
  {
    skip,
  },
  async () => {
    const make = (name: string) => {
      const path = `${folder}/${name}`;
      copyFileSync(waiter(), path);
      chmodSync(path, 0o755);
      return path;
    };
    const answer = async (path: string, change: () => void, size = 1024) => {
      await using child = start(path);
      await executed(child, path);
      assertEquals(pidInfo(child.pid!, PROC_PIDPATHINFO), path);
      change();
      return raw(child.pid!, PROC_PIDPATHINFO, size);
    };
    const gone = make("gone");
    assertEquals(await answer(gone, () => rmSync(gone)), -ERRNO.ENOENT);
    const replaced = make("replaced");
    assertEquals(await answer(replaced, () => renameSync(make("new"), replaced)), -ERRNO.ENOENT);
    // The file still exists under another name.
    const linked = make("linked");
    linkSync(linked, `${folder}/other`);
    assertEquals(await answer(linked, () => rmSync(linked)), -ERRNO.ENOENT);
    const called = make("called (deleted)");
    assertEquals(await answer(called, () => {}), 0);
    assertEquals(await answer(called, () => rmSync(called)), -ERRNO.ENOENT);
    const moved = make("moved");
    assertEquals(await answer(moved, () => renameSync(moved, `${folder}/there (deleted)`)), 0);
  },
);

test("PROC_PIDPATHINFO is ESRCH for kernel threads", { skip }, (t) => {
  const pid = getAllPids().find((pid) => {
    try {
      return Number(statOf(pid)[9]) & 0x200000;
    } catch {
      return false;
    }
  });
  if (pid === undefined) t.skip("no kernel thread is visible");
  else assertEquals(raw(pid, PROC_PIDPATHINFO, 1024), -ERRNO.ESRCH);
});

// PROC_PIDARCHINFO

test(
  "PROC_PIDARCHINFO reports the processor of programs of 64 and of 32 bits",
  { skip },
  async () => {
    const told = (pid: number) => {
      const { p_cputype, p_cpusubtype } = pidInfo(pid, PROC_PIDARCHINFO);
      return [p_cputype, p_cpusubtype];
    };
    const [wide] = arch() === "x64" ? [[0x01000007, 3]] : [[0x0100000c, 0]];
    assertEquals(told(process.pid), wide);
    assertEquals(told(cast.pid("plain")), wide);
    if (arch() !== "x64") return;
    const path = `${folder}/elf32`;
    writeFileSync(path, waitingElf32(), { mode: 0o755 });
    // If the kernel cannot execute a file, some runtimes pass it to the shell.
    const script = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])";
    const child = spawn("python3", ["-c", script, path], { stdio: "ignore" });
    const gone = once(child, "exit");
    try {
      // The kernel may have been built without support for 32-bit programs.
      if (await Promise.race([gone, executed(child, path).catch(() => gone)]) !== undefined) return;
      assertEquals(told(child.pid!), [7, 3]);
      assertEquals(pidInfo(child.pid!, PROC_PIDTBSDINFO).pbi_flags & PROC_FLAG_LP64, 0);
      assertEquals(pidInfo(child.pid!, PROC_PIDUNIQIDENTIFIERINFO).p_uuid, new Uint8Array(16));
    } finally {
      child.kill("SIGKILL");
      await gone;
    }
  },
);

// PROC_PIDCOALITIONINFO

test("PROC_PIDCOALITIONINFO reports the folders of the control groups", { skip }, () => {
  const pid = cast.pid("plain");
  const { coalition_id, ...reserved } = pidInfo(pid, PROC_PIDCOALITIONINFO);
  assertEquals(pidInfo(cast.pid("director"), PROC_PIDCOALITIONINFO).coalition_id, coalition_id);
  assertEquals(Object.values(reserved), [0n, 0n, 0n]);
  const path = /^0::(.*)$/m.exec(file(pid, "cgroup"))?.[1];
  const places = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
  const mounted = places.find((place) =>
    readFileSync("/proc/mounts", "utf8").includes(` ${place} cgroup2 `)
  );
  if (path === undefined || mounted === undefined) return;
  assertEquals(coalition_id[0], BigInt(statSync(mounted + path).ino));
});

// PROC_PIDNOTEEXIT, PROC_PIDEXITREASONBASICINFO, PROC_PIDEXITREASONINFO

test(
  "PROC_PIDNOTEEXIT and the exit reasons report how a child of one's own ended",
  { skip },
  () => {
    const children = `${folder}/children`;
    const source = `
    import { readFileSync } from "node:fs";
    import process from "node:process";
    import { defaultSystem } from "./lib/system/open.ts";
    const [exited, killed, alive, grandchild] = readFileSync(${JSON.stringify(children)}, "utf8")
      .split(" ").map(Number);
    const ask = (pid, flavor, arg = 0n, size = 32) => {
      const buffer = new Uint8Array(size).fill(0xee);
      const answer = defaultSystem().kernel.procInfo(2, pid, flavor, arg, buffer);
      return answer < 0 ? answer : [answer, ...buffer.subarray(0, answer)];
    };
    const STATUS = 0x04000000n;
    const pids = [exited, killed, alive, grandchild, process.pid, 1];
    const all = [[21, STATUS], [21, 0n], [21, 0x02000000n], [25, 0n], [24, 0n]].map(([flavor, arg]) =>
      pids.map((pid) => ask(pid, flavor, arg)));
    // All is as it was: the children are still to be waited for.
    const again = pids.map((pid) => ask(pid, 21, STATUS));
    console.log(JSON.stringify({ all, again, short: ask(exited, 21, STATUS, 3) }));`;
    const [program, ...args] = [compileProgram(["parent.c"], "parent"), children, ...command("-")];
    const { stdout, stderr, status } = spawnSync(program, args, {
      cwd: ROOT,
      encoding: "utf8",
      input: source,
    });
    assertEquals(status, 0, stderr);
    const { all, again, short } = JSON.parse(stdout);
    const EE = 0xee;
    const others = [-ERRNO.EACCES, -ERRNO.EACCES, -ERRNO.EACCES];
    const zero = [4, 0, 0, 0, 0];
    // SIGUSR1 is 30 on Darwin.
    const basic = [2, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assertEquals(all, [
      [[4, 0, 7, 0, 0], [4, 30, 0, 0, 0], zero, ...others],
      [zero, zero, zero, ...others],
      [zero, zero, zero, ...others],
      [-ERRNO.ENOENT, [24, ...basic], -ERRNO.ENOENT, ...others],
      [-ERRNO.ENOENT, [32, ...basic, EE, EE, EE, EE, EE, EE, EE, EE], -ERRNO.ENOENT, ...others],
    ]);
    assertEquals(again, all[0]);
    assertEquals(short, -ERRNO.ENOMEM);
  },
);

// Objects that Linux does not have

test("fileports, user pointers and dynamic kqueues: there are none", { skip }, () => {
  const pid = cast.pid("plain");
  for (
    const flavor of [PROC_PIDLISTFILEPORTS, PROC_PIDLISTUPTRS, PROC_PIDLISTDYNKQUEUES] as const
  ) {
    const told = pidInfo(pid, flavor);
    assertEquals(told.length, 0);
    assertEquals([null, 8, 80].map((size) => raw(pid, flavor, size)), [0, 0, 0], `${flavor}`);
    assertEquals([0, 7].map((size) => raw(pid, flavor, size)), [-ERRNO.ENOMEM, -ERRNO.ENOMEM]);
    for (const missing of [MISSING, cast.pid("zombie"), -1]) {
      assertEquals([null, 8].map((size) => raw(missing, flavor, size)), [
        -ERRNO.ESRCH,
        -ERRNO.ESRCH,
      ]);
    }
  }
});

test("PROC_PIDVMRTFAULTINFO and PROC_PIDWORKQUEUEINFO answer as for a process without any", {
  skip,
}, () => {
  assertEquals(pidInfo(process.pid, PROC_PIDVMRTFAULTINFO), []);
  assertEquals(raw(process.pid, PROC_PIDVMRTFAULTINFO, null), -ERRNO.ENOMEM);
  assertEquals(raw(cast.pid("plain"), PROC_PIDVMRTFAULTINFO, 56), -ERRNO.EINVAL);
  assertEquals(raw(MISSING, PROC_PIDVMRTFAULTINFO, 56), -ERRNO.ESRCH);
  assertEquals(raw(cast.pid("plain"), PROC_PIDWORKQUEUEINFO, 16), -ERRNO.ESRCH);
  assertEquals(raw(0, PROC_PIDWORKQUEUEINFO, 16), -ERRNO.EINVAL);
  assertEquals(raw(0, PROC_PIDWORKQUEUEINFO, null), -ERRNO.EINVAL);
});

// All flavors

test(
  "a buffer that is too short is ENOMEM, and in a larger one the rest is left alone",
  { skip },
  () => {
    for (const flavor of STRUCT_FLAVORS) {
      const size = STRUCTS[flavor]!;
      const pid = cast.pid("plain");
      for (const asked of [pid, MISSING, -1]) {
        assertEquals([null, 0, size - 1].map((short) => raw(asked, flavor, short)), [
          -12,
          -12,
          -12,
        ]);
      }
      const buffer = new Uint8Array(size + 24).fill(0xee);
      const inside = buffer.subarray(5, size + 13);
      assertEquals(defaultSystem().kernel.procInfo(CALL, pid, flavor, 0n, inside), size);
      assert(buffer.subarray(0, 5).every((byte) => byte === 0xee));
      assert(buffer.subarray(size + 5).every((byte) => byte === 0xee));
      assert(buffer.subarray(5, size + 5).some((byte) => byte !== 0xee));
    }
  },
);

test("an id of no process, and of a thread of one, is ESRCH", { skip }, () => {
  const several = workers.pid("threads");
  const threads = readdirSync(`/proc/${several}/task`).map(Number).filter((id) => id !== several);
  const own = readdirSync("/proc/self/task").map(Number).filter((id) => id !== process.pid);
  const leaderless = cast.pid("leaderless");
  const living = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  assertEquals(threads.length, 2);
  for (
    const pid of [
      ...threads,
      ...own,
      living,
      MISSING,
      0x7fffffff,
      0x10000000 + several,
      -1,
      0,
      -several,
    ]
  ) {
    for (const flavor of STRUCT_FLAVORS) {
      assertEquals(raw(pid, flavor, STRUCTS[flavor]!, 1n), -ERRNO.ESRCH, `${flavor} of ${pid}`);
    }
    for (const flavor of [PROC_PIDPATHINFO, PROC_PIDNOTEEXIT, PROC_PIDEXITREASONINFO]) {
      assertEquals(raw(pid, flavor, 1024), -ERRNO.ESRCH, `${flavor} of ${pid}`);
    }
    assertEquals(raw(pid, PROC_PIDEXITREASONBASICINFO, 24), -ERRNO.ESRCH);
  }
});

test("every process answers every flavor in a fork storm, or is gone", { skip }, () => {
  const storm = spawn("sh", [
    "-c",
    "while :; do for i in 1 2 3 4 5 6 7 8; do /bin/true & done; wait; done",
  ]);
  try {
    let answers = 0, rounds = 0;
    for (const end = Date.now() + 1500; Date.now() < end; rounds++) {
      for (const pid of getAllPids()) {
        for (const flavor of STRUCT_FLAVORS) {
          const size = STRUCTS[flavor]!;
          const answer = raw(pid, flavor, size, 1n);
          if (answer === size) answers++;
          // Root without all privileges cannot read every value of process 1.
          else if (flavor !== PROC_PIDARCHINFO || pid !== 1) {
            assertEquals(answer, -ERRNO.ESRCH, `${flavor} of ${pid}`);
          }
        }
        const path = raw(pid, PROC_PIDPATHINFO, 4096);
        if (pid !== 1) {
          assert([0, -ERRNO.ESRCH, -ERRNO.ENOENT].includes(path), `path of ${pid}: ${path}`);
        }
      }
    }
    // At least the processes of the cast answer.
    assertGreaterOrEqual(answers, rounds * 10 * STRUCT_FLAVORS.length);
  } finally {
    storm.kill("SIGKILL");
  }
});

test("no descriptor is left open", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const pids = [
    cast.pid("plain"),
    cast.pid("zombie"),
    cast.pid("leaderless"),
    workers.pid("threads"),
    MISSING,
  ];
  const askAll = () => {
    for (const pid of pids) {
      for (const flavor of STRUCT_FLAVORS) raw(pid, flavor, STRUCTS[flavor]!, 1n);
      for (const flavor of [PROC_PIDPATHINFO, PROC_PIDNOTEEXIT]) raw(pid, flavor, 1024);
    }
  };
  askAll();
  const before = open();
  for (let i = 0; i < 20; i++) askAll();
  assert(open() <= before, `${open()} open, ${before} before`);
});

// Other users' processes

/** Returns a script that prints the answers of every flavor about some processes. */
const asking = (pids: readonly number[]) => `
  import { defaultSystem } from "./lib/system/open.ts";
  const sizes = ${JSON.stringify({ ...STRUCTS, [PROC_PIDPATHINFO]: 1024 })};
  const answers = ${JSON.stringify(pids)}.map((pid) =>
    Object.fromEntries(Object.entries(sizes).map(([flavor, size]) =>
      [flavor, defaultSystem().kernel.procInfo(2, pid, Number(flavor), 0n, new Uint8Array(size))])));
  console.log(JSON.stringify(answers));`;

test(
  "without privilege, what Linux shows of others is answered, and the rest is EPERM",
  { skip },
  () => {
    const [answers] = runWrapped(AS_NOBODY, asking([cast.pid("plain")])) as Record<
      number,
      number
    >[];
    const refused = [PROC_PIDARCHINFO, PROC_PIDPATHINFO];
    const expected = {
      ...STRUCTS,
      ...Object.fromEntries(refused.map((flavor) => [flavor, -ERRNO.EPERM])),
    };
    assertEquals(answers, expected);
  },
);

test("a process that /proc hides is EPERM, one that is not there ESRCH", { skip }, () => {
  const wrapper = [
    ...OWN_MOUNTS,
    ...inShell('mount -t proc -o hidepid=2 proc /proc; exec "$@"'),
    ...AS_NOBODY,
  ];
  const pids = [cast.pid("plain"), MISSING];
  const [hidden, missing] = runWrapped(wrapper, asking(pids)) as Record<number, number>[];
  for (const flavor of [...STRUCT_FLAVORS, PROC_PIDPATHINFO]) {
    assertEquals(hidden![flavor], -ERRNO.EPERM, `${flavor}`);
    assertEquals(missing![flavor], -ERRNO.ESRCH, `${flavor}`);
  }
});
