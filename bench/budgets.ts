/**
 * The budgets for size and start-up time, and the benchmark that compares the package with them.
 *
 * `tests/package_test.ts` enforces the sizes, which are equal on every machine. The times are only
 * printed.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The budgets for sizes, in bytes. */
export const SIZES = {
  "the npm package, packed": 700_000,
  "the npm package, unpacked": 2_600_000,
  "the JavaScript of the package": 1_500_000,
  "a program with openProcess(), minified": 400_000,
  "a program with openProcess(), minified, by gzip": 140_000,
};

/** The budgets for start-up times beyond that of an empty script, in ms on an idle machine. */
export const STARTS = {
  "import of the library": 80,
  "import, and the first processes()": 130,
  "the command: libproc pids": 100,
};

/** The program whose size is measured, and those whose start-up time is measured. */
const PROGRAMS = {
  size: 'import { openProcess } from "MOD"; console.log(openProcess(1).name());',
  "an empty script": "",
  "import of the library": 'import "MOD";',
  "import, and the first processes()": 'import { processes } from "MOD"; processes();',
};

/** Runs a command, and throws if it fails. */
function run([file, ...args]: readonly [string, ...string[]], cwd = ROOT): void {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`Cannot run "${file} ${args.join(" ")}": ${stderr}${stdout}`);
}

/** Writes a program that imports the library from a module; returns its path. */
function write(folder: string, name: keyof typeof PROGRAMS, module: string): string {
  const path = join(folder, `${name.replaceAll(/\W+/g, "_")}.mjs`);
  writeFileSync(path, PROGRAMS[name].replace("MOD", module));
  return path;
}

/** The package whose size is measured. */
export interface Packed {
  /** The path of the packed package. */
  readonly tarball: string;
  /** The path of the folder with the unpacked package. */
  readonly unpacked: string;
  /** The command that runs Bun. */
  readonly bun: string;
  /** The path of a folder for temporary files. */
  readonly folder: string;
}

/** Measures the sizes with a budget, in bytes. */
export function sizesOf(
  { tarball, unpacked, bun, folder }: Packed,
): Record<keyof typeof SIZES, number> {
  const outfile = join(folder, "minified.mjs");
  run([
    bun,
    "build",
    "--minify",
    "--target=node",
    "--outfile",
    outfile,
    write(folder, "size", join(unpacked, "dist/mod.js")),
  ]);
  const minified = readFileSync(outfile);
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({ name, size: statSync(join(parentPath, name)).size }));
  const sum = (some: typeof files) => some.reduce((total, { size }) => total + size, 0);
  return {
    "the npm package, packed": statSync(tarball).size,
    "the npm package, unpacked": sum(files),
    "the JavaScript of the package": sum(files.filter(({ name }) => name.endsWith(".js"))),
    "a program with openProcess(), minified": minified.length,
    "a program with openProcess(), minified, by gzip": gzipSync(minified).length,
  };
}

const ROUNDS = 15;
const EMPTY = "an empty script";
const COMMAND = "the command: libproc pids";

/** Measures the shortest start-up times under one runtime, in milliseconds, by the program. */
function startsOf(
  runtime: readonly [string, ...string[]],
  folder: string,
  unpacked: string,
): ReadonlyMap<string, number> {
  const names = [EMPTY, "import of the library", "import, and the first processes()"] as const;
  const module = join(unpacked, "dist/mod.js");
  const lines = new Map<string, readonly string[]>([
    ...names.map((name) => [name, [write(folder, name, module)]] as const),
    [COMMAND, [join(unpacked, "dist/lib/cli/bin.js"), "pids"]],
  ]);
  const shortest = new Map<string, number>();
  // The first round fills the runtime's caches.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, line] of lines) {
      const start = performance.now();
      run([...runtime, ...line]);
      const time = performance.now() - start;
      if (round > 0) shortest.set(name, Math.min(shortest.get(name) ?? Infinity, time));
    }
  }
  return shortest;
}

/** Formats a figure and its budget, and states whether the figure exceeds the budget. */
function beside(figure: number, budget: number): string {
  const shown = [figure, budget].map((number) => number.toFixed(0).padStart(8)).join("");
  return `${shown}  ${figure > budget ? "over" : "within"}`;
}

/**
 * Runs the benchmark.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 * @param folder The folder for temporary files.
 */
export function printBudgets(
  runtimes: ReadonlyMap<string, readonly [string, ...string[]]>,
  folder: string,
): void {
  const bun = runtimes.get("Bun")?.[0];
  const unpacked = join(folder, "package");
  if (bun === undefined) {
    console.log("\nThe budgets are skipped: Bun's bundler makes the package.");
    return;
  }
  run(["npm", "pack", "--silent", "--pack-destination", folder]);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
  run(["tar", "-xzf", tarball, "-C", folder]);
  console.log(`\n${"size".padEnd(50)}${"KB".padStart(8)}${"budget".padStart(8)}`);
  const sizes = sizesOf({ tarball, unpacked, bun, folder });
  for (const [name, budget] of Object.entries(SIZES)) {
    const size = sizes[name as keyof typeof SIZES];
    console.log(name.padEnd(50) + beside(size / 1000, budget / 1000));
  }
  for (const [name, runtime] of runtimes) {
    const starts = startsOf(runtime, folder, unpacked);
    console.log(`\n${`start over an empty script, ${name}`.padEnd(50)}      ms  budget`);
    for (const [what, budget] of Object.entries(STARTS)) {
      console.log(what.padEnd(50) + beside(starts.get(what)! - starts.get(EMPTY)!, budget));
    }
  }
}
