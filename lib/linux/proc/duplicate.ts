import type { Libc } from "../sys/libc.ts";
import type { LinuxAnswer } from "../sys/errno.ts";
import type { SocketCalls } from "../sys/socket.ts";

/** Requests a descriptor that stands for a thread. */
const PIDFD_THREAD = 0o200;

/** A descriptor that stands for a process, by the id under which `/proc` shows its files. */
export function pidfdOf(calls: SocketCalls, pid: number, task: number): LinuxAnswer {
  return calls.pidfdOpen(task, task === pid ? 0 : PIDFD_THREAD);
}

/** Duplicates a descriptor of a process into this one; returns it, or a negated errno of Linux. */
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
