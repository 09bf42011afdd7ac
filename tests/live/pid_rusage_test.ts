import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  pidInfo,
  PROC_INFO_CALL_PIDRUSAGE,
  PROC_PIDTASKINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  RUSAGE_INFO_V6,
  type RusageInfoV6,
  rusageInfoV6,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

let cast: Cast, workers: Cast;
before(async () => {
  if (skip !== false) return;
  cast = await startCast();
  workers = await startCast("workers");
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
  await workers?.[Symbol.asyncDispose]();
});

const MISSING = 0x3fffff;
/** The sizes of rusage_info_v0 to rusage_info_v6. */
const SIZES = [96, 144, 160, 232, 296, 304, 464];
const TICK = 10_000_000;

/** Returns the kernel's answer in a buffer of this size. */
function raw(pid: number, flavor: number, size: number | null): number {
  const buffer = size === null ? null : new Uint8Array(size);
  return defaultSystem().kernel.procInfo(PROC_INFO_CALL_PIDRUSAGE, pid, flavor, 0n, buffer);
}

function usage(pid: number): RusageInfoV6 {
  const bytes = new Uint8Array(rusageInfoV6.size).fill(0xee);
  const answer = defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_PIDRUSAGE,
    pid,
    RUSAGE_INFO_V6,
    0n,
    bytes,
  );
  assertEquals(answer, 0);
  return rusageInfoV6.decode(bytes);
}

const file = (pid: number, name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8");

/** Returns the fields of `stat` after the name, at the indexes of their numbers. */
function statOf(pid: number): number[] {
  const text = file(pid, "stat");
  return [0, 0, 0, ...text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number)];
}

/** Returns the number in a line of a file. */
const lineOf = (pid: number, name: string, line: string) =>
  Number(new RegExp(`^${line}:\\s*(\\d+)`, "m").exec(file(pid, name))?.[1]);

const page = () => Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));

/** The members of rusage_info_v6 without a counterpart on Linux. */
const ZERO = [
  ...["ri_pkg_idle_wkups", "ri_interrupt_wkups", "ri_proc_exit_abstime", "ri_child_pkg_idle_wkups"],
  ...["ri_child_interrupt_wkups", "ri_child_elapsed_abstime", "ri_cpu_time_qos_maintenance"],
  ...["ri_cpu_time_qos_background", "ri_cpu_time_qos_utility", "ri_cpu_time_qos_legacy"],
  ...["ri_cpu_time_qos_user_initiated", "ri_cpu_time_qos_user_interactive"],
  ...["ri_billed_system_time", "ri_serviced_system_time", "ri_instructions", "ri_cycles"],
  ...["ri_billed_energy", "ri_serviced_energy", "ri_flags", "ri_user_ptime", "ri_system_ptime"],
  ...["ri_pinstructions", "ri_pcycles", "ri_energy_nj", "ri_penergy_nj"],
  ...["ri_secure_time_in_system", "ri_secure_ptime_in_system", "ri_neural_footprint"],
  ...["ri_lifetime_max_neural_footprint", "ri_interval_max_neural_footprint"],
] as const;

test("PIDRUSAGE reports the memory that /proc reports", { skip }, () => {
  for (const pid of [workers.pid("memory"), cast.pid("plain"), workers.pid("threads")]) {
    const info = usage(pid);
    const status = (line: string) => BigInt(lineOf(pid, "status", line) * 1024);
    assertEquals(info.ri_resident_size, BigInt(Number(file(pid, "statm").split(" ")[1]) * page()));
    assertEquals(info.ri_resident_size, status("VmRSS"));
    assertEquals(info.ri_phys_footprint, status("RssAnon") + status("VmSwap"));
    assertEquals(info.ri_wired_size, status("VmLck") + status("VmPin"));
    assertEquals(info.ri_lifetime_max_phys_footprint, status("VmHWM"));
    assertEquals(info.ri_interval_max_phys_footprint, status("VmHWM"));
    assertEquals(info.ri_pageins, BigInt(statOf(pid)[12]!));
  }
  const info = usage(workers.pid("memory"));
  const MEBI = 1n << 20n;
  assertEquals(info.ri_wired_size, 4n * MEBI);
  assert(info.ri_phys_footprint >= 32n * MEBI && info.ri_phys_footprint < 48n * MEBI);
  assertGreaterOrEqual(info.ri_lifetime_max_phys_footprint, 96n * MEBI);
});

