import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { command, executable, type Outcome, ROOT, runScript, runtime } from "./support/runtime.ts";

const require = createRequire(import.meta.url);
const parsePrometheus = require("parse-prometheus-text-format") as (text: string) => Metric[];
const skip = process.platform === "linux" ? false : "needs Linux";

/** The output of an example without input, for these arguments. */
const PRINTED: Readonly<Record<string, readonly [printed: RegExp, ...args: string[]]>> = {
  "cpu_sparkline.ts": [
    /^[▁▂▃▄▅▆▇█]{3} (?:bun|deno|node|MainThread)[^\n]*\n$/,
    `${process.pid}`,
    "3",
  ],
  "footprint_plot.ts": [
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*at most [1-9][\d.]* MiB[^]*points="(\d+\.\d,\d+\.\d ?){3,}"[^]*<\/svg>\n$/,
  ],
  "kill_tree_safely.ts": [/^sh SIGTERM\n(?:[^\n]*\n)*sh SIGKILL\n/],
  "mini_htop.ts": [/^(?: *\d+ \S+ +[\d.?]+ +[\d?]+ ("[^\n]*"|undefined)\n)+$/, "1"],
  "mini_lsof.ts": [/^COMMAND PID FD TYPE NAME\n(?:[^\n]+ \d+ \d+[rwu]? \w+ "[^\n]*"\n)+$/],
  "process_group.ts": [/^\d+ \d+ \d+ "[^\n]+"\n/],
  "raw_call.ts": [/^64 bytes: \d+ \d+ "(bun[^"]*|deno|node[^"]*|MainThread)"\n$/],
  "record.ts": [/^(\{"callnum":[^\n]+\}\n)+$/],
  "shell_cwd.ts": [/^[^]*\d+ terminals\n$/],
  "who_launched_me.ts": [
    /^\d+ \S+ \d{4}-\S+Z "[^\n]*who_launched_me\.ts"\n(?:\d+ \S+ \S+ "[^\n]*"\n)+$/,
  ],
  "zombies.ts": [/\d+ zombies\n$/],
};

/** Examples with tests of their own below. */
const OTHERS = [
  "free_port.ts",
  "leak_check_test.ts",
  "memory_watchdog.ts",
  "prometheus_endpoint.ts",
  "replay.ts",
  "supervise.ts",
  "watch_build.ts",
];

/** The examples that show how short a program can be. Their number of lines is limited. */
const SHORT = [
  "cpu_sparkline.ts",
  "free_port.ts",
  "leak_check_test.ts",
  "memory_watchdog.ts",
  "mini_htop.ts",
  "prometheus_endpoint.ts",
  "supervise.ts",
  "who_launched_me.ts",
];
const MOST_LINES = 15;

function example(name: string, ...args: string[]): Outcome {
  return runScript(`examples/${name}`, { args });
}

