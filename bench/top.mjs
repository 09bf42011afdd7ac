/**
 * Prints the CPU usage of `libproc top` with many processes and one update per second.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { here, listProcesses, startSleepers, withFiles } from "./programs.mjs";

const PROCESSES = 10_000;
/** The number of processes that one shell starts. Its time grows with the square of this number. */
const TOGETHER = 500;
const FRAMES = 20;
const SCRIPT = here("top.ts");
/** The ways of reading: the default, which is BPF programs for root, and files. */
const WAYS = { "by itself": [], "by files": ["files"] };
/** The limit of open files. The sampler uses at most half of it, for three files per process. */
const FILES = 2 * 3 * PROCESSES + 2000;

/**
 * Runs the benchmark.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 */
export async function printTop(runtimes) {
  const sleepers = await startMany(Math.max(PROCESSES - listProcesses().length, 20));
  if (sleepers.includes(null)) {
    console.log(`\ntop is skipped: the system does not allow ${PROCESSES} processes.`);
  } else {
    console.log(
      `\ntop among ${listProcesses().length} processes, once a second for ${FRAMES} s: percent of one ` +
        "processor, and bytes written each time",
    );
    for (const [name, command] of runtimes) printRuntime(name, command);
  }
  await Promise.all(sleepers.map((each) => each?.end()));
}

function startMany(count) {
  const shells = Array.from({ length: Math.ceil(count / TOGETHER) }, (_, i) => i);
  return Promise.all(
    shells.map((i) => startSleepers(Math.min(TOGETHER, count - i * TOGETHER) - 1)),
  );
}

function printRuntime(name, command) {
  for (const [way, words] of Object.entries(WAYS)) {
    const [file, ...args] = withFiles([...command, SCRIPT, `${FRAMES}`, ...words], FILES);
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot measure top: ${stderr}`);
    const { percent, bytes } = JSON.parse(stdout);
    console.log(
      `${name.padEnd(8)}${way.padEnd(12)}${percent.toFixed(1).padStart(8)} %` +
        bytes.toFixed(0).padStart(8),
    );
  }
}
