import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ComparableTable, deltas } from "../../lib/process/deltas.ts";
import { processTable, tableBuffers, tableText } from "../../lib/process/table.ts";
import { processes } from "../../lib/process/rows.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

let folder: string;
before(() => {
  if (needsRoot === false) folder = mkdtempSync(`${tmpdir()}/libproc-deltas-`);
});
after(() => {
  // Some paths in the folder are longer than the runtimes accept.
  if (folder) execFileSync("rm", ["-rf", folder]);
});

/** A row of an invented table. */
interface Row {
  readonly pid: number;
  readonly life: bigint;
  readonly at: number;
  readonly cpu?: number;
  readonly read?: number;
  readonly written?: number;
}

/** Returns an invented table. Values that a row omits are unknown. */
function tableOf(rows: readonly Row[]): ComparableTable {
  const numbers = (pick: (row: Row) => number | undefined) =>
    Float64Array.from(rows, (row) => pick(row) ?? NaN);
  return {
    count: rows.length,
    fields: ["cpuTimeNs", "readBytes", "writtenBytes"],
    pid: Int32Array.from(rows, ({ pid }) => pid),
    uniqueId: BigUint64Array.from(rows, ({ life }) => life),
    readAtMs: numbers(({ at }) => at),
    cpuTimeNs: numbers(({ cpu }) => cpu),
    readBytes: numbers(({ read }) => read),
    writtenBytes: numbers(({ written }) => written),
    status: {},
    textBytes: new Uint8Array(0),
    textEnds: new Uint32Array(1),
  };
}

test("deltas() joins rows by identity, not by id", () => {
  const previous = tableOf([
    { pid: 1, life: 11n, at: 0 },
    { pid: 5, life: 15n, at: 0 },
    { pid: 7, life: 17n, at: 0 },
    { pid: 9, life: 19n, at: 0 },
  ]);
  const current = tableOf([
    { pid: 1, life: 11n, at: 10 },
    { pid: 3, life: 13n, at: 10 },
    { pid: 7, life: 27n, at: 10 },
    { pid: 9, life: 19n, at: 10 },
    { pid: 12, life: 32n, at: 10 },
  ]);
  const { count, previousRow, endedRows, elapsedMs } = deltas(previous, current);
  assertEquals(count, 5);
  assertEquals([...previousRow], [0, -1, -1, 3, -1]);
  assertEquals([...endedRows], [1, 2]);
  assertEquals([...elapsedMs], [10, NaN, NaN, 10, NaN]);
  assertEquals([...deltas(current, tableOf([])).endedRows], [0, 1, 2, 3, 4]);
  assertEquals([...deltas(tableOf([]), current).previousRow], [-1, -1, -1, -1, -1]);
  const last = tableOf([{ pid: 12, life: 32n, at: 20 }]);
  assertEquals([...deltas(current, last).previousRow], [4]);
});

test("deltas() takes no process whose identity is unknown for another", () => {
  const rows = [{ pid: 4, life: 0n, at: 0, cpu: 5 }];
  const { previousRow, endedRows, cpuPercent } = deltas(tableOf(rows), tableOf(rows));
  assertEquals([[...previousRow], [...endedRows], [...cpuPercent]], [[-1], [0], [NaN]]);
});

test("deltas() computes rates over the time between the two readings of each process", () => {
  const previous = tableOf([
    { pid: 1, life: 1n, at: 100, cpu: 0, read: 0, written: 500 },
    { pid: 2, life: 2n, at: 300, cpu: 7e6, read: 100, written: 0 },
  ]);
  const current = tableOf([
    { pid: 1, life: 1n, at: 1100, cpu: 500e6, read: 4096, written: 500 },
    { pid: 2, life: 2n, at: 400, cpu: 257e6, read: 150, written: 1 },
  ]);
  const found = deltas(previous, current);
  assertEquals([...found.elapsedMs], [1000, 100]);
  // The second process used two and a half processors.
  assertEquals([...found.cpuPercent], [50, 250]);
  assertEquals([...found.readBytesPerSecond], [4096, 500]);
  assertEquals([...found.writtenBytesPerSecond], [0, 10]);
});

test("deltas() reports NaN where a rate is unknown, and nothing below 0", () => {
  const before = { at: 0, cpu: 1e6, read: 10, written: 10 };
  const after = { at: 10, cpu: 2e6, read: 20, written: 20 };
  const rates = (was: Partial<Row>, is: Partial<Row>) => {
    const { cpuPercent, readBytesPerSecond, writtenBytesPerSecond } = deltas(
      tableOf([{ pid: 1, life: 1n, at: 0, ...was }]),
      tableOf([{ pid: 1, life: 1n, at: 10, ...is }]),
    );
    return [cpuPercent[0], readBytesPerSecond[0], writtenBytesPerSecond[0]];
  };
  assertEquals(rates(before, after), [10, 1000, 1000]);
  assertEquals(rates({}, after), [NaN, NaN, NaN]);
  assertEquals(rates(before, {}), [NaN, NaN, NaN]);
  assertEquals(rates({ ...before, read: NaN }, after), [10, NaN, 1000]);
  assertEquals(rates(before, { ...after, at: 0 }), [NaN, NaN, NaN]);
  assertEquals(rates({ ...before, at: 20 }, after), [NaN, NaN, NaN]);
  assertEquals(rates(before, { at: 10, cpu: 0, read: 0, written: 0 }), [0, 0, 0]);
  const { cpuTimeNs: _, readBytes: __, ...less } = tableOf([{ pid: 1, life: 1n, ...before }]);
  const found = deltas(less, tableOf([{ pid: 1, life: 1n, ...after }]));
  assertEquals([found.cpuPercent[0], found.readBytesPerSecond[0]], [NaN, NaN]);
  assertEquals(found.writtenBytesPerSecond[0], 1000);
});

