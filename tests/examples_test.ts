import { assertEquals, assertMatch } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { command, type Outcome, ROOT, runScript, runtime } from "./support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** What an example prints when it gets no words, and no input. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  "busiest.ts": /^( +[\d.]+ % \d+ "[^\n]*"\n)+of \d+ processes\n$/,
  "footprint_plot.ts":
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*at most [1-9][\d.]* MiB[^]*points="(\d+\.\d,\d+\.\d ?){3,}"[^]*<\/svg>\n$/,
  "kill_tree_safely.ts": /^sh SIGTERM\n(?:[^\n]*\n)*sh SIGKILL\n/,
  "mini_lsof.ts": /^COMMAND PID FD TYPE NAME\n(?:[^\n]+ \d+ \d+[rwu] \w+ "[^\n]*"\n)+$/,
  "process_group.ts": /^\d+ \d+ \d+ "[^\n]+"\n/,
  "prometheus_endpoint.ts": /^http:\/\/127\.0\.0\.1:\d+\/metrics\n[1-9]\d+ samples\n$/,
  "raw_call.ts": /^64 bytes: \d+ \d+ "(bun|deno|node[^"]*)"\n$/,
  "record.ts": /^(\{"callnum":[^\n]+\}\n)+$/,
  "shell_cwd.ts": /^[^]*\d+ terminals\n$/,
  "wait_for_foreign.ts": /^waiting for sh\nit has ended: (7|how is not known)\n$/,
  "watch_build.ts": /^start \d+ sh[^]*exit \d+ sh 3\n[^]*\d+ processes were seen\n$/,
  "who_holds_port.ts": /^\d+ [^\n]*who_holds_port\.ts: fd \d+, 127\.0\.0\.1:\d+ listen\n$/,
  "zombies.ts": /\d+ zombies\n$/,
};

/** Those that are run in another way below. */
const OTHERS = ["leak_check_test.ts", "replay.ts"];

function example(name: string, ...args: string[]): Outcome {
  return runScript(`examples/${name}`, { args });
}

test("every example is run", () => {
  const names = readdirSync(`${ROOT}examples`).filter((name) => name.endsWith(".ts"));
  assertEquals(names.sort(), [...Object.keys(PRINTED), ...OTHERS].sort());
});

for (const [name, printed] of Object.entries(PRINTED)) {
  test(`examples/${name} runs as it stands`, { skip }, () => {
    const { status, stdout, stderr } = example(name);
    assertEquals([status, stderr], [0, ""], stdout);
    assertMatch(stdout, printed);
  });
}

test("examples/leak_check_test.ts passes under the runtime's own runner", { skip }, () => {
  const [file] = command("-");
  const words = {
    bun: ["test", "./examples/leak_check_test.ts"],
    deno: ["test", "--allow-all", "--no-check", "examples/leak_check_test.ts"],
    node: ["--test", "examples/leak_check_test.ts"],
  };
  // A runner that is started by another must not take itself for a part of it.
  const env = { ...process.env, NODE_TEST_CONTEXT: "" };
  const { status, stdout, stderr } = spawnSync(file, words[runtime], { cwd: ROOT, env });
  assertEquals(status, 0, `${stdout}${stderr}`);
});

test("examples/replay.ts tells what examples/record.ts recorded", { skip }, async () => {
  const recorded = example("record.ts", "1");
  assertEquals(recorded.status, 0, recorded.stderr);
  const [file, ...words] = command("examples/replay.ts", { args: ["1"] });
  const replay = spawn(file, words, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  replay.stdout.on("data", (chunk) => printed += chunk);
  replay.stdin.end(recorded.stdout);
  await once(replay, "close");
  const { pid, names, user, start } = JSON.parse(printed);
  assertEquals([pid, typeof names.name, user], [1, "string", { userId: 0, groupId: 0 }]);
  assertMatch(String(start.startedAt), /^1\d{12}/);
});

test("examples/kill_tree_safely.ts ends a process by its id", { skip }, async () => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  const ended = once(child, "exit");
  const { status, stdout } = example("kill_tree_safely.ts", `${child.pid}`);
  assertEquals([status, stdout], [0, "sleep SIGTERM\n"]);
  assertEquals((await ended)[1], "SIGTERM");
});
