/**
 * Prints the times of this library on Linux under Bun, Deno and Node, compared with C programs that
 * make the same system calls, and with other libraries and commands that do the same.
 *
 *     npm run bench -- [--rounds N] [--milliseconds N] [--processes N,N...] [--other FOLDER] [NAME...]
 *
 * Runs the named benchmarks, such as `sampler`, or all. `docs/benchmarks.md` describes them and
 * their output.
 *
 * Each program runs as one process that stays warm. All programs reply to each request in turn, so
 * that noise of the machine affects all of them equally. Before they are timed, all programs must
 * return the same result. A time is the shortest run of all rounds. A ratio is the median, over the
 * rounds, of the ratio of the shortest runs of a round. It varies less than the ratio of the
 * printed times.
 *
 * Needs Node and Linux. Skips anything else that is missing, with a message: a C compiler, Bun,
 * Deno, a Node that can call C, privilege, or the programs to compare with.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { printBudgets } from "./budgets.ts";
import { printBlocking } from "./event_loop.mjs";
import { printGrowth } from "./growth.mjs";
import { printMethods } from "./process_methods.mjs";
import {
  build,
  buildBpf,
  findRuntimes,
  here,
  listProcesses,
  PEERS,
  start,
  startSleepers,
  withoutPrivilege,
  works,
} from "./programs.mjs";
import { measure, printTimes } from "./rounds.mjs";
import { printStart } from "./start.mjs";
import { printTop } from "./top.mjs";
import { printWatching } from "./watch.mjs";

/** The numbers of processes for benchmarks that read all processes. */
const PROCESSES = [100, 3000];
const ROUNDS = 25;
const MILLISECONDS = 100;

/** The number of regions that the process of regions.c maps. */
const REGIONS = 2000;

/** The numbers of TCP sockets and of other descriptors in the process of descriptors.c. */
const SOCKETS = 5000;
const OTHERS = 5000;

/** The number of ports on which this program listens, for benchmarks that find listening ports. */
const PORTS = 20;

/** The numbers of threads of the process of process_methods.c. */
const THREADS = [1, 300];

const pid = process.pid;

/**
 * The benchmarks by name:
 *
 * - `title`: returns the title, for the number of all processes and of those that were started.
 * - `program`: the name of the program in TypeScript. Default: that of the benchmark.
 * - `operations`: return the request for each operation, for the pid of the queried process.
 * - `reference`: builds the reference in C. Default: the C program with the name of `program`;
 *   friendly.ts has none.
 * - `peers`: the names of other programs that do the same.
 * - `processes`: the numbers of processes. Default: `PROCESSES`.
 * - `targets`: returns the programs to query in turn. By default, the queried process is
 *   the parent of the idle processes.
 * - `libraries`: the linker flags for the programs in `targets`.
 * - `listen`: true to listen on ports while the benchmark runs.
 * - `rows`: true if the result consists of rows. Rows of new or ended processes are not compared.
 * - `perProcess`: true to print the time per process.
 * - `unprivileged`: true to run all programs as another user than root.
 * - `rounds`: the maximum number of rounds, for slow benchmarks.
 * - `after`: prints additional results.
 */
