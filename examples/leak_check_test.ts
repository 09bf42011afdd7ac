/**
 * A test that finds leaked descriptors: run it with `bun test`, `deno test` or `node --test`.
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { openProcess } from "../mod.ts";

/** Runs something, and fails if it leaves more descriptors open than there were. */
function withoutLeaks(run: () => void): void {
  const self = openProcess(process.pid);
  const before = new Set(self.files().map(({ fd }) => fd));
  run();
  const left = self.files().filter(({ fd, type }) => !before.has(fd) && type === "file");
  if (left.length === 0) return;
  throw new Error(`Left open: ${left.map(({ fd, path }) => `${fd} ${path}`).join(", ")}`);
}

test("a file that is closed is no leak", () => {
  withoutLeaks(() => closeSync(openSync(new URL(import.meta.url), "r")));
});

test("a file that is not closed is one", () => {
  let fd = -1;
  try {
    withoutLeaks(() => {
      fd = openSync(new URL(import.meta.url), "r");
    });
  } catch (error) {
    if (!(error as Error).message.includes("leak_check_test.ts")) throw error;
    return;
  } finally {
    closeSync(fd);
  }
  throw new Error("The leak was not found");
});
