import { assert, assertEquals, assertGreater } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { type Counters, WAYS } from "../support/counters.ts";
import { compileProgram } from "../support/compile.ts";
import { startSpeaker, until } from "../support/lines.ts";
import { command, ROOT } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const NAMES = Object.keys(WAYS);
const TICK = 10_000_000;

/** The number of reads of a process. The environment can set another number. */
const READINGS = Number(process.env.LIBPROC_READINGS ?? 600);

/** Records the last values of counters, and each decrease. */
class Watch {
  readonly falls: Record<string, string> = {};
  readonly first = new Map<string, number>();
  readonly last = new Map<string, number>();
  #before = "";

  look(who: string, counters: Counters): void {
    for (const [name, value] of Object.entries(counters)) {
      assert(Number.isFinite(value), `${name} is ${value}, as ${who} reads it`);
      const last = this.last.get(name) ?? -1;
      if (value < last) this.falls[name] ??= `${last} to ${value}, ${this.#before} to ${who}`;
      if (!this.first.has(name)) this.first.set(name, value);
      this.last.set(name, value);
    }
    this.#before = who;
  }
}

for (const kind of ["whose threads come and go", "leaderless"]) {
  test(`no counter falls, whichever way and program reads it: a process, ${kind}`, {
    skip,
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(`${tmpdir()}/libproc-counters-`);
    const spender = compileProgram(["spender.c"], "spender");
    const child = spawn(spender, [`${folder}/file`, kind], { stdio: ["pipe", "pipe", "inherit"] });
    const gone = once(child, "exit");
    try {
      await once(child.stdout, "data");
      await using other = startSpeaker(
        command(`${ROOT}tests/support/counters_program.ts`, {
          flags: ["--allow-all", "--no-check"],
        }),
      );
      const { pid } = child;
      const watch = new Watch();
      for (let i = 0; i < READINGS; i++) {
        // Over time, each way follows each other way, and each of the two programs follows the
        // other.
        const way = NAMES[(i + Math.floor(i / NAMES.length)) % NAMES.length]!;
        const here = i % 5 < 3;
        const counters: Counters = here
          ? WAYS[way]!(pid!)
          : JSON.parse(await other.ask(`${way} ${pid}`));
        watch.look(`${way} ${here ? "here" : "there"}`, counters);
        // The total in nanoseconds is never less than the sum of its parts.
        const { userTimeNs = NaN, systemTimeNs = NaN, cpuTimeNs = NaN } = counters;
        assert(!(userTimeNs + systemTimeNs > cpuTimeNs), way);
      }
      assertEquals(watch.falls, {});
      const counted = ["userTimeNs", "systemTimeNs", "cpuTimeNs", "inputBytes", "outputCalls"];
      for (const name of [...counted, "pageFaults", "ioBytes", "pti_faults", "ru_minflt"]) {
        assertGreater(watch.last.get(name)!, watch.first.get(name)!, name);
      }
    } finally {
      child.stdin.end();
      child.kill("SIGKILL");
      await gone;
      // A child that it has forked may still write the file.
      await until("the folder is removed", () => {
        try {
          rmSync(folder, { recursive: true });
          return true;
        } catch (error) {
          if ((error as { readonly code?: string }).code !== "ENOTEMPTY") throw error;
          return false;
        }
      });
    }
  });
}

test("the processor time is exact, and its parts are the ticks that all programs see", {
  skip,
}, () => {
  const { user, system } = process.cpuUsage();
  const found = WAYS["processes"]!(process.pid);
  const sum = found["userTimeNs"]! + found["systemTimeNs"]!;
  // This process knows its own processor time to the microsecond.
  assert(found["cpuTimeNs"]! >= (user + system) * 1000 - TICK);
  assert(found["cpuTimeNs"]! - sum < 10 * TICK, `${found["cpuTimeNs"]} is more than ${sum}`);
  assertEquals([found["userTimeNs"]! % TICK, found["systemTimeNs"]! % TICK], [0, 0]);
});
