import { assert, assertEquals, assertThrows } from "@std/assert";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { darwinSystem } from "../../lib/darwin/system.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { getArguments } from "../../lib/libproc/arguments.ts";
import { machTime } from "../../lib/libproc/time.ts";
import { errnoOf, openScene } from "../libproc/scene.ts";
import { buildProcArgs } from "./build_proc_args.ts";
import { type Double, doubleTest as test, NODEV, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const STAT = named("DOUBLE_CALL_STAT"), TIMEBASE = named("DOUBLE_CALL_TIMEBASE");
const SYSCTL = named("DOUBLE_CALL_SYSCTL"), SYSCTLBYNAME = named("DOUBLE_CALL_SYSCTLBYNAME");

function timebaseOf(numer: number, denom: number, translated: number, frequency: number) {
  const { system, option } = openScene();
  option("NUMER", BigInt(numer));
  option("DENOM", BigInt(denom));
  option("TRANSLATED", BigInt.asUintN(64, BigInt(translated)));
  option("TBFREQUENCY", BigInt(frequency));
  return system;
}

test("darwinSystem() takes the unit of time from mach_timebase_info", () => {
  assertEquals(timebaseOf(125, 3, 0, 24_000_000).timebase(), { numer: 125, denom: 3 });
  assertEquals(timebaseOf(1, 1, 0, 0).timebase(), { numer: 1, denom: 1 });
  // Older systems do not have sysctl.proc_translated.
  assertEquals(timebaseOf(1, 1, -1, 1_000_000_000).timebase(), { numer: 1, denom: 1 });
  assertEquals(timebaseOf(4294967295, 4294967294, 0, 1).timebase(), {
    numer: 4294967295,
    denom: 4294967294,
  });
});

test("darwinSystem() takes the unit of time from hw.tbfrequency under Rosetta, which lies about it", () => {
  const system = timebaseOf(1, 1, 1, 24_000_000);
  assertEquals(system.timebase(), { numer: 125, denom: 3 });
  assertEquals(machTime(24_000_000n, { system }), 1_000_000_000n);
  assertEquals(timebaseOf(1, 1, 1, 1_000_000_000).timebase(), { numer: 1, denom: 1 });
  assertEquals(timebaseOf(1, 1, 1, 19_200_000).timebase(), { numer: 625, denom: 12 });
});

test("darwinSystem() takes the unit of time from hw.tbfrequency where mach_timebase_info fails", () => {
  const { control, system } = openScene();
  control.double_fail(TIMEBASE, 1, 5);
  assertEquals(system.timebase(), { numer: 125, denom: 3 });
});

test("darwinSystem() throws where no source has the unit of time", () => {
  const system = timebaseOf(1, 1, 1, 0);
  const error = assertThrows(() => system.timebase(), SystemCallError, "unit of time");
  assertEquals([error.code, error.syscall], ["ENOENT", "sysctlbyname"]);
});

test("darwinSystem() queries the unit of time once", () => {
  const { control, system } = openScene();
  system.timebase();
  system.timebase();
  assertEquals([control.double_calls(TIMEBASE), control.double_calls(SYSCTLBYNAME)], [1n, 1n]);
});

test("darwinSystem() returns the id of the calling thread", () => {
  const { system, get } = openScene();
  assertEquals(system.threadId(), get(SELF, "UNIQUEID") * 256n + 1n);
});

test("darwinSystem() returns device and inode of a file, links followed", () => {
  const { control, system } = openScene();
  for (const path of ["/", "/dev/null", "/proc/self/exe"]) {
    const { ino } = statSync(path, { bigint: true });
    assertEquals(system.fileId(path).inode, ino);
  }
  assertEquals(system.fileId("/proc").device === system.fileId("/proc/1").device, true);
  assertEquals(system.fileId("/proc").device === system.fileId("/dev").device, false);
  const error = assertThrows(() => system.fileId("/no-such"), SystemCallError, `"/no-such"`);
  assertEquals([error.code, error.syscall], ["ENOENT", "stat"]);
  control.double_fail(STAT, 1, ERRNO.EACCES);
  assertEquals(errnoOf(() => system.fileId("/")), ERRNO.EACCES);
});

const ENV = ["SECRET=1", "HOME=/Users/me"];

function sceneWith(args: readonly string[], pointerSize = 8): Double {
  const scene = openScene();
  scene.add(100);
  scene.blob("ARGS", 100, 0n, buildProcArgs({ path: "/bin/prog", args, env: ENV, pointerSize }));
  return scene;
}

test("getArguments() gives the exact arguments through sysctl()", () => {
  for (const args of [["", "a"], ["", "", "x"], ["sh", "", "after"], [""], []]) {
    const { system, control } = sceneWith(args);
    const { bytes, environmentBytes, ...texts } = getArguments(100, { system });
    assertEquals(texts, { executablePath: "/bin/prog", arguments: args, environment: ENV });
    assertEquals(bytes.arguments.map((arg) => new TextDecoder().decode(arg)), args);
    assertEquals(environmentBytes?.map((entry) => new TextDecoder().decode(entry)), ENV);
    assertEquals(new TextDecoder().decode(bytes.executablePath), "/bin/prog");
    // Two calls for each query: one for the size, and one for the content.
    assertEquals(control.double_calls(SYSCTL), 4n);
    system.arguments(100);
    assertEquals(control.double_calls(SYSCTL), 6n);
    system.environment(100);
    assertEquals(control.double_calls(SYSCTL), 8n);
  }
});

test("getArguments() aligns to 4 bytes in a 32-bit process", () => {
  const PIDINFO = 2, SHORTBSDINFO = 13, PBSI_FLAGS = 32, ANY = 0xffff_ffff_ffff_ffffn;
  const scene = sceneWith(["", "x"], 4);
  scene.control.double_poke(PIDINFO, 100, SHORTBSDINFO, ANY, PBSI_FLAGS, new Uint8Array(4), 4);
  // 10 bytes of path take 12 bytes in a 32-bit process, and 16 in a 64-bit process.
  assertEquals(getArguments(100, scene).arguments, ["", "x"]);
});

test("getArguments() returns text for bytes that are not text, and the bytes", () => {
  const scene = openScene();
  scene.add(100);
  const blob = buildProcArgs({ path: "/p", args: ["\ufeffab"] });
  blob[15] = 0xff;
  scene.blob("ARGS", 100, 0n, blob);
  const { arguments: args, bytes } = getArguments(100, scene);
  assertEquals(args, ["\ufeff\ufffdb"]);
  assertEquals(bytes.arguments, [Uint8Array.of(0xef, 0xbb, 0xbf, 0xff, 0x62)]);
});

test("getArguments() reads a longer answer whole where an exec came between its two calls", () => {
  for (const length of [100, 150, 200, 201, 202, 203, 204, 300, 5000, 100_000]) {
    const scene = sceneWith(["short"]);
    const args = ["", "y".repeat(length), "last"];
    const longer = buildProcArgs({ path: "/bin/longer", args, env: ENV });
    const real = scene.libSystem.sysctl();
    const system = darwinSystem({
      ...scene.libSystem,
      sysctl: () => ({
        ...real,
        sysctl(name, count, to, size, from, newSize) {
          const answer = real.sysctl(name, count, to, size, from, newSize);
          if (to === null) scene.blob("ARGS", 100, 0n, longer);
          return answer;
        },
      }),
    });
    assertEquals(getArguments(100, { system }).arguments, args);
  }
});

test("getArguments() reads up to ARG_MAX, and never more", () => {
  const path = "/bin/prog";
  const blob = buildProcArgs({ path, args: ["x".repeat(1048576 - 16 - 1)], kernel: [] });
  assertEquals(blob.length, 1048576 + 4);
  const scene = openScene();
  scene.add(100);
  scene.blob("ARGS", 100, 0n, blob);
  const sizes: bigint[] = [];
  const real = scene.libSystem.sysctl();
  const system = darwinSystem({
    ...scene.libSystem,
    sysctl: () => ({
      ...real,
      sysctl(name, count, to, size, from, newSize) {
        sizes.push(new DataView(size!.buffer).getBigUint64(0, true));
        return real.sysctl(name, count, to, size, from, newSize);
      },
    }),
  });
  assertEquals(getArguments(100, { system }).arguments[0]?.length, 1048576 - 17);
  assertEquals(sizes, [0n, 1048576n + 4n, 0n, 1048576n + 4n]);
});

test("getArguments() reports a process that is gone, one of another user, and other refusals", () => {
  const scene = sceneWith(["a"]);
  const { control, system } = scene;
  scene.add(200, OTHER);
  scene.blob("ARGS", 200, 0n, buildProcArgs({ path: "/p", args: ["secret"] }));
  const error = assertThrows(() => getArguments(200, { system }), SystemCallError, "process 200");
  assertEquals([error.code, error.syscall], ["EPERM", "sysctl"]);
  assertEquals(errnoOf(() => getArguments(999, { system })), ERRNO.ESRCH);
  assertEquals(errnoOf(() => getArguments(-1, { system })), ERRNO.ESRCH);
  control.double_caller(SELF, 0, 0);
  assertEquals(getArguments(200, { system }).arguments, ["secret"]);
  control.double_caller(SELF, 501, 0);
  control.double_zombie(100);
  assertEquals(errnoOf(() => getArguments(100, { system })), ERRNO.ESRCH);
  assertEquals(errnoOf(() => getArguments(SELF, { system })), ERRNO.EINVAL);
  const EIO = 5;
  for (const nth of [1, 2]) {
    const fresh = sceneWith(["a"]);
    fresh.control.double_fail(SYSCTL, nth, EIO);
    assertEquals(errnoOf(() => getArguments(100, fresh)), EIO);
  }
  control.double_fail(SYSCTL, 1, EIO);
  assertEquals(errnoOf(() => getArguments(200, { system })), EIO);
});

test("getArguments() takes 64 bits for granted where the process is gone after its arguments are read", () => {
  const scene = sceneWith(["", "x"]);
  scene.control.double_fail(2, 1, ERRNO.ESRCH);
  assertEquals(getArguments(100, scene).arguments, ["", "x"]);
});

test("getArguments() takes a 32-bit integer and nothing else", () => {
  const { system } = sceneWith(["a"]);
  for (const pid of [1.5, NaN, 2 ** 31, "100" as unknown as number]) {
    assertThrows(() => getArguments(pid, { system }), RangeError, "pid");
  }
});

// Executable files.

test("executable() returns the path of a program, and if the file exists", () => {
  const scene = openScene();
  const folder = mkdtempSync(`${tmpdir()}/libproc-darwin-`);
  try {
    copyFileSync("/bin/sh", `${folder}/prog\u00e9`);
    scene.add(100, OTHER);
    scene.blob("PATH", 100, 0n, `${folder}/prog\u00e9`);
    const { path, deleted } = scene.system.executable(100);
    assertEquals([new TextDecoder().decode(path), deleted], [`${folder}/prog\u00e9`, false]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  // A file that does not exist at its path may have been deleted or renamed.
  assertEquals(scene.system.executable(100).deleted, undefined);
});

test("executable() passes on bytes that are not text", () => {
  const scene = openScene();
  scene.add(100);
  const bytes = Uint8Array.of(0x2f, 0xff, 0xfe, 0x61);
  scene.blob("PATH", 100, 0n, bytes);
  assertEquals(scene.system.executable(100), { path: bytes, deleted: undefined });
});

test("executable() reports why there is no path", () => {
  const { add, set, control, system } = openScene();
  add(100);
  set(100, "PATH_ERRNO", BigInt(ERRNO.ENOENT));
  const error = assertThrows(() => system.executable(100), SystemCallError, "process 100");
  assertEquals([error.code, error.syscall], ["ENOENT", "__proc_info"]);
  control.double_zombie(100);
  assertEquals(errnoOf(() => system.executable(100)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => system.executable(999)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => system.executable(0)), ERRNO.ENOENT);
});

test("file() passes on a path only if the file is found at it", () => {
  const folder = mkdtempSync(`${tmpdir()}/libproc-darwin-`);
  try {
    const scene = openScene();
    scene.add(100);
    const { device, inode } = scene.system.fileId(folder);
    scene.blob("CWD", 100, 0n, folder);
    // The path may be the end of a longer one.
    assertEquals(errnoOf(() => scene.system.file(100, "cwd")), ERRNO.ENAMETOOLONG);
    scene.identity("CWD", 100, 0n, BigInt(device), inode);
    const { path, deleted } = scene.system.file(100, "cwd");
    assertEquals([new TextDecoder().decode(path), deleted], [folder, false]);
    assertEquals(errnoOf(() => scene.system.file(999, "root")), ERRNO.ESRCH);
    assertEquals(errnoOf(() => scene.system.file(100, { fd: 77 })), ERRNO.EBADF);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Terminals, users, and the start of the machine.

const DEVNAME = named("DOUBLE_CALL_DEVNAME"), GETPW = named("DOUBLE_CALL_GETPW");

test("terminalPath() finds the path that has the device number", () => {
  const { system } = openScene();
  for (const path of ["/dev/tty", "/dev/null"]) {
    assertEquals(system.terminalPath(system.terminal(path)), path);
  }
});

test("terminalPath() knows none where the system has no name, or a wrong one", () => {
  const { system, control, blob } = openScene();
  const device = system.terminal("/dev/tty");
  assertEquals(system.terminalPath(NODEV), undefined);
  assertEquals(control.double_calls(DEVNAME), 0n);
  // The system returns an invented text for a device that does not exist.
  assertEquals(system.terminalPath(0xfedc_ba98), undefined);
  control.double_fail(DEVNAME, 1, ERRNO.ENOENT);
  assertEquals(system.terminalPath(device), undefined);
  for (const name of ["null", "", "#C:5:0x0", "no-such", "x".repeat(255)]) {
    blob("DEVICE_NAME", 0, 0n, name);
    assertEquals(system.terminalPath(device), undefined, name);
  }
  blob("DEVICE_NAME", 0, 0n, "tty");
  assertEquals(system.terminalPath(device), "/dev/tty");
});

test("bootId() is the system's", () => {
  const { system, blob, control } = openScene();
  assertEquals(system.bootId(), "0D0B1E00-0000-4000-8000-000000000001");
  blob("BOOT_SESSION", 0, 0n, "short");
  assertEquals(system.bootId(), "short");
  control.double_fail(SYSCTLBYNAME, 1, ERRNO.EPERM);
  const error = assertThrows(() => system.bootId(), SystemCallError, "boot id");
  assertEquals([error.code, error.syscall], ["EPERM", "sysctlbyname"]);
});

test("userName() and userId() find users", () => {
  const { system } = openScene();
  for (const [id, name] of [[0, "root"], [70, "_www"], [501, "me"], [502, "other"]] as const) {
    assertEquals([system.userName(id), system.userId(name)], [name, id]);
  }
  assertEquals([system.userName(1), system.userName(0xfffffffe)], [undefined, undefined]);
  for (const name of ["", "nobody", "ME"]) assertEquals(system.userId(name), undefined);
});

test("userName() and userId() make room for whatever there is about a user", () => {
  const { system, option, control } = openScene();
  // The longest text that fits, the shortest that does not, and much longer ones.
  for (const gecos of [998, 999, 1000, 1001, 1002, 4096, 300_000]) {
    option("GECOS", BigInt(gecos));
    assertEquals([system.userName(501), system.userId("_www")], ["me", 70], `${gecos}`);
  }
  const { system: fresh } = openScene();
  option("GECOS", 20_000n);
  assertEquals(fresh.userName(502), "other");
  // With 1 KiB, 4 KiB, 16 KiB and 64 KiB.
  assertEquals(control.double_calls(GETPW), 4n);
});

test("userName() and userId() call again after a signal, and report what else went wrong", () => {
  const { system, control } = openScene();
  control.double_fail(GETPW, 1, ERRNO.EINTR);
  assertEquals(system.userName(0), "root");
  for (const ask of [() => system.userName(0), () => system.userId("root")]) {
    control.double_fail(GETPW, 1, ERRNO.EIO);
    assertEquals(assertThrows(ask, SystemCallError).code, "EIO");
  }
});

// Limits, resource usage, and facts about the machine.

test("pageBytes() and memoryBytes() are the machine's, and ENOTSUP where it does not report them", () => {
  const { system, option, control } = openScene();
  assertEquals([system.pageBytes(), system.memoryBytes()], [16384, 2 ** 34]);
  option("PAGESIZE", 4096n);
  option("MEMSIZE", 3n << 40n);
  assertEquals([system.pageBytes(), system.memoryBytes()], [4096, 3 * 2 ** 40]);
  option("MEMSIZE", 0n);
  const error = assertThrows(() => system.memoryBytes(), SystemCallError, "memory size");
  assertEquals([error.code, error.syscall], ["ENOTSUP", "sysctlbyname"]);
  control.double_fail(SYSCTLBYNAME, 1, ERRNO.EPERM);
  assertEquals(errnoOf(() => system.pageBytes()), ERRNO.EPERM);
});

test("machine() is what the system reports under names, as far as it knows them", () => {
  const { system, option } = openScene();
  option("MEMSIZE", 0n);
  const { uptimeMs, ...unknown } = system.machine();
  assert(Math.abs(uptimeMs! - (Date.now() - 1699990000125)) < 60_000);
  assertEquals(Object.values(unknown).filter((value) => value !== undefined), []);
  option("LOAD", 3072n);
  option("PROCESSORS", 8n);
  option("MEMSIZE", 1n << 34n);
  option("MEMORY_LEVEL", 75n);
  option("SWAP_TOTAL", 1n << 31n);
  const { uptimeMs: _, ...known } = system.machine();
  assertEquals<unknown>(known, {
    loadAverages: [1.5, 0.75, 0.375],
    processorCount: 8,
    processorTimes: undefined,
    memory: { totalBytes: 2 ** 34, usedBytes: 2 ** 32 },
    swap: { totalBytes: 2 ** 31, usedBytes: 2 ** 29 },
  });
});

test("sessionId() and descriptorCount() answer about other processes", () => {
  const { system, add, set, item } = openScene();
  add(100);
  add(200, OTHER);
  for (const fd of [0n, 3n, 900n]) item(100, "FD", fd, 1n);
  assertEquals(system.descriptorCount(100), 3);
  assertEquals(errnoOf(() => system.descriptorCount(200)), ERRNO.EPERM);
  assertEquals(errnoOf(() => system.descriptorCount(999)), ERRNO.ESRCH);
  set(100, "SID", 77n);
  assertEquals([system.sessionId(100), system.sessionId(200), system.sessionId(0)], [
    77,
    200,
    SELF,
  ]);
  const error = assertThrows(() => system.sessionId(999), SystemCallError, "process 999");
  assertEquals([error.code, error.syscall], ["ESRCH", "getsid"]);
});

test("environment() is EPERM where macOS withholds it", () => {
  const scene = openScene();
  scene.add(100);
  scene.blob("ARGS", 100, 0n, buildProcArgs({ path: "/bin/ls", args: ["ls"], kernel: [] }));
  const error = assertThrows(() => scene.system.environment(100), SystemCallError, "process 100");
  assertEquals([error.code, error.syscall], ["EPERM", "sysctl"]);
  assertEquals(getArguments(100, scene).environment, undefined);
  assertEquals(getArguments(100, scene).environmentBytes, undefined);
});

test("macOS does not report limits, namespaces, security labels and the like", () => {
  const { system } = openScene();
  const questions: readonly (() => unknown)[] = [
    () => system.highestDescriptor(SELF),
    () => system.limits(SELF),
    () => system.setLimit(SELF, "core", { current: 0n, maximum: 0n }),
    () => system.ioBytes(SELF),
    () => system.controlGroups(SELF),
    () => system.namespace(SELF, "net"),
    () => system.namespacePids(SELF),
    () => system.securityLabel(SELF),
  ];
  for (const ask of questions) {
    const error = assertThrows(ask, SystemCallError, `process ${SELF}`);
    assertEquals(error.code, "ENOTSUP");
  }
  assertEquals(system.accounting(SELF), {});
  assertEquals(system.listeners(), undefined);
});

// Signals.

const KILL = named("DOUBLE_CALL_KILL");

test("kill() sends signals, and reports why it did not", () => {
  const { add, get, system, control } = openScene();
  add(100);
  add(200, OTHER);
  system.kill(100, 30);
  assertEquals(get(100, "SIGNAL"), 30n);
  system.kill(100, 0);
  assertEquals(get(100, "SIGNAL"), 30n);
  const error = assertThrows(() => system.kill(200, 30), SystemCallError, "process 200");
  assertEquals([error.code, error.syscall], ["EPERM", "kill"]);
  assertEquals(errnoOf(() => system.kill(999, 30)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => system.kill(100, 32)), ERRNO.EINVAL);
  system.kill(100, 9);
  assertEquals(control.double_exists(100), 2);
  system.kill(100, 9); // A zombie accepts signals.
  const before = control.double_calls(KILL);
  for (const pid of [0, -1, -100]) {
    assertEquals(errnoOf(() => system.kill(pid, 9)), ERRNO.ESRCH);
  }
  assertEquals(control.double_calls(KILL), before);
});

// The end of processes.

const KQUEUE = named("DOUBLE_CALL_KQUEUE"), KEVENT = named("DOUBLE_CALL_KEVENT");
const openDescriptors = () => readdirSync("/proc/self/fd").length;

test("watchExit() reports how a process ended to those who may signal it", () => {
  for (const status of [0, 7 << 8, 15, 0x86]) {
    const { add, set, system, control } = openScene();
    const before = openDescriptors();
    add(100);
    const watch = system.watchExit(100);
    assertEquals(openDescriptors(), before + 1);
    assertEquals([watch.ended(), watch.ended()], [undefined, undefined]);
    control.double_zombie(100);
    set(100, "XSTATUS", BigInt(status));
    assertEquals(watch.ended(), { status });
    assertEquals(openDescriptors(), before);
    // The end of a later process with the same pid is not reported.
    control.double_remove(100);
    add(100);
    assertEquals(watch.ended(), { status });
    watch.close();
    watch.close();
    assertEquals(watch.ended(), { status });
    assertEquals(openDescriptors(), before);
  }
});

test("watchExit() reports to the parent how a child of another user ended", () => {
  const { add, system, control, set } = openScene();
  add(100, OTHER, 0, SELF);
  const watch = system.watchExit(100);
  control.double_zombie(100);
  set(100, "XSTATUS", 0x300n);
  assertEquals(watch.ended(), { status: 0x300 });
});

test("watchExit() reports how another user's process ended as long as it is a zombie", () => {
  const { add, system, control, set } = openScene();
  add(100, OTHER);
  const watch = system.watchExit(100);
  assertEquals(watch.ended(), undefined);
  control.double_zombie(100);
  set(100, "XSTATUS", 0x300n);
  assertEquals(watch.ended(), { status: 0x300 });
  add(101, OTHER);
  const late = system.watchExit(101);
  control.double_zombie(101);
  control.double_remove(101);
  assertEquals(late.ended(), { status: undefined });
  assertEquals(control.double_calls(KQUEUE), 2n);
});

test("watchExit() reports that a zombie has ended, and how", () => {
  const { add, system, control, set } = openScene();
  const before = openDescriptors();
  add(100);
  add(200, OTHER);
  for (const pid of [100, 200]) {
    control.double_zombie(pid);
    set(pid, "XSTATUS", 0x900n);
  }
  assertEquals(system.watchExit(100).ended(), { status: 0x900 });
  assertEquals(system.watchExit(200).ended(), { status: 0x900 });
  assertEquals(openDescriptors(), before);
});

test("watchExit() is not mistaken about a process that gets the id later", () => {
  const { add, system, control } = openScene();
  add(100);
  const watch = system.watchExit(100);
  control.double_remove(100);
  add(100);
  const later = system.watchExit(100);
  assertEquals(watch.ended(), { status: 0 });
  assertEquals(later.ended(), undefined);
  later.close();
  assertEquals(later.ended(), undefined);
});

test("watchExit() needs no event to see that a process has ended", () => {
  const { add, system, control, set } = openScene();
  // Makes both polls of the queue find no event, as after a process that ended during its
  // registration.
  const lose = () => {
    for (const nth of [1, 2]) control.double_fail(KEVENT, nth, ERRNO.EINTR);
  };
  add(100);
  const left = system.watchExit(100);
  lose();
  assertEquals(left.ended(), undefined);
  control.double_reset();
  const scene = openScene();
  scene.add(100);
  const watch = scene.system.watchExit(100);
  scene.control.double_zombie(100);
  set(100, "XSTATUS", 0x200n);
  lose();
  assertEquals(watch.ended(), { status: 0x200 });
  scene.add(200);
  const gone = scene.system.watchExit(200);
  scene.control.double_remove(200);
  scene.add(200);
  lose();
  assertEquals(gone.ended(), { status: undefined });
  left.close();
});

test("watchExit() takes no other error for an end", () => {
  const { add, system, option } = openScene();
  add(100);
  const watch = system.watchExit(100);
  option("POLICY_ERRNO", BigInt(ERRNO.EPERM));
  assertEquals(watch.ended(), undefined);
  option("POLICY_ERRNO", 0n);
  assertEquals(watch.ended(), undefined);
  watch.close();
});

test("watchExit() reports why it cannot watch, and leaves nothing open", () => {
  const { add, system, control } = openScene();
  const before = openDescriptors();
  add(100);
  const error = assertThrows(() => system.watchExit(999), SystemCallError, "process 999");
  assertEquals(error.code, "ESRCH");
  assertEquals(errnoOf(() => system.watchExit(-1)), ERRNO.ESRCH);
  control.double_fail(KQUEUE, 1, ERRNO.EMFILE);
  assertEquals(assertThrows(() => system.watchExit(100), SystemCallError).syscall, "kqueue");
  control.double_fail(KEVENT, 1, ERRNO.ENOMEM);
  const refused = assertThrows(() => system.watchExit(100), SystemCallError);
  assertEquals([refused.code, refused.syscall], ["ENOMEM", "kevent"]);
  for (const nth of [1, 2]) control.double_fail(KEVENT, nth, ERRNO.EACCES);
  assertEquals(errnoOf(() => system.watchExit(100)), ERRNO.EACCES);
  assertEquals(openDescriptors(), before);
});
