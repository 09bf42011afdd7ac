/**
 * Measures what `watch()` sees of children that live 5 to 20 ms, and what it takes, in the runtime that this
 * program runs in: `watch.ts PROGRAM CHILDREN VIA INTERVAL` prints a line of JSON. VIA may be `timer`, for
 * a timer of that interval alone, or `scan` for polling whose looks are scans.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { type ProcessEvent, watch } from "../mod.ts";

const [, , program = "", children = "", via = "", interval = ""] = process.argv;
const intervalMs = Number(interval);
/** How long nothing happens but what others do. */
const IDLE_MS = 3000;

const maker = spawn(program, [children], { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: maker.stdout })[Symbol.asyncIterator]();
await lines.next();

const counts = { start: 0, exec: 0, exit: 0, named: 0, statuses: 0 };

function count({ type, parentPid, name, exit }: ProcessEvent): void {
  if (parentPid !== maker.pid) return;
  counts[type]++;
  if (type === "start" && name !== undefined) counts.named++;
  if (exit?.code !== undefined) counts.statuses++;
}

/** Does what is measured until it is ended. */
function begin(): () => unknown {
  let timer: ReturnType<typeof setTimeout>;
  if (via === "timer") {
    const again = () => timer = setTimeout(again, intervalMs);
    again();
    return () => clearTimeout(timer);
  }
  const how = via === "connector" ? via : "polling";
  const scan = via === "scan" ? { scanMs: intervalMs } : {};
  const watching = watch({ via: how, intervalMs, ...scan });
  const run = async () => {
    for await (const event of watching) count(event);
  };
  run();
  return () => watching[Symbol.asyncDispose]();
}

/** The processor time that something takes, in percent of one processor. */
async function percent(wait: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const before = process.cpuUsage();
  await wait();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (performance.now() - start) / 10;
}

const end = begin();
await sleep(1000); // The code is compiled by then.
const idle = await percent(() => sleep(IDLE_MS));
maker.stdin.write("go\n");
const busy = await percent(() => lines.next());
// What is left is noticed by the next scan.
await sleep(1000);
await end();
maker.stdin.end();
console.log(JSON.stringify({ ...counts, idle, busy }));
