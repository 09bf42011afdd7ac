import { checkOptions, kindOf, shown } from "../system/arguments.ts";
import { ERRNO, isShortage, SystemCallError } from "../system/errors.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";
import type { TableFact, TableReader } from "../system/table.ts";
import { MISSING, type Missing, missingOf } from "./errors.ts";
import type { Column, Earlier, Look } from "./fields/field.ts";
import {
  DEFAULT_FIELDS,
  type DefaultField,
  type FieldName,
  type Fields,
  fieldsNamed,
  type GroupName,
  type IdentityFields,
  type Named,
  PLACES,
} from "./fields/mod.ts";
import { checkedPids } from "./pids.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps } from "./slices.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import { groupsOf, Store } from "./store.ts";
import type { Resting } from "./resting.ts";
import { decodeText } from "./texts.ts";

/** The options of {@linkcode processTable} that choose what is read. */
export interface TableOptions<F extends FieldName | GroupName = DefaultField>
  extends SystemOptions {
  /**
   * The fields, or groups of fields, to read. Each costs time. Default: ids, name, state, user,
   * start, processor time, resident memory and the number of threads.
   */
  readonly fields?: readonly F[];
  /**
   * The pids of the processes to read. Processes that do not exist are omitted. Default: all
   * processes.
   */
  readonly pids?: readonly number[];
  /**
   * An earlier reading with the field `cpuTimeNs` or `cpuPercent`: the result of `processes()` or
   * `processTable()`. The field `cpuPercent` is measured since that reading.
   */
  readonly since?: Reading | undefined;
}

/** A reading that a later one can be compared with. */
export type Reading = readonly { readonly pid: number }[] | TableHead;

/**
 * Processes in columns: row `i` of each column is one process. Its memory consists of typed arrays,
 * so it can be posted to another thread. {@linkcode tableBuffers} lists the buffers that can be
 * transferred with it.
 *
 * @typeParam F The fields, or groups of fields, that were requested.
 */
export type ProcessTable<F extends FieldName | GroupName = DefaultField> =
  & Omit<TableHead, "fields" | "status">
  & {
    readonly fields: readonly Named<F>[];
    readonly status: { readonly [N in Exclude<Named<F>, "pid">]: Uint8Array<ArrayBuffer> };
  }
  & {
    readonly [N in Exclude<Named<F>, keyof IdentityFields>]: Column<NonNullable<Fields[N]>>;
  };

/** The members of every table. */
export interface TableHead {
  /** The number of processes. */
  readonly count: number;
  /** The fields that were requested. */
  readonly fields: readonly FieldName[];
  /** The process ids, in ascending order. */
  readonly pid: Int32Array<ArrayBuffer>;
  /** The identities of the processes; see `IdentityFields.uniqueId`. */
  readonly uniqueId: BigUint64Array<ArrayBuffer>;
  /** The time at which each row was read, in milliseconds by the clock of `performance.now()`. */
  readonly readAtMs: Float64Array<ArrayBuffer>;
  /**
   * The reasons why the fields have no values: 0 if a field has one, or else an index of `MISSING`.
   * Fields that are read together share a column.
   */
  readonly status: { readonly [N in FieldName]?: Uint8Array<ArrayBuffer> };
  /** The bytes of all texts, one after the other. */
  readonly textBytes: Uint8Array<ArrayBuffer>;
  /**
   * The offset at which each text ends. A text starts where the previous one ends. Text 0 is empty
   * and denotes a missing value.
   */
  readonly textEnds: Uint32Array<ArrayBuffer>;
}

/** The options of {@linkcode processTable}. */
export interface ProcessTableOptions<F extends FieldName | GroupName = DefaultField>
  extends TableOptions<F> {
  /**
   * An older table of the same fields, whose memory is reused. It must not be read afterwards. A
   * table that was transferred to another thread is not reused.
   */
  readonly reuse?: TableHead;
}

const stores = new WeakMap<TableHead, Store>();

