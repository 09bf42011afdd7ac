/**
 * The counters of a processor for one thread: `PROC_PIDTHREADCOUNTS` (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_threadcounts_data`: the counters of one thread on one kind of processor core. */
export interface ProcThreadCountsData {
  /** Instructions retired. 0 if the machine has no counters. */
  readonly ptcd_instructions: bigint;
  /** Cycles. 0 if the machine has no counters. */
  readonly ptcd_cycles: bigint;
  /** The processor time in user mode, in mach time units. */
  readonly ptcd_user_time_mach: bigint;
  /** The processor time in the kernel, in mach time units. */
  readonly ptcd_system_time_mach: bigint;
  /** The energy, in nanojoules. Always 0 on Intel. */
  readonly ptcd_energy_nj: bigint;
}

/** The layout of {@linkcode ProcThreadCountsData}. */
export const procThreadCountsData: Struct<ProcThreadCountsData> = struct(
  "proc_threadcounts_data",
  { size: 40, align: 8 },
  (c): ProcThreadCountsData => ({
    ptcd_instructions: c.u64(),
    ptcd_cycles: c.u64(),
    ptcd_user_time_mach: c.u64(),
    ptcd_system_time_mach: c.u64(),
    ptcd_energy_nj: c.u64(),
  }),
);

/**
 * `struct proc_threadcounts`: the answer to `PROC_PIDTHREADCOUNTS`.
 *
 * The answer is cut to the size of the buffer without an error: compare `ptc_len` with the length
 * of `ptc_counts`.
 */
export interface ProcThreadCounts {
  /** The number of performance levels of the machine, even if the buffer did not hold them all. */
  readonly ptc_len: number;
  /** Reserved: always 0. */
  readonly ptc_reserved0: number;
  /** Reserved: always 0. */
  readonly ptc_reserved1: number;
  /**
   * The counters of each performance level, in the order of the sysctl names `hw.perflevel0` and
   * on.
   */
  readonly ptc_counts: readonly ProcThreadCountsData[];
}

/** The layout of {@linkcode ProcThreadCounts}. Its size is that of the part before `ptc_counts`. */
export const procThreadCounts: Struct<ProcThreadCounts> = struct(
  "proc_threadcounts",
  { size: 8, align: 8 },
  (c): ProcThreadCounts => {
    let length: number;
    return {
      ptc_len: length = c.u16(),
      ptc_reserved0: c.u16(),
      ptc_reserved1: c.u32(),
      ptc_counts: c.flexible(procThreadCountsData, length),
    };
  },
);
