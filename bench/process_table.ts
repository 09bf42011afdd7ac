/**
 * Measures `processTable()` and the sampler in the runtime that runs this program.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is a row for each process that the last run found. process_table.c does the same in C, and
 * describes the rows. The operations:
 *
 * - `table`: `processTable()`, which reuses its memory.
 * - `sampler`: a sampler that stays open.
 * - `bpf`: `processTable()` of a system that reads all processes at once with a BPF program.
 *
 * @module
 */
import { openSampler, openSystem, type ProcessTable, processTable, tableText } from "../mod.ts";
import { answerRequests, hex, hexOf, work } from "./answers.ts";

/** The position of the start time, in ticks, in a unique id. */
const TICKS = 22n;
const NAME_SIZE = 15;
/** The pid of the parent of kernel threads. */
const KERNEL_THREADS = 2;

function rowText(table: ProcessTable, row: number, parent: number): string {
  const text = table.name[row]!;
  const bytes = table.textBytes.subarray(table.textEnds[text - 1]!, table.textEnds[text]!);
  const cells: unknown[] = [
    table.pid[row],
    table.parentPid[row],
    (table.uniqueId[row]! >> TICKS) - (table.uniqueId[0]! >> TICKS),
    table.userId[row],
    hex(tableText(table, table.userName[row]!)),
    table.parentPid[row] === KERNEL_THREADS ? "-" : hexOf(bytes.subarray(0, NAME_SIZE)),
  ];
  if (table.parentPid[row] === parent) {
    cells.push(
      tableText(table, table.state[row]!).charAt(0).toUpperCase(),
      table.threadCount[row],
      table.residentBytes[row],
      table.cpuTimeNs[row],
    );
  }
  return cells.join(":");
}

/** The functions that prepare an operation, and return a function to run it. */
const OPERATIONS: Readonly<Record<string, () => () => ProcessTable>> = {
  table() {
    let table = processTable();
    return () => table = processTable({ reuse: table });
  },
  sampler() {
    const sampler = openSampler();
    return () => sampler.sample();
  },
  bpf() {
    const system = openSystem({ bpf: true });
    let table = processTable({ system });
    return () => table = processTable({ system, reuse: table });
  },
};

const readers = new Map<string, () => ProcessTable>();

await answerRequests((operation = "", parent) => {
  const run = readers.get(operation) ?? OPERATIONS[operation]!();
  readers.set(operation, run);
  return work(
    run,
    (table) => Array.from(table.pid, (_, row) => rowText(table, row, Number(parent))),
  );
});
