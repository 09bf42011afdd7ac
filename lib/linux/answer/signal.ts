import { ERRNO } from "../../system/errors.ts";
import { openProcessCalls } from "../sys/process.ts";
import { NO_PIDFD, openTarget, sendTo } from "../sys/pidfd.ts";
import { STAT } from "../parse/stat.ts";
import { readerOf, STATE } from "../proc/process.ts";
import type { World } from "../proc/world.ts";

const SIGKILL = 9;
const SIGTERM = 15;
const INIT = 1;

/** Any life of a process, where a version of its id could be asked for. */
export const ANY_VERSION = -1;
/** Whichever signal ends the process, where one could be asked for. */
export const TO_END = 0;

/**
 * Sends a signal to one life of a process, which the system cannot mix up with the next one under the
 * same id.
 *
 * @param pid The process.
 * @param version The low 32 bits of the tick it started in, or {@linkcode ANY_VERSION}.
 * @param signal Linux's number of it, or {@linkcode TO_END}.
 * @returns The signal that was sent, or a negated Darwin errno.
 */
export type Send = (pid: number, version: number, signal: number) => number;

/** The way to send signals to the processes of a process file system. */
export function sender(world: World): Send {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);

  /** The signal to send, once the process is known to be the one that is meant. */
  function choose(pid: number, version: number, signal: number): number {
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
