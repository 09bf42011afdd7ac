import { assertEquals, assertGreater } from "@std/assert";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  descriptors,
  openProcess,
  openSampler,
  processes,
  processTable,
  type System,
} from "../../mod.ts";
import { darwinCalls, linuxCalls, type Use } from "../support/costs.ts";
import { formatted, sentenceOf, tableOf } from "../support/page.ts";
import { executable, ROOT } from "../support/runtime.ts";
import { Sleepers } from "../support/sleepers.ts";
import { METHODS } from "../process/process_methods.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const PAGE = `${ROOT}docs/cheat_sheet.md`;

/** The number of descriptors that the last child has in addition. */
const MORE = 5;
const sleepers = new Sleepers();
const pid = (at: number) => sleepers.pid(at);

before(async () => {
  if (!skip) await sleepers.start(0, 0, 0, 0, MORE);
});

after(() => sleepers[Symbol.dispose]());

const opened: Use = (system, pid) => openProcess(pid, { system });

/** The calls of the methods that are counted. */
const USES: typeof METHODS = {
  ...METHODS,
  isRunning: (process) => process.isRunning(),
  // The signal has no effect on a process that is not stopped.
  signal: (process) => process.signal("SIGCONT"),
};

/** Returns the number of calls that a method of an open process makes. */
function methodCost(name: string): string {
  const use: Use = (system, pid) => USES[name]!(openProcess(pid, { system }));
  const count = (pid: number, other: number) =>
    linuxCalls(use, pid, other) - linuxCalls(opened, pid, other);
  const linux = count(pid(0), pid(1));
  if (name !== "ancestors") return `${linux}`;
  // This process has one ancestor fewer than its children.
  const each = linux - count(process.pid, pid(1));
  return `${linux - each * openProcess(pid(0)).ancestors().length}, ${each} an ancestor`;
}

/**
 * Returns the number of calls of a method on macOS, or "unsupported" if the double has no answer.
 */
function darwinMethodCost(name: string): string {
  try {
    const use: Use = (system, pid) => USES[name]!(openProcess(pid, { system }));
    return `${darwinCalls(use) - darwinCalls(opened)}`;
  } catch {
    return "unsupported";
  }
}

/** Returns the number of additional calls for each process that a function reads. */
function slope(read: (system: System, pids: readonly number[]) => unknown): string {
  const one: Use = (system, other) => read(system, other === pid(3) ? [pid(0)] : [pid(1)]);
  const three: Use = (system, other) =>
    read(system, other === pid(3) ? [pid(0), pid(1), pid(2)] : [pid(1)]);
  const difference = linuxCalls(three, pid(3), pid(2)) - linuxCalls(one, pid(3), pid(2));
  return `${difference / 2} per process`;
}

/** Measures the costs of functions. */
const MEASURED: Readonly<Record<string, () => readonly [linux: string, macos: string]>> = {
  openProcess: () => [`${linuxCalls(opened, pid(0), pid(1))}`, `${darwinCalls(opened)}`],
  processes: () => [slope((system, pids) => processes({ system, pids })), AS_METHODS],
  processTable: () => [slope((system, pids) => processTable({ system, pids })), AS_METHODS],
  openSampler: () => [
    `${
      slope((system, pids) => {
        using sampler = openSampler({ system, pids });
        sampler.sample();
      })
    } at first, then ${steadySlope()}`,
    AS_METHODS,
  ],
  descriptors: () => {
    const use: Use = (system, pid) => openProcess(pid, { system }).descriptors();
    const each = linuxCalls(use, pid(-1), pid(1)) - linuxCalls(use, pid(0), pid(1));
    const all = slope((system, pids) => descriptors({ system, pids }));
    return [`${all} with three descriptors, ${each / MORE} per descriptor`, "1 per descriptor"];
  },
};

/** Returns the number of calls for each process in a sample, except in the first sample. */
function steadySlope(): string {
  const read = (count: number): Use => (system, other) => {
    using sampler = openSampler({ system, pids: [pid(0), pid(1), pid(2)].slice(0, count) });
    for (let i = 0; i < (other === pid(3) ? 5 : 4); i++) sampler.sample();
  };
  const steady = (count: number) =>
    linuxCalls(read(count), pid(3), pid(2)) - linuxCalls(read(count), pid(2), pid(2));
  return `${(steady(3) - steady(1)) / 2}`;
}

const AS_METHODS = "those of its fields";
const LIST = "the list of pids";
const AS = (name: string) => `as \`${name}()\``;
const NONE = "none";

