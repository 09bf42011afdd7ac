import {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
} from "../calls/list_pids.ts";
import { openHost } from "../open.ts";
import { type Command, EXIT, number, UsageError } from "./command.ts";

const HELP =
  `Usage: libproc pids [all | uid [UID] | ruid [UID] | ppid [PID] | pgrp [PGID] | tty TTY]

Lists process ids, the newest first, one to a line.

  all          every process; the default
  uid [UID]    effective user
  ruid [UID]   real user
  ppid [PID]   children of a process
  pgrp [PGID]  members of a process group
  tty TTY      controlling terminal: a path, a name under /dev, or a device number

Without a number, uid, ruid, ppid and pgrp take the value that the command itself has.

Options:
  --json       print a JSON array

Exit status: 0 some were found, 1 none were, 2 an error.

Example: libproc pids tty pts/3`;

type Filter = (word: string | undefined) => number[];

const FILTERS: Readonly<Record<string, Filter>> = {
  all: (word) => {
    if (word !== undefined) throw new UsageError(`Cannot use "${word}" as all takes no value`);
    return getAllPids();
  },
  uid: (word) => getPidsForUid(number("uid", word, () => openHost().euid())),
  ruid: (word) => getPidsForRuid(number("uid", word, () => openHost().ruid())),
  ppid: (word) => getPidsForPpid(number("ppid", word, () => openHost().ppid())),
  pgrp: (word) => getPidsForPgrp(number("pgid", word, () => openHost().pgrp())),
  tty: (word) => getPidsForTty(terminal(word)),
};

/** A terminal in the words of a command line: a device number, a path, or a name under `/dev`. */
function terminal(word: string | undefined): number | string {
  if (word === undefined || word === "") {
    throw new UsageError("Cannot list by tty without a terminal: give a path such as /dev/pts/3");
  }
  if (/^\d+$/.test(word)) return Number(word);
  return word.startsWith("/") ? word : `/dev/${word}`;
}

/** `libproc pids`: process ids by a filter. */
export const pids: Command = {
  summary: "list process ids",
  help: HELP,
  run({ words, json }, { out }) {
    const [name = "all", word, extra] = words;
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (filter === undefined) {
      throw new UsageError(
        `Cannot list pids by "${name}": it must be one of ${Object.keys(FILTERS).join(", ")}`,
      );
    }
    if (extra !== undefined) throw new UsageError(`Cannot use "${extra}" behind ${name} ${word}`);
    const found = filter(word);
    if (json) out(JSON.stringify(found));
    else if (found.length > 0) out(found.join("\n"));
    return found.length > 0 ? EXIT.found : EXIT.none;
  },
};
