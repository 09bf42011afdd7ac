const NEWLINE = 10;
const SLASH = 47;
const DIGIT_0 = 48;
const LETTER_A = 97;
const ID = new TextEncoder().encode("ID: ");
const SIGNAL = new TextEncoder().encode("signal: ");

/** A timer of a process. */
export interface Timer {
  /** Its number, higher than that of every older one. */
  readonly id: number;
  /** The signal it was made with. */
  readonly signal: number;
  /** The 8 bytes that it was made with, from the lowest. */
  readonly value: Uint8Array;
}

/**
 * Reads `/proc/PID/timers`, in which lines `ID: number` and `signal: number/value` begin the entry of
 * each timer, the value in hexadecimal.
 */
export function parseTimers(text: Uint8Array, length: number): Timer[] {
  const timers: Timer[] = [];
  let id = -1;
  for (let at = 0; at < length;) {
    if (startsWith(text, at, ID)) id = numberAt(text, at + ID.length, length);
    if (startsWith(text, at, SIGNAL)) {
      const signal = numberAt(text, at + SIGNAL.length, length);
      while (at < length && text[at] !== SLASH) at++;
      timers.push({ id, signal, value: bytesAt(text, at + 1, length) });
    }
    while (at < length && text[at] !== NEWLINE) at++;
    at++;
  }
  return timers;
}

function startsWith(text: Uint8Array, at: number, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (text[at + i] !== start[i]) return false;
  return true;
}

function numberAt(text: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (; at < end && text[at]! >= DIGIT_0 && text[at]! < DIGIT_0 + 10; at++) {
    value = value * 10 + text[at]! - DIGIT_0;
  }
  return value;
}

/** The bytes of a hexadecimal number, the lowest first. */
function bytesAt(text: Uint8Array, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  let end = start;
  while (end < length && text[end] !== NEWLINE) end++;
  for (let i = 0; i < bytes.length * 2 && end - 1 - i >= start; i++) {
    const character = text[end - 1 - i]!;
    const digit = character >= LETTER_A ? character - LETTER_A + 10 : character - DIGIT_0;
    bytes[i >> 1]! |= digit << (i % 2 * 4);
  }
  return bytes;
}
