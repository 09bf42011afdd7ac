import type { FieldName } from "../process/fields/mod.ts";
import { tableRow } from "../process/row.ts";
import {
  atMost,
  BPF_OPTION,
  type Call,
  type Command,
  EXIT,
  ROOT_OPTION,
  text,
  UsageError,
} from "./command.ts";
import { METRIC_FIELDS, onlyMetrics, printMetrics, PROMETHEUS_OPTION } from "./prometheus.ts";
import { countOf, intervalOf, pause } from "./repeat.ts";
import { PROCESS_FIELDS, type Row, samplerOf, SELECT_OPTIONS, selectProcesses } from "./select.ts";
import { fieldNames, LIST_OPTIONS, namesOf, printRows, shortNames, sortNames } from "./table.ts";

const SHOWN: readonly FieldName[] = [
  "pid",
  "parentPid",
  "userName",
  "state",
  "cpuTimeNs",
  "residentBytes",
  "threadCount",
  "name",
];

/** `libproc ps`: the table of processes. */
export const command: Command = {
  usage: "",
  description:
    `Lists processes with their ids, user, state, processor time, resident memory and name.

Fields: ${namesOf(PROCESS_FIELDS)}.

Both names of a field can be used; JSON has the full one, which is in parentheses above, with the unit
in its name; start is in milliseconds since 1970. An unknown value is - (JSON: null, and under
"missing" why). With --watch, cpu is measured since the list before. The values of environment
variables are masked. In a table, long values end in … where they were cut, except in the last column.`,
  options: {
    ...SELECT_OPTIONS,
    ...LIST_OPTIONS,
    watch: { type: "string", word: "SECONDS", help: "list again and again, that often" },
    count: { type: "string", word: "N", help: "with --watch, end after N lists" },
    ...PROMETHEUS_OPTION,
    ...BPF_OPTION,
    ...ROOT_OPTION,
  },
  fields: shortNames(PROCESS_FIELDS),
  example: "libproc ps --user root --sort -rss --fields pid,rss,args",
  run(call) {
    atMost(call, "ps", 0);
    const { options } = call;
    if (options["prometheus"]) onlyMetrics(call);
    const sort = sortNames(text(options["sort"]), PROCESS_FIELDS);
    const names = options["prometheus"]
      ? METRIC_FIELDS
      : [...fieldNames(call, PROCESS_FIELDS, SHOWN), ...sort];
    const seconds = text(options["watch"]);
    if (seconds !== undefined) return watchList(call, names, intervalOf("--watch", seconds));
    if (options["count"] !== undefined) throw new UsageError("Cannot use --count without --watch");
    return print(call, selectProcesses(call, names));
  },
};

function print(call: Call, rows: readonly Row[]): number {
  if (call.options["prometheus"]) return printMetrics(call, rows);
  return printRows(call, rows, PROCESS_FIELDS, SHOWN);
}

/** Prints the list again and again. */
async function watchList(
  call: Call,
  names: readonly (string | undefined)[],
  interval: number,
): Promise<number> {
  const { options, output } = call;
  const count = countOf(call) ?? Infinity;
  const isText = !["json", "jsonl", "prometheus"].some((name) => options[name]);
  const { signal } = output;
  using sampler = samplerOf(call, names);
  let status: number = EXIT.none;
  for (let printed = 0; printed < count; printed++) {
    if (printed > 0 && !await pause(interval, signal)) break;
    const sample = sampler.sample();
    if (isText && printed > 0) output.out("");
    const rows = Array.from(sample.pid, (_, row) => tableRow(sample, row));
    status = print(call, sampler.selection.rowsIn(rows));
  }
  return status;
}
