import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";
import { after, before, test } from "node:test";
import { deltas } from "../../lib/process/deltas.ts";
import { openProcess } from "../../lib/process/process.ts";
import { tableRow } from "../../lib/process/row.ts";
import { processes, processesAsync, type ProcessesOptions } from "../../lib/process/rows.ts";
import type { ProcessState } from "../../lib/process/state.ts";
import {
  processTable,
  processTableAsync,
  type ProcessTableOptions,
  tableBuffers,
} from "../../lib/process/table.ts";
import { processTree, processTreeAsync } from "../../lib/process/tree.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import { type Cast, startCast } from "../support/cast.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

/** Returns the pids that match the conditions. */
function chosen(options: Omit<ProcessesOptions, "fields">): number[] {
  return processes({ ...options, fields: [] }).map(({ pid }) => pid);
}

const pidsOf = (...roles: string[]) => roles.map((role) => cast.pid(role)).sort((a, b) => a - b);

test("processes() chooses by name and command line", { skip }, () => {
  const parent = cast.pid("director");
  const named = pidsOf("name");
  assertEquals(chosen({ parent, name: ") R 1 1 1 (" }), named);
  assertEquals(chosen({ parent, name: /^\) R( 1){3}/ }), named);
  assertEquals(chosen({ parent, name: /^\) r/i }), named);
  // Its command line is the same as that of the other processes.
  assert(chosen({ parent, name: "cast" }).includes(cast.pid("name")));
  assert(chosen({ parent, name: /\/cast$/ }).includes(cast.pid("plain")));
  assertEquals(chosen({ parent, name: "no such name" }), []);
  // A zombie has no command line, but its name in brackets in its place.
  assertEquals(chosen({ parent, name: /^\[cast\]$/ }), pidsOf("zombie", "zombie-member"));
  // `lastIndex` of a regular expression is reset for each process.
  const sticky = /cast/gy, global = /cast/g;
  assertEquals(chosen({ parent, name: sticky }), chosen({ parent, name: /^cast/ }));
  assertEquals(chosen({ parent, name: global }), chosen({ parent, name: "cast" }));
  assertEquals([sticky.lastIndex, global.lastIndex], [0, 0]);
  assertEquals(chosen({ name: "", pids: [process.pid] }), [process.pid]);
});

test("processes() chooses by user, parent, state and id", { skip: needsRoot }, () => {
  const parent = cast.pid("director");
  assertEquals(chosen({ parent, user: 2345 }), pidsOf("users"));
  // The real user is ignored.
  assertEquals(chosen({ parent, user: 1234 }), []);
  const ofRoot = chosen({ parent, user: "root" });
  assertEquals(ofRoot, chosen({ parent, user: 0 }));
  assert(!ofRoot.includes(cast.pid("users")) && ofRoot.includes(cast.pid("zombie")));
  assertEquals(chosen({ parent, state: "zombie" }), pidsOf("zombie", "zombie-member"));
  assertEquals(
    chosen({ parent, state: ["zombie", "stopped"] }).filter((pid) => pid !== cast.pid("traced")),
    pidsOf("zombie", "zombie-member", "stopped"),
  );
  assertEquals(chosen({ parent, state: [] }), []);
  assertEquals(chosen({ pids: pidsOf("plain", "zombie"), state: "zombie" }), pidsOf("zombie"));
  assertEquals(chosen({ pids: [2 ** 31 - 1], user: 0 }), []);
  // All conditions must be met.
  assertEquals(
    chosen({ parent, user: 0, state: "zombie", name: "[cast]" }),
    pidsOf("zombie", "zombie-member"),
  );
  assertEquals(chosen({ parent, user: 2345, state: "zombie" }), []);
  assertEquals(chosen({ parent: 2 ** 31 - 1 }), []);
  // The fields of the conditions are not in the rows, and the requested fields are complete.
  const [row] = processes({ parent, user: 2345, fields: ["name", "memory"] });
  assertEquals(Object.keys(row!), ["pid", "name", "residentBytes", "virtualBytes", "missing"]);
});

test("processes() chooses by a local port", { skip }, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as { port: number };
    assertEquals(chosen({ port }), [process.pid]);
    assertEquals(chosen({ port, pids: [1, process.pid] }), [process.pid]);
    assertEquals(chosen({ port, pids: pidsOf("plain") }), []);
    assertEquals(chosen({ port, name: "no such name" }), []);
    assertEquals((await processesAsync({ port, fields: [] })).map(({ pid }) => pid), [process.pid]);
  } finally {
    server.close();
  }
});

