import { bytesOf, COLON, DIGIT_0, isAt, isDigit, NEWLINE } from "./bytes.ts";

/** Returns the key by which {@linkcode parseStatusNumber} finds the line with a name. */
export function statusKey(name: string): Uint8Array {
  return bytesOf(`${name}:`);
}

/**
 * Returns one number of a line of `/proc/PID/status`, or of another file with such lines.
 *
 * The name of a process cannot be mistaken for a line: the kernel writes a newline in it as `\n`.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param key The key of the line, from {@linkcode statusKey}.
 * @param column The index of the number in the line, from 0.
 * @returns The number, or -1 if there is no such line or column.
 */
export function parseStatusNumber(
  text: Uint8Array,
  length: number,
  key: Uint8Array,
  column: number,
): number {
  const end = length - key.length;
  for (let at = 0; at <= end; at++) {
    if (at > 0 && text[at - 1] !== NEWLINE || !isAt(text, at, length, key)) continue;
    return numberAt(text, at + key.length, length, column);
  }
  return -1;
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

/** The indices of the numbers that {@linkcode parseStatusHead} reads from `/proc/PID/status`. */
export const STATUS = {
  /** The pid of the process, which is the same for all its threads. */
  tgid: 0,
  /** The id of the thread. */
  pid: 1,
  /** The pid of a debugger, or 0. */
  tracer: 2,
  /** The real user id. */
  ruid: 3,
  /** The effective user id. */
  euid: 4,
  /** The saved user id. */
  suid: 5,
  /** The user id for access to files. */
  fsuid: 6,
  /** The real group id. */
  rgid: 7,
  /** The effective group id. */
  egid: 8,
  /** The saved group id. */
  sgid: 9,
  /** The group id for access to files. */
  fsgid: 10,
  /** The capacity of the descriptor table. */
  fd_size: 11,
} as const;

/** The number of values that {@linkcode parseStatusHead} reads. */
export const STATUS_COUNT = 12;

/**
 * The indices of the numbers that {@linkcode parseStatusMemory} reads from `/proc/PID/status`, all
 * in kB.
 */
export const STATUS_MEMORY = {
  /** Locked memory, which is not swapped out. */
  locked: 0,
  /** Pinned memory, which is not moved either. */
  pinned: 1,
  /** The peak of the resident memory. */
  peak: 2,
  /** The resident memory. */
  resident: 3,
  /** The resident memory that no file backs. */
  anonymous: 4,
  /** The memory that is swapped out. */
  swapped: 5,
} as const;

/** The number of values that {@linkcode parseStatusMemory} reads. */
export const STATUS_MEMORY_COUNT = 6;

/** Returns two characters as one number, which distinguishes lines. */
const two = (text: string): number => text.charCodeAt(0) << 8 | text.charCodeAt(1);

const TGID = two("Tg");
const PID = two("Pi");
const TRACER = two("Tr");
const UID = two("Ui");
const GID = two("Gi");
const FD_SIZE = two("FD");
const VM = two("Vm");
const RSS = two("Rs");
const LOCKED = two("Lc");
const PINNED = two("Pi");
const PEAK = two("HW");
const SWAPPED = two("Sw");
const RESIDENT = two("RS");
const ANONYMOUS = two("sA");

/**
 * Parses the lines of `/proc/PID/status` up to `FDSize` into `fields`, each number at its index in
 * {@linkcode STATUS}. The rest, which is most of the file, is not read.
 *
 * @returns The offset of the rest, or -1 if the file ends before `FDSize`.
 */
export function parseStatusHead(text: Uint8Array, length: number, fields: Float64Array): number {
  for (let at = 0; at < length;) {
    const line = text[at]! << 8 | text[at + 1]!;
    at = numbersOf(text, at + 2, length, fields, headPlace(line));
    if (line === FD_SIZE) return at;
  }
  return -1;
}

function headPlace(line: number): number {
  if (line === TGID) return STATUS.tgid;
  if (line === PID) return STATUS.pid;
  if (line === TRACER) return STATUS.tracer;
  if (line === UID) return STATUS.ruid;
  if (line === GID) return STATUS.rgid;
  return line === FD_SIZE ? STATUS.fd_size : -1;
}

/**
 * Parses the lines of `/proc/PID/status` about memory into `fields`, each number at its index in
 * {@linkcode STATUS_MEMORY}. It is 0 if the line is missing, as in the file of a zombie.
 *
 * @param at The offset to start from, returned by {@linkcode parseStatusHead}.
 */
export function parseStatusMemory(
  text: Uint8Array,
  length: number,
  at: number,
  fields: Float64Array,
): void {
  fields.fill(0, 0, STATUS_MEMORY_COUNT);
  while (at < length) {
    const line = text[at]! << 8 | text[at + 1]!;
    const next = text[at + 2]! << 8 | text[at + 3]!;
    const place = line === VM || line === RSS ? memoryPlace(next) : -1;
    at = numbersOf(text, at + 2, length, fields, place);
    // No line about memory follows this one.
    if (place === STATUS_MEMORY.swapped) return;
  }
}

function memoryPlace(name: number): number {
  if (name === LOCKED) return STATUS_MEMORY.locked;
  if (name === PINNED) return STATUS_MEMORY.pinned;
  if (name === PEAK) return STATUS_MEMORY.peak;
  if (name === RESIDENT) return STATUS_MEMORY.resident;
  if (name === ANONYMOUS) return STATUS_MEMORY.anonymous;
  return name === SWAPPED ? STATUS_MEMORY.swapped : -1;
}

/**
 * Stores the numbers of a line in `fields` from the index `place` on, or skips the line if `place`
 * is -1. Returns the offset of the next line.
 */
function numbersOf(
  text: Uint8Array,
  at: number,
  end: number,
  fields: Float64Array,
  place: number,
): number {
  if (place >= 0) {
    while (at < end && text[at] !== COLON) at++;
    for (at++; at < end && text[at] !== NEWLINE; at++) {
      if (!isDigit(text[at]!)) continue;
      let value = 0;
      for (; at < end && isDigit(text[at]!); at++) value = value * 10 + text[at]! - DIGIT_0;
      fields[place++] = value;
      if (text[at] === NEWLINE) break;
    }
  }
  while (at < end && text[at] !== NEWLINE) at++;
  return at + 1;
}
