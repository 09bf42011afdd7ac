/**
 * How answers look: rows in columns, or JSON; what may be sent to a terminal, and its colours.
 *
 * @module
 */
import type { Missing } from "../process/errors.ts";
import type { Unit } from "../process/fields/field.ts";
import { type Call, EXIT, json, type Options, printable, text, UsageError } from "./command.ts";

/** The options of commands that print rows. */
export const LIST_OPTIONS: Options = {
  json: { type: "boolean", help: "print a JSON array" },
  jsonl: { type: "boolean", help: "print a line of JSON for each row" },
  fields: { type: "string", word: "FIELD,...", help: "print these fields, in this order" },
  sort: { type: "string", word: "FIELD", help: "sort by a field; -FIELD, from the highest down" },
  "no-headers": { type: "boolean", help: "print no line of names above the columns" },
};

/** A field of the rows that a command prints. */
export interface Field<R> {
  /** The header of its column. */
  readonly title: string;
  /** A short name. */
  readonly alias?: string | undefined;
  /**
   * The unit of a number, also of one that is written as text as it is too large. Numbers stand at the
   * right of their column, except times.
   */
  readonly unit?: Unit | undefined;
  /** Its value, as JSON has it; undefined if it is unknown. */
  readonly value: (row: R) => unknown;
  /** How people read it. Default: the value in its unit. */
  readonly text?: (row: R) => string | undefined;
  /** Why there is no value. */
  readonly missing?: (row: R) => Missing | undefined;
}

/** The fields of a command's rows, by their names. */
export type Fields<R> = Readonly<Record<string, Field<R>>>;

/** What stands in place of a missing value. */
const UNKNOWN = "-";
/** What stands in place of a secret. */
export const MASK = "********";
const GAP = "  ";
/** What stands where something was cut. */
export const CUT = "…";
/** How wide a column may be that is not the last one, if the rows do not go to a terminal. */
const WIDEST = 128;
/** Below this many columns no cell is cut for the sake of those behind it. */
const NARROWEST = 16;

/**
 * Prints rows as the options say.
 *
 * @param call The call with its options.
 * @param rows The rows.
 * @param fields All fields that the rows have.
 * @param shown The names of the fields that are printed by default.
 * @returns The exit status: 1 without rows, 3 if something printed was denied, else 0.
 */
export function printRows<R>(
  call: Call,
  rows: readonly R[],
  fields: Fields<R>,
  shown: readonly string[],
): number {
  const { options, output } = call;
  const names = fieldNames(call, fields, shown);
  const sorted = sortRows(rows, text(options["sort"]), fields);
  if (options.json || options.jsonl) {
    const objects = sorted.map((row) => objectOf(row, names, fields));
    if (options.jsonl) { for (const object of objects) output.out(json(object)); }
    else output.out(json(objects));
  } else if (sorted.length > 0) {
    const [first = "", ...rest] = layout(call, sorted, names, fields);
    output.out(output.screen?.colors && !options["no-headers"] ? bold(first) : first);
    for (const line of rest) output.out(line);
  }
  if (rows.length === 0) return EXIT.none;
  const denied = sorted.some((row) =>
    names.some((name) => fields[name]!.missing?.(row) === "denied")
  );
  return denied ? EXIT.partly : EXIT.found;
}

/** The names of the fields to print, in full. */
export function fieldNames<R>(
  { options }: Call,
  fields: Fields<R>,
  shown: readonly string[],
): readonly string[] {
  const words = text(options["fields"])?.split(",");
  return words?.map((word) => fullName("fields", word, fields)) ?? shown;
}

/** The name of the field to sort by, in full; undefined if there is none. */
export function sortName<R>(word: string | undefined, fields: Fields<R>): string | undefined {
  return word === undefined ? undefined : fullName("sort", word.replace(/^-/, ""), fields);
}

function fullName<R>(option: string, word: string, fields: Fields<R>): string {
  if (Object.hasOwn(fields, word)) return word;
  const name = Object.keys(fields).find((name) => fields[name]!.alias === word);
  if (name !== undefined) return name;
  throw new UsageError(
    `Cannot use --${option} ${JSON.stringify(word)}: it must be one of ${namesOf(fields)}`,
  );
}

/** The names of fields in words: the short one of each, and in parentheses the full one. */
export function namesOf<R>(fields: Fields<R>): string {
  return Object.entries(fields).map(([name, { alias }]) =>
    alias === undefined ? name : `${alias} (${name})`
  ).join(", ");
}

/** The short names of fields; the full name of a field without one. */
export function shortNames<R>(fields: Fields<R>): string[] {
  return Object.entries(fields).map(([name, { alias }]) => alias ?? name);
}

