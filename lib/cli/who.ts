import { type Held, type Holder, whoHas } from "../process/who_has.ts";
import { atMost, type Command, ROOT_OPTION, UsageError } from "./command.ts";
import { readFrom } from "./select.ts";
import { type Fields, LIST_OPTIONS, printRows } from "./table.ts";

const FIELDS: Fields<Holder> = {
  pid: { title: "PID", value: ({ pid }) => pid, right: true },
  fds: { title: "FDS", value: ({ descriptors }) => descriptors.map(({ fd }) => fd) },
  as: { title: "AS", value: ({ as }) => as },
  name: { title: "NAME", value: ({ name }) => name },
};

/** `libproc who`: who has a file, a port or a socket. */
export const command: Command = {
  usage: "(PATH | :PORT | tcp:PORT | udp:PORT | unix:NAME)",
  description:
    `Lists the processes that have a file open, run it, work in it or have it mapped; or have a socket on a
port; or a UNIX-domain socket of a name, which is a path or starts with @. A PATH that looks like
another form can be written with ./ before it.

Fields: ${Object.keys(FIELDS).join(", ")}.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  exits: "0 somebody has it, 1 nobody whom this user may look at has, 2 an error",
  example: "libproc who :8080",
  run(call) {
    atMost(call, "who", 1);
    const [word] = call.words;
    if (word === undefined || word === "") {
      throw new UsageError("Cannot look for nothing: give a path, :PORT or unix:NAME");
    }
    const holders = whoHas(heldBy(word), readFrom(call));
    return printRows(call, holders, FIELDS, ["pid", "as", "fds", "name"]);
  },
};

function heldBy(word: string): Held {
  const port = /^(tcp|udp|):(\d+)$/.exec(word);
  if (port !== null) {
    const [, protocol, digits] = port;
    const found = { port: Number(digits) };
    return protocol === "tcp" || protocol === "udp" ? { ...found, protocol } : found;
  }
  if (word.startsWith("unix:")) return { socket: word.slice("unix:".length) };
  return word.startsWith("@") ? { socket: word } : { path: word };
}
