/**
 * Sends every query about every process while processes, threads and descriptors are created and
 * destroyed as fast as possible. During half of the time it runs alone, and during the other half
 * next to two workers that do the same. It exits with 1 if an answer cannot be right, if a
 * descriptor is left open, or if the machine was too busy for one of the loops.
 *
 *     bun tests/churn.ts --seconds 600
 *     deno run --allow-all tests/churn.ts --seconds 600
 *     node tests/churn.ts --seconds 600
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { defaultSystem } from "../lib/system/open.ts";
import { churn, hasEnough, type Report, type Span } from "./support/churn.ts";
import { compileProgram } from "./support/compile.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "600" } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new RangeError(`--seconds must be above 0: it is "${values.seconds}"`);

const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

/**
 * Returns how many more descriptors than `before` stay open after threads that have ended closed
 * theirs.
 */
async function leftOpen(before: number): Promise<number> {
  for (let tries = 0; openDescriptors() > before && tries < 100; tries++) await sleep(100);
  return Math.max(0, openDescriptors() - before);
}

/** Runs another thread that makes calls for some time. */
async function inWorker(span: Span): Promise<Report> {
  const worker = new Worker(new URL("./support/churn_worker.ts", import.meta.url), {
    workerData: span,
  });
  const [report] = await Promise.race([
    once(worker, "message"),
    once(worker, "error").then(([error]) => Promise.reject(error)),
  ]);
  await worker.terminate();
  return report;
}

const storm = spawn(compileProgram(["storm.c"], "storm"), { stdio: ["pipe", "pipe", "inherit"] });
await once(storm.stdout, "data");
const reports: [string, Report][] = [];
let leaked = 0;
try {
  const { kernel } = defaultSystem();
  // Descriptors that the runtime or the system opens only once are opened before they are counted.
  churn(kernel, { least: 200, most: 60_000 });
  await inWorker({ least: 100, most: 100 });
  await sleep(500);
  const before = openDescriptors();

  const half = { least: seconds * 500, most: seconds * 500 + 60_000 };
  reports.push(["alone", churn(kernel, half)]);
  leaked += await leftOpen(before);

  const workers = [
    inWorker(half),
    inWorker(half),
  ];
  const beside = churn(kernel, half);
  reports.push(["beside two workers", beside]);
  for (const report of await Promise.all(workers)) reports.push(["in a worker", report]);
  leaked += await leftOpen(before);
} finally {
  const gone = once(storm, "exit");
  storm.stdin.end();
  await gone;
}

const answers: Record<string, number> = {};
for (const [name, report] of reports) {
  const { calls, rounds, lives, answers: some, wrong } = report;
  console.log(`${name}: ${calls} calls in ${rounds} rounds about ${lives} lives`);
  if (!hasEnough(report)) console.log("  too few, or not an answer of each kind");
  for (const line of wrong) console.log(`  wrong: ${line}`);
  for (const [key, times] of Object.entries(some)) answers[key] = (answers[key] ?? 0) + times;
}
const keys = Object.keys(answers).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
console.log(keys.map((key) => `${key}: ${answers[key]}`).join("\n"));
console.log(`${leaked} descriptors left open`);
const isFine = reports.every(([, report]) => report.wrong.length === 0 && hasEnough(report));
process.exitCode = leaked === 0 && isFine ? 0 : 1;
