/**
 * The processes that options select, and their fields as columns.
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
import type { ConditionOptions } from "../process/filter.ts";
import type { ProcessRow } from "../process/row.ts";
import { processes } from "../process/rows.ts";
import { type ProcessState, STATES } from "../process/state.ts";
import { whoHas } from "../process/who_has.ts";
import type { SystemOptions } from "../system/system.ts";
import { type Call, number, refused, text, UsageError } from "./command.ts";
import { patternIn } from "./conditions.ts";
import { type Field, type Fields, MASK, plain, quoted } from "./table.ts";
import { parseSize } from "./units.ts";

/** A process with the fields that were read. */
export type Row = ProcessRow<FieldName>;

/** The default fields of lists of processes. */
export const SHOWN_FIELDS: readonly FieldName[] = [
  "pid",
  "userName",
  "cpuPercent",
  "residentBytes",
  "startedAt",
  "state",
  "cpuTimeNs",
  "commandLine",
];

/** The names of the fields of processes, the most common first. */
export const NAMES: readonly FieldName[] = [...new Set([...DEFAULT_FIELDS, ...FIELD_NAMES])];

/** The fields of processes by name. */
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
    ...(name === "state" && {
      text: ({ state }, form) => state && form === "short" ? SHORT_STATES[state] : state,
    }),
  };
}

/** The short forms of the states. */
const SHORT_STATES: Readonly<Record<ProcessState, string>> = {
  starting: "start",
  running: "run",
  sleeping: "sleep",
  stopped: "stop",
  zombie: "zombie",
};

/** The facts that some options compare. */
type Facts = Pick<Row, "pid" | "residentBytes" | "cpuPercent">;

/** The processes that options select. */
export interface Selection {
  /** The options of the query, with the conditions that it checks itself. */
  readonly options: SystemOptions & ConditionOptions & { readonly pids?: readonly number[] };
  /** The fields that {@linkcode Selection.wants} and {@linkcode Selection.rowsIn} need. */
  readonly fields: readonly FieldName[];
  /** True if kernel threads are selected. */
  readonly wantsKernel: boolean;
  /**
   * Returns a test for the other conditions as of this moment: the port, the memory and the
   * processor time; undefined if there are none.
   */
  wants(): ((facts: Facts) => boolean) | undefined;
  /** Returns the selected ones of rows with these fields. */
  rowsIn<R extends Row>(rows: readonly R[]): R[];
  /** The number of kernel threads that the last {@linkcode Selection.rowsIn} omitted. */
  readonly leftOut: number;
  /** True if the last call may have omitted processes whose sockets this user may not inspect. */
  readonly denied: boolean;
  /**
   * The number of processes that the last call omitted because their memory or processor time was
   * denied.
   */
  readonly uncompared: number;
}

/**
 * Returns the selection by the options and pids of a command line. Kernel threads are omitted
 * unless there are pids or `--all`. As with pgrep(1), `--name` never finds the command itself,
 * whose arguments contain the text.
 */
export function selectionOf(call: Call, pids?: readonly number[]): Selection {
  const { options, output, from } = call;
  const conditions = conditionsIn(call);
  const isHere = output.system === undefined && options["proc-root"] === undefined;
  const finds = conditions.name !== undefined && isHere;
  const rss = text(options["min-rss"]), cpu = text(options["min-cpu"]);
  const leastBytes = rss === undefined ? undefined : parseSize("--min-rss", rss);
  const leastPercent = cpu === undefined ? undefined : percentIn("--min-cpu", cpu);
  const port = text(options["port"]);
  const about = port === undefined ? undefined : { port: number("--port", port, () => 0) };
  const wantsKernel = options["all"] === true || pids !== undefined;
  const compared = [
    ...(leastBytes === undefined ? [] : ["residentBytes" as const]),
    ...(leastPercent === undefined ? [] : ["cpuPercent" as const]),
  ];
  let leftOut = 0, denied = false, uncompared = 0;
  function wants(): ((facts: Facts) => boolean) | undefined {
    if (about === undefined && leastBytes === undefined && leastPercent === undefined) {
      return undefined;
    }
    const found = about && whoHas(about, from);
    denied = found?.some(({ missing }) => missing.pid === "denied") === true;
    const holders = found && new Set(found.map(({ pid }) => pid));
    return ({ pid, residentBytes = -1, cpuPercent = -1 }) =>
      (holders === undefined || holders.has(pid)) &&
      (leastBytes === undefined || residentBytes >= leastBytes) &&
      (leastPercent === undefined || cpuPercent >= leastPercent);
  }
  return {
    options: {
      ...from,
      ...conditions,
      ...(finds && { exceptPids: [process.pid] }),
      ...(pids !== undefined && { pids }),
    },
    fields: [
      ...(wantsKernel ? [] : ["kernelThread" as const]),
      ...compared,
    ],
    wantsKernel,
    wants,
    get leftOut() {
      return leftOut;
    },
    get denied() {
      return denied;
    },
    get uncompared() {
      return uncompared;
    },
    rowsIn(rows) {
      const isWanted = wants();
      const chosen = isWanted === undefined ? [...rows] : rows.filter(isWanted);
      uncompared = compared.length === 0
        ? 0
        : rows.filter(({ missing }) => compared.some((name) => missing[name] === "denied")).length;
      const shown = wantsKernel ? chosen : chosen.filter(({ kernelThread }) => !kernelThread);
      leftOut = chosen.length - shown.length;
      return shown;
    },
  };
}

