import type { Libc } from "../sys/libc.ts";
import type { LinuxAnswer } from "../sys/errno.ts";
import type { SocketCalls } from "../sys/socket.ts";

/** The flag that requests a pidfd of a thread. */
const PIDFD_THREAD = 0o200;

/** Opens a pidfd of a process, by the id under which `/proc` shows its files. */
export function pidfdOf(calls: SocketCalls, pid: number, task: number): LinuxAnswer {
  return calls.pidfdOpen(task, task === pid ? 0 : PIDFD_THREAD);
}

/**
 * Duplicates a descriptor of another process into this one. Returns it, or a negated Linux errno.
 */
export function duplicate(
  libc: Libc,
  calls: SocketCalls,
  pid: number,
  task: number,
  fd: number,
): LinuxAnswer {
  const pidfd = pidfdOf(calls, pid, task);
  if (pidfd < 0) return pidfd;
  const copy = calls.pidfdGetfd(pidfd, fd);
  libc.close(pidfd);
  return copy;
}
