import { openProcess } from "../process/process.ts";
import type { ThreadInfo } from "../process/threads.ts";
import { type Command, onePid, ROOT_OPTION, sourceOf } from "./command.ts";
import { duration, type Fields, LIST_OPTIONS, printRows } from "./table.ts";

const FIELDS: Fields<ThreadInfo> = {
  id: { title: "ID", value: ({ id }) => id, right: true },
  state: { title: "STATE", value: ({ state }) => state },
  user: {
    title: "USER",
    value: ({ userTimeNs }) => userTimeNs,
    text: ({ userTimeNs }) => duration(userTimeNs),
    right: true,
  },
  system: {
    title: "SYSTEM",
    value: ({ systemTimeNs }) => systemTimeNs,
    text: ({ systemTimeNs }) => duration(systemTimeNs),
    right: true,
  },
  time: {
    title: "TIME",
    value: ({ cpuTimeNs }) => cpuTimeNs,
    text: ({ cpuTimeNs }) => duration(cpuTimeNs),
    right: true,
  },
  priority: { title: "PRIORITY", value: ({ priority }) => priority, right: true },
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
    const process = openProcess(onePid(call, "threads"), sourceOf(call));
    return printRows(call, process.threads(), FIELDS, ["id", "state", "time", "priority", "name"]);
  },
};
