import { ERRNO, SystemCallError } from "../../system/errors.ts";
import type { Block } from "../../layout/block.ts";
import { bytesOf, DIGIT_0, SLASH } from "../parse/bytes.ts";
import { parseStatusNumber, statusKey } from "../parse/status.ts";
import { numbersIn, SHORTEST_ENTRY } from "../sys/dirents.ts";
import { type DarwinAnswer, type LinuxAnswer, toDarwin } from "../sys/errno.ts";
import { AT_SYMLINK_NOFOLLOW, type Libc } from "../sys/libc.ts";
import { openProcessCalls, type ProcessCalls } from "../sys/process.ts";
import { fileSystemOf, PROC_SUPER_MAGIC } from "../sys/statfs.ts";
import { isFolder, isRegular, linksOf, MASK, sizeOf, statxBlock, userOf } from "../sys/statx.ts";

/** A part of a path below the folder of a process, as in `/stat` of `/proc/42/stat`. */
export type ProcFile = Uint8Array;

/** Names a file or folder of a process. */
export function procFile(name: string): ProcFile {
  return bytesOf(`/${name}`);
}

/**
 * A process file system, the only source of facts about processes on Linux.
 *
 * A file is named by the process, the file or folder, and for what lies in a folder by a number and
 * the file below it: `read(42, TASK, 43, STAT)` reads `/proc/42/task/43/stat`.
 *
 * Answers that can fail are negated Darwin error numbers: `-ESRCH` means that the process or the
 * requested part of it is gone, and `-EPERM` or `-EACCES` that the kernel refuses it. A process that the
 * mount hides (`hidepid=`) is `-EPERM`, not `-ESRCH`, where the tree is local. The memory that answers
 * are left in is used again by the next question.
 *
 * In a copied tree anything can be in the place of a file. `-EFTYPE` means that it is not a regular
 * file: it is not opened. `-ENOTDIR` means the same for a folder. `-EFBIG` means for any tree that a file is
 * larger than what is read of it. Nothing that is opened is waited for.
 */
