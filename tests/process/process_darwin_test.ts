import { assert, assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDRUSAGE } from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDTASKINFO,
  PROC_PIDTHREADID64INFO,
} from "../../lib/abi/pid_info.ts";
import { rusageInfoV6 } from "../../lib/abi/rusage_info.ts";
import { procTaskInfo } from "../../lib/abi/task_info.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import {
  AccessDeniedError,
  NotSupportedError,
  ProcessGoneError,
  ZombieError,
} from "../../lib/process/errors.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { killTree } from "../../lib/process/kill_tree.ts";
import { openProcess, Process } from "../../lib/process/process.ts";
import { CpuMeter } from "../../lib/process/usage.ts";
import { TrackedProcess } from "../../lib/process/tracked_process.ts";
import { buildProcArgs } from "../darwin/build_proc_args.ts";
import { type Double, doubleTest as test, openDouble, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { METHODS, outcomes } from "./process_methods.ts";

const ANY_ARG = (1n << 64n) - 1n;
const PID = 100;

/** Opens macOS with a process of the caller. */
function openScene(): Double & { open(pid?: number): Process } {
  const double = openDouble(SELF);
  double.option("MEANINGFUL", 1n);
  double.add(PID);
  const { system } = double;
  return { ...double, open: (pid = PID) => openProcess(pid, { system }) };
}

/** Returns the double's system with another kernel. */
function systemFor({ system }: Double, kernel: Kernel): System {
  return kernelSystem(kernel, {}, system);
}

/** Changes a number in the answer of a flavor. */
function poke(
  { control }: Double,
  callnum: number,
  flavor: number,
  offset: number,
  value: bigint,
  size: number,
): void {
  const bytes = new Uint8Array(new BigUint64Array([value]).buffer, 0, size).slice();
  control.double_poke(callnum, PID, flavor, ANY_ARG, offset, bytes, size);
}

const offsetOf = (fields: readonly { name: string; offset: number }[], name: string) =>
  fields.find((field) => field.name === name)!.offset;

test("other users' processes report what needs no privilege, and nothing made up", () => {
  const scene = openScene();
  scene.add(200, OTHER);
  scene.add(201, OTHER, 0, 200);
  scene.item(200, "GROUP", 61n);
  scene.item(200, "GROUP", 12n);
  scene.blob("COMM", 200, 0n, "com.apple.Safari");
  scene.blob("NAME", 200, 0n, "never reported to others");
  scene.blob("PATH", 200, 0n, "/Applications/com.apple.Safari.long-name");
  const other = scene.open(200);
  assertEquals(other.name(), "com.apple.Safari.long-name");
  // Only its threads would show whether it runs.
  assertThrows(() => other.state(), AccessDeniedError);
  assertEquals(other.isRunning(), true);
  assertEquals(other.parent()?.pid, 1);
  assertEquals(other.children().map(({ pid }) => pid), [201]);
  assertEquals(other.children({ recursive: true }).map(({ pid }) => pid), [201]);
  assertEquals(other.executable().path, "/Applications/com.apple.Safari.long-name");
  assertEquals(other.info(), {
    pid: 200,
    uniqueId: other.uniqueId,
    parentPid: 1,
    processGroupId: 200,
    sessionId: 200,
    name: "com.apple.Safari.long-name",
    state: undefined,
    userId: OTHER,
    groupId: 20,
    realUserId: OTHER,
    realGroupId: 20,
    startedAt: 1700000000250 + Number(scene.get(200, "UNIQUEID")) * 1000,
    terminalDevice: undefined,
    sessionLeader: false,
    nice: 0,
    is64Bit: true,
    translated: false,
    traced: false,
    kernelThread: false,
    exiting: false,
    missing: { state: "denied" },
  });
  const { userName: _, missing, ...credentials } = other.credentials();
  // XNU has no capabilities, and does not filter system calls.
  const without = {
    effectiveCapabilities: undefined,
    permittedCapabilities: undefined,
    inheritableCapabilities: undefined,
    boundingCapabilities: undefined,
    ambientCapabilities: undefined,
    noNewPrivileges: undefined,
    systemCallFilter: undefined,
    securityLabel: undefined,
  };
  assertEquals(credentials, {
    pid: 200,
    userId: OTHER,
    groupId: 20,
    realUserId: OTHER,
    savedUserId: OTHER,
    realGroupId: 20,
    savedGroupId: 20,
    supplementaryGroupIds: [12, 61],
    ...without,
  });
  assertEquals(
    missing as Record<string, string>,
    Object.fromEntries(Object.keys(without).map((name) => [name, "unsupported"])),
  );
  const told = [
    ...["info", "read", "name", "executable", "parent", "ancestors", "children", "descendants"],
    ...["credentials", "terminal", "priority", "startedAt"],
  ];
  const unknown = ["limits", "controlGroup", "namespaces"];
  for (const [name, what] of Object.entries(outcomes(other))) {
    const expected = told.includes(name)
      ? "value"
      : unknown.includes(name)
      ? "NotSupportedError"
      : "AccessDeniedError";
    assertEquals([name, what], [name, expected]);
  }
});

test("name() is the kernel's if the path has another name, or is unavailable", () => {
  const scene = openScene();
  scene.add(200, OTHER);
  scene.blob("COMM", 200, 0n, "sixteen-letters.");
  for (
    const [path, name] of [
      ["/bin/other", "sixteen-letters."],
      ["/bin/sixteen-letters.and-more", "sixteen-letters.and-more"],
      ["/bin/sixteen-letters.", "sixteen-letters."],
    ] as const
  ) {
    scene.blob("PATH", 200, 0n, path);
    assertEquals(scene.open(200).name(), name);
  }
  scene.set(200, "PATH_ERRNO", BigInt(ERRNO.ENOENT));
  assertEquals(scene.open(200).name(), "sixteen-letters.");
  scene.blob("NAME", PID, 0n, "a name of up to thirty-one bytes");
  assertEquals(scene.open().name(), "a name of up to thirty-one byte");
  scene.blob("NAME", PID, 0n, "");
  scene.blob("COMM", PID, 0n, "comm");
  assertEquals(scene.open().name(), "comm");
});

test("state() is what the threads do, as macOS reports every process as running", () => {
  for (const [running, state] of [[0n, "sleeping"], [1n, "running"], [5n, "running"]] as const) {
    const scene = openScene();
    const offset = offsetOf(procTaskInfo.fields, "pti_numrunning");
    poke(scene, PROC_INFO_CALL_PIDINFO, PROC_PIDTASKINFO, offset, running, 4);
    assertEquals(scene.open().state(), state);
    assertEquals(scene.open().info().state, state);
  }
});

test("times are nanoseconds, of threads too, whatever the kernel's unit is", () => {
  const scene = openScene();
  scene.option("NUMER", 125n);
  scene.option("DENOM", 3n);
  scene.set(PID, "USER_TICKS", 24_000_000n * 7n);
  scene.set(PID, "SYSTEM_TICKS", 24_000_000n);
  const usage = scene.open().resourceUsage();
  assertEquals([usage.userTimeNs, usage.systemTimeNs, usage.cpuTimeNs], [7e9, 1e9, 8e9]);
  const [thread] = scene.open().threads();
  assertEquals([thread!.userTimeNs, thread!.systemTimeNs, thread!.cpuTimeNs], [7e9, 1e9, 8e9]);
});

test("cpuPercent() has the kernel's unit and its own clock, and is never negative", () => {
  const scene = openScene();
  scene.option("NUMER", 125n);
  scene.option("DENOM", 3n);
  let now = 5000;
  const meter = new CpuMeter(() => now);
  const { pid, uniqueId } = scene.open();
  const life = new TrackedProcess(pid, BigInt(uniqueId), scene.system);
  const look = (milliseconds: number, ticks: bigint) => {
    now += milliseconds;
    scene.set(PID, "USER_TICKS", ticks);
    return meter.look(life);
  };
  assertEquals(look(0, 24_000_000n), undefined);
  assertEquals(look(0, 48_000_000n), undefined);
  assertEquals(look(1000, 48_000_000n), 100);
  assertEquals(look(500, 72_000_000n), 200);
  assertEquals(look(500, 72_000_000n), 0);
  assertEquals(look(500, 24_000_000n), 0);
  assertEquals(look(-10, 48_000_000n), undefined);
  assertEquals(look(1010, 48_000_000n), 100);
});

test("resourceUsage() has what the system's version of the answer has, and no more", () => {
  const scene = openScene();
  const set = (name: string, value: bigint) => {
    const offset = offsetOf(rusageInfoV6.fields, name);
    for (const flavor of [0, 1, 2, 3, 4, 5, 6]) {
      if (flavor < 4 && offset >= 232) continue;
      if (flavor < 6 && offset >= 304) continue;
      poke(scene, PROC_INFO_CALL_PIDRUSAGE, flavor, offset, value, 8);
    }
  };
  set("ri_instructions", 1n << 60n);
  set("ri_cycles", 3n);
  set("ri_energy_nj", 7n);
  set("ri_interrupt_wkups", 5n);
  set("ri_pkg_idle_wkups", 0n);
  scene.set(PID, "FOOTPRINT", 123456n);
  const newest = scene.open().resourceUsage();
  assertEquals([newest.instructions, newest.cycles], [2 ** 60, 3]);
  assertEquals([newest.energyNanojoules, newest.interruptWakeups], [7, 5]);
  assertEquals([newest.footprintBytes, newest.packageWakeups], [123456, undefined]);
  assertEquals(newest.missing, {});
  scene.option("MAX_RUSAGE", 4n);
  const fourth = scene.open().resourceUsage();
  assertEquals([fourth.cycles, fourth.energyNanojoules], [3, undefined]);
  scene.option("MAX_RUSAGE", 0n);
  const oldest = scene.open().resourceUsage();
  assertEquals([oldest.cycles, oldest.childUserTimeNs], [undefined, undefined]);
  assertEquals(oldest.missing, { readBytes: "unsupported", writtenBytes: "unsupported" });
  assertEquals([oldest.footprintBytes, oldest.interruptWakeups], [123456, 5]);
});

test("memory() has the footprint beside what is resident", () => {
  const scene = openScene();
  scene.set(PID, "RESIDENT_SIZE", 5n << 20n);
  scene.set(PID, "VIRTUAL_SIZE", 400n << 30n);
  scene.set(PID, "FOOTPRINT", 3n << 20n);
  const offset = offsetOf(rusageInfoV6.fields, "ri_lifetime_max_phys_footprint");
  poke(scene, PROC_INFO_CALL_PIDRUSAGE, 6, offset, 4n << 20n, 8);
  const wired = offsetOf(rusageInfoV6.fields, "ri_wired_size");
  poke(scene, PROC_INFO_CALL_PIDRUSAGE, 6, wired, 16384n, 8);
  assertEquals(scene.open().memory(), {
    pid: PID,
    residentBytes: 5 << 20,
    virtualBytes: 400 * 2 ** 30,
    footprintBytes: 3 << 20,
    wiredBytes: 16384,
    peakBytes: 4 << 20,
    missing: {},
  });
  // The oldest kernels do not keep the peak.
  scene.option("MAX_RUSAGE", 0n);
  const { footprintBytes, peakBytes, missing } = scene.open().memory();
  assertEquals([footprintBytes, peakBytes, missing], [3 << 20, undefined, {}]);
});

test("regions() counts by pages of the machine, and of translated programs by Intel's", () => {
  const scene = openScene();
  scene.option("PAGESIZE", 16384n);
  scene.item(PID, "REGION", 0x1_0000_0000n, 0x40000n, 1n, 77n);
  scene.item(PID, "REGION", 0x2_0000_0000n, 0x8000n);
  const [file, memory, ...more] = scene.open().regions();
  assertEquals(more, []);
  assertEquals([file!.address, file!.sizeBytes], ["0x100000000", 0x40000]);
  assertEquals([file!.protection, file!.maxProtection, file!.inheritance], ["r-x", "rwx", "share"]);
  assertEquals([file!.residentBytes, file!.path], [0x40000, "/double/region/100000000"]);
  assertEquals([memory!.shareMode, memory!.residentBytes], ["private", 0x8000]);
  assertEquals(["path", "inode", "device"].filter((name) => name in memory!), []);
  scene.set(PID, "FLAGS", BigInt(named("DOUBLE_ROSETTA")));
  assertEquals(scene.open().regions()[0]!.residentBytes, 0x40000 / 4);
});

test("threads() leaves out a thread that ends between the list and the question", () => {
  const scene = openScene();
  scene.control.double_clear(PID, named("DOUBLE_THREAD"));
  for (const id of [1001n, 1002n, 1003n]) scene.item(PID, "THREAD", id, id << 12n);
  scene.blob("THREAD_NAME", PID, 1003n, "worker");
  const ended = (flavor: number, arg: bigint) => flavor === PROC_PIDTHREADID64INFO && arg === 1002n;
  const kernel: Kernel = {
    procInfo: (callnum, pid, flavor, arg, buffer) =>
      ended(flavor, arg) ? -ERRNO.ESRCH : scene.kernel.procInfo(callnum, pid, flavor, arg, buffer),
    procInfoExtendedId: (...args) => scene.kernel.procInfoExtendedId(...args),
  };
  const threads = openProcess(PID, { system: systemFor(scene, kernel) }).threads();
  assertEquals(threads.map(({ id, name }) => [id, name]), [[1001, undefined], [1003, "worker"]]);
});

test("a zombie of macOS reports what is left, and throws ZombieError for the rest", () => {
  const scene = openScene();
  scene.set(PID, "USER_TICKS", 3n);
  scene.control.double_zombie(PID);
  const zombie = scene.open();
  assertEquals([zombie.state(), zombie.isRunning(), zombie.parent()?.pid], ["zombie", false, 1]);
  const usage = zombie.resourceUsage();
  assertEquals([usage.userTimeNs, usage.missing.pageFaults], [125, "zombie"]);
  assertEquals(scene.open(1).children().some(({ pid }) => pid === PID), true);
  assertThrows(() => zombie.executable(), ZombieError);
  assertThrows(() => zombie.threads(), ZombieError);
  assertThrows(() => zombie.memory(), ZombieError);
  assertThrows(() => zombie.arguments(), ZombieError);
  assertThrows(() => zombie.terminate(), ZombieError);
});

test("a kernel that does not compare identities is queried for them", () => {
  const scene = openScene();
  scene.option("NO_EXTENDED", 1n);
  const first = scene.open();
  const before = outcomes(first);
  assertEquals(before["info"], "value");
  scene.option("NO_EXTENDED", 0n);
  assertEquals(before, outcomes(scene.open()));
  scene.option("NO_EXTENDED", 1n);
  scene.control.double_remove(PID);
  scene.add(PID);
  assert(scene.open().uniqueId !== first.uniqueId);
  for (const ask of Object.values(METHODS)) assertThrows(() => ask(first), ProcessGoneError);
  assertEquals(first.isRunning(), false);
});

test("signal() reaches the process that is meant, and the kernel itself never", () => {
  const scene = openScene();
  const process = scene.open();
  process.terminate();
  assertEquals(scene.get(PID, "SIGNAL"), 15n);
  scene.control.double_remove(PID);
  scene.add(PID);
  assertThrows(() => process.signal("SIGKILL"), ProcessGoneError);
  assertEquals(scene.get(PID, "SIGNAL"), 0n);
  const kernel = scene.open(0);
  assertEquals(kernel.info().kernelThread, true);
  assertThrows(() => kernel.terminate(), AccessDeniedError);
});

test("parent() is who adopted a process, whatever number its parent had", () => {
  const scene = openScene();
  scene.add(300, undefined, 0, PID);
  assertEquals(scene.open(300).parent()?.uniqueId, scene.open().uniqueId);
  scene.control.double_remove(PID);
  scene.set(300, "PPID", 1n);
  assertEquals(scene.open(300).parent()?.pid, 1);
  assertEquals(scene.open(1).children().some(({ pid }) => pid === 300), true);
  assertEquals(scene.open(1).parent(), undefined);
});

test("children() has a traced process with its parent, and not with an older one's tracer", () => {
  const scene = openScene();
  const traced = named("DOUBLE_TRACED");
  scene.add(300, undefined, 0, PID);
  scene.add(301);
  scene.set(300, "FLAGS", BigInt(traced));
  scene.set(300, "PPID", 301n);
  scene.set(300, "OPPID", BigInt(PID));
  for (const recursive of [false, true]) {
    assertEquals(scene.open().children({ recursive }).map(({ pid }) => pid), [300]);
    assertEquals(scene.open(301).children({ recursive }).map(({ pid }) => pid), []);
  }
});

test("children() does not take another's child for its own that came to have an id", () => {
  const scene = openScene();
  scene.add(300, undefined, 0, PID);
  // After the process was listed as a child, another process gets its pid.
  const kernel: Kernel = {
    procInfo(callnum, pid, flavor, arg, buffer) {
      const answer = scene.kernel.procInfo(callnum, pid, flavor, arg, buffer);
      if (callnum === 1 && buffer !== null) {
        scene.control.double_remove(300);
        scene.add(300, undefined, 0, 1);
      }
      return answer;
    },
    procInfoExtendedId: (...args) => scene.kernel.procInfoExtendedId(...args),
  };
  assertEquals(openProcess(PID, { system: systemFor(scene, kernel) }).children(), []);
});

/** Calls a function once, immediately before the kernel answers a query. */
function before(
  { kernel }: Double,
  callnum: number,
  pid: number,
  flavor: number,
  happen: () => void,
): Kernel {
  let happened = false;
  const look = (...asked: [number, number, number]) => {
    if (happened || asked.join() !== [callnum, pid, flavor].join()) return;
    happened = true;
    happen();
  };
  return {
    procInfo(callnum, pid, flavor, ...rest) {
      look(callnum, pid, flavor);
      return kernel.procInfo(callnum, pid, flavor, ...rest);
    },
    procInfoExtendedId(callnum, pid, flavor, ...rest) {
      look(callnum, pid, flavor);
      return kernel.procInfoExtendedId(callnum, pid, flavor, ...rest);
    },
  };
}

test("parent() is never a process that has come to have the parent's id", () => {
  const scene = openScene();
  scene.add(300, undefined, 0, PID);
  const kernel = before(scene, PROC_INFO_CALL_PIDINFO, PID, PROC_PIDT_BSDINFOWITHUNIQID, () => {
    scene.control.double_remove(PID);
    scene.add(PID);
    scene.set(300, "PPID", 1n);
  });
  assertEquals(openProcess(300, { system: systemFor(scene, kernel) }).parent()?.pid, 1);
});

test("children() has no children of a process that has come to have a child's id", () => {
  const scene = openScene();
  scene.add(200);
  scene.set(PID, "PPID", 200n);
  scene.set(PID, "PARENT_UNIQUEID", BigInt(scene.open(200).uniqueId));
  // The process was adopted, so only the pid of its parent identifies the parent.
  scene.add(300);
  scene.set(300, "PPID", BigInt(PID));
  const family = () => scene.open(200).children({ recursive: true }).map(({ pid }) => pid);
  assertEquals(family(), [PID, 300]);
  const { uniqueId } = scene.open(200);
  let asked = 0;
  const kernel: Kernel = {
    ...scene.kernel,
    procInfo(callnum, pid, flavor, ...rest) {
      // The process is read once among all, and again when another process names it as its parent.
      if (callnum === PROC_INFO_CALL_PIDINFO && pid === PID && ++asked === 2) {
        scene.control.double_remove(PID);
        scene.add(PID);
      }
      return scene.kernel.procInfo(callnum, pid, flavor, ...rest);
    },
  };
  const found = new Process({ pid: 200, uniqueId }, { system: systemFor(scene, kernel) })
    .children({ recursive: true });
  assertEquals(found.map(({ pid }) => pid), [PID]);
  assertGreaterOrEqual(asked, 2);
});

test("what has lost its name is not supported, as is a fact that the system does not have", () => {
  const scene = openScene();
  scene.set(PID, "PATH_ERRNO", BigInt(ERRNO.ENOENT));
  assertThrows(() => scene.open().executable(), NotSupportedError);
  scene.set(PID, "VNODE_ERRNO", BigInt(ERRNO.ENOENT));
  assertThrows(() => scene.open().workingDirectory(), NotSupportedError);
  scene.set(PID, "VNODE_ERRNO", 0n);
  // A path that may be the end of a longer one does not lead to the directory here.
  for (const path of ["", "/".padEnd(1023, "x"), "/".padEnd(768, "x")]) {
    scene.blob("CWD", PID, 0n, path);
    assertThrows(() => scene.open().workingDirectory(), NotSupportedError);
  }
  scene.blob("CWD", PID, 0n, "/".padEnd(767, "x"));
  assertEquals(scene.open().workingDirectory(), { path: "/".padEnd(767, "x"), deleted: false });
  assertEquals(scene.open().rootDirectory(), { path: "/", deleted: false });
  scene.set(PID, "FLAGS", BigInt(named("DOUBLE_CHROOT")));
  assertEquals(scene.open().rootDirectory(), { path: "/double/root", deleted: false });
  assertThrows(() => scene.open().limits(), NotSupportedError);
});

test("arguments() has what macOS keeps, and environment() throws where it is withheld", () => {
  const scene = openScene();
  const args = ["sh", "", "after"];
  const lengths = (found: readonly Uint8Array[]) => found.map(({ length }) => length);
  scene.blob("ARGS", PID, 0n, buildProcArgs({ path: "./bin/sh", args, env: ["A=1", "A=2"] }));
  assertEquals(scene.open().arguments(), args);
  assertEquals(lengths(scene.open().argumentBytes()), [2, 0, 5]);
  assertEquals(scene.open().environment(), { A: "1" });
  scene.blob("ARGS", PID, 0n, buildProcArgs({ path: "/bin/sh", args, kernel: [] }));
  assertEquals(scene.open().arguments(), args);
  assertThrows(() => scene.open().environment(), AccessDeniedError);
  assertThrows(() => scene.open().environmentBytes(), AccessDeniedError);
});

test("a lone kernel answers what only the kernel knows", () => {
  const { kernel } = openScene();
  const system = systemOf(kernel);
  const process = openProcess(PID, { system });
  assertEquals(process.state(), "sleeping");
  assertEquals(process.identity(), { pid: PID, uniqueId: process.uniqueId });
  assertThrows(() => process.arguments(), NotSupportedError);
  assertThrows(() => process.resourceUsage(), NotSupportedError);
  assertEquals(process.regions().some((region) => "residentBytes" in region), false);
  assertEquals(process.toJSON().pid, PID);
  const broken = systemOf({ ...kernel, procInfo: () => -ERRNO.EIO });
  assertThrows(() => openProcess(PID, { system: broken }), SystemCallError, "EIO");
});

test("a child that executes a set-user-ID program stays the same process, to its end", async () => {
  const scene = openScene();
  scene.add(300, undefined, 0, SELF);
  scene.add(301, undefined, 0, 300);
  const child = scene.open(300);
  const { uniqueId, startedAt } = child.info();
  scene.set(300, "EUID", 0n);
  scene.set(300, "IDVERSION", scene.get(300, "IDVERSION") + 1n);
  const after = child.info();
  assertEquals([after.uniqueId, after.startedAt, after.userId], [uniqueId, startedAt, 0]);
  assertEquals([after.realUserId, after.missing], [501, { state: "denied" }]);
  assertEquals(scene.open(300).uniqueId, child.uniqueId);
  assertEquals(scene.open(301).parent()?.uniqueId, child.uniqueId);
  const ended = child.wait();
  const { ended: killed } = await killTree(300, { system: scene.system, graceMs: 0 });
  assertEquals(killed.map(({ pid }) => pid).sort(), [300, 301]);
  assertEquals(await ended, { pid: 300, signal: "SIGTERM", coreDumped: false });
});
