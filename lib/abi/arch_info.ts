/**
 * The type of processor that a program was built for: `PROC_PIDARCHINFO`
 * (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_archinfo`: the answer to `PROC_PIDARCHINFO`. */
export interface ProcArchInfo {
  /** The type of processor, as in a Mach-O header: 0x01000007 for x86-64, 0x0100000c for arm64. */
  readonly p_cputype: number;
  /** The subtype of the processor, as in a Mach-O header. */
  readonly p_cpusubtype: number;
}

/** The layout of {@linkcode ProcArchInfo}. */
export const procArchInfo: Struct<ProcArchInfo> = struct(
  "proc_archinfo",
  { size: 8, align: 4 },
  (c): ProcArchInfo => ({
    p_cputype: c.i32(),
    p_cpusubtype: c.i32(),
  }),
);
