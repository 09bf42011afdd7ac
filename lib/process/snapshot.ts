import type { Columns } from "./columns.ts";
import type { Group, Groups, ProcessSnapshot } from "./groups.ts";
import type { DefaultGroup } from "./groups.ts";
import { STATES } from "./state.ts";
import {
  missingAt,
  type ProcessTable,
  processTable,
  type TableHead,
  type TableOptions,
  tableText,
} from "./table.ts";

/** The columns of all groups, as they stand in a table that has them. */
type Row = TableHead & Columns;
type Reader<G extends Group> = (table: Row, row: number) => Groups[G];

/** How a row becomes an object; the compiler demands that no group is missing. */
const READERS: { readonly [G in Group]: Reader<G> } = {
  ids: (table, row) => ({
    parentPid: table.parentPid[row]!,
    processGroupId: table.processGroupId[row]!,
    uniqueId: table.uniqueId[row]!,
  }),
  names: (table, row) => ({ name: tableText(table, table.name[row]!) }),
  state: (table, row) => ({ state: STATES[table.state[row]!]! }),
  start: (table, row) => ({ startedAt: table.startedAt[row]! }),
  user: (table, row) => ({ userId: table.userId[row]!, groupId: table.groupId[row]! }),
  credentials: (table, row) => ({
    realUserId: table.realUserId[row]!,
    effectiveUserId: table.effectiveUserId[row]!,
    savedUserId: table.savedUserId[row]!,
    realGroupId: table.realGroupId[row]!,
    effectiveGroupId: table.effectiveGroupId[row]!,
    savedGroupId: table.savedGroupId[row]!,
  }),
  terminal(table, row) {
    const terminalDevice = table.terminalDevice[row]!;
    const foregroundProcessGroupId = table.foregroundProcessGroupId[row]!;
    return {
      ...(terminalDevice >= 0 ? { terminalDevice } : {}),
      ...(foregroundProcessGroupId >= 0 ? { foregroundProcessGroupId } : {}),
      sessionLeader: table.sessionLeader[row] === 1,
    };
  },
  priority: (table, row) => ({ nice: table.nice[row]! }),
  cpu: (table, row) => ({
    userTimeNs: table.userTimeNs[row]!,
    systemTimeNs: table.systemTimeNs[row]!,
    cpuTimeNs: table.cpuTimeNs[row]!,
  }),
  memory: (table, row) => ({
    residentBytes: table.residentBytes[row]!,
    virtualBytes: table.virtualBytes[row]!,
  }),
  footprint: (table, row) => ({ footprintBytes: table.footprintBytes[row]! }),
  threads: (table, row) => ({ threadCount: table.threadCount[row]! }),
  io: (table, row) => ({
    readBytes: table.readBytes[row]!,
    writtenBytes: table.writtenBytes[row]!,
  }),
  executable(table, row) {
    const executablePath = tableText(table, table.executablePath[row]!);
    const deleted = table.deleted[row]!;
    return { executablePath, ...(deleted >= 0 ? { deleted: deleted === 1 } : {}) };
  },
  cwd(table, row) {
    const workingDirectory = table.workingDirectory[row]!;
    const rootDirectory = table.rootDirectory[row]!;
    return {
      ...(workingDirectory > 0 ? { workingDirectory: tableText(table, workingDirectory) } : {}),
      ...(rootDirectory > 0 ? { rootDirectory: tableText(table, rootDirectory) } : {}),
    };
  },
  args(table, row) {
    const title = table.title[row]!;
    return {
      arguments: texts(table, table.arguments[row]!, table.argumentCount[row]!),
      ...(title > 0 ? { title: tableText(table, title) } : {}),
    };
  },
  environment: (table, row) => ({
    environment: texts(table, table.environment[row]!, table.environmentCount[row]!),
  }),
};

function texts(table: Row, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => tableText(table, first + i));
}

/**
 * Reads all processes, in one pass.
 *
 * What is read is chosen by groups. Each group of each process is its values or, in their place, why
 * there are none: `"denied"`, `"gone"` if it ended while it was read, `"zombie"`, `"unsupported"`. No
 * process makes the rest fail, and nothing that is not known is told as 0 or "". Arguments and the
 * environment are only read when they are asked for.
 *
 * @typeParam G The groups that are read.
 * @param options What is read, of whom.
 * @returns The processes, in ascending order of their ids.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {RangeError} A group is none, or a process id is no integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import { processes } from "@libproc/libproc";
 *
 * for (const { pid, names, memory } of processes({ groups: ["names", "memory"] })) {
 *   const name = typeof names === "string" ? names : names.name;
 *   const size = typeof memory === "string" ? memory : `${memory.residentBytes >> 20} MiB`;
 *   console.log(pid, name, size); // 1 launchd denied
 * }
 * ```
 */
export function processes<G extends Group = DefaultGroup>(
  options: TableOptions<G> = {},
): ProcessSnapshot<G>[] {
  const table = processTable(options);
  return Array.from({ length: table.count }, (_, row) => tableRow(table, row));
}

/**
 * One row of a table as an object.
 *
 * @typeParam G The groups of the table.
 * @param table The table.
 * @param row Which row: 0 or more, below `count`.
 * @throws {RangeError} There is no such row.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { processTable, tableRow } from "@libproc/libproc";
 *
 * const table = processTable({ groups: ["ids"], pids: [process.pid] });
 * console.log(tableRow(table, 0).ids);
 * ```
 */
export function tableRow<G extends Group>(
  table: Pick<ProcessTable<G>, keyof TableHead>,
  row: number,
): ProcessSnapshot<G> {
  // Of a table that was handed to another thread nothing is left.
  const rows = table.pid.length;
  if (!(Number.isInteger(row) && row >= 0 && row < rows)) {
    throw new RangeError(
      `Cannot read row as it must be an integer below ${rows}: current value is ${row}`,
    );
  }
  const snapshot: Record<string, unknown> = { pid: table.pid[row]! };
  for (const group of table.groups) {
    const missing = missingAt(table.status[group], row);
    snapshot[group] = missing ?? READERS[group](table as unknown as Row, row);
  }
  return snapshot as ProcessSnapshot<G>;
}
