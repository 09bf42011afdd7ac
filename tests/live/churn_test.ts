import { assertEquals } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { ROOT, runScript } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
/**
 * The minimal duration of a loop, in seconds. A loop continues until it has seen processes start
 * and end, and each kind of answer. `tests/churn.ts` on its own runs for ten minutes by default.
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
