/** Why a native library could not be opened. */
export type FfiErrorCode =
  /** There is no such library. */
  | "ERR_LIBRARY_NOT_FOUND"
  /** The library has no such function. */
  | "ERR_SYMBOL_NOT_FOUND"
  /** The runtime was not given the permission. */
  | "ERR_PERMISSION_DENIED"
  /** The runtime cannot call native libraries, or this module does not know it. */
  | "ERR_UNSUPPORTED_RUNTIME"
  /** The operating system is neither macOS nor Linux, or its processor neither x64 nor arm64. */
  | "ERR_UNSUPPORTED_SYSTEM";

/**
 * Thrown when the library that this module calls cannot be opened. The message states what to do.
 *
 * @example
 * ```ts
 * import { FfiError, getAllPids } from "@libproc/libproc";
 *
 * try {
 *   console.log(getAllPids().length);
 * } catch (error) {
 *   if (error instanceof FfiError && error.code === "ERR_PERMISSION_DENIED") console.log(error.message);
 *   else throw error;
 * }
 * ```
 */
export class FfiError extends Error {
  /** `"FfiError"`. */
  override readonly name = "FfiError";
  /** What is missing. */
  readonly code: FfiErrorCode;

  /** Makes an error with a code and, as `cause`, the error of the runtime. */
  constructor(code: FfiErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}
