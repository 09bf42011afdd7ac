import { bigint, object, uint32 } from "./arguments.ts";
import type { Timebase } from "./facts.ts";

/**
 * Converts a time in the kernel's units to nanoseconds. The result is exact and rounded towards
 * zero.
 *
 * @param mach A point in time or a duration in units of `mach_absolute_time()`, of any size.
 * @param timebase The length of a unit.
 *
 * @example
 * ```ts
 * import { machToNanoseconds } from "@libproc/libproc/libproc";
 *
 * console.log(machToNanoseconds(24_000_000n, { numer: 125, denom: 3 })); // 1000000000n
 * ```
 */
export function machToNanoseconds(mach: bigint, timebase: Timebase): bigint {
  const { numer, denom } = object("timebase", timebase);
  const [numerator, denominator] = [
    uint32("timebase.numer", numer),
    uint32("timebase.denom", denom),
  ];
  if (denominator === 0) throw new RangeError("Cannot pass timebase.denom as it must not be 0");
  return bigint("mach", mach) * BigInt(numerator) / BigInt(denominator);
}
