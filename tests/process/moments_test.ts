import { assert, assertEquals, assertThrows } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { ProcessGoneError, ProcessStartingError, ZombieError } from "../../lib/process/errors.ts";
import { FIELD_NAMES, GROUPS } from "../../lib/process/fields/mod.ts";
import { openProcess, type Process } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import type { ProcessState } from "../../lib/process/state.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { until } from "../support/lines.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast("moments", ["one", "two"]);
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

const rowOf = (pid: number) => processes({ pids: [pid], fields: FIELD_NAMES })[0]!;

/**
 * Processes that have not ended. The values are the state, the number of descriptors that they have
 * in addition to those of their director, and the number of threads.
 */
const LIVING: Readonly<Record<string, readonly [ProcessState, number, number]>> = {
  forked: ["sleeping", 0, 1],
  vforking: ["sleeping", 2, 1],
  vforked: ["sleeping", 2, 1],
  executed: ["stopped", 0, 1],
  ending: ["stopped", 0, 1],
  executing: ["sleeping", 2, 2],
  "executing-apart": ["stopped", 0, 2],
};

test("a process between fork and exec, or held in an exec or at its end, answers every question", {
  skip,
}, () => {
  const director = cast.pid("director");
  const program = readlinkSync(`/proc/${director}/exe`);
  const environment = readFileSync(`/proc/${director}/environ`, "utf8").split("\0").slice(0, -1);
  const like = rowOf(director);
  const limits = openProcess(director).limits();
  for (const [role, [state, more, threads]] of Object.entries(LIVING)) {
    const descriptors = like.descriptorCount! + more;
    const pid = cast.pid(role);
    const one = openProcess(pid);
    const row = rowOf(pid);
    // Before the new program is loaded, the answers are those of the old one.
    const args = role === "executed" ? ["an actor", "", "two words"] : [program, "one", "two"];
    const variables = role === "executed" ? ["STAND=1", "EMPTY="] : environment;
    assertEquals(
      {
        missing: row.missing,
        name: row.name,
        state: row.state,
        executablePath: row.executablePath,
        executableDeleted: row.executableDeleted,
        arguments: row.arguments,
        title: row.title,
        commandLine: row.commandLine,
        environment: row.environment,
        workingDirectory: row.workingDirectory,
        rootDirectory: row.rootDirectory,
        descriptorCount: row.descriptorCount,
        threadCount: row.threadCount,
        userId: row.userId,
        effectiveCapabilities: row.effectiveCapabilities,
        sessionId: row.sessionId,
        processGroupId: row.processGroupId,
        cgroup: row.cgroup,
        exiting: row.exiting,
      },
      {
        missing: like.missing,
        name: "moments",
        state,
        executablePath: program,
        executableDeleted: false,
        arguments: args,
        title: undefined,
        commandLine: args.join(" "),
        environment: variables,
        workingDirectory: like.workingDirectory,
        rootDirectory: "/",
        descriptorCount: descriptors,
        threadCount: threads,
        userId: like.userId,
        effectiveCapabilities: like.effectiveCapabilities,
        sessionId: like.sessionId,
        processGroupId: like.processGroupId,
        cgroup: like.cgroup,
        exiting: false,
      },
      role,
    );
    assertEquals(one.executable(), { path: program, deleted: false }, role);
    assertEquals(one.arguments(), args, role);
    assertEquals(
      one.environment(),
      Object.fromEntries(variables.map((text) => {
        const at = text.indexOf("=");
        return [text.slice(0, at), text.slice(at + 1)];
      })),
      role,
    );
    assertEquals(one.limits(), limits, role);
    assertEquals(one.descriptors().length, descriptors, role);
    assertEquals(one.threads().map(({ name }) => name), Array(threads).fill("moments"), role);
    assert(one.regions().some(({ path }) => path === program), role);
    assert(one.memory().virtualBytes! > 0, role);
    assertEquals(one.namespaces().inodes, openProcess(director).namespaces().inodes, role);
    assertEquals(one.parent()?.pid, cast.pid(role === "vforked" ? "vforking" : "director"), role);
    assert(one.isRunning(), role);
  }
});

/** Values that a process loses at its end, and that its zombie lacks. */
const LOST: Readonly<Record<string, (one: Process) => unknown>> = {
  executable: (one) => one.executable(),
  arguments: (one) => one.arguments(),
  argumentBytes: (one) => one.argumentBytes(),
  environment: (one) => one.environment(),
  environmentBytes: (one) => one.environmentBytes(),
  workingDirectory: (one) => one.workingDirectory(),
  rootDirectory: (one) => one.rootDirectory(),
  descriptors: (one) => one.descriptors(),
  files: (one) => one.files(),
  sockets: (one) => one.sockets(),
  threads: (one) => one.threads(),
  regions: (one) => one.regions(),
  memory: (one) => one.memory(),
  namespaces: (one) => one.namespaces(),
};

