import type { Struct } from "./struct.ts";

/** The offset of each member of a struct, in bytes. */
export type Offsets<T extends object> = { readonly [N in keyof T & string]: number };

/**
 * Returns the offsets of the members of a struct, which are taken from its declaration.
 *
 * Hot paths write at these offsets, because {@linkcode Struct.encode} finds every member by its
 * name on each call.
 *
 * @param base The number that is added to each offset, for a struct inside another struct.
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
