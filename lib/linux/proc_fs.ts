import { ERRNO, SystemCallError } from "../kernel.ts";
import { type Block, block } from "../layout/block.ts";
import { toDarwin } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { parseNumericNames } from "./parse/dirents.ts";

/** A part of a path below the folder of a process, as in `/stat` of `/proc/42/stat`. */
export type ProcFile = Uint8Array;

/** Names a file or folder of a process. */
export function procFile(name: string): ProcFile {
  return new TextEncoder().encode(`/${name}`);
}

/**
 * A process file system, the only source of what Linux says about processes.
 *
 * A file is named by the process, the file or folder, and for what lies in a folder by a number and
 * the file below it: `read(42, TASK, 43, STAT)` reads `/proc/42/task/43/stat`.
 *
 * Answers that can fail are negated Darwin error numbers: `-ESRCH` says that the process is gone, or
 * that what is asked for is, and `-EPERM` or `-EACCES` that the kernel refuses it. The memory that
 * answers are left in is used again by the next question.
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
  /** Whether its process ids are those of this process's own system calls. */
  readonly local: boolean;
  /** Leaves the ids of all processes in `pids`, in ascending order; returns how many. */
  list(): number;
  /** Leaves the numbers in a folder of a process, `fd` or `task`, in `pids`; returns how many. */
  entries(pid: number, folder: ProcFile): number;
  /**
   * Leaves a file of a process in `text`, whole; returns how many bytes it has. The file must be one
   * record, as `stat` and `status` are: of a longer list one read gives only the first records.
   */
  read(pid: number, file: ProcFile, item?: number, rest?: ProcFile): number;
  /** Leaves a file of any number of records in `text`, whole; returns how many bytes it has. */
  readAll(pid: number, file: ProcFile, item?: number, rest?: ProcFile): number;
  /** Leaves what a link points to in `target`; returns how many bytes it has. */
  link(pid: number, file: ProcFile, item?: number, rest?: ProcFile): number;
  /** Fills `statx` with the `STATX_*` fields of `mask`, following links; returns 0. */
  stat(mask: number, pid: number, file: ProcFile, item?: number, rest?: ProcFile): number;
  /** The effective user id of a process. */
  owner(pid: number): number;
  /** At least how many processes there are, for much less than it takes to list them. */
  estimate(): number;
}

const ENTRIES = 65536;
const ENTRIES_SIZE = BigInt(ENTRIES);
/** No entry of `getdents64()` is shorter. */
const SHORTEST_ENTRY = 24;

// struct statx.
const STATX_SIZE = 256;
const STATX_NLINK = 4;
const STATX_UID = 8;
const STX_NLINK = 16;
const STX_UID = 20;

const PROC_SUPER_MAGIC = 0x9fa0;
const STATFS_SIZE = 120;

const LINK_SIZE = 8192;
const SLASH = 0x2f;
const DIGIT_0 = 0x30;

const NOTHING: ProcFile = new Uint8Array(0);
const SELF = new TextEncoder().encode("self\0");

/**
 * The process file system that is mounted at `root`.
 *
 * No descriptor is kept: a worker that ends would leak it, and it would save 3 % at the most.
 *
 * @throws {SystemCallError} There is none (`ENOTSUP`).
 */
