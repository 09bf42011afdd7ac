import { tableRow } from "../process/row.ts";
import {
  BPF_OPTION,
  type Call,
  type Command,
  EXIT,
  ROOT_OPTION,
  text,
  UsageError,
} from "./command.ts";
import { reportLeftOut, SELECT_OPTIONS } from "./conditions.ts";
import { forestOf, withLead } from "./forest.ts";
import { checkMetrics, METRIC_FIELDS, printMetrics, PROMETHEUS_OPTION } from "./prometheus.ts";
import { countOf, intervalOf, pause } from "./repeat.ts";
import {
  pidsIn,
  PROCESS_FIELDS,
  readSelected,
  reportDenied,
  type Row,
  selectionOf,
  SHOWN_FIELDS,
} from "./select.ts";
import {
  fieldNames,
  LIST_OPTIONS,
  namesOf,
  printRows,
  shortNames,
  sortNames,
  sortRows,
} from "./table.ts";

/** The default time between two lists, in seconds. */
const WATCH = "2";

/** `libproc ps`: lists processes. */
export const command: Command = {
  usage: "[PID...]",
  description:
    `Lists all processes, those with the given ids, or those that meet all conditions. Kernel threads are left
out without --all.

The field cpu is the share of one processor that a process has used since it started, as in ps(1), or with
--watch since the previous list. An unknown value is -. In JSON it is null, with the reason in "missing". The
values of environment variables are masked.

On a terminal, sizes are in K, M and G of 1024, times are local, and truncated texts end in ….
Elsewhere, values are in bytes, seconds and UTC, and texts are complete. In JSON, start is in milliseconds
since 1970.

Fields: ${namesOf(PROCESS_FIELDS)}.

Both names of a field can be used. JSON uses the full name, which is in parentheses above and includes the
unit.`,
  options: {
    ...SELECT_OPTIONS,
    ...LIST_OPTIONS,
    tree: { type: "boolean", short: "t", help: "each process below its parent" },
    watch: {
      type: "string",
      word: "[SECONDS]",
      help: `repeat the list at this interval; ${WATCH} by default`,
    },
    count: { type: "string", word: "N", help: "with --watch, end after N lists" },
    ...PROMETHEUS_OPTION,
    ...BPF_OPTION,
    ...ROOT_OPTION,
  },
  fields: shortNames(PROCESS_FIELDS),
  example: "libproc ps --user root --sort user,-rss --min-rss 10M",
  run(call) {
    const { options } = call;
    checkMetrics(call);
    const pids = pidsIn(call);
    const sort = sortNames(text(options["sort"]), PROCESS_FIELDS);
    const names = options["prometheus"] ? METRIC_FIELDS : [
      ...fieldNames(call, PROCESS_FIELDS, SHOWN_FIELDS),
      ...sort,
      ...options["tree"] ? ["parentPid"] : [],
    ];
    const seconds = text(options["watch"]);
    if (seconds !== undefined) {
      return watchList(call, names, intervalOf("--watch", seconds || WATCH), pids);
    }
    if (options["count"] !== undefined) throw new UsageError("Cannot use --count without --watch");
    const selection = selectionOf(call, pids);
    const rows = readSelected(call, selection, names, pids);
    const status = print(call, rows);
    reportLeftOut(call, selection.leftOut);
    return reportDenied(call, selection, status);
  },
};

function print(call: Call, rows: readonly Row[]): number {
  if (call.options["prometheus"]) return printMetrics(call, rows);
  if (!call.options["tree"]) return printRows(call, rows, PROCESS_FIELDS, SHOWN_FIELDS);
  const sorted = sortRows(rows, text(call.options["sort"]), PROCESS_FIELDS);
  const leads = new Map<Row, string>();
  const pids = sorted.map(({ pid }) => pid);
  const parents = sorted.map(({ parentPid = 0 }) => parentPid);
  for (const { row, lead } of forestOf([...sorted.keys()], pids, parents)) {
    leads.set(sorted[row]!, lead);
  }
  const names = fieldNames(call, PROCESS_FIELDS, SHOWN_FIELDS);
  const fields = withLead(PROCESS_FIELDS, names, (row) => leads.get(row) ?? "");
  const unsorted = { ...call, options: { ...call.options, sort: undefined } };
  return printRows(unsorted, [...leads.keys()], fields, SHOWN_FIELDS);
}

/** Prints the list repeatedly. */
async function watchList(
  call: Call,
  names: readonly (string | undefined)[],
  interval: number,
  pids: readonly number[] | undefined,
): Promise<number> {
  const { options, output } = call;
  const count = countOf(call) ?? Infinity;
  const isText = !["json", "jsonl", "prometheus"].some((name) => options[name]);
  const { signal } = output;
  const { samplerOf } = await import("./selected_sampler.ts");
  using sampler = samplerOf(call, names, pids);
  const { selection } = sampler;
  let status: number = EXIT.none;
  for (let printed = 0; printed < count; printed++) {
    if (printed > 0 && !await pause(interval, signal)) break;
    const sample = sampler.sample();
    if (isText && printed > 0) output.out("");
    status = print(
      call,
      selection.rowsIn(Array.from(sample.pid, (_, row) => tableRow(sample, row))),
    );
    if (printed === 0) reportLeftOut(call, selection.leftOut);
    status = reportDenied(call, selection, status);
  }
  return status;
}
