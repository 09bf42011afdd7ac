import { DIGIT_0, SPACE } from "./bytes.ts";

/** The numbers of `/proc/PID/task/TID/schedstat`, by their places. */
export const SCHEDSTAT = {
  /** Time on a processor, in nanoseconds. */
  ran: 0,
  /** Time of waiting for a processor while ready to run, in nanoseconds. */
  waited: 1,
  /** How often it was given a processor. */
  switches: 2,
} as const;

/** How many numbers {@linkcode parseSchedstat} reads. */
export const SCHEDSTAT_COUNT = 3;

/** Reads `/proc/PID/task/TID/schedstat` into `fields`, 0 for numbers that it lacks. */
export function parseSchedstat(text: Uint8Array, length: number, fields: Float64Array): void {
  for (let field = 0, at = 0; field < SCHEDSTAT_COUNT; field++, at++) {
    let value = 0;
    for (; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
    fields[field] = value;
  }
}