/**
 * Reads processes into columns, in one pass. It is made for programs that read thousands of
 * processes every second, or that pass them to another thread.
 *
 * A column has the type of its field. Numbers are in a `Float64Array`, with NaN for a missing
 * value. Flags are in an `Int8Array` as 1 and 0, with -1 for a missing value. Texts are in a
 * `Uint32Array` as numbers for {@linkcode tableText} and {@linkcode tableTexts}, with 0 for a
 * missing value.
 *
 * @typeParam F The fields that are read.
 * @param options The fields and the processes to read, and an older table to reuse.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {RangeError} A field does not exist or is named twice, or a process id is not an integer
 * from 0 to 2147483647.
 *
 * @example The process with the most memory
 * ```ts
 * import { processTable, tableText } from "@libproc/libproc";
 *
 * const table = processTable({ fields: ["name", "residentBytes"] });
 * let most = 0;
 * for (let row = 0; row < table.count; row++) {
 *   if (table.residentBytes[row]! > table.residentBytes[most]!) most = row;
 * }
 * console.log(table.pid[most], tableText(table, table.name[most]!));
 * ```
 */
export function processTable<const F extends FieldName | GroupName = DefaultField>(
  options: ProcessTableOptions<F> = {},
): ProcessTable<F> {
  return atOnce(tableSteps(checkOptions(options, OPTIONS)));
}

/**
 * Reads processes into columns as {@linkcode processTable} does, but in slices of some
 * milliseconds. The event loop gets a turn between two slices.
 *
 * @typeParam F The fields that are read.
 * @param options The fields and the processes to read, and the signal that stops the reading.
 * @returns The table. The promise rejects with what `processTable()` throws, or with the reason of
 * `signal`.
 *
 * @example
 * ```ts
 * import { processTableAsync } from "@libproc/libproc";
 *
 * const table = await processTableAsync({ fields: ["memory"], signal: AbortSignal.timeout(5000) });
 * console.log(table.residentBytes.length === table.count); // true
 * ```
 */
export async function processTableAsync<const F extends FieldName | GroupName = DefaultField>(
  options: ProcessTableOptions<F> & AsyncOptions = {},
): Promise<ProcessTable<F>> {
  checkOptions(options, ["signal", ...OPTIONS]);
  return await inSlices(tableSteps(options), options);
}

const OPTIONS = ["fields", "pids", "since", "reuse", "system"] as const;

function* tableSteps<F extends FieldName | GroupName>(
  options: ProcessTableOptions<F>,
): Steps<ProcessTable<F>> {
  const fields = fieldsNamed(options.fields === undefined ? DEFAULT_FIELDS : options.fields);
  const { reuse, since } = options;
  if (reuse !== undefined) checkTable("reuse", reuse);
  if (reuse !== undefined && reuse === since) {
    throw new TypeError(
      "Cannot pass reuse as it must not be the table that is passed as since, which is still read",
    );
  }
  const old = reuse && stores.get(reuse);
  const groups = groupsOf(fields);
  const same = old?.whole && groups.length === old.groups.length &&
    groups.every((group, i) => group === old.groups[i]);
  const store = same ? old : new Store(groups);
  // The memory belongs to the new table from here on. A table that is passed twice is reused once.
  if (same) stores.delete(reuse!);
  const reader = new RowReader(systemIn(options), store, { since: sinceOf(since) });
  const count = yield* reader.readAll(options.pids);
  const table = tableOf(fields, store, count) as ProcessTable<F>;
  stores.set(table, store);
  return table;
}

/** Returns the first rows of a store as a table. */
export function tableOf(
  fields: readonly FieldName[],
  { pid, uniqueId, unidentified, readAtMs, columns, status, texts, groups }: Store,
  count: number,
): TableHead {
  const statuses = new Map<unknown, Uint8Array<ArrayBuffer>>(
    groups.map((group, i) => [group, status[i]!.subarray(0, count)]),
  );
  statuses.set(undefined, unidentified.subarray(0, count));
  const apart = fields.filter((name) => PLACES.get(name)!.group !== undefined);
  return {
    count,
    fields,
    pid: pid.subarray(0, count),
    uniqueId: uniqueId.subarray(0, count),
    readAtMs: readAtMs.subarray(0, count),
    status: Object.fromEntries(
      fields.filter((name) => name !== "pid").map((name) => [
        name,
        statuses.get(PLACES.get(name)!.group)!,
      ]),
    ),
    textBytes: texts.bytes.subarray(0, texts.size),
    textEnds: texts.ends.subarray(0, texts.count),
    ...Object.fromEntries(apart.map((name) => [name, columns[name]!.subarray(0, count)])),
  };
}

