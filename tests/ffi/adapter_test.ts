import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assertEquals, assertNotEquals } from "@std/assert";
import { openAdapter } from "../../ffi/runtime.ts";
import { compileLibrary } from "../support/compile.ts";
import { runtime } from "../support/runtime.ts";

const echo = openAdapter().open(compileLibrary(["ffi_echo.c"], "ffi_echo"), {
  echo_arrived: {
    parameters: ["i32", "u32", "i64", "u64", "buffer", "pointer", "i32", "i64", "buffer"],
    result: "void",
  },
  echo_i32: { parameters: ["i32"], result: "i32" },
  echo_i64: { parameters: ["i64"], result: "i64" },
  echo_u64: { parameters: ["u64"], result: "u64" },
  echo_u32: { parameters: ["u32"], result: "u64" },
  echo_pointer: { parameters: ["buffer"], result: "pointer" },
  echo_address: { parameters: ["buffer"], result: "u64" },
  echo_fill: { parameters: ["buffer", "u64", "u32"], result: "void" },
  echo_holds: { parameters: ["buffer", "u64", "u32"], result: "i32" },
  echo_copy: { parameters: ["buffer", "pointer", "u64"], result: "void" },
});
/** The same C functions with other prototypes. */
const again = openAdapter().open(compileLibrary(["ffi_echo.c"], "ffi_echo"), {
  echo_pointer: { parameters: ["pointer"], result: "pointer" },
  echo_address: { parameters: ["pointer"], result: "u64" },
});

/**
 * The number of calls after which a call is compiled. Compiled calls convert values with other
 * code.
 */
const HOT = 50_000;

const I32 = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x1234_5678];
const U32 = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 0xdead_beef];
const I64 = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 32n)];
const U64 = [0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 53n + 1n, 0xffff_ffffn];

/** Fails unless `call` returns each value, in many repeated calls. */
function echoes<T>(values: readonly T[], call: (value: T) => unknown): void {
  for (let i = 0; i < HOT; i++) {
    const value = values[i % values.length]!;
    const echoed = call(value);
    if (echoed !== value) assertEquals(echoed, value, `call ${i}`);
  }
}

test(`an i32 arrives and is returned whole in ${runtime}, up to its extremes`, () => {
  echoes(I32, (value) => echo.echo_i32(value));
});

test(`a u32 arrives whole and zero-extended in ${runtime}, up to its extremes`, () => {
  echoes(U32.map(BigInt), (value) => echo.echo_u32(Number(value)));
});

test(`an i64 arrives and is returned whole in ${runtime}, up to its extremes`, () => {
  echoes(I64, (value) => echo.echo_i64(value));
});

test(`a u64 arrives and is returned whole in ${runtime}, up to its extremes`, () => {
  echoes(U64, (value) => echo.echo_u64(value));
});

test(`every C type keeps its place among more parameters than registers in ${runtime}`, () => {
  const arrived = new ArrayBuffer(64);
  const to = new Uint8Array(arrived);
  const signed = new BigInt64Array(arrived);
  const memory = new Uint8Array(new ArrayBuffer(16));
  const address = echo.echo_address(memory);
  const pointer = echo.echo_pointer(memory);
  const asSigned = (value: bigint) => BigInt.asIntN(64, value);
  for (let i = 0; i < HOT; i++) {
    const i32 = I32[i % I32.length]!, u32 = U32[i % U32.length]!;
    const i64 = I64[i % I64.length]!, u64 = U64[i % U64.length]!;
    const some = i % 2 === 0;
    echo.echo_arrived(
      i32,
      u32,
      i64,
      u64,
      some ? memory : null,
      some ? null : pointer,
      ~i32,
      ~i64,
      to,
    );
    if (i > 100 && i < HOT - 100) continue;
    assertEquals([...signed], [
      BigInt(i32),
      BigInt(u32),
      i64,
      asSigned(u64),
      some ? asSigned(address) : 0n,
      some ? 0n : asSigned(address),
      BigInt(~i32),
      ~i64,
    ]);
  }
});

test(`a void function gives undefined in ${runtime}`, () => {
  assertEquals(echo.echo_fill(new Uint8Array(new ArrayBuffer(1)), 1n, 0), undefined);
});

test(`null is NULL as a buffer and as a pointer, and NULL is returned as null in ${runtime}`, () => {
  for (let i = 0; i < HOT; i++) {
    if (echo.echo_address(null) !== 0n || again.echo_address(null) !== 0n) throw new Error(`${i}`);
    if (echo.echo_pointer(null) !== null || again.echo_pointer(null) !== null) {
      throw new Error(`${i}`);
    }
  }
});

