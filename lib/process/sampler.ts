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

/** The options of {@linkcode openSampler}. */
export interface SamplerOptions<F extends FieldName | GroupName = DefaultField>
  extends ConditionOptions, SystemOptions {
  /**
   * The fields, or groups of fields, to read. Each costs time. Default: those of `processTable()`.
   */
  readonly fields?: readonly F[];
  /**
   * The pids of the processes to read. Processes that do not exist are omitted. Default: all
   * processes.
   */
  readonly pids?: readonly number[];
  /**
   * The maximum number of file descriptors that are kept open, an integer from 0. On Linux, each
   * sample opens the files again if `keepOpen` is 0. On Linux, at most half of the descriptors that
   * `RLIMIT_NOFILE` leaves free are kept open, and the rest is for the program. On macOS,
   * `keepOpen` has no effect. Default: 32768.
   */
  readonly keepOpen?: number;
}

/** One sample: a table of processes, and its differences from the previous sample. */
export type Sample<F extends FieldName | GroupName = DefaultField> = ProcessTable<F> & {
  /**
   * The rates since the previous sample, and the processes that have started or ended since. A rate
   * needs the field that it is computed from. In the first sample, all processes have just started.
   */
  readonly changes: Deltas;
};

/** Reads the same processes repeatedly. {@linkcode openSampler} opens it. */
export interface Sampler<F extends FieldName | GroupName = DefaultField> extends Disposable {
  /**
   * Reads the processes.
   *
   * The memory of a sample is reused two samples later, so `endedRows` can be looked up in the
   * previous sample. The field `cpuPercent` is measured since the previous sample. For a new
   * process, it is measured since the start of the process.
   *
   * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
   * @throws {TypeError} The sampler or its system was disposed of.
   */
  sample(): Sample<F>;
}

/**
 * Opens a sampler, for programs that read the same processes repeatedly, as a monitor does.
 *
 * A sample has the same columns as the result of `processTable()`, but takes less work. No memory
 * is allocated while the processes stay the same. On Linux, the files of processes stay open and
 * are read again. On Linux, a sample reads the whole list of processes only in the first second, if
 * many pids were assigned since a second before the previous sample, or if the list is 10 seconds
 * old. A first second also begins if the pids start again from the lowest. On macOS, a sample is
 * read as `processTable()` reads it.
 *
 * On Linux, a sampler can copy the row of a process that has used no processor time since the
 * previous sample. On Linux, it does so if it has no condition and only fields that the process
 * itself changes: the processor time, and any of the ids, the name, the state, the user, the start,
 * the number of threads and the flag for kernel threads. On Linux, a sampler with `pids` does so
 * only without the ids. On Linux, it still reads each process in one of 32 samples.
 *
 * On Linux, each sample finds out which processes exist, which of them have run, and which have
 * another parent. On Linux, two changes that others make to a process that does not run may be
 * reported up to 32 samples late: that it was woken while no processor is free, and that it was put
 * into another process group.
 *
 * A process that has ended is never mistaken for another one that reuses its pid.
 *
 * @typeParam F The fields that are read.
 * @param options The fields and the processes to read.
 * @returns The sampler. Dispose of it to close what it keeps open; a worker must do so before it
 * ends.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {RangeError} A field does not exist or is named twice, a process id or `keepOpen` is not
 * an integer from 0 to 2147483647, or a condition is invalid.
 * @throws {TypeError} An option has another type.
 *
 * @example The busiest process of each sample
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
  /**
   * The memory of the last sample, and that of the sample before, which the next one is read into.
   */
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
    // A disposed system has another kernel, and its `table()` throws.
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

/** The options of `Side`. */
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
  /** The row of the previous sample from which the search for the next process starts. */
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

  /** Reads processes and compares them with those of another sample. */
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

  /** True if the last table contains all that was read, and nothing else. */
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
    // Both samples are in ascending order of the pids.
    while (this.#at < count && pids[this.#at]! < pid) this.#at++;
    const at = this.#at;
    const isSame = at < count && pids[at] === pid && uniqueHalves[at * 2] === uniqueLow &&
      uniqueHalves[at * 2 + 1] === uniqueHigh;
    return isSame ? at : -1;
  }
}
