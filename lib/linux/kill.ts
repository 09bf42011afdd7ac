import { ERRNO } from "../system/errors.ts";
import type { System } from "../system/system.ts";
import { NO_PIDFD, openTarget, sender, sendTo } from "./proc/signal.ts";
import type { World } from "./proc/world.ts";
import { type DarwinAnswer, darwinError } from "./sys/errno.ts";
import { openProcessCalls } from "./sys/process.ts";
import { readerOf } from "./proc/process.ts";
import { toLinuxSignal } from "./sys/signal_number.ts";

/** The highest signal number of Darwin. */
const HIGHEST_OF_DARWIN = 31;

/** Returns the function that signals a process by its pid: `System.kill()`. */
export function killer(world: World): System["kill"] {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);
  const sendTheSame = sender(world);

  /** Sends a signal. Returns a negated Darwin errno if it was not sent. */
  function send(pid: number, signal: number, idVersion: number | undefined): DarwinAnswer {
    const number = toLinuxSignal(signal);
    if (number === 0 && signal !== 0) {
      const isDarwins = Number.isInteger(signal) && signal > 0 && signal <= HIGHEST_OF_DARWIN;
      return isDarwins ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
    }
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    if (idVersion !== undefined && number !== 0) return sendTheSame(pid, idVersion >>> 0, number);
    // `kill()` takes a negative number for a process group, 0 for the caller's group, and the id of
    // any thread for its process.
    const missing = reader.find(pid);
    if (missing < 0 && missing !== -ERRNO.EPERM) return missing;
    const target = openTarget(fs, calls, pid);
    if (target < 0 && target !== NO_PIDFD) return target;
    const answer = sendTo(calls, target, pid, number);
    if (target !== NO_PIDFD) libc.close(target);
    return answer;
  }

  return (pid, signal, idVersion) => {
    const answer = send(pid, signal, idVersion);
    if (answer < 0) throw darwinError(`signal process ${pid}`, "kill", answer);
  };
}
