import { ERRNO } from "../../system/errors.ts";
import { DIGIT_0 } from "../parse/bytes.ts";
import { numbersIn, SHORTEST_ENTRY } from "../sys/dirents.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import type { SocketCalls } from "../sys/socket.ts";
import { LINK_SIZE, procFile } from "./proc_fs.ts";
import type { World } from "./world.ts";
import { type Descriptors, FD } from "./descriptor.ts";
import { refused } from "./process.ts";

const ENTRIES = 65536;
const ENTRIES_SIZE = BigInt(ENTRIES);
const CWD = procFile("cwd");

const TARGET_SIZE = BigInt(LINK_SIZE);

/** In place of a number of links: no link is read. */
const NO_LINKS = -1;

/** Receives the links of a process's descriptors. */
export interface FdVisitor {
  /**
   * Begins a walk of at most `count` descriptors. It invalidates the links of that process that
   * were received before.
   */
  begin(count: number): void;
  /** Receives the link of a descriptor: `length` bytes, or 0 if it is too long to be read. */
  take(fd: number, link: Uint8Array, length: number, task: number): void;
}

/**
 * Walks the descriptors of processes, in ascending order.
 *
 * Walks return the number of descriptors received, or a negated Darwin errno. An error invalidates
 * all links that were received.
 */
export interface FdWalker {
  /** The descriptors that {@linkcode FdWalker.list} found, followed by unrelated numbers. */
  readonly fds: Int32Array;
  /** The id under which `/proc` shows the descriptors of the last walk or list. */
  readonly task: number;
  /** Stores the descriptors of a process in `fds` and returns their number. */
  list(pid: number): DarwinAnswer;
  /** Walks the first `room` descriptors of a process. */
  walk(pid: number, room: number): DarwinAnswer;
  /**
   * Walks the same descriptors at lower cost. `pid` must not be the id of a thread other than the
   * leader, for which `walk` returns `-ESRCH`.
   */
  walkProcess(pid: number, room: number): DarwinAnswer;
}

/** Creates a {@linkcode FdWalker} with its own buffers. */
export function fdWalker(
  { fs, libc }: World,
  calls: SocketCalls,
  descriptors: Descriptors,
  visitor: FdVisitor,
): FdWalker {
  const entries = new Uint8Array(new ArrayBuffer(ENTRIES));
  const link = new Uint8Array(new ArrayBuffer(LINK_SIZE));
  const name = new Uint8Array(new ArrayBuffer(16));
  let fds = new Int32Array(1024);
  let shown = 0;

  /** Stores the descriptors in an open directory in `fds` and returns their number. */
  function descriptorsIn(folder: number): DarwinAnswer {
    let count = 0;
    for (;;) {
      const length = libc.getdents64(folder, entries, ENTRIES_SIZE);
      if (length < 0) return toDarwin(length);
      if (length === 0) return count;
      if (count + length / SHORTEST_ENTRY > fds.length) {
        const more = new Int32Array(fds.length * 2 + ENTRIES / SHORTEST_ENTRY);
        more.set(fds);
        fds = more;
      }
      count = numbersIn(entries, length, fds, count, 0);
    }
  }

  function setName(fd: number): void {
    let end = 1;
    for (let power = 10; fd >= power; power *= 10) end++;
    name[end] = 0;
    for (let value = fd; end > 0; value = (value / 10) | 0) name[--end] = DIGIT_0 + value % 10;
  }

  /**
   * Removes the descriptor of the open directory from this process's own list. Returns the number
   * of descriptors that remain.
   */
  function withoutFolder(count: number, folder: number): number {
    const at = fds.subarray(0, count).indexOf(folder);
    if (at < 0) return count;
    fds.copyWithin(at, at + 1, count);
    return count - 1;
  }

  /** Walks up to `room` descriptors in an open directory. */
  function walkFolder(task: number, folder: number, room: number): DarwinAnswer {
    let count = descriptorsIn(folder);
    if (count < 0) return count;
    if (task === fs.self) count = withoutFolder(count, folder);
    if (room === NO_LINKS) return count;
    visitor.begin(Math.min(count, room));
    let taken = 0;
    for (let i = 0; i < count && taken < room; i++) {
      const fd = fds[i]!;
      setName(fd);
      const length = calls.readlinkat(folder, name, link, TARGET_SIZE);
      if (length < 0) {
        const error = toDarwin(length);
        if (error === -ERRNO.ENOENT) continue; // closed meanwhile
        if (error !== -ERRNO.ENAMETOOLONG) return error;
      }
      visitor.take(fd, link, length < 0 || length >= LINK_SIZE ? 0 : length, task);
      taken++;
    }
    return taken;
  }

  /** Walks the descriptors of a process, by the pid or the id of a living thread. */
  function walkTask(task: number, room: number): DarwinAnswer {
    shown = task;
    const folder = fs.open(task, FD);
    if (folder < 0) return folder;
    const count = walkFolder(task, folder, room);
    libc.close(folder);
    return count === -ERRNO.ENOENT ? -ERRNO.ESRCH : count;
  }

  /**
   * Walks the descriptors of a process. If none are found, the process or its leader may have
   * ended.
   */
  function walkLiving(pid: number, task: number, room: number): DarwinAnswer {
    const count = walkTask(task, room);
    // A process that has ended no longer has a working directory; kernel threads have one.
    if (count > 0 || (count === 0 && fs.link(task, CWD) >= 0)) return count;
    const living = descriptors.livingTaskOf(pid);
    if (living < 0) return living;
    return refused(living === task ? count : walkTask(living, room));
  }

  function walk(pid: number, room: number): DarwinAnswer {
    const task = descriptors.taskOf(pid);
    return task < 0 ? task : walkLiving(pid, task, room);
  }

  return {
    get fds() {
      return fds;
    },
    get task() {
      return shown;
    },
    list: (pid) => walk(pid, NO_LINKS),
    walk,
    walkProcess: (pid, room) => walkLiving(pid, pid, room),
  };
}
