import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import {
  PROC_PIDLISTFDS,
  PROC_PIDLISTTHREADS,
  PROC_PIDTASKALLINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDVNODEPATHINFO,
} from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { FIELD_NAMES } from "../../lib/process/fields/mod.ts";
import { openProcess } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { METHODS, outcome } from "../process/process_methods.ts";
import { compileProgram } from "../support/compile.ts";
import { executed } from "../support/lines.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/**
 * The number of times that each query is sent. The process changes its leader every few
 * milliseconds.
 */
const ROUNDS = 100;

/** Starts the process. It keeps a processor busy, so each test starts its own. */
async function startTakeover(): Promise<Disposable & { readonly pid: number }> {
  const child = spawn(compileProgram(["takeover.c"], "takeover"), { stdio: "ignore" });
  await executed(child);
  return { pid: child.pid!, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

test("a process whose threads take over its id never seems to have ended", { skip }, async () => {
  using takeover = await startTakeover();
  const { pid } = takeover;
  const flavors = [
    ...[PROC_PIDTBSDINFO, PROC_PIDTASKALLINFO, PROC_PIDVNODEPATHINFO, PROC_PIDLISTFDS],
    PROC_PIDLISTTHREADS,
  ] as const;
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const one = openProcess(pid);
    for (const [name, ask] of Object.entries(METHODS)) {
      const found = outcome(() => ask(one));
      // The process may also be in the middle of an exec.
      if (found !== "value" && found !== "ProcessStartingError") wrong.push(`${name}: ${found}`);
    }
    for (const flavor of flavors) {
      const found = outcome(() => pidInfo(pid, flavor));
      if (found !== "value") wrong.push(`flavor ${flavor}: ${found}`);
    }
  }
  assertEquals(wrong, []);
});

test("rows of a process whose threads take over its id lack nothing", { skip }, async () => {
  using takeover = await startTakeover();
  const { pid } = takeover;
  const [own] = processes({ pids: [process.pid], fields: FIELD_NAMES });
  const usual = new Map<string, string>(Object.entries(own!.missing));
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [row] = processes({ pids: [pid], fields: FIELD_NAMES });
    for (const [name, why] of Object.entries(row?.missing ?? { row: "gone" })) {
      if (why !== "starting" && usual.get(name) !== why) wrong.push(`${name}: ${why}`);
    }
  }
  assertEquals(wrong, []);
});
