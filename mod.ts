/**
 * Process information for Bun, Deno and Node, on macOS and Linux.
 *
 * macOS answers every question about processes through one system call, `__proc_info()`. On Linux this
 * module answers the same call itself, from `/proc`, so a program is written once.
 *
 * Importing this module opens nothing and needs no permission. The first call opens the system's C
 * library, for which Deno needs `--allow-ffi`, and Node before 26.9 `--experimental-ffi`.
 *
 * The call with all its flavors is at `./calls`, its structs and constants at `./abi`, `libproc.h` at
 * `./libproc`, AIX's `kget_proc_info()` at `./aix`, and kernels for tests at `./testing`.
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
