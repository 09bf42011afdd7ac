import { assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { openSystem } from "../mod.ts";
import { executable, ROOT } from "./support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** Runs a command in a pid namespace without other processes, where that is permitted. */
const APART = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;
const isApart = spawnSync(APART[0], [...APART.slice(1), "true"]).status === 0;

/** Returns the reason why BPF is unavailable, or false if it is available. */
function withoutBpf(): string | false {
  try {
    openSystem({ bpf: true })[Symbol.dispose]();
    return false;
  } catch (error) {
    return `${error}`;
  }
}

/** One bench of each program that is measured. The other benches make other requests to them. */
const NAMES = [
  ...[["process_table", "ps_list"], ["one_process", "list_pids"], ["pid_info", "regions"]],
  ...[["bpf_table"], ["bpf_descriptors"]],
];

/** Runs benches as briefly as possible. */
function run(...names: string[]) {
  const options = ["--rounds", "1", "--milliseconds", "1", "--processes", "40"];
  const words = [...isApart ? APART : [], executable("node"), "bench/run.mjs", ...options];
  return spawnSync(words[0]!, [...words.slice(1), ...names], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
}

const whyNoBpf = skip || withoutBpf();
for (const names of NAMES) {
  const why = names[0]!.startsWith("bpf_") ? whyNoBpf : skip;
  test(`the programs of the benches ${names.join(", ")} find the same`, { skip: why }, () => {
    const { status, stdout, stderr } = run(...names);
    assertEquals([status, stderr], [0, ""]);
    const [, ...sections] = stdout.split(new RegExp(`^(?=(?:${names.join("|")})$)`, "m"));
    assertEquals(sections.map((section) => section.split("\n", 1)[0]), [...names]);
    for (const section of sections) {
      for (const runtime of ["Bun", "Deno", "Node"]) {
        assertMatch(section, new RegExp(`^${runtime} +\\d+(?:\\.\\d+)? `, "m"));
      }
    }
  });
}

test("a bench without a name, and options that are not numbers, are named", { skip }, () => {
  assertMatch(run("nothing").stderr, /^There is no bench "nothing": process_table, /);
  assertMatch(run("--rounds=0").stderr, /^--rounds must be a positive integer: it is "0"/);
});
