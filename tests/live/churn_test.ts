import { assertEquals } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { ROOT, runScript } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
/**
 * For how long at least: each loop goes on until it has seen processes come and go, and an answer of each
 * kind. `tests/churn.ts` is also run by itself, for ten minutes.
 */
const SECONDS = 1;

test("no call fails, leaks or lies while processes come and go as fast as they can", {
  skip,
  timeout: 300_000,
}, () => {
  const { status, stdout, stderr } = runScript(`${ROOT}tests/churn.ts`, {
    args: ["--seconds", `${SECONDS}`],
    flags: ["--allow-all", "--no-check"],
  });
  assertEquals(status, 0, `${stdout}${stderr}`);
  const loops = [...stdout.matchAll(/^(.+): \d+ calls in \d+ rounds about \d+ lives$/gm)];
  assertEquals(loops.map(([, name]) => name), [
    ...["alone", "beside two workers", "in a worker", "in a worker"],
  ]);
});
