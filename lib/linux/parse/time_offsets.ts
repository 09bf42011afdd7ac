import { bytesOf, decimalAt, isAt, lineAfter, MINUS, SPACE } from "./bytes.ts";

const BOOTTIME = bytesOf("boottime");

/** An offset of a clock. */
export interface ClockOffset {
  readonly seconds: number;
  /** 0 to 999,999,999, also where the seconds are below 0. */
  readonly nanoseconds: number;
}

/**
 * Reads `/proc/PID/timens_offsets`, lines of a clock's name, seconds and nanoseconds, as far as it is
 * about the clock that counts from the start of the machine.
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