test(`a pointer survives the way through JavaScript in ${runtime}`, () => {
  const memory = Uint8Array.from([1, 2, 3, 4]);
  const bytes = new Uint8Array(new ArrayBuffer(4));
  bytes.set(memory);
  const pointer = echo.echo_pointer(bytes);
  assertNotEquals(pointer, null);
  assertEquals(again.echo_address(pointer), echo.echo_address(bytes));
  assertEquals(again.echo_address(again.echo_pointer(pointer)), echo.echo_address(bytes));
  const to = new Uint8Array(new ArrayBuffer(4));
  echo.echo_copy(to, pointer, 4n);
  assertEquals(to, memory);
});

/** Each kind of view, with memory before and after it. */
const VIEWS: Readonly<Record<string, () => Uint8Array | Int32Array>> = {
  "a Uint8Array": () => new Uint8Array(new ArrayBuffer(64)).subarray(16, 48),
  "a Uint8Array at an odd offset": () => new Uint8Array(new ArrayBuffer(64), 13, 7),
  "a subarray of a small array that owns its memory": () => new Uint8Array(64).subarray(5, 9),
  "a subarray of a subarray": () => new Uint8Array(99).subarray(10).subarray(20, 50),
  "an Int32Array": () => new Int32Array(new ArrayBuffer(64), 16, 5),
  "a Buffer of the pool": () => Buffer.allocUnsafe(24),
  "a subarray of a Buffer": () => Buffer.allocUnsafe(64).subarray(11, 40),
  "a view on a SharedArrayBuffer": () => new Uint8Array(new SharedArrayBuffer(64), 8, 30),
  "an Int32Array on a SharedArrayBuffer": () => new Int32Array(new SharedArrayBuffer(64), 8, 3),
  "a view on a growable SharedArrayBuffer": () =>
    new Uint8Array(new SharedArrayBuffer(64, { maxByteLength: 4096 }), 8, 30),
  "a view on a resizable buffer": () =>
    new Uint8Array(new ArrayBuffer(64, { maxByteLength: 4096 }), 8, 30),
  "a view on a resizable buffer that grew": () => {
    const buffer = new ArrayBuffer(64, { maxByteLength: 1 << 20 });
    const view = new Uint8Array(buffer, 8, 30);
    buffer.resize(1 << 20);
    return view;
  },
  "a length-tracking view on a resizable buffer that shrank": () => {
    const buffer = new ArrayBuffer(4096, { maxByteLength: 4096 });
    const view = new Uint8Array(buffer, 8);
    buffer.resize(64);
    return view;
  },
  "a view on the memory of WebAssembly": () =>
    new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 100, 200),
  "a large Uint8Array": () => new Uint8Array(1 << 20).subarray(3, (1 << 20) - 3),
};

for (const [name, make] of Object.entries(VIEWS)) {
  test(`C reads and writes exactly the bytes of ${name} in ${runtime}`, () => {
    const view = make();
    const { buffer, byteOffset, byteLength } = view;
    const whole = new Uint8Array(buffer);
    const own = new Uint8Array(buffer, byteOffset, byteLength);
    const size = BigInt(byteLength);
    // C reads what JavaScript wrote.
    for (let i = 0; i < byteLength; i++) own[i] = 77 + i;
    assertEquals(echo.echo_holds(view, size, 77), 1);
    own[byteLength - 1]! ^= 1;
    assertEquals(echo.echo_holds(view, size, 77), 0);
    // The bytes around the view do not change when C writes, including those of other users of the
    // pool.
    const before = whole.slice();
    echo.echo_fill(view, size, 200);
    const after = whole.slice();
    const expected = before.slice();
    for (let i = 0; i < byteLength; i++) expected[byteOffset + i] = (200 + i) & 0xff;
    assertEquals(Buffer.compare(after, expected), 0);
    // The address is that of the buffer plus the offset of the view.
    assertEquals(echo.echo_address(view), echo.echo_address(whole) + BigInt(byteOffset));
  });
}

test(`the address of memory that is kept does not move in ${runtime}`, () => {
  const kept = new Uint8Array(new ArrayBuffer(64));
  const address = echo.echo_address(kept);
  const garbage: Uint8Array[] = [];
  for (let i = 0; i < 20_000; i++) garbage[i % 100] = new Uint8Array(4096);
  void kept.buffer;
  kept.subarray(1);
  assertEquals(echo.echo_address(kept), address);
});
