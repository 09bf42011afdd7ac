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

/** Places in what {@linkcode parseFdInfo} fills: each 32 bits without a sign. */
export const FD_INFO = {
  /** The low half of the position. */
  pos_low: 0,
  /** The high half of the position, which is a signed number of 64 bits. */
  pos_high: 1,
  /** The flags of `open()`, `O_CLOEXEC` among them. */
  flags: 2,
} as const;

/**
 * Reads the head that every `/proc/PID/fdinfo/FD` has: the lines `pos:` and `flags:`.
 *
 * @param text The file.
 * @param length How many bytes it has.
 * @param fields Where the three fields go.
 * @returns Whether it has those lines.
 */
export function parseFdInfo(text: Uint8Array, length: number, fields: Uint32Array): boolean {
  if (!isAt(text, 0, length, POS)) return false;
  let at = skipBlanks(text, length, POS.length);
  const negative = text[at] === MINUS;
  if (negative) at++;
  // Two halves, as a position may take all the bits: folders of some file systems have such.
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

/** Places in what {@linkcode parseTarget} fills: each 32 bits without a sign. */
export const TARGET = {
  /** The descriptor that is watched. */
  fd: 0,
  /** A set of `EPOLL*`. */
  events: 1,
  /** The low half of what the program passed. */
  data_low: 2,
  /** The high half of what the program passed. */
  data_high: 3,
} as const;

/**
 * Reads the next line `tfd: FD events: HEX data: HEX` of an epoll descriptor's `/proc/PID/fdinfo/FD`.
 *
 * @param text The file.
 * @param length How many bytes it has.
 * @param start Where to look from: 0, or what the last call returned.
 * @param fields Where the four fields go.
 * @returns Where to look for the next, or -1 where there is no such line.
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

/** Where the bytes behind the next occurrence of `what` start, or -1. */
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
