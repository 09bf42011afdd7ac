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

/** Most lines take this much: a name, a number of up to eight digits, ` kB` and a newline. */
const LINE = 28;
/** Where the number of a line starts at the earliest, behind the name and its colon. */
const VALUE = 16;
/** Where the last digit of a number is in a line of the usual length. */
const LAST_DIGIT = 23;
/** Where the flags of the last line start, behind `VmFlags: `. */
const VM_FLAGS = 9;

/** The indices of the values that {@linkcode parseSmaps} reads from a paragraph of `/proc/PID/smaps`, in KiB. */
export const SMAPS = {
  /** Resident, without large pages of `hugetlbfs`. */
  rss: 0,
  /** Resident here and elsewhere, and not written to. */
  sharedClean: 1,
  /** Resident here and elsewhere, and written to. */
  sharedDirty: 2,
  /** Resident here alone, and not written to. */
  privateClean: 3,
  /** Resident here alone, and written to. */
  privateDirty: 4,
  /** Resident and not a page of a file. */
  anonymous: 5,
  /** Large pages of `hugetlbfs` that are here and elsewhere. */
  sharedHugetlb: 6,
  /** Large pages of `hugetlbfs` that are here alone. */
  privateHugetlb: 7,
  /** Swapped out. */
  swap: 8,
  /** Swapped out, each page divided by the processes that have it. */
  swapPss: 9,
  /** A set of {@linkcode VM_FLAG}. */
  flags: 10,
} as const;

/** How many numbers {@linkcode parseSmaps} leaves. */
export const SMAPS_FIELDS = 11;

/** The meaning of the two letters of `VmFlags` that are read. */
export const VM_FLAG = {
  /** It may be made readable. */
  mr: 1,
  /** It may be made writable. */
  mw: 2,
  /** It may be made executable. */
  me: 4,
  /** It is read forwards. */
  sr: 8,
  /** It is read at random. */
  rr: 16,
  /** It is locked in memory. */
  lo: 32,
  /** A child does not get it. */
  dc: 64,
  /** Its pages are those of `hugetlbfs`. */
  ht: 128,
} as const;

/**
 * Finds out where the numbers are in the paragraphs of a text, which are all alike as long as no
 * number is longer than the kernel has reckoned with.
 *
 * @param text The file.
 * @param at Where the second line of its first paragraph starts.
 * @param length How many bytes the file has.
 * @param places How far behind there the last digit of each number of {@linkcode SMAPS} stands, -1 for
 * one that is not there; in the place of the flags, where these start, or -1 for paragraphs that are
 * not alike.
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
    // Lines that are not in kB are always of one length.
    if (end - at !== LINE && text[end - 2] === UPPER_B) return;
    if (field >= 0) places[field] = at + LAST_DIGIT - start;
    at = end;
  }
}

/**
 * True if the paragraph whose second line starts at `at` is like the first. A number that is longer
 * moves all that follows it, the line of the flags too, and no other line starts with its letter.
 */
function isAlike(text: Uint8Array, at: number, length: number, places: Int32Array): boolean {
  const flags = places[SMAPS.flags]!;
  if (flags < 0) return false;
  const last = at + flags - VM_FLAGS;
  return last < length && text[last] === UPPER_V && text[last - 1] === NEWLINE;
}

/**
 * Reads the lines of a paragraph of `/proc/PID/smaps` that follow the first.
 *
 * @param text The file.
 * @param at Where the second line of the paragraph starts.
 * @param length How many bytes the file has.
 * @param places Where the numbers stand, from {@linkcode learnSmaps}.
 * @param fields The values of the paragraph, by the indices in {@linkcode SMAPS}; 0 for a line that is
 * absent.
 * @returns Where the next paragraph starts.
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
  // Names start with a capital, and the next paragraph with an address.
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

/** Where the paragraph of `/proc/PID/smaps` whose second line starts at `at` ends. */
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

/** The field of the line at `at`, identified by its distinctive letters; -1 if it is not read. */
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

/** The number whose last digit is at `at`. Most are 0. */
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

/** The bit of a flag's two letters. */
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
