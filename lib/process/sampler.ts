import { checkOptions, id } from "../system/arguments.ts";
import { systemIn } from "../system/open.ts";
import type { Kernel } from "../system/kernel.ts";
import type { System, SystemOptions } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";
import { type ComparableTable, Comparison, type Deltas } from "./deltas.ts";
import {
  type AnyGroup,
  DEFAULT_FIELDS,
  type DefaultField,
  type FieldName,
  fieldsNamed,
  type GroupName,
  PLACES,
} from "./fields/mod.ts";
import { type ConditionOptions, filterOf } from "./filter.ts";
import { checkedPids } from "./pids.ts";
import { Resting } from "./resting.ts";
import { groupsOf, Store } from "./store.ts";
import { type Filter, type ProcessTable, RowReader, type Since, tableOf } from "./table.ts";

/** What {@linkcode openSampler} takes. */
export interface SamplerOptions<F extends FieldName | GroupName = DefaultField>
  extends ConditionOptions, SystemOptions {
  /**
   * The fields, or groups of fields, that are read; each costs time. Default: those of `processTable()`.
   */
  readonly fields?: readonly F[];
  /** The processes that are read; those that do not exist are left out. Default: all. */
  readonly pids?: readonly number[];
  /**
   * Linux: the most file descriptors that are kept open, an integer from 0; with 0 each sample opens the
   * files again. There are never more than half of those that `RLIMIT_NOFILE` leaves free: the rest is for
   * the program. Default: 32768.
   */
  readonly keepOpen?: number;
}

/** One sample: a table of processes, and what is different from the sample before. */
export type Sample<F extends FieldName | GroupName = DefaultField> = ProcessTable<F> & {
  /**
   * The rates since the sample before, which need the fields that they are computed from, and which
   * processes came and went. In the first sample all processes have just started.
   */
  readonly changes: Deltas;
};

/** Reads the same processes again and again: {@linkcode openSampler} opens it. */
export interface Sampler<F extends FieldName | GroupName = DefaultField> extends Disposable {
  /**
   * Reads the processes.
   *
   * The memory of a sample is used again by the next sample but one, so `endedRows` can be looked up in the
   * sample before. The field `cpuPercent` is measured since the sample before; of processes that are new,
   * since they started.
   *
   * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
   * @throws {TypeError} The sampler, or its system, was disposed of.
   */
  sample(): Sample<F>;
}

/**
 * Opens a sampler: for programs that read the same processes again and again, as a monitor does.
 *
 * A sample has the same columns as the result of `processTable()`, and is made with less work: on Linux the
 * files of processes stay open and are read again, and processes are only listed if ids were given out
 * since. No memory is allocated as long as the processes are the same.
 *
 * A sampler of fields that only the process itself changes (the ids, the name, the state, the user, the
 * start, the processor time, the number of threads) does not read a process again on Linux that has used no
 * processor time since the sample before: it copies the row, and reads the process in one of 32 samples. Each
 * sample finds out which processes exist, which of them have run, and which have another parent. Two things
 * that others do to a process that does not run may be reported up to 32 samples late: that it was woken while
 * no processor is free, and that it was put into another process group.
 *
 * A process that has ended is never mistaken for another one that reuses its id.
 *
 * On macOS a sample is read as `processTable()` reads it.
 *
 * @typeParam F The fields that are read.
 * @param options What is read, of which processes.
 * @returns The sampler. Dispose of it to close what it keeps open; a worker must do so before it ends.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {RangeError} A field does not exist or is named twice, a process id or `keepOpen` is not an
 * integer from 0 to 2147483647, or a condition is not one.
 * @throws {TypeError} An option has another type.
 *
 * @example The busiest process of each second
 * ```ts
 * import { openSampler, tableText } from "@libproc/libproc";
 *
 * using sampler = openSampler({ fields: ["name", "cpuTimeNs"] });
 * sampler.sample();
 * for (let i = 0; i < 2; i++) {
 *   await new Promise((resolve) => setTimeout(resolve, 50));
 *   const sample = sampler.sample();
 *   const { cpuPercent, startedRows } = sample.changes;
 *   let most = 0;
 *   cpuPercent.forEach((percent, row) => {
 *     if (percent > (cpuPercent[most] || 0)) most = row;
 *   });
 *   console.log(sample.pid[most], tableText(sample, sample.name[most]!), cpuPercent[most]);
 *   console.log("new:", startedRows.length);
 * }
 * ```
 */
export function openSampler<const F extends FieldName | GroupName = DefaultField>(
  options: SamplerOptions<F> = {},
): Sampler<F> {
  const { fields, pids, keepOpen = KEEP_OPEN } = checkOptions(options, OPTIONS);
  const named = fieldsNamed(fields === undefined ? DEFAULT_FIELDS : fields);
  const keep = id("keepOpen", keepOpen);
  const list = pids === undefined ? pids : checkedPids("pids", pids);
  const system = systemIn(options);
  const filter = filterOf(options, system);
  return new TableSampler(named, list, system, filter, keep) as unknown as Sampler<F>;
}

const KEEP_OPEN = 32768;

const OPTIONS = [
  ...["fields", "pids", "keepOpen", "name", "user", "parent", "state"] as const,
  ...["container", "cgroup", "unit", "exceptPids", "system"] as const,
];

