import { bigint } from "../system/arguments.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { machToNanoseconds } from "../system/timebase.ts";

/**
 * Converts a time in the kernel's unit, the mach time unit, to nanoseconds.
 *
 * The unit is that of `pti_total_user` and similar members, of the times of `rusage_info`, and of
 * the `*_time_mach` of thread counts. `pth_user_time` is in nanoseconds.
 *
 * On macOS with Apple silicon, a unit is 41 2/3 nanoseconds. On macOS with Apple silicon, programs
 * for Intel have the same unit, although `mach_timebase_info()` reports 1 nanosecond to them. On
 * Linux, a unit is a nanosecond, so the time is returned unchanged.
 *
 * @param mach A point in time or a duration, in the kernel's unit.
 * @param options The system that the time is from; this host by default.
 * @returns The time in nanoseconds, rounded towards zero.
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
