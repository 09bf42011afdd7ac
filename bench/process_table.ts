/**
 * Measures `processTable()` and the sampler in the runtime that this program runs in.
 *
 * Answers requests as answers.ts describes, `OPERATION PID MILLISECONDS` a line, with a row for each process
 * that the last run found. process_table.c does the same in C and describes a row. The operations:
 *
 * - `table`: `processTable()`, which reuses its memory.
 * - `sampler`: a sampler that stays open.
 * - `bpf`: `processTable()` of a system that reads all processes at once by BPF.
 *
 * @module
 */
import { openSampler, openSystem, type ProcessTable, processTable, tableText } from "../mod.ts";
import { answerRequests, hex, hexOf, work } from "./answers.ts";

/** Where the tick that a process started in is in its unique id. */
const TICKS = 22n;
const NAME_SIZE = 15;
/** The parent of the kernel's own. */
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

/** Makes what each operation reads with. */
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