class TableSampler implements Sampler<FieldName> {
  readonly #fields: readonly FieldName[];
  readonly #groups: readonly AnyGroup[];
  readonly #pids: Int32Array | undefined;
  readonly #system: System;
  readonly #filter: Filter | undefined;
  readonly #table: TableReader;
  readonly #kernel: Kernel;
  /** The memory of the last sample, and that of the one before, which the next is read into. */
  #last: Side | undefined;
  #spare: Side | undefined;
  #closed = false;

  constructor(
    fields: readonly FieldName[],
    pids: Int32Array | undefined,
    system: System,
    filter: Filter | undefined,
    keep: number,
  ) {
    this.#fields = fields;
    this.#groups = groupsOf(fields);
    this.#pids = pids;
    this.#system = system;
    this.#filter = filter;
    this.#table = system.table({ keep });
    this.#kernel = system.kernel;
  }

  sample(): Sample<FieldName> {
    if (this.#closed) throw new TypeError("Cannot read a sampler that was disposed of");
    // A system that was disposed of has another kernel, and refuses.
    if (this.#system.kernel !== this.#kernel) this.#system.table();
    const side = this.#spare?.store.whole ? this.#spare : this.#makeSide();
    const previous = this.#last?.store.whole ? this.#last : undefined;
    const sample = side.read(this.#pids, previous);
    this.#spare = this.#last;
    this.#last = side;
    return sample as Sample<FieldName>;
  }

  #makeSide(): Side {
    const groups = this.#groups;
    const store = new Store(groups);
    const mayRest = this.#filter === undefined &&
      Resting.suits(groups, this.#pids === undefined);
    const resting = mayRest ? new Resting(store, this.#table) : undefined;
    return new Side(this.#fields, this.#system, {
      store,
      filter: this.#filter,
      table: this.#table,
      resting,
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#last = this.#spare = undefined;
    this.#table[Symbol.dispose]();
  }
}

/** A table without processes. */
const NONE: ComparableTable = tableOf([], new Store([]), 0);

/** What a sample is read into, and how. */
interface SideOptions {
  readonly store: Store;
  readonly filter: Filter | undefined;
  readonly table: TableReader;
  readonly resting: Resting | undefined;
}

/** The memory of a sample. */
class Side implements Since {
  readonly store: Store;
  readonly #fields: readonly FieldName[];
  /** The fields, and the processor time if it is read for another field. */
  readonly #compared: readonly FieldName[];
  readonly #reader: RowReader;
  readonly #resting: Resting | undefined;
  readonly #comparison = new Comparison();
  #count = 0;
  #table = NONE;
  #result: Sample<FieldName> | undefined;
  /** The inputs of the table, which is made again if one of them changes. */
  #made: readonly unknown[] = [];
  #previous: Side | undefined;
  /** The row of the previous sample from which on the next process is looked for. */
  #at = 0;

  constructor(
    fields: readonly FieldName[],
    system: System,
    { store, ...options }: SideOptions,
  ) {
    const hasTimes = store.groups.includes(PLACES.get("cpuTimeNs")!.group!);
    this.#fields = fields;
    this.#compared = [...new Set([...fields, ...hasTimes ? ["cpuTimeNs" as const] : []])];
    this.store = store;
    this.#resting = options.resting;
    this.#reader = new RowReader(system, store, { ...options, since: this });
  }

  /** Reads processes, and compares them with those of another sample. */
  read(pids: Int32Array | undefined, previous: Side | undefined): Sample<FieldName> {
    this.#previous = previous;
    this.#at = 0;
    this.#resting?.follow(previous === undefined ? undefined : previous.#resting);
    this.#count = this.#reader.readPass(pids);
    if (!this.#isMade()) {
      this.#table = tableOf(this.#compared, this.store, this.#count);
      this.#result = undefined;
    }
    const before = previous === undefined ? NONE : previous.#table;
    const changes = this.#comparison.compare(before, this.#table);
    if (this.#result?.changes === changes) return this.#result;
    const table = tableOf(this.#fields, this.store, this.#count);
    return this.#result = { ...table, changes } as Sample<FieldName>;
  }

  /** True if the last table shows all that was read, and nothing else. */
  #isMade(): boolean {
    const { capacity, texts } = this.store;
    const { bytes, ends, count, size } = texts;
    const made = this.#made;
    if (
      made[0] === this.#count && made[1] === capacity && made[2] === bytes && made[3] === ends &&
      made[4] === count && made[5] === size
    ) return true;
    this.#made = [this.#count, capacity, bytes, ends, count, size];
    return false;
  }

  get cpuTimeNs(): Float64Array {
    const column: unknown = this.#previous!.store.columns["cpuTimeNs"];
    return column as Float64Array;
  }

  get readAtMs(): Float64Array {
    return this.#previous!.store.readAtMs;
  }

  rowOf(pid: number, uniqueLow: number, uniqueHigh: number): number {
    if (this.#previous === undefined) return -1;
    const count = this.#previous.#count;
    const { pid: pids, uniqueHalves } = this.#previous.store;
    // Both are read in ascending order of the ids.
    while (this.#at < count && pids[this.#at]! < pid) this.#at++;
    const at = this.#at;
    const isSame = at < count && pids[at] === pid && uniqueHalves[at * 2] === uniqueLow &&
      uniqueHalves[at * 2 + 1] === uniqueHigh;
    return isSame ? at : -1;
  }
}
