import { BPF_OPTION, type Command, ROOT_OPTION } from "./command.ts";
import { DESCRIPTOR_FIELDS, listOpen, OWNER_OPTIONS, printOpen } from "./descriptors.ts";
import { LIST_OPTIONS, shownOn } from "./table.ts";

const SHOWN = ["fd", "type", "mode", "offset", "size", "peers", "details", "name"];
const SHOWN_OF_MANY = [
  "pid",
  "command",
  "user",
  "fd",
  "type",
  "mode",
  "offset",
  "size",
  "peers",
  "name",
];

/** The minimum widths of the screen for some of the fields. */
const LEAST = { details: 80, offset: 80, peers: 80, user: 100 };

/** `libproc fds`: lists what processes have open. */
export const command: Command = {
  usage: "[PID...]",
  description:
    `Lists what processes have open: files, sockets, pipes and others. Files that they use without a
descriptor come first: working and root directory, program (exe) and mapped files (mem). Without PID, and
without an option that selects processes, it lists those of all processes.

Both ends of a pipe have the same number, on Linux the one that /proc and lsof show. PEERS are the processes
at the other end, with their descriptors, as far as this user may inspect them. Details are what an epoll
descriptor watches, the locks on a file, and the timer, counter, signals or process of a descriptor.

Fields: ${Object.keys(DESCRIPTOR_FIELDS).join(", ")}. Sizes are bytes in JSON.`,
  options: { ...OWNER_OPTIONS, ...LIST_OPTIONS, ...BPF_OPTION, ...ROOT_OPTION },
  fields: Object.keys(DESCRIPTOR_FIELDS),
  example: "libproc fds $$",
  run(call) {
    const isJson = call.options["json"] === true || call.options["jsonl"] === true;
    const shown = [
      ...shownOn(call, call.words.length === 1 ? SHOWN : SHOWN_OF_MANY, LEAST),
    ];
    // A table shows the use instead of the number.
    if (isJson) shown.splice(shown.indexOf("fd") + 1, 0, "as");
    return printOpen(call, listOpen(call, shown, false), shown);
  },
};
