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
export * from "./lib/abi/callnum.ts";
export * from "./lib/abi/list_pids.ts";
export {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  listPids,
} from "./lib/calls/list_pids.ts";
export { procInfo } from "./lib/calls/proc_info.ts";
export type { Host } from "./lib/host.ts";
export { ERRNO, errnoName, type Kernel, ProcInfoError, SystemCallError } from "./lib/kernel.ts";
export { openKernel } from "./lib/open.ts";
