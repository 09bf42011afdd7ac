/**
 * The waist of the module: the one call that everything above shares, and the one place where its
 * answers become errors.
 *
 * @module
 */

import { ProcInfoError } from "./errors.ts";

/** `__proc_info()` of macOS, or what answers like it. */
export interface Kernel {
  /**
   * Asks the kernel.
   *
   * The buffer's length is the size that the kernel is told; no answer is ever written past it.
   *
   * @returns What the call returned (its meaning belongs to the flavor), or a negated Darwin `errno`.
   */
  procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number;

  /**
   * Asks the kernel about one life of a process: `__proc_info_extended_id()`.
   *
   * `flags` says what `extId` is compared with: `PIF_COMPARE_IDVERSION` or `PIF_COMPARE_UNIQUEID`.
   *
   * @returns As {@linkcode Kernel.procInfo}; `-ENOSYS` from a kernel older than macOS 11.
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
 * Passes on what a {@linkcode Kernel} answered, or throws: the one place where answers become
 * errors.
 *
 * @throws {ProcInfoError} The answer is a negated errno.
 */
export function ret(answer: number, callnum: number, pid: number, flavor: number): number {
  if (answer < 0) throw new ProcInfoError(-answer, callnum, pid, flavor);
  return answer;
}
