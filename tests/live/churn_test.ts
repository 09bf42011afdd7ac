import { assertEquals } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { ROOT, runScript } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
/**
 * For how long; longer if a busy machine has not come to all questions by then. `tests/churn.ts` is also
 * run by itself, for ten minutes.
 */
const SECONDS = [3, 12, 60];
/** Callnums and flavors that Linux serves. */
const FLAVORS = ["2/2", "2/7", "2/15", "2/18", "3/2", "3/3", "3/6", "9/6", "11/1", "17/16"];

test("no call fails, leaks or lies while processes come and go as fast as they can", {
  skip,
  timeout: 300_000,
}, () => {
  let unanswered = FLAVORS, few: unknown[] = [];
  for (const seconds of SECONDS) {
    const { status, stdout, stderr } = runScript(`${ROOT}tests/churn.ts`, {
      args: ["--seconds", `${seconds}`],
      flags: ["--allow-all", "--no-check"],
    });
    assertEquals(status, 0, `${stdout}${stderr}`);
    const loops = [...stdout.matchAll(/^(.+): (\d+) calls in \d+ rounds about (\d+) lives$/gm)];
    assertEquals(loops.map(([, name]) => name), [
      ...["alone", "beside two workers", "in a worker", "in a worker"],
    ]);
    few = loops.filter(([, , calls, lives]) => Number(calls) < 50 || Number(lives) < 5);
    unanswered = unanswered.filter((flavor) =>
      !new RegExp(`^${flavor} ok: [1-9]`, "m").test(stdout)
    );
    if (unanswered.length === 0 && few.length === 0) return;
  }
  assertEquals([unanswered, few], [[], []]);
});
