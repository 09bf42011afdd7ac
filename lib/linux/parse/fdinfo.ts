import {
  bytesOf,
  decimalAt,
  DIGIT_0,
  hexDigit,
  isAt,
  isDigit,
  MINUS,
  NEWLINE,
  SPACE,
  TAB,
} from "./bytes.ts";

const TWO_32 = 2 ** 32;

const POS = bytesOf("pos:");
const FLAGS = bytesOf("flags:");
const TFD = bytesOf("\ntfd:");
const EVENTS = bytesOf("events:");
const DATA = bytesOf("data:");

/**
 * The indices of the values that {@linkcode parseFdInfo} stores, each an unsigned 32-bit number.
 */
export const FD_INFO = {
  /** The low half of the position. */
  pos_low: 0,
  /** The high half of the position, which is a signed 64-bit number. */
  pos_high: 1,
  /** The flags of `open()`, including `O_CLOEXEC`. */
  flags: 2,
} as const;

/**
 * Parses the lines with which every `/proc/PID/fdinfo/FD` starts: `pos:` and `flags:`.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param fields Receives the three values.
 * @returns True if the file has those lines.
 */
export function parseFdInfo(text: Uint8Array, length: number, fields: Uint32Array): boolean {
  if (!isAt(text, 0, length, POS)) return false;
  let at = skipBlanks(text, length, POS.length);
  const negative = text[at] === MINUS;
  if (negative) at++;
  // The position has two halves because it can use all 64 bits, as in directories of some file
  // systems.
  let low = 0, high = 0;
  for (; at < length && isDigit(text[at]!); at++) {
    const next = low * 10 + text[at]! - DIGIT_0;
    low = next % TWO_32;
    high = high * 10 + (next - low) / TWO_32;
  }
  if (negative) {
    high = low === 0 ? -high : -high - 1;
    low = -low;
  }
  fields[FD_INFO.pos_low] = low;
  fields[FD_INFO.pos_high] = high;
  at++;
  if (!isAt(text, at, length, FLAGS)) return false;
  let flags = 0;
  for (at = skipBlanks(text, length, at + FLAGS.length); at < length && isDigit(text[at]!); at++) {
    flags = flags * 8 + text[at]! - DIGIT_0;
  }
  fields[FD_INFO.flags] = flags;
  return true;
}

/**
 * The indices of the values that {@linkcode parseTarget} stores, each an unsigned 32-bit number.
 */
export const TARGET = {
  /** The descriptor that is watched. */
  fd: 0,
  /** The events that are watched, a set of `EPOLL*`. */
  events: 1,
  /** The low half of the data that the program passed. */
  data_low: 2,
  /** The high half of the data that the program passed. */
  data_high: 3,
} as const;

/**
 * Parses the next line `tfd: FD events: HEX data: HEX` in the `/proc/PID/fdinfo/FD` of an epoll
 * descriptor.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param start The offset to start from: 0, or the result of the last call.
 * @param fields Receives the four values.
 * @returns The offset for the next call, or -1 if there are no more such lines.
 */
export function parseTarget(
  text: Uint8Array,
  length: number,
  start: number,
  fields: Uint32Array,
): number {
  let at = find(text, length, start, TFD);
  if (at < 0) return -1;
  fields[TARGET.fd] = decimalAt(text, skipBlanks(text, length, at), length);
  at = find(text, length, at, EVENTS);
  if (at < 0) return -1;
  at = skipBlanks(text, length, at);
  let digit: number, low = 0, high = 0;
  for (; at < length && (digit = hexDigit(text[at]!)) >= 0; at++) low = low * 16 + digit;
  fields[TARGET.events] = low;
  at = find(text, length, at, DATA);
  if (at < 0) return -1;
  low = 0;
  for (at = skipBlanks(text, length, at); at < length; at++) {
    digit = hexDigit(text[at]!);
    if (digit < 0) break;
    high = high << 4 | low >>> 28;
    low = low << 4 | digit;
  }
  fields[TARGET.data_low] = low;
  fields[TARGET.data_high] = high;
  return at;
}

/**
 * Returns the offset after the next occurrence of `what`, or -1. The search ends with the line,
 * unless `what` starts with a newline.
 */
function find(text: Uint8Array, length: number, start: number, what: Uint8Array): number {
  const first = what[0];
  for (let at = start; at + what.length <= length; at++) {
    if (text[at] === first && isAt(text, at, length, what)) return at + what.length;
    if (text[at] === NEWLINE && first !== NEWLINE) return -1;
  }
  return -1;
}

function skipBlanks(text: Uint8Array, length: number, at: number): number {
  while (at < length && (text[at] === SPACE || text[at] === TAB)) at++;
  return at;
}
