/**
 * Finds, builds and starts the programs that are measured.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Returns the path of a file in this folder. */
export const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Returns true if a command succeeds. */
export const works = (command, ...args) =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** Lists the pids of all processes, as text. */
export const listProcesses = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

/** Starts a process that replies to each line with a line, and ends when its input is closed. */
export function start([command, ...args], options = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  child.stdin.on("error", () => {}); // the missing reply shows it
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise((resolve) => child.on("close", resolve));
  // The events differ: children of the process may keep its output open.
  const ended = new Promise((resolve) => {
    for (const event of ["exit", "error"]) child.on(event, () => resolve({ done: true }));
  });
  async function answer() {
    const { value, done } = await Promise.race([lines.next(), ended]);
    if (done) throw new Error(`"${[command, ...args].join(" ")}" ended without an answer`);
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
 * Starts a process with `count` idle children. They wait until their input is closed, so that they
 * also end if a signal ends this program.
 *
 * @returns The process; null if the system does not allow more processes.
 */
export async function startSleepers(count, options = {}) {
  const script = `exec 3<&0; n=0
    while [ $n -lt ${count} ]; do read -r _ <&3 & n=$((n + 1)); done
    echo ready; read -r _; wait`;
  // It leads a process group.
  const sleepers = start(["sh", "-c", script], { detached: true, ...options });
  try {
    await sleepers.answer();
  } catch {
    await sleepers.end();
    return null;
  }
  await sleep(500);
  return sleepers;
}

const CLOCK_TICKS = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout) || 100;

/** Returns the CPU time of a process's threads and reaped children, in microseconds. */
export function processorTime(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(13, 15).map(Number);
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1"), 10);
    } catch {
      // The thread has ended.
    }
  }
  return nanoseconds / 1000 + (ticks[0] + ticks[1]) * 1e6 / CLOCK_TICKS;
}

/** Builds a C program in `folder`; returns the command that runs it, or null on failure. */
export function build(folder, name, libraries = [], stdio = "inherit") {
  const compiler = ["cc", "gcc", "clang"].find((name) => works(name, "--version"));
  if (compiler === undefined) return null;
  const program = join(folder, name);
  const args = ["-O2", "-o", program, here(`${name}.c`), ...libraries];
  return spawnSync(compiler, args, { stdio }).status === 0 ? [program] : null;
}

/**
 * Builds the reference that reads with BPF: a program for the kernel, compiled with the kernel's
 * own types, and one that loads it. Returns the command that runs it, or null on failure.
 */
export function buildBpf(folder) {
  const types = spawnSync(
    "bpftool",
    ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"],
    { maxBuffer: 2 ** 28 },
  );
  if (types.status !== 0) return null;
  writeFileSync(join(folder, "vmlinux.h"), types.stdout);
  const object = join(folder, "process_table_bpf.o");
  const args = ["-O2", "-g", "-target", "bpf", "-I", folder, "-I", here("."), "-c"];
  const source = here("process_table_bpf.bpf.c");
  if (!works("clang", ...args, source, "-o", object)) return null;
  const program = build(folder, "process_table_bpf", ["-lbpf"], "ignore");
  return program && [...program, object];
}

/** The runtimes: arguments that succeed if it can call C, and arguments before a script. */
const RUNTIMES = {
  Bun: { probe: ["--version"], args: [] },
  Deno: { probe: ["--version"], args: ["run", "--no-prompt", "--allow-ffi"] },
  Node: {
    probe: ["-e", "process.exit(process.getBuiltinModule?.('node:ffi') ? 0 : 1)"],
    args: ["--disable-warning=ExperimentalWarning"],
  },
};

/** Finds a runtime in this project's packages or on the PATH. */
function find(name) {
  const installed = here(`../node_modules/.bin/${name.toLowerCase()}`);
  return [installed, name.toLowerCase()].find((path) => works(path, ...RUNTIMES[name].probe));
}

/** Returns the command that runs a script, for each installed runtime, by its name. */
export function findRuntimes() {
  const found = new Map();
  for (const [name, { args }] of Object.entries(RUNTIMES)) {
    const path = find(name);
    if (path) found.set(name, [path, ...args]);
    else console.log(`${name} is skipped: it is neither installed here nor on the PATH.`);
  }
  return found;
}

/** Returns the command for psutil, with the first Python that has it; null if none has it. */
function psutil(...args) {
  const python = ["python3", "/usr/bin/python3"].find((path) => works(path, "-c", "import psutil"));
  // Without -B, Python would write compiled modules next to the sources.
  return python ? [python, "-B", here("psutil_processes.py"), ...args] : null;
}

/** Returns the command for an npm package; null if it is not installed. */
function npm(name) {
  if (!existsSync(here(`../node_modules/${name}`))) return null;
  return [process.execPath, here("npm.mjs")];
}

/** Returns the command for a program that is started each time; null if it is not installed. */
const command = (name, ...args) =>
  works(name, ...args) ? [process.execPath, here("commands.mjs")] : null;

/** Other programs by name: each function returns the command to run it, or null without it. */
export const PEERS = {
  libproc2: (folder) => build(folder, "libproc2_processes", ["-lproc2"], "ignore"),
  psutil: () => psutil(),
  "psutil, user ids": () => psutil("ids"),
  "ps-list": () => npm("ps-list"),
  "pid-port": () => npm("pid-port"),
  pidtree: () => npm("pidtree"),
  pidusage: () => npm("pidusage"),
  "ss -ltnp": () => command("ss", "--version"),
  "lsof -n": () => command("lsof", "-v"),
};

/** Returns options to start programs without privilege; null if this user is unprivileged. */
export function withoutPrivilege(folder) {
  if (process.geteuid() !== 0) return null;
  const [uid, gid] = [65534, 65534];
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true, mode: 0o777 });
  spawnSync("chown", [`${uid}:${gid}`, home]);
  spawnSync("chmod", ["755", folder]);
  return { uid, gid, env: { ...process.env, HOME: home, DENO_DIR: join(home, "deno") } };
}

/** Returns a command that raises the limit of open files, if possible, and runs another command. */
export const withFiles = (command, count) => [
  ...["sh", "-c", `ulimit -n ${count} 2>/dev/null; exec "$0" "$@"`],
  ...command,
];
