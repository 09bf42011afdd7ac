/**
 * The pool of threads that the system keeps for a process: `PROC_PIDWORKQUEUEINFO`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_workqueueinfo`: what `PROC_PIDWORKQUEUEINFO` writes. */
export interface ProcWorkqueueInfo {
  /** How many threads the pool has. */
  readonly pwq_nthreads: number;
  /** How many of them run. */
  readonly pwq_runthreads: number;
  /** How many of them are blocked. */
  readonly pwq_blockedthreads: number;
  /** A set of `WQ_*`. */
  readonly pwq_state: number;
}

/** The layout of {@linkcode ProcWorkqueueInfo}. */
export const procWorkqueueInfo: Struct<ProcWorkqueueInfo> = struct(
  "proc_workqueueinfo",
  { size: 16, align: 4 },
  (c): ProcWorkqueueInfo => ({
    pwq_nthreads: c.u32(),
    pwq_runthreads: c.u32(),
    pwq_blockedthreads: c.u32(),
    pwq_state: c.u32(),
  }),
);

/** As many threads as may be bound to the number of processors. */
export const WQ_EXCEEDED_CONSTRAINED_THREAD_LIMIT = 1;
/** As many threads as there may be at all. */
export const WQ_EXCEEDED_TOTAL_THREAD_LIMIT = 2;
/** The other bits are filled in. */
export const WQ_FLAGS_AVAILABLE = 4;
/** As many threads as may be in the cooperative pool. */
export const WQ_EXCEEDED_COOPERATIVE_THREAD_LIMIT = 8;
/** As many threads bound to the number of processors as may be active. */
export const WQ_EXCEEDED_ACTIVE_CONSTRAINED_THREAD_LIMIT = 16;