/** Invalid options, the class of the error, and a pattern for its message. */
const WRONG: readonly (readonly [unknown, typeof TypeError | typeof RangeError, RegExp])[] = [
  [{ fields: ["nope"] }, RangeError, /fields .*one of pid, .*current value is "nope"$/],
  [{ fields: ["ids", "toString"] }, RangeError, /current value is "toString"$/],
  [{ fields: ["__proto__"] }, RangeError, /current value is "__proto__"$/],
  [{ fields: [undefined] }, RangeError, /current value is undefined$/],
  [{ fields: [1n] }, RangeError, /current value is 1n$/],
  [{ fields: [""] }, RangeError, /current value is ""$/],
  [{ fields: ["memory", "residentBytes"] }, RangeError, /once: .*"memory" and "residentBytes"$/],
  [{ fields: ["residentBytes", "memory"] }, RangeError, /once: .*"residentBytes" and "memory"$/],
  [{ fields: ["name", "name"] }, RangeError, /once: current value has "name" and "name"$/],
  [{ fields: ["memory", "memory"] }, RangeError, /once: current value has "memory" and "memory"$/],
  [{ fields: "name" }, TypeError, /^Cannot pass fields as it must be an array: it is "name"$/],
  [{ fields: {} }, TypeError, /fields .* an array: it is Object$/],
  [{ fields: 5 }, TypeError, /fields .* an array: it is 5$/],
  [
    { pids: 5 },
    TypeError,
    /^Cannot pass pids as it must be an array: it is 5$/,
  ],
  [{ pids: "1" }, TypeError, /pids .* an array: it is "1"$/],
  [{ pids: new Set([1]) }, TypeError, /pids .* an array: it is Set$/],
  ...[-1, 1.5, "1", NaN, Infinity, 2 ** 31, null, undefined, 1n, -0.5, {}].map((pid) =>
    [
      { pids: [1, pid] },
      RangeError,
      /^Cannot pass pids\[1\] as it must be an integer from 0 to 2147483647: current value is /,
    ] as const
  ),
  [{ system: {} }, TypeError, /^Cannot pass system as it must be one of openSystem\(\)/],
  [{ system: null }, TypeError, /system .*it is null$/],
  [{ system: 5 }, TypeError, /system .*it is 5$/],
  [{ system: defaultKernel }, TypeError, /system .* systemOf\(\): it is /],
  ...["nope", {}, [], 5, null, [{ pid: 1 }], { pid: [1], count: 1 }].map((since) =>
    [{ since }, TypeError, /^Cannot pass since as it must be a result of processes\(\) or/] as const
  ),
];

/** Invalid conditions, in the same form. */
const WRONG_FILTERS: typeof WRONG = [
  [
    { user: "no such user" },
    RangeError,
    /user .* name of a user .*: current value is "no such user"$/,
  ],
  [{ user: "ro\0ot" }, RangeError, /user .*current value is /],
  [{ user: -1 }, RangeError, /^Cannot pass user as it must be an integer .*: current value is -1$/],
  [{ user: 1.5 }, RangeError, /user .*current value is 1.5$/],
  [{ user: 2 ** 32 }, RangeError, /user .*current value is 4294967296$/],
  [{ user: null }, TypeError, /user .*id or a name: it is object$/],
  [{ user: true }, TypeError, /user .*it is boolean$/],
  [{ port: 0 }, RangeError, /port .*current value is 0$/],
  [{ port: 65536 }, RangeError, /port .*current value is 65536$/],
  [{ port: "80" }, RangeError, /port .*current value is "80"$/],
  [{ port: NaN }, RangeError, /port .*current value is NaN$/],
  [{ state: "foo" }, RangeError, /state .*one of starting, running, .*: current value is "foo"$/],
  [{ state: ["zombie", "foo"] }, RangeError, /state .*current value is "foo"$/],
  [{ state: [undefined] }, RangeError, /state .*current value is undefined$/],
  [{ state: 5 }, RangeError, /state .*current value is 5$/],
  [{ name: 5 }, TypeError, /^Cannot pass name as it must be a string or a RegExp: it is number$/],
  [{ name: ["a"] }, TypeError, /name .*it is object$/],
  [{ parent: -1 }, RangeError, /parent .*integer from 0 to 2147483647: current value is -1$/],
  [{ parent: "1" }, RangeError, /parent .*current value is "1"$/],
  [{ parent: 1.5 }, RangeError, /parent .*current value is 1.5$/],
];

