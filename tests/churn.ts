/**
 * Queries everything about every process while processes, threads and descriptors come and go as fast as they
 * can: half of the time alone, half of it with two workers that do the same. Ends with 1 if an answer
 * could not be right, or a descriptor was left open.
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
import { churn, type Report } from "./support/churn.ts";
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

/** Another thread that makes queries for some time. */
async function inWorker(milliseconds: number): Promise<Report> {
  const worker = new Worker(new URL("./support/churn_worker.ts", import.meta.url), {
    workerData: milliseconds,
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
  churn(kernel, performance.now() + 500);
  await inWorker(100);
  await sleep(500);
  const before = openDescriptors();

  const half = seconds * 500;
  reports.push(["alone", churn(kernel, performance.now() + half)]);
  leaked += await leftOpen(before);

  const workers = [
    inWorker(half),
    inWorker(half),
  ];
  const end = performance.now() + half;
  const beside = churn(kernel, end);
  reports.push(["beside two workers", beside]);
  for (const report of await Promise.all(workers)) reports.push(["in a worker", report]);
  leaked += await leftOpen(before);
} finally {
  const gone = once(storm, "exit");
  storm.stdin.end();
  await gone;
}

const answers: Record<string, number> = {};
for (const [name, { calls, rounds, lives, answers: some, wrong }] of reports) {
  console.log(`${name}: ${calls} calls in ${rounds} rounds about ${lives} lives`);
  for (const line of wrong) console.log(`  wrong: ${line}`);
  for (const [key, times] of Object.entries(some)) answers[key] = (answers[key] ?? 0) + times;
}
const keys = Object.keys(answers).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
console.log(keys.map((key) => `${key}: ${answers[key]}`).join("\n"));
console.log(`${leaked} descriptors left open`);
process.exitCode = leaked === 0 && reports.every(([, { wrong }]) => wrong.length === 0) ? 0 : 1;
