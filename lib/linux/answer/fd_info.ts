import { PROC_PIDLISTFD_SIZE, PROC_PIDLISTFDS } from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { openSocketCalls } from "../sys/socket.ts";
import { MASK, sizeOf } from "../sys/statx.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { descriptorsOf, FD } from "../proc/descriptor.ts";
import { fdWalker } from "../proc/fd_walk.ts";
import { refused } from "../proc/process.ts";

/** The number that XNU adds to the number of descriptors when the required size is queried. */
const SLACK = 20;

/**
 * Returns the flavor `PROC_PIDLISTFDS`, which lists the descriptors in ascending order. A list that
 * is too long for the buffer is truncated without an error.
 */
export function listFds(world: World): Flavors {
  const { fs } = world;
  const calls = openSocketCalls(world.libc.more);
  const descriptors = descriptorsOf(world, calls);
  let rows = new Int32Array(2048);
  let end = 0;
  const { list, walk } = fdWalker(world, calls, descriptors, {
    begin(count) {
      end = 0;
      if (rows.length < 2 * count) rows = new Int32Array(4 * count);
    },
    take(fd, link, length, task) {
      rows[end++] = fd;
      rows[end++] = descriptors.typeOf(link, length, task, fd);
    },
  });

  return {
    [PROC_PIDLISTFDS]: {
      size: PROC_PIDLISTFD_SIZE,
      answer(pid, _arg, buffer) {
        const count = walk(pid, Math.floor(buffer.byteLength / PROC_PIDLISTFD_SIZE));
        if (count > 0) buffer.set(new Uint8Array(rows.buffer, 0, count * PROC_PIDLISTFD_SIZE));
        return count < 0 ? count : count * PROC_PIDLISTFD_SIZE;
      },
      sizing(pid) {
        const task = descriptors.taskOf(pid);
        if (task < 0) return task;
        const error = fs.stat(MASK.SIZE, task, FD);
        if (error < 0 && error !== -ERRNO.ENOTSUP) return refused(error);
        // Before Linux 6.2, the size of the folder is 0, which is also the size for a process
        // without descriptors.
        const open = error < 0 ? 0 : sizeOf(fs.statx.view);
        const count = open > 0 ? open : list(pid);
        return count < 0 ? count : (count + SLACK) * PROC_PIDLISTFD_SIZE;
      },
    },
  };
}