export function procFs(libc: Libc, root = "/proc"): ProcFs {
  const rootPath = new TextEncoder().encode(`${root}\0`);
  const prefix = rootPath.length;
  const path = new Uint8Array(new ArrayBuffer(prefix + 128));
  path.set(rootPath);
  path[prefix - 1] = SLASH;
  const entries = new Uint8Array(new ArrayBuffer(ENTRIES));
  const target = new Uint8Array(new ArrayBuffer(LINK_SIZE));
  const targetSize = BigInt(LINK_SIZE);
  const statx = block(STATX_SIZE);
  let pids = new Int32Array(1024);
  let text = new Uint8Array(new ArrayBuffer(8192));
  let textSize = BigInt(text.byteLength);

  const mounted = isProc(libc, rootPath);
  const local = mounted && isLocal();
  // A tree that was copied from a process file system is one too, if it has any process in it.
  if (!mounted && numbersIn(rootPath) <= 0) {
    throw new SystemCallError(
      `ask for processes as no process file system is mounted at "${root}"`,
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

  /** Whether `/proc` and this process's own system calls mean the same process by an id. */
  function isLocal(): boolean {
    path.set(SELF, prefix);
    const length = libc.readlink(path, target, targetSize);
    const self = new TextDecoder().decode(target.subarray(0, Math.max(length, 0)));
    return self === String(libc.users().getpid());
  }

  function grow(): void {
    const more = new Uint8Array(new ArrayBuffer(text.byteLength * 4));
    more.set(text);
    text = more;
    textSize = BigInt(text.byteLength);
  }

  /** Leaves the numbers in the folder of `path` in `pids`. */
  function numbersIn(folder: Uint8Array): number {
    const fd = libc.open(folder);
    if (fd < 0) return gone(fd);
    let count = 0;
    for (;;) {
      const length = libc.getdents64(fd, entries, ENTRIES_SIZE);
      if (length <= 0) {
        libc.close(fd);
        return length < 0 ? gone(length) : count;
      }
      if (count + length / SHORTEST_ENTRY > pids.length) {
        const more = new Int32Array(pids.length * 2 + ENTRIES / SHORTEST_ENTRY);
        more.set(pids);
        pids = more;
      }
      count = parseNumericNames(entries, length, pids, count);
    }
  }

  return {
    target,
    statx,
    local,
    get pids() {
      return pids;
    },
    get text() {
      return text;
    },

    list: () => numbersIn(rootPath),

    entries(pid, folder) {
      setPath(pid, folder, -1, NOTHING);
      return numbersIn(path);
    },

    read(pid, file, item = -1, rest = NOTHING) {
      for (;;) {
        setPath(pid, file, item, rest);
        const fd = libc.open(path);
        if (fd < 0) return gone(fd);
        const length = libc.read(fd, text, textSize);
        libc.close(fd);
        if (length < text.byteLength) return length < 0 ? gone(length) : length;
        // The kernel writes such a file at the moment it is read, so a longer one is read anew:
        // two pieces would be of two moments.
        grow();
      }
    },

    readAll(pid, file, item = -1, rest = NOTHING) {
      setPath(pid, file, item, rest);
      const fd = libc.open(path);
      if (fd < 0) return gone(fd);
      let length = 0;
      for (;;) {
        if (length === text.byteLength) grow();
        const room = length === 0 ? textSize : BigInt(text.byteLength - length);
        const more = libc.read(fd, length === 0 ? text : text.subarray(length), room);
        if (more > 0) {
          length += more;
          continue;
        }
        libc.close(fd);
        return more < 0 ? gone(more) : length;
      }
    },

    link(pid, file, item = -1, rest = NOTHING) {
      setPath(pid, file, item, rest);
      const length = libc.readlink(path, target, targetSize);
      return length < 0 ? gone(length) : length;
    },

    stat(mask, pid, file, item = -1, rest = NOTHING) {
      setPath(pid, file, item, rest);
      const error = libc.statx(path, mask, statx.bytes);
      return error < 0 ? gone(error) : 0;
    },

    owner(pid) {
      setPath(pid, NOTHING, -1, NOTHING);
      const error = libc.statx(path, STATX_UID, statx.bytes);
      return error < 0 ? gone(error) : statx.view.getUint32(STX_UID, true);
    },

    estimate() {
      const error = libc.statx(rootPath, STATX_NLINK, statx.bytes);
      return error < 0 ? toDarwin(error) : statx.view.getUint32(STX_NLINK, true);
    },
  };
}

function isProc(libc: Libc, path: Uint8Array): boolean {
  const answer = block(STATFS_SIZE);
  const error = libc.statfs(path, answer.bytes);
  return error === 0 && answer.view.getUint32(0, true) === PROC_SUPER_MAGIC;
}

/** A process that ends while it is read shows as a missing file or folder. */
function gone(answer: number): number {
  return answer === -ERRNO.ENOENT ? -ERRNO.ESRCH : toDarwin(answer);
}
