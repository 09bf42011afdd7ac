import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { type Btf, parseBtf } from "../../lib/linux/bpf/btf.ts";
import { SystemCallError } from "../../lib/system/errors.ts";

const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  const: 10,
  function: 12,
  prototype: 13,
  variable: 14,
} as const;

/** Writes a description of types. Their numbers are consecutive and start at 1. */
class Writer {
  readonly #words: number[] = [];
  readonly #texts: number[] = [0];
  #count = 0;

  text(name: string): number {
    if (name === "") return 0;
    const at = this.#texts.length;
    this.#texts.push(...new TextEncoder().encode(`${name}\0`));
    return at;
  }

  type(
    kind: number,
    name: string,
    size: number,
    rest: readonly number[] = [],
    n = 0,
    flag = 0,
  ): number {
    this.#words.push(this.text(name), (flag << 31 | kind << 24 | n) >>> 0, size, ...rest);
    return ++this.#count;
  }

  /**
   * Adds a struct or a union. A member is a name, a type, an offset in bits, and a width if it is a
   * bit field.
   */
  compound(
    kind: number,
    name: string,
    size: number,
    members: readonly (readonly [string, number, number, number?])[],
  ): number {
    const hasBits = members.some(([, , , bits]) => bits !== undefined);
    const rest = members.flatMap(([name, type, bit, bits = 0]) => [
      this.text(name),
      type,
      bits << 24 | bit,
    ]);
    return this.type(kind, name, size, rest, members.length, hasBits ? 1 : 0);
  }

  bytes(change: (header: DataView) => void = () => {}): Uint8Array<ArrayBuffer> {
    const typeSize = this.#words.length * 4;
    const bytes = new Uint8Array(24 + typeSize + this.#texts.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    [24, 0, typeSize, typeSize, this.#texts.length].forEach((word, i) => {
      view.setUint32(4 + i * 4, word, true);
    });
    this.#words.forEach((word, i) => view.setUint32(24 + i * 4, word, true));
    bytes.set(this.#texts, 24 + typeSize);
    change(view);
    return bytes;
  }
}

function written(): Btf {
  const w = new Writer();
  const int = w.type(KIND.int, "int", 4, [32]);
  const u64 = w.type(KIND.int, "u64", 8, [64]);
  const pid = w.type(KIND.typedef, "pid_t", int);
  const constPid = w.type(KIND.const, "", pid);
  const list = w.type(KIND.array, "", 0, [u64, int, 3]);
  const open = w.type(KIND.array, "", 0, [int, int, 0]);
  const inner = w.compound(KIND.struct, "inner", 16, [["first", int, 0], ["second", u64, 64]]);
  const nested = w.compound(KIND.struct, "", 8, [["deep", int, 32]]);
  const either = w.compound(KIND.union, "", 8, [["one", u64, 0], ["", nested, 0]]);
  w.compound(KIND.struct, "outer", 96, [
    ["id", constPid, 0],
    ["bits_low", int, 32, 3],
    ["bits_high", int, 35, 5],
    ["", either, 64],
    ["inner", inner, 128],
    ["list", list, 256],
    ["link", w.type(KIND.pointer, "", inner), 448],
    ["idle", int, 512],
    ["open", open, 544],
  ]);
  w.type(KIND.variable, "some", int, [0]);
  w.type(KIND.enum, "colours", 4, [w.text("RED"), 1, w.text("BLUE"), 0xffffffff], 2);
  w.type(KIND.function, "bpf_iter_none", w.type(KIND.prototype, "", 0, [0, int], 1));
  return parseBtf(w.bytes());
}

test("parseBtf() finds members through unnamed structs and unions, typedefs and arrays", () => {
  const btf = written();
  const place = (path: string) => {
    const { offset, size, count } = btf.member("outer", path);
    return [offset, size, count];
  };
  assertEquals(place("id"), [0, 4, 1]);
  assertEquals(place("one"), [8, 8, 1]);
  assertEquals(place("deep"), [12, 4, 1]);
  assertEquals(place("inner"), [16, 16, 1]);
  assertEquals(place("inner.second"), [24, 8, 1]);
  assertEquals(place("list"), [32, 24, 3]);
  assertEquals(place("link"), [56, 8, 1]);
  assertEquals(place("open"), [68, 0, 0]);
  assertEquals(btf.member("outer", "id").bits, undefined);
  assertEquals(btf.size("outer"), 96);
  assertEquals(btf.typeName(btf.struct("outer")), "outer");
  assertEquals(btf.typeName(btf.member("outer", "inner").type), "inner");
  assertEquals(btf.typeName(btf.member("outer", "id").type), "int");
});