test("PIDRUSAGE reports the processor time that PROC_PIDTASKINFO reports", { skip }, () => {
  for (const pid of [workers.pid("burner"), workers.pid("threads"), workers.pid("switcher")]) {
    const info = usage(pid);
    const task = pidInfo(pid, PROC_PIDTASKINFO);
    assertEquals(info.ri_user_time, task.pti_total_user);
    assertEquals(info.ri_system_time, task.pti_total_system);
    const more = info.ri_cpu_time_qos_default - info.ri_user_time - info.ri_system_time;
    assert(more >= 0n && more < 2n * BigInt(TICK), `${more}`);
  }
  const total = Number(usage(workers.pid("burner")).ri_cpu_time_qos_default);
  const said = Number(workers.said("burner"));
  assert(total >= said && total - said < TICK, `${total} after ${said}`);
});

test(
  "PIDRUSAGE reports the time that living threads ran or waited for a processor",
  { skip },
  () => {
    for (const role of ["burner", "threads", "switcher"]) {
      const pid = workers.pid(role);
      const runnable = readdirSync(`/proc/${pid}/task`)
        .flatMap((thread) => file(pid, `task/${thread}/schedstat`).trim().split(" ").slice(0, 2))
        .reduce((sum, time) => sum + BigInt(time), 0n);
      assertEquals(usage(pid).ri_runnable_time, runnable, role);
    }
  },
);

test("PIDRUSAGE reports the time of children that were waited for", { skip }, () => {
  const pid = workers.pid("parent");
  const info = usage(pid);
  const time = Number(info.ri_child_user_time + info.ri_child_system_time);
  // Each of the two parts is rounded down to a tick.
  const said = Number(workers.said("parent")) * 1000;
  assert(said >= time && said - time < 2 * TICK, `${said}, ${time}`);
  assertGreaterOrEqual(time, 60_000_000 - 2 * TICK);
  const stat = statOf(pid);
  assertEquals(info.ri_child_user_time, BigInt(stat[16]! * TICK));
  assertEquals(info.ri_child_system_time, BigInt(stat[17]! * TICK));
  assertEquals(info.ri_child_pageins, BigInt(stat[13]!));
  assertEquals(usage(workers.pid("burner")).ri_child_user_time, 0n);
});

test("PIDRUSAGE reports what was read and written", { skip }, async () => {
  const child = spawn("sh", [
    "-c",
    "f=$(mktemp -p /var/tmp); dd if=/dev/zero of=$f bs=64k count=8 2>/dev/null; rm $f; echo; read -r _",
  ], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const info = usage(child.pid!);
    assertEquals(info.ri_diskio_bytesread, BigInt(lineOf(child.pid!, "io", "read_bytes")));
    const written = BigInt(lineOf(child.pid!, "io", "write_bytes"));
    assertEquals([info.ri_diskio_byteswritten, info.ri_logical_writes], [written, written]);
    // dd is a child that was waited for, so its 512 KiB count.
    assertGreaterOrEqual(written, 512n * 1024n);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
});

test("PIDRUSAGE reports when a process began, and the build id", { skip }, () => {
  const pid = cast.pid("plain");
  const info = usage(pid);
  assertEquals(info.ri_proc_start_abstime, BigInt(statOf(pid)[22]! * TICK));
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1e9;
  assertLess(Number(info.ri_proc_start_abstime), uptime);
  assertGreaterOrEqual(Number(info.ri_proc_start_abstime), uptime - 600e9);
  assertEquals(info.ri_uuid, pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO).p_uuid);
  assert(info.ri_uuid.some((byte) => byte !== 0));
});

