/**
 * Writing structs in words of 32 bits, for hot paths: what is stored through a `DataView` may cost ten
 * times what it costs through a `Uint32Array`.
 *
 * Numbers are in the byte order of the machine, which is little-endian on all that this runs on.
 *
 * @module
 */
import type { Block } from "./block.ts";
import { type Offsets, offsetsOf } from "./offsets.ts";
import type { Struct } from "./struct.ts";

const WORD = 4;
const TWO_32 = 2 ** 32;

/** The words of a block. What is behind the last whole one is left out. */
export function wordsOf({ bytes }: Block): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}

/**
 * The words in which the members of a struct start; the struct must be aligned to words.
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
