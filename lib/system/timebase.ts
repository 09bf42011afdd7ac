import type { Host, Timebase } from "./system.ts";
import { openHost } from "./open.ts";

/**
 * Converts a time in the kernel's units to nanoseconds, exactly, rounded towards zero.
 *
 * @param mach A point or a span of time in units of `mach_absolute_time()`, of any size.
 * @param timebase What a unit is worth.
 *
 * @example
 * ```ts
 * import { machToNanoseconds } from "@libproc/libproc/libproc";
 *
 * console.log(machToNanoseconds(24_000_000n, { numer: 125, denom: 3 })); // 1000000000n
 * ```
 */
export function machToNanoseconds(mach: bigint, { numer, denom }: Timebase): bigint {
  return mach * BigInt(numer) / BigInt(denom);
}

/**
 * Converts a time that this host's kernel answered in its own units to nanoseconds.
 *
 * Those units are in `pti_total_user` and its like, in the times of `rusage_info` and in the
 * `*_time_mach` of thread counts; `pth_user_time` is in nanoseconds already. On Apple silicon a unit
 * is 41 2/3 nanoseconds, also where a program for Intel is told that it is 1. On Linux this module
 * answers in nanoseconds, and a time is passed on as it is.
 *
 * @param mach A point or a span of time in the kernel's units.
 * @param host Whose units they are; this host's when left out.
 * @returns Nanoseconds, rounded towards zero.
 * @throws {SystemCallError} The system does not say what a unit is worth.
 *
 * @example
 * ```ts
 * import { machTime } from "@libproc/libproc/libproc";
 *
 * console.log(machTime(3_000_000_000n)); // 3000000000n on Linux, 125000000000n on Apple silicon
 * ```
 */
export function machTime(mach: bigint, host: Host = openHost()): bigint {
  return machToNanoseconds(mach, host.timebase());
}
