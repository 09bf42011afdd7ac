/**
 * Queries of the system, with their names from libproc.h and libproc_internal.h.
 *
 * @module
 */
export { kernMsgBuf as procKmsgbuf } from "../calls/kern_msg_buf.ts";
export { listCoalitions as procListcoalitions } from "../calls/list_coalitions.ts";

/** The version of libproc. */
export interface LibprocVersion {
  /** The major version. */
  readonly major: number;
  /** The minor version. */
  readonly minor: number;
}

/**
 * Returns the version of libproc: `proc_libversion()`.
 *
 * On macOS, the version is 1.1 in every release.
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
