import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ERRNO } from "../../lib/system/errors.ts";
import { darwinTable } from "../../lib/darwin/table.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import type { TableReader } from "../../lib/system/table.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { type ProcTree, unpackProcTree } from "../support/proc_tree.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux, which has two tables";

let cast: Cast;
let tree: ProcTree;
before(async () => {
  if (!linux) return;
  tree = unpackProcTree();
  cast = await startCast();
});
after(async () => {
  tree?.[Symbol.dispose]();
  await cast?.[Symbol.asyncDispose]();
});

/** The methods that read a group of values, and the members of the table that they set. */
const GROUPS = {
  readBeginning: [
    ...[
      "startedAt",
      "terminalDevice",
      "foregroundProcessGroupId",
      "sessionLeader",
      "nice",
    ] as const,
  ],
  readSession: ["sessionId"],
  readName: [],
  readUser: ["userId", "groupId"],
  readCredentials: [
    ...["realUserId", "effectiveUserId", "savedUserId"] as const,
    ...["realGroupId", "effectiveGroupId", "savedGroupId"] as const,
  ],
  readFlags: ["flags"],
  readMemory: ["residentBytes", "virtualBytes"],
  readTask: ["threadCount", "runningCount", "basePriority", "policy"],
  readTimes: [],
  readModes: ["userTimeNs", "systemTimeNs"],
  readChildTimes: ["childUserTimeNs", "childSystemTimeNs"],
  readFaults: ["pageFaults", "majorPageFaults"],
  readSwitches: ["contextSwitches", "runnableTimeNs"],
  readFootprint: ["footprintBytes", "peakBytes", "wiredBytes"],
  readTransfers: ["readBytes", "writtenBytes"],
  readExecutable: ["executable"],
  readArguments: [],
} as const satisfies Partial<Record<keyof TableReader, readonly (keyof TableReader)[]>>;

const FIRST = [
  ...["parentPid", "processGroupId", "uniqueLow", "uniqueHigh", "status", "kernelThread"] as const,
];

type Row = Record<string, unknown>;

/**
 * Returns all values that a table reports about a process: the result of each method, and the
 * members that it sets.
 */
function rowOf(table: TableReader, pid: number): Row {
  const row: Row = { read: table.read(pid, true, true) };
  if (row.read !== 0) return row;
  for (const name of FIRST) row[name] = table[name];
  for (const [read, members] of Object.entries(GROUPS)) {
    const answer = table[read as keyof typeof GROUPS]();
    row[read] = answer;
    if (answer !== 0) continue;
    for (const name of members) row[name] = table[name];
    // The struct of the kernel has space for 31 bytes.
    if (read === "readName") row.name = table.name.slice(0, Math.min(table.nameLength, 31));
    if (read === "readArguments") {
      row.arguments = [...table.arguments.arguments];
      row.title = table.arguments.title;
    }
  }
  row.compare = table.compare();
  return row;
}

/** Returns a row as text in which all differences are visible. */
const shown = (row: Row) => JSON.stringify(row, (_, value) => value === undefined ? null : value);

/** The tables that are compared with Linux's own table. The second one also uses `KERN_PROC`. */
const TABLES = { kernelTable, darwinTable };
const BOTH = Object.entries(TABLES);

/** Returns the rows of both tables for a process, as soon as the process is idle. */
async function bothOf(
  system: System,
  pid: number,
  make: (system: System) => TableReader,
): Promise<{ readonly linux: Row; readonly kernel: Row }> {
  const own = system.table(), other = make(system);
  for (let tries = 0;; tries++) {
    const before = rowOf(own, pid), kernel = rowOf(other, pid), after = rowOf(own, pid);
    if (shown(before) === shown(after)) return { linux: before, kernel };
    assert(tries < 1000, `process ${pid} is never at rest`);
    await sleep(5);
  }
}

/** The results of a process for which every method succeeds. */
const ALL_ANSWERED = Object.fromEntries(Object.keys(GROUPS).map((name) => [name, 0]));
const answersOf = (row: Row) =>
  Object.fromEntries(Object.keys(GROUPS).map((name) => [name, row[name]]));

const ROLES = ["plain", "name", "stopped", "terminal", "leaderless", ...root ? ["users"] : []];

for (const [name, make] of BOTH) {
  test(`${name}() and linuxTable() report the same about processes of any kind`, {
    skip,
  }, async () => {
    for (const role of ROLES) {
      const { linux, kernel } = await bothOf(defaultSystem(), cast.pid(role), make);
      assertEquals(kernel, linux, role);
      assertEquals([kernel.read, kernel.compare, answersOf(kernel)], [0, 0, ALL_ANSWERED], role);
    }
  });

  test(`${name}() and linuxTable() report the same about a zombie, and lack the same`, {
    skip,
  }, async () => {
    const { linux, kernel } = await bothOf(defaultSystem(), cast.pid("zombie"), make);
    assertEquals(kernel, linux);
    assertEquals([kernel.read, kernel.compare, kernel.status], [0, 0, 5]);
    const lost = [
      "readMemory",
      "readTask",
      "readFaults",
      "readSwitches",
      "readFootprint",
      "readTransfers",
      "readExecutable",
    ];
    assertEquals(answersOf(kernel), {
      ...ALL_ANSWERED,
      ...Object.fromEntries([...lost, "readArguments"].map((name) => [name, -ERRNO.ESRCH])),
    });
  });

  test(`${name}() and linuxTable() report the same about a copied tree`, { skip }, async () => {
    const system = openSystem({ procRoot: tree.root });
    for (
      const role of ["plain", "users", "name", "stopped", "terminal", "nasty", "kernel thread"]
    ) {
      const { linux, kernel } = await bothOf(system, tree.pid(role), make);
      assertEquals(kernel, linux, role);
      assertEquals([kernel.read, kernel.compare], [0, 0], role);
    }
  });

  test(
    `${name}() and linuxTable() refuse the same about who is not there`,
    { skip },
    async () => {
      for (const pid of [0x7fffffff, 0, -1]) {
        const { linux, kernel } = await bothOf(defaultSystem(), pid, make);
        assertEquals([linux, kernel], [{ read: -ERRNO.ESRCH }, { read: -ERRNO.ESRCH }], `${pid}`);
      }
    },
  );

  test(`${name}() and linuxTable() list the same processes`, { skip }, () => {
    const system = openSystem({ procRoot: tree.root });
    const own = system.table(), other = make(system);
    // The memory of the list is reused for other lists.
    const expected = own.list();
    const listed = own.pids.slice(0, expected);
    const count = other.list();
    assertEquals(other.pids.slice(0, count), listed);
    assert(count > 0);
  });
}
