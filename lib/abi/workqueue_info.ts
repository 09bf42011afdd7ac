/**
 * The workqueue, which is the pool of threads that the system keeps for a process:
 * `PROC_PIDWORKQUEUEINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_workqueueinfo`: the answer to `PROC_PIDWORKQUEUEINFO`. */
export interface ProcWorkqueueInfo {
  /** The number of threads in the pool. */
  readonly pwq_nthreads: number;
  /** The number of threads in the pool that run. */
  readonly pwq_runthreads: number;
  /** The number of threads in the pool that are blocked. */
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

/**
 * The number of constrained threads has reached its limit, which depends on the number of
 * processors.
 */
export const WQ_EXCEEDED_CONSTRAINED_THREAD_LIMIT = 1;
/** The number of all threads has reached its limit. */
export const WQ_EXCEEDED_TOTAL_THREAD_LIMIT = 2;
/** The other bits are filled. */
export const WQ_FLAGS_AVAILABLE = 4;
/** The number of threads in the cooperative pool has reached its limit. */
export const WQ_EXCEEDED_COOPERATIVE_THREAD_LIMIT = 8;
/**
 * The number of active constrained threads has reached its limit, which depends on the number of
 * processors.
 */
export const WQ_EXCEEDED_ACTIVE_CONSTRAINED_THREAD_LIMIT = 16;
