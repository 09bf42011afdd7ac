import { DIGIT_0, SPACE } from "./bytes.ts";

/** The places of the numbers of `/proc/PID/statm` that are read, which are of pages. */
export const STATM = {
  /** The size of the address space. */
  size: 0,
  /** What of it is resident. */
  resident: 1,
} as const;

/** Reads `/proc/PID/statm` into `fields`, each number at its place; 0 if it is missing. */
export function parseStatm(text: Uint8Array, length: number, fields: Float64Array): void {
  let at = 0;
  for (let field = 0; field <= STATM.resident; field++) {
    let value = 0;
    for (; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
    fields[field] = value;
    at++;
  }
}
