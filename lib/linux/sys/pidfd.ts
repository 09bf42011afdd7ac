import { ERRNO } from "../../system/errors.ts";
import { toDarwin } from "./errno.ts";
import type { ProcessCalls } from "./process.ts";
import type { ProcFs } from "../proc/proc_fs.ts";
import { refused } from "../proc/process.ts";

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

/**
 * Opens what stands for a process when it is signalled, also for ids of another namespace: a folder of
 * `/proc` is such a descriptor too, and the only one for those.
 *
 * @returns The descriptor, {@linkcode NO_PIDFD}, or a negated Darwin errno.
 */
export function openTarget(fs: ProcFs, calls: ProcessCalls, pid: number): number {
  return fs.local ? openPidfd(calls, pid) : refused(fs.open(pid));
}

/**
 * Sends a signal to the process that {@linkcode openTarget} opened.
 *
 * @param target What that returned.
 * @param signal Linux's number.
 * @returns 0 or a negated Darwin errno.
 */
export function sendTo(calls: ProcessCalls, target: number, pid: number, signal: number): number {
  const answer = target === NO_PIDFD
    ? calls.kill(pid, signal)
    : calls.pidfdSendSignal(target, signal);
  // That is how the kernel refuses a process of a namespace that is not below this one.
  if (answer === -EINVAL) return -ERRNO.EPERM;
  return answer === -ENOSYS ? -ERRNO.ENOTSUP : toDarwin(answer);
}
