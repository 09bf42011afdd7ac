import type { Census } from "../system/table.ts";
import type { Host, ListenerScan } from "../system/system.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { block } from "../layout/block.ts";
import type { World } from "./answer/answer.ts";
import { livingTask } from "./proc/living.ts";
import { encodeDevice } from "./answer/vnode.ts";
import { linuxCensus } from "./table.ts";
import { confinement } from "./proc/confinement.ts";
import { details } from "./proc/details.ts";
import { toDarwin } from "./sys/errno.ts";
import { executableFinder } from "./proc/executable.ts";
import { exitWatcher } from "./exit_watch.ts";
import { killer } from "./kill.ts";
import type { Libc } from "./sys/libc.ts";
import { type Clock, openClock } from "./sys/clock.ts";
import { openUserCalls, type UserCalls } from "./sys/users.ts";
import { linuxListeners } from "./listeners.ts";
import { originalReader } from "./proc/original_arguments.ts";
import { argumentsIn, type OriginalArguments, splitStrings } from "./parse/cmdline.ts";
import { isKernelThread, parseStat, STAT } from "./parse/stat.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc/proc_fs.ts";
import { readStarted, refused } from "./proc/process.ts";
import { terminalFinder } from "./sys/terminal_path.ts";

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
const CMDLINE_FILE = procFile("cmdline");
const ENVIRON_FILE = procFile("environ");
const BOOT_ID_FILE = procFile("sys/kernel/random/boot_id");
const BOOT_ID_SIZE = 64;
const THREAD_SELF = bytesOf("/proc/thread-self");
const LINK_SIZE = 4096n;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

/**
 * What Linux says of itself.
 *
 * The ids of processes are read where all others are, so that they agree with them: `/proc` may be of
 * another process namespace than the one in which `getpid()` answers.
 */
