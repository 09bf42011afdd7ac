import { checkOptions } from "../system/arguments.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import {
  DEFAULT_FIELDS,
  type DefaultField,
  type FieldName,
  fieldsNamed,
  type GroupName,
} from "./fields/mod.ts";
import { filterOf, type FilterOptions } from "./filter.ts";
import { type ProcessRow, rowMaker } from "./row.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps } from "./slices.ts";
import { groupsOf, Store } from "./store.ts";
import { rememberReading, RowReader, sinceOf, type TableOptions } from "./table.ts";
import { holderSteps } from "./who_has.ts";

/** What {@linkcode processes} reads, of which processes. */
export interface ProcessesOptions<F extends FieldName | GroupName = DefaultField>
  extends TableOptions<F>, FilterOptions {}

/**
 * Reads all processes, or those that the options choose, in one pass.
 *
 * A row has the value of each field that was requested, or undefined; `row.missing` reports why. No
 * process makes the others fail, and nothing unknown is reported as 0 or "". Rows survive
 * `JSON.stringify()`. Arguments and the environment are only read when they are requested.
 *
 * @typeParam F The fields that are read.
 * @param options What is read, of which processes.
 * @returns The processes, in ascending order of their ids.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {RangeError} A field does not exist or is named twice, a process id is not an integer from 0
 * to 2147483647, or a condition is not one.
 * @throws {TypeError} An option has another type, or the system was disposed of.
 *
 * @example
 * ```ts
 * import { processes } from "@libproc/libproc";
 *
 * for (const { pid, name, residentBytes, missing } of processes()) {
 *   console.log(pid, name, residentBytes ?? missing.residentBytes); // 1 launchd denied
 * }
 * ```
 *
 * @example The busiest since a second ago
 * ```ts
 * import { processes } from "@libproc/libproc";
 *
 * const since = processes({ fields: ["cpuTimeNs"] });
 * await new Promise((resolve) => setTimeout(resolve, 50));
 * const rows = processes({ fields: ["commandLine", "cpuPercent"], since });
 * rows.sort((a, b) => (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0));
 * console.log(rows[0]?.commandLine, rows[0]?.cpuPercent);
 * ```
 *
 * @example By name
 * ```ts
 * import { processes } from "@libproc/libproc";
 *
 * console.log(processes({ name: /^node\b/, user: 0, fields: ["commandLine"] }));
 * ```
 */
export function processes<const F extends FieldName | GroupName = DefaultField>(
  options: ProcessesOptions<F> = {},
): ProcessRow<F>[] {
  return atOnce(rowSteps(checkOptions(options, OPTIONS)));
}

/**
 * Reads processes as {@linkcode processes} does, in slices of some milliseconds between which the event
 * loop gets a turn.
 *
 * @typeParam F The fields that are read.
 * @param options What is read, of which processes, and what stops it.
 * @returns The processes; it rejects with what `processes()` throws, or with the reason of `signal`.
 *
 * @example
 * ```ts
 * import { processesAsync } from "@libproc/libproc";
 *
 * const rows = await processesAsync({ fields: ["executable"], signal: AbortSignal.timeout(5000) });
 * console.log(rows.length);
 * ```
 */
export async function processesAsync<const F extends FieldName | GroupName = DefaultField>(
  options: ProcessesOptions<F> & AsyncOptions = {},
): Promise<ProcessRow<F>[]> {
  checkOptions(options, ["signal", ...OPTIONS]);
  return await inSlices(rowSteps(options), options);
}

const OPTIONS = [
  ...["fields", "pids", "since", "name", "user", "parent", "state", "port"] as const,
  ...["container", "cgroup", "unit", "exceptPids", "system"] as const,
];

function* rowSteps<F extends FieldName | GroupName>(
  options: ProcessesOptions<F>,
): Steps<ProcessRow<F>[]> {
  const fields = fieldsNamed(options.fields === undefined ? DEFAULT_FIELDS : options.fields);
  const store = new Store(groupsOf(fields));
  const system = systemIn(options);
  const filter = filterOf(options, system);
  const reader = new RowReader(system, store, { since: sinceOf(options.since), filter });
  const count = yield* reader.readAll(yield* pidsIn(options, system));
  const makeRow = rowMaker(fields, store);
  const rows: ProcessRow<F>[] = [];
  for (let row = 0; row < count; row++) {
    if (row % STEP === STEP - 1) yield;
    rows.push(makeRow(row) as ProcessRow<F>);
  }
  rememberReading(rows, store, count);
  return rows;
}

/** How many rows are made between two places where the work may be interrupted. */
const STEP = 256;

/** The processes that are read: those that are listed, and have the port. */
function* pidsIn(
  { pids, port }: ProcessesOptions<FieldName | GroupName>,
  system: System,
): Steps<readonly number[] | undefined> {
  if (port === undefined) return pids;
  const holders = yield* holderSteps({ port }, { system, ...(pids && { pids }) });
  return holders.flatMap(({ pid }) => pid ?? []);
}
