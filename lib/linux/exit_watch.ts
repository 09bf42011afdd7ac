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
/** The null signal: the kernel only checks whether it could send a signal. */
const NO_SIGNAL = 0;

/** Returns the function that watches a process for its end: `System.watchExit()`. */
export function exitWatcher(world: World): (pid: number) => ExitWatch {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);
  // Closes the descriptors of watches that were not closed.
  const dropped = new FinalizationRegistry<number>((pidfd) => libc.close(pidfd));
  let isOfProcess: boolean | undefined;

  /**
   * Returns the status that `wait()` would report for a zombie, if the kernel reports it to the
   * caller.
   */
  function zombieStatus(pid: number): number {
    if (reader.read(pid, true) < 0 || !reader.isZombie) return UNKNOWN;
    const status = reader.stat[STAT.exit_code]!;
    if (status !== 0) return status;
    // Before Linux 5.17, this is the status of the thread group leader. That can be 0 although the
    // status of the process is not.
    if (!(isOfProcess ??= isLinuxSince(fs, 5, 17))) return UNKNOWN;
    // The kernel also reports 0 to a caller without permission. Reading this link needs the same
    // permission.
    return fs.link(pid, USER_NAMESPACE) >= 0 ? 0 : UNKNOWN;
  }

  /** Returns the status that `wait()` reported, or would report, for a process that has ended. */
  function statusOf(pid: number, pidfd: number): number {
    const reaped = calls.pidfdStatus(pidfd);
    if (reaped !== UNKNOWN) return reaped;
    const own = calls.pidfdChildStatus(pidfd);
    if (own !== UNKNOWN) return own;
    const seen = zombieStatus(pid);
    // As long as the zombie can be signalled, its pid has not been reused.
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
          // A signal interrupted the call. The next call reports.
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

  /** Watches a process without a pidfd. The tick in which it started identifies the process. */
  function watchStart(pid: number): ExitWatch {
    const start = reader.startOf(pid);
    if (start < 0) throw failure(pid, "read", start);
    let open = true;
    let ending: Ending | undefined;
    return {
      ended() {
        if (!open) return ending;
        const answer = reader.read(pid, true);
        // Any other error proves nothing about the process.
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
    // If the process still exists, the status is its own.
    return reader.startOf(pid) === start ? status : UNKNOWN;
  }

  return (pid) => {
    if (!fs.mounted) throw failure(pid, "pidfd_open", -ERRNO.ENOTSUP);
    // `pidfd_open()` takes only pids of the caller's own namespace. A folder of `/proc` also
    // identifies other processes, but it cannot be polled.
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
