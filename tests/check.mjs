/**
 * Runs every check of the project. The last line has the number of passed and failed checks: one
 * for each test under each runtime, and one for each of the other checks.
 *
 * The test files are divided into parts. One part more than the machine has processors runs at
 * once, because tests spend a quarter of their time waiting for processes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commandsOf, countsIn } from "./support/commands.ts";
import { prepareMusl } from "./support/musl.mjs";
import { killParts, runPart } from "./support/part.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(root, "node_modules", ".bin");

/**
 * Matches the lines that state why a test, or a part of one, was skipped. Only Node's runner prints
 * the former.
 */
const SKIPPED = /^﹣.*$|^.*\bskip\w*:.*$/gim;

const ENTRIES = Object.values(
  JSON.parse(readFileSync(join(root, "deno.json"), "utf8")).exports,
);
const FILES = readdirSync(join(root, "tests"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("_test.ts")).map((file) => `tests/${file}`).sort();
/**
 * Tests of sources, documentation, these checks and one runtime. They do not depend on the runtime
 * that runs them.
 */
const SAME =
  /^tests\/(docs\/|architecture_test|bench_test|check_test|kernels_test|ffi\/permission_test|process\/field_groups_test)/;
const OF_RUNTIMES = FILES.filter((file) => !SAME.test(file));

/**
 * The tests of what depends on the C library: the FFI, the calls that are made by it, and the
 * programs that use it. Parsers and everything above the waist are the same on musl.
 */
const ON_MUSL = [
  /^tests\/(?:ffi|posix|calls|system)\//,
  /^tests\/live\/(?!churn|containers|differential|takeover|leaderless|bpf_table)/,
  /^tests\/linux\/(?:complete|kernel_structs|old_libc|process|proc_fs|interface_name|new_pids|kernel_events)_test/,
  /^tests\/process\/(?:process|table|sampler|descriptors|sockets|ports|who_has|exit|kill_tree|watch_live)_test/,
  /^tests\/cli\/pids_test/,
];

/** Long checks that cannot be divided come first, so that no processor waits for one at the end. */
const CHECKS = [
  {
    name: "documentation and sources",
    command: "bun test --timeout 120000",
    files: FILES.filter((file) => SAME.test(file)),
  },
  {
    name: "tests, Deno",
    command: "deno test --no-check --allow-all",
    files: OF_RUNTIMES,
    // Deno loads all modules again for each file.
    joined: true,
  },
  { name: "tests, Bun", command: "bun test --timeout 120000", files: OF_RUNTIMES },
  {
    name: "tests, Bun on musl",
    command: "bun test --timeout 120000",
    files: OF_RUNTIMES.filter((file) => ON_MUSL.some((pattern) => pattern.test(file))),
    // It is prepared while the previous checks run.
    prepared: prepareMusl(),
  },
  {
    name: "tests, Node",
    // Without --test-force-exit, a test that exceeds its time continues and blocks its part.
    command:
      "node --test --test-reporter=spec --test-isolation=none --test-timeout=120000 --test-force-exit",
    files: OF_RUNTIMES,
  },
  { name: "types, Deno", command: "deno check mod.ts lib examples" },
  { name: "package", command: "deno publish --dry-run --allow-dirty --no-check" },
  { name: "types, tsc", command: "tsc --noEmit" },
  { name: "documentation of exports", command: `deno doc --lint ${ENTRIES.join(" ")}` },
  { name: "lint", command: "deno lint" },
  { name: "format", command: "deno fmt --check" },
];

/** The folder in which Node caches modules without their types. */
const NODE_COMPILE_CACHE = join(root, "node_modules", ".cache", "node");

/** The time limit of a part: a multiple of the longest time on a slow machine. */
const LIMIT_MS = 10 * 60_000;
/**
 * The time for which processes that a part started may outlive it. A process that was killed on a
 * busy machine takes some time to end.
 */
const GRACE_MS = 10_000;

/** Runs a command from `bin`, or another program in its place. */
function run(command, at, { program, env }) {
  const [name, ...args] = command.split(" ");
  return runPart([program ?? join(bin, name), ...args], {
    cwd: root,
    env: {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${bin}:${process.env.PATH}`,
      NODE_COMPILE_CACHE,
      ...env,
    },
    log: join(root, ".cache", "check", `${at}.log`),
    limitMs: LIMIT_MS,
    graceMs: GRACE_MS,
  });
}

// The parts are in sessions of their own, which a terminal does not signal.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    killParts();
    process.exit(1);
  });
}

/** Returns the commands of a check: one, or one for each part of its files. */
function commandLines({ command, files, joined = false }) {
  if (files === undefined) return [command];
  return commandsOf({ files, joined, room: "check" })
    .map((some) => `${command} ${some.join(" ")}`);
}

const jobs = CHECKS.flatMap((check) => {
  check.results = [];
  check.commands = commandLines(check);
  return check.commands.map((command) => ({ check, command }));
}).map((job, at) => ({ ...job, at }));

/** The parts that failed once. */
const again = [];
/** More failed parts than these are not run again, because chance is not the cause. */
const MOST_AGAIN = 8;

let passed = 0, failed = 0, unsteady = 0;

/** Runs jobs until the queue is empty. */
async function work() {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const { check, command, at } = job;
    const { why, program, compiler, version } = await check.prepared ?? {};
    if (why !== undefined) {
      if (check.commands[0] === command) console.log(`not run ${check.name}: ${why}`);
      continue;
    }
    if (version !== undefined) check.version = version;
    // The tests build programs as usual, but libraries for the C library of this runtime.
    const how = { program, env: compiler && { LIBRARY_CC: compiler } };
    const once = () =>
      run(command, at, how).then((result) => ({ ...result, ...count(check, result) }));
    const result = await once();
    if (result.broke > 0 && check.files !== undefined) again.push({ check, command, result, once });
    else finish(check, command, result);
  }
}

/** Adds a result, and reports the check once it is complete. */
function finish(check, command, result) {
  check.results.push({ ...result, command });
  if (check.results.length === check.commands.length) report(check);
}

/**
 * Runs the parts that failed again, each alone, unless there are too many. If a part then passes,
 * it depends on the load of the machine. That is printed, because it is a fault of the tests or of
 * the tested code.
 */
async function runAgain() {
  for (const { check, command, result, once } of again) {
    const second = again.length > MOST_AGAIN ? result : await once();
    if (second.broke === 0) {
      console.log(`UNSTEADY ${check.name}: failed beside others, passed alone\n${result.output}`);
      console.log(`       it ended with ${result.status}`);
      printLeft(result);
      unsteady++;
    }
    finish(check, command, second);
  }
}

/**
 * Returns the number of tests that passed and failed in a run. A check without tests counts as one.
 * A run that leaves processes behind has failed.
 */
function count({ files }, { status, output, left }) {
  const isOver = status === 0 && left.length === 0;
  if (files === undefined) return { ran: Number(isOver), broke: Number(!isOver) };
  const { passed: ran, failed } = countsIn(output);
  return { ran, broke: isOver && ran > 0 ? failed : Math.max(failed, 1) };
}

/**
 * Prints the outcome of a check: the whole output of a failure, or the reasons of skipped tests.
 */
function report({ name, version, command, files, results }) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  passed += sum("ran");
  failed += sum("broke");
  const tests = files === undefined ? "" : `, ${sum("ran")} tests`;
  const verdict = sum("broke") === 0 ? "ok    " : "FAILED";
  const title = version === undefined ? name : `${name} ${version}`;
  console.log(`${verdict} ${title} (${sum("seconds").toFixed(1)} s${tests}): ${command}`);
  for (const { broke, output, command, left } of results) {
    printLeft({ left });
    if (broke > 0) console.log(`${command}\n${output}`);
    else for (const line of output.matchAll(SKIPPED)) console.log(`       ${line[0].trim()}`);
  }
}

/** Prints the processes that a part has left, which were killed. */
function printLeft({ left }) {
  for (const line of left) console.log(`       left a process behind: ${line}`);
}

await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
await runAgain();
if (unsteady > 0) console.log(`${unsteady} parts passed only when they ran alone`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