export function linuxHost(fs: ProcFs, libc: Libc): Host {
  const world: World = { fs, libc };
  const living = livingTask(fs);
  const original = originalReader(world);
  const statx = block(STATX_SIZE);
  const fields = new Float64Array(STAT.env_end + 1);
  let clock: Clock | undefined;
  let census: Census | undefined;
  let listeners: ListenerScan | undefined;
  let boot: string | undefined;
  let users: UserCalls | undefined;
  let terminalPath: ReturnType<typeof terminalFinder> | undefined;
  let kill: ReturnType<typeof killer> | undefined;
  let watchExit: ReturnType<typeof exitWatcher> | undefined;

  function ownStat(field: number): number {
    if (fs.self < 0 || !readStat(fs.self)) {
      throw new SystemCallError("find this process in /proc", "open", ERRNO.ESRCH);
    }
    return fields[field]!;
  }

  function readStat(pid: number): boolean {
    const length = fs.read(pid, STAT_FILE);
    return length >= 0 && parseStat(fs.text, length, STAT.env_end, fields);
  }

  function threadId(): number {
    const length = libc.readlink(THREAD_SELF, fs.target, LINK_SIZE);
    const path = new TextDecoder().decode(fs.target.subarray(0, Math.max(length, 0)));
    const id = /^\d+\/task\/(\d+)$/.exec(path)?.[1];
    if (id !== undefined) return Number(id);
    throw new SystemCallError("tell the calling thread", "readlink", ERRNO.ESRCH);
  }

  /** The bytes of a file of a process, or a negated errno. */
  function bytesIn(pid: number, file: ProcFile): Uint8Array | number {
    let length = fs.readAll(pid, file);
    if (length === 0 && !isOfKernel(pid)) length = readStarted(() => fs.readAll(pid, file));
    return length < 0 ? length : fs.text.slice(0, length);
  }

  function isOfKernel(pid: number): boolean {
    return readStat(pid) && isKernelThread(fields);
  }

  /** Whether there is no environment, and it is not only that an exec has not put it in its place yet. */
  function hasNoEnvironment(task: number): boolean {
    if (!readStat(task)) return false;
    const start = fields[STAT.env_start]!;
    return isKernelThread(fields) || (start !== 0 && start === fields[STAT.env_end]);
  }

  /** The bytes of the environment, of which the kernel's own threads have none, or a negated errno. */
  function environmentOf(task: number): Uint8Array | number {
    const environment = bytesIn(task, ENVIRON_FILE);
    if (environment === -ERRNO.ESRCH && isOfKernel(task)) return new Uint8Array(0);
    const isEmpty = typeof environment !== "number" && environment.length === 0;
    return isEmpty && !hasNoEnvironment(task) ? -ERRNO.ESRCH : environment;
  }

  /** What the arguments of a process were, where the kernel lets us look at its stack. */
  function originalArguments(pid: number): OriginalArguments | undefined {
    return readStat(pid) ? original(pid, fields) : undefined;
  }

  function readBootId(): string {
    const fd = libc.open(fs.rootPath(BOOT_ID_FILE));
    const text = new Uint8Array(new ArrayBuffer(BOOT_ID_SIZE));
    const length = fd < 0 ? fd : libc.read(fd, text, BigInt(BOOT_ID_SIZE));
    if (fd >= 0) libc.close(fd);
    if (length < 0) throw new SystemCallError("tell the boot id", "open", -toDarwin(length));
    return new TextDecoder().decode(text.subarray(0, length)).trim();
  }

  return {
    pid: () => ownStat(STAT.pid),
    ppid: () => ownStat(STAT.ppid),
    pgrp: () => ownStat(STAT.pgrp),
    euid: () => libc.users().geteuid() >>> 0,
    ruid: () => libc.users().getuid() >>> 0,
    threadId: () => BigInt(threadId()),
    terminal(path) {
      const error = libc.statx(bytesOf(path), STATX_TYPE, statx.bytes);
      if (error < 0) return toDarwin(error);
      const { view } = statx;
      if ((view.getUint16(STX_MODE, true) & S_IFMT) !== S_IFCHR) return -ERRNO.ENOTTY;
      return encodeDevice(
        view.getUint32(STX_RDEV_MAJOR, true),
        view.getUint32(STX_RDEV_MINOR, true),
      );
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
    timebase: () => ({ numer: 1, denom: 1 }),
    arguments(pid) {
      // Once the first thread has ended, only the folder of another one has the memory.
      const task = living(pid);
      const line = task < 0 ? task : bytesIn(task, CMDLINE_FILE);
      if (typeof line === "number") throw unreadable(pid, line);
      const environment = environmentOf(task);
      if (typeof environment === "number" && !isRefusal(environment)) {
        throw unreadable(pid, environment);
      }
      const original = originalArguments(task);
      // Nothing is what is told of a thread that has just ended, and in the midst of exec().
      if (line.length === 0 && original?.count !== 0 && !isOfKernel(task)) {
        throw unreadable(pid, -ERRNO.ESRCH);
      }
      return {
        executablePath: undefined,
        ...argumentsIn(line, original),
        environment: typeof environment === "number" ? undefined : splitStrings(environment),
      };
    },
    details: (pid) => details(fs, clock ??= openClock(libc.more), pid),
    census: () => census ??= linuxCensus({ fs, libc }),
    listeners: () => listeners ??= linuxListeners(world),
    confinement: (pid) => confinement(world, pid),
    executable: executableFinder(world),
    terminalPath(device) {
      // Of a copied tree it is the number of another machine's terminal.
      return fs.mounted ? (terminalPath ??= terminalFinder(libc))(device) : undefined;
    },
    bootId: () => boot ??= readBootId(),
    userName(userId) {
      users ??= openUserCalls(libc.more);
      const name = users.name(userId);
      if (typeof name === "number") throw unknownUser(`the name of user ${userId}`, name);
      return name === null ? undefined : new TextDecoder().decode(name);
    },
    userId(name) {
      users ??= openUserCalls(libc.more);
      // C would look for what stands before the NUL.
      const id = name.includes("\0") ? null : users.id(bytesOf(name));
      if (id !== null && id < 0) throw unknownUser(`the user "${name}"`, id);
      return id ?? undefined;
    },
    kill: (pid, signal) => (kill ??= killer(world))(pid, signal),
    watchExit: (pid) => (watchExit ??= exitWatcher(world))(pid),
  };
}

function unknownUser(what: string, answer: number): SystemCallError {
  return new SystemCallError(`find ${what}`, "getpwuid_r", -toDarwin(answer));
}

/** Whether the kernel withholds something: `-EPERM`, `-EACCES`. */
function isRefusal(answer: number): boolean {
  return refused(answer) === -ERRNO.EPERM;
}

function unreadable(pid: number, answer: number): SystemCallError {
  return new SystemCallError(`read the arguments of process ${pid}`, "read", -answer);
}

/** A path as C takes it. */
function bytesOf(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
