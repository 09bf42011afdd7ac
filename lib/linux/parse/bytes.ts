/**
 * The common parts of the parsers of text: constants for bytes, and functions for digits and lines.
 *
 * Some parsers of many numbers have their own loops for speed.
 *
 * @module
 */

export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const MINUS = 45;
export const SLASH = 47;
export const DIGIT_0 = 48;
export const DIGIT_9 = 57;
export const COLON = 58;

const UPPER_A = 65;
const UPPER_F = 70;
/** The bit that distinguishes a lowercase letter. */
const LOWER = 32;

const encoder = new TextEncoder();

/** Encodes text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** True for the bytes of `0` to `9`. */
export function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

/** Returns the value of a hexadecimal digit; -1 for any other byte. */
export function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - DIGIT_0;
  const upper = byte & ~LOWER;
  return upper >= UPPER_A && upper <= UPPER_F ? upper - UPPER_A + 10 : -1;
}

/** Returns the decimal number at `at`. It ends before the first byte that is not a digit. */
export function decimalAt(text: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (; at < end && isDigit(text[at]!); at++) value = value * 10 + text[at]! - DIGIT_0;
  return value;
}

/** True if the bytes at `at` equal `what` and end before `end`. */
export function isAt(text: Uint8Array, at: number, end: number, what: Uint8Array): boolean {
  if (at + what.length > end) return false;
  for (let i = 0; i < what.length; i++) if (text[at + i] !== what[i]) return false;
  return true;
}

/** Returns the offset of the line after the one that contains `at`. */
export function lineAfter(text: Uint8Array, at: number, end: number): number {
  while (at < end && text[at] !== NEWLINE) at++;
  return at + 1;
}
