/**
 * Runs tests under every version of the runtimes in README.md, except tests about one version. It
 * also runs the commands that README.md shows for each runtime. It prints a table of the results.
 *
 * The versions are installed from npm, in `.cache`. Arguments select versions, or rooms of the
 * tests: `bun`, `deno@2.2.0`, `tests/ffi`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commandsOf, countsIn } from "./support/commands.ts";
import { killParts, runPart } from "./support/part.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const CACHE = join(ROOT, ".cache", "runtimes");

/** The oldest supported version, the last version of each line since, and the newest version. */
const VERSIONS = [
  ...["bun@1.2.0", "bun@1.2", "bun@1.3", "bun@latest"],
  ...["deno@2.2.0", "deno@2.5", "deno@latest"],
  ...["node@26.1.0", "node@latest"],
];

const WORDS = process.argv.slice(2);
const CHOSEN_ROOMS = WORDS.filter((word) => word.startsWith("tests/"));

/**
 * Matches the rooms whose tests are run, and the tests of the documentation's commands and
 * examples.
 */
const ROOMS = /^tests\/(abi|calls|cli|ffi|live|process)\/|^tests\/docs\/(readme|examples)_test/;
/** Matches tests of one version's messages. */
const OF_ONE_VERSION = /permission_test/;
const FILES = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("_test.ts")).map((file) => `tests/${file}`)
  .filter((file) => ROOMS.test(file) && !OF_ONE_VERSION.test(file))
  .filter((file) => CHOSEN_ROOMS.length === 0 || CHOSEN_ROOMS.some((room) => file.startsWith(room)))
  .sort();

const LIMIT_MS = 15 * 60_000;
const GRACE_MS = 10_000;

const RUNNERS = {
  bun: ["test", "--timeout", "120000"],
  deno: ["test", "--no-check", "--allow-all"],
  node: [
    ...["--test", "--test-reporter=spec", "--test-isolation=none"],
    ...["--test-timeout=120000", "--test-force-exit"],
  ],
};

for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    killParts();
    process.exit(1);
  });
}

/** Installs a version of a runtime from npm; returns its executable. */
function install(spec) {
  const [name] = spec.split("@");
  const folder = join(CACHE, spec);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--silent", spec], {
    cwd: folder,
    stdio: "inherit",
  });
  if (npm.status !== 0) throw new Error(`Cannot install ${spec} from npm`);
  // The executable itself, and not npm's script, so that the started process has the pid of the
  // runtime.
  const places = { bun: "bun/bin/bun.exe", deno: "deno/deno", node: "node/bin/node" };
  const file = join(folder, "node_modules", places[name]);
  if (!existsSync(file)) throw new Error(`Cannot find ${file} in the package ${spec}`);
  return file;
}

/** Returns the version of an executable. */
function versionOf(file) {
  return /\d+\.\d+\.\d+/.exec(spawnSync(file, ["--version"], { encoding: "utf8" }).stdout)[0];
}

/** Returns true if a version is not older than another one. */
function isSince(version, since) {
  return version.localeCompare(since, "en", { numeric: true }) >= 0;
}

/**
 * Returns the command lines of README.md that start a runtime in a clone, in the form for this
 * version.
 */
function shownCommands(name, version) {
  const lines = readFileSync(join(ROOT, "README.md"), "utf8").split("\n")
    .filter((line) => line.startsWith(`${name} `) && line.includes(" lib/cli/main.ts "))
    .filter((line) => !line.includes("build"))
    .map((line) => line.replace(/ *#.*/, "").split(" ").slice(1));
  if (name !== "node") return lines;
  const wantsFlag = !isSince(version, "26.9.0");
  return lines.filter((words) => words.includes("--experimental-ffi") === wantsFlag);
}

async function run(spec) {
  const [name] = spec.split("@");
  const file = install(spec);
  const version = versionOf(file);
  const label = `${name} ${version}`;
  const flags = name === "bun" && !isSince(version, "1.2.6")
    ? ["--preload", "./tests/support/old_bun.mjs"]
    : [];
  const nodeOptions = name === "node" && !isSince(version, "26.9.0") ? "--experimental-ffi" : "";
  const total = { passed: 0, failed: 0, skipped: 0 };
  const options = {
    cwd: ROOT,
    env: {
      ...process.env,
      NO_COLOR: "1",
      [`LIBPROC_${name.toUpperCase()}`]: file,
      PATH: `${dirname(file)}:${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}`,
      NODE_OPTIONS: nodeOptions,
    },
    limitMs: LIMIT_MS,
    graceMs: GRACE_MS,
  };
  const files = { files: FILES, joined: name === "deno", room: label.replace(" ", "-") };
  const words = [
    ...shownCommands(name, version),
    ...commandsOf(files).map((some) => [...RUNNERS[name], ...flags, ...some]),
  ];
  for (const [at, args] of words.entries()) {
    const log = join(CACHE, spec, `${at}.log`);
    const { status, output, left } = await runPart([file, ...args], { ...options, log });
    const isOver = status === 0 && left.length === 0;
    const isTest = args[0] === RUNNERS[name][0];
    const { passed, failed, skipped } = isTest
      ? countsIn(output)
      : { passed: Number(isOver), failed: 0, skipped: 0 };
    total.passed += passed;
    total.skipped += skipped;
    total.failed += isOver ? failed : Math.max(failed, 1);
    if (isOver && failed === 0) continue;
    for (const line of left) console.error(`${label} left a process behind: ${line}`);
    const what = output.split("\n").filter((line) => /^\(fail\)|^✖|FAILED/.test(line.trim()));
    console.error([`${label}: ${log}`, ...new Set(what)].join("\n  "));
  }
  return { label, ...total };
}

const chosen = WORDS.filter((word) => !word.startsWith("tests/"));
const versions = VERSIONS.filter((spec) =>
  chosen.length === 0 || chosen.some((word) => `${spec}@`.startsWith(`${word}@`))
);
console.log("| version | passed | failed | skipped |\n| --- | --- | --- | --- |");
for (const spec of versions) {
  const { label, passed, failed, skipped } = await run(spec);
  console.log(`| ${label} | ${passed} | ${failed} | ${skipped} |`);
  if (failed > 0) process.exitCode = 1;
}
