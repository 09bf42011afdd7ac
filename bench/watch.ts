/**
 * Measures what `watch()` sees of the children of a process, and how much of a processor it takes, in the
 * runtime that this program runs in: `watch.ts PID VIA INTERVAL`. VIA may be `timer`, for a timer of that
 * interval alone, or `scan`, for polling that finds new processes by scans only.
 *
 * Each line of input gets a line: `idle` the percent of a processor that it takes while nothing happens;
 * `busy` 0, and begins to count; `done` what was counted.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { openSystem, type ProcessEvent, type System, watch } from "../mod.ts";

const [, , pid = "", via = "", interval = ""] = process.argv;
const intervalMs = Number(interval);
/** So long and so often it is measured while nothing happens but what others do: the least counts. */
const IDLE_MS = 500;
const IDLE_ROUNDS = 8;
/** What is left is noticed by then. */
const REST_MS = 1500;

const counts = { start: 0, exec: 0, exit: 0, named: 0, codes: 0 };

function count({ type, parentPid, name, exit }: ProcessEvent): void {
  if (parentPid !== Number(pid)) return;
  counts[type]++;
  if (type === "start" && name !== undefined) counts.named++;
  if (exit?.code !== undefined) counts.codes++;
}

/** This system without its quick ways. */
const scanned = (): System => ({ ...openSystem(), newPids: () => undefined });

/** Does what is measured, until it is ended. */
function begin(): () => unknown {
  if (via === "timer") {
    let timer: ReturnType<typeof setTimeout>;
    const again = () => timer = setTimeout(again, intervalMs);
    again();
    return () => clearTimeout(timer);
  }
  const watching = via === "scan"
    ? watch({ via: "polling", intervalMs, system: scanned() })
    : watch({ via: via as "connector", intervalMs });
  const run = async () => {
    for await (const event of watching) count(event);
  };
  run();
  return () => watching[Symbol.asyncDispose]();
}

/** Begins to measure the processor time in percent of one processor. */
function measure(): () => number {
  const start = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (performance.now() - start) / 10;
  };
}

const end = begin();
let busy = () => 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "idle") {
    await sleep(REST_MS); // The code is compiled by then.
    let least = Infinity;
    for (let i = 0; i < IDLE_ROUNDS; i++) {
      const percent = measure();
      await sleep(IDLE_MS);
      least = Math.min(least, percent());
    }
    console.log(least);
  } else if (line === "busy") {
    busy = measure();
    console.log(0);
  } else {
    const percent = busy();
    await sleep(REST_MS);
    console.log(JSON.stringify({ ...counts, busy: percent }));
  }
}
await end();
