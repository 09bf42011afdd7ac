/**
 * The table of Mach port names of a process: `PROC_PIDIPCTABLEINFO` (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_ipctableinfo`: the answer to `PROC_PIDIPCTABLEINFO`. */
export interface ProcIpcTableInfo {
  /** The number of entries in the table. */
  readonly table_size: number;
  /** The number of free entries in the table. */
  readonly table_free: number;
}

/** The layout of {@linkcode ProcIpcTableInfo}. */
export const procIpcTableInfo: Struct<ProcIpcTableInfo> = struct(
  "proc_ipctableinfo",
  { size: 8, align: 4 },
  (c): ProcIpcTableInfo => ({
    table_size: c.u32(),
    table_free: c.u32(),
  }),
);
