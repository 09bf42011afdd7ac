/**
 * The flavors of `PROC_INFO_CALL_PIDORIGINATORINFO`: on whose behalf the calling thread works
 * (bsd/sys/proc_info_private.h). Without an originator: `ENOATTR`.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_originatorinfo`: what `PROC_PIDORIGINATOR_PID_UUID` writes. */
export interface ProcOriginatorInfo {
  /** The UUID of the originator's executable, 16 bytes. */
  readonly originator_uuid: Uint8Array;
  /** The process id of the originator. */
  readonly originator_pid: number;
  /** Reserved: always 0. */
  readonly p_reserve2: bigint;
  /** Reserved: always 0. */
  readonly p_reserve3: bigint;
  /** Reserved: always 0. */
  readonly p_reserve4: bigint;
}

/** The layout of {@linkcode ProcOriginatorInfo}. */
export const procOriginatorInfo: Struct<ProcOriginatorInfo> = struct(
  "proc_originatorinfo",
  { size: 48, align: 8 },
  (c): ProcOriginatorInfo => ({
    originator_uuid: c.bytes(16),
    originator_pid: c.i32(),
    p_reserve2: c.u64(),
    p_reserve3: c.u64(),
    p_reserve4: c.u64(),
  }),
);

/**
 * The UUID of the originator's executable.
 *
 * - Errors: `ENOATTR` the originator is not known, `EINVAL` the thread works for itself.
 *
 * macOS 10.10.
 */
export const PROC_PIDORIGINATOR_UUID = 1;
/** Bytes of the answer to {@linkcode PROC_PIDORIGINATOR_UUID}. macOS 10.10. */
export const PROC_PIDORIGINATOR_UUID_SIZE = 16;
/**
 * Not 0 if the originator is in the background: 32 bits.
 *
 * - Errors: `ENOATTR` the originator is not known, `EINVAL` the thread works for itself,
 *   `ESRCH` the originator is gone.
 *
 * macOS 10.10.
 */
export const PROC_PIDORIGINATOR_BGSTATE = 2;
/** Bytes of the answer to {@linkcode PROC_PIDORIGINATOR_BGSTATE}. macOS 10.10. */
export const PROC_PIDORIGINATOR_BGSTATE_SIZE = 4;
/**
 * The originator's process id and UUID: `proc_originatorinfo`.
 *
 * - Errors: `ENOATTR` the originator is not known, `EINVAL` the thread works for itself,
 *   `ESRCH` the originator is gone.
 *
 * macOS 10.11.
 */
export const PROC_PIDORIGINATOR_PID_UUID = 3;
/** Bytes of `proc_originatorinfo`. macOS 10.11. */
export const PROC_PIDORIGINATOR_PID_UUID_SIZE = 48;
