import type { FieldName } from "../../process/fields/mod.ts";
import { tableRow } from "../../process/row.ts";
import type { Sample } from "../../process/sampler.ts";
import { PROCESS_FIELDS, type Row } from "../select.ts";
import type { Field, Fields } from "../table.ts";

/** A sample with whichever fields. */
export type TopSample = Sample<FieldName>;

/** What the head, the order by default and the tree need of all processes. */
export const NEEDED: readonly FieldName[] = ["state", "cpuTimeNs", "kernelThread", "parentPid"];

/** A column with the numbers of a field; undefined if the sample has none. */
export function columnOf(sample: TopSample, name: string): ArrayLike<number> | undefined {
  if (name === "pid") return sample.pid;
  if (isRate(name)) return sample.changes[name];
  const column: unknown = (sample as Readonly<Record<string, unknown>>)[name];
  return column instanceof Float64Array ? column : undefined;
}

/** A process, with the rates between two readings; a rate is undefined if it is unknown. */
export type TopRow = Row & {
  /** Bytes read from disks, per second. */
  readonly readBytesPerSecond: number | undefined;
  /** Bytes written to disks, per second. */
  readonly writtenBytesPerSecond: number | undefined;
};

/** The rates. */
export type RateName = "cpuPercent" | "readBytesPerSecond" | "writtenBytesPerSecond";

/** The fields that the rates are computed from. */
const SOURCES: Readonly<Record<RateName, FieldName>> = {
  cpuPercent: "cpuTimeNs",
  readBytesPerSecond: "readBytes",
  writtenBytesPerSecond: "writtenBytes",
};

/** True for a field that is measured between two samples. */
export function isRate(name: string): name is RateName {
  return Object.hasOwn(SOURCES, name);
}

/** What must be read for a field to be shown. */
export function sourceOf(name: string): FieldName {
  return isRate(name) ? SOURCES[name] : name as FieldName;
}

function rate(name: RateName, look: Omit<Field<TopRow>, "value">): Field<TopRow> {
  const source = SOURCES[name];
  return { ...look, value: (row) => row[name], missing: ({ missing }) => missing[source] };
}

const RATES: Fields<TopRow> = {
  cpuPercent: rate("cpuPercent", PROCESS_FIELDS["cpuPercent"]!),
  readBytesPerSecond: rate("readBytesPerSecond", {
    title: "READ/s",
    alias: "reads",
    unit: "bytes",
  }),
  writtenBytesPerSecond: rate("writtenBytesPerSecond", {
    title: "WRITTEN/s",
    alias: "writes",
    unit: "bytes",
  }),
};

/** All fields that can be shown. */
export const TOP_FIELDS: Fields<TopRow> = { ...RATES, ...PROCESS_FIELDS, ...RATES };

/** The row of a process in a sample, with what else was read of it. */
export function topRow(sample: TopSample, row: number, details?: Row): TopRow {
  const { changes } = sample;
  const sampled = tableRow(sample, row);
  return {
    ...details,
    ...sampled,
    missing: { ...details?.missing, ...sampled.missing },
    cpuPercent: defined(changes.cpuPercent[row]!),
    readBytesPerSecond: defined(changes.readBytesPerSecond[row]!),
    writtenBytesPerSecond: defined(changes.writtenBytesPerSecond[row]!),
  };
}

/** A number of a column; undefined if there is none. */
export function defined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
