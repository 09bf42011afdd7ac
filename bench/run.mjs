/**
 * Prints what the answers of this library cost on Linux under Bun, Deno and Node, and how that
 * compares with C. Its arguments are the benches to run, as in `pid_info`; all are run without any.
 *
 * NAME.c makes the same system calls as the library. It and each runtime run as one process that
 * stays warm, and all answer each request in turn, so the machine's noise hits all alike. Before
 * anything is timed, all must find the same. A time is the shortest run of all rounds. A ratio is the
 * median, over the rounds, of the ratio of the shortest runs of that round, which varies less than the
 * ratio of the times shown.
 *
 * Other libraries that do the same answer in turn with them, in processes of their own that stay warm,
 * and must find the same, too. How many times as fast as they the others are is the median over the
 * rounds, likewise.
 *
 * Needs Node and Linux. Whatever else is missing is left out and said: a C compiler, Bun, Deno, a Node
 * that can call C, or what the figures are compared with.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { printBlocking } from "./event_loop.mjs";
import { printMethods } from "./process_methods.mjs";
import { printStart } from "./start.mjs";
import { printWatching } from "./watch.mjs";

const SLEEPERS = [60, 3000];
const ROUNDS = 25;
const MILLISECONDS = 100;

/** How many regions the process has that regions.c makes. */
const REGIONS = 2000;

/** How many descriptors the process has that descriptors.c makes: TCP sockets, and others. */
const SOCKETS = 5000;
const OTHERS = 5000;

/** On how many ports this program listens, for whoever looks for listeners. */
const PORTS = 20;

/**
 * What is measured, by name: what a program is asked for in each operation, which may be about the
 * process that was made for it; in which surroundings; and what else does the same, or something like
 * it. The programs have the name of the bench, or that of `program`, and only the former a reference in
 * C. Of `rows`, those of processes that come or go meanwhile are not compared.
 */
const BENCHES = {
  process_table: {
    title: (processes) =>
      `processTable() of ${processes} processes: ids, user, state, name, times, memory, threads, start`,
    operations: { table: (helper) => `table ${helper}` },
    sleepers: SLEEPERS,
    rows: true,
    perProcess: true,
    others: { libproc2: startLibproc2, psutil: startPsutil },
    peers: () => {},
  },
  processes: {
    title: (processes) => `processes() of ${processes} processes: what ps-list tells`,
    program: "friendly",
    operations: { processes: (helper) => `processes ${helper}` },
    sleepers: SLEEPERS,
    rows: true,
    perProcess: true,
    others: { "ps-list": startPackage },
    peers: () => {},
  },
  listening_ports: {
    title: (processes) => `listeningPorts() among ${processes} processes`,
    program: "friendly",
    operations: { ports: () => `listening_ports ${process.pid}` },
    sleepers: SLEEPERS,
    listen: true,
    rows: true,
    others: { "pid-port": startPackage },
    peers: () => {},
  },
  children: {
    title: (processes, count) => `${count} children of one process among ${processes}`,
    program: "friendly",
    operations: {
      children: (helper) => `children ${helper}`,
      tree: (helper) => `tree ${helper}`,
    },
    sleepers: SLEEPERS,
    rows: true,
    others: { pidtree: startPackage },
    peers: () => {},
  },
  list_pids: {
    title: (processes, count) =>
      `listPids() among ${processes} processes, ${count} of them the children that ppid and pgrp list`,
    // The types of PROC_INFO_CALL_LISTPIDS, and what each is asked for.
    operations: {
      all: () => "1 0",
      uid: () => `4 ${process.geteuid()}`,
      ruid: () => `5 ${process.getuid()}`,
      ppid: (helper) => `6 ${helper}`,
      pgrp: (helper) => `2 ${helper}`,
    },
    sleepers: SLEEPERS,
    peers: printListers,
  },
  pid_info: {
    title: (processes) =>
      `proc_bsdinfo and proc_taskinfo of ${processes} processes, in two calls, in one and as objects; then ` +
      "one struct of one process",
    operations: {
      table: () => "table 0",
      all: () => "all 0",
      decoded: () => "decoded 0",
      bsd: (helper) => `bsd ${helper}`,
      task: (helper) => `task ${helper}`,
      rusage: (helper) => `rusage ${helper}`,
    },
    sleepers: SLEEPERS,
    peers: printTables,
  },
  regions: {
    title: () => `PROC_PIDREGIONPATHINFO for each of the regions of a process with ${REGIONS} more`,
    operations: { walk: (helper) => `${helper}` },
    sleepers: [0],
    // The reference makes the process, too.
    target: (reference, folder) => start(reference, ["target", `${REGIONS}`, folder]),
    peers: () => {},
  },
  descriptors: {
    title: () =>
      `PROC_PIDLISTFDS for the ${
        SOCKETS + OTHERS
      } descriptors of a process, and PROC_PIDFDSOCKETINFO for ` +
      `each of the ${SOCKETS} that are TCP sockets`,
    operations: {
      fds: (helper) => `fds ${helper}`,
      sockets: (helper) => `sockets ${helper}`,
    },
    sleepers: [0],
    target: (reference, folder) => start(reference, ["target", `${SOCKETS}`, `${OTHERS}`, folder]),
    peers: () => {},
  },
};

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

