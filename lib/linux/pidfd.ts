import { ERRNO } from "../kernel.ts";
import { toDarwin } from "./errno.ts";
import type { ProcessCalls } from "./libc_process.ts";

// Linux's error numbers.
const EPERM = 1;
const ENOENT = 2;
const EINVAL = 22;
const ENOSYS = 38;

/** No descriptor: the system has none for processes, or does not let them be used. */
export const NO_PIDFD = -Infinity;

/**
 * Opens a descriptor that stands for a process, also when its id is used again.
 *
 * @returns The descriptor, {@linkcode NO_PIDFD}, or a negated Darwin errno.
 */
export function openPidfd(calls: ProcessCalls, pid: number): number {
  if (pid <= 0) return -ERRNO.ESRCH;
  const pidfd = calls.pidfdOpen(pid);
  // A filter of system calls that knows no newer ones refuses it.
  if (pidfd === -ENOSYS || pidfd === -EPERM) return NO_PIDFD;
  // The two answers for a thread that leads no process, as of 6.18 and before.
  return pidfd === -ENOENT || pidfd === -EINVAL ? -ERRNO.ESRCH : toDarwin(pidfd);
}
