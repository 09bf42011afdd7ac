/**
 * Process information for Bun, Deno and Node, on macOS and Linux: the system call `__proc_info()`,
 * and what is built on it.
 *
 * macOS answers every question about processes through this one call. On Linux this module answers
 * the same call itself, from `/proc`, so a program is written once.
 *
 * Importing this module opens nothing and needs no permission. The first call opens the system's C
 * library, for which Deno needs `--allow-ffi`, and Node before 26.9 `--experimental-ffi`.
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
export * from "./lib/calls/mod.ts";
export { ERRNO, errnoName } from "./lib/system/errors.ts";
export {
  getArguments,
  machTime,
  machToNanoseconds,
  type ProcessArguments,
} from "./lib/libproc/mod.ts";
export { type KernelOptions, openHost, openKernel } from "./lib/system/open.ts";
export * from "./lib/process/mod.ts";
