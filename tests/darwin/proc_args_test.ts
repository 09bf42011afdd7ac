import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { parseProcArgs, type ProcArgs } from "../../lib/darwin/proc_args.ts";
import { buildProcArgs, type Start } from "./build_proc_args.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const texts = ({ executablePath, arguments: args, environment }: ProcArgs) => ({
  path: executablePath && text(executablePath),
  args: args.map(text),
  env: environment?.map(text),
});
const parse = (start: Start) => texts(parseProcArgs(buildProcArgs(start), start.pointerSize ?? 8));

const ENV = ["SECRET=1", "HOME=/Users/me", "PATH=/bin"];
const LISTS = [
  ["sh"],
  [""],
  ["", ""],
  ["", "", ""],
  ["", "a"],
  ["", "", "x"],
  ["sh", "", "after"],
  ["sh", "after", ""],
  ["my prog", "a b", "\n"],
  ["x".repeat(5000)],
  [],
];

test("parseProcArgs() finds exactly the arguments, whatever the path's length and the empty ones", () => {
  for (const pointerSize of [4, 8]) {
    for (let length = 1; length <= 16; length++) {
      const path = "/".padEnd(length, "p");
      for (const args of LISTS) {
        for (const env of [ENV, []]) {
          assertEquals(parse({ path, args, env, pointerSize }), { path, args, env });
        }
      }
    }
  }
});

test("parseProcArgs() ends the environment where a string of the kernel's begins", () => {
  for (let length = 0; length < 16; length++) {
    for (const pointerSize of [4, 8]) {
      for (const first of ["pfz=0x7fffffe00000", "stack_guard=0x1234"]) {
        const env = ["SECRET=1", `A=${"x".repeat(length)}`];
        const kernel = [first, "malloc_entropy=0x1,0x2"];
        assertEquals(parse({ path: "/bin/sh", args: ["sh"], env, kernel, pointerSize }).env, env);
      }
    }
  }
});

test("parseProcArgs() distinguishes a withheld environment from an empty one", () => {
  assertEquals(parse({ path: "/bin/ls", args: ["ls", ""], kernel: [] }), {
    path: "/bin/ls",
    args: ["ls", ""],
    env: undefined,
  });
  assertEquals(parse({ path: "/bin/ls", args: ["ls", ""], env: [] }).env, []);
});

test("parseProcArgs() takes no string of the environment for an argument where macOS withholds it", () => {
  // The kernel cuts the answer after as many strings as there are arguments. It does not count
  // empty strings at the beginning.
  const whole = buildProcArgs({ path: "/bin/ls", args: ["", "x"], env: ENV, kernel: [] });
  const cut = whole.subarray(0, whole.length - 1 - "HOME=/Users/me\0PATH=/bin".length);
  assertEquals(texts(parseProcArgs(cut)).args, ["", "x"]);
});

test("parseProcArgs() reads the answer about a program that keeps its arguments to itself", () => {
  for (let length = 1; length <= 16; length++) {
    const path = "/".padEnd(length, "p");
    const blob = new TextEncoder().encode(`\x01\0\0\0${path}\0\0${path}\0`);
    assertEquals(texts(parseProcArgs(blob)), { path, args: [path], env: undefined });
  }
});

test("parseProcArgs() stops where the data ends, whatever the count is", () => {
  for (const args of [["sh"], ["sh", "", "x"], []]) {
    const blob = buildProcArgs({ path: "/bin/sh", args, kernel: [] });
    for (const argc of [args.length + 1, 0x7fffffff]) {
      new DataView(blob.buffer).setInt32(0, argc, true);
      assertEquals(texts(parseProcArgs(blob)), { path: "/bin/sh", args, env: undefined });
    }
    new DataView(blob.buffer).setInt32(0, -1, true);
    assertEquals(texts(parseProcArgs(blob)).args, []);
  }
});

test("parseProcArgs() reads any beginning of an answer without an error", () => {
  const blob = buildProcArgs({ path: "/bin/sh", args: ["sh", "", "x"], env: ENV });
  for (let length = 0; length <= blob.length; length++) {
    const { args, path } = texts(parseProcArgs(blob.subarray(0, length)));
    assertEquals(args.every((arg) => !arg.includes("=")), true);
    assertEquals("/bin/sh".startsWith(path ?? ""), true);
  }
  assertEquals(texts(parseProcArgs(new Uint8Array(0))), {
    path: undefined,
    args: [],
    env: undefined,
  });
});

test("parseProcArgs() keeps bytes that are not text, in memory of their own", () => {
  const blob = buildProcArgs({ path: "/p", args: ["12", "é"], env: ["A=12"] });
  blob[12] = 0xff;
  const { arguments: args, environment } = parseProcArgs(blob);
  assertEquals(args, [Uint8Array.of(0xff, 0x32), Uint8Array.of(0xc3, 0xa9)]);
  blob.fill(0);
  assertEquals(args[0], Uint8Array.of(0xff, 0x32));
  assertEquals(environment!.map(text), ["A=12"]);
  assertEquals(args.every((arg) => arg.buffer.byteLength === arg.byteLength), true);
});