/** Builds a C program in `folder`, or answers null. */
function build(folder, name, libraries = [], stdio = "inherit") {
  const compiler = ["cc", "gcc", "clang"].find((name) => works(name, "--version"));
  if (compiler === undefined) return null;
  const program = join(folder, name);
  const args = ["-O2", "-o", program, here(`${name}.c`), ...libraries];
  return spawnSync(compiler, args, { stdio }).status === 0 ? program : null;
}

/** The runtimes: how to see that one is there and can call C, and what it runs a program with. */
const RUNTIMES = {
  Bun: { probe: ["--version"], args: [] },
  Deno: { probe: ["--version"], args: ["run", "--no-prompt", "--allow-ffi"] },
  Node: {
    probe: ["-e", "process.exit(process.getBuiltinModule?.('node:ffi') ? 0 : 1)"],
    args: ["--disable-warning=ExperimentalWarning"],
  },
};

/** Where a runtime is: among this project's packages, or on the PATH. */
function find(name) {
  const installed = here(`../node_modules/.bin/${name.toLowerCase()}`);
  return [installed, name.toLowerCase()].find((path) => works(path, ...RUNTIMES[name].probe));
}

/** libproc2, or null and why not. */
function startLibproc2(_, folder) {
  const program = build(folder, "process_table_libproc2", ["-lproc2"], "ignore");
  return program ? start(program, []) : null;
}

/** psutil, from whichever Python has it. */
function startPsutil() {
  const pythons = ["python3", "/usr/bin/python3"];
  const python = pythons.find((path) => works(path, "-c", "import psutil"));
  return python ? start(python, [here("process_table_psutil.py")]) : null;
}

/** A package of npm. */
function startPackage(name) {
  if (!existsSync(here(`../node_modules/${name}`))) return null;
  return start(process.execPath, [here("npm.mjs")]);
}

/** What else does the same, by name, as far as it is there. */
function startOthers(others, folder) {
  const programs = new Map();
  for (const [name, startOther] of Object.entries(others)) {
    const program = startOther(name, folder);
    if (program !== null) programs.set(name, program);
    else console.log(`${name} is skipped: it is not installed here, or cannot be built with.`);
  }
  return programs;
}

/** What is compared, by name: C, if it could be built, and the runtimes that are there. */
function startPrograms(bench, reference) {
  const programs = new Map();
  if (reference) programs.set("C", start(reference, []));
  else if (reference === null) {
    console.log(`C and the ratios to it are skipped: no C compiler that can build ${bench}.c.`);
  }
  for (const [name, { args }] of Object.entries(RUNTIMES)) {
    const path = find(name);
    if (path) programs.set(name, start(path, [...args, here(`${bench}.ts`)]));
    else console.log(`${name} is skipped: it is neither installed here nor on the PATH.`);
  }
  return programs;
}

const listProcesses = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

/** Makes sure that all find the same; tries again as processes come and go. */
async function compare(programs, request, rows) {
  const before = new Set(listProcesses());
  for (const program of programs.values()) await program.ask(`${request} 200`); // to warm up
  for (let attempt = 0; attempt < 50; attempt++) {
    const found = [];
    for (const program of programs.values()) {
      found.push((await program.ask(`${request} 0`)).replace(/^\d+ ?/, "").trimEnd());
    }
    const there = new Set(listProcesses().filter((pid) => before.has(pid)));
    if (rows ? sameRows(found, there) : new Set(found).size === 1) return;
  }
  throw new Error(`The programs find different things for the request "${request}"`);
}

/** Whether there are the same rows of some processes in several texts; `-` in a field is not known. */
function sameRows(texts, processes) {
  const [first, ...others] = texts.map((text) =>
    text.split(" ").filter((row) => processes.has(row.split(":")[0])).sort()
  );
  return first.length > 0 &&
    others.every((other) =>
      other.length === first.length && other.every((row, i) => {
        const fields = first[i].split(":");
        return row.split(":").every((field, j) =>
          [field, fields[j]].includes("-") || field === fields[j]
        );
      })
    );
}

