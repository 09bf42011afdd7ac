import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import {
  Assembler,
  type Comparison,
  type Operation,
  type Width,
} from "../../lib/linux/bpf/assembler.ts";

const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

test("Assembler encodes instructions as linux/bpf.h has them", () => {
  const encoded = (write: (a: Assembler) => void) => {
    const a = new Assembler();
    write(a);
    return hex(a.program());
  };
  assertEquals(encoded((a) => a.alu("r0", "=", 0)), "b700000000000000");
  assertEquals(encoded((a) => a.alu("r7", "=", "r1")), "bf17000000000000");
  assertEquals(encoded((a) => a.alu32("r2", "+=", -1)), "04020000ffffffff");
  assertEquals(encoded((a) => a.alu32("r1", "%=", "r2")), "9c21000000000000");
  assertEquals(
    encoded((a) => a.label("a").jumpIf("r1", "&", 256, "a")),
    "4501ffff00010000",
  );
  assertEquals(encoded((a) => a.load(8, "r6", "r1", 16)), "7916100000000000");
  assertEquals(encoded((a) => a.load(1, "r10", "r9", -1)), "719affff00000000");
  assertEquals(encoded((a) => a.store(4, "r10", -8, "r3")), "633af8ff00000000");
  assertEquals(encoded((a) => a.store(8, "r10", -8, 5)), "7a0af8ff05000000");
  assertEquals(encoded((a) => a.call(127)), "850000007f000000");
  assertEquals(encoded((a) => a.callFunction(127)), "852000007f000000");
  assertEquals(encoded((a) => a.exit()), "9500000000000000");
  assertEquals(
    encoded((a) => a.constant("r1", 0xfedcba9876543210n)),
    "18010000103254760000000098badcfe",
  );
  assertEquals(encoded((a) => a.map("r2", 7)), "18120000070000000000000000000000");
});

test("Assembler finds the ways to labels forwards and backwards", () => {
  const a = new Assembler();
  a.label("start").jumpIf("r1", "==", 0, "end");
  a.jumpIf32("r1", "s<", "r2", "end");
  a.constant("r1", 1n);
  a.jump("start");
  a.label("end").exit();
  assertEquals(a.length, 6);
  assertEquals(
    hex(a.program()),
    ["1501040000000000", "ce21030000000000", "1801000001000000", "0000000000000000"]
      .concat("0500fbff00000000", "9500000000000000").join(""),
  );
  assertEquals(a.unique("x") === a.unique("x"), false);
});

test("Assembler refuses what cannot be encoded, and names it", () => {
  const a = new Assembler();
  for (
    const [value, write] of [
      ["offset", () => a.load(8, "r1", "r1", 32768)],
      ["offset", () => a.store(8, "r1", -32769, 0)],
      ["offset", () => a.store(8, "r1", NaN, 0)],
      ["number", () => a.alu("r1", "=", 2 ** 31)],
      ["number", () => a.alu("r1", "=", 0.5)],
    ] as const
  ) {
    assertThrows(write, RangeError, `Cannot encode the ${value} as it must be an integer from -`);
  }
  assertThrows(() => new Assembler().jump("nowhere").program(), RangeError, '"nowhere"');
  assertThrows(() => new Assembler().label("a").label("a"), RangeError, '"a" twice');
  const far = new Assembler().jump("far");
  for (let i = 0; i < 40_000; i++) far.exit();
  assertThrows(() => far.label("far").program(), RangeError, "Cannot encode the jump");
});

const noClang = spawnSync("llvm-mc", ["--version"]).status !== 0 ? "needs llvm-mc" : false;

/** Returns the bytes that LLVM assembles from lines in its own language. */
function assembled(lines: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(
    "llvm-mc",
    ["-triple=bpfel", "-mattr=+alu32", "-show-encoding"],
    { input: `${lines.join("\n")}\n`, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return [...stdout.matchAll(/encoding: \[([^\]]*)\]/g)].map(([, bytes = ""]) =>
    bytes.replaceAll(/0x|,/g, "")
  ).join("");
}

test(
  "Assembler encodes every operation, comparison and width as LLVM does",
  { skip: noClang },
  () => {
    const a = new Assembler();
    const lines: string[] = [];
    const operations: readonly Operation[] = [
      ...["=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "<<=", ">>=", "s>>="] as const,
    ];
    for (const operation of operations) {
      a.alu("r3", operation, "r8").alu("r9", operation, -7);
      a.alu32("r3", operation, "r8").alu32("r9", operation, 7);
      lines.push(
        `r3 ${operation} r8`,
        `r9 ${operation} -7`,
        `w3 ${operation} w8`,
        `w9 ${operation} 7`,
      );
    }
    const comparisons: readonly Comparison[] = [
      ...["==", "!=", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<="] as const,
    ];
    for (const comparison of comparisons) {
      a.jumpIf("r1", comparison, "r2", "end").jumpIf("r1", comparison, 300, "end");
      const at = a.length;
      lines.push(`if r1 ${comparison} r2 goto +${at}`, `if r1 ${comparison} 300 goto +${at}`);
    }
    const widths: readonly Width[] = [1, 2, 4, 8];
    for (const width of widths) {
      const type = `u${width * 8}`;
      a.load(width, "r4", "r5", 40).store(width, "r4", -40, "r5");
      lines.push(`r4 = *(${type} *)(r5 + 40)`, `*(${type} *)(r4 - 40) = r5`);
    }
    a.label("end").exit();
    lines.push("exit");
    // LLVM does not parse `%=` and `&`. The distances of jumps are compared in another test.
    const without = (text: string) =>
      text.replaceAll(
        /.{16}/g,
        (one) => /^.[5de]/.test(one) ? one.slice(0, 4) + one.slice(8) : one,
      );
    assertEquals(without(hex(a.program())), without(assembled(lines)));
  },
);
