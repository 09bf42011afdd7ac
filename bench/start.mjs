/**
 * Prints how long the command takes from its start to its end: `libproc pids` from the sources, and as
 * a bundle, beside a script that is empty. The runtimes take turns; a time is the shortest of all
 * rounds.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROUNDS = 25;
const MAIN = fileURLToPath(new URL("../lib/cli/main.ts", import.meta.url));

/** The milliseconds that a command takes. */
function timeOf([file, ...args]) {
  const start = performance.now();
  const { status, stderr } = spawnSync(file, args, { stdio: ["ignore", "ignore", "pipe"] });
  const time = performance.now() - start;
  if (status === 0) return time;
  throw new Error(`Cannot measure "${file} ${args.join(" ")}", which fails: ${stderr}`);
}

/**
 * Measures and prints.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 * @param folder Where files may be written.
 */
export function printStart(runtimes, folder) {
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "");
  const scripts = { "an empty script": [empty], "pids, from sources": [MAIN, "pids"] };
  const bundle = join(folder, "bundle");
  const bun = runtimes.get("Bun")?.[0];
  const options = ["--target=node", "--splitting", `--outdir=${bundle}`];
  if (bun && spawnSync(bun, ["build", ...options, MAIN]).status === 0) {
    scripts["pids, bundled"] = [join(bundle, "main.js"), "pids"];
  } else console.log("\nThe bundle is skipped: it takes Bun to make it.");

  const cells = Object.entries(scripts).map(([title, words]) => ({
    title,
    runs: Array.from(runtimes.values(), (command) => [...command, ...words]),
    shortest: Array.from(runtimes.values(), () => Infinity),
  }));
  // The first round fills the runtimes' caches.
  for (let round = 0; round <= ROUNDS; round++) {
    for (let i = 0; i < runtimes.size; i++) {
      for (const { runs, shortest } of cells) {
        const time = timeOf(runs[i]);
        if (round > 0) shortest[i] = Math.min(shortest[i], time);
      }
    }
  }

  console.log("\nthe command from start to end; in brackets, over an empty script");
  console.log(
    "".padEnd(20) + [...runtimes.keys()].map((name) => `${name} ms`.padStart(16)).join(""),
  );
  const [base] = cells;
  for (const cell of cells) {
    const shown = cell.shortest.map((time, i) => {
      const over = cell === base ? "" : ` (+${(time - base.shortest[i]).toFixed(1)})`;
      return (time.toFixed(1) + over).padStart(16);
    });
    console.log(cell.title.padEnd(20) + shown.join(""));
  }
}
