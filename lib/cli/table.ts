/**
 * The format of answers: rows in columns, or JSON. Also the escaping of text for a terminal.
 *
 * @module
 */
import type { Missing } from "../process/errors.ts";
import type { Unit } from "../process/fields/field.ts";
import {
  type Call,
  EXIT,
  json,
  type Options,
  printable,
  refused,
  text,
  UsageError,
} from "./command.ts";
import { type Form, inUnit, zone } from "./units.ts";

/** The options of commands that print rows. */
export const LIST_OPTIONS: Options = {
  json: { type: "boolean", help: "print a JSON array" },
  jsonl: { type: "boolean", help: "print a line of JSON for each row" },
  fields: { type: "string", word: "FIELD,...", help: "print these fields, in this order" },
  sort: {
    type: "string",
    word: "[-]FIELD,...",
    help: "sort by these fields; a - means descending order",
  },
  "no-headers": { type: "boolean", help: "omit the line of column names" },
};

/** A field of the rows that a command prints. */
export interface Field<R> {
  /** The header of its column. */
  readonly title: string;
  /** The short name. */
  readonly alias?: string | undefined;
  /**
   * The unit of a number, or of a number that is a string because it is too large. Numbers are
   * aligned to the right, except times.
   */
  readonly unit?: Unit | undefined;
  /** Returns the value, as in JSON; undefined if it is unknown. */
  readonly value: (row: R) => unknown;
  /** Returns the text of the value in a table. Default: the value in its unit. */
  readonly text?: (row: R, form: Form) => string | undefined;
  /** Returns the reason why there is no value. */
  readonly missing?: (row: R) => Missing | undefined;
}

/** The fields of a command's rows by name. */
export type Fields<R> = Readonly<Record<string, Field<R>>>;

/** The text that replaces a missing value. */
export const UNKNOWN = "-";
/** The text that replaces a secret. */
export const MASK = "********";
/** The mark at the end of truncated text. */
export const CUT = "…";
/**
 * The maximum width of a column if the output is not a screen. Longer cells shift the cells to
 * their right.
 */
const WIDEST = 128;
/** The width to which texts are shortened before anything else gets shorter. */
const LEGIBLE = 12;
/** The width below which texts are not shortened. */
const LEAST = 4;

/**
 * Prints rows as the options request.
 *
 * @param call The call with its options.
 * @param rows The rows.
 * @param fields All fields of the rows.
 * @param shown The names of the fields that are printed by default.
 * @param more The message about denied fields, and a last line.
 * @returns The exit status: 1 without rows, 3 if a printed field was denied, otherwise 0.
 */
export function printRows<R>(
  call: Call,
  rows: readonly R[],
  fields: Fields<R>,
  shown: readonly string[],
  { denial = inGeneral, total }: More<R> = {},
): number {
  const { options, output } = call;
  const names = fieldNames(call, fields, shown);
  const sorted = sortRows(rows, text(options["sort"]), fields);
  if (options.json || options.jsonl) {
    const objects = sorted.map((row) => objectOf(row, names, fields));
    if (options.jsonl) { for (const object of objects) output.out(json(object)); }
    else output.out(json(objects));
  } else if (sorted.length > 0) {
    const all = total === undefined || options["no-headers"] ? sorted : [...sorted, total];
    const [first = "", ...rest] = layout(call, all, names, fields);
    output.out(output.screen?.colors && !options["no-headers"] ? bold(first) : first);
    for (const line of rest) output.out(line);
  }
  if (rows.length === 0) return EXIT.none;
  const isDenied = (row: R, name: string) => fields[name]!.missing?.(row) === "denied";
  const denied = sorted.filter((row) => names.some((name) => isDenied(row, name)));
  if (denied.length === 0) return EXIT.found;
  const lacking = names.filter((name) => denied.some((row) => isDenied(row, name)));
  return refused(
    call,
    denial(denied.length, rows.length, lacking.map((name) => fields[name]!.alias ?? name)),
  );
}

/** Additions to the printed rows. */
export interface More<R> {
  /** Returns the message about denied fields. Default: a general one. */
  readonly denial?: Denial | undefined;
  /** A last line in tables, which is not a row. */
  readonly total?: R;
}

/** Returns the message that the fields `names` of `count` of `all` rows were denied. */
export type Denial = (count: number, all: number, names: readonly string[]) => string;

function inGeneral(count: number, all: number, names: readonly string[]): string {
  return `this user may not read ${names.join(", ")} of ${count} of ${all} rows`;
}

/**
 * Returns the fields that are printed by default and fit on the screen.
 *
 * @param least The minimum widths of the screen for some of the fields.
 */
export function shownOn(
  { output: { screen } }: Call,
  shown: readonly string[],
  least: Readonly<Record<string, number>>,
): readonly string[] {
  const width = screen?.width() ?? Infinity;
  return shown.filter((name) => width >= (least[name] ?? 0));
}