const BENCHES = {
  process_table: {
    title: (processes) => `processTable() of ${processes} processes: its default fields`,
    operations: { table: (helper) => `table ${helper}` },
    peers: ["libproc2", "psutil", "psutil, user ids"],
    rows: true,
    perProcess: true,
  },
  sampler: {
    title: (processes) =>
      `sample() of ${processes} processes: the default fields of processTable()`,
    program: "process_table",
    operations: { sampler: (helper) => `sampler ${helper}` },
    peers: ["libproc2", "psutil", "psutil, user ids"],
    rows: true,
    perProcess: true,
  },
  bpf_table: {
    title: (processes) => `processTable() by BPF of ${processes} processes: its default fields`,
    program: "process_table",
    reference: buildBpf,
    operations: { bpf: (helper) => `bpf ${helper}` },
    rows: true,
    perProcess: true,
  },
  processes: {
    title: (processes) => `processes() of ${processes} processes: its default fields`,
    program: "friendly",
    operations: { processes: (helper) => `processes ${helper}` },
    peers: ["libproc2", "psutil", "psutil, user ids"],
    rows: true,
    perProcess: true,
  },
  ps_list: {
    title: (processes) => `processes() of ${processes} processes: what ps-list reports`,
    program: "friendly",
    operations: { ps_list: (helper) => `ps_list ${helper}` },
    peers: ["libproc2", "psutil", "ps-list"],
    rows: true,
    perProcess: true,
  },
  children: {
    title: (processes, count) => `the ${count} children of one process among ${processes}`,
    program: "friendly",
    operations: {
      children: (helper) => `children ${helper}`,
      children_again: (helper) => `children_again ${helper}`,
      tree: (helper) => `tree ${helper}`,
    },
    peers: ["psutil", "pidtree"],
    processes: [100, 4000],
    rows: true,
  },
  one_process: {
    title: (_, threads) =>
      `read("residentBytes", "cpuTimeNs") of one process of ${threads} threads`,
    operations: { one_process: (helper) => `one_process ${helper}` },
    targets: () =>
      THREADS.map((count) => ({ count, source: "process_methods", words: [`${count}`] })),
    libraries: ["-lpthread"],
    peers: ["psutil", "pidusage"],
    rows: true,
  },
  listening_ports: {
    title: (processes) => `listeningPorts() among ${processes} processes`,
    program: "friendly",
    operations: { ports: () => `ports ${pid}` },
    peers: ["pid-port", "ss -ltnp"],
    listen: true,
    rows: true,
  },
  bpf_ports: {
    title: (processes) => `listeningPorts() by BPF among ${processes} processes`,
    program: "friendly",
    operations: { bpf_ports: () => `bpf_ports ${pid}` },
    peers: ["ss -ltnp"],
    listen: true,
    rows: true,
  },
  all_descriptors: {
    title: (processes) => `descriptors() of ${processes} processes`,
    program: "friendly",
    operations: { descriptors: (helper) => `descriptors ${helper}` },
    peers: ["lsof -n"],
    rows: true,
    rounds: 9,
  },
  user_descriptors: {
    title: (processes, count) =>
      `descriptors() of ${processes} processes without privilege, which ${count} of them allow`,
    program: "friendly",
    operations: { descriptors: (helper) => `descriptors ${helper}` },
    peers: ["lsof -n"],
    unprivileged: true,
    rows: true,
    rounds: 9,
  },
  bpf_descriptors: {
    title: (processes) => `descriptors() by BPF of ${processes} processes`,
    program: "friendly",
    operations: { bpf_descriptors: (helper) => `bpf_descriptors ${helper}` },
    peers: ["lsof -n"],
    rows: true,
    rounds: 9,
  },
  list_pids: {
    title: (processes, count) =>
      `listPids() among ${processes} processes, ${count} of them the children that ppid and pgrp list`,
    // The types of PROC_INFO_CALL_LISTPIDS, and their arguments.
    operations: {
      all: () => "1 0",
      uid: () => `4 ${process.geteuid()}`,
      ruid: () => `5 ${process.getuid()}`,
      ppid: (helper) => `6 ${helper}`,
      pgrp: (helper) => `2 ${helper}`,
    },
    after: printListers,
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
    after: printTables,
  },
  regions: {
    title: () => `PROC_PIDREGIONPATHINFO for each of the regions of a process with ${REGIONS} more`,
    operations: { walk: (helper) => `${helper}` },
    // The reference is also the program of the queried process.
    targets: (folder) => [
      { count: REGIONS, source: "regions", words: ["target", `${REGIONS}`, folder] },
    ],
  },
  descriptors: {
    title: (_, count) =>
      `PROC_PIDLISTFDS for the ${count} descriptors of a process, and PROC_PIDFDSOCKETINFO for each of ` +
      `the ${SOCKETS} that are TCP sockets`,
    operations: {
      fds: (helper) => `fds ${helper}`,
      sockets: (helper) => `sockets ${helper}`,
    },
    targets: (folder) => [{
      count: SOCKETS + OTHERS,
      source: "descriptors",
      words: ["target", `${SOCKETS}`, `${OTHERS}`, folder],
    }],
  },
};

/** Formats a time. */
const microseconds = (time) => time.toFixed(time < 100 ? 1 : 0);

/** Prints the times of other programs to list all pids. */
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

