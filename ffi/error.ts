/** The reasons why a native library cannot be opened. */
export type FfiErrorCode =
  /** The library does not exist. */
  | "ERR_LIBRARY_NOT_FOUND"
  /** The library does not have the function. */
  | "ERR_SYMBOL_NOT_FOUND"
  /** The runtime lacks the permission. */
  | "ERR_PERMISSION_DENIED"
  /** The runtime cannot call native libraries, or this module does not know it. */
  | "ERR_UNSUPPORTED_RUNTIME"
  /** The operating system is neither macOS nor Linux, or the processor is neither x64 nor arm64. */
  | "ERR_UNSUPPORTED_SYSTEM";

/**
 * Thrown when the system's library cannot be opened. The message states what to do.
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
  /** The name of the class. */
  override readonly name = "FfiError";
  /** The reason. */
  readonly code: FfiErrorCode;

  /** Creates an error with a code and, as `cause`, the error of the runtime. */
  constructor(code: FfiErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}
