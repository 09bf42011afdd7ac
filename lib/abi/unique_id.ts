/**
 * Identities that are never reused: `PROC_PIDUNIQIDENTIFIERINFO` (bsd/sys/proc_info_private.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/**
 * `struct proc_uniqidentifierinfo`: the answer to `PROC_PIDUNIQIDENTIFIERINFO`. No privilege is
 * needed.
 */
export interface ProcUniqIdentifierInfo {
  /** The UUID of the main executable, 16 bytes. */
  readonly p_uuid: Uint8Array;
  /**
   * The unique number of the process: no other process has had it since the start of the machine.
   */
  readonly p_uniqueid: bigint;
  /** The unique number of the parent. */
  readonly p_puniqueid: bigint;
  /**
   * The version of the process id, as in the last word of an audit token. An exec changes it.
   * Before macOS 11, it is 0.
   */
  readonly p_idversion: number;
  /**
   * The version of the parent's process id at the time of the fork. It never changes. Before
   * macOS 15.4, it is 0.
   */
  readonly p_orig_ppidversion: number;
  /** Reserved: always 0. */
  readonly p_reserve2: bigint;
  /** Reserved: always 0. */
  readonly p_reserve3: bigint;
}

/** The layout of {@linkcode ProcUniqIdentifierInfo}. */
export const procUniqIdentifierInfo: Struct<ProcUniqIdentifierInfo> = struct(
  "proc_uniqidentifierinfo",
  { size: 56, align: 8 },
  (c): ProcUniqIdentifierInfo => ({
    p_uuid: c.bytes(16),
    p_uniqueid: c.u64(),
    p_puniqueid: c.u64(),
    p_idversion: c.i32(),
    p_orig_ppidversion: c.i32(),
    p_reserve2: c.u64(),
    p_reserve3: c.u64(),
  }),
);
