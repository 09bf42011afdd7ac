import { type Block, blockOf, checkBytes } from "./block.ts";
import { Cursor, type Union } from "./cursor.ts";

/**
 * The layout of one C struct, which converts bytes to an object and back.
 *
 * Reading, writing and the table of fields all derive from one function that reads the struct
 * member by member. The layout is therefore declared only once.
 */
export interface Struct<T extends object> {
  /** The C name without `struct`; empty for a struct that has no name in C. */
  readonly name: string;
  /** The size in bytes, as `sizeof` returns it. */
  readonly size: number;
  /** The alignment in bytes, as `alignof` returns it; 1 for a packed struct. */
  readonly align: number;
  /** The members in order, with their offsets. */
  readonly fields: readonly Field[];
  /** Reads the members through a cursor at the start of the struct. */
  readonly read: (cursor: Cursor) => T;
  /**
   * Decodes the struct at the offset `offset` of `bytes`.
   *
   * @throws {RangeError} Fewer than `size` bytes are left there.
   */
  decode(bytes: Uint8Array, offset?: number, order?: ByteOrder): T;
  /**
   * Decodes the struct at the offset `at` of a block, which must be a multiple of
   * {@linkcode Struct.align}.
   */
  decodeBlock(block: Block, at: number): T;
  /** Decodes an array: all whole structs in `bytes`. */
  decodeAll(bytes: Uint8Array): T[];
  /**
   * Encodes a struct at the offset `offset` of `bytes`. Members that `value` does not have become
   * zero. Text is cut to the size of its field and ends in a NUL. A flexible array is cut to the
   * whole items that fit into `bytes`.
   *
   * @throws {RangeError} Fewer than `size` bytes are left there.
   */
  encode(value: Encodable<T>, bytes: Uint8Array, offset?: number, order?: ByteOrder): void;
}

/**
 * The byte order of a record: `"little"` on every system this runs on, `"big"` for records of AIX.
 */
export type ByteOrder = "little" | "big";

/**
 * The value that {@linkcode Struct.encode} takes: the decoded form, of which any member can be
 * missing.
 */
export type Encodable<T> = T extends string | number | bigint | Uint8Array ? T
  : T extends readonly (infer E)[] ? readonly Encodable<E>[]
  : { readonly [K in keyof T]?: Encodable<T[K]> };

/** One member of a {@linkcode Struct}. */
export interface Field {
  /** The C name. */
  readonly name: string;
  /** The offset from the start of the struct, in bytes. */
  readonly offset: number;
  /** The size in bytes; for an array, of all its elements together. */
  readonly size: number;
  /**
   * The type: `"u32"`, `"char[16]"`, `"bytes"`, `"struct NAME"`, `"union"`, `"struct NAME[]"`...
   */
  readonly type: string;
  /**
   * The number of elements: 1, the length of an array, or the number of bytes of text or of
   * `"bytes"`.
   */
  readonly count: number;
  /**
   * The members of a union or of a struct without a name. Their offsets are relative to the outer
   * struct.
   */
  readonly fields: readonly Field[];
  /** Writes a value of this member. */
  readonly write: Write;
}

/** Writes one member of a {@linkcode Struct} at an offset of a block. */
export type Write = (to: Block, at: number, value: never, little: boolean) => void;

/**
 * Declares a struct by its name, its size and alignment, and a function that reads the members in
 * the order of the header.
 *
 * @example
 * ```ts
 * import { type Struct, struct } from "./struct.ts";
 *
 * interface ProcFdInfo {
 *   readonly proc_fd: number;
 *   readonly proc_fdtype: number;
 * }
 * const procFdInfo: Struct<ProcFdInfo> = struct("proc_fdinfo", { size: 8, align: 4 }, (c): ProcFdInfo => ({
 *   proc_fd: c.i32(),
 *   proc_fdtype: c.u32(),
 * }));
 * console.log(procFdInfo.size); // 8
 * ```
 */
