/**
 * Measures how long functions that read all processes block the event loop, in the runtime that
 * runs this program. `event_loop.ts ROUNDS` prints a line of JSON for each function.
 *
 * @module
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import {
  descriptors,
  descriptorsAsync,
  listeningPorts,
  listeningPortsAsync,
  processes,
  processesAsync,
  processTable,
  processTableAsync,
  processTree,
  processTreeAsync,
  whoHas,
  whoHasAsync,
} from "../mod.ts";

const rounds = Number(process.argv[2]);
const fields = ["name", "commandLine", "cpuTimeNs", "residentBytes", "userName"] as const;
const file = { path: process.execPath } as const;

const FUNCTIONS: Readonly<Record<string, readonly [() => unknown, () => Promise<unknown>]>> = {
  processes: [() => processes({ fields }), () => processesAsync({ fields })],
  processTable: [() => processTable(), () => processTableAsync()],
  processTree: [() => processTree(), () => processTreeAsync()],
  descriptors: [() => descriptors(), () => descriptorsAsync()],
  listeningPorts: [() => listeningPorts(), () => listeningPortsAsync()],
  "whoHas port": [() => whoHas({ port: 22 }), () => whoHasAsync({ port: 22 })],
  "whoHas path": [() => whoHas(file), () => whoHasAsync(file)],
};

/** Runs a function; returns its duration, and the longest time between two turns of the loop. */
async function watched(run: () => Promise<unknown>): Promise<{ took: number; longest: number }> {
  let longest = 0;
  let last = performance.now();
  let done = false;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!done) setImmediate(look);
  };
  setImmediate(look);
  const start = performance.now();
  await run();
  const took = performance.now() - start;
  done = true;
  look();
  return { took, longest };
}

for (const [name, [atOnce, inSlices]] of Object.entries(FUNCTIONS)) {
  const sync: number[] = [];
  const took: number[] = [];
  const longest: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    atOnce();
    const time = performance.now() - start;
    const slices = await watched(inSlices);
    // The first round is a warm-up.
    if (round === 0) continue;
    sync.push(time);
    took.push(slices.took);
    longest.push(slices.longest);
  }
  console.log(JSON.stringify({ name, sync, took, longest }));
}
