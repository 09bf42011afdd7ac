/**
 * Threads: `PROC_PIDTHREADINFO`, `PROC_PIDTHREADID64INFO`, `PROC_PIDTHREADPATHINFO` and
 * `PROC_PIDTHREADSCHEDINFO` (bsd/sys/proc_info.h).
 *
 * A thread has two numbers: a handle, which is an address in its process, and a 64-bit id.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type VnodeInfoPath, vnodeInfoPath } from "./vnode_info.ts";

/**
 * `struct proc_threadinfo`: the answer to `PROC_PIDTHREADINFO`, which takes a handle, and to
 * `PROC_PIDTHREADID64INFO`, which takes an id.
 *
 * Times are in nanoseconds, unlike those of `proc_taskinfo`.
 */
export interface ProcThreadInfo {
  /** The processor time in user mode, in nanoseconds, in steps of a microsecond. */
  readonly pth_user_time: bigint;
  /** The processor time in the kernel, in nanoseconds, in steps of a microsecond. */
  readonly pth_system_time: bigint;
  /** The recent usage of a processor, on a scale on which 1000 is one full processor. */
  readonly pth_cpu_usage: number;
  /** The scheduling policy: 1 for timeshare, 2 for round robin, 4 for first in, first out. */
  readonly pth_policy: number;
  /** A `TH_STATE_*` value, or 0. */
  readonly pth_run_state: number;
  /** A set of `TH_FLAGS_*`. */
  readonly pth_flags: number;
  /**
   * The time asleep in seconds, according to the header. Always 0: the kernel does not record it.
   */
  readonly pth_sleep_time: number;
  /** The current scheduling priority: 0 to 127, where the highest is served first. */
  readonly pth_curpri: number;
  /** The base priority. */
  readonly pth_priority: number;
  /** The priority that the thread cannot exceed. */
  readonly pth_maxpriority: number;
  /** The name the thread gave itself, cut to 63 bytes; empty without one. */
  readonly pth_name: string;
}

/** The layout of {@linkcode ProcThreadInfo}. */
export const procThreadInfo: Struct<ProcThreadInfo> = struct(
  "proc_threadinfo",
  { size: 112, align: 8 },
  (c): ProcThreadInfo => ({
    pth_user_time: c.u64(),
    pth_system_time: c.u64(),
    pth_cpu_usage: c.i32(),
    pth_policy: c.i32(),
    pth_run_state: c.i32(),
    pth_flags: c.i32(),
    pth_sleep_time: c.i32(),
    pth_curpri: c.i32(),
    pth_priority: c.i32(),
    pth_maxpriority: c.i32(),
    pth_name: c.chars(64),
  }),
);

/** `struct proc_threadwithpathinfo`: the answer to `PROC_PIDTHREADPATHINFO`. */
export interface ProcThreadWithPathInfo {
  /** The answer to `PROC_PIDTHREADINFO`. */
  readonly pt: ProcThreadInfo;
  /** The working directory of this thread; all zero unless the thread has its own. */
  readonly pvip: VnodeInfoPath;
}

/** The layout of {@linkcode ProcThreadWithPathInfo}. */
export const procThreadWithPathInfo: Struct<ProcThreadWithPathInfo> = struct(
  "proc_threadwithpathinfo",
  { size: 1288, align: 8 },
  (c): ProcThreadWithPathInfo => ({
    pt: c.struct(procThreadInfo),
    pvip: c.struct(vnodeInfoPath),
  }),
);

/**
 * `struct proc_threadschedinfo`: the answer to `PROC_PIDTHREADSCHEDINFO`, for the calling thread
 * only.
 */
export interface ProcThreadSchedInfo {
  /**
   * The time spent in interrupts, in nanoseconds. 0 in the kernels that Apple releases: only
   * development kernels count it.
   */
  readonly int_time_ns: bigint;
}

/** The layout of {@linkcode ProcThreadSchedInfo}. */
export const procThreadSchedInfo: Struct<ProcThreadSchedInfo> = struct(
  "proc_threadschedinfo",
  { size: 8, align: 8 },
  (c): ProcThreadSchedInfo => ({
    int_time_ns: c.u64(),
  }),
);

/** The size of `pth_name`, including the NUL, in bytes. */
export const MAXTHREADNAMESIZE = 64;
/** The thread runs or is ready to run. */
export const TH_STATE_RUNNING = 1;
/** The thread is suspended. */
export const TH_STATE_STOPPED = 2;
/** The thread waits and can be interrupted. */
export const TH_STATE_WAITING = 3;
/** The thread waits and cannot be interrupted. */
export const TH_STATE_UNINTERRUPTIBLE = 4;
/** The thread is halted permanently. */
export const TH_STATE_HALTED = 5;
/** The kernel stack of the thread is swapped out. */
export const TH_FLAGS_SWAPPED = 1;
/** The thread is an idle thread of a processor. */
export const TH_FLAGS_IDLE = 2;
