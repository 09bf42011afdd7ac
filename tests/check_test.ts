import { assertEquals, assertMatch } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { commandsOf, countsIn } from "./support/commands.ts";
import { isAlive } from "./support/lines.ts";
import { type PartOptions, runPart } from "./support/part.ts";

let folder: string;
before(() => void (folder = mkdtempSync(`${tmpdir()}/libproc-part-`)));
after(() => rmSync(folder, { recursive: true }));

/** Runs a shell script as a part of the checks. */
function run(script: string, options: Partial<PartOptions> = {}) {
  return runPart(["sh", "-c", script], {
    ...{ cwd: folder, env: process.env, log: `${folder}/log`, limitMs: 600_000, graceMs: 0 },
    ...options,
  });
}

test("runPart() returns the status and all that was written, in its order", async () => {
  const { status, output, left } = await run("pwd; echo two >&2; echo three; exit 3");
  assertMatch(output, /^\/.*libproc-part-.*\ntwo\nthree\n$/);
  assertEquals([status, left], [3, []]);
});

/** A line of a script that waits until its child has executed its program. */
const SLEEPS = "until ps -o comm= -p $! | grep -q sleep; do sleep 0.01; done";

test("runPart() does not wait for a process that has its output, and names and kills those that are left", async () => {
  const { status, output, left } = await run(`sleep 1000 & echo $!; ${SLEEPS}`);
  const pid = Number(output);
  assertEquals([status, left], [0, [`${pid} sleep 1000`]]);
  assertEquals(isAlive(pid), false);
});

/** Ways to leave the session of a part, by what still identifies the process. */
const LEAVES = {
  "its environment": "setsid sleep 1000 </dev/null >/dev/null 2>&1",
  "its output": "env -i setsid sleep 1000",
};

for (const [what, leave] of Object.entries(LEAVES)) {
  test(`runPart() finds a process of another session by ${what}`, {
    skip: process.platform === "linux" ? false : "needs Linux",
  }, async () => {
    const { output, left } = await run(`${leave} & echo $!; ${SLEEPS}`);
    const pid = Number(output);
    assertEquals(left, [`${pid} sleep 1000`]);
    assertEquals(isAlive(pid), false);
  });
}

test("runPart() gives what is left time to end", async () => {
  const { left } = await run("sleep 0.2 &", { graceMs: 600_000 });
  assertEquals(left, []);
});

test("runPart() ends a part that does not end", async () => {
  const { status, output, left } = await run("echo begun; exec sleep 1000", { limitMs: 300 });
  assertMatch(output, /^(?:begun\n)?\nIt was ended after 0.3 s.\n$/);
  assertEquals([status, left], [undefined, []]);
});

test("runPart() reports that a program cannot be started", async () => {
  const { status, output } = await runPart([`${folder}/none`], {
    ...{ cwd: folder, env: process.env, log: `${folder}/log`, limitMs: 600_000, graceMs: 0 },
  });
  assertEquals(status, undefined);
  assertMatch(output, /ENOENT/);
});

/** The summary that each test runner prints at its end. */
const SUMMARIES = {
  Bun: " 12 pass\n 1 skip\n 3 fail\nRan 16 tests across 2 files. [18.00ms]\n",
  Deno: "FAILED | 12 passed (2 steps) | 3 failed | 1 ignored (2s)\n",
  Node: "ℹ tests 16\nℹ pass 12\nℹ fail 3\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n",
};

for (const [runtime, summary] of Object.entries(SUMMARIES)) {
  test(`countsIn() finds the last summary of ${runtime}`, () => {
    const output = `✔ prints "99 pass" and "7 failed"\n${summary}`;
    assertEquals(countsIn(output), { passed: 12, failed: 3, skipped: 1 });
  });
}

test("countsIn() counts nothing where a runner has ended without a summary", () => {
  assertEquals(countsIn("Segmentation fault\n"), { passed: 0, failed: 0, skipped: 0 });
});

test("commandsOf() deals out each file once", () => {
  const files = Array.from({ length: 20 }, (_, at) => `tests/${at}_test.ts`);
  const parts = commandsOf({ files, joined: false, room: "none" });
  assertEquals(parts.map((part) => part.length), [7, 7, 6]);
  assertEquals(parts.flat().sort(), files.sort());
});
