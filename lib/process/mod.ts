/**
 * Processes, in words: what a program asks instead of starting `ps`, `lsof` or `ss`.
 *
 * @module
 */
export type { Columns, ColumnsOf } from "./columns.ts";
export { type ComparableTable, type Deltas, deltas } from "./deltas.ts";
export {
  AccessDeniedError,
  type Missing,
  MISSING,
  NotSupportedError,
  ProcessError,
  ProcessGoneError,
  ZombieError,
} from "./errors.ts";
export * from "./groups.ts";
export { processes, tableRow } from "./snapshot.ts";
export type { SourceOptions } from "./source.ts";
export { type ProcessState, STATES } from "./state.ts";
export {
  type ProcessTable,
  processTable,
  type ProcessTableOptions,
  tableBuffers,
  type TableHead,
  type TableOptions,
  tableText,
} from "./table.ts";
