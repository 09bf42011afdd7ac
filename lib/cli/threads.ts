import { openProcess } from "../process/process.ts";
import type { ThreadInfo } from "../process/threads.ts";
import { type Command, onePid, ROOT_OPTION } from "./command.ts";
import { type Fields, LIST_OPTIONS, printRows } from "./table.ts";

const FIELDS: Fields<ThreadInfo> = {
  id: { title: "ID", value: ({ id }) => id, unit: "none" },
  state: { title: "STATE", value: ({ state }) => state },
  user: { title: "USER", value: ({ userTimeNs }) => userTimeNs, unit: "nanoseconds" },
  system: { title: "SYSTEM", value: ({ systemTimeNs }) => systemTimeNs, unit: "nanoseconds" },
  time: { title: "TIME", value: ({ cpuTimeNs }) => cpuTimeNs, unit: "nanoseconds" },
  priority: { title: "PRIORITY", value: ({ priority }) => priority, unit: "none" },
  policy: { title: "POLICY", value: ({ policy }) => policy },
  name: { title: "NAME", value: ({ name }) => name },
};

/** `libproc threads`: the threads of a process. */
export const command: Command = {
  usage: "PID",
  description: `Lists the threads of a process.

Fields: ${Object.keys(FIELDS).join(", ")}. Times are nanoseconds in JSON.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc threads 1 --sort -time",
  run(call) {
    const process = openProcess(onePid(call, "threads"), call.from);
    return printRows(call, process.threads(), FIELDS, ["id", "state", "time", "priority", "name"]);
  },
};
