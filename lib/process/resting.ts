/**
 * The rows that a sampler need not read again because their processes have not run.
 *
 * @module
 */
import { SRUN, SZOMB } from "../abi/kinfo_proc.ts";
import type { TableReader } from "../system/table.ts";
import { type AnyGroup, PLACES } from "./fields/mod.ts";
import type { Texts } from "./texts.ts";
import type { Store } from "./store.ts";

/**
 * The number of samples within which each process is read again. A process that was woken and waits
 * for a processor has not run. The same holds for one whose parent has put it into another process
 * group, before it executes a program.
 */
const TURNS = 32;
/** The status of a row that must be read. */
const UNKNOWN = 0;

/**
 * The rows of a sample that are copied from the previous sample because their processes have not
 * run since. No thread of such a process has used processor time, so the process has not changed
 * itself. Its parent changes when the old parent ends. Such rows are found afterwards.
 */
export class Resting {
  readonly #store: Store;
  readonly #table: TableReader;
  /** The names of all columns. */
  readonly #names: readonly string[];
  // The columns of this sample and of the previous one. Arrays of one type each are accessed faster
  // than columns by name.
  #numbers: Float64Array[] = [];
  #flags: Int8Array[] = [];
  #texts: Uint32Array[] = [];
  #oldNumbers: Float64Array[] = [];
  #oldFlags: Int8Array[] = [];
  #oldTexts: Uint32Array[] = [];
  #oldTimes = new Float64Array(0);
  readonly #hasParents: boolean;
  #before: Resting | undefined;
  /** The number of rows, once all were read. */
  #count = 0;
  /** The `pbi_status` of each row; {@linkcode UNKNOWN} for one that was not read completely. */
  #statuses = new Uint8Array(0);
  /** 1 for a row that was copied. */
  #copied = new Uint8Array(0);
  /**
   * The number in this store of each text of the previous store; 0 for a text that was not copied.
   */
  #renumbered = new Uint32Array(0);
  #turn = 0;
  #at = 0;

  constructor(store: Store, table: TableReader) {
    this.#store = store;
    this.#table = table;
    this.#names = store.groups.flatMap(({ fields }) => Object.keys(fields));
    this.#hasParents = store.groups.includes(PARENTS);
  }

  /**
   * Returns true if rows of some groups can be copied.
   *
   * @param isAll True if all processes are read, so that the parents are among them.
   */
  static suits(groups: readonly AnyGroup[], isAll: boolean): boolean {
    return groups.includes(TIMES) && groups.every(({ stays }) => stays === true) &&
      (isAll || !groups.includes(PARENTS));
  }

  /** Sets the sample that precedes the next one, if any. */
  follow(before: Resting | undefined): void {
    this.#before = before;
  }

  /** Begins a sample. The store must have room for it. */
  begin(): void {
    const before = this.#before;
    this.#count = this.#at = 0;
    this.#turn = before === undefined ? 0 : (before.#turn + 1) % TURNS;
    const { capacity } = this.#store;
    this.#numbers = this.#columns(this.#store, Float64Array);
    this.#flags = this.#columns(this.#store, Int8Array);
    this.#texts = this.#columns(this.#store, Uint32Array);
    if (before !== undefined) {
      const old = before.#store;
      this.#oldNumbers = this.#columns(old, Float64Array);
      this.#oldFlags = this.#columns(old, Int8Array);
      this.#oldTexts = this.#columns(old, Uint32Array);
      const times: unknown = old.columns["cpuTimeNs"];
      this.#oldTimes = times as Float64Array<ArrayBuffer>;
    }
    if (this.#statuses.length < capacity) {
      this.#statuses = new Uint8Array(capacity);
      this.#copied = new Uint8Array(capacity);
    }
    const texts = before === undefined ? 0 : before.#store.texts.count;
    if (this.#renumbered.length < texts) this.#renumbered = new Uint32Array(texts * 2);
    else this.#renumbered.fill(0, 0, texts);
  }

  /** Returns the columns of one type. */
  #columns<T>({ columns }: Store, type: new (size: number) => T): T[] {
    const all = this.#names.map((name): unknown => columns[name]);
    return all.filter((column): column is T => column instanceof type);
  }

