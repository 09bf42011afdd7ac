import type { Ending, ExitWatch } from "../system/facts.ts";
import { ERRNO, type SystemCallError } from "../system/errors.ts";
import type { World } from "./proc/world.ts";
import { NO_PIDFD, openPidfd } from "./proc/signal.ts";
import { type DarwinAnswer, darwinError, toDarwin } from "./sys/errno.ts";
import { ALIVE } from "./sys/wait.ts";
import { openProcessCalls, UNKNOWN } from "./sys/process.ts";
import { STAT } from "./parse/stat.ts";
import { procFile } from "./proc/proc_fs.ts";
import { readerOf } from "./proc/process.ts";
import { isLinuxSince } from "./proc/release.ts";
import { toDarwinStatus } from "./sys/signal_number.ts";

const USER_NAMESPACE = procFile("ns/user");
/** A signal that is not sent; the answer is if it could be. */
const NO_SIGNAL = 0;

/** The way to watch for the end of processes. */
export function exitWatcher(world: World): (pid: number) => ExitWatch {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);
  // The rest of a watch that was not closed.
  const dropped = new FinalizationRegistry<number>((pidfd) => libc.close(pidfd));
  let isOfProcess: boolean | undefined;

  /** The status that `wait()` would report for a zombie, unless the kernel withholds it. */
  function zombieStatus(pid: number): number {
    if (reader.read(pid, true) < 0 || !reader.isZombie) return UNKNOWN;
    const status = reader.stat[STAT.exit_code]!;
    if (status !== 0) return status;
    // Before 5.17 it is that of the first thread, whose end as if all were well may be another than that
    // of the process.
    if (!(isOfProcess ??= isLinuxSince(fs, 5, 17))) return UNKNOWN;
    // It is 0 where the kernel refuses it, by the rule that it has for this link too.
    return fs.link(pid, USER_NAMESPACE) >= 0 ? 0 : UNKNOWN;
  }

  /** The status that `wait()` reported, or would report, for a process that has ended. */
  function statusOf(pid: number, pidfd: number): number {
    const reaped = calls.pidfdStatus(pidfd);
    if (reaped !== UNKNOWN) return reaped;
    const own = calls.pidfdChildStatus(pidfd);
    if (own !== UNKNOWN) return own;
    const seen = zombieStatus(pid);
    // As long as it is there to be signalled, no other has had its id.
    if (seen === UNKNOWN) return calls.pidfdStatus(pidfd);
    const error = calls.pidfdSendSignal(pidfd, NO_SIGNAL);
    if (error >= 0 || toDarwin(error) !== -ERRNO.ESRCH) return seen;
    return calls.pidfdStatus(pidfd);
  }

  function watchDescriptor(pid: number, pidfd: number): ExitWatch {
    let open = true;
    let ending: Ending | undefined;
    const watch: ExitWatch = {
      ended() {
        if (!open) return ending;
        const answer = calls.pidfdEnded(pidfd);
        if (answer === 0) return undefined;
        if (answer < 0) {
          const error = toDarwin(answer);
          // A signal interrupted this thread: the next call will report.
          if (error === -ERRNO.EINTR) return undefined;
          throw failure(pid, "poll", error);
        }
        const status = statusOf(pid, pidfd);
        ending = endingOf(status);
        if (status !== UNKNOWN) watch.close();
        return ending;
      },
      close() {
        if (!open) return;
        open = false;
        dropped.unregister(watch);
        libc.close(pidfd);
      },
    };
    dropped.register(watch, pidfd, watch);
    return watch;
  }

  /** Watches by the tick that the process started in, where there is no descriptor for it. */
  function watchStart(pid: number): ExitWatch {
    const start = reader.startOf(pid);
    if (start < 0) throw failure(pid, "read", start);
    let open = true;
    let ending: Ending | undefined;
    return {
      ended() {
        if (!open) return ending;
        const answer = reader.read(pid, true);
        // Any other answer proves nothing about the process.
        if (answer < 0 && answer !== -ERRNO.ESRCH) return ending;
        const isThere = answer === 0 && reader.stat[STAT.starttime] === start;
        if (isThere && !reader.isZombie) return undefined;
        const status = isThere ? unreapedStatus(pid, start) : UNKNOWN;
        if (ending === undefined || status !== UNKNOWN) ending = endingOf(status);
        open = isThere && ending.status === undefined;
        return ending;
      },
      close() {
        open = false;
      },
    };
  }

  function unreapedStatus(pid: number, start: number): number {
    const own = fs.local ? reader.clock.waitStatus(pid) : UNKNOWN;
    const status = own >= 0 && own !== ALIVE ? own : zombieStatus(pid);
    // A process that is there now was there all the time.
    return reader.startOf(pid) === start ? status : UNKNOWN;
  }

  return (pid) => {
    if (!fs.mounted) throw failure(pid, "pidfd_open", -ERRNO.ENOTSUP);
    // It stands for its process only among the ids that the system's own calls take, and a folder of
    // `/proc`, which would do for others, cannot be polled.
    const pidfd = fs.local ? openPidfd(calls, pid) : NO_PIDFD;
    if (pidfd === NO_PIDFD) return watchStart(pid);
    if (pidfd < 0) throw failure(pid, "pidfd_open", pidfd);
    return watchDescriptor(pid, pidfd);
  };
}

function endingOf(status: number): Ending {
  return { status: status === UNKNOWN ? undefined : toDarwinStatus(status) };
}

function failure(pid: number, call: string, answer: DarwinAnswer): SystemCallError {
  return darwinError(`watch process ${pid}`, call, answer);
}
