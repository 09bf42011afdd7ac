import { DIGIT_0, SPACE } from "./bytes.ts";

/** Reads the second number of `/proc/PID/statm`: how many pages are resident; 0 if it is missing. */
export function parseResident(text: Uint8Array, length: number): number {
  let at = 0;
  while (at < length && text[at]! > SPACE) at++;
  let value = 0;
  for (at++; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
  return value;
}
