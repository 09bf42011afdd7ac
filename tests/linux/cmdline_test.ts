import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { isTitle, splitStrings } from "../../lib/linux/parse/cmdline.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const strings = (text: string) =>
  splitStrings(bytes(text)).map((part) => new TextDecoder().decode(part));

test("splitStrings() keeps empty strings, and one without a NUL at its end", () => {
  assertEquals(strings("a\0b\0"), ["a", "b"]);
  assertEquals(strings("\0a\0\0"), ["", "a", ""]);
  assertEquals(strings("a\0b"), ["a", "b"]);
  assertEquals(strings("\0"), [""]);
  assertEquals(strings(""), []);
});

test("isTitle() knows arguments that are as they were", () => {
  assertEquals(isTitle(bytes("sh\0\0x\0"), { count: 3, size: 6 }), false);
  assertEquals(isTitle(bytes("sh\0\0x\0"), undefined), false);
  assertEquals(isTitle(bytes(""), { count: 3, size: 6 }), false);
});

test("isTitle() knows a title by its length, its strings or its end", () => {
  assertEquals(isTitle(bytes("title: long\0"), { count: 1, size: 3 }), true);
  assertEquals(isTitle(bytes("title\0\0\0"), { count: 2, size: 8 }), true);
  assertEquals(isTitle(bytes("title: long"), undefined), true);
  assertEquals(isTitle(bytes("title: long"), { count: 1, size: 11 }), true);
});
