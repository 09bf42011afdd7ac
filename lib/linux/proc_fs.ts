import { ERRNO, SystemCallError } from "../kernel.ts";
import { block } from "../layout/block.ts";
import { toDarwin } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { parseNumericNames } from "./parse/dirents.ts";

/** A file of a process, as in `/proc/42/stat`: the bytes of `/stat` and a NUL. */
export type ProcFile = Uint8Array;

/** Names a file of a process. */
export function procFile(name: string): ProcFile {
  return new TextEncoder().encode(`/${name}\0`);
}

/**
 * A process file system, the only source of what Linux says about processes.
 *
 * Answers that can fail are negated Darwin error numbers; `-ESRCH` says that the process is gone.
 * The memory that answers are left in is used again by the next question.
 */
export interface ProcFs {
  /** What {@linkcode ProcFs.list} found. */
  readonly pids: Int32Array;
  /** What {@linkcode ProcFs.read} read. */
  readonly text: Uint8Array;
  /** Leaves the ids of all processes in `pids`, in ascending order; returns how many. */
  list(): number;
  /**
   * Leaves a file of a process in `text`, whole; returns how many bytes it has. The file must be one
   * record, as `stat` and `status` are: of a longer list one read gives only the first records.
   */
  read(pid: number, file: ProcFile): number;
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

/**
 * The process file system that is mounted at `root`.
 *
 * No descriptor is kept: a worker that ends would leak it, and it would save 3 % at the most.
 *
 * @throws {SystemCallError} No process file system is mounted there (`ENOTSUP`).
 */
export function procFs(libc: Libc, root = "/proc"): ProcFs {
  const rootPath = new TextEncoder().encode(`${root}\0`);
  const prefix = rootPath.length;
  const path = new Uint8Array(new ArrayBuffer(prefix + 64));
  path.set(rootPath);
  path[prefix - 1] = 0x2f;
  const entries = new Uint8Array(new ArrayBuffer(ENTRIES));
  const statx = block(STATX_SIZE);
  let pids = new Int32Array(1024);
  let text = new Uint8Array(new ArrayBuffer(8192));
  let textSize = BigInt(text.byteLength);

  const answer = block(STATFS_SIZE);
  if (
    libc.statfs(rootPath, answer.bytes) < 0 || answer.view.getUint32(0, true) !== PROC_SUPER_MAGIC
  ) {
    throw new SystemCallError(
      `ask for processes as no process file system is mounted at "${root}"`,
      "statfs",
      ERRNO.ENOTSUP,
    );
  }

  /** Writes `ROOT/PID` and what follows it into `path`. */
  function setPath(pid: number, rest: ProcFile): void {
    let digits = 1;
    for (let power = 10; pid >= power; power *= 10) digits++;
    let at = prefix + digits;
    path.set(rest, at);
    for (let value = pid; at > prefix; value = (value / 10) | 0) path[--at] = 48 + value % 10;
  }

  return {
    get pids() {
      return pids;
    },
    get text() {
      return text;
    },

    list() {
      const fd = libc.open(rootPath);
      if (fd < 0) return toDarwin(fd);
      let count = 0;
      for (;;) {
        const length = libc.getdents64(fd, entries, ENTRIES_SIZE);
        if (length <= 0) {
          libc.close(fd);
          return length < 0 ? toDarwin(length) : count;
        }
        if (count + length / SHORTEST_ENTRY > pids.length) {
          const more = new Int32Array(pids.length * 2 + ENTRIES / SHORTEST_ENTRY);
          more.set(pids);
          pids = more;
        }
        count = parseNumericNames(entries, length, pids, count);
      }
    },

    read(pid, file) {
      for (;;) {
        setPath(pid, file);
        const fd = libc.open(path);
        if (fd < 0) return gone(fd);
        const length = libc.read(fd, text, textSize);
        libc.close(fd);
        if (length < text.byteLength) return length < 0 ? gone(length) : length;
        // The kernel writes such a file at the moment it is read, so a longer one is read anew:
        // two pieces would be of two moments.
        text = new Uint8Array(new ArrayBuffer(text.byteLength * 4));
        textSize = BigInt(text.byteLength);
      }
    },

    owner(pid) {
      setPath(pid, END);
      const error = libc.statx(path, STATX_UID, statx.bytes);
      return error < 0 ? gone(error) : statx.view.getUint32(STX_UID, true);
    },

    estimate() {
      const error = libc.statx(rootPath, STATX_NLINK, statx.bytes);
      return error < 0 ? toDarwin(error) : statx.view.getUint32(STX_NLINK, true);
    },
  };
}

const END: ProcFile = new Uint8Array(1);

/** A process that ends while it is read shows as a missing file or folder. */
function gone(answer: number): number {
  return answer === -ERRNO.ENOENT ? -ERRNO.ESRCH : toDarwin(answer);
}
