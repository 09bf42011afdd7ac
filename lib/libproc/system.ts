/**
 * Questions about the system, under the names of libproc.h and libproc_internal.h.
 *
 * @module
 */
export { kernMsgBuf as procKmsgbuf } from "../calls/kern_msg_buf.ts";
export { listCoalitions as procListcoalitions } from "../calls/list_coalitions.ts";

/** The version of libproc. */
export interface LibprocVersion {
  /** The number that stands first. */
  readonly major: number;
  /** The number behind it. */
  readonly minor: number;
}

/**
 * The version of libproc: `proc_libversion()`.
 *
 * It has been 1.1 in every macOS.
 *
 * @example
 * ```ts
 * import { procLibversion } from "@libproc/libproc/libproc";
 *
 * console.log(procLibversion()); // { major: 1, minor: 1 }
 * ```
 */
export function procLibversion(): LibprocVersion {
  return { major: 1, minor: 1 };
}