/** Returns the full names of the fields to print. */
export function fieldNames<R>(
  { options }: Call,
  fields: Fields<R>,
  shown: readonly string[],
): readonly string[] {
  const words = text(options["fields"])?.split(",");
  return words?.map((word) => fullName("fields", word, fields)) ?? shown;
}

/** Returns the full names of the fields to sort by. */
export function sortNames<R>(words: string | undefined, fields: Fields<R>): readonly string[] {
  return words?.split(",").map((word) => fullName("sort", word.replace(/^-/, ""), fields)) ?? [];
}

function fullName<R>(option: string, word: string, fields: Fields<R>): string {
  if (Object.hasOwn(fields, word)) return word;
  const name = Object.keys(fields).find((name) => fields[name]!.alias === word);
  if (name !== undefined) return name;
  throw new UsageError(
    `Cannot use --${option} ${JSON.stringify(word)}: it must be one of ${namesOf(fields)}`,
  );
}

/** Lists the short names of fields, each followed by the full name in parentheses. */
export function namesOf<R>(fields: Fields<R>): string {
  return Object.entries(fields).map(([name, { alias }]) =>
    alias === undefined ? name : `${alias} (${name})`
  ).join(", ");
}

/** Returns the short names of fields, or the full name of a field without one. */
export function shortNames<R>(fields: Fields<R>): string[] {
  return Object.entries(fields).map(([name, { alias }]) => alias ?? name);
}

/**
 * Sorts rows by fields that are separated by commas, the most significant first. A field is sorted
 * in ascending order, or after a `-` in descending order. Unknown values are last.
 */
