import {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
} from "../calls/list_pids.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import {
  type Call,
  type Command,
  EXIT,
  JSON_OPTION,
  number,
  ROOT_OPTION,
  UsageError,
} from "./command.ts";
import { SELECT_OPTIONS } from "./conditions.ts";

type Filter = (word: string | undefined, system: System) => number[];

const FILTERS: Readonly<Record<string, Filter>> = {
  all: (word, system) => {
    if (word !== undefined) throw new UsageError(`Cannot use "${word}" as all takes no value`);
    return getAllPids({ system });
  },
  uid: (word, system) => getPidsForUid(number("uid", word, () => system.euid()), { system }),
  ruid: (word, system) => getPidsForRuid(number("uid", word, () => system.ruid()), { system }),
  ppid: (word, system) => getPidsForPpid(number("ppid", word, () => system.ppid()), { system }),
  pgrp: (word, system) => getPidsForPgrp(number("pgid", word, () => system.pgrp()), { system }),
  tty: (word, system) => getPidsForTty(terminal(word), { system }),
};

/** Parses a terminal: a device number, a path, or a name under `/dev`. */
function terminal(word: string | undefined): number | string {
  if (word === undefined || word === "") {
    throw new UsageError("Cannot list by tty without a terminal: give a path such as /dev/pts/3");
  }
  if (/^\d+$/.test(word)) return Number(word);
  return word.startsWith("/") ? word : `/dev/${word}`;
}

// The option `--all` is missing, as kernel threads are always listed.
const { all: _all, ...CONDITIONS } = SELECT_OPTIONS;

/** `libproc pids`: lists pids. */
export const command: Command = {
  usage: "[all | uid [UID] | ruid [UID] | ppid [PID] | pgrp [PGID] | tty TTY]",
  description: `Lists process ids, the newest first, one per line.

  all          every process; the default
  uid [UID]    effective user
  ruid [UID]   real user
  ppid [PID]   children of a process
  pgrp [PGID]  members of a process group
  tty TTY      controlling terminal: a path, a name under /dev, or a device number

The options narrow the list down. Without a number, uid, ruid, ppid and pgrp use the value of the command
itself.`,
  options: { ...CONDITIONS, ...JSON_OPTION, ...ROOT_OPTION },
  exits: "0 some were found, 1 none were, 2 an error",
  example: "libproc pids --name nginx",
  async run(call) {
    const { words, options, output, from } = call;
    const [name = "all", word, extra] = words;
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (filter === undefined) {
      throw new UsageError(
        `Cannot list pids by "${name}": it must be one of ${Object.keys(FILTERS).join(", ")}`,
      );
    }
    if (extra !== undefined) throw new UsageError(`Cannot use "${extra}" after ${name} ${word}`);
    const listed = filter(word, systemIn(from));
    const isNarrowed = Object.keys(CONDITIONS).some((option) => options[option] !== undefined);
    const found = isNarrowed ? await chosenOf(call, listed) : listed;
    if (options["json"]) output.out(JSON.stringify(found));
    else if (found.length > 0) output.out(found.join("\n"));
    return found.length > 0 ? EXIT.found : EXIT.none;
  },
};

/** Returns the pids that the options select, in the same order. */
async function chosenOf(call: Call, pids: readonly number[]): Promise<number[]> {
  const { readSelected, selectionOf } = await import("./select.ts");
  const rows = readSelected(call, selectionOf(call, pids), []);
  const chosen = new Set(rows.map(({ pid }) => pid));
  return pids.filter((pid) => chosen.has(pid));
}
