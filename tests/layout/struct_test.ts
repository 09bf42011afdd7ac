import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { block, blockOf } from "../../lib/layout/block.ts";
import type { Cursor, Union } from "../../lib/layout/cursor.ts";
import { type Field, type Struct, struct } from "../../lib/layout/struct.ts";

interface Mixed {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: bigint;
  readonly e: number;
}

/** One member of each alignment, each at an offset that requires padding. */
const mixed: Struct<Mixed> = struct("mixed", { size: 32, align: 8 }, (c): Mixed => ({
  a: c.u8(),
  b: c.u32(),
  c: c.u16(),
  d: c.u64(),
  e: c.u8(),
}));

function places(fields: readonly Field[]): string[] {
  return fields.map(({ name, type, offset, size, count }) =>
    `${name}: ${type} at ${offset}, ${size} bytes, ${count}`
  );
}

function bytesOf<T extends object>(
  type: Struct<T>,
  value: Parameters<Struct<T>["encode"]>[0],
  order: "little" | "big" = "little",
): number[] {
  const bytes = new Uint8Array(type.size).fill(0xff);
  type.encode(value, bytes, 0, order);
  return [...bytes];
}

test("struct() aligns each member to its own size", () => {
  assertEquals(places(mixed.fields), [
    "a: u8 at 0, 1 bytes, 1",
    "b: u32 at 4, 4 bytes, 1",
    "c: u16 at 8, 2 bytes, 1",
    "d: u64 at 16, 8 bytes, 1",
    "e: u8 at 24, 1 bytes, 1",
  ]);
  assertEquals(bytesOf(mixed, { a: 1, b: 2, c: 3, d: 4n, e: 5 }), [
    ...[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0],
    ...[4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0],
  ]);
});

interface Numbers {
  readonly u8: number;
  readonly i16: number;
  readonly u16: number;
  readonly i32: number;
  readonly u32: number;
  readonly i64: bigint;
  readonly u64: bigint;
}

const numbers: Struct<Numbers> = struct("numbers", { size: 32, align: 8 }, (c): Numbers => ({
  u8: c.u8(),
  i16: c.i16(),
  u16: c.u16(),
  i32: c.i32(),
  u32: c.u32(),
  i64: c.i64(),
  u64: c.u64(),
}));

test("signed members are signed and unsigned members are not", () => {
  const all: Numbers = {
    u8: 0xff,
    i16: -1,
    u16: 0xffff,
    i32: -1,
    u32: 0xffffffff,
    i64: -1n,
    u64: 0xffffffffffffffffn,
  };
  assertEquals(numbers.decode(new Uint8Array(32).fill(0xff)), all);
  assertEquals(numbers.decode(Uint8Array.from(bytesOf(numbers, all))), all);
});

test("numbers are read and written in the byte order that is requested", () => {
  const value: Numbers = {
    u8: 1,
    i16: 0x0203,
    u16: 0x0405,
    i32: 0x06070809,
    u32: 0x0a0b0c0d,
    i64: 0x0102030405060708n,
    u64: 0x090a0b0c0d0e0f10n,
  };
  const big = bytesOf(numbers, value, "big");
  assertEquals(big, [
    ...[1, 0, 2, 3, 4, 5, 0, 0, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xd],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 0x10],
  ]);
  assertEquals(numbers.decode(Uint8Array.from(big), 0, "big"), value);
  const little = bytesOf(numbers, value);
  assertEquals(little.slice(8, 12), [9, 8, 7, 6]);
  assertEquals(numbers.decode(Uint8Array.from(little)), value);
});

interface Nested {
  readonly first: number;
  readonly inner: Mixed;
  readonly last: number;
}

const nested: Struct<Nested> = struct("nested", { size: 48, align: 8 }, (c): Nested => ({
  first: c.u8(),
  inner: c.struct(mixed),
  last: c.u8(),
}));

test("a nested struct is aligned as a whole and keeps its padding", () => {
  assertEquals(places(nested.fields), [
    "first: u8 at 0, 1 bytes, 1",
    "inner: struct mixed at 8, 32 bytes, 1",
    "last: u8 at 40, 1 bytes, 1",
  ]);
  assertEquals(nested.fields[1]?.fields, []);
  const value = { first: 1, inner: { a: 2, b: 3, c: 4, d: 5n, e: 6 }, last: 7 };
  assertEquals(nested.decode(Uint8Array.from(bytesOf(nested, value))), value);
});

