import { type Held, type Holder, whoHas } from "../process/who_has.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { PORT_PROTOCOLS } from "../system/transports.ts";
import {
  atMost,
  BPF_OPTION,
  type Call,
  type Command,
  type Options,
  ROOT_OPTION,
  text,
  UsageError,
} from "./command.ts";
import { isChoosing, OWNER_OPTIONS, processesChosen, socketDenial } from "./descriptors.ts";
import { portIn } from "./port_word.ts";
import { PROCESS_FIELDS, readFor, type Row } from "./select.ts";
import { fieldNames, type Fields, LIST_OPTIONS, plain, printRows } from "./table.ts";

/** A holder and the row of its process. */
type HolderRow = Holder & { readonly of: Row | undefined };

/** The command line of a process, as in the list of processes. */
const COMMAND_LINE = PROCESS_FIELDS["commandLine"]!;

const FIELDS: Fields<HolderRow> = {
  pid: {
    title: "PID",
    value: ({ pid }) => pid,
    missing: ({ missing }) => missing.pid,
    unit: "none",
  },
  user: {
    title: "USER",
    value: ({ of }) => of?.userName ?? of?.userId,
    missing: ({ missing }) => missing.pid,
  },
  fds: { title: "FDS", value: ({ descriptors }) => descriptors.map(({ fd }) => fd) },
  as: { title: "AS", value: ({ as }) => as },
  name: {
    title: "NAME",
    value: ({ name }) => name,
    missing: ({ missing }) => missing.name ?? missing.pid,
  },
  command: {
    title: "COMMAND",
    value: ({ of }) => of && COMMAND_LINE.value(of),
    text: ({ of }, form) => of && (COMMAND_LINE.text?.(of, form) ?? plain(COMMAND_LINE.value(of))),
    missing: ({ of, missing }) => missing.pid ?? (of && COMMAND_LINE.missing?.(of)),
  },
};

const SHOWN = ["pid", "user", "as", "fds", "name", "command"];

/** The options that name what to search for, instead of an argument. */
const WHO_OPTIONS: Options = {
  mount: {
    type: "string",
    word: "PATH",
    help: "find what uses the file system of PATH, or the one on that block device",
  },
  below: {
    type: "string",
    word: "PATH",
    help: "find what uses the directory PATH or anything below it",
  },
};

/** `libproc who`: lists the holders of a file, a file system, a port or a socket. */
export const command: Command = {
  usage: "(PATH | DIR/ | :PORT | PROTOCOL:PORT | unix:NAME | @NAME | --mount PATH | --below PATH)",
  description:
    `Lists the processes that have a file open, run it, work in it or map it; or that have a socket on a
port; or that have a UNIX-domain socket with a name, which is a path or starts with @. The PATH of such a
socket finds the processes that have the socket. A PATH that looks like another form can be written with ./
before it. PROTOCOL is one of ${PORT_PROTOCOLS.join(", ")}. --mount and --below find the
processes that keep a file system or a directory busy. A PATH that ends in / means the same as --below. On
Linux, the process of a socket is - if this user may not inspect it.

Fields: ${Object.keys(FIELDS).join(", ")}.`,
  options: { ...WHO_OPTIONS, ...OWNER_OPTIONS, ...LIST_OPTIONS, ...BPF_OPTION, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  exits:
    "0 a process uses it, 1 no process that this user may inspect uses it, 2 an error, 3 some are denied",
  example: "libproc who :8080",
  run(call) {
    const names = fieldNames(call, FIELDS, SHOWN);
    const holders = find(call);
    const pids = holders.flatMap(({ pid }) => pid ?? []);
    const rows = new Map(
      processesChosen(call, names, pids, names.includes("command") ? READ : []).map((row) => [
        row.pid,
        row,
      ]),
    );
    const chosen = isChoosing(call) ? holders.filter(({ pid }) => rows.has(pid ?? NaN)) : holders;
    const found = chosen.map((holder): HolderRow => ({
      ...holder,
      of: rows.get(holder.pid ?? NaN),
    }));
    const hasUnknown = found.some(({ pid }) => pid === undefined);
    return printRows(call, found, FIELDS, SHOWN, { denial: hasUnknown ? socketDenial : undefined });
  },
};

const READ = readFor(["commandLine"]);

/** Finds the holders. If a plain number does not name a file, the error suggests a port. */
function find(call: Call): Holder[] {
  const what = wanted(call);
  try {
    return whoHas(what, call.from);
  } catch (error) {
    const isMissing = error instanceof SystemCallError && error.errno === ERRNO.ENOENT;
    if (!isMissing || !("path" in what) || !/^\d+$/.test(what.path)) throw error;
    throw new UsageError(`${error.message}: did you mean :${what.path}?`);
  }
}

function wanted(call: Call): Held {
  atMost(call, "who", 1);
  const mount = text(call.options["mount"]), below = text(call.options["below"]);
  const given = [...call.words, mount, below].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new UsageError("Cannot search for several objects: give one PATH, --mount or --below");
  }
  const [word] = given;
  if (word === undefined || word === "") {
    throw new UsageError("Cannot search without an object: give a path, :PORT or unix:NAME");
  }
  if (mount !== undefined) return { mount };
  return below === undefined ? heldBy(word) : { below };
}

function heldBy(word: string): Held {
  const found = portIn(word);
  if (found !== undefined) {
    const { port, protocol } = found;
    return { port, ...(protocol !== undefined && { protocol }) };
  }
  if (word.startsWith("unix:")) return { socket: word.slice("unix:".length) };
  if (word.startsWith("@")) return { socket: word };
  return word.endsWith("/") ? { below: word } : { path: word };
}
