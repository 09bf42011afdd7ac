/**
 * Pipes: `PROC_PIDFDPIPEINFO` and `PROC_PIDFILEPORTPIPEINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct pipe_info`: one end of a pipe. */
export interface PipeInfo {
  /**
   * The attributes. The owner and the group are those of the caller, and the times are the current
   * time.
   */
  readonly pipe_stat: VinfoStat;
  /**
   * A number that identifies this end: a hashed kernel address. It is only useful for comparison.
   */
  readonly pipe_handle: bigint;
  /** The `pipe_handle` of the other end. */
  readonly pipe_peerhandle: bigint;
  /** The flags that the kernel keeps for this end. */
  readonly pipe_status: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
}

/** The layout of {@linkcode PipeInfo}. */
export const pipeInfo: Struct<PipeInfo> = struct(
  "pipe_info",
  { size: 160, align: 8 },
  (c): PipeInfo => ({
    pipe_stat: c.struct(vinfoStat),
    pipe_handle: c.u64(),
    pipe_peerhandle: c.u64(),
    pipe_status: c.i32(),
    rfu_1: c.i32(),
  }),
);

/** `struct pipe_fdinfo`: the answer to `PROC_PIDFDPIPEINFO` and `PROC_PIDFILEPORTPIPEINFO`. */
export interface PipeFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The pipe. */
  readonly pipeinfo: PipeInfo;
}

/** The layout of {@linkcode PipeFdInfo}. */
export const pipeFdInfo: Struct<PipeFdInfo> = struct(
  "pipe_fdinfo",
  { size: 184, align: 8 },
  (c): PipeFdInfo => ({
    pfi: c.struct(procFileInfo),
    pipeinfo: c.struct(pipeInfo),
  }),
);
