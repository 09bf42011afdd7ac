/**
 * The coalitions of a process: `PROC_PIDCOALITIONINFO` (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/**
 * `struct proc_pidcoalitioninfo`: the answer to `PROC_PIDCOALITIONINFO`. No privilege is needed.
 */
export interface ProcPidCoalitionInfo {
  /**
   * The ids of the two coalitions of the process: that for resources, then that for memory
   * pressure.
   */
  readonly coalition_id: readonly bigint[];
  /** Reserved: always 0. */
  readonly reserved1: bigint;
  /** Reserved: always 0. */
  readonly reserved2: bigint;
  /** Reserved: always 0. */
  readonly reserved3: bigint;
}

/** The layout of {@linkcode ProcPidCoalitionInfo}. */
export const procPidCoalitionInfo: Struct<ProcPidCoalitionInfo> = struct(
  "proc_pidcoalitioninfo",
  { size: 40, align: 8 },
  (c): ProcPidCoalitionInfo => ({
    coalition_id: c.array(2, (c) => c.u64()),
    reserved1: c.u64(),
    reserved2: c.u64(),
    reserved3: c.u64(),
  }),
);
