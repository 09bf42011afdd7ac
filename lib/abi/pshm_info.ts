/**
 * POSIX shared memory: `PROC_PIDFDPSHMINFO` and `PROC_PIDFILEPORTPSHMINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct pshm_info`: a piece of POSIX shared memory. */
export interface PshmInfo {
  /** Length, owner, group and mode; nothing else of it is filled in. */
  readonly pshm_stat: VinfoStat;
  /** Where it is mapped, an address. */
  readonly pshm_mappaddr: bigint;
  /** The name it was opened by, at most 31 bytes. */
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

/** `struct pshm_fdinfo`: what `PROC_PIDFDPSHMINFO` and `PROC_PIDFILEPORTPSHMINFO` write. */
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
