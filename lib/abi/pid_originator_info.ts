/**
 * The flavors of `PROC_INFO_CALL_PIDORIGINATORINFO`. They report the originator, which is the
 * process on whose behalf the calling thread works (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_originatorinfo`: the answer to `PROC_PIDORIGINATOR_PID_UUID`. */
export interface ProcOriginatorInfo {
  /** The UUID of the originator's executable file, 16 bytes. */
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
 * The UUID of the originator's executable file.
 *
 * - Errors: `ENOATTR` if the originator is not known, `EINVAL` if the thread works for itself,
 *   `ESRCH` if the originator has ended.
 *
 * macOS 10.10.
 */
export const PROC_PIDORIGINATOR_UUID = 1;
/** The size of the answer to {@linkcode PROC_PIDORIGINATOR_UUID}, in bytes. macOS 10.10. */
export const PROC_PIDORIGINATOR_UUID_SIZE = 16;
/**
 * A 32-bit number that is not 0 if the originator is in the background.
 *
 * - Errors: `ENOATTR` if the originator is not known, `EINVAL` if the thread works for itself,
 *   `ESRCH` if the originator has ended.
 *
 * macOS 10.10.
 */
export const PROC_PIDORIGINATOR_BGSTATE = 2;
/** The size of the answer to {@linkcode PROC_PIDORIGINATOR_BGSTATE}, in bytes. macOS 10.10. */
export const PROC_PIDORIGINATOR_BGSTATE_SIZE = 4;
/**
 * The process id and the UUID of the originator: `proc_originatorinfo`.
 *
 * - Errors: `ENOATTR` if the originator is not known, `EINVAL` if the thread works for itself,
 *   `ESRCH` if the originator has ended.
 *
 * macOS 10.11.
 */
export const PROC_PIDORIGINATOR_PID_UUID = 3;
/** The size of `proc_originatorinfo`, in bytes. macOS 10.11. */
export const PROC_PIDORIGINATOR_PID_UUID_SIZE = 48;
