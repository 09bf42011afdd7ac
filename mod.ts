/**
 * Process information for Bun and Deno, on macOS and Linux: the system call `__proc_info()`, and
 * what is built on it.
 *
 * macOS answers every question about processes through this one call. On Linux this module answers
 * the same call itself, from `/proc`, so a program is written once.
 *
 * Importing this module opens nothing and needs no permission. The first call opens the system's C
 * library, for which Deno needs `--allow-ffi`.
 *
 * @example
 * ```ts
 * import { getAllPids, getPidsForUid } from "@libproc/libproc";
 *
 * console.log(getAllPids().length, "processes,", getPidsForUid(0).length, "of them root's");
 * ```
 *
 * @module
 */
export { FfiError, type FfiErrorCode } from "./ffi/error.ts";
export * from "./lib/abi/mod.ts";
export {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  listPids,
} from "./lib/calls/list_pids.ts";
export {
  type ExitReason,
  pidInfo,
  type PidInfoFlavor,
  pidInfoOf,
  type PidInfoReplies,
  type ProcessIdentity,
} from "./lib/calls/pid_info.ts";
export { procInfo } from "./lib/calls/proc_info.ts";
export { ShortAnswerError } from "./lib/calls/reply.ts";
export type * from "./lib/host.ts";
export { ERRNO, errnoName, type Kernel, ProcInfoError, SystemCallError } from "./lib/kernel.ts";
export { openKernel } from "./lib/open.ts";
