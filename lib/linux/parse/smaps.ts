import { COLON, DIGIT_0, isDigit, lineAfter, NEWLINE, SPACE } from "./bytes.ts";

const UPPER_A = 65;
const UPPER_B = 66;
const UPPER_C = 67;
const UPPER_D = 68;
const UPPER_H = 72;
const UPPER_P = 80;
const UPPER_R = 82;
const UPPER_S = 83;
const UPPER_V = 86;
const UPPER_Z = 90;
const LOWER_A = 97;
const LOWER_I = 105;
const LOWER_H = 104;
const LOWER_S = 115;
const LOWER_W = 119;
const LOWER_Y = 121;

/** The length of most lines: a name, a number of up to eight digits, ` kB` and a newline. */
const LINE = 28;
/** The lowest offset of the number in a line, after the name and its colon. */
const VALUE = 16;
/** The offset of the last digit of the number in a line of the usual length. */
const LAST_DIGIT = 23;
/** The offset of the flags in the last line, after `VmFlags: `. */
const VM_FLAGS = 9;

/**
 * The indices of the values that {@linkcode parseSmaps} reads from a paragraph of
 * `/proc/PID/smaps`, in KiB.
 */
export const SMAPS = {
  /** Resident memory, without huge pages of `hugetlbfs`. */
  rss: 0,
  /** Resident memory that is shared with other processes and has not been written to. */
  sharedClean: 1,
  /** Resident memory that is shared with other processes and has been written to. */
  sharedDirty: 2,
  /** Resident memory of this process only that has not been written to. */
  privateClean: 3,
  /** Resident memory of this process only that has been written to. */
  privateDirty: 4,
  /** Resident memory that does not belong to a file. */
  anonymous: 5,
  /** Huge pages of `hugetlbfs` that are shared with other processes. */
  sharedHugetlb: 6,
  /** Huge pages of `hugetlbfs` of this process only. */
  privateHugetlb: 7,
  /** Memory that is swapped out. */
  swap: 8,
  /** Memory that is swapped out, with each page divided by the number of processes that have it. */
  swapPss: 9,
  /** The flags, a set of {@linkcode VM_FLAG}. */
  flags: 10,
} as const;

/** The number of values that {@linkcode parseSmaps} stores. */
export const SMAPS_FIELDS = 11;

/** The flags of `VmFlags` that are read, by their two letters. */
export const VM_FLAG = {
  /** The region may be made readable. */
  mr: 1,
  /** The region may be made writable. */
  mw: 2,
  /** The region may be made executable. */
  me: 4,
  /** The region is read sequentially. */
  sr: 8,
  /** The region is read in random order. */
  rr: 16,
  /** The region is locked in memory. */
  lo: 32,
  /** A child process does not inherit the region. */
  dc: 64,
  /** The region has pages of `hugetlbfs`. */
  ht: 128,
} as const;

/**
 * Determines the offsets of the numbers in the paragraphs of a text. All paragraphs have the same
 * layout unless a number is longer than its column.
 *
 * @param text The content of the file.
 * @param at The offset of the second line of its first paragraph.
 * @param length The length of the file, in bytes.
 * @param places Receives the offset from `at` to the last digit of each number of
 * {@linkcode SMAPS}; -1 if the number is missing. The value for the flags is the offset of their
 * start, or -1 if the paragraphs do not have the same layout.
 */
export function learnSmaps(
  text: Uint8Array,
  at: number,
  length: number,
  places: Int32Array,
): void {
  places.fill(-1);
  const start = at;
  for (let first = 0; at < length && (first = text[at]!) >= UPPER_A && first <= UPPER_Z;) {
    if (first === UPPER_V) {
      places[SMAPS.flags] = at + VM_FLAGS - start;
      return;
    }
    const field = fieldAt(text, at, first);
    const end = lineAfter(text, at, length);
    // Lines that are not in kB always have the same length.
    if (end - at !== LINE && text[end - 2] === UPPER_B) return;
    if (field >= 0) places[field] = at + LAST_DIGIT - start;
    at = end;
  }
}

/**
 * True if the paragraph whose second line starts at `at` has the layout of the first one. A longer
 * number moves everything after it, including the line of the flags. No other line starts with the
 * same letter.
 */
function isAlike(text: Uint8Array, at: number, length: number, places: Int32Array): boolean {
  const flags = places[SMAPS.flags]!;
  if (flags < 0) return false;
  const last = at + flags - VM_FLAGS;
  return last < length && text[last] === UPPER_V && text[last - 1] === NEWLINE;
}

/**
 * Parses the lines of a paragraph of `/proc/PID/smaps` after the first line.
 *
 * @param text The content of the file.
 * @param at The offset of the second line of the paragraph.
 * @param length The length of the file, in bytes.
 * @param places The offsets of the numbers, from {@linkcode learnSmaps}.
 * @param fields Receives the values of the paragraph, by the indices in {@linkcode SMAPS}. The
 * value of a missing line is 0.
 * @returns The offset of the next paragraph.
 */