/** Starts an example that runs until it is ended. */
function start(name: string, ...args: string[]): ChildProcess {
  const [file, ...words] = command(`examples/${name}`, { args });
  return spawn(file, words, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
}

/** Returns an object that kills a child when it is disposed of. */
function killed(child: ChildProcess): Disposable {
  return { [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

/** Returns a port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const NAMES = readdirSync(`${ROOT}examples`).filter((name) => name.endsWith(".ts")).sort();
const EXAMPLES = new Map(
  NAMES.map((name) => [name, readFileSync(`${ROOT}examples/${name}`, "utf8")]),
);

/** Returns the lines that are neither empty nor comments nor imports. */
function ownLines(source: string): string[] {
  return source.replaceAll(/\/\*[^]*?\*\/|^import [^;]*;/gm, "").split("\n")
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("//"));
}

test("every example is run", () => {
  assertEquals(NAMES, [...Object.keys(PRINTED), ...OTHERS].sort());
});

test(`the short examples have at most ${MOST_LINES} lines of their own`, () => {
  const long = SHORT.map((name) => [name, ownLines(EXAMPLES.get(name)!).length] as const)
    .filter(([, lines]) => lines > MOST_LINES);
  assertEquals(long, []);
});

test("no example needs a cast, an assertion that something is there, or any", () => {
  const forced = [...EXAMPLES].flatMap(([name, source]) =>
    ownLines(source).filter((line) => /\bas (?!const\b)|\w!(?!=)|[\])]!|\bany\b/.test(line))
      .map((line) => `${name}: ${line.trim()}`)
  );
  assertEquals(forced, []);
});

for (const [name, [printed, ...args]] of Object.entries(PRINTED)) {
  test(`examples/${name} runs as it stands`, { skip }, () => {
    const { status, stdout, stderr } = example(name, ...args);
    assertEquals([status, stderr], [0, ""], stdout);
    assertMatch(stdout, printed);
  });
}

test("examples/free_port.ts ends whatever has a port, with its children", { skip }, async () => {
  const port = await freePort();
  const script = `const { createServer } = require("node:net");
    require("node:child_process").spawn("sleep", ["600"]);
    createServer().listen(${port}, "127.0.0.1", () => console.log("ready"));`;
  const server = spawn(executable("node"), ["--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(server, "exit");
  using _ = killed(server);
  await once(server.stdout, "data");
  const { status, stdout } = example("free_port.ts", `${port}`);
  assertEquals(status, 0, stdout);
  assertMatch(stdout, /^[^\n]+ \(\d+\) has ended: SIGTERM\nsleep \(\d+\) has ended: SIGTERM\n$/);
  assertEquals((await ended)[1], "SIGTERM");
  assertEquals(example("free_port.ts", `${port}`).stdout, "");
});

test("examples/memory_watchdog.ts ends a tree that takes too much", { skip }, async () => {
  const child = spawn("sh", ["-c", "sleep 600 & wait"], { stdio: "ignore" });
  const ended = once(child, "exit");
  using _ = killed(child);
  const { status, stdout } = example("memory_watchdog.ts", `${child.pid}`, "0");
  assertEquals(status, 0, stdout);
  assertMatch(stdout, /^[12] processes use [\d.]+ MiB\n[^]*[12] processes have ended\n$/);
  assertEquals((await ended)[1], "SIGTERM");
});

test("examples/prometheus_endpoint.ts serves what Prometheus can read", { skip }, async () => {
  const port = await freePort();
  const server = start("prometheus_endpoint.ts", `${port}`);
  try {
    const text = await fetched(`http://127.0.0.1:${port}/metrics`);
    const metrics = parsePrometheus(text);
    assertEquals(metrics.map(({ name, type }) => [name, type]), [
      ["process_cpu_seconds_total", "COUNTER"],
      ["process_resident_memory_bytes", "GAUGE"],
    ]);
    for (const { metrics: samples } of metrics) {
      const own = samples.find(({ labels }) => labels["pid"] === `${process.pid}`);
      assert(Number(own?.value) > 0, JSON.stringify(own));
    }
  } finally {
    server.kill();
    await once(server, "exit");
  }
});

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly metrics: readonly {
    readonly value: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

/** Returns the response of a server as soon as it listens. */
async function fetched(url: string): Promise<string> {
  for (let tries = 0;; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test("examples/supervise.ts starts a command after a process of somebody else", {
  skip,
}, () => {
  const child = spawn("sleep", ["1"], { stdio: "ignore" });
  const { status, stdout } = example(
    "supervise.ts",
    `${child.pid}`,
    "sh",
    "-c",
    "echo started; exit 3",
  );
  assertEquals(status, 0, stdout);
  const ended = String.raw`sh has ended: (?:3|how is unknown)\n`;
  assertMatch(
    stdout,
    new RegExp(`^sleep has ended: (?:0\n$|how is unknown\n(?:started\n${ended}){3}$)`),
  );
});

test("examples/watch_build.ts prints what a build starts, until it has ended", {
  skip,
}, async () => {
  const folder = mkdtempSync(`${tmpdir()}/libproc-example-`);
  const waiting = "until [ -e $0 ]; do sleep 0.1; done; exit 3";
  const script = `sh -c '${waiting}' ${folder}/go; sleep 0.1`;
  const watching = start("watch_build.ts", "sh", "-c", script);
  const closed = once(watching, "close");
  try {
    let printed = "";
    watching.stdout!.on("data", (text) => {
      printed += text;
      // The first event is the start of the build, whose program may not run yet. The second is the
      // start of the child for which it waits.
      if (/^start \d+ [^]*\nstart \d+ sh \n/.test(printed)) writeFileSync(`${folder}/go`, "");
    });
    assertEquals((await closed)[0], 0);
    assertMatch(printed, /^start \d+ [^]*exit \d+ sh 3\n[^]*\d+ processes were seen\n$/);
  } finally {
    watching.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test("examples/leak_check_test.ts passes under the runtime's own runner", { skip }, () => {
  const [file] = command("-");
  const words = {
    bun: ["test", "./examples/leak_check_test.ts"],
    deno: ["test", "--allow-all", "--no-check", "examples/leak_check_test.ts"],
    node: ["--test", "examples/leak_check_test.ts"],
  };
  // Without this variable, a runner that is started by another one runs as part of it.
  const env = { ...process.env, NODE_TEST_CONTEXT: "" };
  const { status, stdout, stderr } = spawnSync(file, words[runtime], { cwd: ROOT, env });
  assertEquals(status, 0, `${stdout}${stderr}`);
});

test("examples/replay.ts reports what examples/record.ts recorded", { skip }, async () => {
  const recorded = example("record.ts", "1");
  assertEquals(recorded.status, 0, recorded.stderr);
  const [file, ...words] = command("examples/replay.ts", { args: ["1"] });
  const replay = spawn(file, words, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  replay.stdout.on("data", (chunk) => printed += chunk);
  replay.stdin.end(recorded.stdout);
  await once(replay, "close");
  const { pid, name, userId, groupId, startedAt, missing } = JSON.parse(printed);
  assertEquals([pid, typeof name, userId, groupId, missing], [1, "string", 0, 0, {}]);
  assertMatch(String(startedAt), /^1\d{12}/);
});

test("examples/kill_tree_safely.ts ends a process by its id", { skip }, async () => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  const ended = once(child, "exit");
  using _ = killed(child);
  const { status, stdout } = example("kill_tree_safely.ts", `${child.pid}`);
  assertEquals([status, stdout], [0, "sleep SIGTERM\n"]);
  assertEquals((await ended)[1], "SIGTERM");
});
