import { bytesOf, decimalAt, hexDigit, isAt, lineAfter, SLASH } from "./bytes.ts";

const ID = bytesOf("ID: ");
const SIGNAL = bytesOf("signal: ");

/** A timer of a process. */
export interface Timer {
  /** The number of the timer, which is higher than that of every older timer. */
  readonly id: number;
  /** The signal with which the timer was created. */
  readonly signal: number;
  /** The 8 bytes with which the timer was created, the lowest byte first. */
  readonly value: Uint8Array;
}

/**
 * Parses `/proc/PID/timers`. The entry of each timer starts with the lines `ID: number` and
 * `signal: number/value`, with the value in hexadecimal.
 */
export function parseTimers(text: Uint8Array, length: number): Timer[] {
  const timers: Timer[] = [];
  let id = -1;
  for (let at = 0; at < length;) {
    if (isAt(text, at, length, ID)) id = decimalAt(text, at + ID.length, length);
    if (isAt(text, at, length, SIGNAL)) {
      const signal = decimalAt(text, at + SIGNAL.length, length);
      while (at < length && text[at] !== SLASH) at++;
      timers.push({ id, signal, value: bytesAt(text, at + 1, length) });
    }
    at = lineAfter(text, at, length);
  }
  return timers;
}

/** Returns the bytes of a hexadecimal number, the lowest byte first. */
function bytesAt(text: Uint8Array, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const end = lineAfter(text, start, length) - 1;
  for (let i = 0; i < bytes.length * 2 && end - 1 - i >= start; i++) {
    bytes[i >> 1]! |= hexDigit(text[end - 1 - i]!) << (i % 2 * 4);
  }
  return bytes;
}