/** The middle of some numbers. */
const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** The shortest times of each round in microseconds, by operation and program. */
async function measure(programs, { operations, rows }, helper) {
  const requests = Object.values(operations).map((request) => request(helper));
  for (const request of requests) await compare(programs, request, rows);
  const times = requests.map(() => new Map([...programs.keys()].map((name) => [name, []])));
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

/** Prints the times of some programs as a table. */
function print(operations, times, names) {
  const ratios = (name) => name !== "C" && names.includes("C");
  const header = names.flatMap((name) => ratios(name) ? [`${name} us`, "ratio"] : [`${name} us`]);
  const rows = Object.keys(operations).map((operation, i) => [
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
    console.log(row.map((cell, i) => i === 0 ? cell.padEnd(8) : cell.padStart(9)).join(""));
  }
}

/** Prints how many times as fast as other libraries some programs are. */
function printOthers(operations, times, names, others) {
  for (const [i, operation] of Object.keys(operations).entries()) {
    for (const other of others) {
      const own = times[i].get(other);
      const factors = names.map((name) => {
        const theirs = times[i].get(name);
        return `${name} ${median(own.map((time, round) => time / theirs[round])).toFixed(1)}`;
      });
      const shortest = microseconds(Math.min(...own));
      console.log(`${operation}: ${other} ${shortest} us; as fast: ${factors.join(", ")} times`);
    }
  }
}

/** Prints what other programs take to list all ids. */
function printListers() {
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

/** Prints what others take for the table of all processes. */
function printTables(folder) {
  const program = build(folder, "libproc2", ["-lproc2"], "ignore");
  const library = program && spawnSync(program, { encoding: "utf8" });
  if (library?.status === 0) {
    console.log(`libproc2, the same table: ${microseconds(Number(library.stdout))} us`);
  } else console.log("libproc2: skipped, as it cannot be built with");

  const psutil = `
import time, psutil
fields = ["pid", "ppid", "name", "uids", "gids", "nice", "terminal", "status", "create_time",
          "cpu_times", "memory_info", "num_threads", "num_ctx_switches"]
times = []
for _ in range(10):
    start = time.perf_counter(); list(psutil.process_iter(fields)); times.append(time.perf_counter() - start)
print(min(times) * 1e6)`;
  const python = spawnSync("python3", ["-c", psutil], { encoding: "utf8" });
  if (python.status === 0) {
    console.log(`psutil, the same table: ${microseconds(Number(python.stdout))} us`);
  } else console.log("psutil: skipped, as python3 has no psutil");
}

/** Runs one bench. */
async function runBench(name, folder) {
  const bench = BENCHES[name];
  const { title, operations, sleepers: counts, target, peers } = bench;
  const { program = name, others = {}, listen, perProcess } = bench;
  const reference = program === name ? build(folder, name) : undefined;
  if (target && reference === null) {
    console.log(`\n${name} is skipped: no C compiler that can build ${name}.c.`);
    return;
  }
  const programs = startPrograms(program, reference);
  if (programs.size === 0) return;
  const rest = startOthers(others, folder);
  const everyone = new Map([...programs, ...rest]);
  const servers = listen ? await Promise.all(Array.from({ length: PORTS }, startServer)) : [];
  for (const count of counts) {
    const helper = target ? target(reference, folder) : await startSleepers(count);
    if (helper === null) {
      console.log(`\nSkipped: the system does not allow ${count} more processes.`);
      continue;
    }
    if (target) await helper.answer();
    const processes = listProcesses().length;
    console.log(`\n${title(processes, count)}`);
    const times = await measure(everyone, bench, helper.pid);
    const names = [...programs.keys()];
    print(operations, times, names);
    printOthers(operations, times, names, [...rest.keys()]);
    if (perProcess) printPerProcess(times[0], processes);
    peers(folder);
    await helper.end();
  }
  for (const server of servers) server.close();
  await Promise.all([...everyone.values()].map((program) => program.end()));
}

/** A server on some port of this machine. */
function startServer() {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Prints what everyone takes for one process. */
function printPerProcess(times, processes) {
  const each = Array.from(
    times,
    ([name, own]) => `${name} ${(Math.min(...own) / processes).toFixed(2)}`,
  );
  console.log(`a process: ${each.join(", ")} us`);
}

/** The command that runs a script, for each runtime that is there, by its name. */
function findAll() {
  const found = Object.entries(RUNTIMES).map(([name, { args }]) => [name, [find(name), ...args]]);
  return new Map(found.filter(([, [path]]) => path !== undefined));
}

/** The benches that have no reference in C. */
const APART = {
  process_methods: (runtimes, folder) => printMethods(runtimes, folder, { build, start, median }),
  event_loop: (runtimes) => printBlocking(runtimes, { startSleepers, listProcesses, median }),
  start: printStart,
  watch: (runtimes, folder) => printWatching(runtimes, folder, { build, start, listProcesses }),
};

async function main(names) {
  if (process.platform !== "linux") {
    console.log("Nothing is measured: the references in C are those of Linux only.");
    return;
  }
  const all = [...Object.keys(BENCHES), ...Object.keys(APART)];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    console.log(`There is no bench "${unknown}": ${all.join(", ")}.`);
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "libproc-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
  for (const name of names.length > 0 ? names : all) {
    if (name in APART) await APART[name](findAll(), folder);
    else await runBench(name, folder);
  }
}

await main(process.argv.slice(2));
