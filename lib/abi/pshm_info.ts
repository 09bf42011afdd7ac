/**
 * POSIX shared memory: `PROC_PIDFDPSHMINFO` and `PROC_PIDFILEPORTPSHMINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct pshm_info`: a POSIX shared memory object. */
export interface PshmInfo {
  /** The size, the owner, the group and the mode. No other member is filled. */
  readonly pshm_stat: VinfoStat;
  /** The address at which the memory is mapped. */
  readonly pshm_mappaddr: bigint;
  /** The name by which the memory was opened, at most 31 bytes. */
  readonly pshm_name: string;
}

/** The layout of {@linkcode PshmInfo}. */
export const pshmInfo: Struct<PshmInfo> = struct(
  "pshm_info",
  { size: 1168, align: 8 },
  (c): PshmInfo => ({
    pshm_stat: c.struct(vinfoStat),
    pshm_mappaddr: c.u64(),
    pshm_name: c.chars(1024),
  }),
);

/** `struct pshm_fdinfo`: the answer to `PROC_PIDFDPSHMINFO` and `PROC_PIDFILEPORTPSHMINFO`. */
export interface PshmFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The shared memory. */
  readonly pshminfo: PshmInfo;
}

/** The layout of {@linkcode PshmFdInfo}. */
export const pshmFdInfo: Struct<PshmFdInfo> = struct(
  "pshm_fdinfo",
  { size: 1192, align: 8 },
  (c): PshmFdInfo => ({
    pfi: c.struct(procFileInfo),
    pshminfo: c.struct(pshmInfo),
  }),
);