test("parseBtf() knows bit fields, functions and constants", () => {
  const btf = written();
  assertEquals(btf.member("outer", "bits_low"), {
    offset: 4,
    size: 4,
    bits: { first: 0, count: 3 },
    type: btf.member("outer", "id").type,
    count: 1,
  });
  assertEquals(btf.member("outer", "bits_high").bits, { first: 3, count: 5 });
  assertEquals(btf.function("bpf_iter_none"), 15);
  assertEquals([btf.hasFunction("bpf_iter_none"), btf.hasFunction("none")], [true, false]);
  assertEquals(btf.enumerator("colours", "BLUE"), -1);
});

test("parseBtf() names what a kernel lacks", () => {
  const btf = written();
  for (
    const [what, ask] of [
      ["a member third of struct outer", () => btf.member("outer", "third")],
      ["a member i of struct outer", () => btf.member("outer", "i")],
      ["a member inner.third of struct outer", () => btf.member("outer", "inner.third")],
      ["a member id.first of struct outer", () => btf.member("outer", "id.first")],
      ["a member x of struct none", () => btf.member("none", "x")],
      ["a struct none", () => btf.size("none")],
      ["a function outer", () => btf.function("outer")],
      ["a constant GREEN in enum colours", () => btf.enumerator("colours", "GREEN")],
      ["an enumeration outer", () => btf.enumerator("outer", "GREEN")],
    ] as const
  ) {
    const error = assertThrows(ask, SystemCallError, `as this kernel lacks ${what}: `);
    assertEquals(error.code, "ENOTSUP");
  }
  assertEquals([btf.has("outer", "deep"), btf.has("outer", "third")], [true, false]);
});

test("parseBtf() refuses what is not of its format, cut or not", () => {
  const whole = () => new Writer();
  for (
    const bytes of [
      new Uint8Array(0),
      new Uint8Array(23),
      new Uint8Array(100),
      whole().bytes((header) => header.setUint16(0, 0x9feb, true)),
      whole().bytes((header) => header.setUint32(4, 8, true)),
      whole().bytes((header) => header.setUint32(8, 2, true)),
      whole().bytes((header) => header.setUint32(12, 4000, true)),
      whole().bytes((header) => header.setUint32(20, 4000, true)),
    ]
  ) {
    assertThrows(() => parseBtf(bytes), SystemCallError, "lacks a description of its types");
  }
});

const PATH = "/sys/kernel/btf/vmlinux";
const skip = !existsSync(PATH)
  ? `needs ${PATH}`
  : spawnSync("bpftool", ["version"]).status !== 0
  ? "needs bpftool"
  : false;

test("parseBtf() has the members of this kernel's structs where bpftool has them", { skip }, () => {
  const btf = parseBtf(new Uint8Array(readFileSync(PATH)));
  const { stdout } = spawnSync("bpftool", ["btf", "dump", "file", PATH], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  let compared = 0;
  for (const name of ["task_struct", "signal_struct", "mm_struct", "cred", "pid", "tty_struct"]) {
    const start = stdout.indexOf(`STRUCT '${name}' `);
    const [head = "", ...lines] = stdout.slice(start).split("\n");
    assertEquals(btf.size(name), Number(/size=(\d+)/.exec(head)?.[1]));
    for (const line of lines) {
      const found = /^\t'([^']*)' type_id=\d+ bits_offset=(\d+)(?: bitfield_size=(\d+))?/.exec(
        line,
      );
      if (found === null) break;
      const [, member = "", bit, bits] = found;
      if (member === "(anon)") continue;
      const { offset, bits: own } = btf.member(name, member);
      assertEquals(offset * 8 + (own?.first ?? 0), Number(bit), `${name}.${member}`);
      assertEquals(own?.count ?? 0, Number(bits ?? 0), `${name}.${member}`);
      compared++;
    }
  }
  assertGreater(compared, 300);
  // A member of an anonymous union inside an anonymous struct.
  assertEquals(btf.has("mm_struct", "mm_users"), true);
  assertGreater(btf.function("bpf_iter_task"), 0);
});
