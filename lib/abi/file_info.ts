/**
 * What every kind of descriptor has: the head of each answer of `PROC_INFO_CALL_PIDFDINFO`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/**
 * `struct proc_fileinfo`: the open file behind a descriptor. All zero for the kqueue of a process's
 * workqueue, which has no descriptor.
 */
export interface ProcFileInfo {
  /**
   * The kernel's form of the flags of `open()`, which is those plus one: bit 0 is set if readable, bit 1
   * if writable.
   */
  readonly fi_openflags: number;
  /** A set of `PROC_FP_*`. */
  readonly fi_status: number;
  /** The position in the file, in bytes. */
  readonly fi_offset: bigint;
  /** The kind of file, as `PROX_FDTYPE_*`, but 8 for AppleTalk. */
  readonly fi_type: number;
  /** A set of `PROC_FI_GUARD_*`. */
  readonly fi_guardflags: number;
}

/** The layout of {@linkcode ProcFileInfo}. */
export const procFileInfo: Struct<ProcFileInfo> = struct(
  "proc_fileinfo",
  { size: 24, align: 8 },
  (c): ProcFileInfo => ({
    fi_openflags: c.u32(),
    fi_status: c.u32(),
    fi_offset: c.i64(),
    fi_type: c.i32(),
    fi_guardflags: c.u32(),
  }),
);

/** More than one descriptor shares the open file. macOS 10.5. */
export const PROC_FP_SHARED = 1;
/** Closed by exec. Never in the answer about a fileport. macOS 10.5. */
export const PROC_FP_CLEXEC = 2;
/** Guarded: see `fi_guardflags`. macOS 10.9. */
export const PROC_FP_GUARDED = 4;
/** Closed in the child by fork. Never in the answer about a fileport. macOS 10.11. */
export const PROC_FP_CLFORK = 8;
/** Guarded against being closed. macOS 10.9. */
export const PROC_FI_GUARD_CLOSE = 1;
/** Guarded against being duplicated. macOS 10.9. */
export const PROC_FI_GUARD_DUP = 2;
/** Guarded against being sent through a socket. macOS 10.9. */
export const PROC_FI_GUARD_SOCKET_IPC = 4;
/** Guarded against being made a fileport. macOS 10.9. */
export const PROC_FI_GUARD_FILEPORT = 8;