/** Sorts rows by a field, from the lowest up, or from the highest down behind a `-`; unknown ones last. */
export function sortRows<R>(
  rows: readonly R[],
  word: string | undefined,
  fields: Fields<R>,
): readonly R[] {
  const name = sortName(word, fields);
  if (name === undefined) return rows;
  const down = word!.startsWith("-");
  const { value, unit } = fields[name]!;
  const keyed = rows.map((row) => {
    const key = value(row);
    return { row, key: unit !== undefined && typeof key === "string" ? BigInt(key) : key };
  });
  keyed.sort((a, b) => {
    const unknown = Number(a.key === undefined) - Number(b.key === undefined);
    return unknown || (down ? compare(b.key, a.key) : compare(a.key, b.key));
  });
  return keyed.map(({ row }) => row);
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const [left, right] = [a, b] as [number, number];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A row as JSON has it: null for what is not known, and under `missing` why. */
export function objectOf<R>(
  row: R,
  names: readonly string[],
  fields: Fields<R>,
): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const missing: Record<string, Missing> = {};
  for (const name of names) {
    const field = fields[name]!;
    object[name] = field.value(row) ?? null;
    const why = field.missing?.(row);
    if (why !== undefined) missing[name] = why;
  }
  return Object.keys(missing).length > 0 ? { ...object, missing } : object;
}

/**
 * Rows as lines of a table, the names of the columns first. All are cut to a terminal's width.
 *
 * Every cell is padded to its column's width, so that one long cell would make all lines as long: only the
 * last column, which is not padded, has cells of any length. In the others a cell takes half of a
 * terminal's width at most, or 128 columns, and ends in `…` where it was cut.
 */
export function layout<R>(
  { options, output }: Call,
  rows: readonly R[],
  names: readonly string[],
  fields: Fields<R>,
): string[] {
  const columns = names.map((name) => fields[name]!);
  const last = columns.length - 1;
  const most = output.screen?.width() ?? Infinity;
  const widest = most === Infinity ? WIDEST : Math.max(NARROWEST, most >> 1);
  const cells = rows.map((row) =>
    columns.map((field, i) => {
      const cell = cellOf(field, row);
      return i === last ? cell : shortened(cell, widest);
    })
  );
  const header = columns.map(({ title }) => title);
  const lines = options["no-headers"] ? cells : [header, ...cells];
  const widths = columns.map((column, i) =>
    i === last && !isAtRight(column)
      ? 0
      : lines.reduce((width, line) => Math.max(width, widthOf(line[i]!)), 0)
  );
  return lines.map((line) => {
    const padded = line.map((cell, i) => {
      if (i === last && !isAtRight(columns[i]!)) return cell;
      const space = " ".repeat(widths[i]! - widthOf(cell));
      return isAtRight(columns[i]!) ? space + cell : cell + space;
    });
    return cut(padded.join(GAP), most).trimEnd();
  });
}

/** A text that takes as many columns of a terminal at most. */
export function shortened(shown: string, most: number): string {
  return cut(shown, most) === shown ? shown : cut(shown, most - widthOf(CUT)) + CUT;
}

function isAtRight<R>({ unit }: Field<R>): boolean {
  return unit !== undefined && unit !== "time";
}

function cellOf<R>({ value, text, unit }: Field<R>, row: R): string {
  const shown = text === undefined ? plain(value(row), unit) : text(row);
  return shown === undefined ? UNKNOWN : escaped(shown);
}

/** A value as people read it; undefined if there is none. */
export function plain(value: unknown, unit: Unit = "none"): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return SHOWN[unit](value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? undefined : value.map((part) => plain(part)).join(",");
}

/** Text that stands out. */
export function bold(line: string): string {
  return `\x1b[1m${line}\x1b[22m`;
}

/**
 * Text as it may be sent to a terminal: whatever could move the cursor, change the screen or hide
 * something is spelled out, as in `\\x1b`, and so is the backslash.
 */
export function escaped(shown: string): string {
  return printable(shown.replaceAll("\\", "\\\\"));
}

/**
 * A word as a shell would take it, where that is not the word itself. One in which something is yet to be
 * spelled out is put in the quotes in which bash and its like read that.
 */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const start = escaped(word) === word ? "'" : "$'";
  return `${start}${word.split("'").join(`'"'"${start}`)}'`;
}

// What terminals show two columns wide: scripts of East Asia, and pictures.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const NARROW = /^[\x20-\x7e]*$/;
const NO_WIDTH = /\p{Mark}/u;

/** How many columns of a terminal a text takes. */
export function widthOf(shown: string): number {
  if (NARROW.test(shown)) return shown.length;
  let width = 0;
  for (const char of shown) width += NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** Cuts a text to as many columns of a terminal. */
export function cut(shown: string, most: number): string {
  if (shown.length <= most && NARROW.test(shown)) return shown;
  let width = 0, end = 0;
  for (const char of shown) {
    width += widthOf(char);
    if (width > most) return shown.slice(0, end);
    end += char.length;
  }
  return shown;
}

const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Bytes as people read them: `1023B`, `4.0K`, `12M`. */
export function size(bytes: number): string {
  let value = bytes, unit = 0;
  for (; value >= 1023.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}

/** A time on processors as people read it: `0:00.05`, `12:34.56`, `3:07:00`. */
export function duration(nanoseconds: number): string {
  const hundredths = Math.floor(nanoseconds / 1e7);
  const minutes = Math.floor(hundredths / 6000);
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = Math.floor(hundredths / 100) % 60;
  if (minutes < 60) return `${minutes}:${two(seconds)}.${two(hundredths % 100)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds)}`;
}

/** A point in time as people read it, in UTC: `2026-11-21 23:59:08`. */
export function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}

/** How people read numbers, by their units. */
const SHOWN: Readonly<Record<Unit, (value: number) => string>> = {
  bytes: size,
  nanoseconds: duration,
  time: moment,
  percent: (value) => value.toFixed(1),
  none: String,
};
