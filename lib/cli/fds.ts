import { openProcess } from "../process/process.ts";
import { type Command, onePid, ROOT_OPTION } from "./command.ts";
import { DESCRIPTOR_FIELDS, descriptorsIn } from "./descriptors.ts";
import { LIST_OPTIONS, printRows } from "./table.ts";

const SHOWN = ["fd", "type", "mode", "details", "name"];

/** `libproc fds`: the descriptors of a process. */
export const command: Command = {
  usage: "PID",
  description:
    `Lists the open descriptors of a process: files, sockets, pipes and whatever else. Details are what an
epoll watches, the locks on a file, the timer, the counter, the signals or the process that it stands for.

Fields: ${Object.keys(DESCRIPTOR_FIELDS).join(", ")}. Sizes are bytes in JSON.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(DESCRIPTOR_FIELDS),
  example: "libproc fds $$",
  run(call) {
    const process = openProcess(onePid(call, "fds"), call.from);
    return printRows(call, descriptorsIn(call, process, SHOWN), DESCRIPTOR_FIELDS, SHOWN);
  },
};
