import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { DIGIT_0, isDigit } from "../parse/bytes.ts";

/** `struct dirent64` (dirent.h), of which `getdents64()` writes `d_reclen` bytes. */
export interface Dirent64 {
  readonly d_ino: bigint;
  readonly d_off: bigint;
  readonly d_reclen: number;
  readonly d_type: number;
  readonly d_name: string;
}

/** The layout of {@linkcode Dirent64}. */
export const dirent64: Struct<Dirent64> = struct("dirent64", { size: 280, align: 8 }, (c) => ({
  d_ino: c.u64(),
  d_off: c.i64(),
  d_reclen: c.u16(),
  d_type: c.u8(),
  d_name: c.chars(256),
}));

const { d_ino, d_reclen, d_type, d_name } = offsetsOf(dirent64);
const INO_SIZE = 8;
const DT_DIR = 4;
/** The highest number that an id or a descriptor may have. */
const MOST = 2 ** 31 - 1;
const DOT = 46;

/** No entry of `getdents64()` is shorter. */
export const SHORTEST_ENTRY = 24;

/**
 * Takes the numbers out of the names that `getdents64()` wrote: process ids, or descriptors.
 *
 * @param entries What was written.
 * @param length How many bytes of it.
 * @param numbers Where the numbers go; it must have room for one in every {@linkcode SHORTEST_ENTRY}
 * bytes.
 * @param count How many it holds already.
 * @param least The lowest number to take: 0 or 1.
 * @returns How many it holds now.
 */
export function numbersIn(
  entries: Uint8Array,
  length: number,
  numbers: Int32Array,
  count: number,
  least: number,
): number {
  for (let at = 0; at < length;) {
    const name = at + d_name;
    let digit = entries[name]!, number = 0, i = name;
    for (; isDigit(digit); digit = entries[++i]!) number = number * 10 + digit - DIGIT_0;
    // A name that is not a number does not end where its digits do, and `01` is not one.
    const isNumber = digit === 0 && (entries[name] !== DIGIT_0 || i === name + 1);
    if (isNumber && number >= least && number <= MOST) numbers[count++] = number;
    at += lengthAt(entries, at);
  }
  return count;
}

/** A folder in a folder. */
export interface Folder {
  /** The 8 bytes of its inode number. */
  readonly inode: Uint8Array;
  /** Its name. */
  readonly name: Uint8Array;
}

/** Takes the folders out of what `getdents64()` wrote, but for `.` and `..`. */
export function foldersIn(entries: Uint8Array, length: number): Folder[] {
  const folders: Folder[] = [];
  for (let at = 0; at < length; at += lengthAt(entries, at)) {
    const name = entries.slice(at + d_name, entries.indexOf(0, at + d_name));
    const dots = name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT));
    if (entries[at + d_type] !== DT_DIR || dots) continue;
    folders.push({ inode: entries.slice(at + d_ino, at + d_ino + INO_SIZE), name });
  }
  return folders;
}

function lengthAt(entries: Uint8Array, at: number): number {
  return entries[at + d_reclen]! | entries[at + d_reclen + 1]! << 8;
}
