/**
 * Prints the time of each method of `Process` for a process with many threads, compared with the
 * same fields from `processes()`, and the system calls that it makes. The runtimes take turns. A
 * time is the shortest of all rounds, and a ratio is the median over the rounds.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, here, start } from "./programs.mjs";
import { median } from "./rounds.mjs";

const THREADS = 300;
const ROUNDS = 9;
const MILLISECONDS = 30;
const SCRIPT = here("process_methods.ts");
/** System calls for the runtime's own memory and threads, which can occur at any time. */
const RUNTIMES_OWN =
  /^(?:futex|madvise|mprotect|mmap|munmap|brk|sched_yield|rt_sig\w+|clock_gettime|membarrier|getrusage|prctl|gettid|tgkill|mremap)$/;

/**
 * Runs the benchmark.
 *
 * @param runtimes The commands that run a script, by the names of the runtimes.
 * @param folder The folder for temporary files.
 */
export async function printMethods(runtimes, folder) {
  const program = build(folder, "process_methods", ["-lpthread"]);
  if (program === null) {
    console.log("\nprocess_methods is skipped: no C compiler that can build process_methods.c.");
    return;
  }
  const target = start([...program, `${THREADS}`]);
  await target.answer();
  console.log(`\nthe methods of Process on a process of ${THREADS} threads; ratio to processes()`);
  const asked = new Map();
  let methods = [];
  for (const [name, command] of runtimes) {
    const one = start([...command, SCRIPT, `${target.pid}`]);
    methods = (await one.answer()).split(" ");
    asked.set(name, one);
  }
  const times = new Map(methods.map((method) => [method, new Map()]));
  for (const method of methods) {
    for (const one of asked.values()) await one.ask(`${method} ${MILLISECONDS * 5}`); // to warm up
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const method of methods) {
      for (const [name, one] of asked) {
        const time = Number(await one.ask(`${method} ${MILLISECONDS}`)) / 1000;
        const known = times.get(method).get(name) ?? [];
        times.get(method).set(name, [...known, time]);
      }
    }
  }
  for (const one of asked.values()) await one.end();

  const names = [...runtimes.keys()];
  const row = (cells) =>
    console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(17) : cell.padStart(9)).join(""));
  row(["", ...names.flatMap((name) => [`${name} us`, "ratio"])]);
  for (const method of methods.filter((name) => !name.includes(":"))) {
    const same = times.get(`processes:${method}`);
    row([
      method,
      ...names.flatMap((name) => {
        const own = times.get(method).get(name);
        const ratio = same === undefined
          ? ""
          : median(own.map((time, i) => time / same.get(name)[i])).toFixed(2);
        return [Math.min(...own).toFixed(1), ratio];
      }),
    ]);
  }
  for (const [name, command] of runtimes) printCalls(name, command, target.pid, folder);
  await target.end();
}

/** Prints the system calls that each method makes in one runtime. */
function printCalls(name, [file, ...args], pid, folder) {
  const output = join(folder, "strace");
  const options = ["-f", "-y", "-qq", "-s", "200", "-o", output];
  const { error, status } = spawnSync("strace", [
    ...options,
    file,
    ...args,
    SCRIPT,
    `${pid}`,
    "trace",
  ], {
    stdio: "ignore",
  });
  if (error !== undefined || status !== 0) {
    console.log(`system calls under ${name}: skipped, as there is no strace that works`);
    return;
  }
  console.log(`\nsystem calls under ${name}: all, files opened, and which of them twice`);
  for (const [method, { calls, opened }] of callsOf(readFileSync(output, "utf8"))) {
    const counts = new Map();
    for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
    const files = new Map();
    for (const path of opened) files.set(path, (files.get(path) ?? 0) + 1);
    const twice = [...files].filter(([, count]) => count > 1)
      .map(([path, count]) => `${path.replace(/.*\/proc\/\d+/, "")} ${count} times`);
    const listed = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 6)
      .map(([call, count]) => `${call} ${count}`);
    console.log(
      `${method.padEnd(27)}${`${calls.length}`.padStart(6)}${`${opened.length}`.padStart(6)}  ${
        listed.join(", ")
      }${twice.length > 0 ? `; TWICE ${twice.slice(0, 4).join(", ")}` : ""}`,
    );
  }
}

/** Finds the calls between the lines that the program writes, in the thread that writes them. */
function callsOf(text) {
  const found = new Map();
  let method, thread;
  for (const line of text.split("\n")) {
    const [, at, call, rest = ""] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === undefined) continue;
    const mark = call === "write" ? /^1(?:<[^>]*>)?, "([<>])([\w:]+)\\n"/.exec(rest) : null;
    if (mark !== null) {
      [method, thread] = mark[1] === "<" ? [mark[2], at] : [];
      if (method !== undefined) found.set(method, { calls: [], opened: [] });
    } else if (at === thread && !RUNTIMES_OWN.test(call)) {
      const { calls, opened } = found.get(method);
      calls.push(call);
      if (/^open/.test(call) && !/= -1/.test(rest)) {
        const [, folder = "", path] =
          /^(?:AT_FDCWD(?:<[^>]*>)?|\d+<([^>]*)>)?,? ?"([^"]*)"/.exec(rest) ?? [];
        opened.push(`${folder}${folder && "/"}${path}`);
      }
    }
  }
  return found;
}