export interface ProcFs {
  /** What {@linkcode ProcFs.list} and {@linkcode ProcFs.entries} found. */
  readonly pids: Int32Array;
  /** What {@linkcode ProcFs.read} and {@linkcode ProcFs.readAll} read. */
  readonly text: Uint8Array;
  /** What {@linkcode ProcFs.link} read. */
  readonly target: Uint8Array;
  /** The `struct statx` that {@linkcode ProcFs.stat} filled. */
  readonly statx: Block;
  /** True if its process ids are those of this process's own system calls. */
  readonly local: boolean;
  /** True if the kernel makes it. Otherwise it is a copied tree of files. */
  readonly mounted: boolean;
  /** The id that this process has in it; below 0 in a tree that does not have it, as a copied one. */
  readonly self: number;
  /** Leaves the ids of all processes in `pids`, in ascending order; returns how many. */
  list(): DarwinAnswer;
  /** Leaves the numbers in a folder of a process, `fd` or `task`, in `pids`; returns how many. */
  entries(pid: number, folder: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /**
   * Leaves a file of a process in `text`, whole; returns how many bytes it has. The file must be one
   * record below {@linkcode RECORD_SIZE}, as `stat` and `status` are: of a longer list one read gives
   * only the first records.
   */
  read(pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /**
   * Leaves a file of any number of records in `text`, whole; returns how many bytes it has, which is
   * below `most`. Default: {@linkcode LIST_SIZE}.
   */
  readAll(
    pid: number,
    file: ProcFile,
    item?: number,
    rest?: ProcFile,
    most?: number,
  ): DarwinAnswer;
  /** Leaves a file beside those of the processes in `text`, likewise of one record. */
  readRoot(file: ProcFile): DarwinAnswer;
  /** The path of such a file, for the calls of libc that take one. */
  rootPath(file: ProcFile): Uint8Array;
  /** Leaves what a link points to in `target`; returns how many bytes it has. */
  link(pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /**
   * Fills `statx` with the `STATX_*` fields of `mask`, following links; returns 0. `-ENOTSUP` in a
   * copied tree, whose links lead to files of another machine.
   */
  stat(mask: number, pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /** The effective user id of a process. */
  owner(pid: number): DarwinAnswer;
  /** At least how many processes there are, for much less than it takes to list them. */
  estimate(): DarwinAnswer;
  /**
   * Opens the folder of a process, or one in it, which the caller closes. The descriptor
   * refers to this process, even if another gets the id later.
   */
  open(pid: number, folder?: ProcFile): DarwinAnswer;
  /** The path of a file or folder of a process, for the calls of libc that take one. */
  path(pid: number, file: ProcFile, item?: number, rest?: ProcFile): Uint8Array;
}

/**
 * What one record stays below. The longest are the arguments and the environment, 6 MiB together for the
 * kernel's exec; a process that moves the bounds of its arguments later can make them seem endless.
 */
export const RECORD_SIZE = 8 << 20;
/**
 * What a list stays below: `smaps` of a process takes some 60 MiB with as many regions as the kernel
 * permits by default.
 */
export const LIST_SIZE = 512 << 20;

const ENTRIES = 65536;
const ENTRIES_SIZE = BigInt(ENTRIES);
/**
 * What the target of a link stays below. Kernels with pages of 4 KiB have no longer ones; older ones with
 * larger pages have, where these are `ENAMETOOLONG`.
 */
export const LINK_SIZE = 8192;

const NOTHING: ProcFile = new Uint8Array(0);
const SELF = bytesOf("self\0");
const STATUS_FILE = procFile("status");
const UID = statusKey("Uid");
/** The column of `Uid:` that is the effective user's. */
const EFFECTIVE = 1;
/** A signal that is not sent; the answer is if it could be. */
const NO_SIGNAL = 0;

/**
 * The process file system that is mounted at `root`.
 *
 * It keeps no descriptor open; `KeptFs` does, for those who read the same processes again and again.
 *
 * @throws {SystemCallError} There is none (`ENOTSUP`).
 */
export function procFs(libc: Libc, root = "/proc"): ProcFs {
  const rootPath = bytesOf(`${root}\0`);
  const prefix = rootPath.length;
  const path = new Uint8Array(new ArrayBuffer(prefix + 128));
  path.set(rootPath);
  path[prefix - 1] = SLASH;
  const entries = new Uint8Array(new ArrayBuffer(ENTRIES));
  const target = new Uint8Array(new ArrayBuffer(LINK_SIZE));
  const targetSize = BigInt(LINK_SIZE);
  const recordSize = BigInt(RECORD_SIZE);
  const statx = statxBlock();
  let pids = new Int32Array(1024);
  let text = new Uint8Array(new ArrayBuffer(8192));
  let textSize = BigInt(text.byteLength);

  let calls: ProcessCalls | undefined;

  const mounted = fileSystemOf(libc, rootPath) === PROC_SUPER_MAGIC;
  const self = mounted ? selfId() : -ERRNO.ESRCH;
  // `/proc` may be of another process namespace.
  const local = mounted && self === libc.users().getpid();
  // A tree that was copied from a process file system is one too, if it has any process in it.
  if (!mounted && listAll() <= 0) {
    throw new SystemCallError(
      `query processes as no process file system is mounted at "${root}"`,
      "statfs",
      ERRNO.ENOTSUP,
    );
  }

  /** Writes a number in digits at `at` of the path; returns where it ends. */
  function setNumber(at: number, number: number): number {
    let end = at + 1;
    for (let power = 10; number >= power; power *= 10) end++;
    for (let i = end, value = number; i > at; value = (value / 10) | 0) {
      path[--i] = DIGIT_0 + value % 10;
    }
    return end;
  }

  function setPart(at: number, part: ProcFile): number {
    for (let i = 0; i < part.length; i++) path[at++] = part[i]!;
    return at;
  }

  function setPath(pid: number, file: ProcFile, item: number, rest: ProcFile): void {
    let at = setPart(setNumber(prefix, pid), file);
    if (item >= 0) {
      path[at++] = SLASH;
      at = setPart(setNumber(at, item), rest);
    }
    path[at] = 0;
  }

  function setRootPath(file: ProcFile): void {
    path[setPart(prefix - 1, file)] = 0;
  }

  /** The content of the link `self` of a mounted tree. */
  function selfId(): number {
    path.set(SELF, prefix);
    const length = libc.readlink(path, target, targetSize);
    if (length <= 0) return -ERRNO.ESRCH;
    return Number(new TextDecoder().decode(target.subarray(0, length)));
  }

  /** Opens the file of a process at `path`, which is below `most` bytes. */
  function openFile(pid: number, most: number): DarwinAnswer {
    if (!mounted) {
      const error = libc.statx(path, MASK.TYPE | MASK.SIZE, statx.bytes, AT_SYMLINK_NOFOLLOW);
      if (error < 0) return gone(error, pid);
      if (!isRegular(statx.view)) return -ERRNO.EFTYPE;
      if (sizeOf(statx.view) >= most) return -ERRNO.EFBIG;
    }
    const fd = libc.open(path);
    return fd < 0 ? gone(fd, pid) : fd as number;
  }

  /** Opens the folder of a process at `path`. */
  function openFolder(pid: number): DarwinAnswer {
    if (!mounted) {
      const error = libc.statx(path, MASK.TYPE, statx.bytes, AT_SYMLINK_NOFOLLOW);
      if (error < 0) return gone(error, pid);
      if (!isFolder(statx.view)) return -ERRNO.ENOTDIR;
    }
    const fd = libc.open(path);
    return fd < 0 ? gone(fd, pid) : fd as number;
  }

  /** What an error is about a process: one that ends while it is read shows as a missing file. */
  function gone(answer: LinuxAnswer, pid: number): DarwinAnswer {
    const error = toDarwin(answer);
    if (error !== -ERRNO.ENOENT || pid < 0) return error;
    return local && isHidden(pid) ? -ERRNO.EPERM : -ERRNO.ESRCH;
  }

  /** True if there is a process, and the tree does not show it. */
  function isHidden(pid: number): boolean {
    if (!exists(pid)) return false;
    setPath(pid, NOTHING, -1, NOTHING);
    const error = libc.statx(path, MASK.NONE, statx.bytes);
    if (error === 0 || toDarwin(error) !== -ERRNO.ENOENT) return false;
    // It may have been born after the first look and have died before the second.
    return exists(pid);
  }

  function exists(pid: number): boolean {
    calls ??= openProcessCalls(libc.more);
    if (pid <= 0) return false;
    const error = calls.kill(pid, NO_SIGNAL);
    return error === 0 || toDarwin(error) !== -ERRNO.ESRCH;
  }

  function grow(): void {
    const more = new Uint8Array(new ArrayBuffer(text.byteLength * 4));
    more.set(text);
    text = more;
    textSize = BigInt(text.byteLength);
  }

  /** Leaves the ids of all processes in `pids`. */
  function listAll(): DarwinAnswer {
    const fd = libc.open(rootPath);
    return fd < 0 ? gone(fd, -1) : list(fd as number, 1, -1);
  }

  /** Leaves the numbers from `least` on in an open folder in `pids`, and closes it. */
  function list(fd: number, least: number, pid: number): DarwinAnswer {
    let count = 0;
    for (;;) {
      const length = libc.getdents64(fd, entries, ENTRIES_SIZE);
      if (length <= 0) {
        libc.close(fd);
        if (length < 0) return gone(length, pid);
        // Other file systems list in an order of their own.
        if (!mounted) pids.subarray(0, count).sort();
        return count;
      }
      if (count + length / SHORTEST_ENTRY > pids.length) {
        const more = new Int32Array(pids.length * 2 + ENTRIES / SHORTEST_ENTRY);
        more.set(pids);
        pids = more;
      }
      count = numbersIn(entries, length, pids, count, least);
    }
  }

  function read(pid: number, file: ProcFile, item = -1, rest = NOTHING): DarwinAnswer {
    for (;;) {
      setPath(pid, file, item, rest);
      const length = readRecord(pid);
      if (length < text.byteLength) return length;
      if (length >= RECORD_SIZE) return -ERRNO.EFBIG;
      // The kernel writes such a file at the moment it is read, so a longer one is read again:
      // two pieces would be of two moments.
      grow();
    }
  }

  /** Reads what fits of the file of a process at `path`. */
  function readRecord(pid: number): DarwinAnswer {
    const fd = openFile(pid, RECORD_SIZE);
    if (fd < 0) return fd;
    const length = libc.read(fd, text, textSize < recordSize ? textSize : recordSize);
    libc.close(fd);
    return length < 0 ? gone(length, pid) : length as number;
  }

  function copiedOwner(pid: number): DarwinAnswer {
    const length = read(pid, STATUS_FILE);
    if (length < 0) return length;
    const user = parseStatusNumber(text, length, UID, EFFECTIVE);
    return user < 0 ? -ERRNO.ESRCH : user;
  }

  return {
    target,
    statx,
    local,
    mounted,
    self,
    get pids() {
      return pids;
    },
    get text() {
      return text;
    },

    list: listAll,

    entries(pid, folder, item = -1, rest = NOTHING) {
      setPath(pid, folder, item, rest);
      const fd = openFolder(pid);
      return fd < 0 ? fd : list(fd, 0, pid);
    },

    read,

    readAll(pid, file, item = -1, rest = NOTHING, most = LIST_SIZE) {
      setPath(pid, file, item, rest);
      const fd = openFile(pid, most);
      if (fd < 0) return fd;
      let length = 0;
      for (;;) {
        if (length >= most) {
          libc.close(fd);
          return -ERRNO.EFBIG;
        }
        if (length === text.byteLength) grow();
        const room = length === 0 ? textSize : BigInt(text.byteLength - length);
        const more = libc.read(fd, length === 0 ? text : text.subarray(length), room);
        if (more > 0) {
          length += more;
          continue;
        }
        libc.close(fd);
        return more < 0 ? gone(more, pid) : length;
      }
    },

    link(pid, file, item = -1, rest = NOTHING) {
      setPath(pid, file, item, rest);
      const length = libc.readlink(path, target, targetSize);
      // That is how Linux 5.10 refuses what later ones refuse with this error.
      if (length === 0) return -ERRNO.EACCES;
      if (length < 0) return gone(length, pid);
      return length < LINK_SIZE ? length as number : -ERRNO.ENAMETOOLONG;
    },

    stat(mask, pid, file, item = -1, rest = NOTHING) {
      if (!mounted) return -ERRNO.ENOTSUP;
      setPath(pid, file, item, rest);
      const error = libc.statx(path, mask, statx.bytes);
      return error < 0 ? gone(error, pid) : 0;
    },

    owner(pid) {
      // The files of a copy belong to the user who copied them.
      if (!mounted) return copiedOwner(pid);
      setPath(pid, NOTHING, -1, NOTHING);
      const error = libc.statx(path, MASK.UID, statx.bytes);
      return error < 0 ? gone(error, pid) : userOf(statx.view);
    },

    open(pid, folder = NOTHING) {
      setPath(pid, folder, -1, NOTHING);
      return openFolder(pid);
    },

    path(pid, file, item = -1, rest = NOTHING) {
      setPath(pid, file, item, rest);
      return path;
    },

    readRoot(file) {
      setRootPath(file);
      return readRecord(-1);
    },

    rootPath(file) {
      setRootPath(file);
      return path;
    },

    estimate() {
      if (!mounted) return listAll();
      const error = libc.statx(rootPath, MASK.NLINK, statx.bytes);
      return error < 0 ? toDarwin(error) : linksOf(statx.view);
    },
  };
}
