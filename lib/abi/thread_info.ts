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
 * `struct proc_threadinfo`: what `PROC_PIDTHREADINFO` (by handle) and `PROC_PIDTHREADID64INFO` (by
 * id) write.
 *
 * Its times are in nanoseconds, unlike those of `proc_taskinfo`.
 */
export interface ProcThreadInfo {
  /** Processor time in user mode, in nanoseconds, by steps of a microsecond. */
  readonly pth_user_time: bigint;
  /** Processor time in the kernel, in nanoseconds, by steps of a microsecond. */
  readonly pth_system_time: bigint;
  /** The use of a processor of late, scaled: 1000 is one processor in full. */
  readonly pth_cpu_usage: number;
  /** The scheduling policy: 1 timeshare, 2 round robin, 4 first in first out. */
  readonly pth_policy: number;
  /** A `TH_STATE_*` value, or 0. */
  readonly pth_run_state: number;
  /** A set of `TH_FLAGS_*`. */
  readonly pth_flags: number;
  /** Seconds asleep, by the header. Always 0: the kernel does not keep it. */
  readonly pth_sleep_time: number;
  /** The priority it is scheduled with: 0 to 127, the highest served first. */
  readonly pth_curpri: number;
  /** Its base priority. */
  readonly pth_priority: number;
  /** The priority that it cannot exceed. */
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

/** `struct proc_threadwithpathinfo`: what `PROC_PIDTHREADPATHINFO` writes. */
export interface ProcThreadWithPathInfo {
  /** What `PROC_PIDTHREADINFO` would write. */
  readonly pt: ProcThreadInfo;
  /** The working directory of this very thread; all zero unless it has one of its own. */
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
 * `struct proc_threadschedinfo`: what `PROC_PIDTHREADSCHEDINFO` writes, about the calling thread
 * only.
 */
export interface ProcThreadSchedInfo {
  /**
   * Time spent in interrupts, in nanoseconds. 0 in the kernels that Apple releases: only
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

/** Bytes of `pth_name`, the NUL included. */
export const MAXTHREADNAMESIZE = 64;
/** On a processor or ready for one. */
export const TH_STATE_RUNNING = 1;
/** Suspended. */
export const TH_STATE_STOPPED = 2;
/** Waiting for something, and may be interrupted. */
export const TH_STATE_WAITING = 3;
/** Waiting for something, and may not be interrupted. */
export const TH_STATE_UNINTERRUPTIBLE = 4;
/** Halted for good. */
export const TH_STATE_HALTED = 5;
/** Its kernel stack is swapped out. */
export const TH_FLAGS_SWAPPED = 1;
/** An idle thread of a processor. */
export const TH_FLAGS_IDLE = 2;