function defaultKernel(): void {}

test("options that are not valid are refused, with the argument, its value and what is allowed", {
  skip,
}, async () => {
  const readers = {
    processes: (options: unknown) => processes(options as ProcessesOptions),
    processTable: (options: unknown) => processTable(options as ProcessTableOptions),
  };
  const async = {
    processesAsync: (options: unknown) => processesAsync(options as ProcessesOptions),
    processTableAsync: (options: unknown) => processTableAsync(options as ProcessTableOptions),
  };
  const check = (error: Error, kind: unknown, message: RegExp, what: string) => {
    assertEquals(error.constructor, kind, `${what}: ${error}`);
    assertMatch(error.message, message);
  };
  for (const [name, read] of Object.entries(readers)) {
    for (const [options, kind, message] of WRONG) {
      check(assertThrows(() => read(options), Error), kind, message, name);
    }
  }
  for (const [name, read] of Object.entries(async)) {
    for (const [options, kind, message] of WRONG) {
      check(await assertRejects(async () => await read(options), Error), kind, message, name);
    }
  }
  for (const [options, kind, message] of WRONG_FILTERS) {
    check(assertThrows(() => readers.processes(options), Error), kind, message, "processes");
    const error = await assertRejects(async () => await async.processesAsync(options), Error);
    check(error, kind, message, "processesAsync");
  }
});

test("a reading without processor times, or without its memory, is not measured from", {
  skip,
}, () => {
  const pids = [process.pid];
  const fields = ["cpuPercent"] as const;
  const without = [
    processes({ fields: ["name"], pids }),
    processTable({ fields: ["name"], pids }),
    [...processes({ fields: ["cpu"], pids })],
  ];
  for (const since of without) {
    assertThrows(
      () => processes({ fields, pids, since }),
      TypeError,
      "Cannot pass since as it must",
    );
  }
  const moved = processTable({ fields: ["cpu"], pids });
  const arrived = structuredClone(moved, { transfer: tableBuffers(moved) });
  assertThrows(() => processes({ fields, pids, since: moved }), TypeError, "was transferred");
  const [row] = processes({ fields, pids, since: arrived });
  assert(row!.cpuPercent! >= 0);
  assertThrows(() => deltas(moved, arrived), TypeError, "was transferred");
});

test("a system that was disposed of is refused everywhere", { skip }, async () => {
  const system = openSystem();
  const one = openProcess(process.pid, { system });
  assertEquals(one.name(), openProcess(process.pid).name());
  system[Symbol.dispose]();
  const questions: readonly (() => unknown)[] = [
    () => processes({ system }),
    () => processTable({ system }),
    () => processTree({ system }),
    () => openProcess(process.pid, { system }),
    () => one.name(),
    () => one.arguments(),
    () => one.threads(),
    () => one.children(),
    () => one.resourceUsage(),
    () => processes({ system, user: "root" }),
    () => processes({ system, port: 80 }),
  ];
  for (const ask of questions) assertThrows(ask, TypeError, "disposed of");
  await assertRejects(() => processesAsync({ system }), TypeError, "disposed of");
  await assertRejects(() => processTableAsync({ system }), TypeError, "disposed of");
  await assertRejects(() => processTreeAsync({ system }), TypeError, "disposed of");
  // The default system, and other handles of it, still work.
  assertEquals(processes({ pids: [process.pid] }).length, 1);
  // A disposed handle refuses further queries.
  const lone = systemOf(defaultSystem().kernel);
  const row = tableRow(processTable({ system: lone, pids: [process.pid] }), 0);
  assertEquals(row.pid, process.pid);
  lone[Symbol.dispose]();
  assertThrows(() => processTable({ system: lone }), TypeError, "disposed of");
});

test("every state can be chosen by", { skip }, () => {
  const states: ProcessState[] = ["starting", "running", "sleeping", "stopped", "zombie"];
  const rows = processes({ fields: ["state"], parent: cast.pid("director") });
  for (const state of states) {
    const expected = rows.filter((row) => row.state === state).map(({ pid }) => pid);
    if (state === "running" || state === "sleeping") continue;
    assertEquals(chosen({ parent: cast.pid("director"), state }), expected);
  }
  assertEquals(chosen({ parent: cast.pid("director"), state: states }), rows.map(({ pid }) => pid));
});
