/**
 * The attributes that all file descriptors have: the start of each answer to
 * `PROC_INFO_CALL_PIDFDINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/**
 * `struct proc_fileinfo`: the open file of a descriptor. All zero for the kqueue of a workqueue,
 * which has no descriptor.
 */
export interface ProcFileInfo {
  /**
   * The flags of `open()` as the kernel keeps them, which is the argument plus one: bit 0 is set if
   * the file is readable, bit 1 if it is writable.
   */
  readonly fi_openflags: number;
  /** A set of `PROC_FP_*`. */
  readonly fi_status: number;
  /** The position in the file, in bytes. */
  readonly fi_offset: bigint;
  /** The kind of the open file, as in `PROX_FDTYPE_*`, except that AppleTalk is 8. */
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
/** The descriptor is closed on exec. Never set for a fileport. macOS 10.5. */
export const PROC_FP_CLEXEC = 2;
/** The descriptor is guarded: see `fi_guardflags`. macOS 10.9. */
export const PROC_FP_GUARDED = 4;
/** The descriptor is closed in the child on fork. Never set for a fileport. macOS 10.11. */
export const PROC_FP_CLFORK = 8;
/** The descriptor is guarded against being closed. macOS 10.9. */
export const PROC_FI_GUARD_CLOSE = 1;
/** The descriptor is guarded against being duplicated. macOS 10.9. */
export const PROC_FI_GUARD_DUP = 2;
/** The descriptor is guarded against being sent through a socket. macOS 10.9. */
export const PROC_FI_GUARD_SOCKET_IPC = 4;
/** The descriptor is guarded against being made into a fileport. macOS 10.9. */
export const PROC_FI_GUARD_FILEPORT = 8;