/** Prints the times of other programs for the table of all processes. */
function printTables(folder) {
  const program = build(folder, "libproc2", ["-lproc2"], "ignore");
  const library = program && spawnSync(program[0], { encoding: "utf8" });
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

/** Starts a server on a free port. */
function startServer() {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Starts the queried processes of a benchmark in turn, each with the number of its objects. */
async function* surroundings(bench, folder, options) {
  if (bench.targets !== undefined) {
    for (const { count, source, words } of bench.targets(folder)) {
      const program = build(folder, source, bench.libraries);
      if (program === null) {
        console.log(`Skipped: no C compiler that can build ${source}.c.`);
        continue;
      }
      const target = start([...program, ...words]);
      await target.answer();
      yield { target, count };
    }
    return;
  }
  for (const processes of options.processes ?? bench.processes ?? PROCESSES) {
    const count = Math.max(processes - listProcesses().length, 20);
    const target = await startSleepers(count, options.user);
    if (target !== null) yield { target, count };
    else console.log(`\nSkipped: the system does not allow ${count} more processes.`);
  }
}

/** Returns the commands of the programs that a benchmark compares, by their names. */
function commandsOf(name, runtimes, folder) {
  const { program = name, reference, peers = [] } = BENCHES[name];
  const commands = new Map();
  const buildReference = reference ??
    (program === "friendly" ? undefined : (folder) => build(folder, program));
  const command = buildReference?.(folder);
  if (command) commands.set("C", command);
  else if (buildReference) console.log("C is skipped: it cannot be built here.");
  for (const [runtime, words] of runtimes) commands.set(runtime, [...words, here(`${program}.ts`)]);
  for (const peer of peers) {
    const found = PEERS[peer](folder);
    if (found) commands.set(peer, found);
    else console.log(`${peer} is skipped: it is not installed here, or cannot be built with.`);
  }
  return commands;
}

/** Runs one benchmark. */
async function runBench(name, runtimes, folder, options) {
  const bench = BENCHES[name];
  console.log(`\n${name}`);
  const user = bench.unprivileged ? withoutPrivilege(folder) ?? {} : {};
  const servers = bench.listen ? await Promise.all(Array.from({ length: PORTS }, startServer)) : [];
  const commands = commandsOf(name, runtimes, folder);
  for await (const { target, count } of surroundings(bench, folder, { ...options, user })) {
    const programs = new Map(
      Array.from(commands, ([name, command]) => [name, start(command, user)]),
    );
    const all = [...programs.values()];
    const processes = listProcesses().length;
    console.log(`\n${bench.title(processes, count)}`);
    const rounds = Math.min(bench.rounds ?? Infinity, options.rounds);
    const times = await measure(programs, bench, target.pid, { ...options, rounds });
    printTimes(bench, times, bench.peers ?? [], bench.perProcess ? processes : undefined);
    bench.after?.(folder);
    await Promise.all(all.map((program) => program.end()));
    await target.end();
  }
  for (const server of servers) server.close();
}

/** The benchmarks with their own ways to measure. */
const APART = {
  growth: printGrowth,
  process_methods: printMethods,
  event_loop: printBlocking,
  budgets: printBudgets,
  start: printStart,
  top: printTop,
  watch: printWatching,
};

/** Parses the arguments; throws an error with a message for the user. */
function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: `${ROUNDS}` },
      milliseconds: { type: "string", default: `${MILLISECONDS}` },
      processes: { type: "string" },
      other: { type: "string" },
    },
  });
  const all = [...Object.keys(BENCHES), ...Object.keys(APART)];
  const unknown = positionals.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`There is no bench "${unknown}": ${all.join(", ")}.`);
  const processes = values.processes?.split(",").map(Number);
  const numbers = {
    rounds: Number(values.rounds),
    milliseconds: Number(values.milliseconds),
    ...(processes && { processes }),
  };
  for (const [name, number] of Object.entries(numbers)) {
    if ([number].flat().every((each) => Number.isInteger(each) && each > 0)) continue;
    throw new Error(`--${name} must be a positive integer: it is "${values[name]}".`);
  }
  const options = { ...numbers, ...(values.other !== undefined && { other: values.other }) };
  return { names: positionals.length > 0 ? positionals : all, options };
}

async function main() {
  if (process.platform !== "linux") {
    console.log("Nothing is measured: the references in C are those of Linux only.");
    return;
  }
  const { names, options } = readArguments();
  const folder = mkdtempSync(join(tmpdir(), "libproc-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
  const runtimes = findRuntimes();
  for (const name of names) {
    if (name in APART) await APART[name](runtimes, folder, options);
    else await runBench(name, runtimes, folder, options);
  }
}

try {
  await main();
} catch (error) {
  // A stack trace does not help the user who wrote the arguments.
  console.error(error instanceof Error ? error.message : error);
  process.exit(2); // the started processes end when their input is closed
}