export function sortRows<R>(
  rows: readonly R[],
  words: string | undefined,
  fields: Fields<R>,
): readonly R[] {
  if (words === undefined) return rows;
  const signs = words.split(",").map((word) => word.startsWith("-") ? -1 : 1);
  const sources = sortNames(words, fields).map((name) => fields[name]!);
  const keyed = rows.map((row) => ({
    row,
    keys: sources.map(({ value, unit }) => {
      const key = value(row);
      return unit !== undefined && typeof key === "string" ? BigInt(key) : key;
    }),
  }));
  keyed.sort((a, b) => {
    for (const [i, sign] of signs.entries()) {
      const left = a.keys[i], right = b.keys[i];
      const unknown = Number(left === undefined) - Number(right === undefined);
      const order = unknown || sign * compare(left, right);
      if (order !== 0) return order;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const [left, right] = [a, b] as [number, number];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Returns a row as an object for JSON: null for an unknown value, with the reason in `missing`. */
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

/** A column of a table: its cells, starting with the title, and the width of the widest one. */
interface Column {
  readonly cells: readonly string[];
  readonly width: number;
  readonly atRight: boolean;
  /**
   * True if cells can be truncated to end in `…`: a truncated number would be a different number.
   */
  readonly yields: boolean;
}

/**
 * Formats rows as lines of a table, starting with the titles of the columns.
 *
 * On a screen, a line is at most as wide as the screen. The last column gets what the others leave.
 * If they leave less than half of the screen, dates and similar values are shortened. If they leave
 * too little, texts are truncated to end in `…`, the longest first, and the gaps get narrower.
 *
 * Elsewhere, cells are not truncated. They are padded to the width of their column, up to a
 * maximum: otherwise, one long cell would make all lines as long.
 *
 * @param kept The widths of the columns before the last one. A column does not shrink between
 * tables that share the map.
 * @param most The width of a line on a screen, in columns. Default: the width of the screen.
 */
export function layout<R>(
  { options, output: { screen } }: Call,
  rows: readonly R[],
  names: readonly string[],
  fields: Fields<R>,
  kept: Map<string, number> = new Map(),
  most: number = screen?.width() ?? 0,
): string[] {
  const columnsIn = (form: Form) =>
    names.map((name, i): Column => {
      const field = fields[name]!;
      const cells = rows.map((row) => cellOf(field, row, form));
      if (!options["no-headers"]) cells.unshift(titleOf(field, form));
      const place = `${form} ${i}`;
      const least = i === names.length - 1 ? 0 : kept.get(place) ?? 0;
      const width = cells.reduce((width, cell) => Math.max(width, widthOf(cell)), least);
      kept.set(place, width);
      const isNumber = field.unit !== undefined;
      return { cells, width, atRight: isNumber && field.unit !== "time", yields: !isNumber };
    });
  if (screen === undefined) {
    const columns = columnsIn("exact");
    return joined(columns, columns.map(({ width }) => Math.min(width, WIDEST)), 2);
  }
  let columns = columnsIn("full"), gap = 2;
  // The command line is more important than the seconds of a date.
  if (!isRoomy(columns, gap, most, most >> 1)) columns = columnsIn("short");
  if (!isRoomy(columns, gap, most)) gap = 1;
  const widths = widthsWithin(columns, gap, most);
  const shown = columns.map((column, i) => {
    const { yields, cells, width } = column;
    if (!yields || width <= widths[i]!) return column;
    return { ...column, cells: cells.map((cell) => shortened(cell, widths[i]!)) };
  });
  return joined(shown, widths, gap).map((line) => cut(line, most));
}

/**
 * Returns the minimum width of the last column if it has text of that width. Default: a quarter of
 * the screen.
 */
function leastOfLast(columns: readonly Column[], most: number, least = most >> 2): number {
  const { width, yields } = columns.at(-1)!;
  return yields ? Math.min(width, least) : width;
}

/**
 * Returns true if the columns leave enough space for the last one when long texts are shortened.
 */
function isRoomy(columns: readonly Column[], gap: number, most: number, least?: number): boolean {
  const others = columns.slice(0, -1).reduce(
    (sum, { width, yields }) => sum + (yields ? Math.min(width, LEGIBLE) : width) + gap,
    0,
  );
  return others + leastOfLast(columns, most, least) <= most;
}

/** Returns the width of each column on a screen. */
function widthsWithin(columns: readonly Column[], gap: number, most: number): number[] {
  const widths = columns.map(({ width }) => width);
  const texts = columns.flatMap(({ yields, width }, i) =>
    yields && i < columns.length - 1 ? [width] : []
  ).sort((a, b) => a - b);
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + gap, 0);
  // The longest texts are shortened to the same width, so that short ones are not.
  let room = most - leastOfLast(columns, most) - others + texts.reduce((sum, one) => sum + one, 0);
  let bound = Infinity;
  for (const [i, width] of texts.entries()) {
    bound = Math.max(LEAST, Math.floor(room / (texts.length - i)));
    if (width > bound) break;
    room -= width;
    bound = Infinity;
  }
  let left = most;
  return columns.map(({ yields, width }, i) => {
    const isLast = i === columns.length - 1;
    const own = isLast
      ? (yields ? Math.min(width, Math.max(left, 1)) : width)
      : yields
      ? Math.min(width, bound)
      : width;
    left -= own + gap;
    return own;
  });
}

/** Joins columns into the lines of a table. */
function joined(columns: readonly Column[], widths: readonly number[], gap: number): string[] {
  const [first] = columns;
  const last = columns.length - 1;
  return (first?.cells ?? []).map((_, row) => {
    let line = "";
    for (const [i, { cells, atRight }] of columns.entries()) {
      const cell = cells[row]!;
      const space = " ".repeat(Math.max(0, widths[i]! - widthOf(cell)));
      line += atRight ? space + cell : cell + (i === last ? "" : space);
      if (i < last) line += " ".repeat(gap);
    }
    return line.trimEnd();
  });
}

/** Shortens a text to at most `most` columns of a terminal. */
export function shortened(shown: string, most: number): string {
  return cut(shown, most) === shown ? shown : cut(shown, most - widthOf(CUT)) + CUT;
}

function titleOf<R>({ title, unit }: Field<R>, form: Form): string {
  return unit === "time" && form === "full" ? `${title} (${zone()})` : title;
}

function cellOf<R>({ value, text, unit }: Field<R>, row: R, form: Form): string {
  const shown = text === undefined ? plain(value(row), unit, form) : text(row, form);
  return shown === undefined ? UNKNOWN : escaped(shown);
}

/** Formats a value for a table; undefined if there is none. */
export function plain(
  value: unknown,
  unit: Unit = "none",
  form: Form = "full",
): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return inUnit(value, unit, form);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? undefined : value.map((part) => plain(part)).join(",");
}

/** Returns a line in bold. */
export function bold(line: string): string {
  return `\x1b[1m${line}\x1b[22m`;
}

/**
 * Escapes a text for a terminal: backslashes, and all characters that could move the cursor, change
 * the screen or hide text, as in `\\x1b`.
 */
export function escaped(shown: string): string {
  return printable(shown.replaceAll("\\", "\\\\"));
}

/**
 * Quotes a word for a shell if necessary. If it has characters to be escaped, it gets the quotes in
 * which bash and similar shells read escapes.
 */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const start = escaped(word) === word ? "'" : "$'";
  return `${start}${word.split("'").join(`'"'"${start}`)}'`;
}

// Characters that terminals show two columns wide: East Asian scripts and pictographs.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const NARROW = /^[\x20-\x7e]*$/;
const NO_WIDTH = /\p{Mark}/u;

/** Returns the width of a text in columns of a terminal. */
export function widthOf(shown: string): number {
  if (NARROW.test(shown)) return shown.length;
  let width = 0;
  for (const char of shown) width += NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** Truncates a text to at most `most` columns of a terminal. */
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