export function parseSmaps(
  text: Uint8Array,
  at: number,
  length: number,
  places: Int32Array,
  fields: Float64Array,
): number {
  if (isAlike(text, at, length, places)) {
    for (let field = 0; field < SMAPS.flags; field++) {
      const place = places[field]!;
      fields[field] = place < 0 ? 0 : valueBefore(text, at + place);
    }
    at += places[SMAPS.flags]!;
    fields[SMAPS.flags] = parseFlags(text, at, length);
    return lineAfter(text, at, length);
  }
  fields.fill(0);
  // Names start with a capital letter, and the next paragraph starts with an address.
  for (let first = 0; at < length && (first = text[at]!) >= UPPER_A && first <= UPPER_Z;) {
    if (first === UPPER_V) {
      fields[SMAPS.flags] = parseFlags(text, at + VM_FLAGS, length);
    } else {
      const field = fieldAt(text, at, first);
      if (field >= 0) fields[field] = parseValue(text, at + VALUE, length);
    }
    at = lineAfter(text, at, length);
  }
  return at;
}

/** Returns the end of the paragraph of `/proc/PID/smaps` whose second line starts at `at`. */
export function skipSmaps(
  text: Uint8Array,
  at: number,
  length: number,
  places: Int32Array,
): number {
  if (isAlike(text, at, length, places)) return lineAfter(text, at + places[SMAPS.flags]!, length);
  for (let first = 0; at < length && (first = text[at]!) >= UPPER_A && first <= UPPER_Z;) {
    at = lineAfter(text, at, length);
  }
  return at;
}

/** Returns the field of the line at `at`, by its distinctive letters; -1 if it is not read. */
function fieldAt(text: Uint8Array, at: number, first: number): number {
  const second = text[at + 1]!;
  switch (first) {
    case UPPER_R: // Rss, not Referenced
      return second === LOWER_S ? SMAPS.rss : -1;
    case UPPER_A: // Anonymous, not AnonHugePages
      return text[at + 4] === LOWER_Y ? SMAPS.anonymous : -1;
    case UPPER_P: // Private_Clean, Private_Dirty, Private_Hugetlb, not Pss, Pss_Dirty, ProtectionKey
      if (text[at + 2] !== LOWER_I) return -1;
      return pick(
        text[at + 8]!,
        SMAPS.privateClean,
        SMAPS.privateDirty,
        SMAPS.privateHugetlb,
      );
    case UPPER_S: // Shared_Clean, Shared_Dirty, Shared_Hugetlb, Swap, SwapPss, not Size, ShmemPmdMapped
      if (second === LOWER_W) return text[at + 4] === COLON ? SMAPS.swap : SMAPS.swapPss;
      if (second !== LOWER_H || text[at + 2] !== LOWER_A) return -1;
      return pick(text[at + 7]!, SMAPS.sharedClean, SMAPS.sharedDirty, SMAPS.sharedHugetlb);
    default:
      return -1;
  }
}

function pick(letter: number, clean: number, dirty: number, hugetlb: number): number {
  if (letter === UPPER_C) return clean;
  if (letter === UPPER_D) return dirty;
  return letter === UPPER_H ? hugetlb : -1;
}

function parseValue(text: Uint8Array, at: number, length: number): number {
  while (at < length && text[at] === SPACE) at++;
  let value = 0;
  for (; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
  return value;
}

/** Returns the number whose last digit is at `at`. Most numbers are 0. */
function valueBefore(text: Uint8Array, at: number): number {
  let value = text[at]! - DIGIT_0;
  let digit = 0;
  for (let power = 10; isDigit(digit = text[--at]!); power *= 10) {
    value += (digit - DIGIT_0) * power;
  }
  return value;
}

function parseFlags(text: Uint8Array, at: number, length: number): number {
  let flags = 0;
  for (; at + 1 < length && text[at] !== NEWLINE; at += 3) {
    flags |= flagOf(text[at]! << 8 | text[at + 1]!);
  }
  return flags;
}

/** Returns the bit of a flag by its two letters. */
function flagOf(letters: number): number {
  switch (letters) {
    case 0x6d72:
      return VM_FLAG.mr;
    case 0x6d77:
      return VM_FLAG.mw;
    case 0x6d65:
      return VM_FLAG.me;
    case 0x7372:
      return VM_FLAG.sr;
    case 0x7272:
      return VM_FLAG.rr;
    case 0x6c6f:
      return VM_FLAG.lo;
    case 0x6463:
      return VM_FLAG.dc;
    case 0x6874:
      return VM_FLAG.ht;
    default:
      return 0;
  }
}
