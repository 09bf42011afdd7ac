import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { System } from "../system/system.ts";
import { descriptorsOf } from "./proc/descriptor.ts";
import { duplicate } from "./proc/duplicate.ts";
import type { World } from "./proc/world.ts";
import { linuxError } from "./sys/errno.ts";
import { openSocketCalls } from "./sys/socket.ts";
import { SO_BINDTODEVICE, SOL_SOCKET } from "./sys/socket_options.ts";

const NAME_SIZE = 16;

/**
 * Returns the function that finds the network interface to which a socket is bound. It queries a
 * duplicate.
 */
export function socketInterfaces(world: World): System["socketInterface"] {
  const { fs, libc } = world;
  const calls = openSocketCalls(libc.more);
  const descriptors = descriptorsOf(world, calls);
  const name = new Uint8Array(new ArrayBuffer(NAME_SIZE));
  const length = new Int32Array(new ArrayBuffer(4));
  return (pid, fd) => {
    const doing = `find the interface of socket ${fd} of process ${pid}`;
    // `pidfd_open()` takes only pids of the caller's own namespace.
    if (!fs.local) throw new SystemCallError(doing, "pidfd_open", ERRNO.ENOTSUP);
    const task = descriptors.taskOf(pid);
    if (task < 0) throw new SystemCallError(doing, "open", -task);
    const copy = duplicate(libc, calls, pid, task, fd);
    if (copy < 0) throw linuxError(doing, "pidfd_getfd", copy);
    length[0] = NAME_SIZE;
    const error = calls.getsockopt(copy, SOL_SOCKET, SO_BINDTODEVICE, name, length);
    libc.close(copy);
    if (error < 0) throw linuxError(doing, "getsockopt", error);
    // The length includes the NUL.
    return new TextDecoder().decode(name.subarray(0, Math.max(length[0] - 1, 0))) || undefined;
  };
}
