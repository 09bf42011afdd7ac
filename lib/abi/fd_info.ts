/**
 * Lists of file descriptors and fileports: `PROC_PIDLISTFDS` and `PROC_PIDLISTFILEPORTS`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_fdinfo`: one row of `PROC_PIDLISTFDS`. */
export interface ProcFdInfo {
  /** The file descriptor. */
  readonly proc_fd: number;
  /** The kind of the open file: a `PROX_FDTYPE_*` value. */
  readonly proc_fdtype: number;
}

/** The layout of {@linkcode ProcFdInfo}. */
export const procFdInfo: Struct<ProcFdInfo> = struct(
  "proc_fdinfo",
  { size: 8, align: 4 },
  (c): ProcFdInfo => ({
    proc_fd: c.i32(),
    proc_fdtype: c.u32(),
  }),
);

/** `struct proc_fileportinfo`: one row of `PROC_PIDLISTFILEPORTS`. */
export interface ProcFileportInfo {
  /** The name of the Mach port in the queried process. */
  readonly proc_fileport: number;
  /** The kind of the open file: a `PROX_FDTYPE_*` value. */
  readonly proc_fdtype: number;
}

/** The layout of {@linkcode ProcFileportInfo}. */
export const procFileportInfo: Struct<ProcFileportInfo> = struct(
  "proc_fileportinfo",
  { size: 8, align: 4 },
  (c): ProcFileportInfo => ({
    proc_fileport: c.u32(),
    proc_fdtype: c.u32(),
  }),
);

/** An AppleTalk socket, which no longer exists. macOS 10.4. */
export const PROX_FDTYPE_ATALK = 0;
/** A file, a directory or a device. macOS 10.4. */
export const PROX_FDTYPE_VNODE = 1;
/** A socket. macOS 10.4. */
export const PROX_FDTYPE_SOCKET = 2;
/** POSIX shared memory. macOS 10.4. */
export const PROX_FDTYPE_PSHM = 3;
/** A POSIX semaphore. macOS 10.4. */
export const PROX_FDTYPE_PSEM = 4;
/** A kqueue. macOS 10.4. */
export const PROX_FDTYPE_KQUEUE = 5;
/** A pipe. macOS 10.4. */
export const PROX_FDTYPE_PIPE = 6;
/** A stream of file-system events. macOS 10.4. */
export const PROX_FDTYPE_FSEVENTS = 7;
/** A session for network policies. macOS 10.12. */
export const PROX_FDTYPE_NETPOLICY = 9;
/** A Skywalk channel. macOS 12.2. */
export const PROX_FDTYPE_CHANNEL = 10;
/** A Skywalk nexus controller. macOS 12.2. */
export const PROX_FDTYPE_NEXUS = 11;
