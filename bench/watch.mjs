/**
 * Prints which percentage of 10,000 children with a lifetime of 5 to 20 ms `watch()` reports, and
 * its CPU usage, for each way to watch.
 *
 * @module
 */
import { build, here, listProcesses, start } from "./programs.mjs";

const CHILDREN = 10_000;
const SCRIPT = here("watch.ts");

/** The ways to watch, each with its interval in milliseconds. `timer` is only a timer. */
const WAYS = [
  ["timer", 5],
  ["connector", 5],
  ["connector", 20],
  ["polling", 1],
  ["polling", 5],
  ["polling", 20],
  ["scan", 20],
  ["scan", 500],
];
const WIDTH = 43;

/**
 * Runs the benchmark.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 * @param folder The folder for temporary files.
 */
export async function printWatching(runtimes, folder) {
  const program = build(folder, "watch");
  if (program === null) {
    console.log("\nwatch is skipped: no C compiler that can build watch.c.");
    return;
  }
  console.log(
    `\nwatch() among ${listProcesses().length} processes: of ${CHILDREN} children that live 5 to 20 ms ` +
      `the percent that was seen, named, and seen to end with its code; and the percent of a ` +
      `processor that it takes while nothing happens, and while they come and go`,
  );
  const heads = [...runtimes.keys()].map((name) => `${name} seen   named    code    idle    busy`);
  console.log("".padEnd(18) + heads.map((head) => head.padStart(WIDTH)).join(""));
  for (const [via, interval] of WAYS) {
    const cells = [];
    for (const command of runtimes.values()) {
      cells.push(await measure(command, program, via, `${interval}`));
    }
    console.log(`${via}, ${interval} ms`.padEnd(18) + cells.join(""));
  }
}

/** Measures one runtime with one way to watch; returns the cells of its columns. */
async function measure(command, program, via, interval) {
  const maker = start([...program, `${CHILDREN}`]);
  await maker.answer();
  const watcher = start([...command, SCRIPT, `${maker.pid}`, via, interval]);
  try {
    const idle = Number(await watcher.ask("idle"));
    await watcher.ask("busy");
    await maker.ask("go");
    const { start: seen, named, codes, busy } = JSON.parse(await watcher.ask("done"));
    const shares = [seen, named, codes].map((n) =>
      via === "timer" ? "" : (n * 100 / CHILDREN).toFixed(1)
    );
    const cells = [...shares, idle.toFixed(2), busy.toFixed(2)];
    return cells.map((cell) => cell.padStart(8)).join("").padStart(WIDTH);
  } catch {
    // The connector is unavailable to this user or in this namespace. The program prints why.
    return "-".padStart(WIDTH);
  } finally {
    await Promise.all([watcher.end(), maker.end()]);
  }
}
