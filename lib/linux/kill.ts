import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { World } from "./proc/world.ts";
import { openProcessCalls } from "./sys/process.ts";
import { NO_PIDFD, openTarget, sendTo } from "./sys/pidfd.ts";
import { readerOf } from "./proc/process.ts";
import { toLinuxSignal } from "./sys/signal_number.ts";

const HIGHEST_SIGNAL = 31;

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
    const target = openTarget(fs, calls, pid);
    if (target < 0 && target !== NO_PIDFD) return target;
    const answer = sendTo(calls, target, pid, number);
    if (target !== NO_PIDFD) libc.close(target);
    return answer;
  }

  return (pid, signal) => {
    const answer = send(pid, signal);
    if (answer < 0) throw new SystemCallError(`signal process ${pid}`, "kill", -answer);
  };
}