test("the members of a struct without a name are listed with it, from the outer start", () => {
  const inner: Struct<{ readonly x: number }> = struct(
    "",
    { size: 4, align: 4 },
    (c): { readonly x: number } => ({ x: c.u32() }),
  );
  const middle = struct("", { size: 8, align: 4 }, (c) => ({ y: c.u8(), inner: c.struct(inner) }));
  const outer = struct("outer", { size: 12, align: 4 }, (c) => ({
    z: c.u8(),
    middle: c.struct(middle),
  }));
  const field = outer.fields[1] as Field;
  assertEquals(places([field]), ["middle: struct at 4, 8 bytes, 1"]);
  assertEquals(places(field.fields), [
    "y: u8 at 4, 1 bytes, 1",
    "inner: struct at 8, 4 bytes, 1",
  ]);
  assertEquals(places(field.fields[1]?.fields ?? []), ["x: u32 at 8, 4 bytes, 1"]);
  const value = { z: 1, middle: { y: 2, inner: { x: 3 } } };
  assertEquals(bytesOf(outer, value), [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
  assertEquals(outer.decode(Uint8Array.from(bytesOf(outer, value))), value);
});

test("an array is one member", () => {
  const type = struct("array", { size: 16, align: 4 }, (c) => ({
    a: c.u8(),
    list: c.array(2, (c) => c.u32()),
    b: c.u8(),
  }));
  assertEquals(places(type.fields), [
    "a: u8 at 0, 1 bytes, 1",
    "list: u32 at 4, 8 bytes, 2",
    "b: u8 at 12, 1 bytes, 1",
  ]);
  const bytes = bytesOf(type, { a: 1, list: [2, 3], b: 4 });
  assertEquals(bytes, [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]);
  assertEquals(type.decode(Uint8Array.from(bytes)), { a: 1, list: [2, 3], b: 4 });
  assertEquals(bytesOf(type, { list: [2] }).slice(4, 12), [2, 0, 0, 0, 0, 0, 0, 0]);
});

test("an array may be of structs", () => {
  const pair = struct("pair", { size: 4, align: 2 }, (c) => ({ a: c.u16(), b: c.u8() }));
  const type = struct("pairs", { size: 10, align: 2 }, (c) => ({
    n: c.u8(),
    pairs: c.array(2, (c) => c.struct(pair)),
  }));
  assertEquals(places(type.fields)[1], "pairs: struct pair at 2, 8 bytes, 2");
  const value = { n: 1, pairs: [{ a: 2, b: 3 }, { a: 4, b: 5 }] };
  assertEquals(bytesOf(type, value), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
  assertEquals(type.decode(Uint8Array.from(bytesOf(type, value))), value);
});

interface Choice {
  readonly number?: number;
  readonly text?: string;
}

const CHOICE: Union<Choice> = {
  size: 8,
  align: 4,
  members: { number: (c) => c.u32(), text: (c) => c.chars(8) },
};

const chosen = struct("chosen", { size: 16, align: 4 }, (c) => {
  let kind: number;
  return {
    kind: kind = c.u8(),
    choice: c.union(CHOICE, kind === 1 ? "number" : kind === 2 ? "text" : null),
    last: c.u8(),
  };
});

test("a union has the member that is named, and its own extent whichever that is", () => {
  for (
    const value of [
      { kind: 0, choice: {}, last: 9 },
      { kind: 1, choice: { number: 7 }, last: 9 },
      { kind: 2, choice: { text: "seven" }, last: 9 },
    ]
  ) assertEquals<object>(chosen.decode(Uint8Array.from(bytesOf(chosen, value))), value);
});

test("the members of a union are listed with it, all at its start", () => {
  assertEquals(places(chosen.fields), [
    "kind: u8 at 0, 1 bytes, 1",
    "choice: union at 4, 8 bytes, 1",
    "last: u8 at 12, 1 bytes, 1",
  ]);
  assertEquals(places(chosen.fields[1]?.fields ?? []), [
    "number: u32 at 4, 4 bytes, 1",
    "text: char[8] at 4, 8 bytes, 8",
  ]);
});

const packed = struct("packed", { size: 13, align: 1 }, (c) => ({
  a: c.u8(),
  b: c.u64packed(),
  c: c.u32packed(),
}));

test("the members of a packed struct start where the last one ended", () => {
  assertEquals(places(packed.fields), [
    "a: u8 at 0, 1 bytes, 1",
    "b: u64 at 1, 8 bytes, 1",
    "c: u32 at 9, 4 bytes, 1",
  ]);
  assertEquals(bytesOf(packed, { a: 1, b: 2n, c: 3 }), [1, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
});

test("a packed struct may be at an odd offset of another", () => {
  const type = struct("holder", { size: 16, align: 2 }, (c) => ({
    a: c.u8(),
    inner: c.struct(packed),
    b: c.u16(),
  }));
  assertEquals(places(type.fields)[1], "inner: struct packed at 1, 13 bytes, 1");
  const value = { a: 1, inner: { a: 2, b: 3n, c: 4 }, b: 5 };
  assertEquals(type.decode(Uint8Array.from(bytesOf(type, value))), value);
});

const row = struct("row", { size: 4, align: 2 }, (c) => ({ a: c.u16(), b: c.u8() }));
const table = struct("table", { size: 2, align: 2 }, (c) => {
  let length: number;
  return { length: length = c.u8(), rows: c.flexible(row, length) };
});

test("a flexible array takes no room in its struct", () => {
  assertEquals(places(table.fields), [
    "length: u8 at 0, 1 bytes, 1",
    "rows: struct row[] at 2, 0 bytes, 0",
  ]);
  assertEquals(bytesOf(table, { length: 3 }), [3, 0]);
});

test("a flexible array has the rows that are counted, as far as the bytes hold them whole", () => {
  const rows = [{ a: 1, b: 2 }, { a: 3, b: 4 }];
  const bytes = new Uint8Array(10);
  table.encode({ length: 2, rows }, bytes);
  assertEquals([...bytes], [2, 0, 1, 0, 2, 0, 3, 0, 4, 0]);
  assertEquals(table.decode(bytes), { length: 2, rows });
  assertEquals(table.decode(bytes.subarray(0, 9)), { length: 2, rows: rows.slice(0, 1) });
  assertEquals(table.decode(bytes.subarray(0, 2)), { length: 2, rows: [] });
  bytes[0] = 1;
  assertEquals(table.decode(bytes), { length: 1, rows: rows.slice(0, 1) });
});

test("encode() writes the rows of a flexible array that fit, and zeroes what they leave out", () => {
  const bytes = new Uint8Array(9).fill(0xff);
  table.encode({ length: 2, rows: [{ b: 2 }, { b: 4 }] }, bytes);
  assertEquals([...bytes], [2, 0, 0, 0, 2, 0, 0xff, 0xff, 0xff]);
});

test("fields throws TypeError for a function that names more or fewer members than it reads", () => {
  const fewer = struct("fewer", { size: 8, align: 4 }, (c: Cursor) => {
    c.u32();
    return { b: c.u32() };
  });
  const more = struct("more", { size: 4, align: 4 }, (c: Cursor) => ({ a: c.u32(), b: 1 }));
  assertThrows(() => fewer.fields, TypeError, "reads 2 members and names 1");
  assertThrows(() => more.fields, TypeError, "reads 1 members and names 2");
});

const named = struct("named", { size: 9, align: 1 }, (c) => ({ name: c.chars(8), last: c.u8() }));

test("text ends at its first NUL or with its field", () => {
  const encoder = new TextEncoder();
  assertEquals(named.decode(encoder.encode("ab\0cdefg!")), { name: "ab", last: 0x21 });
  assertEquals(named.decode(encoder.encode("abcdefgh!")), { name: "abcdefgh", last: 0x21 });
  assertEquals(named.decode(encoder.encode("\0bcdefgh!")), { name: "", last: 0x21 });
});

test("bytes that are not UTF-8 are read as U+FFFD", () => {
  const cut = Uint8Array.from([0x61, 0xff, 0x62, 0xc3, 0, 0, 0, 0, 0]);
  assertEquals(named.decode(cut).name, "a\uFFFDb\uFFFD");
});

test("a byte order mark is a part of the text", () => {
  assertEquals(named.decode(Uint8Array.from(bytesOf(named, { name: "\uFEFFa" }))).name, "\uFEFFa");
});

test("encode() cuts text between characters and ends it in a NUL", () => {
  assertEquals(bytesOf(named, { name: "abcdefghi", last: 1 }).slice(6), [0x67, 0, 1]);
  assertEquals(bytesOf(named, { name: "abcdef😀", last: 1 }).slice(5), [0x66, 0, 0, 1]);
});

test("decodeBlock() decodes at a place of a block", () => {
  const { bytes, view } = block(64);
  mixed.encode({ d: 5n }, bytes, 32);
  assertEquals(mixed.decodeBlock({ bytes, view }, 32).d, 5n);
  assertEquals(mixed.decodeBlock({ bytes, view }, 0).d, 0n);
});

test("decodeAll() decodes every whole struct", () => {
  const bytes = Uint8Array.from([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]);
  assertEquals(row.decodeAll(bytes), [{ a: 1, b: 2 }, { a: 3, b: 4 }]);
  assertEquals(row.decodeAll(bytes.subarray(0, 3)), []);
});

test("encode() touches nothing outside of the struct", () => {
  const bytes = new Uint8Array(8).fill(0xff);
  row.encode({}, bytes, 3);
  assertEquals([...bytes], [0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff]);
});

test("encode() and decode() throw RangeError where too few bytes are left", () => {
  const bytes = new Uint8Array(5).fill(0xff);
  assertThrows(
    () => row.decode(bytes, 2),
    RangeError,
    "Cannot decode struct row at offset 2 as it takes 4 bytes: there are 5 bytes",
  );
  assertThrows(
    () => row.encode({ a: 1 }, bytes, 2),
    RangeError,
    "Cannot encode struct row at offset 2 as it takes 4 bytes: there are 5 bytes",
  );
  assertThrows(() => row.decode(bytes, -1), RangeError, "at offset -1");
  assertEquals([...bytes], new Array(5).fill(0xff));
});

test("block() makes zero bytes, and blockOf() a view of the same bytes", () => {
  const { bytes, view } = block(4);
  assertEquals([...bytes], [0, 0, 0, 0]);
  bytes[1] = 1;
  assertEquals(view.getUint16(0, true), 0x100);
  const part = blockOf(bytes.subarray(1, 3));
  assertEquals(part.view.byteLength, 2);
  assertEquals(part.view.getUint8(0), 1);
});
