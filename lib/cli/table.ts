/**
 * How answers look: rows in columns, or JSON; what may be sent to a terminal, and its colours.
 *
 * @module
 */
import type { Missing } from "../process/errors.ts";
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
  /** What stands above its column. */
  readonly title: string;
  /** What it is, for the help and for JSON: plain values, bigints among them. Undefined is unknown. */
  readonly value: (row: R) => unknown;
  /** How people read it; the value as text when left out. */
  readonly text?: (row: R) => string | undefined;
  /** Why there is no value, where there is none. */
  readonly missing?: (row: R) => Missing | undefined;
  /** Whether it stands at the right of its column, as numbers do. */
  readonly right?: boolean;
}

/** The fields of a command's rows, by their names. */
export type Fields<R> = Readonly<Record<string, Field<R>>>;

/** What stands in a column where there is no value. */
const UNKNOWN = "-";
const GAP = "  ";

/**
 * Prints rows in the way that the options say.
 *
 * @param call The call with its options.
 * @param rows The rows.
 * @param fields All fields that the rows have.
 * @param shown The names of those that are printed when none are asked for.
 * @returns The exit status: 1 without rows, 3 if something printed was denied, else 0.
 */
export function printRows<R>(
  call: Call,
  rows: readonly R[],
  fields: Fields<R>,
  shown: readonly string[],
): number {
  const { options, output } = call;
  const names = fieldNames(text(options.fields), fields, shown);
  const sorted = sortRows(rows, text(options.sort), fields);
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

/** The names of the fields to print. */
export function fieldNames<R>(
  word: string | undefined,
  fields: Fields<R>,
  shown: readonly string[],
): readonly string[] {
  if (word === undefined) return shown;
  const names = word.split(",");
  for (const name of names) needField("fields", name, fields);
  return names;
}

function needField<R>(option: string, name: string, fields: Fields<R>): Field<R> {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field !== undefined) return field;
  throw new UsageError(
    `Cannot use --${option} ${JSON.stringify(name)}: it must be one of ${
      Object.keys(fields).join(", ")
    }`,
  );
}

/** Sorts rows by a field, from the lowest up, or from the highest down behind a `-`; unknown ones last. */
export function sortRows<R>(
  rows: readonly R[],
  word: string | undefined,
  fields: Fields<R>,
): readonly R[] {
  if (word === undefined) return rows;
  const down = word.startsWith("-");
  const { value } = needField("sort", down ? word.slice(1) : word, fields);
  const keyed = rows.map((row) => ({ row, key: value(row) }));
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

/** Rows as lines of a table, the names of the columns first. All are cut to a terminal's width. */
export function layout<R>(
  { options, output }: Call,
  rows: readonly R[],
  names: readonly string[],
  fields: Fields<R>,
): string[] {
  const columns = names.map((name) => fields[name]!);
  const cells = rows.map((row) => columns.map((field) => cellOf(field, row)));
  const header = columns.map(({ title }) => title);
  const lines = options["no-headers"] ? cells : [header, ...cells];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => widthOf(line[i]!))));
  const most = output.screen?.width() ?? Infinity;
  return lines.map((line) => {
    const padded = line.map((cell, i) => {
      const space = " ".repeat(widths[i]! - widthOf(cell));
      if (columns[i]!.right) return space + cell;
      return i === line.length - 1 ? cell : cell + space;
    });
    return cut(padded.join(GAP), most).trimEnd();
  });
}

function cellOf<R>(field: Field<R>, row: R): string {
  const shown = field.text === undefined ? plain(field.value(row)) : field.text(row);
  return shown === undefined ? UNKNOWN : escaped(shown);
}

function plain(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? undefined : value.map(plain).join(",");
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
export function size(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  let value = bytes, unit = 0;
  for (; value >= 1023.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}

/** A time on processors as people read it: `0:00.05`, `12:34.56`, `3:07:00`. */
export function duration(nanoseconds: number | undefined): string | undefined {
  if (nanoseconds === undefined) return undefined;
  const hundredths = Math.floor(nanoseconds / 1e7);
  const minutes = Math.floor(hundredths / 6000);
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = Math.floor(hundredths / 100) % 60;
  if (minutes < 60) return `${minutes}:${two(seconds)}.${two(hundredths % 100)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds)}`;
}

/** A point in time as people read it, in UTC: `2026-11-21 23:59:08`. */
export function moment(milliseconds: number | undefined): string | undefined {
  if (milliseconds === undefined || Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}
