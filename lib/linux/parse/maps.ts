import { bytesOf, COLON, DIGIT_0, DIGIT_9, isAt, MINUS, NEWLINE, SPACE } from "./bytes.ts";

const BACKSLASH = 92;
const LOWER_A = 97;
const LOWER_R = 114;
const LOWER_S = 115;
const LOWER_W = 119;
const LOWER_X = 120;

const ESCAPED = bytesOf("\\012");
const TWO_32 = 2 ** 32;
/** A number below this can grow by a digit without loss of precision. */
const SAFE_TO_GROW = 9e14;

/**
 * The indices of the values that {@linkcode parseMapsLine} reads from a line of `/proc/PID/maps`.
 */
export const MAPS = {
  /** The start address of the region. A double can hold it, because it is a multiple of a page. */
  start: 0,
  /** The address after the end of the region. */
  end: 1,
  /** The sum of 1 for reading, 2 for writing and 4 for executing. */
  protection: 2,
  /** 1 if the region is shared with other processes, 0 if it is a private copy. */
  shared: 3,
  /** The offset of the region in its file, a multiple of a page. */
  offset: 4,
  /**
   * The offset in the text of the line's part about the file: the device, the inode and the name.
   */
  fileStart: 5,
  /** The two parts of the device number; both are 0 without a file. */
  major: 6,
  minor: 7,
  /** The low and the high 32 bits of the inode number. A double cannot hold both. */
  inodeLow: 8,
  inodeHigh: 9,
  /**
   * The start and the end of the name in the text: that of a file, one in brackets, or an empty
   * name.
   */
  nameStart: 10,
  nameEnd: 11,
  /** 1 if the name contains a backslash, which {@linkcode copyMapsName} examines. */
  nameEscaped: 12,
  /** 1 if the line's part about the file is identical to that of the line read before. */
  sameFile: 13,
} as const;

/** The number of values that {@linkcode parseMapsLine} stores. */
export const MAPS_FIELDS = 14;

/**
 * Parses the line of `/proc/PID/maps` that starts at `at`. The first lines of the paragraphs in
 * `smaps` have the same form.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param fields Receives the values of the line, by the indices in {@linkcode MAPS}. Before the
 * call, it must be all 0 or have the values of the line that was read before from the same text:
 * most lines have the same file as the previous one.
 * @returns The offset of the next line.
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

/** True if the text from `start` to `end` and the newline after it also occur at `at`. */
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
 * Copies a name of `/proc/PID/maps`, with a newline for each `\012`: the kernel writes newlines in
 * this way. A name with a literal backslash and these digits looks the same.
 *
 * @param to Receives the name. A name that does not fit is truncated.
 * @returns The length of the copy.
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
