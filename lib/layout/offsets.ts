import type { Struct } from "./struct.ts";

/** Where each member of a struct starts. */
export type Offsets<T extends object> = { readonly [N in keyof T & string]: number };

/**
 * The offsets of a struct's members, taken from its declaration.
 *
 * For writers of hot paths: {@linkcode Struct.encode} looks every member up by name each time.
 *
 * @param base Added to each, for a struct that lies inside another.
 */
export function offsetsOf<T extends object>(type: Struct<T>, base = 0): Offsets<T> {
  return Object.fromEntries(
    type.fields.map(({ name, offset }) => [name, base + offset]),
  ) as Offsets<T>;
}

const TWO_32 = 2 ** 32;

/** Writes an integer from 0 to 2^53 as a `uint64_t`, without a bigint. */
export function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value / TWO_32, true);
}

/** Reads a `uint64_t` that stays below 2^53, without a bigint. */
export function getU64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32;
}