/**
 * Returns the text with a number from a column. The text of 0, which denotes a missing value, is
 * "".
 *
 * @param table The table.
 * @param text The number of the text.
 * @throws {RangeError} The table has no such text.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { processTable, tableText } from "@libproc/libproc";
 *
 * const table = processTable({ fields: ["name"], pids: [process.pid] });
 * console.log(tableText(table, table.name[0]!)); // the name of this program
 * ```
 */
export function tableText(table: Pick<TableHead, "textBytes" | "textEnds">, text: number): string {
  return decodeText(textIn(table, text));
}

/**
 * Returns the list of texts with a number from a column, such as that of the field `arguments`. The
 * list of 0, which denotes a missing value, is empty.
 *
 * @param table The table.
 * @param text The number of the list.
 * @throws {RangeError} The table has no such list.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { processTable, tableTexts } from "@libproc/libproc";
 *
 * const table = processTable({ fields: ["arguments"], pids: [process.pid] });
 * console.log(tableTexts(table, table.arguments[0]!)); // the arguments of this program
 * ```
 */
export function tableTexts(
  table: Pick<TableHead, "textBytes" | "textEnds">,
  text: number,
): string[] {
  const list = decodeText(textIn(table, text)).split("\0");
  list.pop();
  return list;
}

const NO_TEXT = new Uint8Array(0);

function textIn(
  table: Pick<TableHead, "textBytes" | "textEnds">,
  text: number,
): Uint8Array {
  const { textBytes, textEnds } = checkTable("table", table, ["textBytes", "textEnds"]);
  if (text === 0) return NO_TEXT;
  if (!(Number.isInteger(text) && text > 0 && text < textEnds.length)) {
    throw new RangeError(
      `Cannot read text as it must be an integer below ${textEnds.length}: current value is ${
        shown(text)
      }`,
    );
  }
  return textBytes.subarray(textEnds[text - 1]!, textEnds[text]!);
}

/**
 * Lists the buffers of a table, to transfer them to another thread together with the table. A
 * transfer copies nothing, and leaves the table of this thread empty.
 *
 * @param table The table.
 *
 * @example
 * ```ts
 * import { processTable, tableBuffers } from "@libproc/libproc";
 *
 * const table = processTable();
 * const moved = structuredClone(table, { transfer: tableBuffers(table) });
 * console.log(moved.count > 0, table.pid.length); // true 0
 * ```
 */
export function tableBuffers(table: TableHead): ArrayBuffer[] {
  checkTable("table", table);
  const found = new Set<ArrayBuffer>();
  for (const value of [...Object.values(table), ...Object.values(table.status)]) {
    if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  }
  return [...found];
}

/** The columns of every table, except `status`. */
const COLUMNS = ["pid", "uniqueId", "readAtMs", "textBytes", "textEnds"] as const;

/**
 * Returns a table that has some columns. With the default columns, it also has `status`.
 *
 * @throws {TypeError} It is not such a table.
 */
export function checkTable<T extends Partial<TableHead>>(
  name: string,
  table: T,
  columns: readonly (keyof T & string)[] = COLUMNS as readonly (keyof T & string)[],
): T {
  const isTable = table instanceof Object &&
    columns.every((column) => ArrayBuffer.isView(table[column])) &&
    (columns.length < COLUMNS.length || table.status instanceof Object);
  if (isTable) return table;
  throw new TypeError(
    `Cannot pass ${name} as it must be a result of processTable(): it is ${kindOf(table)}`,
  );
}

/**
 * An earlier reading. `rowOf()` returns the row of a process in it, or -1 if it has no such
 * process.
 */
export interface Since {
  rowOf(pid: number, uniqueLow: number, uniqueHigh: number): number;
  readonly cpuTimeNs: Float64Array;
  readonly readAtMs: Float64Array;
}

/** The stores of the lists of rows. */
const readings = new WeakMap<object, { readonly store: Store; readonly count: number }>();

/** Remembers the store of a list of rows, so that a later reading can be compared with the list. */
export function rememberReading(rows: object, store: Store, count: number): void {
  if (store.columns["cpuTimeNs"]!.length > 0) readings.set(rows, { store, count });
}

