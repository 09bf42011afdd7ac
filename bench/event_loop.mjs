/**
 * Prints how long functions that read all processes block the event loop on a machine with many
 * processes, and the duration of their asynchronous versions.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { here, listProcesses, startSleepers } from "./programs.mjs";
import { median } from "./rounds.mjs";

const SLEEPERS = 5000;
const ROUNDS = 5;
const SCRIPT = here("event_loop.ts");

/**
 * Runs the benchmark.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 */
export async function printBlocking(runtimes) {
  const sleepers = await startSleepers(SLEEPERS);
  if (sleepers === null) {
    console.log(`\nevent_loop is skipped: the system does not allow ${SLEEPERS} more processes.`);
    return;
  }
  console.log(
    `\nevent loop among ${listProcesses().length} processes, in ms: blocked at once; in slices, all ` +
      `in all, then blocked at most: the median of ${ROUNDS} runs and the longest`,
  );
  const heads = [...runtimes.keys()].map((name) => `${name} at once   slices  blocked  longest`);
  console.log("".padEnd(16) + heads.map((head) => head.padStart(44)).join(""));
  const rows = new Map();
  for (const [file, ...args] of runtimes.values()) {
    const { status, stdout, stderr } = spawnSync(file, [...args, SCRIPT, `${ROUNDS}`], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`Cannot measure the event loop: ${stderr}`);
    for (const line of stdout.trimEnd().split("\n")) {
      const { name, sync, took, longest } = JSON.parse(line);
      const cells = [median(sync), median(took), median(longest), Math.max(...longest)];
      const shown = cells.map((cell) => cell.toFixed(1).padStart(9)).join("").padStart(44);
      rows.set(name, (rows.get(name) ?? "") + shown);
    }
  }
  for (const [name, shown] of rows) console.log(name.padEnd(16) + shown);
  await sleepers.end();
}
