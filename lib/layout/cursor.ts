import type { Block } from "./block.ts";
import type { Struct } from "./struct.ts";

/** A decoder that keeps a byte order mark, which is part of a name like any other character. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a C struct member by member, aligning each as a C compiler does.
 *
 * Every method reads one member and moves past it. The function of a struct calls the methods in
 * the order of its header.
 */
export class Cursor {
  /** The offset after the last member, in bytes from the start of the block. */
  at: number;
  /**
   * True for little-endian, the byte order of every machine this runs on. False for records of AIX,
   * which are big-endian.
   */
  readonly little: boolean;
  /** The bytes that are read. */
  protected readonly block: Block;

  /** Makes a cursor that reads `block` from the offset `at` on. */
  constructor(block: Block, at: number, little: boolean) {
    this.block = block;
    this.at = at;
    this.little = little;
  }

  /**
   * Moves to the next multiple of `align` and then past `size` bytes. Returns the offset of these
   * bytes.
   */
  protected take(size: number, align: number): number {
    const start = (this.at + align - 1) & -align;
    this.at = start + size;
    return start;
  }

  /** Reads a `uint8_t`. */
  u8(): number {
    return this.block.view.getUint8(this.take(1, 1));
  }

  /** Reads an `int8_t`. */
  i8(): number {
    return this.block.view.getInt8(this.take(1, 1));
  }

  /** Reads an `int16_t`. */
  i16(): number {
    return this.block.view.getInt16(this.take(2, 2), this.little);
  }

  /** Reads a `uint16_t`. */
  u16(): number {
    return this.block.view.getUint16(this.take(2, 2), this.little);
  }

  /** Reads an `int32_t`. */
  i32(): number {
    return this.block.view.getInt32(this.take(4, 4), this.little);
  }

  /** Reads a `uint32_t`. */
  u32(): number {
    return this.block.view.getUint32(this.take(4, 4), this.little);
  }

  /** Reads an `int64_t`. */
  i64(): bigint {
    return this.block.view.getBigInt64(this.take(8, 8), this.little);
  }

  /** Reads a `uint64_t`. */
  u64(): bigint {
    return this.block.view.getBigUint64(this.take(8, 8), this.little);
  }

  /** Reads a `uint32_t` of a packed struct, which starts where the last member ended. */
  u32packed(): number {
    return this.block.view.getUint32(this.take(4, 1), this.little);
  }

  /** Reads a `uint64_t` of a packed struct, which starts where the last member ended. */
  u64packed(): bigint {
    return this.block.view.getBigUint64(this.take(8, 1), this.little);
  }

  /** Reads a `char[size]` as text, up to the first NUL. Bytes that are not UTF-8 become U+FFFD. */
  chars(size: number): string {
    const { bytes } = this.block;
    const start = this.take(size, 1);
    const limit = start + size;
    let end = start;
    while (end < limit && bytes[end] !== 0) end++;
    return end === start ? "" : decoder.decode(bytes.subarray(start, end));
  }

  /** Reads `size` bytes into a new array. */
  bytes(size: number): Uint8Array {
    const start = this.take(size, 1);
    return this.block.bytes.slice(start, start + size);
  }

  /** Reads `count` members of one type, as in `c.array(2, (c) => c.i64())`. */
  array<T>(count: number, read: (cursor: this) => T): readonly T[] {
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read(this));
    return items;
  }

  /** Reads a struct that is a member of this struct. */
  struct<T extends object>(type: Struct<T>): T {
    const start = this.take(type.size, type.align);
    const end = this.at;
    this.at = start;
    const value = type.read(this);
    this.at = end;
    return value;
  }

  /**
   * Reads the flexible array at the end of a struct: `count` items, or the whole items in the block
   * if these are fewer.
   */
  flexible<T extends object>(type: Struct<T>, count: number): readonly T[] {
    const start = this.take(0, type.align);
    const room = Math.floor((this.block.bytes.byteLength - start) / type.size);
    const items: T[] = [];
    for (let i = 0; i < count && i < room; i++) items.push(this.struct(type));
    return items;
  }

  /**
   * Reads the member `name` of a union, which is the one in use. Reads no member if `name` is null.
   *
   * `size` and `align` are those of the union, which follow from its largest and its most aligned
   * member.
   */
  union<M extends object>(
    { size, align, members }: Union<M>,
    name: (keyof M & string) | null,
  ): Partial<M> {
    const start = this.take(size, align);
    if (name === null) return {};
    const end = this.at;
    this.at = start;
    const value: Partial<M> = {};
    value[name] = members[name](this);
    this.at = end;
    return value;
  }
}

/** A C union: its size, its alignment, and how to read each of its members. */
export interface Union<M extends object> {
  /** The size in bytes, as `sizeof` returns it. */
  readonly size: number;
  /** The alignment in bytes, as `alignof` returns it. */
  readonly align: number;
  /** A function for each member that reads it, as in `{ ina_6: (c) => c.struct(in6Addr) }`. */
  readonly members: { readonly [N in keyof M]-?: (cursor: Cursor) => M[N] };
}
