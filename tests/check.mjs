/**
 * Runs every check of the project and ends with a line that counts what passed and what failed:
 * one for each test under each runtime, and one for each of the other checks.
 */
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(root, "node_modules", ".bin");

/** How each test runner says what it did: `12 pass`, `12 passed`, or `ℹ pass 12`. */
const PASSED = /(\d+) pass(?:ed)?\b|^ℹ pass (\d+)$/gm;
const FAILED = /(\d+) fail(?:ed)?\b|^ℹ fail (\d+)$/gm;
/** How a skipped test and a test that skips a part say why; the first only Node's runner shows. */
const SKIPPED = /^﹣.*$|^.*\bskip\w*:.*$/gim;

const ENTRIES = Object.values(
  JSON.parse(readFileSync(join(root, "deno.json"), "utf8")).exports,
);
const CHECKS = [
  { name: "format", command: "deno fmt --check" },
  { name: "lint", command: "deno lint" },
  { name: "types, tsc", command: "tsc --noEmit" },
  { name: "types, Deno", command: "deno check mod.ts lib tests bench docs examples" },
  { name: "documentation", command: `deno doc --lint ${ENTRIES.join(" ")}` },
  { name: "package", command: "deno publish --dry-run --allow-dirty" },
  { name: "tests, Bun", command: "bun test --timeout 60000", counts: true },
  { name: "tests, Deno", command: "deno test --no-check --allow-all tests", counts: true },
  {
    name: "tests, Node",
    command: "node --test --test-reporter=spec --test-concurrency=2 --test-timeout=60000 " +
      "tests/**/*_test.ts",
    counts: true,
  },
  {
    name: "examples in the documentation",
    command: "deno test --doc --no-check --allow-ffi --allow-read README.md mod.ts lib ffi",
    counts: true,
  },
];

/** Where Node keeps the modules whose types it has stripped: each file of tests is a process of its own. */
const NODE_COMPILE_CACHE = join(root, "node_modules", ".cache", "node");

/** Runs a command; gives what it wrote, how it ended, and how many seconds that took. */
function run(command) {
  const start = performance.now();
  const [program, ...args] = command.split(" ");
  const child = spawn(join(bin, program), args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${bin}:${process.env.PATH}`,
      NODE_COMPILE_CACHE,
    },
  });
  const output = [];
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    const end = (status, rest) =>
      resolve({
        status,
        output: Buffer.concat(output).toString() + rest,
        seconds: ((performance.now() - start) / 1000).toFixed(1),
      });
    child.once("error", (error) => end(1, `${error}`));
    child.once("close", (status) => end(status, ""));
  });
}

let passed = 0, failed = 0;

/** Prints what came of a check, and counts it. */
function report({ name, command, counts }, { status, output, seconds }) {
  const ran = counts ? last(output, PASSED) : 0;
  const broke = counts ? last(output, FAILED) : 0;
  const ok = status === 0 && broke === 0 && (!counts || ran > 0);
  passed += counts ? ran : Number(ok);
  failed += ok ? 0 : Math.max(broke, 1);
  const tests = counts ? `, ${ran} tests` : "";
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${seconds} s${tests}): ${command}`);
  if (!ok) console.log(output);
  else {for (const line of output.matchAll(SKIPPED)) {
      console.log(`       ${line[0].trim()}`);
    }}
}

// What only reads the sources is done at once; tests are run alone.
const reading = CHECKS.filter(({ counts }) => !counts);
const done = await Promise.all(reading.map(({ command }) => run(command)));
reading.forEach((check, i) => report(check, done[i]));
for (const check of CHECKS.filter(({ counts }) => counts)) report(check, await run(check.command));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The number in the last match, which is the summary's. */
function last(text, pattern) {
  const match = [...text.matchAll(pattern)].at(-1);
  return Number(match?.[1] ?? match?.[2] ?? 0);
}
