import type { FieldName } from "../../process/fields/mod.ts";
import { tableRow } from "../../process/row.ts";
import type { Sample } from "../../process/sampler.ts";
import { PROCESS_FIELDS, type Row } from "../select.ts";
import type { Field, Fields } from "../table.ts";

/** A sample with any fields. */
export type TopSample = Sample<FieldName>;

/** The fields that the head, the default order and the tree need of all processes. */
export const NEEDED: readonly FieldName[] = ["state", "cpuTimeNs", "kernelThread", "parentPid"];

/** Returns the column of a numeric field; undefined if the sample does not have it. */
export function columnOf(sample: TopSample, name: string): ArrayLike<number> | undefined {
  if (name === "pid") return sample.pid;
  if (isRate(name)) return sample.changes[name];
  const column: unknown = (sample as Readonly<Record<string, unknown>>)[name];
  return column instanceof Float64Array ? column : undefined;
}

/** A process with the rates between two samples. A rate is undefined if it is unknown. */
export type TopRow = Row & {
  /** The bytes read from disks per second. */
  readonly readBytesPerSecond: number | undefined;
  /** The bytes written to disks per second. */
  readonly writtenBytesPerSecond: number | undefined;
};

/** The names of the rates. */
export type RateName = "cpuPercent" | "readBytesPerSecond" | "writtenBytesPerSecond";

/** The fields from which the rates are computed. */
const SOURCES: Readonly<Record<RateName, FieldName>> = {
  cpuPercent: "cpuTimeNs",
  readBytesPerSecond: "readBytes",
  writtenBytesPerSecond: "writtenBytes",
};

/** Returns true for a field that is measured between two samples. */
export function isRate(name: string): name is RateName {
  return Object.hasOwn(SOURCES, name);
}

/** Returns the field to read in order to show a field. */
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

/** All fields that can be shown. The rates are first, and replace the fields of the same name. */
export const TOP_FIELDS: Fields<TopRow> = { ...RATES, ...PROCESS_FIELDS, ...RATES };

/** Returns the row of a process in a sample, combined with the details that were read of it. */
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

/** Returns a number of a column; undefined for NaN. */
export function defined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
