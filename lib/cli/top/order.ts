/**
 * The selection and the order of the processes.
 *
 * @module
 */
import type { FieldName } from "../../process/fields/mod.ts";
import { processes } from "../../process/rows.ts";
import { readFor, type Row, type Selection } from "../select.ts";
import { sortNames, sortRows } from "../table.ts";
import {
  columnOf,
  defined,
  sourceOf,
  TOP_FIELDS,
  type TopRow,
  topRow,
  type TopSample,
} from "./fields.ts";

/** The choices of the user. */
export interface Choice {
  /** The fields to sort by, in the form of `--sort`. */
  readonly sort: string;
  /**
   * The text that the name or the command line must contain, in any case. Empty for all processes.
   */
  readonly filter: string;
  /** True if kernel threads are shown. */
  readonly kernel: boolean;
}

/**
 * Returns the rows of a sample that are selected.
 *
 * @param memory The memory for the result, which is used if it is at least as long as the sample.
 */
export function wantedRows(
  sample: TopSample,
  selection: Selection,
  { filter, kernel }: Pick<Choice, "filter" | "kernel">,
  memory = new Int32Array(sample.count),
): Int32Array {
  const isWanted = selection.wants();
  const matching = filter === "" ? undefined : pidsMatching(filter, selection);
  const { pid: pids, kernelThread, changes: { cpuPercent } } = sample;
  const residentBytes = columnOf(sample, "residentBytes");
  const rows = memory.length < sample.count ? new Int32Array(sample.count) : memory;
  let count = 0;
  for (let row = 0; row < sample.count; row++) {
    const pid = pids[row]!;
    if (!kernel && kernelThread[row] === 1) continue;
    if (matching?.has(pid) === false) continue;
    if (
      isWanted?.({
        pid,
        residentBytes: defined(residentBytes?.[row] ?? NaN),
        cpuPercent: defined(cpuPercent[row]!),
      }) === false
    ) continue;
    rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** Returns the pids of the processes with a text in their name or command line. */
function pidsMatching(filter: string, { options }: Selection): ReadonlySet<number> {
  const part = filter.toLowerCase();
  const rows = processes({ ...options, fields: ["name", "commandLine"] });
  return new Set(
    rows.filter(({ name = "", commandLine = "" }) =>
      name.toLowerCase().includes(part) || commandLine.toLowerCase().includes(part)
    ).map(({ pid }) => pid),
  );
}

/** Returns the first rows in the chosen order, at most `most`. */
export function firstRows(
  sample: TopSample,
  rows: Int32Array,
  sort: string,
  selection: Selection,
  most: number,
): readonly number[] {
  const [name = "", ...others] = sortNames(sort, TOP_FIELDS);
  const column = others.length > 0 ? undefined : columnOf(sample, name);
  if (column === undefined) return bySeveral(sample, rows, sort, selection).slice(0, most);
  const sign = sort.startsWith("-") ? -1 : 1;
  // Unknown values are last.
  const key = (row: number) => Number.isNaN(column[row]!) ? Infinity : sign * column[row]!;
  const compare = (a: number, b: number) => {
    const left = key(a), right = key(b);
    return left === right ? a - b : left - right;
  };
  return most > rows.length >> 3
    ? Array.from(rows).sort(compare).slice(0, most)
    : fewest(rows, compare, most);
}

/** Returns the first of many rows, with far fewer comparisons than sorting all of them. */
function fewest(
  rows: Int32Array,
  compare: (a: number, b: number) => number,
  most: number,
): number[] {
  const first: number[] = [];
  for (const row of rows) {
    if (first.length === most && (most === 0 || compare(row, first[most - 1]!) > 0)) continue;
    let low = 0, high = first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(row, first[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    first.splice(low, 0, row);
    if (first.length > most) first.pop();
  }
  return first;
}

/** Sorts rows by texts, by several fields, or by fields that the sample lacks. */
function bySeveral(
  sample: TopSample,
  rows: Int32Array,
  sort: string,
  { options }: Selection,
): number[] {
  const details = detailsOf(options, undefined, sortNames(sort, TOP_FIELDS), sample);
  const rowOf = new Map<TopRow, number>();
  for (const row of rows) rowOf.set(topRow(sample, row, details(row)), row);
  return sortRows([...rowOf.keys()], sort, TOP_FIELDS).map((row) => rowOf.get(row)!);
}

/**
 * Reads the fields that a sample lacks.
 *
 * @param pids The pids of the processes. Default: all processes.
 * @returns A function that returns the fields read of the process in a row; undefined if nothing
 * was read, or if the pid now belongs to another process.
 */
export function detailsOf(
  options: Selection["options"],
  pids: readonly number[] | undefined,
  names: readonly string[],
  sample: TopSample,
): (row: number) => Row | undefined {
  const sampled: ReadonlySet<string> = new Set(["pid", "uniqueId", ...sample.fields]);
  const lacking = readFor(names.map(sourceOf)).filter((name) => !sampled.has(name));
  if (lacking.length === 0) return () => undefined;
  const fields: readonly FieldName[] = ["uniqueId", ...lacking];
  const read: readonly Row[] = processes({ ...options, fields, ...(pids && { pids }) });
  const byPid = new Map(read.map((row) => [row.pid, row]));
  return (row) => {
    const found = byPid.get(sample.pid[row]!);
    return found?.uniqueId === String(sample.uniqueId[row]) ? found : undefined;
  };
}
