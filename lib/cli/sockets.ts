import { socketDescriptors } from "../process/descriptors.ts";
import { openProcess } from "../process/process.ts";
import { atMost, BPF_OPTION, type Command, EXIT, number, ROOT_OPTION } from "./command.ts";
import {
  DESCRIPTOR_FIELDS,
  type DescriptorRow,
  descriptorsIn,
  warnOfDenied,
} from "./descriptors.ts";
import { LIST_OPTIONS, printRows } from "./table.ts";

const SHOWN = ["pid", "fd", "protocol", "state", "local", "remote", "peers"];

/** `libproc sockets`: the sockets of a process, or of all. */
export const command: Command = {
  usage: "[PID]",
  description:
    `Lists the sockets of a process, or of all processes. PEERS are the processes at the other end, with
their descriptors, as far as this user may inspect them. On Linux, - is the process of a socket whose
process this user may not inspect.

Fields: ${Object.keys(DESCRIPTOR_FIELDS).join(", ")}.`,
  options: { ...LIST_OPTIONS, ...BPF_OPTION, ...ROOT_OPTION },
  fields: Object.keys(DESCRIPTOR_FIELDS),
  example: "libproc sockets --fields pid,local,remote,state",
  run(call) {
    atMost(call, "sockets", 1);
    const word = call.words[0];
    if (word !== undefined) {
      const process = openProcess(number("PID", word, () => 0), call.from);
      const rows = descriptorsIn(call, process, SHOWN).filter(({ type }) => type === "socket");
      return printRows(call, rows, DESCRIPTOR_FIELDS, SHOWN);
    }
    const { descriptors: all, missing, unowned } = socketDescriptors(call.from);
    const rows: readonly DescriptorRow[] = [
      ...all,
      ...unowned.map((one) => ({ ...one, type: "socket" as const })),
    ];
    const status = warnOfDenied(call, rows, printRows(call, rows, DESCRIPTOR_FIELDS, SHOWN));
    return missing.some(({ why }) => why === "denied") ? EXIT.partly : status;
  },
};
