import { bytesOf, COLON, DIGIT_0, DIGIT_9, isAt, MINUS, NEWLINE, SPACE } from "./bytes.ts";

const BACKSLASH = 92;
const LOWER_A = 97;
const LOWER_R = 114;
const LOWER_S = 115;
const LOWER_W = 119;
const LOWER_X = 120;

const ESCAPED = bytesOf("\\012");
const TWO_32 = 2 ** 32;
/** Below it a number grows by a digit without loss. */
const SAFE_TO_GROW = 9e14;

/** The indices of the values that {@linkcode parseMapsLine} reads from a line of `/proc/PID/maps`. */
export const MAPS = {
  /** The address at which the region starts. A double holds it: it is a multiple of a page. */
  start: 0,
  /** The address behind its end. */
  end: 1,
  /** 1 for reading, 2 for writing, 4 for executing, added. */
  protection: 2,
  /** 1 when it is shared with other processes, 0 when it is a copy of its own. */
  shared: 3,
  /** Where it starts in its file, a multiple of a page. */
  offset: 4,
  /** The start of the file in the line: the device, the inode and, up to its end, the name. */
  fileStart: 5,
  /** The two parts of the device's number; 0 and 0 without a file. */
  major: 6,
  minor: 7,
  /** The inode number, its low and its high 32 bits: no double holds it. */
  inodeLow: 8,
  inodeHigh: 9,
  /** The start of its name in the text: that of a file, one in brackets, or an empty one. */
  nameStart: 10,
  nameEnd: 11,
  /** 1 when there is a backslash in the name, for {@linkcode copyMapsName} to look at. */
  nameEscaped: 12,
  /** 1 when the file of the line is, word for word, that of the line read before. */
  sameFile: 13,
} as const;

/** How many numbers {@linkcode parseMapsLine} leaves. */
export const MAPS_FIELDS = 14;

/**
 * Reads the line of `/proc/PID/maps` that starts at `at`; the first lines of the paragraphs in
 * `smaps` are the same.
 *
 * @param text The file.
 * @param length How many bytes it has.
 * @param fields The values of the line, by the indices in {@linkcode MAPS}. All 0, or the values of the
 * line that was read before from the same text: most lines are of the same file as the one before.
 * @returns Where the next line starts.
 */
export function parseMapsLine(
  text: Uint8Array,
  at: number,
  length: number,
  fields: Float64Array,
): number {
  let value = 0, byte = 0;
  for (; (byte = text[at]!) !== MINUS && at < length; at++) value = value * 16 + hex(byte);
  fields[MAPS.start] = value;
  value = 0;
  for (at++; (byte = text[at]!) !== SPACE && at < length; at++) value = value * 16 + hex(byte);
  fields[MAPS.end] = value;
  fields[MAPS.protection] = (text[at + 1] === LOWER_R ? 1 : 0) |
    (text[at + 2] === LOWER_W ? 2 : 0) | (text[at + 3] === LOWER_X ? 4 : 0);
  fields[MAPS.shared] = text[at + 4] === LOWER_S ? 1 : 0;
  value = 0;
  for (at += 6; (byte = text[at]!) !== SPACE && at < length; at++) value = value * 16 + hex(byte);
  fields[MAPS.offset] = value;
  return parseFile(text, at + 1, length, fields);
}

function parseFile(text: Uint8Array, at: number, length: number, fields: Float64Array): number {
  const last = fields[MAPS.fileStart]!, lastEnd = fields[MAPS.nameEnd]!;
  fields[MAPS.fileStart] = at;
  if (isSame(text, last, lastEnd, at, length)) {
    const moved = at - last;
    fields[MAPS.nameStart]! += moved;
    fields[MAPS.nameEnd] = lastEnd + moved;
    fields[MAPS.sameFile] = 1;
    return lastEnd + moved + 1;
  }
  fields[MAPS.sameFile] = 0;
  let value = 0, byte = 0;
  for (; (byte = text[at]!) !== COLON && at < length; at++) value = value * 16 + hex(byte);
  fields[MAPS.major] = value;
  value = 0;
  for (at++; (byte = text[at]!) !== SPACE && at < length; at++) value = value * 16 + hex(byte);
  fields[MAPS.minor] = value;
  at = parseInode(text, at + 1, length, fields);
  while (at < length && text[at] === SPACE) at++;
  fields[MAPS.nameStart] = at;
  let escaped = 0;
  for (; at < length && (byte = text[at]!) !== NEWLINE; at++) if (byte === BACKSLASH) escaped = 1;
  fields[MAPS.nameEscaped] = escaped;
  fields[MAPS.nameEnd] = at;
  return at + 1;
}

/** True if the text from `start` to `end`, and the newline behind it, is at `at` as well. */
function isSame(
  text: Uint8Array,
  start: number,
  end: number,
  at: number,
  length: number,
): boolean {
  const size = end - start;
  if (size <= 0 || at + size >= length || text[at + size] !== NEWLINE) return false;
  for (let i = 0; i < size; i++) if (text[start + i] !== text[at + i]) return false;
  return true;
}

function hex(digit: number): number {
  return digit <= DIGIT_9 ? digit - DIGIT_0 : digit - LOWER_A + 10;
}

function parseInode(
  text: Uint8Array,
  at: number,
  length: number,
  fields: Float64Array,
): number {
  let low = 0, high = 0, byte = 0;
  for (; at < length && (byte = text[at]!) > SPACE; at++) {
    if (low >= SAFE_TO_GROW || high > 0) {
      const carry = Math.floor(low / TWO_32);
      low = (low - carry * TWO_32) * 10 + byte - DIGIT_0;
      high = (high + carry) * 10;
    } else {
      low = low * 10 + byte - DIGIT_0;
    }
  }
  const carry = Math.floor(low / TWO_32);
  fields[MAPS.inodeLow] = low - carry * TWO_32;
  fields[MAPS.inodeHigh] = high + carry;
  return at;
}

/**
 * Copies a name of `/proc/PID/maps`, with a newline for each `\012`, which is how the kernel writes
 * one. A name that has a backslash and these digits in it looks the same.
 *
 * @param to Where the name goes; what it has no room for is cut.
 * @returns How long it is there.
 */
export function copyMapsName(
  text: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
): number {
  let length = 0;
  for (let at = start; at < end && length < to.length; at++) {
    let byte = text[at]!;
    if (byte === BACKSLASH && isAt(text, at, end, ESCAPED)) {
      byte = NEWLINE;
      at += 3;
    }
    to[length++] = byte;
  }
  return length;
}