const LOST_FIELDS = [
  "executablePath",
  "arguments",
  "environment",
  "workingDirectory",
  "rootDirectory",
  "descriptorCount",
  "residentBytes",
  "virtualBytes",
  "footprintBytes",
  "peakBytes",
] as const;

test("a process that has lost its memory and is not a zombie yet is gone", {
  skip: needsRoot,
}, () => {
  const pid = cast.pid("ended");
  const one = openProcess(pid), row = rowOf(pid);
  for (const [name, ask] of Object.entries(LOST)) {
    assertThrows(() => ask(one), ProcessGoneError, "", name);
  }
  assertEquals(new Set(Object.values(row.missing)), new Set(["gone"]));
  for (const field of LOST_FIELDS) {
    assertEquals([field, row[field], row.missing[field]], [field, undefined, "gone"]);
    // Alone, the field has the same value as with the others.
    const [alone] = processes({ pids: [pid], fields: [field] });
    assertEquals([field, alone![field], alone!.missing[field]], [field, undefined, "gone"]);
  }
  assertEquals([row.name, row.state, one.name(), one.state()], [
    "moments",
    "sleeping",
    "moments",
    "sleeping",
  ]);
  assertEquals(one.parent()?.pid, cast.pid("director"));
});

test("a zombie has lost what it had, in every layer", { skip }, () => {
  for (const role of needsRoot ? ["zombie"] : ["zombie", "ended-first"]) {
    const pid = cast.pid(role);
    const one = openProcess(pid), row = rowOf(pid);
    for (const [name, ask] of Object.entries(LOST)) {
      assertThrows(() => ask(one), ZombieError, "", name);
    }
    // Only macOS has these counters.
    const counters = Object.keys(GROUPS.get("counters")!.fields);
    const lost = Object.entries(row.missing).filter(([name]) => !counters.includes(name));
    assertEquals(new Set(lost.map(([, why]) => why)), new Set(["zombie"]), role);
    for (const field of LOST_FIELDS) {
      assertEquals([field, row[field], row.missing[field]], [field, undefined, "zombie"]);
    }
    assertEquals([row.name, row.state, row.commandLine], ["moments", "zombie", "[moments]"]);
  }
});

/**
 * Queries repeatedly. In the middle of an exec, a process may refuse the query, but not every time.
 * On a busy machine, one answer in a second is sufficient.
 */
async function asked<T>(ask: () => T): Promise<T[]> {
  const found: T[] = [];
  const end = performance.now() + 1000;
  for (let i = 0; found.length < 50 && (found.length === 0 || performance.now() < end); i++) {
    try {
      found.push(ask());
    } catch (error) {
      if (!(error instanceof ProcessStartingError)) throw error;
    }
    if (i % 16 === 15) await new Promise((resolve) => setTimeout(resolve));
  }
  return found;
}

test("a process that executes without end gives no other answers than its own", {
  skip,
  timeout: 120_000,
}, async () => {
  const program = compileProgram(["restless.c"], "restless");
  const child = spawn(program, { stdio: "ignore" });
  const gone = once(child, "exit");
  try {
    const one = openProcess(child.pid!);
    // The program executes itself through a link with this name.
    await until("it runs itself", () => one.name() === "exe");
    const own = openProcess(process.pid);
    const questions: readonly (readonly [() => unknown, unknown])[] = [
      [() => one.executable(), { path: program, deleted: false }],
      [() => one.read("executablePath").executablePath, program],
      [() => one.name(), "exe"],
      [() => one.arguments(), ["again", "and again"]],
      [() => one.read("title"), { pid: one.pid, title: undefined, missing: {} }],
      [() => one.environment(), { SAME: "1" }],
      [() => one.workingDirectory(), own.workingDirectory()],
      [() => one.rootDirectory(), own.rootDirectory()],
      // The dynamic linker may have another descriptor open.
      [() => one.descriptors().map(({ fd }) => fd).slice(0, 3), [0, 1, 2]],
      [() => one.read("descriptorCount").descriptorCount! >= 3, true],
      [() => one.threads().length, 1],
      [() => one.memory().virtualBytes! > 0, true],
      [() => one.regions().length > 0, true],
      [() => one.credentials().userId, process.getuid!()],
      [() => one.parent()?.pid, process.pid],
      [() => one.isRunning(), true],
    ];
    for (const [ask, value] of questions) {
      for (const found of await asked(ask)) assertEquals(found, value, `${ask}`);
    }
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
});