test("PIDRUSAGE has 0 where there is no counterpart", { skip }, () => {
  const info = usage(workers.pid("threads"));
  for (const name of ZERO) assertEquals(info[name], 0n, name);
  assertEquals(info.ri_reserved, new Array(9).fill(0n));
});

test("PIDRUSAGE answers about zombies what is left of them", { skip }, () => {
  const pid = cast.pid("zombie");
  for (const [flavor, size] of SIZES.entries()) assertEquals(raw(pid, flavor, size), 0);
  const info = usage(pid);
  assertEquals(info.ri_user_time, BigInt(statOf(pid)[14]! * TICK));
  assertEquals(info.ri_system_time, BigInt(statOf(pid)[15]! * TICK));
  assert(info.ri_cpu_time_qos_default > 0n);
  assertEquals(info.ri_cpu_time_qos_default, BigInt(file(pid, "schedstat").split(" ")[0]!));
  assertEquals([info.ri_resident_size, info.ri_phys_footprint, info.ri_wired_size], [0n, 0n, 0n]);
  assertEquals(info.ri_lifetime_max_phys_footprint, 0n);
  assertEquals(info.ri_uuid, new Uint8Array(16));
  assert(info.ri_proc_start_abstime > 0n);
});

test("PIDRUSAGE answers about a process whose first thread has ended", { skip }, () => {
  const pid = cast.pid("leaderless");
  const info = usage(pid);
  assert(info.ri_resident_size > 0n);
  assert(info.ri_phys_footprint > 0n);
  assertEquals(info.ri_uuid, usage(cast.pid("plain")).ri_uuid);
});

test("PIDRUSAGE writes the struct of its flavor and not a byte more", { skip }, () => {
  const pid = cast.pid("plain");
  const all = new Uint8Array(464);
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_PIDRUSAGE, pid, RUSAGE_INFO_V6, 0n, all);
  for (const [flavor, size] of SIZES.entries()) {
    const memory = new Uint8Array(600).fill(0xee);
    const buffer = memory.subarray(3, 3 + size + (flavor % 2) * 40);
    assertEquals(
      defaultSystem().kernel.procInfo(PROC_INFO_CALL_PIDRUSAGE, pid, flavor, 0n, buffer),
      0,
    );
    assertEquals(buffer.subarray(0, size), all.subarray(0, size));
    assert(memory.subarray(0, 3).every((byte) => byte === 0xee));
    assert(memory.subarray(3 + size).every((byte) => byte === 0xee));
  }
});

test("PIDRUSAGE reports to other users what Linux shows them: V0 and V1", { skip }, () => {
  const source = (pids: readonly number[]) => `
    import { defaultSystem } from "./lib/system/open.ts";
    console.log(JSON.stringify(${JSON.stringify(pids)}.map((pid) =>
      ${JSON.stringify([...SIZES, 464])}.map((size, flavor) =>
        defaultSystem().kernel.procInfo(${PROC_INFO_CALL_PIDRUSAGE}, pid, flavor, 0n, new Uint8Array(size))))));`;
  const pids = [cast.pid("plain"), MISSING];
  const missing = new Array(8).fill(-ERRNO.ESRCH);
  assertEquals(runWrapped(AS_NOBODY, source(pids)), [
    [0, 0, ...new Array(6).fill(-ERRNO.EPERM)],
    missing,
  ]);
  const hiding = [
    ...OWN_MOUNTS,
    ...inShell('mount -t proc -o hidepid=2 proc /proc; exec "$@"'),
    ...AS_NOBODY,
  ];
  assertEquals(runWrapped(hiding, source(pids)), [new Array(8).fill(-ERRNO.EPERM), missing]);
});

test("PIDRUSAGE leaves no descriptor open", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const pids = ["plain", "zombie", "leaderless"].map(cast.pid);
  const askAll = () => {
    for (const pid of [...pids, workers.pid("threads"), MISSING]) {
      for (const [flavor, size] of SIZES.entries()) raw(pid, flavor, size);
    }
  };
  askAll();
  const before = open();
  for (let i = 0; i < 20; i++) askAll();
  assert(open() <= before, `${open()} open, ${before} before`);
});
