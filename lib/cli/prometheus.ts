/**
 * Rows of processes in the text format of Prometheus, version 0.0.4.
 *
 * @module
 */
import type { Unit } from "../process/fields/field.ts";
import { type FieldName, PLACES } from "../process/fields/mod.ts";
import { STATES } from "../process/state.ts";
import {
  type Call,
  EXIT,
  number,
  type Options,
  printable,
  refused,
  text,
  UsageError,
} from "./command.ts";
import type { Row } from "./select.ts";

/** The default number of processes with metrics. Each has about ten series. */
const MOST = 1000;

/** The options for metrics, for commands that print processes. */
export const PROMETHEUS_OPTION: Options = {
  prometheus: { type: "boolean", help: "print metrics in the text format of Prometheus" },
  most: {
    type: "string",
    word: "N",
    help: `with --prometheus, metrics of the N busiest processes; ${MOST} by default`,
  },
};

type Labels = Readonly<Record<string, string>>;

/** A metric of each process. */
export interface Metric {
  /** The name, without the common prefix. */
  readonly name: string;
  /** The description. */
  readonly help: string;
  /** The type. A counter never decreases. */
  readonly type: "counter" | "gauge";
  /** The fields with the values, each with labels that distinguish it from the others. */
  readonly fields: { readonly [N in FieldName]?: Labels };
}

/** The number of units in a base unit of Prometheus. */
const PER_BASE_UNIT: Readonly<Record<Unit, number>> = {
  bytes: 1,
  nanoseconds: 1e9,
  time: 1000,
  percent: 100,
  none: 1,
};

/** The metrics of a process. */
const METRICS: readonly Metric[] = [
  {
    name: "cpu_seconds_total",
    help: "Processor time in user mode and in the kernel, in seconds.",
    type: "counter",
    fields: { userTimeNs: { mode: "user" }, systemTimeNs: { mode: "system" } },
  },
  {
    name: "resident_memory_bytes",
    help: "Resident memory, in bytes. Memory shared between processes counts in each of them.",
    type: "gauge",
    fields: { residentBytes: {} },
  },
  {
    name: "virtual_memory_bytes",
    help: "Size of the address space, in bytes.",
    type: "gauge",
    fields: { virtualBytes: {} },
  },
  {
    name: "threads",
    help: "Number of threads.",
    type: "gauge",
    fields: { threadCount: {} },
  },
  {
    name: "start_time_seconds",
    help: "Start of the process, in seconds since 1970.",
    type: "gauge",
    fields: { startedAt: {} },
  },
  {
    name: "read_bytes_total",
    help: "Data read from disks, in bytes.",
    type: "counter",
    fields: { readBytes: {} },
  },
  {
    name: "written_bytes_total",
    help: "Data written to disks, in bytes.",
    type: "counter",
    fields: { writtenBytes: {} },
  },
];

/** The fields that the metrics need. */
export const METRIC_FIELDS: readonly string[] = [
  ...["pid", "uniqueId", "name", "userName", "state"],
  ...METRICS.flatMap(({ fields }) => Object.keys(fields)),
];

/**
 * Throws if options of tables are combined with `--prometheus`, or options of metrics are used
 * without it.
 */
export function checkMetrics(call: Call): void {
  const { options } = call;
  if (!options["prometheus"]) {
    if (options["most"] === undefined) return;
    throw new UsageError("Cannot use --most without --prometheus");
  }
  mostOf(call);
  const other = ["json", "jsonl", "fields"].find((name) => options[name] !== undefined);
  if (other !== undefined) throw new UsageError(`Cannot use --${other} with --prometheus`);
}

/** Returns the maximum number of processes with metrics. */
function mostOf({ options }: Call): number {
  const word = text(options["most"]);
  const most = number("--most", word, () => MOST);
  if (most >= 1) return most;
  throw new UsageError(`Cannot use --most as it must be above 0: current value is ${word}`);
}

/**
 * Returns the busiest processes. The others are not summed up, as such a counter would decrease
 * when one of them ends.
 */
function busiest(call: Call, rows: readonly Row[]): readonly Row[] {
  const most = mostOf(call);
  if (rows.length <= most) return rows;
  const time = ({ userTimeNs = 0, systemTimeNs = 0 }: Row) => userTimeNs + systemTimeNs;
  const chosen = new Set([...rows].sort((a, b) => time(b) - time(a)).slice(0, most));
  return rows.filter((row) => chosen.has(row));
}

/**
 * Prints the metrics of processes. An unknown value has no line.
 *
 * The labels of a process include its identity: the counters of a process that reuses its pid start
 * at 0, and a counter must not decrease.
 *
 * @param call The call.
 * @param all The processes, with {@linkcode METRIC_FIELDS}.
 * @param more Further metrics of these rows.
 * @returns The exit status, as for a table.
 */
export function printMetrics(
  call: Call,
  all: readonly Row[],
  more: readonly Metric[] = [],
): number {
  const { output } = call;
  const rows = busiest(call, all);
  const labels = rows.map(({ pid, uniqueId, name, userName, userId }) => ({
    pid: String(pid),
    ...present("id", uniqueId),
    ...present("name", name),
    ...present("user", userName ?? userId),
  }));
  for (const { name, help, type, fields } of [...METRICS, ...more]) {
    const lines = rows.flatMap((row, i) =>
      Object.entries(fields).flatMap(([field, own]) => {
        const value = row[field as FieldName];
        if (value === undefined) return [];
        const { unit = "none" } = PLACES.get(field)!.field;
        const labelled = set({ ...labels[i], ...own });
        return [`${START}process_${name}${labelled} ${Number(value) / PER_BASE_UNIT[unit]}`];
      })
    );
    family(output, `process_${name}`, help, type, lines);
  }
  const counts = STATES.flatMap((state) => {
    const count = all.filter((row) => row.state === state).length;
    return state === undefined || count === 0
      ? []
      : [`${START}processes${set({ state })} ${count}`];
  });
  family(output, "processes", "Number of processes by state.", "gauge", counts);
  if (all.length === 0) return EXIT.none;
  const omitted = `${START}processes_omitted ${all.length - rows.length}`;
  family(output, "processes_omitted", "Number of processes without metrics.", "gauge", [omitted]);
  const denied = rows.filter(({ missing }) => Object.values(missing).includes("denied"));
  if (denied.length === 0) return EXIT.found;
  return refused(
    call,
    `metrics of ${denied.length} of ${rows.length} processes are missing`,
  );
}

const START = "libproc_";

function family(
  output: Call["output"],
  name: string,
  help: string,
  type: string,
  lines: readonly string[],
): void {
  if (lines.length === 0) return;
  output.out(`# HELP ${START}${name} ${help}`);
  output.out(`# TYPE ${START}${name} ${type}`);
  for (const line of lines) output.out(line);
}

function present(label: string, value: unknown): Labels {
  return value === undefined ? {} : { [label]: String(value) };
}

/** Formats labels in braces. */
function set(labels: Labels): string {
  return `{${Object.entries(labels).map(([name, value]) => `${name}="${quoted(value)}"`)}}`;
}

/**
 * Escapes the value of a label. The format has escapes for backslashes, quotes and line feeds;
 * other characters that a terminal would interpret are escaped as for a terminal.
 */
function quoted(value: string): string {
  return value.split("\n")
    .map((line) => printable(line).replace(/[\\"]/g, "\\$&"))
    .join("\\n");
}
