import { shown } from "../system/arguments.ts";
import type { Missing } from "./errors.ts";
import type { Column } from "./fields/field.ts";
import {
  type DefaultField,
  type FieldName,
  type Fields,
  type GroupName,
  type Named,
  PLACES,
} from "./fields/mod.ts";
import type { Store } from "./store.ts";
import { checkTable, missingAt, type TableHead, tableText, tableTexts } from "./table.ts";

/** The values of some fields. Missing values are undefined. */
export type Values<N extends FieldName> = { readonly [F in N]: Fields[F] | undefined };

/**
 * One process: its pid, the requested fields, and the reasons why fields have no value.
 *
 * A field that is undefined without an entry in `missing` is something that the process does not
 * have, such as a controlling terminal.
 *
 * @typeParam F The fields, or groups of fields, that were requested.
 */
export type ProcessRow<F extends FieldName | GroupName = DefaultField> =
  & {
    /** The process id. */
    readonly pid: number;
    /** The reasons why fields have no value, by the names of the fields. */
    readonly missing: { readonly [N in Named<F>]?: Missing };
  }
  & Values<Exclude<Named<F>, "pid">>;

/** Reads the value of a row from a column. */
type Reader = (column: Column<unknown>, row: number, table: TextTable) => unknown;
type TextTable = Pick<TableHead, "textBytes" | "textEnds">;

const READERS: Readonly<Record<string, Reader>> = {
  number(column, row) {
    const value = column[row]!;
    return Number.isNaN(value) ? undefined : value;
  },
  flag(column, row) {
    const value = column[row]!;
    return value < 0 ? undefined : value === 1;
  },
  text(column, row, table) {
    const value = column[row]!;
    return value === 0 ? undefined : tableText(table, value);
  },
  texts(column, row, table) {
    const value = column[row]!;
    return value === 0 ? undefined : tableTexts(table, value);
  },
  numbers(column, row, table) {
    const value = column[row]!;
    return value === 0 ? undefined : tableTexts(table, value).map(Number);
  },
};

const NOTHING_MISSING: Readonly<Record<string, Missing>> = Object.freeze({});

/** The source of rows. */
interface RowSource extends TextTable {
  readonly pid: Int32Array;
  readonly uniqueId: BigUint64Array;
  readonly columns: Readonly<Record<string, Column<unknown> | undefined>>;
  readonly status: { readonly [N in FieldName]?: Uint8Array };
}

/**
 * Returns a function that makes the rows of a store. The store can be read into again, but must not
 * grow.
 */
export function rowMaker(
  fields: readonly FieldName[],
  store: Store,
): (row: number) => Record<string, unknown> {
  const { pid, uniqueId, unidentified, columns, texts } = store;
  const status: { [N in FieldName]?: Uint8Array } = { uniqueId: unidentified };
  store.groups.forEach((group, i) => {
    for (const name of Object.keys(group.fields)) status[name as FieldName] = store.status[i]!;
  });
  return rowMakerOf(fields, {
    pid,
    uniqueId,
    columns,
    status,
    get textBytes() {
      return texts.bytes;
    },
    get textEnds() {
      return texts.ends;
    },
  });
}

function rowMakerOf(
  fields: readonly FieldName[],
  table: RowSource,
): (row: number) => Record<string, unknown> {
  const { pid, uniqueId, columns, status } = table;
  const read = fields.filter((name) => name !== "pid").map((name) => {
    const { field: { kind } } = PLACES.get(name)!;
    return { name, column: columns[name]!, why: status[name]!, read: READERS[kind]! };
  });
  return (row) => {
    const made: Record<string, unknown> = { pid: pid[row]! };
    let missing: Record<string, Missing> | undefined;
    for (const { name, column, why, read: value } of read) {
      if (why[row] === 0) {
        made[name] = name === "uniqueId" ? String(uniqueId[row]) : value(column, row, table);
      } else {
        made[name] = undefined;
        (missing ??= {})[name] = missingAt(why, row)!;
      }
    }
    made["missing"] = missing ?? NOTHING_MISSING;
    return made;
  };
}

const makers = new WeakMap<object, (row: number) => Record<string, unknown>>();

/**
 * Returns one row of a table as an object.
 *
 * @typeParam F The fields of the table.
 * @param table The table.
 * @param row The number of the row: from 0, and less than `count`.
 * @throws {RangeError} There is no such row.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { processTable, tableRow } from "@libproc/libproc";
 *
 * const table = processTable({ fields: ["ids"], pids: [process.pid] });
 * console.log(tableRow(table, 0).parentPid);
 * ```
 */
export function tableRow<F extends FieldName>(
  table: Omit<TableHead, "fields"> & { readonly fields: readonly F[] },
  row: number,
): ProcessRow<F> {
  // A table that was transferred to another thread has no rows left.
  const rows = checkTable("table", table).pid.length;
  if (!(Number.isInteger(row) && row >= 0 && row < rows)) {
    throw new RangeError(
      `Cannot read row as it must be an integer below ${rows}: current value is ${shown(row)}`,
    );
  }
  let makeRow = makers.get(table);
  if (makeRow === undefined) {
    const columns = table as unknown as Readonly<Record<string, Column<unknown>>>;
    makers.set(table, makeRow = rowMakerOf(table.fields, { ...table, columns }));
  }
  return makeRow(row) as ProcessRow<F>;
}
