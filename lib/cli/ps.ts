import type { FieldName } from "../process/fields/mod.ts";
import { atMost, BPF_OPTION, type Command, ROOT_OPTION, text } from "./command.ts";
import { METRIC_FIELDS, onlyMetrics, printMetrics, PROMETHEUS_OPTION } from "./prometheus.ts";
import { PROCESS_FIELDS, SELECT_OPTIONS, selectProcesses } from "./select.ts";
import { fieldNames, LIST_OPTIONS, namesOf, printRows, shortNames, sortName } from "./table.ts";

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
"missing" why). The values of environment variables are masked. In a table, long values end in … where
they were cut, except in the last column.`,
  options: {
    ...SELECT_OPTIONS,
    ...LIST_OPTIONS,
    ...PROMETHEUS_OPTION,
    ...BPF_OPTION,
    ...ROOT_OPTION,
  },
  fields: shortNames(PROCESS_FIELDS),
  example: "libproc ps --user root --sort -rss --fields pid,rss,args",
  run(call) {
    atMost(call, "ps", 0);
    if (call.options["prometheus"]) {
      onlyMetrics(call);
      return printMetrics(call, selectProcesses(call, METRIC_FIELDS));
    }
    const names = fieldNames(call, PROCESS_FIELDS, SHOWN);
    const sort = sortName(text(call.options["sort"]), PROCESS_FIELDS);
    return printRows(call, selectProcesses(call, [...names, sort]), PROCESS_FIELDS, SHOWN);
  },
};
