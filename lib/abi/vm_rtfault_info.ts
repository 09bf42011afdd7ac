/**
 * The page faults of real-time threads: `PROC_PIDVMRTFAULTINFO` (osfmk/mach/vm_types.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `vm_rtfault_record_t`: one row of `PROC_PIDVMRTFAULTINFO`, for the caller only. */
export interface VmRtFaultRecord {
  /**
   * The start time of the fault, in mach time units of the continuous clock, which runs while the
   * machine sleeps.
   */
  readonly rtfabstime: bigint;
  /** The time that the thread waited, in mach time units of the continuous clock. */
  readonly rtfduration: bigint;
  /** The address that caused the fault. */
  readonly rtfaddr: bigint;
  /** The address of the instruction. */
  readonly rtfpc: bigint;
  /** The id of the thread. */
  readonly rtftid: bigint;
  /** The unique number of the process. */
  readonly rtfupid: bigint;
  /** The kind of fault. */
  readonly rtftype: bigint;
}

/** The layout of {@linkcode VmRtFaultRecord}. */
export const vmRtFaultRecord: Struct<VmRtFaultRecord> = struct(
  "vm_rtfault_record_t",
  { size: 56, align: 8 },
  (c): VmRtFaultRecord => ({
    rtfabstime: c.u64(),
    rtfduration: c.u64(),
    rtfaddr: c.u64(),
    rtfpc: c.u64(),
    rtftid: c.u64(),
    rtfupid: c.u64(),
    rtftype: c.u64(),
  }),
);
