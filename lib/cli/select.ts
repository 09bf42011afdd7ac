/**
 * The processes that the options choose, and their fields as columns.
 *
 * @module
 */
import process from "node:process";
import {
  type AnyField,
  DEFAULT_FIELDS,
  FIELD_NAMES,
  type FieldName,
  PLACES,
} from "../process/fields/mod.ts";
import type { FilterOptions } from "../process/filter.ts";
import type { ProcessRow } from "../process/row.ts";
import { processes } from "../process/rows.ts";
import { openSampler, type Sampler } from "../process/sampler.ts";
import type { SystemOptions } from "../system/system.ts";
import { type Call, type Options, text } from "./command.ts";
import { type Field, type Fields, MASK, plain, quoted } from "./table.ts";

/** The options that choose among processes. */
export const SELECT_OPTIONS: Options = {
  user: { type: "string", short: "u", word: "USER", help: "only those of a user: a name or an id" },
  name: {
    type: "string",
    short: "n",
    word: "TEXT",
    help: "only those with this in their name or command line",
  },
  container: {
    type: "string",
    word: "ID",
    help: "only those of a container: the beginning of its id, or its name",
  },
  cgroup: { type: "string", word: "PATH", help: "only those in a control group, or below it" },
  unit: { type: "string", word: "UNIT", help: "only those of a unit of systemd, as in ssh" },
};

/** A process, with whichever fields were read. */
export type Row = ProcessRow<FieldName>;

/** The names of the fields of processes, the most common first. */
export const NAMES: readonly FieldName[] = [...new Set([...DEFAULT_FIELDS, ...FIELD_NAMES])];

/** The fields of processes, by their names. */
export const PROCESS_FIELDS: Fields<Row> = Object.fromEntries(
  NAMES.map((name) => [name, columnOf(name, PLACES.get(name)!.field)]),
);

function columnOf(name: FieldName, field: AnyField): Field<Row> {
  const { kind, title, alias, unit = "none", otherwise, secret } = field;
  const value = ({ [name]: found }: Row) =>
    secret
      ? (found as readonly string[] | undefined)?.map((one) => one.replace(/=[^]*/, `=${MASK}`))
      : found;
  return {
    title,
    alias,
    unit: kind === "number" || kind === "identity" ? unit : undefined,
    value,
    missing: ({ missing }) => missing[name],
    ...(kind === "texts" && {
      text: (row) =>
        (value(row) as readonly string[] | undefined)?.map(quoted).join(" ") || undefined,
    }),
    ...(otherwise !== undefined && {
      text: (row) => plain(row[name] ?? row[otherwise as FieldName]),
    }),
  };
}

/** The condition that `--user`, `--name`, `--container`, `--cgroup` and `--unit` make. */
export function filterIn({ options }: Call): FilterOptions {
  const user = text(options["user"]);
  const words = ["name", "container", "cgroup", "unit"].flatMap((name) => {
    const word = text(options[name]);
    return word === undefined ? [] : [[name, word]];
  });
  return {
    ...(user !== undefined && { user: /^\d+$/.test(user) ? Number(user) : user }),
    ...Object.fromEntries(words),
  };
}

/** The fields to read, each once, for some fields to be printed. */
export function readFor(names: readonly (string | undefined)[]): FieldName[] {
  const all = names.flatMap((name) => [name, PLACES.get(name ?? "")?.field.otherwise]);
  return [...new Set(all)].filter((name) => name !== undefined) as FieldName[];
}

/**
 * What the options choose. As with pgrep(1), `--name` never finds the command itself, whose arguments
 * contain the text.
 */
function chosenBy(call: Call): SystemOptions & FilterOptions {
  const filter = filterIn(call);
  const finds = filter.name !== undefined && call.from.system === undefined;
  return { ...call.from, ...filter, ...(finds && { exceptPids: [process.pid] }) };
}

/** Reads the processes that the options choose. */
export function selectProcesses(call: Call, names: readonly (string | undefined)[]): Row[] {
  return processes({ ...chosenBy(call), fields: readFor(names) });
}

/** Opens what reads the processes that the options choose again and again. */
export function samplerOf(call: Call, fields: readonly FieldName[]): Sampler<FieldName> {
  return openSampler({ ...chosenBy(call), fields });
}
