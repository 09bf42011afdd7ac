/**
 * The reason why a process ended: `PROC_PIDEXITREASONBASICINFO` and `PROC_PIDEXITREASONINFO`
 * (bsd/sys/proc_info.h).
 *
 * Both structs are packed: the offsets of their 64-bit members are multiples of 4.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_exitreasonbasicinfo`: the answer to `PROC_PIDEXITREASONBASICINFO`. Packed. */
export interface ProcExitReasonBasicInfo {
  /**
   * The source of the reason: an `OS_REASON_*` namespace. It determines the meaning of the code.
   */
  readonly beri_namespace: number;
  /** The reason: a number of that namespace. */
  readonly beri_code: bigint;
  /** The flags of the reason. */
  readonly beri_flags: bigint;
  /** The size of the data that belongs to the reason, in bytes. */
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

/** `struct proc_exitreasoninfo`: the input of `PROC_PIDEXITREASONINFO` and its answer. Packed. */
export interface ProcExitReasonInfo {
  /**
   * The source of the reason: an `OS_REASON_*` namespace. It determines the meaning of the code.
   */
  readonly eri_namespace: number;
  /** The reason: a number of that namespace. */
  readonly eri_code: bigint;
  /** The flags of the reason. */
  readonly eri_flags: bigint;
  /**
   * Input: the size of the memory at `eri_kcd_buf`, in bytes. Output: the size of the data, in
   * bytes.
   */
  readonly eri_reason_buf_size: number;
  /** Input: the address in the caller's memory to which the data is copied. It must not be 0. */
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
