import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { DIGIT_0, isDigit } from "../parse/bytes.ts";

/** `struct dirent64` (dirent.h). `getdents64()` writes `d_reclen` bytes of it. */
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
/** The highest possible value of an id or a descriptor. */
const MOST = 2 ** 31 - 1;
const DOT = 46;

/** The size of the shortest entry of `getdents64()`, in bytes. */
export const SHORTEST_ENTRY = 24;

/**
 * Collects the numbers among the names that `getdents64()` wrote: pids or descriptors.
 *
 * @param entries The entries.
 * @param length The length of the entries, in bytes.
 * @param numbers Receives the numbers. It must have room for one in every
 * {@linkcode SHORTEST_ENTRY} bytes.
 * @param count The number of values that it already holds.
 * @param least The lowest number to collect: 0 or 1.
 * @returns The number of values that it now holds.
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
    // A name that is not a number does not end after its digits, and `01` is not a number.
    const isNumber = digit === 0 && (entries[name] !== DIGIT_0 || i === name + 1);
    if (isNumber && number >= least && number <= MOST) numbers[count++] = number;
    at += lengthAt(entries, at);
  }
  return count;
}

/** A directory within a directory. */
export interface Folder {
  /** The inode number, in 8 bytes. */
  readonly inode: Uint8Array;
  /** The name. */
  readonly name: Uint8Array;
}

/** Returns the directories among the entries that `getdents64()` wrote, without `.` and `..`. */
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
