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

/** A part of a path below the directory of a process, such as `/stat` in `/proc/42/stat`. */
export type ProcFile = Uint8Array;

/** Returns the part of the path for a file or directory of a process. */
export function procFile(name: string): ProcFile {
  return bytesOf(`/${name}`);
}

/**
 * A process file system, the only source of facts about processes on Linux.
 *
 * A file is named by the pid and the file or directory. A file within a directory also has a number
 * and the part below it: `read(42, TASK, 43, STAT)` reads `/proc/42/task/43/stat`.
 *
 * Functions that can fail return negated Darwin errnos. `-ESRCH` means that the process or the
 * requested part of it no longer exists. `-EPERM` and `-EACCES` mean that the kernel denies access.
 * A process that the mount hides (`hidepid=`) is `-EPERM`, not `-ESRCH`, if the tree is local. The
 * next query overwrites the buffers with the results.
 *
 * In a copied tree anything can be in place of a file. `-EFTYPE` means that it is not a regular
 * file, and it is not opened. `-ENOTDIR` means the same for a directory. In any tree, `-EFBIG`
 * means that a file is larger than the limit for reads. Opening a file never blocks.
 */
export interface ProcFs {
  /** The results of {@linkcode ProcFs.list} and {@linkcode ProcFs.entries}. */
  readonly pids: Int32Array;
  /** The text that {@linkcode ProcFs.read} and {@linkcode ProcFs.readAll} have read. */
  readonly text: Uint8Array;
  /** The target that {@linkcode ProcFs.link} has read. */
  readonly target: Uint8Array;
  /** The `struct statx` that {@linkcode ProcFs.stat} has filled. */
  readonly statx: Block;
  /** True if its pids are those that this process's own system calls use. */
  readonly local: boolean;
  /** True if the kernel provides it; false for a copied tree of files. */
  readonly mounted: boolean;
  /**
   * The pid of this process in it; negative in a tree without this process, such as a copied one.
   */
  readonly self: number;
  /** Stores the pids of all processes in `pids`, in ascending order. Returns their number. */
  list(): DarwinAnswer;
  /**
   * Stores the numeric names in a directory of a process, `fd` or `task`, in `pids`. Returns their
   * number.
   */
  entries(pid: number, folder: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /**
   * Reads a whole file of a process into `text`. Returns its length, in bytes. The file must be one
   * record below {@linkcode RECORD_SIZE}, such as `stat` and `status`: one read of a longer list
   * returns only the first records.
   */
  read(pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /**
   * Reads a whole file with any number of records into `text`. Returns its length, in bytes, which
   * is below `most`. Default: {@linkcode LIST_SIZE}.
   */
  readAll(
    pid: number,
    file: ProcFile,
    item?: number,
    rest?: ProcFile,
    most?: number,
  ): DarwinAnswer;
  /** Reads a file that does not belong to a process into `text`. It must be one record too. */
  readRoot(file: ProcFile): DarwinAnswer;
  /** Returns the path of such a file, for functions of libc that take a path. */
  rootPath(file: ProcFile): Uint8Array;
  /** Reads the target of a link into `target`. Returns its length, in bytes. */
  link(pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /**
   * Fills `statx` with the `STATX_*` fields of `mask`, following links. Returns 0 or a negated
   * Darwin errno: `-ENOTSUP` in a copied tree, whose links lead to files of another machine.
   */
  stat(mask: number, pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer;
  /** Returns the effective user id of a process. */
  owner(pid: number): DarwinAnswer;
  /**
   * Returns a number that is not below the number of processes, in much less time than listing them
   * takes.
   */
  estimate(): DarwinAnswer;
  /**
   * Opens the directory of a process, or one within it. The caller closes the descriptor. It refers
   * to this process even if the pid is reused later.
   */
  open(pid: number, folder?: ProcFile): DarwinAnswer;
  /**
   * Returns the path of a file or directory of a process, for functions of libc that take a path.
   */
  path(pid: number, file: ProcFile, item?: number, rest?: ProcFile): Uint8Array;
}

/**
 * The exclusive upper limit for the size of a record, in bytes. The longest records are the
 * arguments and the environment, which `execve()` limits to 6 MiB together. A process that later
 * moves the bounds of its arguments can make them seem endless.
 */
export const RECORD_SIZE = 8 << 20;
/**
 * The exclusive upper limit for the size of a list, in bytes. The `smaps` of a process with as many
 * regions as the kernel permits by default takes about 60 MiB.
 */
export const LIST_SIZE = 512 << 20;

const ENTRIES = 65536;
const ENTRIES_SIZE = BigInt(ENTRIES);
/**
 * The exclusive upper limit for the target of a link, in bytes. Kernels with pages of 4 KiB never
 * return longer ones. Older kernels with larger pages do; such a target is `ENAMETOOLONG`.
 */
export const LINK_SIZE = 8192;

const NOTHING: ProcFile = new Uint8Array(0);
const SELF = bytesOf("self\0");
const STATUS_FILE = procFile("status");
const UID = statusKey("Uid");
/** The column of the effective user in the line `Uid:`. */
const EFFECTIVE = 1;
/** The signal number that sends nothing: the call only checks whether a signal could be sent. */
const NO_SIGNAL = 0;

/**
 * Opens the process file system that is mounted at `root`.
 *
 * It keeps no descriptors open. `KeptFs` does, for callers that read the same processes repeatedly.
 *
 * @throws {SystemCallError} No process file system is mounted there (`ENOTSUP`).
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
  // `/proc` may belong to another pid namespace.
  const local = mounted && self === libc.users().getpid();
  // A copy of a process file system is accepted too, if it has any process.
  if (!mounted && listAll() <= 0) {
    throw new SystemCallError(
      `query processes as no process file system is mounted at "${root}"`,
      "statfs",
      ERRNO.ENOTSUP,
    );
  }

  /** Writes the digits of a number at offset `at` of the path. Returns the offset of their end. */
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

  /** Returns the target of the link `self` in a mounted tree. */
  function selfId(): number {
    path.set(SELF, prefix);
    const length = libc.readlink(path, target, targetSize);
    if (length <= 0) return -ERRNO.ESRCH;
    return Number(new TextDecoder().decode(target.subarray(0, length)));
  }

  /**
   * Opens the file of a process at `path`. In a copied tree, its size must be below `most` bytes.
   */
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

  /** Opens the directory of a process at `path`. */
  function openFolder(pid: number): DarwinAnswer {
    if (!mounted) {
      const error = libc.statx(path, MASK.TYPE, statx.bytes, AT_SYMLINK_NOFOLLOW);
      if (error < 0) return gone(error, pid);
      if (!isFolder(statx.view)) return -ERRNO.ENOTDIR;
    }
    const fd = libc.open(path);
    return fd < 0 ? gone(fd, pid) : fd as number;
  }

  /**
   * Converts an error about a process. If a process ends while it is read, its files are missing.
   */
  function gone(answer: LinuxAnswer, pid: number): DarwinAnswer {
    const error = toDarwin(answer);
    if (error !== -ERRNO.ENOENT || pid < 0) return error;
    return local && isHidden(pid) ? -ERRNO.EPERM : -ERRNO.ESRCH;
  }

  /** True if a process exists that the tree does not show. */
  function isHidden(pid: number): boolean {
    if (!exists(pid)) return false;
    setPath(pid, NOTHING, -1, NOTHING);
    const error = libc.statx(path, MASK.NONE, statx.bytes);
    if (error === 0 || toDarwin(error) !== -ERRNO.ENOENT) return false;
    // A process may have started with this pid after the failed read, and ended before `statx()`.
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

  /** Stores the pids of all processes in `pids` and returns their number. */
  function listAll(): DarwinAnswer {
    const fd = libc.open(rootPath);
    return fd < 0 ? gone(fd, -1) : list(fd as number, 1, -1);
  }

  /**
   * Stores the numeric names from `least` on in an open directory in `pids`, and closes the
   * directory. Returns their number.
   */
  function list(fd: number, least: number, pid: number): DarwinAnswer {
    let count = 0;
    for (;;) {
      const length = libc.getdents64(fd, entries, ENTRIES_SIZE);
      if (length <= 0) {
        libc.close(fd);
        if (length < 0) return gone(length, pid);
        // Other file systems list entries in an order of their own.
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
      // The kernel generates such a file when it is read, so a longer one is read again: two parts
      // would be from different moments.
      grow();
    }
  }

  /** Reads as much of the file of a process at `path` as fits. */
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
      // Linux 5.10 denies access in this way, where later versions return this error.
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
