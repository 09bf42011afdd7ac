import {
  GET_PROCENTRY64,
  getProcessGroup,
  getProcessGroupByMember,
  KerrnoError,
  kerrnoName,
  kgetProcInfo,
  procentry64,
  VALIDATE_PID,
} from "../aix/mod.ts";
import { id } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import {
  type Command,
  EXIT,
  json,
  JSON_OPTION,
  number,
  refused,
  ROOT_OPTION,
  UsageError,
} from "./command.ts";

/** The result of a form of the command: as JSON and as lines. */
interface Found {
  readonly value: unknown;
  readonly lines: readonly string[];
}

const FORMS: Readonly<Record<string, (id: number, from: SystemOptions) => Found>> = {
  validate(id, from) {
    const kerrno = kgetProcInfo(VALIDATE_PID, id, null, null, from);
    if (kerrno !== 0) throw new KerrnoError(`validate ${id}`, kerrno);
    return { value: { valid: true }, lines: ["valid"] };
  },
  entry(id, from) {
    const bytes = new Uint8Array(procentry64.size);
    const size = { value: bytes.byteLength };
    const kerrno = kgetProcInfo(GET_PROCENTRY64, id, bytes, size, from);
    if (kerrno !== 0) throw new KerrnoError(`describe process ${id}`, kerrno);
    const entry = procentry64.decode(bytes);
    return {
      value: entry,
      lines: Object.entries(entry).map(([name, value]) => `${name.padEnd(17)} ${shown(value)}`),
    };
  },
  pgrp: (id, from) => pidsFound(getProcessGroup(id, from)),
  member: (id, from) => pidsFound(getProcessGroupByMember(id, from)),
};

function pidsFound(pids: number[]): Found {
  return { value: pids, lines: pids.map(String) };
}

function shown(value: unknown): string {
  return typeof value === "object" || typeof value === "string" ? json(value) : String(value);
}

/** `libproc aix`: calls AIX's kget_proc_info(). */
export const command: Command = {
  usage: "(validate | entry | pgrp | member) ID",
  description: `Calls AIX's kernel service kget_proc_info().

  validate ID  check that ID belongs to a process or a process group
  entry PID    the struct procentry64 of a process
  pgrp PGID    the process ids of a process group
  member PID   the process ids of the group that a process is in`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  exits:
    "0 it was found; 1 it was not, and the name of the error is printed; 2 an error; 3 it was denied",
  example: "libproc aix entry 1 --json",
  run(call) {
    const { words, options, output, from } = call;
    const asJson = options["json"];
    const [form = "", word, extra] = words;
    const find = Object.hasOwn(FORMS, form) ? FORMS[form] : undefined;
    if (find === undefined) {
      throw new UsageError(
        `Cannot do "${form}": it must be one of ${Object.keys(FORMS).join(", ")}`,
      );
    }
    if (extra !== undefined) throw new UsageError(`Cannot use "${extra}" after ${form} ${word}`);
    const wanted = id(
      "ID",
      number("ID", word, () => {
        throw new UsageError(`Cannot do ${form} without an id`);
      }),
    );
    try {
      const { value, lines } = find(wanted, from);
      output.out(asJson ? json(value) : lines.join("\n"));
      return EXIT.found;
    } catch (error) {
      if (!(error instanceof KerrnoError)) throw error;
      const name = kerrnoName(error.kerrno);
      output.out(asJson ? json({ error: name }) : name);
      return name === "EPERM_INSUFFICIENT_PRIVS"
        ? refused(call, `access to ${wanted} was denied`)
        : EXIT.none;
    }
  },
};
