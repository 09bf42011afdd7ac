/**
 * Why a process ended: `PROC_PIDEXITREASONBASICINFO` and `PROC_PIDEXITREASONINFO`
 * (bsd/sys/proc_info.h).
 *
 * Both structs are packed: their 64-bit members start at multiples of 4.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_exitreasonbasicinfo`: what `PROC_PIDEXITREASONBASICINFO` writes. Packed. */
export interface ProcExitReasonBasicInfo {
  /** The source of the reason, which gives the code its meaning: an `OS_REASON_*` namespace. */
  readonly beri_namespace: number;
  /** The reason, a number of that namespace. */
  readonly beri_code: bigint;
  /** Flags of the reason. */
  readonly beri_flags: bigint;
  /** Bytes of the data that came with the reason. */
  readonly beri_reason_buf_size: number;
}

/** The layout of {@linkcode ProcExitReasonBasicInfo}. */
export const procExitReasonBasicInfo: Struct<ProcExitReasonBasicInfo> = struct(
  "proc_exitreasonbasicinfo",
  { size: 24, align: 1 },
  (c): ProcExitReasonBasicInfo => ({
    beri_namespace: c.u32packed(),
    beri_code: c.u64packed(),
    beri_flags: c.u64packed(),
    beri_reason_buf_size: c.u32packed(),
  }),
);

/** `struct proc_exitreasoninfo`: what `PROC_PIDEXITREASONINFO` reads and writes. Packed. */
export interface ProcExitReasonInfo {
  /** The source of the reason, which gives the code its meaning: an `OS_REASON_*` namespace. */
  readonly eri_namespace: number;
  /** The reason, a number of that namespace. */
  readonly eri_code: bigint;
  /** Flags of the reason. */
  readonly eri_flags: bigint;
  /** Input: the bytes at `eri_kcd_buf`. Output: the bytes of the data. */
  readonly eri_reason_buf_size: number;
  /** Input: the address in the caller to which the data is copied. It must not be 0. */
  readonly eri_kcd_buf: bigint;
}

/** The layout of {@linkcode ProcExitReasonInfo}. */
export const procExitReasonInfo: Struct<ProcExitReasonInfo> = struct(
  "proc_exitreasoninfo",
  { size: 32, align: 1 },
  (c): ProcExitReasonInfo => ({
    eri_namespace: c.u32packed(),
    eri_code: c.u64packed(),
    eri_flags: c.u64packed(),
    eri_reason_buf_size: c.u32packed(),
    eri_kcd_buf: c.u64packed(),
  }),
);
