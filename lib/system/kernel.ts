/**
 * The narrow waist of the library: the one call that everything above shares, and the one place
 * where its results become errors.
 *
 * @module
 */

import { bigint, bytesOf, callback, int32, object, uint64, word32 } from "./arguments.ts";
import { ProcInfoError } from "./errors.ts";

/** `__proc_info()` of macOS, or a function that returns the same results. */
export interface Kernel {
  /**
   * Calls the kernel.
   *
   * The length of the buffer is the size that the kernel gets. Nothing is ever written past it.
   *
   * @returns The result of the call, whose meaning depends on the flavor, or a negated Darwin
   * `errno`.
   */
  procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number;

  /**
   * Calls the kernel about one identity of a process: `__proc_info_extended_id()`.
   *
   * `flags` states what `extId` is compared with: `PIF_COMPARE_IDVERSION` or
   * `PIF_COMPARE_UNIQUEID`.
   *
   * @returns The same as {@linkcode Kernel.procInfo}; `-ENOSYS` from a kernel older than macOS 11.
   */
  procInfoExtendedId(
    callnum: number,
    pid: number,
    flavor: number,
    flags: number,
    extId: bigint,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number;
}

/**
 * Returns the result of a {@linkcode Kernel}, or throws if it is an error: the one place where
 * results become errors.
 *
 * @throws {ProcInfoError} The result is a negated errno.
 */
export function ret(answer: number, callnum: number, pid: number, flavor: number): number {
  if (answer < 0) throw new ProcInfoError(-answer, callnum, pid, flavor);
  return answer;
}

/**
 * Wraps a kernel so that no call reaches it with arguments that C cannot take: the runtimes wrap,
 * truncate or crash on them, each in its own way. A buffer that is detached, or has shrunk below
 * its length, is refused.
 */
export function checkedKernel(kernel: Kernel): Kernel {
  callback("kernel.procInfo", object("kernel", kernel).procInfo);
  return {
    procInfo: (callnum, pid, flavor, arg, buffer) =>
      kernel.procInfo(
        int32("callnum", callnum),
        int32("pid", pid),
        word32("flavor", flavor),
        uint64("arg", bigint("arg", arg)),
        checkedBuffer(buffer),
      ),
    procInfoExtendedId: (callnum, pid, flavor, flags, extId, arg, buffer) =>
      kernel.procInfoExtendedId(
        int32("callnum", callnum),
        int32("pid", pid),
        word32("flavor", flavor),
        word32("flags", flags),
        uint64("extId", bigint("extId", extId)),
        uint64("arg", bigint("arg", arg)),
        checkedBuffer(buffer),
      ),
  };
}

/** Returns `buffer` if it still has its memory, or is null. */
export function checkedBuffer(buffer: Uint8Array | null): Uint8Array | null {
  // A buffer whose memory is gone has the length 0.
  if (buffer === null || (buffer instanceof Uint8Array && buffer.byteLength > 0)) return buffer;
  return bytesOf("buffer", buffer);
}
