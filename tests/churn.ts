/**
 * Queries everything about every process while processes, threads and descriptors come and go as fast as they
 * can: half of the time alone, half of it with two workers that do the same. Ends with 1 if an answer
 * could not be right, if a descriptor was left open, or if the machine was too busy for one of the loops.
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

/** How many descriptors more than `before` stay open, once threads that have ended closed their own. */
async function leftOpen(before: number): Promise<number> {
  for (let tries = 0; openDescriptors() > before && tries < 100; tries++) await sleep(100);
  return Math.max(0, openDescriptors() - before);
}

/** Another thread that makes calls for some time. */
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
  // What is opened once, by the runtime or by the kernel's answers, is there before it is counted.
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
