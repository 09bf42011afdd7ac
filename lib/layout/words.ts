/**
 * Structs that are written as 32-bit words, for hot paths: a store through a `DataView` can cost
 * ten times as much as one through a `Uint32Array`.
 *
 * Numbers are in the byte order of the machine, which is little-endian on every machine this runs
 * on.
 *
 * @module
 */
import type { Block } from "./block.ts";
import { type Offsets, offsetsOf } from "./offsets.ts";
import type { Struct } from "./struct.ts";

const WORD = 4;
const TWO_32 = 2 ** 32;

/** Returns the words of a block. Bytes after the last whole word are omitted. */
export function wordsOf({ bytes }: Block): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}

/**
 * Returns the word in which each member of a struct starts. The struct must be aligned to words.
 *
 * @param base The word in which the struct starts.
 */
export function wordOffsetsOf<T extends object>(type: Struct<T>, base = 0): Offsets<T> {
  const offsets: Record<string, number> = offsetsOf(type);
  return Object.fromEntries(
    Object.entries(offsets).map(([name, offset]) => [name, base + Math.floor(offset / WORD)]),
  ) as Offsets<T>;
}

/** Writes an integer of at most 53 significant bits as a `uint64_t`, without a bigint. */
export function setWords(words: Uint32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / TWO_32;
}
