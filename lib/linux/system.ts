import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { System } from "../system/system.ts";
import { disposable } from "../system/system.ts";
import { block } from "../layout/block.ts";
import { encodeDevice } from "./answer/vnode.ts";
import { exitWatcher } from "./exit_watch.ts";
import { killer } from "./kill.ts";
import { linuxKernel } from "./kernel.ts";
import { linuxListeners } from "./listeners.ts";
import { parseStat, STAT } from "./parse/stat.ts";
import { executableFinder } from "./proc/executable.ts";
import { procFile } from "./proc/proc_fs.ts";
import { questions } from "./proc/questions.ts";
import { startedReader } from "./proc/started.ts";
import type { World } from "./proc/world.ts";
import { type Clock, openClock, SC_PAGESIZE, SC_PHYS_PAGES } from "./sys/clock.ts";
import { toDarwin } from "./sys/errno.ts";
import { terminalFinder } from "./sys/terminal_path.ts";
import { openUserCalls, type UserCalls } from "./sys/users.ts";
import { linuxTable } from "./table.ts";

// struct statx.
const STATX_SIZE = 256;
const STATX_TYPE = 1;
const STATX_INO = 256;
const STX_MODE = 28;
const STX_INO = 32;
const STX_RDEV_MAJOR = 128;
const STX_RDEV_MINOR = 132;
const STX_DEV_MAJOR = 136;
const STX_DEV_MINOR = 140;
const STAT_FILE = procFile("stat");
const BOOT_ID_FILE = procFile("sys/kernel/random/boot_id");
const BOOT_ID_SIZE = 64;
const THREAD_SELF = bytesOf("/proc/thread-self");
const LINK_SIZE = 4096n;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

/**
 * Linux as it shows itself through a process file system: the kernel's answers, and all else.
 *
 * The ids of processes are read where all others are, so that they agree with them: `/proc` may be of
 * another process namespace than the one in which `getpid()` answers.
 */
export function linuxSystem(world: World): System {
  const { fs, libc } = world;
  const statx = block(STATX_SIZE);
  const fields = new Float64Array(STAT.policy + 1);
  let clock: Clock | undefined;
  let boot: string | undefined;
  let users: UserCalls | undefined;
  let terminalPath: ReturnType<typeof terminalFinder> | undefined;
  let kill: ReturnType<typeof killer> | undefined;
  let watchExit: ReturnType<typeof exitWatcher> | undefined;
  let started: ReturnType<typeof startedReader> | undefined;
  let executable: ReturnType<typeof executableFinder> | undefined;

  function ownStat(field: number): number {
    const length = fs.self < 0 ? -ERRNO.ESRCH : fs.read(fs.self, STAT_FILE);
    if (length < 0 || !parseStat(fs.text, length, STAT.policy, fields)) {
      throw new SystemCallError("find this process in /proc", "open", ERRNO.ESRCH);
    }
    return fields[field]!;
  }

  function threadId(): number {
    const length = libc.readlink(THREAD_SELF, fs.target, LINK_SIZE);
    const path = new TextDecoder().decode(fs.target.subarray(0, Math.max(length, 0)));
    const id = /^\d+\/task\/(\d+)$/.exec(path)?.[1];
    if (id !== undefined) return Number(id);
    throw new SystemCallError("find the calling thread", "readlink", ERRNO.ESRCH);
  }

  function readBootId(): string {
    const fd = libc.open(fs.rootPath(BOOT_ID_FILE));
    const text = new Uint8Array(new ArrayBuffer(BOOT_ID_SIZE));
    const length = fd < 0 ? fd : libc.read(fd, text, BigInt(BOOT_ID_SIZE));
    if (fd >= 0) libc.close(fd);
    if (length < 0) throw new SystemCallError("read the boot id", "open", -toDarwin(length));
    return new TextDecoder().decode(text.subarray(0, length)).trim();
  }

  function sysconf(name: number): number {
    return (clock ??= openClock(libc.more)).sysconf(name);
  }

  return disposable({
    kernel: linuxKernel(world),
    ...questions(world),
    pid: () => ownStat(STAT.pid),
    ppid: () => ownStat(STAT.ppid),
    pgrp: () => ownStat(STAT.pgrp),
    euid: () => libc.users().geteuid() >>> 0,
    ruid: () => libc.users().getuid() >>> 0,
    threadId: () => BigInt(threadId()),
    timebase: () => ({ numer: 1, denom: 1 }),
    bootId: () => boot ??= readBootId(),
    pageBytes: () => sysconf(SC_PAGESIZE),
    memoryBytes: () => sysconf(SC_PHYS_PAGES) * sysconf(SC_PAGESIZE),
    userName(userId) {
      const name = (users ??= openUserCalls(libc.more)).name(userId);
      if (typeof name === "number") throw unknownUser(`the name of user ${userId}`, name);
      return name === null ? undefined : new TextDecoder().decode(name);
    },
    userId(name) {
      // C would look for what stands before the NUL.
      if (name.includes("\0")) return undefined;
      const id = (users ??= openUserCalls(libc.more)).id(bytesOf(name));
      if (id !== null && id < 0) throw unknownUser(`the user "${name}"`, id);
      return id ?? undefined;
    },
    terminal(path) {
      const doing = `find the terminal "${path}"`;
      const error = libc.statx(bytesOf(path), STATX_TYPE, statx.bytes);
      if (error < 0) throw new SystemCallError(doing, "statx", -toDarwin(error));
      const { view } = statx;
      if ((view.getUint16(STX_MODE, true) & S_IFMT) !== S_IFCHR) {
        throw new SystemCallError(doing, "isatty", ERRNO.ENOTTY);
      }
      return encodeDevice(
        view.getUint32(STX_RDEV_MAJOR, true),
        view.getUint32(STX_RDEV_MINOR, true),
      );
    },
    terminalPath(device) {
      // In a copied tree it is the number of another machine's terminal.
      return fs.mounted ? (terminalPath ??= terminalFinder(libc))(device) : undefined;
    },
    fileId(path) {
      const error = libc.statx(bytesOf(path), STATX_INO, statx.bytes);
      if (error < 0) {
        throw new SystemCallError(`find the file "${path}"`, "statx", -toDarwin(error));
      }
      const { view } = statx;
      const major = view.getUint32(STX_DEV_MAJOR, true);
      return {
        device: encodeDevice(major, view.getUint32(STX_DEV_MINOR, true)),
        inode: view.getBigUint64(STX_INO, true),
      };
    },
    arguments(pid) {
      const found = (started ??= startedReader(world)).arguments(pid);
      if (typeof found !== "number") return { executablePath: undefined, ...found };
      throw new SystemCallError(`read the arguments of process ${pid}`, "read", -found);
    },
    environment(pid) {
      const found = (started ??= startedReader(world)).environment(pid);
      if (typeof found !== "number") return found;
      throw new SystemCallError(`read the environment of process ${pid}`, "read", -found);
    },
    executable: (pid) => (executable ??= executableFinder(world))(pid),
    table: () => linuxTable(world),
    listeners: () => fs.mounted ? linuxListeners(world) : undefined,
    kill: (pid, signal) => (kill ??= killer(world))(pid, signal),
    watchExit: (pid) => (watchExit ??= exitWatcher(world))(pid),
    [Symbol.dispose]() {},
  });
}

function unknownUser(what: string, answer: number): SystemCallError {
  return new SystemCallError(`find ${what}`, "getpwuid_r", -toDarwin(answer));
}

/** A path as C takes it. */
function bytesOf(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
