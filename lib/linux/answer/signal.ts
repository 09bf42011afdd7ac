import { ERRNO } from "../../kernel.ts";
import { toDarwin } from "../errno.ts";
import { openProcessCalls } from "../libc_process.ts";
import { STAT } from "../parse/stat.ts";
import { readerOf, refused, STATE } from "../process.ts";
import type { World } from "./answer.ts";

const SIGKILL = 9;
const SIGTERM = 15;
const INIT = 1;

// Linux's error numbers.
const ENOENT = 2;
const EINVAL = 22;
const ENOSYS = 38;

/** No descriptor. */
const NONE = -Infinity;

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

  /**
   * A descriptor of a process, which stands for it also when its id is used again. {@linkcode NONE} where
   * there is no such thing, and the id must do.
   */
  function open(pid: number): number {
    // A folder of `/proc` is such a descriptor too, and the only one for ids of another namespace.
    if (!fs.local) return fs.open(pid);
    const pidfd = calls.pidfdOpen(pid);
    if (pidfd === -ENOSYS) return NONE;
    // The two answers for a thread that leads no process, as of 6.18 and before.
    return pidfd === -ENOENT || pidfd === -EINVAL ? -ERRNO.ESRCH : toDarwin(pidfd);
  }

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

  function send(pid: number, fd: number, signal: number): number {
    const error = fd === NONE ? calls.kill(pid, signal) : calls.pidfdSendSignal(fd, signal);
    // That is how the kernel refuses a process of a namespace that is not below this one.
    if (error === -EINVAL) return -ERRNO.EPERM;
    if (error === -ENOSYS) return -ERRNO.ENOTSUP;
    return error < 0 ? toDarwin(error) : signal;
  }

  return (pid, version, signal) => {
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    const fd = open(pid);
    if (fd < 0 && fd !== NONE) return refused(fd);
    const chosen = choose(pid, version, signal);
    const answer = chosen < 0 ? chosen : send(pid, fd, chosen);
    if (fd !== NONE) libc.close(fd);
    return answer;
  };
}
