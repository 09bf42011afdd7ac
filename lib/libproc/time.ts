import { bigint } from "../system/arguments.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { machToNanoseconds } from "../system/timebase.ts";

/**
 * Converts a time in the units of this host's kernel to nanoseconds.
 *
 * Such times are `pti_total_user` and its like, the times of `rusage_info` and the `*_time_mach` of
 * thread counts; `pth_user_time` is in nanoseconds already. On Apple silicon a unit is 41 2/3
 * nanoseconds, even though a program for Intel gets 1. On Linux this module answers in
 * nanoseconds, and returns a time unchanged.
 *
 * @param mach A point or a span of time in the kernel's units.
 * @param options The system whose units they are.
 * @returns Nanoseconds, rounded towards zero.
 * @throws {SystemCallError} The system does not report the length of a unit.
 *
 * @example
 * ```ts
 * import { machTime } from "@libproc/libproc/libproc";
 *
 * console.log(machTime(3_000_000_000n)); // 3000000000n on Linux, 125000000000n on Apple silicon
 * ```
 */
export function machTime(
  mach: bigint,
  options: SystemOptions = {},
): bigint {
  bigint("mach", mach);
  const system = systemAlone(options);
  return machToNanoseconds(mach, system.timebase());
}
