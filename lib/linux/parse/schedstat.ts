import { DIGIT_0, SPACE } from "./bytes.ts";

/** The indices of the numbers of `/proc/PID/task/TID/schedstat`. */
export const SCHEDSTAT = {
  /** The time on a processor, in nanoseconds. */
  ran: 0,
  /** The time of waiting for a processor while ready to run, in nanoseconds. */
  waited: 1,
  /** The number of times that it was given a processor. */
  switches: 2,
} as const;

/** The number of values that {@linkcode parseSchedstat} reads. */
export const SCHEDSTAT_COUNT = 3;

/** Parses `/proc/PID/task/TID/schedstat` into `fields`. Missing numbers become 0. */
export function parseSchedstat(text: Uint8Array, length: number, fields: Float64Array): void {
  for (let field = 0, at = 0; field < SCHEDSTAT_COUNT; field++, at++) {
    let value = 0;
    for (; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
    fields[field] = value;
  }
}
