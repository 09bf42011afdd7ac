import { ERRNO } from "../../system/errors.ts";
import { STAT } from "../parse/stat.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { openProcessCalls, type ProcessCalls } from "../sys/process.ts";
import type { ProcFs } from "./proc_fs.ts";
import { readerOf, refused, STATE } from "./process.ts";
import type { World } from "./world.ts";

/** In place of a pidfd: the system has no pidfds, or does not permit their use. */
export const NO_PIDFD = -Infinity;

/**
 * Opens a pidfd, a descriptor that refers to a process even after its pid has been reused.
 *
 * @returns The descriptor, {@linkcode NO_PIDFD}, or a negated Darwin errno.
 */
export function openPidfd(calls: ProcessCalls, pid: number): DarwinAnswer {
  if (pid <= 0) return -ERRNO.ESRCH;
  const pidfd = calls.pidfdOpen(pid);
  if (pidfd >= 0) return pidfd as number;
  const error = toDarwin(pidfd);
  // A filter of system calls that does not know newer calls refuses them with this error.
  if (error === -ERRNO.ENOSYS || error === -ERRNO.EPERM) return NO_PIDFD;
  // The errors for a thread other than the leader: `ENOENT` on 6.18, `EINVAL` on older kernels.
  return error === -ERRNO.ENOENT || error === -ERRNO.EINVAL ? -ERRNO.ESRCH : error;
}

/**
 * Opens a descriptor of a process to which a signal is to be sent. For pids of another namespace it
 * is the directory of the process in `/proc`, which the kernel accepts as a pidfd. No other
 * descriptor can be opened for those.
 *
 * @returns The descriptor, {@linkcode NO_PIDFD}, or a negated Darwin errno.
 */
export function openTarget(fs: ProcFs, calls: ProcessCalls, pid: number): DarwinAnswer {
  return fs.local ? openPidfd(calls, pid) : refused(fs.open(pid));
}

/**
 * Sends a signal to the process that {@linkcode openTarget} opened.
 *
 * @param target The result of `openTarget()`.
 * @param signal The number of the signal on Linux.
 * @returns 0 or a negated Darwin errno.
 */
export function sendTo(
  calls: ProcessCalls,
  target: number,
  pid: number,
  signal: number,
): DarwinAnswer {
  const answer = target === NO_PIDFD
    ? calls.kill(pid, signal)
    : calls.pidfdSendSignal(target, signal);
  const error = answer < 0 ? toDarwin(answer) : 0;
  // The kernel's error for a process whose namespace is not a descendant of this one.
  if (error === -ERRNO.EINVAL) return -ERRNO.EPERM;
  return error === -ERRNO.ENOSYS ? -ERRNO.ENOTSUP : error;
}

const SIGKILL = 9;
const SIGTERM = 15;
const INIT = 1;

/** In place of the version of a pid: any identity of the process. */
export const ANY_VERSION = -1;
/** In place of a signal number: a signal that ends the process. */
export const TO_END = 0;

/**
 * Sends a signal to one identity of a process. The system cannot confuse it with a later process of
 * the same pid.
 *
 * @param pid The pid of the process.
 * @param version The low 32 bits of the tick at which it started, or {@linkcode ANY_VERSION}.
 * @param signal The number of the signal on Linux, or {@linkcode TO_END}.
 * @returns The signal that was sent, or a negated Darwin errno.
 */
export type Send = (pid: number, version: number, signal: number) => DarwinAnswer;

/** Makes a function that sends signals to the processes of a process file system. */
export function sender(world: World): Send {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);

  /** Checks the identity of a process. Returns the signal to send, or a negated Darwin errno. */
  function choose(pid: number, version: number, signal: number): DarwinAnswer {
    const error = reader.read(pid, false);
    if (error < 0) return error;
    const { stat } = reader;
    if (version !== ANY_VERSION && stat[STAT.starttime]! % 2 ** 32 !== version) {
      return -ERRNO.ESRCH;
    }
    if (pid === fs.self && signal === TO_END) return -ERRNO.EPERM;
    if (pid === INIT && (signal === TO_END || signal === SIGKILL)) return -ERRNO.EPERM;
    if (signal !== TO_END) return signal;
    // A stopped process would not receive SIGTERM before it is continued.
    return stat[STAT.state] === STATE.stopped ? SIGKILL : SIGTERM;
  }

  return (pid, version, signal) => {
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    const target = openTarget(fs, calls, pid);
    if (target < 0 && target !== NO_PIDFD) return target;
    const chosen = choose(pid, version, signal);
    const error = chosen < 0 ? chosen : sendTo(calls, target, pid, chosen);
    if (target !== NO_PIDFD) libc.close(target);
    return error < 0 ? error : chosen;
  };
}
