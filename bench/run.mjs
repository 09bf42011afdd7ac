/**
 * Prints what listPids() costs on Linux under Bun and under Deno, and how that compares with C.
 *
 * list_pids.c makes the same system calls as the library. It, Bun and Deno each run as one process
 * that stays warm, and all answer each request in turn, so the machine's noise hits all alike. Before
 * anything is timed, all must list the same ids. A time is the shortest run of all rounds. A ratio is
 * the median, over the rounds, of the ratio of the shortest runs of that round, which varies less
 * than the ratio of the times shown.
 *
 * Needs Node and Linux. Whatever else is missing is left out and said: a C compiler, Bun, Deno, ps,
 * or Python's psutil.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const SLEEPERS = [60, 3000];
const ROUNDS = 25;
const MILLISECONDS = 100;

/** The types of `PROC_INFO_CALL_LISTPIDS`, and what each is asked for. */
const OPERATIONS = [
  { name: "all", type: 1, typeinfo: () => 0 },
  { name: "uid", type: 4, typeinfo: () => process.geteuid() },
  { name: "ruid", type: 5, typeinfo: () => process.getuid() },
  { name: "ppid", type: 6, typeinfo: (helper) => helper },
  { name: "pgrp", type: 2, typeinfo: (helper) => helper },
];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const works = (command, ...args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** A process that answers each line with a line, and ends when its input does. */
function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  child.stdin.on("error", () => {}); // the missing answer says it
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise((resolve) => child.on("close", resolve));
  // Not the same: its own children may hold its output open.
  const ended = new Promise((resolve) => child.on("exit", () => resolve({ done: true })));
  async function answer() {
    const { value, done } = await Promise.race([lines.next(), ended]);
    if (done) throw new Error(`"${command}" ended without an answer`);
    return value;
  }
  return {
    pid: child.pid,
    answer,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return answer();
    },
    end() {
      child.stdin.end();
      return closed;
    },
  };
}

/**
 * Starts a process that has `count` idle children. They wait for the end of their input, which comes
 * when this program ends, however it does: nothing is left behind, and no signal has to be caught.
 *
 * @returns null where the system allows no more processes.
 */
async function startSleepers(count) {
  const script = `exec 3<&0; n=0
    while [ $n -lt ${count} ]; do read -r _ <&3 & n=$((n + 1)); done
    echo ready; read -r _; wait`;
  const sleepers = start("sh", ["-c", script], { detached: true }); // leads a group of its own
  try {
    await sleepers.answer();
  } catch {
    await sleepers.end();
    return null;
  }
  await sleep(500);
  return sleepers;
}

/** Builds the C reference in `folder`, or answers null. */
function build(folder) {
  const compiler = ["cc", "gcc", "clang"].find((name) => works(name, "--version"));
  if (compiler === undefined) return null;
  const program = join(folder, "list_pids");
  const args = ["-O2", "-o", program, here("list_pids.c")];
  return spawnSync(compiler, args, { stdio: "inherit" }).status === 0 ? program : null;
}

/** Where a runtime is: among this project's packages, or on the PATH. */
function find(runtime) {
  const installed = here(`../node_modules/.bin/${runtime}`);
  return [installed, runtime].find((path) => works(path, "--version"));
}

/** What is compared, by name: C, if it could be built, and the runtimes that are there. */
function startPrograms(reference) {
  const programs = new Map();
  if (reference !== null) programs.set("C", start(reference, []));
  else console.log("C and the ratios to it are skipped: no C compiler that can build list_pids.c.");
  for (const [name, ...args] of [["Bun"], ["Deno", "run", "--no-prompt", "--allow-ffi"]]) {
    const path = find(name.toLowerCase());
    if (path) programs.set(name, start(path, [...args, here("list_pids.ts")]));
    else console.log(`${name} is skipped: it is neither installed here nor on the PATH.`);
  }
  return programs;
}

