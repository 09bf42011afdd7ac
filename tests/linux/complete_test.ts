import { assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { FfiError } from "../../ffi/error.ts";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { architectureOf } from "../../lib/linux/sys/architecture.ts";
import { openBpfCalls } from "../../lib/linux/sys/bpf.ts";
import { openClock } from "../../lib/linux/sys/clock.ts";
import { completed } from "../../lib/linux/sys/complete.ts";
import { LINUX } from "../../lib/linux/sys/errno.ts";
import { type Libc, libcPaths } from "../../lib/linux/sys/libc.ts";
import { openProcessCalls } from "../../lib/linux/sys/process.ts";
import { openSocketCalls } from "../../lib/linux/sys/socket.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import { openProcess } from "../../mod.ts";
import { changedLibrary, hostLibc, hostLibrary } from "../support/libc.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** Every function that is replaced by its system call if the library lacks it, and `__open_2`. */
const LACKING = Object.fromEntries(
  ["__open_2", ...(skip ? [] : Object.keys(architectureOf(process.arch).calls))]
    .map((name) => [name, null]),
);

function bytes(size: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(size));
}

function path(text: string): Uint8Array {
  const made = bytes(text.length + 1);
  new TextEncoder().encodeInto(text, made);
  return made;
}

const NOBODY = 0x7fffffff;
const BASIC_STATS = 0x7ff;
const NO_SUCH_FLAG = 0x40000000;
const MODE = 28, SIZE = 40;
const A_FILE = 0o100000;

/** The results of each call, for success and for failure. */
const ANSWERS: Readonly<Record<string, (libc: Libc) => readonly unknown[]>> = {
  __open_2(libc) {
    const fd = libc.open(path("/proc/self/stat"));
    const read = libc.read(fd, bytes(8), 8n);
    libc.close(fd);
    return [read, libc.open(path("/nowhere")), libc.open(path("/proc/self/stat/x"))];
  },
  getdents64(libc) {
    const fd = libc.open(path("/proc/self/ns"));
    const entries = bytes(4096);
    const length = libc.getdents64(fd, entries, 4096n);
    const end = libc.getdents64(fd, entries, 4096n);
    libc.close(fd);
    // Only the kernel has the names in /proc/self/ns.
    const found = new TextDecoder().decode(entries).includes("pid_for_children");
    return [Math.sign(length), found, end, libc.getdents64(-1, entries, 4096n)];
  },
  statx(libc) {
    const found = bytes(256), view = new DataView(found.buffer);
    const answer = libc.statx(path("/proc/self/exe"), BASIC_STATS, found);
    return [
      ...[answer, view.getUint16(MODE, true) & A_FILE, view.getBigUint64(SIZE, true)],
      ...[libc.statx(path("/nowhere"), BASIC_STATS, found)],
      ...[libc.statx(path("/"), BASIC_STATS, found, NO_SUCH_FLAG)],
    ];
  },
  gettid: ({ more }) => [openClock(more).thread()],
  tgkill({ more }) {
    const { tgkill } = openSocketCalls(more);
    return [tgkill(process.pid, openClock(more).thread(), 0), tgkill(process.pid, NOBODY, 0)];
  },
  pidfd_open(libc) {
    const { pidfdOpen } = openSocketCalls(libc.more);
    const fd = pidfdOpen(process.pid, 0);
    const link = readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/, "N");
    libc.close(fd);
    return [link, pidfdOpen(NOBODY, 0), pidfdOpen(process.pid, NO_SUCH_FLAG)];
  },
  pidfd_getfd(libc) {
    const { pidfdOpen, pidfdGetfd } = openSocketCalls(libc.more);
    const file = openSync("/proc/version", "r");
    const pidfd = pidfdOpen(process.pid, 0);
    const copy = pidfdGetfd(pidfd, file);
    const leads = readlinkSync(`/proc/self/fd/${copy}`);
    const answers = [leads, pidfdGetfd(pidfd, NOBODY), pidfdGetfd(-1, file)];
    for (const fd of [copy, pidfd]) libc.close(fd);
    closeSync(file);
    return answers;
  },
  pidfd_send_signal(libc) {
    const { pidfdOpen, pidfdSendSignal } = openProcessCalls(libc.more);
    const fd = pidfdOpen(process.pid);
    const answers = [pidfdSendSignal(fd, 0), pidfdSendSignal(fd, 65), pidfdSendSignal(-1, 0)];
    libc.close(fd);
    return answers;
  },
  bpf(libc) {
    const map = openBpfCalls(libc.more).processorMap(64);
    if (map >= 0) libc.close(map);
    return [Math.min(map, 0), openBpfCalls(libc.more).iterate(-1)];
  },
};

