import { ERRNO } from "../../system/errors.ts";
import { STAT } from "../parse/stat.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { openProcessCalls, type ProcessCalls } from "../sys/process.ts";
import type { ProcFs } from "./proc_fs.ts";
import { readerOf, refused, STATE } from "./process.ts";
import type { World } from "./world.ts";

/** No descriptor: the system has none for processes, or does not let them be used. */
export const NO_PIDFD = -Infinity;

/**
 * Opens a descriptor that stands for a process, also when its id is used again.
 *
 * @returns The descriptor, {@linkcode NO_PIDFD}, or a negated Darwin errno.
 */
export function openPidfd(calls: ProcessCalls, pid: number): DarwinAnswer {
  if (pid <= 0) return -ERRNO.ESRCH;
  const pidfd = calls.pidfdOpen(pid);
  if (pidfd >= 0) return pidfd as number;
  const error = toDarwin(pidfd);
  // A filter of system calls that knows no newer ones refuses it.
  if (error === -ERRNO.ENOSYS || error === -ERRNO.EPERM) return NO_PIDFD;
  // The two answers for a thread that does not lead a process, as of 6.18 and before.
  return error === -ERRNO.ENOENT || error === -ERRNO.EINVAL ? -ERRNO.ESRCH : error;
}

/**
 * Opens what stands for a process when it is signalled, also for ids of another namespace: a folder of
 * `/proc` is such a descriptor too, and the only one for those.
 *
 * @returns The descriptor, {@linkcode NO_PIDFD}, or a negated Darwin errno.
 */
export function openTarget(fs: ProcFs, calls: ProcessCalls, pid: number): DarwinAnswer {
  return fs.local ? openPidfd(calls, pid) : refused(fs.open(pid));
}

/**
 * Sends a signal to the process that {@linkcode openTarget} opened.
 *
 * @param target What that returned.
 * @param signal Linux's number.
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
  // That is how the kernel refuses a process of a namespace that is not below this one.
  if (error === -ERRNO.EINVAL) return -ERRNO.EPERM;
  return error === -ERRNO.ENOSYS ? -ERRNO.ENOTSUP : error;
}

const SIGKILL = 9;
const SIGTERM = 15;
const INIT = 1;

/** Any identity of a process, in the place of a version of its id. */
export const ANY_VERSION = -1;
/** Any signal that ends the process, in the place of a number. */
export const TO_END = 0;

/**
 * Sends a signal to one identity of a process, which the system cannot confuse with the next one under the
 * same id.
 *
 * @param pid The process.
 * @param version The low 32 bits of the tick it started in, or {@linkcode ANY_VERSION}.
 * @param signal Linux's number of it, or {@linkcode TO_END}.
 * @returns The signal that was sent, or a negated Darwin errno.
 */
export type Send = (pid: number, version: number, signal: number) => DarwinAnswer;

/** The way to send signals to the processes of a process file system. */
export function sender(world: World): Send {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);

  /** The signal to send, once the process is known to be the one that is meant. */
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
    // One that is stopped would not see SIGTERM before it is continued.
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
