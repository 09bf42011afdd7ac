/**
 * The flavors of `PROC_INFO_CALL_LISTCOALITIONS` and their rows (bsd/sys/proc_info_private.h,
 * osfmk/mach/coalition.h).
 *
 * The answer is cut to the size of the buffer, even within a row.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct procinfo_coalinfo`: one row of `PROC_INFO_CALL_LISTCOALITIONS`. */
export interface ProcInfoCoalInfo {
  /** The id of the coalition. */
  readonly coalition_id: bigint;
  /** The purpose of the coalition: 0 for resources, 1 for memory pressure. */
  readonly coalition_type: number;
  /** The number of tasks in the coalition. */
  readonly coalition_tasks: number;
}

/** The layout of {@linkcode ProcInfoCoalInfo}. */
export const procInfoCoalInfo: Struct<ProcInfoCoalInfo> = struct(
  "procinfo_coalinfo",
  { size: 16, align: 8 },
  (c): ProcInfoCoalInfo => ({
    coalition_id: c.u64(),
    coalition_type: c.u32(),
    coalition_tasks: c.u32(),
  }),
);

/**
 * Every coalition: a list of `procinfo_coalinfo`.
 *
 * - Type: ignored.
 *
 * macOS 10.11.
 */
export const LISTCOALITIONS_ALL_COALS = 1;
/** The size of one row of {@linkcode LISTCOALITIONS_ALL_COALS}, in bytes. macOS 10.11. */
export const LISTCOALITIONS_ALL_COALS_SIZE = 16;
/**
 * The coalitions of one type: a list of `procinfo_coalinfo`.
 *
 * - Type: 0 for resources, 1 for memory pressure. The list is empty for a type that does not exist,
 *   and has every type for a number below 0.
 *
 * macOS 10.11.
 */
export const LISTCOALITIONS_SINGLE_TYPE = 2;
/** The size of one row of {@linkcode LISTCOALITIONS_SINGLE_TYPE}, in bytes. macOS 10.11. */
export const LISTCOALITIONS_SINGLE_TYPE_SIZE = 16;
