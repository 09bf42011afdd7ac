/**
 * Measures `processTable()` in the runtime that this program runs in.
 *
 * Reads requests from standard input, `OPERATION PID MILLISECONDS` a line. To each it reads all
 * processes again and again for so long and answers with one line: the nanoseconds of the shortest run,
 * then a row for each process that the last run found. Ends when the input does. process_table.c does
 * the same in C and says what a row is.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { processTable, tableText } from "../mod.ts";

const fields = [
  "ids",
  "user",
  "state",
  "name",
  "cpu",
  "cpuModes",
  "memory",
  "threads",
  "start",
] as const;
/** Where the tick that a process started in stands in what names its life. */
const TICKS = 22n;
const NAME_SIZE = 15;
/** The parent of the kernel's own. */
const KERNEL_THREADS = 2;

let table = processTable({ fields });

function rowText(row: number, parent: number): string {
  const text = table.name[row]!;
  const bytes = table.textBytes.subarray(table.textEnds[text - 1]!, table.textEnds[text]!);
  const name = Array.from(
    bytes.subarray(0, NAME_SIZE),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  const cells: unknown[] = [
    table.pid[row],
    table.parentPid[row],
    table.processGroupId[row],
    (table.uniqueId[row]! >> TICKS) - (table.uniqueId[0]! >> TICKS),
    table.userId[row],
    table.groupId[row],
    table.parentPid[row] === KERNEL_THREADS ? "-" : name.join(""),
  ];
  if (table.parentPid[row] === parent) {
    cells.push(
      tableText(table, table.state[row]!).charAt(0).toUpperCase(),
      table.virtualBytes[row],
      table.threadCount[row],
      table.residentBytes[row],
      table.userTimeNs[row],
      table.systemTimeNs[row],
    );
  }
  return cells.join(":");
}

function answer(parent: number, milliseconds: number): string {
  let shortest = Infinity;
  let start = performance.now();
  const end = start + milliseconds;
  do {
    table = processTable({ fields, reuse: table });
    const time = performance.now() - start;
    if (time < shortest) shortest = time;
    start = performance.now();
  } while (start < end);
  const rows = Array.from(table.pid, (_, row) => rowText(row, parent));
  return [Math.round(shortest * 1e6), ...rows].join(" ");
}

for await (const line of createInterface({ input: process.stdin })) {
  const [, parent, milliseconds] = line.split(" ");
  console.log(answer(Number(parent), Number(milliseconds)));
}
