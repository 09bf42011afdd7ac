/**
 * Which processes are shown, and in which order.
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

/** What the user chose. */
export interface Choice {
  /** The fields to sort by, as `--sort` takes them. */
  readonly sort: string;
  /** What names and command lines must contain, in any case of letters; all do if it is empty. */
  readonly filter: string;
  /** True if kernel threads are shown. */
  readonly kernel: boolean;
}

/**
 * The rows of a sample that are wanted.
 *
 * @param memory Where they are put, if there is room for as many as the sample has.
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

/** The processes with a text in their name or command line. */
function pidsMatching(filter: string, { options }: Selection): ReadonlySet<number> {
  const part = filter.toLowerCase();
  const rows = processes({ ...options, fields: ["name", "commandLine"] });
  return new Set(
    rows.filter(({ name = "", commandLine = "" }) =>
      name.toLowerCase().includes(part) || commandLine.toLowerCase().includes(part)
    ).map(({ pid }) => pid),
  );
}

/** The first rows in the order that was chosen: all, or as many as are needed. */
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
  // What is unknown is last.
  const key = (row: number) => Number.isNaN(column[row]!) ? Infinity : sign * column[row]!;
  const compare = (a: number, b: number) => {
    const left = key(a), right = key(b);
    return left === right ? a - b : left - right;
  };
  return most > rows.length >> 3
    ? Array.from(rows).sort(compare).slice(0, most)
    : fewest(rows, compare, most);
}

/** The first of many rows, with far fewer comparisons than it takes to sort them. */
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

/** All rows in an order that takes texts, or several fields, or what the sample has not. */
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
 * Reads what a sample lacks of some fields.
 *
 * @param pids The processes. Default: all.
 * @returns What was read of the process in a row; undefined if nothing was, or of another process only.
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
