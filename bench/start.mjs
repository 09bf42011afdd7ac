/**
 * Prints the time of the command from its start to its end, compared with an empty script: each
 * subcommand from the sources, `pids` as a bundle, and, with `--other FOLDER`, each subcommand of
 * another checkout. The runtimes and the checkouts take turns. A time is the shortest of all
 * rounds.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROUNDS = 10;
const MAIN = fileURLToPath(new URL("../lib/cli/main.ts", import.meta.url));

/** A command line for each subcommand that ends without input and does not change anything. */
const LINES = [
  ["--version"],
  ["help", "ps"],
  ["completions", "bash"],
  ["pids"],
  ["ps", "--json"],
  ["tree", "--json"],
  ["ports", "--json"],
  ["sockets", "--json"],
  ["who", "/", "--json"],
  ...["info", "fds", "threads", "regions", "usage", "limits", "args", "env"].map((
    name,
  ) => [name, "PID"]),
  ["kill", "PID", "--dry-run"],
  ["aix", "entry", "PID"],
  ["call", "PIDINFO", "PID", "PROC_PIDT_SHORTBSDINFO"],
];

/** Returns the duration of a command, in milliseconds. */
function timeOf([file, ...args]) {
  const start = performance.now();
  const { status, stderr } = spawnSync(file, args, { stdio: ["ignore", "ignore", "pipe"] });
  const time = performance.now() - start;
  // An older command may reject a command line. The time of the error message is measured then.
  if (status === 0 || status === 2 || status === 3) return time;
  throw new Error(`Cannot measure "${file} ${args.join(" ")}", which fails: ${stderr}`);
}

/**
 * Runs the benchmark.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 * @param folder The folder for temporary files.
 * @param options `other`: another checkout of this project.
 */
export function printStart(runtimes, folder, { other } = {}) {
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "");
  const bundle = join(folder, "bundle");
  const bun = runtimes.get("Bun")?.[0];
  const bundling = ["--target=node", "--splitting", `--outdir=${bundle}`];
  const isBundled = bun && spawnSync(bun, ["build", ...bundling, MAIN]).status === 0;
  if (!isBundled) console.log("\nThe bundle is skipped: it takes Bun to make it.");
  const mains = [MAIN, ...(other === undefined ? [] : [join(other, "lib/cli/main.ts")])];
  const words = (line) => line.map((word) => word === "PID" ? `${process.pid}` : word);
  const rows = [
    { title: "an empty script", commands: [[empty]] },
    ...(isBundled
      ? [{ title: "pids, bundled", commands: [[join(bundle, "main.js"), "pids"]] }]
      : []),
    ...LINES.map((line) => ({
      title: line.join(" "),
      commands: mains.map((main) => [main, ...words(line)]),
    })),
  ];
  for (const [name, command] of runtimes) {
    const shortest = rows.map(({ commands }) => commands.map(() => Infinity));
    // The first round fills the runtime's caches.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [at, { commands }] of rows.entries()) {
        for (const [i, line] of commands.entries()) {
          const time = timeOf([...command, ...line]);
          if (round > 0) shortest[at][i] = Math.min(shortest[at][i], time);
        }
      }
    }
    const titles = ["ms", "over the script", ...(other === undefined ? [] : ["other ms", "ratio"])];
    console.log(
      `\n${`start to end, ${name}`.padEnd(42)}${
        titles.map((title) => title.padStart(16)).join("")
      }`,
    );
    for (const [at, { title }] of rows.entries()) {
      const [own, others] = shortest[at];
      const cells = [own.toFixed(1), at === 0 ? "" : `+${(own - shortest[0][0]).toFixed(1)}`];
      if (others !== undefined) cells.push(others.toFixed(1), (own / others).toFixed(2));
      console.log(title.padEnd(42) + cells.map((cell) => cell.padStart(16)).join(""));
    }
  }
}
