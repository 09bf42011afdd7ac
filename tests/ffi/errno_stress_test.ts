import { readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { allocate, failingCalls, type Tally } from "../support/errno_loop.ts";
import { runtime } from "../support/runtime.ts";

/** Multiplies the number of calls. With the default, the tests take some seconds. */
const factor = Number(process.env.LIBPROC_STRESS ?? 1);
const ROUNDS = Math.ceil(6_000 * factor);
const timeout = 60_000 + 60_000 * factor;

/** Runs a full garbage collection, if the runtime can be made to do so. */
const collect = collector();

function collector(): (() => void) | undefined {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun) return () => Bun.gc(true);
  if (runtime !== "node") return undefined;
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** Fails if any number was wrong, and prints the number of calls. */
function assertNoneWrong(what: string, ...tallies: Tally[]): void {
  const calls = tallies.reduce((sum, tally) => sum + tally.calls, 0);
  const wrong = tallies.reduce((sum, tally) => sum + tally.wrong, 0);
  console.log(`${runtime}, ${what}: ${wrong} wrong of ${calls} error numbers`);
  assertEquals(tallies.flatMap((tally) => Object.entries(tally.numbers)), []);
  assertGreaterOrEqual(calls, ROUNDS);
}

function inWorker(rounds: number): Promise<Tally> {
  const worker = new Worker(new URL("../support/errno_worker.ts", import.meta.url), {
    workerData: rounds,
  });
  return new Promise((resolve, reject) => {
    worker.once("message", (tally: Tally) => resolve(tally));
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("The worker ended without an answer")));
  });
}

test("libc's calls fail with at least 7 distinct error numbers, each the right one", () => {
  const calls = failingCalls();
  try {
    assertGreaterOrEqual(new Set(calls.errnos).size, 7);
    assertEquals(calls.run(1, () => {}), { calls: calls.errnos.length, wrong: 0, numbers: {} });
  } finally {
    calls.end();
  }
});

test("libc's error numbers are right between heavy allocations", { timeout }, () => {
  const calls = failingCalls();
  const tally = calls.run(ROUNDS, allocate);
  calls.end();
  assertNoneWrong("heavy allocation", tally);
});

test("libc's error numbers are right between garbage collections", { timeout }, () => {
  const calls = failingCalls();
  const garbage: unknown[] = [];
  const tally = calls.run(Math.ceil(ROUNDS / 4), (call) => {
    if (call % 1000 === 0) {
      collect?.();
      // The young generation cannot hold this garbage, so the old one is collected too.
      for (let i = 0; i < 100; i++) garbage[i] = new Array(1000).fill({ call });
    }
  });
  calls.end();
  assertEquals(tally.numbers, {});
  assertGreater(tally.calls, ROUNDS);
});

test(
  "libc's error numbers are right while files are read and timers run",
  { timeout },
  async () => {
    const path = `${tmpdir()}/libproc-errno-io-${process.pid}-${runtime}`;
    let going = true, operations = 0;
    const loops = Array.from({ length: 8 }, async (_, i) => {
      while (going) {
        await writeFile(`${path}-${i}`, "some text");
        await readFile(`${path}-${i}`);
        await stat(`${path}-none`).catch(() => {});
        await sleep(i % 3);
        operations += 4;
      }
    });
    const timer = setInterval(() => operations++, 1);
    const calls = failingCalls();
    const total: Tally = { calls: 0, wrong: 0, numbers: {} };
    // Between the pieces, operations complete. During each piece, operations run.
    for (let piece = 0; piece < 50; piece++) {
      const { calls: made, wrong, numbers } = calls.run(Math.ceil(ROUNDS / 50), allocate);
      total.calls += made;
      total.wrong += wrong;
      Object.assign(total.numbers, numbers);
      await sleep(1);
    }
    calls.end();
    going = false;
    clearInterval(timer);
    await Promise.all(loops);
    assertGreater(operations, 50);
    assertNoneWrong("asynchronous input and output", total);
  },
);

test(
  "libc's error numbers are right in two workers and the main thread at once",
  { timeout },
  async () => {
    const workers = [inWorker(ROUNDS), inWorker(ROUNDS)];
    let done = 0;
    for (const worker of workers) worker.then(() => done++, () => done++);
    const calls = failingCalls();
    const tallies: Tally[] = [];
    while (done < workers.length) {
      tallies.push(calls.run(Math.ceil(ROUNDS / 50), allocate));
      await sleep(0);
    }
    calls.end();
    assertNoneWrong("2 workers and the main thread", ...await Promise.all(workers), ...tallies);
  },
);