/** The costs of the other functions, in words. */
const STATED: Readonly<Record<string, string>> = {
  getAllPids: LIST,
  getPidsForPgrp: `${LIST}, 3 per process`,
  getPidsForPpid: "the lists of children",
  getPidsForRuid: `${LIST}, 1 per process`,
  getPidsForTty: `${LIST}, 3 per process`,
  getPidsForUid: `${LIST}, 1 per process`,
  listPids: "as the functions above",
  procInfo: "depends on the flavor",
  errnoName: NONE,
  openSystem: "about 20 at its first use",
  systemOf: NONE,
  deltas: NONE,
  descriptorsAsync: AS("descriptors"),
  waitForExit: "2, then 1 per poll",
  guardTree: AS("openProcess"),
  killTree: "the tree, and 1 per process and signal",
  listeningPorts: "the tables of sockets, and the descriptors of all processes",
  listeningPortsAsync: AS("listeningPorts"),
  tableRow: NONE,
  processesAsync: AS("processes"),
  processTableAsync: AS("processTable"),
  tableBuffers: NONE,
  tableText: NONE,
  tableTexts: NONE,
  processTree: AS("processes"),
  processTreeAsync: AS("processes"),
  watch: "1 per event; polling: 1 every 5 ms, and the list of pids twice a second",
  whoHas: "the descriptors of all processes, and the maps for a file",
  whoHasAsync: AS("whoHas"),
};

/** A function or a class of the main entry point, from its documentation. */
interface Declared {
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
  readonly methods: readonly { readonly name: string; readonly summary: string }[];
}

/** A symbol in the output of `deno doc --json`. */
interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: { readonly doc?: string };
  readonly def?: { readonly methods?: readonly Omit<DocSymbol & Declaration, "declarations">[] };
}

function declared(): Declared[] {
  const { stdout, stderr, status } = spawnSync(
    executable("deno"),
    ["doc", "--json", `${ROOT}mod.ts`],
    { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, NO_COLOR: "1" } },
  );
  if (status !== 0) throw new Error(stderr);
  const [file] = Object.values(JSON.parse(stdout).nodes) as { symbols: DocSymbol[] }[];
  return file!.symbols.flatMap(({ name, declarations }) =>
    declarations.slice(0, 1).map(({ kind, jsDoc, def }): Declared => ({
      name,
      kind,
      summary: sentenceOf(jsDoc?.doc ?? ""),
      methods: (def?.methods ?? []).map(({ name, jsDoc }) => ({
        name,
        summary: sentenceOf(jsDoc?.doc ?? ""),
      })),
    }))
  );
}

/** Methods of a process that act or wait instead of reading. */
const ACTING: Readonly<Record<string, string>> = {
  identity: NONE,
  setLimit: "1, and the identity",
  stop: AS("signal"),
  resume: AS("signal"),
  terminate: AS("signal"),
  kill: AS("signal"),
  wait: AS("waitForExit"),
  toJSON: NONE,
};

function pageOf(): string {
  const all = declared();
  const functions = all.filter(({ kind }) => kind === "function");
  const costs = functions.map(({ name, summary }) => {
    const [linux = "", macos = "the same calls as XNU has"] = MEASURED[name]?.() ??
      [STATED[name], ""];
    return [`\`${name}()\``, summary, linux, macos];
  });
  const { methods } = all.find(({ name }) => name === "Process")!;
  const own = methods.filter(({ name }) => !name.startsWith("["));
  const rows = own.map(({ name, summary }) => {
    const stated = ACTING[name];
    return stated === undefined
      ? [`\`${name}()\``, summary, methodCost(name), darwinMethodCost(name)]
      : [`\`${name}()\``, summary, stated, ""];
  });
  return `# Cheat sheet

This page lists every function of \`@libproc/libproc\` and every method of a \`Process\`, with its cost.

The cost is the number of calls of the C library, and each call is one system call. A test counts
them for a process with one thread, on Linux with the \`/proc\` of the host, after another process was
read. No Mac was available: the calls for macOS are counted with a C library that replaces that of the
system. A dash means that the calls are not counted.

## Functions

${
    tableOf(
      ["function", "what it does", "calls on Linux", "calls on macOS"],
      costs.map(([name, summary, linux, macos]) => [name!, summary!, linux!, macos || "-"]),
    )
  }

## Methods of a process

\`openProcess(pid)\` returns a \`Process\`. Each method also checks that it is still the same process. The
calls for that are included.

${
    tableOf(
      ["method", "what it does", "calls on Linux", "calls on macOS"],
      rows.map(([name, summary, linux, macos]) => [name!, summary!, linux!, macos || "-"]),
    )
  }

## Errors

${
    tableOf(
      ["class", "what it means"],
      all.filter(({ kind, name }) => kind === "class" && name.endsWith("Error"))
        .map(({ name, summary }) => [`\`${name}\``, summary]),
    )
  }
`;
}

test("docs/cheat_sheet.md has every function, with the calls that are counted here", {
  skip,
}, () => {
  const page = formatted(pageOf());
  if (process.env["LIBPROC_UPDATE_GOLDEN"]) writeFileSync(PAGE, page);
  assertEquals(readFileSync(PAGE, "utf8"), page);
});

test("each function of the front door has a cost that is measured or stated", () => {
  const names = declared().filter(({ kind }) => kind === "function").map(({ name }) => name);
  assertGreater(names.length, 30);
  assertEquals(names.filter((name) => name in STATED === name in MEASURED), []);
  assertEquals(Object.keys({ ...STATED, ...MEASURED }).filter((name) => !names.includes(name)), []);
});