/** Returns the table of a reading, with its processor times even if they were not requested. */
function readingOf(since: Reading): Partial<ProcessTable<"cpuTimeNs">> {
  const rows = readings.get(since);
  if (rows !== undefined) {
    return tableOf(["cpuTimeNs"], rows.store, rows.count) as ProcessTable<"cpuTimeNs">;
  }
  const table = (since ?? {}) as ProcessTable<"cpuTimeNs">;
  const store = stores.get(table);
  const isKept = table.cpuTimeNs === undefined &&
    store?.groups.includes(PLACES.get("cpuTimeNs")!.group!) === true;
  return isKept ? tableOf(["cpuTimeNs"], store, table.count) as ProcessTable<"cpuTimeNs"> : table;
}

/** Returns the processes of an earlier reading; undefined without one. */
export function sinceOf(since: Reading | undefined): Since | undefined {
  if (since === undefined) return undefined;
  const { count, pid, uniqueId, cpuTimeNs, readAtMs } = readingOf(since);
  if (
    pid === undefined || uniqueId === undefined || readAtMs === undefined ||
    cpuTimeNs === undefined
  ) {
    throw new TypeError(
      "Cannot pass since as it must be a result of processes() or processTable() " +
        `with the field cpuTimeNs or cpuPercent: ${
          Array.isArray(since) ? `it is an array of ${since.length}` : `it is ${typeof since}`
        }`,
    );
  }
  if (pid.length !== count || cpuTimeNs.length !== count) {
    throw new TypeError("Cannot pass since as its memory was transferred to another thread");
  }
  const halves = new Uint32Array(uniqueId.buffer, uniqueId.byteOffset, uniqueId.length * 2);
  const rows = new Map<number, number>();
  pid.forEach((each, row) => rows.set(each, row));
  return {
    cpuTimeNs,
    readAtMs,
    rowOf(each, uniqueLow, uniqueHigh) {
      const row = rows.get(each) ?? -1;
      const same = row >= 0 && halves[row * 2] === uniqueLow &&
        halves[row * 2 + 1] === uniqueHigh;
      return same ? row : -1;
    },
  };
}

/** Chooses processes while they are read. */
export interface Filter {
  /** True if the filter reads the arguments. */
  readonly readsArguments: boolean;
  /** Returns true if the current process is wanted. */
  accepts(look: Look): boolean;
}

/** The number of attempts to read a process of which something is gone. */
const LOOKS = 6;
/** The number of processes that are read before the work can be interrupted. */
const STEP = 32;

/** The options of `RowReader`. */
export interface RowReaderOptions {
  /** An earlier reading. */
  readonly since?: Since | undefined;
  /** The filter that chooses the processes. */
  readonly filter?: Filter | undefined;
  /** The reader of the processes. Default: a new reader. */
  readonly table?: TableReader;
  /**
   * True if the caller only accepts a row for which {@linkcode RowReader.hasChanged} is false. The
   * identity is then compared after each row, even if one read has reported all of it. Default:
   * false.
   */
  readonly single?: boolean;
  /** The copier of rows that need not be read again in {@linkcode RowReader.readPass}. */
  readonly resting?: Resting | undefined;
}

/** Reads processes into the rows of a store. */
export class RowReader implements Look {
  pid = 0;
  readAtMs = 0;
  readonly table: TableReader;
  readonly system: System;
  readonly #store: Store;
  readonly #since: Since | undefined;
  readonly #filter: Filter | undefined;
  /** The groups that the first read of a process includes, and the groups that are read apart. */
  readonly #plain: readonly number[];
  readonly #apart: readonly number[];
  readonly #readsArguments: boolean;
  readonly #isSingle: boolean;
  readonly #needsSystem: boolean;
  /**
   * The methods of the table that the groups call. The flag is true if they make no other query.
   */
  readonly #facts: readonly TableFact[];
  readonly #readsFactsAlone: boolean;
  readonly #compares: boolean;
  readonly #resting: Resting | undefined;
  #pids = new Int32Array(0);
  #answer = 0;
  #still = 0;
  /** True if something was gone that a second read may find. */
  #isDoubtful = false;
  /** True if the first read of the last process had a value for each of its groups. */
  #isComplete = false;

