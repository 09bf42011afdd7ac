import { ERRNO } from "../../system/errors.ts";
import type { TableReader } from "../../system/table.ts";
import { missingOf } from "../errors.ts";
import { SZOMB } from "../../abi/kinfo_proc.ts";
import { decodeText } from "../texts.ts";
import type { FieldGroup } from "./field.ts";
import { nameIn } from "./name.ts";

/** The command line of a process, for display. */
export interface CommandLineFields {
  /**
   * The arguments, separated by spaces. If the arguments are empty or withheld, it is the name in
   * brackets. This is the case for kernel threads and zombies.
   */
  readonly commandLine: string;
}

/** The command line of a process. */
export const group: FieldGroup<CommandLineFields> = {
  source: { linux: ["cmdline", "mem"], macos: ["KERN_PROCARGS2"] },
  fields: { commandLine: { kind: "text", title: "COMMAND", alias: "command" } },
  apart: true,
  ofZombies: true,
  readsArguments: true,
  read({ table, texts }, columns, row) {
    const line = commandLineIn(table);
    if (typeof line === "number") return line;
    const bytes = encoder.encode(line);
    columns.commandLine[row] = texts.add(bytes, 0, bytes.length);
    return 0;
  },
};

const encoder = new TextEncoder();

/** Returns the command line of the current process of a reader, or a negated errno. */
export function commandLineIn(table: TableReader): string | number {
  const answer = table.status === SZOMB ? -ERRNO.ESRCH : table.readArguments();
  const why = missingOf(-answer);
  const isWithheld = table.status === SZOMB || why === "denied" || why === "unsupported";
  if (answer < 0 && !isWithheld) return answer;
  const line = answer < 0 ? "" : table.arguments.arguments.map(decodeText).join(" ");
  if (line !== "") return line;
  const name = nameIn(table);
  return typeof name === "number" ? name : `[${name}]`;
}
