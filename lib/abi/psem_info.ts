/**
 * POSIX semaphores: `PROC_PIDFDPSEMINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct psem_info`: a POSIX semaphore. */
export interface PsemInfo {
  /** The owner, the group and the mode; `vst_size` is the use count. */
  readonly psem_stat: VinfoStat;
  /** The name by which the semaphore was opened. */
  readonly psem_name: string;
}

/** The layout of {@linkcode PsemInfo}. */
export const psemInfo: Struct<PsemInfo> = struct(
  "psem_info",
  { size: 1160, align: 8 },
  (c): PsemInfo => ({
    psem_stat: c.struct(vinfoStat),
    psem_name: c.chars(1024),
  }),
);

/** `struct psem_fdinfo`: the answer to `PROC_PIDFDPSEMINFO`. */
export interface PsemFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The semaphore. */
  readonly pseminfo: PsemInfo;
}

/** The layout of {@linkcode PsemFdInfo}. */
export const psemFdInfo: Struct<PsemFdInfo> = struct(
  "psem_fdinfo",
  { size: 1184, align: 8 },
  (c): PsemFdInfo => ({
    pfi: c.struct(procFileInfo),
    pseminfo: c.struct(psemInfo),
  }),
);