/** Makes sure that all list the same ids in the same order; tries again as processes come and go. */
async function compare(programs, request) {
  for (const program of programs.values()) await program.ask(`${request} 200`); // to warm up
  for (let attempt = 0; attempt < 50; attempt++) {
    const lists = new Set();
    for (const program of programs.values()) {
      lists.add((await program.ask(`${request} 0`)).replace(/^\d+ ?/, ""));
    }
    if (lists.size === 1) return;
  }
  throw new Error(`The programs list different ids for the request "${request}"`);
}

/** The middle of some numbers. */
const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** The shortest times of each round in microseconds, by operation and program. */
async function measure(programs, helper) {
  const requests = OPERATIONS.map(({ type, typeinfo }) => `${type} ${typeinfo(helper)}`);
  for (const request of requests) await compare(programs, request);
  const times = OPERATIONS.map(() => new Map([...programs.keys()].map((name) => [name, []])));
  const turns = [...programs];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, request] of requests.entries()) {
      for (const [name, program] of turns) {
        const nanoseconds = parseInt(await program.ask(`${request} ${MILLISECONDS}`), 10);
        times[i].get(name).push(nanoseconds / 1000);
      }
    }
    turns.push(turns.shift()); // none always comes after the same
  }
  return times;
}

/** A time as it is shown. */
const microseconds = (time) => time.toFixed(time < 100 ? 1 : 0);

/** Prints the times as a table. */
function print(times) {
  const names = [...times[0].keys()];
  const ratios = (name) => name !== "C" && names.includes("C");
  const header = names.flatMap((name) => ratios(name) ? [`${name} us`, "ratio"] : [`${name} us`]);
  const rows = OPERATIONS.map(({ name: operation }, i) => [
    operation,
    ...names.flatMap((name) => {
      const own = times[i].get(name);
      const shortest = microseconds(Math.min(...own));
      if (!ratios(name)) return [shortest];
      const reference = times[i].get("C");
      return [shortest, median(own.map((time, round) => time / reference[round])).toFixed(2)];
    }),
  ]);
  for (const row of [["", ...header], ...rows]) {
    console.log(row.map((cell, i) => i === 0 ? cell.padEnd(6) : cell.padStart(9)).join(""));
  }
}

/** Prints what other programs take to list all ids. */
function printPeers() {
  const psutil = `
import time, psutil
times = []
for _ in range(200):
    start = time.perf_counter(); psutil.pids(); times.append(time.perf_counter() - start)
print(min(times) * 1e6)`;
  const python = spawnSync("python3", ["-c", psutil], { encoding: "utf8" });
  if (python.status === 0) console.log(`psutil.pids(): ${microseconds(Number(python.stdout))} us`);
  else console.log("psutil.pids(): skipped, as python3 has no psutil");

  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    return works("ps", "-e", "-o", "pid=") ? (performance.now() - start) * 1000 : NaN;
  });
  const shortest = Math.min(...times);
  if (shortest > 0) console.log(`ps -e -o pid=, the whole command: ${microseconds(shortest)} us`);
  else console.log("ps -e -o pid=: skipped, as there is no such ps");
}

async function main() {
  if (process.platform !== "linux") {
    console.log("Nothing is measured: list_pids.c is the reference of Linux only.");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "list-pids-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

  const programs = startPrograms(build(folder));
  if (programs.size === 0) return;
  for (const count of SLEEPERS) {
    const sleepers = await startSleepers(count);
    if (sleepers === null) {
      console.log(`\nSkipped: the system does not allow ${count} more processes.`);
      continue;
    }
    const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
    console.log(
      `\nlistPids() among ${processes} processes, ${count} of them the children that ppid and pgrp list`,
    );
    print(await measure(programs, sleepers.pid));
    printPeers();
    await sleepers.end();
  }
  await Promise.all([...programs.values()].map((program) => program.end()));
}

await main();
