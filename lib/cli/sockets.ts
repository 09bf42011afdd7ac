import { descriptors } from "../process/descriptors.ts";
import { openProcess } from "../process/process.ts";
import { atMost, type Command, EXIT, number, ROOT_OPTION, sourceOf } from "./command.ts";
import { DESCRIPTOR_FIELDS } from "./descriptors.ts";
import { readFrom } from "./select.ts";
import { LIST_OPTIONS, printRows } from "./table.ts";

const SHOWN = ["pid", "fd", "protocol", "state", "local", "remote", "peers"];

/** `libproc sockets`: the sockets of a process, or of all. */
export const command: Command = {
  usage: "[PID]",
  description:
    `Lists the sockets of a process, or of all processes that this user may look at. PEERS are the
processes at the other end, with their descriptors, as far as they were looked at.

Fields: ${Object.keys(DESCRIPTOR_FIELDS).join(", ")}.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(DESCRIPTOR_FIELDS),
  example: "libproc sockets --fields pid,local,remote,state",
  run(call) {
    atMost(call, "sockets", 1);
    const word = call.words[0];
    if (word !== undefined) {
      const process = openProcess(number("PID", word, () => 0), sourceOf(call));
      return printRows(call, process.sockets(), DESCRIPTOR_FIELDS, SHOWN);
    }
    const { descriptors: all, missing } = descriptors(readFrom(call));
    const sockets = all.filter(({ type }) => type === "socket");
    const status = printRows(call, sockets, DESCRIPTOR_FIELDS, SHOWN);
    return missing.some(({ why }) => why === "denied") ? EXIT.partly : status;
  },
};
