import { DIGIT_0, SPACE } from "./bytes.ts";

/** The indices of the numbers of `/proc/PID/statm` that are read, which are in pages. */
export const STATM = {
  /** The size of the address space. */
  size: 0,
  /** The resident memory. */
  resident: 1,
} as const;

/** Parses `/proc/PID/statm` into `fields`. Missing numbers become 0. */
export function parseStatm(text: Uint8Array, length: number, fields: Float64Array): void {
  let at = 0;
  for (let field = 0; field <= STATM.resident; field++) {
    let value = 0;
    for (; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
    fields[field] = value;
    at++;
  }
}