  /**
   * Copies the row of a process if it has not run; returns true if it was copied. The pids must be
   * passed in ascending order.
   */
  copy(pid: number, row: number): boolean {
    this.#copied[row] = 0;
    this.#statuses[row] = UNKNOWN;
    const before = this.#before;
    if (before === undefined || pid % TURNS === this.#turn) return false;
    const old = before.#store;
    let at = this.#at;
    while (at < before.#count && old.pid[at]! < pid) at++;
    this.#at = at;
    if (at === before.#count || old.pid[at] !== pid) return false;
    const status = before.#statuses[at]!;
    if (status === UNKNOWN || status === SRUN) return false;
    if (!this.#table.rests(pid, this.#oldTimes[at]!)) return false;
    this.#copyRow(old, at, row);
    this.#copied[row] = 1;
    this.#statuses[row] = status;
    return true;
  }

  #copyRow(old: Store, at: number, row: number): void {
    const store = this.#store;
    store.pid[row] = old.pid[at]!;
    store.readAtMs[row] = this.#table.readAtMs;
    store.uniqueHalves[row * 2] = old.uniqueHalves[at * 2]!;
    store.uniqueHalves[row * 2 + 1] = old.uniqueHalves[at * 2 + 1]!;
    const numbers = this.#numbers, oldNumbers = this.#oldNumbers;
    for (let i = 0; i < numbers.length; i++) numbers[i]![row] = oldNumbers[i]![at]!;
    const flags = this.#flags, oldFlags = this.#oldFlags;
    for (let i = 0; i < flags.length; i++) flags[i]![row] = oldFlags[i]![at]!;
    const texts = this.#texts, oldTexts = this.#oldTexts;
    for (let i = 0; i < texts.length; i++) {
      const number = oldTexts[i]![at]!;
      texts[i]![row] = number === 0 ? 0 : this.#textOf(old.texts, number);
    }
  }

  #textOf({ bytes, ends }: Texts, number: number): number {
    const known = this.#renumbered[number]!;
    if (known !== 0) return known;
    const start = ends[number - 1]!;
    return this.#renumbered[number] = this.#store.texts.add(bytes, start, ends[number]! - start);
  }

  /** Notes that a row was read completely. */
  note(row: number, status: number): void {
    this.#statuses[row] = status;
  }

  /**
   * Ends a sample.
   *
   * @param count The number of rows.
   * @param read Reads a process into a row, because its parent has changed since the previous
   * sample.
   */
  end(count: number, read: (pid: number, row: number) => void): void {
    if (this.#hasParents && this.#before !== undefined) this.#readOrphans(count, read);
    this.#before = undefined;
    this.#count = count;
  }

  #readOrphans(count: number, read: (pid: number, row: number) => void): void {
    const { pid: pids, columns } = this.#store;
    const parents: unknown = columns["parentPid"];
    let parent = 0, isSame = true;
    for (let row = 0; row < count; row++) {
      if (this.#copied[row] !== 1) continue;
      const own = (parents as Float64Array)[row]!;
      if (own !== parent) {
        parent = own;
        isSame = own === 0 || this.#isSame(own, count);
      }
      if (!isSame) read(pids[row]!, row);
    }
  }

  /** Returns true if the process that has a pid is alive, and was in the previous sample. */
  #isSame(pid: number, count: number): boolean {
    const { pid: pids, uniqueHalves } = this.#store;
    const row = rowOf(pids, count, pid);
    // A zombie has no children.
    if (row < 0 || this.#statuses[row] === SZOMB) return false;
    if (this.#copied[row] === 1) return true;
    const before = this.#before!;
    const old = before.#store;
    const at = rowOf(old.pid, before.#count, pid);
    return at >= 0 && old.uniqueHalves[at * 2] === uniqueHalves[row * 2] &&
      old.uniqueHalves[at * 2 + 1] === uniqueHalves[row * 2 + 1];
  }
}

const TIMES = PLACES.get("cpuTimeNs")!.group!;
const PARENTS = PLACES.get("parentPid")!.group!;

/** Returns the row of a pid among pids in ascending order; -1 if there is none. */
function rowOf(pids: Int32Array, count: number, pid: number): number {
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pids[middle]! < pid) low = middle + 1;
    else high = middle;
  }
  return low < count && pids[low] === pid ? low : -1;
}
