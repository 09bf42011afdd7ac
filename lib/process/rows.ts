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

/** The options of {@linkcode processes}. */
export interface ProcessesOptions<F extends FieldName | GroupName = DefaultField>
  extends TableOptions<F>, FilterOptions {}

/**
 * Reads all processes, or those that the options choose, in one pass.
 *
 * A row has the value of each requested field, or undefined. `row.missing` states why a value is
 * missing. A process that cannot be read does not affect the others, and an unknown value is never
 * reported as 0 or "". Rows survive `JSON.stringify()`. Arguments and the environment are only read
 * if they are requested.
 *
 * @typeParam F The fields that are read.
 * @param options The fields and the processes to read.
 * @returns The processes, in ascending order of their pids.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {RangeError} A field does not exist or is named twice, a process id is not an integer
 * from 0 to 2147483647, or a condition is invalid.
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
 * @example The busiest processes since an earlier reading
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
 * @example Processes by name and user
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
 * Reads processes as {@linkcode processes} does, but in slices of some milliseconds. The event loop
 * gets a turn between two slices.
 *
 * @typeParam F The fields that are read.
 * @param options The fields and the processes to read, and the signal that stops the reading.
 * @returns The processes. The promise rejects with what `processes()` throws, or with the reason of
 * `signal`.
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

/** The number of rows that are made before the work can be interrupted. */
const STEP = 256;

/** Returns the pids of the processes to read: those of the options that have the port. */
function* pidsIn(
  { pids, port }: ProcessesOptions<FieldName | GroupName>,
  system: System,
): Steps<readonly number[] | undefined> {
  if (port === undefined) return pids;
  const holders = yield* holderSteps({ port }, { system, ...(pids && { pids }) });
  return holders.flatMap(({ pid }) => pid ?? []);
}
