/**
 * The processor that a process was built for: `PROC_PIDARCHINFO` (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_archinfo`: what `PROC_PIDARCHINFO` writes. */
export interface ProcArchInfo {
  /** The processor, as in a Mach-O header: 0x01000007 x86-64, 0x0100000c arm64. */
  readonly p_cputype: number;
  /** The variant of the processor, as in a Mach-O header. */
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
