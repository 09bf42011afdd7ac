import { bytesOf, decimalAt, isAt, lineAfter, MINUS, SPACE } from "./bytes.ts";

const BOOTTIME = bytesOf("boottime");

/** The offset of a clock. */
export interface ClockOffset {
  readonly seconds: number;
  /** 0 to 999,999,999, even if the seconds are negative. */
  readonly nanoseconds: number;
}

/**
 * Returns the offset of the clock that counts from boot, from `/proc/PID/timens_offsets`. Each line
 * of the file has the name of a clock, seconds and nanoseconds.
 */
export function parseBootOffset(text: Uint8Array, length: number): ClockOffset {
  for (let at = 0; at < length; at = lineAfter(text, at, length)) {
    if (!isAt(text, at, length, BOOTTIME)) continue;
    let start = afterSpaces(text, at + BOOTTIME.length, length);
    const isNegative = text[start] === MINUS;
    if (isNegative) start++;
    const seconds = decimalAt(text, start, length);
    while (start < length && text[start] !== SPACE) start++;
    const nanoseconds = decimalAt(text, afterSpaces(text, start, length), length);
    return { seconds: isNegative ? -seconds : seconds, nanoseconds };
  }
  return { seconds: 0, nanoseconds: 0 };
}

function afterSpaces(text: Uint8Array, at: number, length: number): number {
  while (at < length && text[at] === SPACE) at++;
  return at;
}