export function struct<T extends object>(
  name: string,
  { size, align }: { readonly size: number; readonly align: number },
  read: (cursor: Cursor) => T,
): Struct<T> {
  let traced: readonly Field[] | undefined;

  function blockAt(doing: string, bytes: Uint8Array, offset: number): Block {
    checkBytes(bytes);
    checkPlace(doing, "offset", offset, bytes.byteLength);
    return blockOf(offset === 0 ? bytes : bytes.subarray(offset));
  }

  function checkPlace(doing: string, argument: string, at: number, length: number): void {
    if (typeof at !== "number") {
      throw new TypeError(`Cannot pass ${argument} as it must be a number: it is ${typeof at}`);
    }
    if (Number.isInteger(at) && at >= 0 && at + size <= length) return;
    throw new RangeError(
      `Cannot ${doing} struct ${name} at ${argument} ${at} as it takes ${size} bytes: ` +
        `there are ${length} bytes`,
    );
  }

  const self: Struct<T> = {
    name,
    size,
    align,
    read,
    get fields(): readonly Field[] {
      return traced ??= trace(read);
    },
    decode: (bytes, offset = 0, order = "little") =>
      read(new Cursor(blockAt("decode", bytes, offset), 0, isLittle(order))),
    decodeBlock(block, at) {
      if (!(block?.bytes instanceof Uint8Array && block.view instanceof DataView)) {
        throw new TypeError(`Cannot pass block as it must be one of block() or blockOf()`);
      }
      checkPlace("decode", "at", at, block.bytes.byteLength);
      return read(new Cursor(block, at, true));
    },
    decodeAll(bytes) {
      const block = blockOf(bytes);
      const items: T[] = [];
      for (let at = 0; at + size <= bytes.byteLength; at += size) {
        items.push(self.decodeBlock(block, at));
      }
      return items;
    },
    encode(value, bytes, offset = 0, order = "little") {
      if (typeof value !== "object" || value === null) {
        throw new TypeError(`Cannot pass value as it must be an object: it is ${typeof value}`);
      }
      const to = blockAt("encode", bytes, offset);
      const little = isLittle(order);
      to.bytes.fill(0, 0, size);
      writeFields(self.fields, to, 0, value, little);
    },
  };
  return self;
}

function isLittle(order: ByteOrder): boolean {
  if (order === "little" || order === "big") return order === "little";
  const given: unknown = order;
  throw new TypeError(
    `Cannot pass order as it must be "little" or "big": it is ${
      typeof given === "string" ? JSON.stringify(given) : typeof given
    }`,
  );
}

function writeFields(
  fields: readonly Field[],
  to: Block,
  at: number,
  value: object,
  little: boolean,
): void {
  for (const field of fields) {
    const member = (value as Record<string, unknown>)[field.name];
    if (member !== undefined) field.write(to, at + field.offset, member as never, little);
  }
}

function trace(read: (cursor: Cursor) => object): readonly Field[] {
  return new Tracer().record(read);
}

/**
 * A field before its name is known. Names come from the object that the function of the struct
 * returns.
 */
type Unnamed = Omit<Field, "name">;

const encoder = new TextEncoder();

/**
 * Runs the function of a struct without data and records every member that it reads.
 *
 * The function returns an object whose keys are in the order of its reads. This order relates each
 * offset to a name.
 */
class Tracer extends Cursor {
  #noted: Unnamed[] = [];

  constructor() {
    const nothing = new Uint8Array(0);
    super(blockOf(nothing), 0, true);
  }

  record(read: (cursor: Cursor) => object): readonly Field[] {
    const outer = this.#noted;
    const noted: Unnamed[] = this.#noted = [];
    const names = Object.keys(read(this));
    this.#noted = outer;
    if (names.length !== noted.length) {
      throw new TypeError(
        `Cannot trace a struct that reads ${noted.length} members and names ${names.length}`,
      );
    }
    return names.map((name, i) => ({ name, ...noted[i] as Unnamed }));
  }