  constructor(
    system: System,
    store: Store,
    { since, filter, table = system.table(), single = false, resting }: RowReaderOptions = {},
  ) {
    this.#resting = resting;
    this.system = system;
    this.table = table;
    this.#store = store;
    this.#since = since;
    this.#filter = filter;
    const places = store.groups.map((_, i) => i);
    const isApart = (i: number) => store.groups[i]!.apart === true;
    this.#plain = places.filter((i) => !isApart(i));
    this.#apart = places.filter(isApart);
    this.#readsArguments = filter?.readsArguments === true ||
      store.groups.some(({ readsArguments }) => readsArguments === true);
    this.#isSingle = single;
    this.#needsSystem = store.groups.some(({ needsSystem }) => needsSystem === true);
    this.#facts = store.groups.flatMap(({ facts = [] }) => facts);
    this.#readsFactsAlone = store.groups.every(({ facts, apart }) =>
      facts !== undefined || apart !== true
    );
    this.#compares = single || this.#apart.length > 0 || filter?.readsArguments === true;
  }

  get texts(): Store["texts"] {
    return this.#store.texts;
  }

  earlier(): Earlier | undefined {
    if (this.#since === undefined) return undefined;
    const { uniqueLow, uniqueHigh } = this.table;
    const row = this.#since.rowOf(this.pid, uniqueLow, uniqueHigh);
    const cpuTimeNs = row < 0 ? NaN : this.#since.cpuTimeNs[row]!;
    return Number.isNaN(cpuTimeNs)
      ? undefined
      : { cpuTimeNs, readAtMs: this.#since.readAtMs[row]! };
  }

  /** Reads some processes, or all; returns the number of rows. */
  *readAll(pids: readonly number[] | undefined): Steps<number> {
    const count = this.#begin(pids === undefined ? pids : checkedPids("pids", pids));
    let row = 0;
    try {
      for (let from = 0; from < count; from += STEP) {
        if (from > 0) yield;
        row = this.#readRows(from, Math.min(from + STEP, count), row);
      }
    } finally {
      this.table.end();
    }
    return row;
  }

  /** Reads some processes, or all, without interruption; returns the number of rows. */
  readPass(pids: Int32Array | undefined): number {
    const count = this.#begin(pids);
    try {
      return this.#resting === undefined
        ? this.#readRows(0, count, 0)
        : this.#readBesides(this.#resting, count);
    } finally {
      this.table.end();
    }
  }

  /** Reads all processes except those that rest; returns the number of rows. */
  #readBesides(resting: Resting, count: number): number {
    const pids = this.#pids;
    const read = (pid: number, row: number) => {
      if (!this.readRow(pid, row)) return false;
      if (this.#isComplete) resting.note(row, this.table.status);
      return true;
    };
    resting.begin();
    let row = 0;
    for (let i = 0; i < count; i++) {
      if (resting.copy(pids[i]!, row) || read(pids[i]!, row)) row++;
    }
    resting.end(row, read);
    return row;
  }

  /** Reads a range of the processes into the rows from `row` on; returns the next row. */
  #readRows(from: number, end: number, row: number): number {
    const pids = this.#pids;
    for (let i = from; i < end; i++) if (this.readRow(pids[i]!, row)) row++;
    return row;
  }

  #beginTable(): void {
    // Another reader may have used the same table.
    this.table.expect(this.#facts, this.#readsFactsAlone);
    this.table.begin();
  }

  /** Begins a pass; returns the number of processes to read. */
  #begin(pids: Int32Array | undefined): number {
    this.#beginTable();
    const count = pids?.length ?? this.table.list();
    if (count < 0) throw new SystemCallError("list the processes", "list", -count);
    const listed = pids ?? this.table.pids;
    if (this.#pids.length < count) this.#pids = new Int32Array(count + (count >> 2));
    // Reading a process can overwrite the list.
    this.#pids.set(listed.subarray(0, count));
    this.#store.begin(count);
    return count;
  }

  /** Reads one process into row 0; returns 0, or the negated errno of the first read. */
  readOne(pid: number): number {
    this.#beginTable();
    this.#store.begin(1);
    this.#still = 0;
    return this.readRow(pid, 0) ? this.#answer : -ERRNO.ESRCH;
  }

  /** True if a part of the last process was gone, although the process may exist. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** True if the last process had ended, or another one had its pid, after it was read. */
  get hasChanged(): boolean {
    return this.#still < 0;
  }

  /** Reads a process into a row; returns true if the process exists and is wanted. */
  readRow(pid: number, row: number): boolean {
    let found = this.#readRow(pid, row);
    // On Linux, a thread that calls execve() gets the pid of its process. For a moment, its files
    // are not yet under that pid: reads fail, and a retry succeeds.
    for (let left = LOOKS; this.#isDoubtful && --left > 0;) {
      this.#store.clear(row);
      found = this.#readRow(pid, row);
    }
    return found;
  }

  #readRow(pid: number, row: number): boolean {
    this.#isDoubtful = this.#isComplete = false;
    const store = this.#store;
    this.pid = pid;
    store.pid[row] = pid;
    const { table } = this;
    const answer = this.#answer = this.#isSingle && !this.#readsArguments
      ? table.revisit(pid)
      : table.read(pid, this.#readsArguments, this.#compares);
    this.readAtMs = store.readAtMs[row] = table.readAtMs;
    if (answer === -ERRNO.ESRCH) {
      this.#isDoubtful = true;
      return false;
    }
    if (answer < 0) {
      if (this.#filter !== undefined) return false;
      store.missAll(row, why(answer));
      return true;
    }
    if (this.#filter?.accepts(this) === false) return false;
    store.uniqueHalves[row * 2] = table.uniqueLow;
    store.uniqueHalves[row * 2 + 1] = table.uniqueHigh;
    const { groups, columns } = store;
    const plain = this.#plain;
    this.#isComplete = true;
    for (let place = 0; place < plain.length; place++) {
      const i = plain[place]!;
      const read = groups[i]!.read(this, columns, row);
      if (read >= 0) continue;
      this.#isComplete = false;
      store.miss(i, row, this.#why(read));
    }
    return !this.#compares || this.#readApart(row);
  }

  /**
   * Reads the groups that make queries of their own. Returns false if the process changed after a
   * filter had accepted it.
   */
  #readApart(row: number): boolean {
    const store = this.#store;
    this.table.hold(this.#needsSystem);
    let isWhole: boolean;
    try {
      isWhole = this.#readGroups(row);
    } finally {
      this.table.release();
    }
    // If the process has ended, another one may have reused its pid and answered the queries.
    const still = this.#still = this.table.compare(!isWhole);
    if (still < 0) {
      this.#isDoubtful = still === -ERRNO.ESRCH;
      if (this.#filter !== undefined) return false;
      const missing = why(still);
      for (const i of this.#apart) store.miss(i, row, missing);
    } else if (!isWhole) {
      // The process exists, so the requested part is unavailable.
      for (const i of this.#apart) {
        if (missingAt(store.status[i]!, row) !== "gone") continue;
        this.#isDoubtful = true;
        store.miss(i, row, "unsupported");
      }
    }
    return true;
  }

  /** Reads those groups. Returns true if each has values, or is one that a zombie has lost. */
  #readGroups(row: number): boolean {
    const store = this.#store;
    let isWhole = true;
    for (const i of this.#apart) {
      const group = store.groups[i]!;
      // Some systems report nothing, or 0, for what a zombie has lost.
      if (group.ofZombies !== true && this.table.status === SZOMB) {
        store.miss(i, row, "zombie");
        continue;
      }
      const read = group.read(this, store.columns, row);
      if (read >= 0) continue;
      isWhole = false;
      store.miss(i, row, this.#why(read));
    }
    return isWhole;
  }

  /** Returns the reason why a group has no values. A zombie has lost what is gone. */
  #why(answer: number): Missing {
    return answer === -ERRNO.ESRCH && this.table.status === SZOMB ? "zombie" : why(answer);
  }
}

/**
 * Returns the reason for the failure of a query about one process.
 *
 * @throws {SystemCallError} The failure concerns the caller: it has too many open files.
 */
function why(answer: number): Missing {
  const errno = -answer;
  if (isShortage(errno)) {
    throw new SystemCallError("read the processes", "__proc_info", errno);
  }
  return missingOf(errno) ?? "unsupported";
}

/** Returns the reason in a row of a status column; undefined if there is a value. */
export function missingAt(status: Uint8Array, row: number): Missing | undefined {
  return MISSING[status[row]!];
}
