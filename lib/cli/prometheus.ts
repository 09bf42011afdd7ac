/**
 * Rows of processes in the text format of Prometheus, version 0.0.4.
 *
 * @module
 */
import type { Missing } from "../process/errors.ts";
import { STATES } from "../process/state.ts";
import { type Call, EXIT, type Options, printable, UsageError } from "./command.ts";
import type { ProcessFields, ProcessRow } from "./select.ts";

/** `--prometheus`, for commands that print processes. */
export const PROMETHEUS_OPTION: Options = {
  prometheus: { type: "boolean", help: "print metrics in the text format of Prometheus" },
};

/** The fields that metrics are made of. */
export const METRIC_FIELDS: readonly string[] = [
  "pid",
  "name",
  "user",
  "state",
  "start",
  "time",
  "rss",
  "threads",
  "read",
];

/** The groups that those fields are read with, and that may be denied. */
const GROUPS = ["user", "state", "start", "cpu", "memory", "threads", "io"] as const;

/** A value with what tells it from others of its metric; undefined where it is not known. */
type Sample = readonly [value: number | undefined, labels?: Readonly<Record<string, string>>];

/** What a scraper collects of each process under one name. */
export interface Metric<R> {
  /** The name, without the start that all have in common. */
  readonly name: string;
  /** What it is. */
  readonly help: string;
  /** Whether it only ever grows. */
  readonly type: "counter" | "gauge";
  /** Its values for one process. */
  readonly samples: (row: R) => readonly Sample[];
}

/** The values of a group of a process; undefined where there are none. */
function known<T extends object>(values: T | Missing | undefined): T | undefined {
  return typeof values === "object" ? values : undefined;
}

/** A number in units that are a part of the base unit. */
function parts(value: number | undefined, perUnit: number): number | undefined {
  return value === undefined ? undefined : value / perUnit;
}

const NS_PER_SECOND = 1e9;
const MS_PER_SECOND = 1000;

/** The metrics of a process. */
const METRICS: readonly Metric<ProcessRow>[] = [
  {
    name: "cpu_seconds_total",
    help: "Processor time in user mode and in the kernel.",
    type: "counter",
    samples: ({ cpu }) => [
      [parts(known(cpu)?.userTimeNs, NS_PER_SECOND), { mode: "user" }],
      [parts(known(cpu)?.systemTimeNs, NS_PER_SECOND), { mode: "system" }],
    ],
  },
  {
    name: "resident_memory_bytes",
    help: "Resident memory; what is shared with others counts in each.",
    type: "gauge",
    samples: ({ memory }) => [[known(memory)?.residentBytes]],
  },
  {
    name: "virtual_memory_bytes",
    help: "Size of the address space.",
    type: "gauge",
    samples: ({ memory }) => [[known(memory)?.virtualBytes]],
  },
  {
    name: "threads",
    help: "Number of threads.",
    type: "gauge",
    samples: ({ threads }) => [[known(threads)?.threadCount]],
  },
  {
    name: "start_time_seconds",
    help: "Start of the process, since 1970.",
    type: "gauge",
    samples: ({ start }) => [[parts(known(start)?.startedAt, MS_PER_SECOND)]],
  },
  {
    name: "read_bytes_total",
    help: "Bytes read from disks.",
    type: "counter",
    samples: ({ io }) => [[known(io)?.readBytes]],
  },
  {
    name: "written_bytes_total",
    help: "Bytes written to disks.",
    type: "counter",
    samples: ({ io }) => [[known(io)?.writtenBytes]],
  },
];

/** Refuses options that say how a table looks, which the metrics do not. */
export function onlyMetrics({ options }: Call): void {
  const other = ["json", "jsonl", "fields"].find((name) => options[name] !== undefined);
  if (other !== undefined) throw new UsageError(`Cannot use --${other} with --prometheus`);
}

/**
 * Prints the metrics of processes. What is not known has no line.
 *
 * @param call The call.
 * @param rows The processes, with the groups of {@linkcode METRIC_FIELDS}.
 * @param fields The fields of the rows.
 * @param more Metrics that these rows have beside.
 * @returns The exit status, as for a table.
 */
export function printMetrics<R extends ProcessRow>(
  { output }: Call,
  rows: readonly R[],
  fields: ProcessFields,
  more: readonly Metric<R>[] = [],
): number {
  const labels = rows.map((row) => ({
    pid: String(row.pid),
    ...present("name", fields["name"]!.value(row)),
    ...present("user", fields["user"]!.value(row)),
  }));
  for (const { name, help, type, samples } of [...METRICS, ...more]) {
    const lines = rows.flatMap((row, i) =>
      samples(row)
        .filter(([value]) => value !== undefined && !Number.isNaN(value))
        .map(([value, own]) => `${START}process_${name}${set({ ...labels[i], ...own })} ${value}`)
    );
    family(output, `process_${name}`, help, type, lines);
  }
  const counts = STATES.flatMap((state) => {
    const count = rows.filter((row) => known(row.state)?.state === state).length;
    return state === undefined || count === 0
      ? []
      : [`${START}processes${set({ state })} ${count}`];
  });
  family(output, "processes", "Number of processes by state.", "gauge", counts);
  if (rows.length === 0) return EXIT.none;
  const denied = rows.some((row) => GROUPS.some((group) => row[group] === "denied"));
  return denied ? EXIT.partly : EXIT.found;
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

function present(label: string, value: unknown): Record<string, string> {
  return value === undefined ? {} : { [label]: String(value) };
}

/** Labels in braces. */
function set(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels).map(([name, value]) => `${name}="${quoted(value)}"`)}}`;
}

/**
 * The value of a label: the format has a way to write a backslash, a quote and the end of a line.
 * Whatever else a terminal would obey is spelled out.
 */
function quoted(value: string): string {
  return value.split("\n")
    .map((line) => printable(line).replace(/[\\"]/g, "\\$&"))
    .join("\\n");
}
