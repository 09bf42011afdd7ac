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
import { type Life, missingIn } from "./life.ts";

export type { SchedulingPolicy };

/** What a thread is doing. */
export type ThreadState =
  /** It is on a processor, or waits for one. */
  | "running"
  /** It is suspended. */
  | "stopped"
  /** It waits, and a signal would end that. */
  | "waiting"
  /** It waits, and nothing but what it waits for would end that. */
  | "uninterruptible"
  /** It will not run again. */
  | "halted";

/** A thread. */
export interface ThreadInfo {
  /** Its id: that of `gettid()` on Linux, and of `pthread_threadid_np()` on macOS. */
  readonly id: number;
  /** The name it was given, up to 63 bytes on macOS and 15 on Linux; left out without one. */
  readonly name?: string;
  /** What it is doing; left out if the system reports no sensible value. */
  readonly state?: ThreadState;
  /** Processor time in user mode, in nanoseconds. Linux reports it in steps of a tick, 10 ms. */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds, likewise. */
  readonly systemTimeNs: number;
  /** Processor time in both, in nanoseconds. Linux reports it exactly. */
  readonly cpuTimeNs: number;
  /** The priority that it is scheduled with: 0 to 127, the highest is served first. */
  readonly priority: number;
  /** The priority that it has by itself, on the same scale. */
  readonly basePriority: number;
  /** How it shares the processors; left out for a policy that is not known here. */
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

/** Reads the threads of a process. One that ends meanwhile is left out. */
export function threadsOf(life: Life): ThreadInfo[] {
  const { pid, system } = life;
  return life.living("read the threads of", () => {
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
