import { assertEquals, assertThrows } from "@std/assert";
import { copyFileSync, linkSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { darwinHost } from "../../lib/darwin/system.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { getArguments } from "../../lib/libproc/arguments.ts";
import { machTime } from "../../lib/system/timebase.ts";
import { errnoOf, openScene } from "../libproc/scene.ts";
import { buildProcArgs } from "./build_proc_args.ts";
import { type Double, doubleTest as test, NODEV, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const STAT = named("DOUBLE_CALL_STAT"), TIMEBASE = named("DOUBLE_CALL_TIMEBASE");
const SYSCTL = named("DOUBLE_CALL_SYSCTL"), SYSCTLBYNAME = named("DOUBLE_CALL_SYSCTLBYNAME");

function timebaseOf(numer: number, denom: number, translated: number, frequency: number) {
  const { host, option } = openScene();
  option("NUMER", BigInt(numer));
  option("DENOM", BigInt(denom));
  option("TRANSLATED", BigInt.asUintN(64, BigInt(translated)));
  option("TBFREQUENCY", BigInt(frequency));
  return host;
}

test("darwinHost() takes the unit of time from mach_timebase_info", () => {
  assertEquals(timebaseOf(125, 3, 0, 24_000_000).timebase(), { numer: 125, denom: 3 });
  assertEquals(timebaseOf(1, 1, 0, 0).timebase(), { numer: 1, denom: 1 });
  // Older systems do not know the name sysctl.proc_translated.
  assertEquals(timebaseOf(1, 1, -1, 1_000_000_000).timebase(), { numer: 1, denom: 1 });
  assertEquals(timebaseOf(4294967295, 4294967294, 0, 1).timebase(), {
    numer: 4294967295,
    denom: 4294967294,
  });
});

test("darwinHost() takes the unit of time from hw.tbfrequency under Rosetta, which lies about it", () => {
  const host = timebaseOf(1, 1, 1, 24_000_000);
  assertEquals(host.timebase(), { numer: 125, denom: 3 });
  assertEquals(machTime(24_000_000n, host), 1_000_000_000n);
  assertEquals(timebaseOf(1, 1, 1, 1_000_000_000).timebase(), { numer: 1, denom: 1 });
  assertEquals(timebaseOf(1, 1, 1, 19_200_000).timebase(), { numer: 625, denom: 12 });
});

test("darwinHost() takes the unit of time from hw.tbfrequency where mach_timebase_info fails", () => {
  const { control, host } = openScene();
  control.double_fail(TIMEBASE, 1, 5);
  assertEquals(host.timebase(), { numer: 125, denom: 3 });
});

test("darwinHost() says so where nothing tells the unit of time", () => {
  const host = timebaseOf(1, 1, 1, 0);
  const error = assertThrows(() => host.timebase(), SystemCallError, "unit of time");
  assertEquals([error.code, error.syscall], ["ENOENT", "sysctlbyname"]);
});

test("darwinHost() asks for the unit of time once", () => {
  const { control, host } = openScene();
  host.timebase();
  host.timebase();
  assertEquals([control.double_calls(TIMEBASE), control.double_calls(SYSCTLBYNAME)], [1n, 1n]);
});

test("darwinHost() tells the calling thread", () => {
  const { host, get } = openScene();
  assertEquals(host.threadId(), get(SELF, "UNIQUEID") * 256n + 1n);
});

test("darwinHost() tells device and inode of a file, links followed", () => {
  const { control, host } = openScene();
  for (const path of ["/", "/dev/null", "/proc/self/exe"]) {
    const { ino } = statSync(path, { bigint: true });
    assertEquals(host.fileId(path).inode, ino);
  }
  assertEquals(host.fileId("/proc").device === host.fileId("/proc/1").device, true);
  assertEquals(host.fileId("/proc").device === host.fileId("/dev").device, false);
  const error = assertThrows(() => host.fileId("/no-such"), SystemCallError, `"/no-such"`);
  assertEquals([error.code, error.syscall], ["ENOENT", "stat"]);
  control.double_fail(STAT, 1, ERRNO.EACCES);
  assertEquals(errnoOf(() => host.fileId("/")), ERRNO.EACCES);
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
    const { host, control } = sceneWith(args);
    const { bytes, ...texts } = getArguments(100, host);
    assertEquals(texts, { executablePath: "/bin/prog", arguments: args, environment: ENV });
    assertEquals(bytes.arguments.map((arg) => new TextDecoder().decode(arg)), args);
    assertEquals(bytes.environment?.length, 2);
    assertEquals(new TextDecoder().decode(bytes.executablePath), "/bin/prog");
    assertEquals(control.double_calls(SYSCTL), 2n);
  }
});

test("getArguments() aligns to 4 bytes in a 32-bit process", () => {
  const PIDINFO = 2, SHORTBSDINFO = 13, PBSI_FLAGS = 32, ANY = 0xffff_ffff_ffff_ffffn;
  const scene = sceneWith(["", "x"], 4);
  scene.control.double_poke(PIDINFO, 100, SHORTBSDINFO, ANY, PBSI_FLAGS, new Uint8Array(4), 4);
  // 10 bytes of path take 12 bytes in a 32-bit process and 16 in another.
  assertEquals(getArguments(100, scene.host).arguments, ["", "x"]);
});

test("getArguments() gives text for bytes that are none, and the bytes", () => {
  const scene = openScene();
  scene.add(100);
  const blob = buildProcArgs({ path: "/p", args: ["\ufeffab"] });
  blob[15] = 0xff;
  scene.blob("ARGS", 100, 0n, blob);
  const { arguments: args, bytes } = getArguments(100, scene.host);
  assertEquals(args, ["\ufeff\ufffdb"]);
  assertEquals(bytes.arguments, [Uint8Array.of(0xef, 0xbb, 0xbf, 0xff, 0x62)]);
});

test("getArguments() reads a longer answer whole where an exec came between its two calls", () => {
  for (const length of [100, 150, 200, 201, 202, 203, 204, 300, 5000, 100_000]) {
    const scene = sceneWith(["short"]);
    const args = ["", "y".repeat(length), "last"];
    const longer = buildProcArgs({ path: "/bin/longer", args, env: ENV });
    const real = scene.libSystem.sysctl();
    const host = darwinHost({
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
    assertEquals(getArguments(100, host).arguments, args);
  }
});

test("getArguments() reads up to ARG_MAX, and never asks for more", () => {
  const path = "/bin/prog";
  const blob = buildProcArgs({ path, args: ["x".repeat(1048576 - 16 - 1)], kernel: [] });
  assertEquals(blob.length, 1048576 + 4);
  const scene = openScene();
  scene.add(100);
  scene.blob("ARGS", 100, 0n, blob);
  const sizes: bigint[] = [];
  const real = scene.libSystem.sysctl();
  const host = darwinHost({
    ...scene.libSystem,
    sysctl: () => ({
      ...real,
      sysctl(name, count, to, size, from, newSize) {
        sizes.push(new DataView(size!.buffer).getBigUint64(0, true));
        return real.sysctl(name, count, to, size, from, newSize);
      },
    }),
  });
  assertEquals(getArguments(100, host).arguments[0]?.length, 1048576 - 17);
  assertEquals(sizes, [0n, 1048576n + 4n]);
});

test("getArguments() tells who is gone, who is another's and what else is refused", () => {
  const scene = sceneWith(["a"]);
  const { control, host } = scene;
  scene.add(200, OTHER);
  scene.blob("ARGS", 200, 0n, buildProcArgs({ path: "/p", args: ["secret"] }));
  const error = assertThrows(() => getArguments(200, host), SystemCallError, "process 200");
  assertEquals([error.code, error.syscall], ["EPERM", "sysctl"]);
  assertEquals(errnoOf(() => getArguments(999, host)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => getArguments(-1, host)), ERRNO.ESRCH);
  control.double_caller(SELF, 0, 0);
  assertEquals(getArguments(200, host).arguments, ["secret"]);
  control.double_caller(SELF, 501, 0);
  control.double_zombie(100);
  assertEquals(errnoOf(() => getArguments(100, host)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => getArguments(SELF, host)), ERRNO.EINVAL);
  const EIO = 5;
  for (const nth of [1, 2]) {
    const fresh = sceneWith(["a"]);
    fresh.control.double_fail(SYSCTL, nth, EIO);
    assertEquals(errnoOf(() => getArguments(100, fresh.host)), EIO);
  }
  control.double_fail(SYSCTL, 1, EIO);
  assertEquals(errnoOf(() => getArguments(200, host)), EIO);
});

test("getArguments() takes 64 bits for granted where the process is gone after its arguments are read", () => {
  const scene = sceneWith(["", "x"]);
  scene.control.double_fail(2, 1, ERRNO.ESRCH);
  assertEquals(getArguments(100, scene.host).arguments, ["", "x"]);
});

test("getArguments() takes a 32-bit integer and nothing else", () => {
  const { host } = sceneWith(["a"]);
  for (const pid of [1.5, NaN, 2 ** 31, "100" as unknown as number]) {
    assertThrows(() => getArguments(pid, host), RangeError, "pid");
  }
});

// The file of a program.

test("executable() tells the path of a program and its links", () => {
  const scene = openScene();
  const folder = mkdtempSync(`${tmpdir()}/libproc-darwin-`);
  try {
    copyFileSync("/bin/sh", `${folder}/prog\u00e9`);
    linkSync(`${folder}/prog\u00e9`, `${folder}/other`);
    scene.add(100, OTHER);
    scene.blob("PATH", 100, 0n, `${folder}/prog\u00e9`);
    const { path, links } = scene.host.executable(100);
    assertEquals([new TextDecoder().decode(path), links], [`${folder}/prog\u00e9`, 2]);
    rmSync(`${folder}/other`);
    assertEquals(scene.host.executable(100).links, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
  // Whatever became of it, nothing is known of what is not there.
  assertEquals(scene.host.executable(100).links, undefined);
});

test("executable() passes on bytes that are no text", () => {
  const scene = openScene();
  scene.add(100);
  const bytes = Uint8Array.of(0x2f, 0xff, 0xfe, 0x61);
  scene.blob("PATH", 100, 0n, bytes);
  assertEquals(scene.host.executable(100), { path: bytes, links: undefined });
});

test("executable() says why there is none", () => {
  const { add, set, control, host } = openScene();
  add(100);
  set(100, "PATH_ERRNO", BigInt(ERRNO.ENOENT));
  const error = assertThrows(() => host.executable(100), SystemCallError, "process 100");
  assertEquals([error.code, error.syscall], ["ENOENT", "__proc_info"]);
  control.double_zombie(100);
  assertEquals(errnoOf(() => host.executable(100)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => host.executable(999)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => host.executable(0)), ERRNO.ENOENT);
});

// Terminals, users, the time since the start.

const DEVNAME = named("DOUBLE_CALL_DEVNAME"), GETPW = named("DOUBLE_CALL_GETPW");

test("terminalPath() finds the path that has the device number", () => {
  const { host } = openScene();
  for (const path of ["/dev/tty", "/dev/null"]) {
    assertEquals(host.terminalPath(host.terminal(path)), path);
  }
});

test("terminalPath() knows none where the system has no name, or a wrong one", () => {
  const { host, control, blob } = openScene();
  const device = host.terminal("/dev/tty");
  assertEquals(host.terminalPath(NODEV), undefined);
  assertEquals(control.double_calls(DEVNAME), 0n);
  // Where there is no such device the system makes up a text.
  assertEquals(host.terminalPath(0xfedc_ba98), undefined);
  control.double_fail(DEVNAME, 1, ERRNO.ENOENT);
  assertEquals(host.terminalPath(device), undefined);
  for (const name of ["null", "", "#C:5:0x0", "no-such", "x".repeat(255)]) {
    blob("DEVICE_NAME", 0, 0n, name);
    assertEquals(host.terminalPath(device), undefined, name);
  }
  blob("DEVICE_NAME", 0, 0n, "tty");
  assertEquals(host.terminalPath(device), "/dev/tty");
});

test("bootId() is the system's", () => {
  const { host, blob, control } = openScene();
  assertEquals(host.bootId(), "0D0B1E00-0000-4000-8000-000000000001");
  blob("BOOT_SESSION", 0, 0n, "short");
  assertEquals(host.bootId(), "short");
  control.double_fail(SYSCTLBYNAME, 1, ERRNO.EPERM);
  const error = assertThrows(() => host.bootId(), SystemCallError, "boot id");
  assertEquals([error.code, error.syscall], ["EPERM", "sysctlbyname"]);
});

test("userName() and userId() find users", () => {
  const { host } = openScene();
  for (const [id, name] of [[0, "root"], [70, "_www"], [501, "me"], [502, "other"]] as const) {
    assertEquals([host.userName(id), host.userId(name)], [name, id]);
  }
  assertEquals([host.userName(1), host.userName(0xfffffffe)], [undefined, undefined]);
  for (const name of ["", "nobody", "me\0", "ME"]) assertEquals(host.userId(name), undefined);
});

test("userName() and userId() make room for whatever there is about a user", () => {
  const { host, option, control } = openScene();
  // The last byte that fits, the first that does not, and much more.
  for (const gecos of [998, 999, 1000, 1001, 1002, 4096, 300_000]) {
    option("GECOS", BigInt(gecos));
    assertEquals([host.userName(501), host.userId("_www")], ["me", 70], `${gecos}`);
  }
  const { host: fresh } = openScene();
  option("GECOS", 20_000n);
  assertEquals(fresh.userName(502), "other");
  // 1 KiB, 4, 16 and 64.
  assertEquals(control.double_calls(GETPW), 4n);
});

test("userName() and userId() ask again after a signal, and say what else went wrong", () => {
  const { host, control } = openScene();
  control.double_fail(GETPW, 1, ERRNO.EINTR);
  assertEquals(host.userName(0), "root");
  for (const ask of [() => host.userName(0), () => host.userId("root")]) {
    control.double_fail(GETPW, 1, ERRNO.EIO);
    assertEquals(assertThrows(ask, SystemCallError).code, "EIO");
  }
});

test("confinement() is nothing that macOS tells", () => {
  assertEquals(openScene().host.confinement(SELF), {});
});

// Signals.

const KILL = named("DOUBLE_CALL_KILL");

test("kill() sends signals, and says why it did not", () => {
  const { add, get, host, control } = openScene();
  add(100);
  add(200, OTHER);
  host.kill(100, 30);
  assertEquals(get(100, "SIGNAL"), 30n);
  host.kill(100, 0);
  assertEquals(get(100, "SIGNAL"), 30n);
  const error = assertThrows(() => host.kill(200, 30), SystemCallError, "process 200");
  assertEquals([error.code, error.syscall], ["EPERM", "kill"]);
  assertEquals(errnoOf(() => host.kill(999, 30)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => host.kill(100, 32)), ERRNO.EINVAL);
  host.kill(100, 9);
  assertEquals(control.double_exists(100), 2);
  host.kill(100, 9); // a zombie takes signals
  const before = control.double_calls(KILL);
  for (const pid of [0, -1, -100]) {
    assertEquals(errnoOf(() => host.kill(pid, 9)), ERRNO.ESRCH);
  }
  assertEquals(control.double_calls(KILL), before);
});

// The end of a process.

const KQUEUE = named("DOUBLE_CALL_KQUEUE"), KEVENT = named("DOUBLE_CALL_KEVENT");
const openDescriptors = () => readdirSync("/proc/self/fd").length;

test("watchExit() tells how a process ended to those who may signal it", () => {
  for (const status of [0, 7 << 8, 15, 0x86]) {
    const { add, set, host, control } = openScene();
    const before = openDescriptors();
    add(100);
    const watch = host.watchExit(100);
    assertEquals(openDescriptors(), before + 1);
    assertEquals([watch.ended(), watch.ended()], [undefined, undefined]);
    control.double_zombie(100);
    set(100, "XSTATUS", BigInt(status));
    assertEquals(watch.ended(), { status });
    assertEquals(openDescriptors(), before);
    // Another that has the id, and ends, is none of its business.
    control.double_remove(100);
    add(100);
    assertEquals(watch.ended(), { status });
    watch.close();
    watch.close();
    assertEquals(watch.ended(), { status });
    assertEquals(openDescriptors(), before);
  }
});

test("watchExit() tells the parent how a child of another user ended", () => {
  const { add, host, control, set } = openScene();
  add(100, OTHER, 0, SELF);
  const watch = host.watchExit(100);
  control.double_zombie(100);
  set(100, "XSTATUS", 0x300n);
  assertEquals(watch.ended(), { status: 0x300 });
});

test("watchExit() tells that another user's process ended, and not how", () => {
  const { add, host, control, set } = openScene();
  add(100, OTHER);
  const watch = host.watchExit(100);
  assertEquals(watch.ended(), undefined);
  control.double_zombie(100);
  set(100, "XSTATUS", 0x300n);
  assertEquals(watch.ended(), { status: undefined });
  assertEquals(control.double_calls(KQUEUE), 1n);
});

test("watchExit() tells of a zombie that it has ended, and how", () => {
  const { add, host, control, set } = openScene();
  const before = openDescriptors();
  add(100);
  add(200, OTHER);
  for (const pid of [100, 200]) {
    control.double_zombie(pid);
    set(pid, "XSTATUS", 0x900n);
  }
  assertEquals(host.watchExit(100).ended(), { status: 0x900 });
  assertEquals(host.watchExit(200).ended(), { status: undefined });
  assertEquals(openDescriptors(), before);
});

test("watchExit() is not mistaken about a process that gets the id later", () => {
  const { add, host, control } = openScene();
  add(100);
  const watch = host.watchExit(100);
  control.double_remove(100);
  add(100);
  const later = host.watchExit(100);
  assertEquals(watch.ended(), { status: 0 });
  assertEquals(later.ended(), undefined);
  later.close();
  assertEquals(later.ended(), undefined);
});

test("watchExit() needs no event to see that a process has ended", () => {
  const { add, host, control, set } = openScene();
  // What happens where it was registered while it ended: three looks that find nothing.
  const lose = () => {
    for (const nth of [1, 2]) control.double_fail(KEVENT, nth, ERRNO.EINTR);
  };
  add(100);
  const left = host.watchExit(100);
  lose();
  assertEquals(left.ended(), undefined);
  control.double_reset();
  const scene = openScene();
  scene.add(100);
  const watch = scene.host.watchExit(100);
  scene.control.double_zombie(100);
  set(100, "XSTATUS", 0x200n);
  lose();
  assertEquals(watch.ended(), { status: 0x200 });
  scene.add(200);
  const gone = scene.host.watchExit(200);
  scene.control.double_remove(200);
  scene.add(200);
  lose();
  assertEquals(gone.ended(), { status: undefined });
  left.close();
});

test("watchExit() takes no other error for an end", () => {
  const { add, host, option } = openScene();
  add(100);
  const watch = host.watchExit(100);
  option("POLICY_ERRNO", BigInt(ERRNO.EPERM));
  assertEquals(watch.ended(), undefined);
  option("POLICY_ERRNO", 0n);
  assertEquals(watch.ended(), undefined);
  watch.close();
});

test("watchExit() says why it cannot watch, and leaves nothing open", () => {
  const { add, host, control } = openScene();
  const before = openDescriptors();
  add(100);
  const error = assertThrows(() => host.watchExit(999), SystemCallError, "process 999");
  assertEquals(error.code, "ESRCH");
  assertEquals(errnoOf(() => host.watchExit(-1)), ERRNO.ESRCH);
  control.double_fail(KQUEUE, 1, ERRNO.EMFILE);
  assertEquals(assertThrows(() => host.watchExit(100), SystemCallError).syscall, "kqueue");
  control.double_fail(KEVENT, 1, ERRNO.ENOMEM);
  const refused = assertThrows(() => host.watchExit(100), SystemCallError);
  assertEquals([refused.code, refused.syscall], ["ENOMEM", "kevent"]);
  for (const nth of [1, 2]) control.double_fail(KEVENT, nth, ERRNO.EACCES);
  assertEquals(errnoOf(() => host.watchExit(100)), ERRNO.EACCES);
  assertEquals(openDescriptors(), before);
});
