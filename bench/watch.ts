/**
 * Measures which children of a process `watch()` reports, and its CPU usage, in the runtime that
 * runs this program: `watch.ts PID VIA INTERVAL`. VIA can also be `timer`, for only a timer with
 * that interval, or `scan`, for polling that finds new processes only with scans.
 *
 * It prints a line for each line of input: for `idle`, the CPU usage in percent while no children
 * start; for `busy`, 0, and the measurement begins; for `done`, the numbers of events and the CPU
 * usage as JSON.
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
/** The duration and the number of the measurements for `idle`. The lowest usage counts. */
const IDLE_MS = 500;
const IDLE_ROUNDS = 8;
/** The time until all remaining events have been reported, in milliseconds. */
const REST_MS = 1500;

const counts = { start: 0, exec: 0, exit: 0, named: 0, codes: 0 };

function count({ type, parentPid, name, exit }: ProcessEvent): void {
  if (parentPid !== Number(pid)) return;
  counts[type]++;
  if (type === "start" && name !== undefined) counts.named++;
  if (exit?.code !== undefined) counts.codes++;
}

/** Opens this system without the quick way to find new pids. */
const scanned = (): System => ({ ...openSystem(), newPids: () => undefined });

/** Starts the watch or the timer; returns a function that stops it. */
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

/** Begins to measure the CPU usage, in percent of one CPU; returns a function that reads it. */
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
