/**
 * A test that finds leaked file descriptors. Run it with `bun test`, `deno test` or `node --test`.
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { openProcess } from "../mod.ts";

/** Runs a function, and fails if more files are open afterwards than before. */
function withoutLeaks(run: () => void): void {
  const self = openProcess(process.pid);
  const before = new Set(self.files().map(({ fd }) => fd));
  run();
  const left = self.files().filter(({ fd, type }) => type === "file" && !before.has(fd));
  assertEquals(left.map(({ fd, path }) => `${fd} ${path}`), []);
}

test("a file that is closed is not a leak", () => {
  withoutLeaks(() => closeSync(openSync(new URL(import.meta.url), "r")));
});

test("a file that stays open is a leak", () => {
  const leak = () => void openSync(new URL(import.meta.url), "r");
  assertThrows(() => withoutLeaks(leak), Error, "leak_check_test.ts");
});