  #note(
    type: string,
    size: number,
    align: number,
    write: Write,
    { count = 1, fields = [] }: Partial<Pick<Field, "count" | "fields">> = {},
  ): void {
    const offset = this.take(size, align);
    this.#noted.push({ type, size, offset, count, fields: moved(fields, offset), write });
  }

  override u8(): number {
    return this.#note("u8", 1, 1, (to, at, value: number) => to.view.setUint8(at, value)), 0;
  }

  override i8(): number {
    return this.#note("i8", 1, 1, (to, at, value: number) => to.view.setInt8(at, value)), 0;
  }

  override i16(): number {
    return this.#note("i16", 2, 2, (to, at, value: number, little) => {
      to.view.setInt16(at, value, little);
    }),
      0;
  }

  override u16(): number {
    return this.#note("u16", 2, 2, (to, at, value: number, little) => {
      to.view.setUint16(at, value, little);
    }),
      0;
  }

  override i32(): number {
    return this.#note("i32", 4, 4, (to, at, value: number, little) => {
      to.view.setInt32(at, value, little);
    }),
      0;
  }

  override u32(): number {
    return this.#note("u32", 4, 4, writeU32), 0;
  }

  override u32packed(): number {
    return this.#note("u32", 4, 1, writeU32), 0;
  }

  override i64(): bigint {
    return this.#note("i64", 8, 8, (to, at, value: bigint, little) => {
      to.view.setBigInt64(at, value, little);
    }),
      0n;
  }

  override u64(): bigint {
    return this.#note("u64", 8, 8, writeU64), 0n;
  }

  override u64packed(): bigint {
    return this.#note("u64", 8, 1, writeU64), 0n;
  }

  override chars(size: number): string {
    this.#note(`char[${size}]`, size, 1, (to, at, value: string) => {
      encoder.encodeInto(value, to.bytes.subarray(at, at + size - 1));
    }, { count: size });
    return "";
  }

  override bytes(size: number): Uint8Array {
    this.#note("bytes", size, 1, (to, at, value: Uint8Array) => {
      to.bytes.set(value.subarray(0, size), at);
    }, { count: size });
    return new Uint8Array(size);
  }

  override array<T>(count: number, read: (cursor: this) => T): readonly T[] {
    const item = read(this);
    const { type, size, offset, write } = this.#noted.pop() as Unnamed;
    this.at = offset;
    this.#note(type, size * count, 1, (to, at, values: readonly never[], little) => {
      for (let i = 0; i < count && i < values.length; i++) {
        write(to, at + i * size, values[i] as never, little);
      }
    }, { count });
    return new Array<T>(count).fill(item);
  }

  override struct<T extends object>(type: Struct<T>): T {
    const named = type.name !== "";
    this.#note(
      named ? `struct ${type.name}` : "struct",
      type.size,
      type.align,
      (to, at, value: object, little) => writeFields(type.fields, to, at, value, little),
      { fields: named ? [] : type.fields },
    );
    return type.decode(new Uint8Array(type.size));
  }

  override flexible<T extends object>(type: Struct<T>): readonly T[] {
    this.#note(
      `struct ${type.name}[]`,
      0,
      type.align,
      (to, at, values: readonly object[], little) => {
        for (const value of values) {
          if (at + type.size > to.bytes.byteLength) break;
          to.bytes.fill(0, at, at + type.size);
          writeFields(type.fields, to, at, value, little);
          at += type.size;
        }
      },
      { count: 0 },
    );
    return [];
  }

  override union<M extends object>({ size, align, members }: Union<M>): Partial<M> {
    const inside: Field[] = [];
    for (const name in members) {
      const one = new Tracer();
      inside.push(...one.record((c) => ({ [name]: members[name](c) })));
    }
    this.#note("union", size, align, (to, at, value: object, little) => {
      writeFields(inside, to, at, value, little);
    }, { fields: inside });
    return {};
  }
}

const writeU32: Write = (to, at, value: number, little) => {
  to.view.setUint32(at, value, little);
};

const writeU64: Write = (to, at, value: bigint, little) => {
  to.view.setBigUint64(at, value, little);
};

function moved(fields: readonly Field[], by: number): readonly Field[] {
  return fields.map((field) => ({
    ...field,
    offset: field.offset + by,
    fields: moved(field.fields, by),
  }));
}