/**
 * Returns the pids that are the arguments of a command, without duplicates; undefined if there are
 * none.
 */
export function pidsIn({ words }: Call): readonly number[] | undefined {
  if (words.length === 0) return undefined;
  return [...new Set(words.map((word) => number("PID", word, () => 0)))].sort((a, b) => a - b);
}

/** Returns the conditions of a filter from options. */
function conditionsIn({ options }: Call): ConditionOptions {
  const [user, name, state, parent] = ["user", "name", "state", "parent"].map((option) =>
    text(options[option])
  );
  const words = ["container", "cgroup", "unit"].flatMap((option) => {
    const word = text(options[option]);
    return word === undefined ? [] : [[option, word]];
  });
  return {
    ...(user !== undefined && { user: /^\d+$/.test(user) ? Number(user) : user }),
    ...(name !== undefined && { name: patternIn("--name", name, options["ignore-case"] === true) }),
    ...(state !== undefined && { state: state.split(",").map(stateIn) }),
    ...(parent !== undefined && { parent: number("--parent", parent, () => 0) }),
    ...Object.fromEntries(words),
  };
}

function stateIn(word: string): ProcessState {
  const state = STATES.find((state) => state === word);
  if (state !== undefined) return state;
  throw new UsageError(
    `Cannot use --state as it must be one of ${STATES.slice(1).join(", ")}: current value is ${
      JSON.stringify(word)
    }`,
  );
}

function percentIn(option: string, word: string): number {
  if (/^(?:\d+\.?\d*|\.\d+)%?$/.test(word)) return Number.parseFloat(word);
  throw new UsageError(
    `Cannot use ${option} as it must be a number such as 5 or 0.5: current value is ${
      JSON.stringify(word)
    }`,
  );
}

/** Returns the fields to read in order to print fields, without duplicates. */
export function readFor(names: readonly (string | undefined)[]): FieldName[] {
  const all = names.flatMap((name) => [name, PLACES.get(name ?? "")?.field.otherwise]);
  return [...new Set(all)].filter((name) => name !== undefined) as FieldName[];
}

/**
 * Reads the processes that options select.
 *
 * @param names The fields to read.
 * @param pids The pids that the user named: those that were not found are reported.
 */
export function readSelected(
  { output }: Call,
  selection: Selection,
  names: readonly (string | undefined)[],
  pids: readonly number[] = [],
): Row[] {
  const fields = readFor([...names, ...selection.fields]);
  const found: readonly Row[] = processes({ ...selection.options, fields });
  for (const pid of pids) {
    if (found.some((row) => row.pid === pid)) continue;
    output.err(`libproc: process ${pid} was not found`);
  }
  return selection.rowsIn(found);
}

/**
 * Reports that processes may be missing because this user may not inspect them. Returns the exit
 * status.
 */
export function reportDenied(
  call: Call,
  { denied, uncompared }: Selection,
  status: number,
): number {
  if (uncompared > 0) {
    const [which, whose] = uncompared === 1
      ? ["1 process is", "its"]
      : [`${uncompared} processes are`, "their"];
    status = refused(
      call,
      `${which} left out, as this user may not read ${whose} memory or processor time`,
    );
  }
  if (!denied) return status;
  return refused(
    call,
    `this user may not see all processes that use port ${call.options["port"]}`,
  );
}