test("deltas() needs two tables, and their memory", { skip }, () => {
  const pids = [process.pid];
  const table = processTable({ pids });
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "it is undefined"],
    [null, "it is null"],
    [{}, "it is Object"],
    [processes({ pids }), "it is Array"],
    ["table", 'it is "table"'],
  ];
  for (const [value, found] of wrong) {
    const error = assertThrows(() => deltas(value as ComparableTable, table), TypeError);
    assertEquals(
      error.message,
      `Cannot pass previous as it must be a result of processTable(): ${found}`,
    );
    assertThrows(() => deltas(table, value as ComparableTable), TypeError, "pass current as");
  }
  // Without the field of a rate, the rate is unknown.
  const without = processTable({ fields: ["name"], pids });
  const { previousRow, cpuPercent, elapsedMs } = deltas(without, table);
  assertEquals([previousRow[0], cpuPercent[0]], [0, NaN]);
  assert(Number.isFinite(elapsedMs[0]));
  const moved = processTable({ pids });
  structuredClone(moved, { transfer: tableBuffers(moved) });
  assertThrows(
    () => deltas(moved, table),
    TypeError,
    "Cannot pass previous as its memory was transferred to another thread",
  );
  assertThrows(() => deltas(table, moved), TypeError, "Cannot pass current as its memory");
});

test("deltas() distinguishes busy processes from idle ones", { skip: needsRoot }, async () => {
  await using odd = await startCast("oddities", [folder, "busy"]);
  const [idle, busy] = [odd.pid("threads"), odd.pid("busy")];
  const read = () => processTable({ fields: ["cpu", "io", "state"], pids: [idle, busy] });
  let previous = read();
  const first = previous;
  for (let round = 0; round < 5; round++) {
    await sleep(50);
    const current = read();
    const row = current.pid.indexOf(busy);
    const { previousRow, cpuPercent, elapsedMs, endedRows, readBytesPerSecond } = deltas(
      previous,
      current,
    );
    assertEquals([[...previousRow], [...endedRows]], [[0, 1], []]);
    assert(cpuPercent.every((percent) => percent >= 0), `${cpuPercent}`);
    assert(elapsedMs.every((elapsed) => elapsed > 0));
    assertEquals([cpuPercent[1 - row], readBytesPerSecond[1 - row]], [0, 0]);
    assertEquals(tableText(current, current.state[row]!), "running");
    previous = current;
  }
  const row = previous.pid.indexOf(busy);
  // On a busy machine, the process may get little processor time.
  const percent = () => deltas(first, read()).cpuPercent[row]!;
  for (let round = 0; round < 100 && percent() === 0; round++) await sleep(50);
  assertGreater(percent(), 0);
});

test("deltas() does not notice that the clock is set", { skip: needsRoot }, async () => {
  const pids = [process.pid];
  const { now } = Date;
  const before = processTable({ pids });
  try {
    Date.now = () => now() - 3_600_000;
    await sleep(30);
    const after = processTable({ pids });
    const { elapsedMs, cpuPercent } = deltas(before, after);
    assertGreater(elapsedMs[0], 20);
    assertGreater(60_000, elapsedMs[0]);
    assert(cpuPercent[0]! >= 0);
    assertEquals(before.startedAt, after.startedAt);
  } finally {
    Date.now = now;
  }
});

test("deltas() takes a process that was given the id of another for a new one", {
  skip: needsRoot,
}, async () => {
  const child: ChildProcess = spawn(compileProgram(["reuse.c"], "reuse"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  try {
    const pid = Number((await lines.next()).value);
    const pids = [process.pid, pid];
    const previous = processTable({ pids });
    const row = previous.pid.indexOf(pid);
    // The next process must not start within the same tick.
    await sleep(50);
    child.stdin!.write("\n");
    assertEquals((await lines.next()).value, "again");
    const current = processTable({ pids });
    assertEquals([...current.pid], [...previous.pid]);
    assert(current.uniqueId[row]! > previous.uniqueId[row]!);
    assert(current.startedAt[row]! > previous.startedAt[row]!);
    const { previousRow, endedRows, cpuPercent, elapsedMs } = deltas(previous, current);
    assertEquals([previousRow[row], [...endedRows]], [-1, [row]]);
    assertEquals([cpuPercent[row], elapsedMs[row]], [NaN, NaN]);
    assertEquals(previousRow[1 - row], 1 - row);
    assert(cpuPercent[1 - row]! >= 0);
  } finally {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }
});
