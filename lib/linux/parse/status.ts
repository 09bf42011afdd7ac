const NEWLINE = 10;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/** A line's name in the form that {@linkcode parseStatusNumber} looks for. */
export function statusKey(name: string): Uint8Array {
  return new TextEncoder().encode(`\n${name}:`);
}

/**
 * Reads one number of a line of `/proc/PID/status`.
 *
 * No name of a process can pass for a line: the kernel writes a newline in it as `\n`.
 *
 * @param text The file.
 * @param length How many bytes it has.
 * @param key The line, from {@linkcode statusKey}.
 * @param column Which number of the line, from 0.
 * @returns The number, or -1 where there is no such line or column.
 */
export function parseStatusNumber(
  text: Uint8Array,
  length: number,
  key: Uint8Array,
  column: number,
): number {
  const end = length - key.length;
  for (let at = 0; at < end; at++) {
    if (text[at] !== NEWLINE || !startsWith(text, at, key)) continue;
    return numberAt(text, at + key.length, length, column);
  }
  return -1;
}

function startsWith(text: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 1; i < key.length; i++) if (text[at + i] !== key[i]) return false;
  return true;
}

function numberAt(text: Uint8Array, at: number, end: number, column: number): number {
  for (let skip = column;; skip--) {
    while (at < end && !isDigit(text[at]!)) {
      if (text[at] === NEWLINE) return -1;
      at++;
    }
    if (at >= end) return -1;
    let value = 0;
    for (; at < end && isDigit(text[at]!); at++) {
      value = value * 10 + text[at]! - DIGIT_0;
    }
    if (skip === 0) return value;
  }
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}
