import {
  atMost,
  BPF_OPTION,
  type Call,
  type Command,
  EXIT,
  NO_BPF_OPTION,
  ROOT_OPTION,
  text,
} from "./command.ts";
import {
  checkMetrics,
  type Metric,
  METRIC_FIELDS,
  printMetrics,
  PROMETHEUS_OPTION,
} from "./prometheus.ts";
import { countOf, intervalOf, pause } from "./repeat.ts";
import { SELECT_OPTIONS } from "./conditions.ts";
import { SHOWN_FIELDS } from "./select.ts";
import { samplerOf, type SelectedSampler } from "./selected_sampler.ts";
import { fieldNames, LIST_OPTIONS, printRows, shortNames, sortNames, sortRows } from "./table.ts";
import { NEEDED, sourceOf, TOP_FIELDS, topRow } from "./top/fields.ts";
import { summary } from "./top/head.ts";
import { Live } from "./top/live.ts";
import { wantedRows } from "./top/order.ts";

const BUSY: Metric = {
  name: "cpu_ratio",
  help: "Number of processors kept busy over the last interval.",
  type: "gauge",
  fields: { cpuPercent: {} },
};

/** The time over which the rates of the first table are measured, in milliseconds. */
const FIRST = 250;
/** The default time between two tables, in milliseconds. */
const INTERVAL = 2000;
/** The default order of the rows. */
const SORT = "-cpu";

/** `libproc top`: shows the busiest processes. */
export const command: Command = {
  usage: "",
  description:
    `Shows the processes that use the most processor time, or the first ones in another order, below the load
and the memory of the machine, and updates them continuously. The key ? lists the keys: they mark a process,
send it a signal, show its threads, and filter processes or show them as a tree.

A rate is - for a process that the previous table lacks. The head has the number of processes shown, and
their total use; resident memory shared between processes counts in each of them. Kernel threads are left
out without --all.

On Linux, if root runs it on a terminal and there are 1000 processes or more, it reads them with BPF programs
if the kernel permits them, as with --bpf. The option --no-bpf prevents that.

If the output is not a terminal whose cursor can be moved, or is JSON or metrics, it prints one table, or
--count tables, measured over --interval, a quarter of a second by default.

Fields: cpu (cpuPercent), which is in percent of one processor, reads (readBytesPerSecond), writes
(writtenBytesPerSecond), and those of ps.`,
  options: {
    ...SELECT_OPTIONS,
    ...LIST_OPTIONS,
    tree: { type: "boolean", short: "t", help: "each process below its parent, on a terminal" },
    interval: { type: "string", word: "SECONDS", help: "the time between tables; 2 by default" },
    count: { type: "string", word: "N", help: "end after N tables" },
    once: { type: "boolean", help: "print one table" },
    ...PROMETHEUS_OPTION,
    ...BPF_OPTION,
    ...NO_BPF_OPTION,
    ...ROOT_OPTION,
  },
  fields: shortNames(TOP_FIELDS),
  example: "libproc top --once --sort -rss --fields pid,rss,cpu,name",
  async run(call) {
    atMost(call, "top", 0);
    const { options, output } = call;
    checkMetrics(call);
    const names = fieldNames(call, TOP_FIELDS, SHOWN_FIELDS);
    const sort = text(options["sort"]) ?? SORT;
    const sorted = sortNames(sort, TOP_FIELDS);
    const seconds = text(options["interval"]);
    const interval = seconds === undefined ? undefined : intervalOf("--interval", seconds);
    const count = options["once"] ? 1 : countOf(call);
    const isPlain = ["once", "json", "jsonl", "prometheus"].some((name) => options[name]);
    if (output.screen?.moves && !isPlain) {
      const times = { interval: interval ?? INTERVAL, count: count ?? Infinity, first: FIRST };
      using live = new Live(call, output.screen, { names, sort, ...times });
      return await live.run();
    }
    const shown = options["prometheus"] ? METRIC_FIELDS : names;
    using sampler = samplerOf(call, [
      ...[...NEEDED, "residentBytes"],
      ...[...shown, ...sorted].map(sourceOf),
    ]);
    return await printTables(call, sampler, sort, interval ?? FIRST, count ?? 1);
  },
};

/** Prints tables one below the other. */
async function printTables(
  call: Call,
  sampler: SelectedSampler,
  sort: string,
  interval: number,
  count: number,
): Promise<number> {
  const { options, output } = call;
  const { selection } = sampler;
  const { signal } = output;
  // The rows are already sorted.
  const unsorted: Call = { ...call, options: { ...options, sort: undefined } };
  const asText = !options["json"] && !options["jsonl"];
  let status: number = EXIT.none;
  sampler.sample();
  for (let printed = 0; printed < count; printed++) {
    if (!await pause(interval, signal)) break;
    const sample = sampler.sample();
    const wanted = wantedRows(sample, selection, { filter: "", kernel: selection.wantsKernel });
    const rows = sortRows(Array.from(wanted, (row) => topRow(sample, row)), sort, TOP_FIELDS);
    if (options["prometheus"]) {
      status = printMetrics(call, rows, [BUSY]);
      continue;
    }
    if (asText && rows.length > 0 && !options["no-headers"]) {
      if (printed > 0) output.out("");
      output.out(summary(sample, wanted));
    }
    status = printRows(unsorted, rows, TOP_FIELDS, SHOWN_FIELDS);
  }
  return status;
}
