import { PROC_PIDLISTTHREADIDS, PROC_PIDTHREADID64INFO } from "../abi/pid_info.ts";
import {
  type ProcThreadInfo,
  TH_FLAGS_IDLE,
  TH_STATE_HALTED,
  TH_STATE_RUNNING,
  TH_STATE_STOPPED,
  TH_STATE_UNINTERRUPTIBLE,
  TH_STATE_WAITING,
} from "../abi/thread_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { optional } from "../system/errors.ts";
import { POLICIES, type SchedulingPolicy } from "./fields/scheduling.ts";
import { known } from "../system/known.ts";
import { missingIn, type TrackedProcess } from "./tracked_process.ts";

export type { SchedulingPolicy };

/** The state of a thread. */
export type ThreadState =
  /** The thread is on a processor, or waits for one. */
  | "running"
  /** The thread is suspended. */
  | "stopped"
  /** The thread waits, and a signal can end the wait. */
  | "waiting"
  /** The thread waits, and only the awaited event can end the wait. */
  | "uninterruptible"
  /** The thread will not run again. */
  | "halted";

/** A thread. */
export interface ThreadInfo {
  /**
   * The thread id. On Linux, it is that of `gettid()`. On macOS, it is that of
   * `pthread_threadid_np()`.
   */
  readonly id: number;
  /**
   * The name that the thread was given. Absent without a name. On Linux, it has up to 15 bytes. On
   * macOS, it has up to 63 bytes.
   */
  readonly name?: string;
  /** The state. Absent if the system reports an unknown state. */
  readonly state?: ThreadState;
  /**
   * The processor time in user mode, in nanoseconds. On Linux, it is reported in steps of a tick,
   * 10 ms.
   */
  readonly userTimeNs: number;
  /**
   * The processor time in the kernel, in nanoseconds. On Linux, it is reported in steps of a tick,
   * 10 ms.
   */
  readonly systemTimeNs: number;
  /** The processor time in user mode and in the kernel, in nanoseconds. On Linux, it is exact. */
  readonly cpuTimeNs: number;
  /** The priority that the thread is scheduled with, from 0 to 127 for the most urgent. */
  readonly priority: number;
  /** The base priority, on the same scale. */
  readonly basePriority: number;
  /** The scheduling policy. Absent for a policy that has no name here. */
  readonly policy?: SchedulingPolicy;
  /** True for the idle thread of a processor. */
  readonly idle: boolean;
}

const STATES: Readonly<Record<number, ThreadState>> = {
  [TH_STATE_RUNNING]: "running",
  [TH_STATE_STOPPED]: "stopped",
  [TH_STATE_WAITING]: "waiting",
  [TH_STATE_UNINTERRUPTIBLE]: "uninterruptible",
  [TH_STATE_HALTED]: "halted",
};

/** Reads the threads of a process. A thread that ends meanwhile is omitted. */
export function threadsOf(tracked: TrackedProcess): ThreadInfo[] {
  const { pid, system } = tracked;
  return tracked.living("read the threads of", () => {
    const threads: ThreadInfo[] = [];
    for (const id of pidInfo(pid, PROC_PIDLISTTHREADIDS, 0n, { system })) {
      try {
        const info = pidInfo(pid, PROC_PIDTHREADID64INFO, id, { system });
        threads.push(thread(id, info, optional(() => system.cpuTimeNs(pid, Number(id)))));
      } catch (error) {
        if (missingIn(error) !== "gone") throw error;
      }
    }
    return threads;
  });
}

function thread(id: bigint, info: ProcThreadInfo, cpuTimeNs: number | undefined): ThreadInfo {
  const userTimeNs = Number(info.pth_user_time);
  const systemTimeNs = Number(info.pth_system_time);
  return known<ThreadInfo>({
    id: Number(id),
    name: info.pth_name || undefined,
    state: STATES[info.pth_run_state],
    userTimeNs,
    systemTimeNs,
    cpuTimeNs: cpuTimeNs ?? userTimeNs + systemTimeNs,
    priority: info.pth_curpri,
    basePriority: info.pth_priority,
    policy: POLICIES[info.pth_policy],
    idle: (info.pth_flags & TH_FLAGS_IDLE) !== 0,
  });
}
