import { assertEquals, assertThrows } from "@std/assert";
import { statSync } from "node:fs";
import { darwinHost } from "../../lib/darwin/host.ts";
import { ERRNO, SystemCallError } from "../../lib/kernel.ts";
import { getArguments } from "../../lib/libproc/arguments.ts";
import { machTime } from "../../lib/time.ts";
import { errnoOf, openScene } from "../libproc/scene.ts";
import { buildProcArgs } from "./build_proc_args.ts";
import { type Double, doubleTest as test, OTHER, SELF } from "../support/double.ts";
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
