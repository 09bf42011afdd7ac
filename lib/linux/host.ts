import type { Host } from "../host.ts";
import { ERRNO, SystemCallError } from "../kernel.ts";
import { block } from "../layout/block.ts";
import { encodeDevice } from "./answer/vnode.ts";
import { details } from "./details.ts";
import { toDarwin } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { type Clock, openClock } from "./libc_clock.ts";
import { type Memory, openMemory } from "./libc_memory.ts";
import { isTitle, type OriginalArguments, splitStrings } from "./parse/cmdline.ts";
import { parseStat, STAT } from "./parse/stat.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc_fs.ts";

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
const MEM_FILE = procFile("mem");
const THREAD_SELF = bytesOf("/proc/thread-self");
const LINK_SIZE = 4096n;
/** No stack starts below; the kernel gives 0 or 1 where it refuses to say. */
const PAGE = 4096;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

/**
 * What Linux says of itself.
 *
 * The ids of processes are read where all others are, so that they agree with them: `/proc` may be of
 * another process namespace than the one in which `getpid()` answers.
 */
export function linuxHost(fs: ProcFs, libc: Libc): Host {
  const statx = block(STATX_SIZE);
  const fields = new Float64Array(STAT.arg_end + 1);
  let clock: Clock | undefined;
  let memory: Memory | undefined;

  function ownStat(field: number): number {
    if (fs.self < 0 || !readStat(fs.self)) {
      throw new SystemCallError("find this process in /proc", "open", ERRNO.ESRCH);
    }
    return fields[field]!;
  }

  function readStat(pid: number): boolean {
    const length = fs.read(pid, STAT_FILE);
    return length >= 0 && parseStat(fs.text, length, STAT.arg_end, fields);
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
    const length = fs.readAll(pid, file);
    return length < 0 ? length : fs.text.slice(0, length);
  }

  /** What the arguments of a process were, where the kernel lets us look at its stack. */
  function originalArguments(pid: number): OriginalArguments | undefined {
    if (!readStat(pid) || fields[STAT.startstack]! <= PAGE) return undefined;
    memory ??= openMemory(libc.more);
    // The stack of a program starts with the count of its arguments, which nobody writes over.
    const count = memory.word(fs.path(pid, MEM_FILE), BigInt(fields[STAT.startstack]!));
    const size = fields[STAT.arg_end]! - fields[STAT.arg_start]!;
    return count === undefined ? undefined : { count, size };
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
      const line = bytesIn(pid, CMDLINE_FILE);
      const environment = bytesIn(pid, ENVIRON_FILE);
      if (typeof line === "number" || environment === -ERRNO.ESRCH) {
        const error = typeof line === "number" ? -line : ERRNO.ESRCH;
        throw new SystemCallError(`read the arguments of process ${pid}`, "read", error);
      }
      const strings = splitStrings(line);
      const title = isTitle(line, originalArguments(pid)) ? strings[0] : undefined;
      return {
        executablePath: undefined,
        arguments: title === undefined ? strings : [title],
        environment: typeof environment === "number" ? undefined : splitStrings(environment),
        title,
      };
    },
    details: (pid) => details(fs, clock ??= openClock(libc.more), pid),
  };
}

/** A path as C takes it. */
function bytesOf(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
