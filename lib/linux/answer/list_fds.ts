import { PROC_PIDLISTFD_SIZE, PROC_PIDLISTFDS } from "../../abi/pid_info.ts";
import { ERRNO } from "../../kernel.ts";
import { getU64 } from "../../layout/offsets.ts";
import { toDarwin } from "../errno.ts";
import { openSocketCalls } from "../libc_socket.ts";
import { parseFdNames } from "../parse/fd_names.ts";
import { procFile } from "../proc_fs.ts";
import type { Flavors, World } from "./answer.ts";
import { descriptorsOf, FD } from "./descriptor.ts";
import { refused } from "./living.ts";

/** What XNU adds to the number of descriptors when it is asked for a size. */
const SLACK = 20;

const ENTRIES = 65536;
const ENTRIES_SIZE = BigInt(ENTRIES);
/** No entry of `getdents64()` is shorter. */
const SHORTEST_ENTRY = 24;

const CWD = procFile("cwd");

const LINK = 4096;
const LINK_SIZE = BigInt(LINK);
const DIGIT_0 = 48;
/** Linux's number for a path that is longer than a link can tell. */
const LINUX_ENAMETOOLONG = 36;
/** As a room: none of the links is read. */
const COUNT_ONLY = -1;

// struct statx.
const STATX_SIZE = 0x200;
const STX_SIZE = 40;

/**
 * Answers `PROC_PIDLISTFDS`: the descriptors in ascending order, cut without a word where the buffer
 * ends.
 */
export function listFds(world: World): Flavors {
  const { fs, libc } = world;
  const calls = openSocketCalls(libc.more);
  const descriptors = descriptorsOf(world, calls);
  const entries = new Uint8Array(new ArrayBuffer(ENTRIES));
  const link = new Uint8Array(new ArrayBuffer(LINK));
  const name = new Uint8Array(new ArrayBuffer(16));
  let fds = new Int32Array(1024);
  let rows = new Int32Array(2048);

  /** Leaves the descriptors of an open folder in `fds`; returns how many. */
  function numbersIn(folder: number): number {
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
      count = parseFdNames(entries, length, fds, count);
    }
  }

  function setName(fd: number): void {
    let end = 1;
    for (let power = 10; fd >= power; power *= 10) end++;
    name[end] = 0;
    for (let value = fd; end > 0; value = (value / 10) | 0) name[--end] = DIGIT_0 + value % 10;
  }

  /** Takes the descriptor that shows the folder to us out of our own list; returns how many stay. */
  function withoutFolder(count: number, folder: number): number {
    const at = fds.subarray(0, count).indexOf(folder);
    if (at < 0) return count;
    fds.copyWithin(at, at + 1, count);
    return count - 1;
  }

  /** Writes up to `room` rows about an open folder into `rows`; returns how many. */
  function describe(task: number, folder: number, room: number): number {
    let count = numbersIn(folder);
    if (count < 0) return count;
    if (task === fs.self) count = withoutFolder(count, folder);
    if (room === COUNT_ONLY) return count;
    if (rows.length < 2 * Math.min(count, room)) rows = new Int32Array(2 * fds.length);
    let written = 0;
    for (let i = 0; i < count && written < 2 * room; i++) {
      const fd = fds[i]!;
      setName(fd);
      const length = calls.readlinkat(folder, name, link, LINK_SIZE);
      if (length < 0 && length !== -LINUX_ENAMETOOLONG) {
        if (length === -ERRNO.ENOENT) continue; // closed since
        return toDarwin(length);
      }
      rows[written++] = fd;
      rows[written++] = descriptors.typeOf(link, Math.max(length, 0), task, fd);
    }
    return written >> 1;
  }

  /** As above, of a process, or of a living thread of it. */
  function list(task: number, room: number): number {
    const folder = fs.open(task, FD);
    if (folder < 0) return folder;
    const count = describe(task, folder, room);
    libc.close(folder);
    return count === -ERRNO.ENOENT ? -ERRNO.ESRCH : count;
  }

  /** As above; a list that is empty may be that of a process which has ended. */
  function listOf(pid: number, room: number): number {
    const task = descriptors.taskOf(pid);
    if (task < 0) return task;
    const count = list(task, room);
    // A process that has ended has no working directory any more; the threads of the kernel do.
    if (count > 0 || (count === 0 && fs.link(task, CWD) >= 0)) return count;
    const living = descriptors.livingTaskOf(pid);
    if (living < 0) return living;
    return refused(living === task ? count : list(living, room));
  }

  return {
    [PROC_PIDLISTFDS]: {
      size: PROC_PIDLISTFD_SIZE,
      answer(pid, _arg, buffer) {
        const count = listOf(pid, Math.floor(buffer.byteLength / PROC_PIDLISTFD_SIZE));
        if (count > 0) buffer.set(new Uint8Array(rows.buffer, 0, count * PROC_PIDLISTFD_SIZE));
        return count < 0 ? count : count * PROC_PIDLISTFD_SIZE;
      },
      sizing(pid) {
        const task = descriptors.taskOf(pid);
        if (task < 0) return task;
        const error = fs.stat(STATX_SIZE, task, FD);
        if (error < 0 && error !== -ERRNO.ENOTSUP) return refused(error);
        // Before Linux 6.2 the folder has no size, and none is that of a process without a descriptor.
        const open = error < 0 ? 0 : getU64(fs.statx.view, STX_SIZE);
        const count = open > 0 ? open : listOf(pid, COUNT_ONLY);
        return count < 0 ? count : (count + SLACK) * PROC_PIDLISTFD_SIZE;
      },
    },
  };
}
