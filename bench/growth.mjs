/**
 * Prints the time per process of `processTable()` and of the sampler, for increasing numbers of
 * processes.
 *
 * @module
 */
import { build, here, listProcesses, start, startSleepers, withFiles } from "./programs.mjs";
import { measure, printColumns } from "./rounds.mjs";

const PROCESSES = [100, 3000, 10_000];
/** The limit of open files. The sampler uses at most half of it, for three files per process. */
const FILES = 2 * 3 * 10_000 + 2000;

/** Runs the benchmark. */
export async function printGrowth(runtimes, folder, options) {
  const reference = build(folder, "process_table");
  const commands = new Map(reference ? [["C", reference]] : []);
  for (const [name, command] of runtimes) {
    commands.set(name, [...command, here("process_table.ts")]);
  }
  const operations = {
    "processTable()": (helper) => `table ${helper}`,
    sampler: (helper) => `sampler ${helper}`,
  };
  const shortest = new Map();
  const counts = [];
  for (const processes of options.processes ?? PROCESSES) {
    const sleepers = await startSleepers(Math.max(processes - listProcesses().length, 20));
    if (sleepers === null) {
      console.log(`${processes} processes are skipped: the system does not allow so many.`);
      continue;
    }
    // New programs each time, which have not allocated memory for more processes yet.
    const programs = new Map(
      Array.from(commands, ([name, command]) => [name, start(withFiles(command, FILES))]),
    );
    const count = listProcesses().length;
    counts.push(count);
    const times = await measure(programs, { operations, rows: true }, sleepers.pid, options);
    for (const [i, operation] of Object.keys(operations).entries()) {
      for (const [name, own] of times[i]) {
        const key = `${operation}, ${name}`;
        const each = [own.shortest, own.processor].map((of) => Math.min(...of) / count);
        shortest.set(key, [...(shortest.get(key) ?? []), each]);
      }
    }
    await Promise.all(Array.from(programs.values(), (program) => program.end()));
    await sleepers.end();
  }
  console.log(
    "\ntime a process in us, how many times that is of the time among the fewest; " +
      "in brackets, of processor time",
  );
  const heads = counts.flatMap((count) => [`${count} processes`, "times"]);
  const shown = (pair) => `${pair[0].toFixed(2)} (${pair[1].toFixed(2)})`;
  const rows = Array.from(shortest, ([key, each]) => [
    key,
    ...each.flatMap((pair) => [shown(pair), shown(pair.map((time, i) => time / each[0][i]))]),
  ]);
  printColumns([["", ...heads], ...rows]);
}
