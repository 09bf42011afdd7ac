import { atMost, type Command, ROOT_OPTION, sourceOf } from "./command.ts";
import { METRIC_FIELDS, onlyMetrics, printMetrics, PROMETHEUS_OPTION } from "./prometheus.ts";
import { PROCESS_FIELDS, processFields, SELECT_OPTIONS, selectProcesses } from "./select.ts";
import { LIST_OPTIONS, printRows } from "./table.ts";

const SHOWN = ["pid", "ppid", "user", "state", "time", "rss", "threads", "name"];

/** `libproc ps`: the table of processes. */
export const command: Command = {
  usage: "",
  description:
    `Lists processes with their ids, user, state, processor time, resident memory and name.

Fields: pid, ppid, pgid, id, user, uid, gid, ruid, suid, rgid, sgid, state, start, tty, nice, time,
rss, vsz, footprint, threads, read, written, name, exe, cwd, args. Sizes are bytes and times
nanoseconds in JSON; start is in milliseconds since 1970. What is not known is - (JSON: null, and
under "missing" why).`,
  options: { ...SELECT_OPTIONS, ...LIST_OPTIONS, ...PROMETHEUS_OPTION, ...ROOT_OPTION },
  fields: PROCESS_FIELDS,
  example: "libproc ps --user root --sort -rss --fields pid,rss,args",
  run(call) {
    atMost(call, "ps", 0);
    const fields = processFields(() => sourceOf(call).host);
    if (call.options["prometheus"]) {
      onlyMetrics(call);
      return printMetrics(call, selectProcesses(call, fields, METRIC_FIELDS), fields);
    }
    return printRows(call, selectProcesses(call, fields, SHOWN), fields, SHOWN);
  },
};
