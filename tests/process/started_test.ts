import { assertEquals, assertGreater } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { ProcessStartingError } from "../../lib/process/errors.ts";
import { openProcess } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { compileProgram } from "../support/compile.ts";
import { kernelSystem } from "../support/kernel_system.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** The number of children to start. The variable LIBPROC_SPAWNS sets another number. */
const SPAWNS = Number(process.env.LIBPROC_SPAWNS ?? 50);

test("arguments() of a child that was just spawned are there, or it is starting", {
  skip,
  timeout: 120_000,
}, async () => {
  const found: Record<string, number> = {};
  for (let i = 0; i < SPAWNS; i++) {
    const child: ChildProcess = spawn("sleep", ["1000"], { stdio: "ignore" });
    const gone = once(child, "exit");
    try {
      const list = openProcess(child.pid!).arguments();
      const [row] = processes({ fields: ["arguments"], pids: [child.pid!] });
      const isEmpty = list.length === 0 || row!.arguments?.length === 0;
      const what = isEmpty ? "empty" : row!.missing.arguments ?? "value";
      found[what] = (found[what] ?? 0) + 1;
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      found[name] = (found[name] ?? 0) + 1;
    } finally {
      child.kill("SIGKILL");
      await gone;
    }
  }
  if (process.env.LIBPROC_SPAWNS) console.log(found);
  const { value = 0, ProcessStartingError: refused = 0, starting = 0, ...others } = found;
  assertEquals(others, {});
  assertEquals(value + refused + starting, SPAWNS);
});

test("arguments() and environment() are never empty in the middle of an exec", {
  skip,
  timeout: 60_000,
}, async () => {
  const child = spawn(compileProgram(["restless.c"], "restless"), { stdio: "ignore" });
  const gone = once(child, "exit");
  try {
    const one = openProcess(child.pid!);
    const questions = {
      arguments: () => one.arguments().length,
      argumentBytes: () => one.argumentBytes().length,
      environment: () => Object.keys(one.environment()).length,
      environmentBytes: () => one.environmentBytes().length,
      commandLine: () => one.read("commandLine").commandLine?.length ?? 1,
    };
    const found: Record<string, number> = {};
    for (let i = 0; i < 100; i++) {
      for (const [name, ask] of Object.entries(questions)) {
        try {
          // The first answers may be about the runtime, before the program runs.
          assertGreater(ask(), 0, name);
          found[name] = (found[name] ?? 0) + 1;
        } catch (error) {
          if (!(error instanceof ProcessStartingError)) throw error;
        }
      }
    }
    assertEquals(Object.keys(found).sort(), Object.keys(questions).sort());
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
});

test("a process in the middle of an exec is starting, everywhere", { skip }, () => {
  const again = () => {
    throw new SystemCallError("read the arguments", "read", ERRNO.EAGAIN);
  };
  const system = kernelSystem(defaultSystem().kernel, { arguments: again, environment: again });
  const fields = ["arguments", "environment", "title", "commandLine", "name"] as const;
  const [row] = processes({ fields, pids: [process.pid], system });
  const { pid, name, missing, ...rest } = row!;
  assertEquals([pid, name], [process.pid, openProcess(pid).name()]);
  const none = { arguments: undefined, environment: undefined, title: undefined };
  assertEquals(rest, { ...none, commandLine: undefined });
  assertEquals(missing, {
    arguments: "starting",
    environment: "starting",
    title: "starting",
    commandLine: "starting",
  });
  const one = openProcess(process.pid, { system });
  const questions = [
    () => one.arguments(),
    () => one.argumentBytes(),
    () => one.environment(),
    () => one.environmentBytes(),
  ];
  for (const ask of questions) {
    try {
      ask();
      throw new Error("It was answered");
    } catch (error) {
      if (!(error instanceof ProcessStartingError)) throw error;
      assertEquals([error.missing, error.code, error.pid], ["starting", "EAGAIN", process.pid]);
    }
  }
});
