/**
 * Process information for Bun, Deno and Node, on macOS and Linux.
 *
 * On macOS, one system call answers queries about processes: `__proc_info()`. On Linux, this module
 * answers the same call from `/proc`. A program is therefore written once for both systems.
 *
 * Importing this module opens nothing and needs no permission. The first call opens the C library
 * of the system. Deno needs `--allow-ffi` for that, and Node before 26.9 needs
 * `--experimental-ffi`.
 *
 * The call with all its flavors is in `./calls`, and its structs and constants are in `./abi`. The
 * functions of `libproc.h` are in `./libproc`, and `kget_proc_info()` of AIX is in `./aix`. Kernels
 * for tests are in `./testing`.
 *
 * @example
 * ```ts
 * import { processes } from "@libproc/libproc";
 *
 * for (const { pid, name, residentBytes } of processes()) console.log(pid, name, residentBytes);
 * ```
 *
 * @module
 */
export { FfiError, type FfiErrorCode } from "./ffi/error.ts";
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
export { ShortAnswerError } from "./lib/calls/reply.ts";
export * from "./lib/process/mod.ts";
export { ERRNO, errnoName, ProcInfoError, SystemCallError } from "./lib/system/errors.ts";
export type { Kernel } from "./lib/system/kernel.ts";
export { type OpenOptions, openSystem } from "./lib/system/open.ts";
export { type System, systemOf, type SystemOptions } from "./lib/system/system.ts";