for (const [name, answers] of Object.entries(ANSWERS)) {
  test(
    `completed() makes ${name} of what is there, with the same answers and errnos`,
    { skip },
    () => {
      const own = answers(hostLibc());
      assertEquals(answers(hostLibc(changedLibrary(LACKING))), own);
      assertEquals(answers(hostLibc(changedLibrary({ [name]: null }))), own);
      // The results must include an errno, so that they could be wrong.
      const refused = own.some((answer) => typeof answer === "number" && answer < 0);
      assertEquals(refused, name !== "gettid");
    },
  );
}

test("completed() calls with the number of the architecture", { skip }, () => {
  const NONE = 9999n;
  const libc = hostLibc(changedLibrary(LACKING), { getdents64: NONE });
  assertEquals(libc.getdents64(0, bytes(64), 64n), -LINUX.ENOSYS);
  assertGreater(libc.open(path("/")), 0);
});

test("completed() binds what the library has itself", { skip }, () => {
  const statx = () => 77;
  const { statx: bound } = completed(
    changedLibrary({ ...LACKING, statx }),
    architectureOf(process.arch),
  ).bind({ statx: { parameters: [], result: "i32" }, gettid: { parameters: [], result: "i32" } });
  assertEquals(bound(), 77);
});

test("completed() finds nothing where a function is not a system call", { skip }, () => {
  const library = completed(hostLibrary(), architectureOf(process.arch));
  const table = {
    gettid: { parameters: [], result: "i32" },
    no_such_function: { parameters: [], result: "i32" },
  } as const;
  assertEquals(library.tryBind(table), null);
  const error = assertThrows(() => library.bind(table), FfiError, '"no_such_function"');
  assertEquals(error.code, "ERR_SYMBOL_NOT_FOUND");
});

/** Functions that distinguish one C library from the other. */
const OF_GLIBC = { gnu_get_libc_version: { parameters: [], result: "pointer" } } as const;
const LIBC = /\/(?:libc(?:-[\d.]+)?\.so(?:\.6)?|(?:libc\.|ld-)musl-\w+\.so\.1)$/;

/** Returns the C libraries that are mapped in this program. */
function libraries(): Set<string> {
  const lines = readFileSync("/proc/self/maps", "utf8").split("\n");
  return new Set(lines.filter((line) => LIBC.test(line)).map((line) => line.replace(/.* /, "")));
}

test("openLibrary() of libcPaths() brings no second C library into the program", { skip }, () => {
  assertEquals(
    hostLibrary().bind({ getpid: { parameters: [], result: "i32" } }).getpid(),
    process.pid,
  );
  assertEquals(libraries().size, 1, [...libraries()].join());
});

test("a program on musl takes every name and path of a C library for its own", {
  skip: skip || (hostLibrary().tryBind(OF_GLIBC) === null ? false : "needs a program on musl"),
}, () => {
  const before = libraries();
  for (const path of libcPaths(architectureOf(process.arch), undefined)) {
    if (path.startsWith("/") && !existsSync(path)) continue;
    const library = openLibrary(openAdapter(), [path]);
    assertEquals(library.tryBind(OF_GLIBC), null, path);
    assertEquals(library.bind({ getpid: { parameters: [], result: "i32" } }).getpid(), process.pid);
  }
  assertEquals(libraries(), before);
});

test("a process is seen the same over a library that lacks all of it", { skip }, async () => {
  const child = spawn("sleep", ["1000"]);
  using _ = { [Symbol.dispose]: () => void child.kill("SIGKILL") };
  await once(child, "spawn");
  const libc = hostLibc(changedLibrary(LACKING));
  using system = linuxSystem({ fs: procFs(libc), libc });
  using one = openProcess(child.pid!), same = openProcess(child.pid!, { system });
  while (one.name() !== "sleep") await new Promise((resolve) => setTimeout(resolve, 2));
  // Each system measures when the machine started, and the clock is adjusted meanwhile.
  const { startedAt = NaN, ...info } = one.info(),
    { startedAt: sameStart = NaN, ...sameInfo } = same.info();
  assertEquals(sameInfo, info);
  assertLess(Math.abs(startedAt - sameStart), 10);
  for (const see of ["arguments", "executable", "workingDirectory", "descriptors"] as const) {
    assertEquals(same[see](), one[see](), see);
  }
  assertEquals(same.threads().map(({ id }) => id), one.threads().map(({ id }) => id));
  const ended = once(child, "exit");
  same.kill();
  assertEquals(await ended, [null, "SIGKILL"]);
});
