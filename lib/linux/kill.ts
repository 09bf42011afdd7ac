import { ERRNO, SystemCallError } from "../kernel.ts";
import type { World } from "./answer/answer.ts";
import { toDarwin } from "./errno.ts";
import { openProcessCalls } from "./libc_process.ts";
import { NO_PIDFD, openPidfd } from "./pidfd.ts";
import { readerOf, refused } from "./process.ts";
import { toLinuxSignal } from "./signal_number.ts";

const HIGHEST_SIGNAL = 31;

// Linux's error numbers.
const EINVAL = 22;
const ENOSYS = 38;

/** The way to signal whatever process has an id. */
export function killer(world: World): (pid: number, signal: number) => void {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);

  /** 0, or a negated Darwin errno. */
  function send(pid: number, signal: number): number {
    const number = toLinuxSignal(signal);
    if (signal < 0 || signal > HIGHEST_SIGNAL) return -ERRNO.EINVAL;
    if (!fs.mounted || (number === 0 && signal !== 0)) return -ERRNO.ENOTSUP;
    // kill() would take what is no process id for a group of processes, and 0 for all of ours; and the
    // id of any thread for that of its process.
    const missing = reader.find(pid);
    if (missing < 0 && missing !== -ERRNO.EPERM) return missing;
    // A folder of `/proc` is such a descriptor too, and the only one for ids of another namespace.
    const pidfd = fs.local ? openPidfd(calls, pid) : refused(fs.open(pid));
    if (pidfd === NO_PIDFD) return answerOf(calls.kill(pid, number));
    if (pidfd < 0) return pidfd;
    const answer = calls.pidfdSendSignal(pidfd, number);
    libc.close(pidfd);
    return answerOf(answer);
  }

  return (pid, signal) => {
    const answer = send(pid, signal);
    if (answer < 0) throw new SystemCallError(`signal process ${pid}`, "kill", -answer);
  };
}

function answerOf(answer: number): number {
  // That is how the kernel refuses a process of a namespace that is not below this one.
  if (answer === -EINVAL) return -ERRNO.EPERM;
  return answer === -ENOSYS ? -ERRNO.ENOTSUP : toDarwin(answer);
}
