/**
 * Measures the methods of `Process` in the runtime that runs this program.
 *
 * `process_methods.ts PID` reads requests from standard input, one line `METHOD MILLISECONDS` each.
 * For each, it repeats the method for that time, and prints one line with the nanoseconds of the
 * shortest run. It ends when its input is closed. `processes:` before a method means the same
 * fields from `processes()`.
 *
 * `process_methods.ts PID trace` calls each method once between two lines that it writes, for a
 * tracer of system calls.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { openProcess, processes } from "../mod.ts";

const [pid = process.pid] = process.argv.slice(2).map(Number);
const target = openProcess(pid);
const pids = [pid];

const MEMORY = [
  "residentBytes",
  "virtualBytes",
  "footprintBytes",
  "peakBytes",
  "wiredBytes",
] as const;
const PRIORITY = ["nice", "basePriority", "schedulingPolicy"] as const;

const METHODS: Readonly<Record<string, () => unknown>> = {
  "openProcess": () => openProcess(pid),
  "memory": () => target.memory(),
  "processes:memory": () => processes({ pids, fields: MEMORY }),
  "name": () => target.name(),
  "processes:name": () => processes({ pids, fields: ["name"] }),
  "state": () => target.state(),
  "processes:state": () => processes({ pids, fields: ["state"] }),
  "priority": () => target.priority(),
  "processes:priority": () => processes({ pids, fields: PRIORITY }),
  "info": () => target.info(),
  "credentials": () => target.credentials(),
  "resourceUsage": () => target.resourceUsage(),
  "switches": () => target.read("switches"),
  "processes:switches": () => processes({ pids, fields: ["switches"] }),
  "cpuPercent": () => target.cpuPercent(),
  "terminal": () => target.terminal(),
  "executable": () => target.executable(),
  "processes:executable": () => processes({ pids, fields: ["executable"] }),
  "arguments": () => target.arguments(),
  "processes:arguments": () => processes({ pids, fields: ["arguments"] }),
  "environment": () => target.environment(),
  "processes:environment": () => processes({ pids, fields: ["environment"] }),
  "workingDirectory": () => target.workingDirectory(),
  "processes:workingDirectory": () => processes({ pids, fields: ["workingDirectory"] }),
  "limits": () => target.limits(),
  "controlGroup": () => target.controlGroup(),
  "namespaces": () => target.namespaces(),
  "parent": () => target.parent(),
  "ancestors": () => target.ancestors(),
  "children": () => target.children(),
  "descendants": () => target.children({ recursive: true }),
  "threads": () => target.threads(),
  "descriptors": () => target.descriptors(),
  "regions": () => target.regions(),
};

function timeOf(run: () => unknown, milliseconds: number): number {
  let shortest = Infinity;
  // A single call can be too short for the clock.
  const times = 8;
  let start = performance.now();
  const end = start + milliseconds;
  do {
    for (let i = 0; i < times; i++) run();
    const time = (performance.now() - start) / times;
    if (time < shortest) shortest = time;
    start = performance.now();
  } while (start < end);
  return Math.round(shortest * 1e6);
}

if (process.argv[3] === "trace") {
  for (const [name, run] of Object.entries(METHODS)) {
    for (let i = 0; i < 3; i++) run(); // opens the files that stay open
    writeSync(1, `<${name}\n`);
    run();
    writeSync(1, `>${name}\n`);
  }
} else {
  console.log(Object.keys(METHODS).join(" "));
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = "", milliseconds] = line.split(" ");
    console.log(timeOf(METHODS[name]!, Number(milliseconds)));
  }
}
