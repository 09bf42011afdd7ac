import { MISSING, type Missing } from "./errors.ts";
import type { Column } from "./fields/field.ts";
import { type AnyGroup, type FieldName, GROUPS, PLACES } from "./fields/mod.ts";
import { copied, Texts } from "./texts.ts";

/** The columns by the names of their fields. */
export type AnyColumns = Readonly<Record<string, Column<unknown>>>;

/** The type of a column, and the number that it has for a missing value. */
interface Make {
  make(rows: number): Column<unknown>;
  readonly nothing: number;
}

const number: Make = {
  make: (rows) => new Float64Array(rows) as unknown as Column<unknown>,
  nothing: NaN,
};
const flag: Make = {
  make: (rows) => new Int8Array(rows) as unknown as Column<unknown>,
  nothing: -1,
};
const text: Make = { make: (rows) => new Uint32Array(rows), nothing: 0 };

const MAKES: Readonly<Record<string, Make>> = { number, flag, text, texts: text, numbers: text };

/** Returns the groups that some fields are read with, in the alphabetical order of their names. */
export function groupsOf(fields: readonly FieldName[]): readonly AnyGroup[] {
  const groups = new Set<AnyGroup>();
  for (const name of fields) {
    const { group } = PLACES.get(name)!;
    if (group === undefined) continue;
    groups.add(group);
    for (const kept of group.keeps ?? []) groups.add(PLACES.get(kept)!.group!);
  }
  return [...GROUPS.values()].filter((group) => groups.has(group));
}

const EMPTY = 0;
const VALUE = 0;

/** The memory of a table. Its columns can have room for more rows than there are. */
export class Store {
  /** The number of rows that there is room for. */
  capacity = EMPTY;
  /** The process ids. */
  pid: Int32Array<ArrayBuffer> = new Int32Array(EMPTY);
  /** The identities. */
  uniqueId: BigUint64Array<ArrayBuffer> = new BigUint64Array(EMPTY);
  /** The same identities, in halves. */
  uniqueHalves: Uint32Array<ArrayBuffer> = new Uint32Array(EMPTY);
  /**
   * The reasons why processes could not be identified: 0, or an index of `MISSING`. No field of
   * such a process was read.
   */
  unidentified: Uint8Array<ArrayBuffer> = new Uint8Array(EMPTY);
  /** The time at which each row was read, in milliseconds by the clock of `performance.now()`. */
  readAtMs: Float64Array<ArrayBuffer> = new Float64Array(EMPTY);
  /** The columns of all fields. Those of groups that are not read have no room. */
  readonly columns: AnyColumns;
  /**
   * The reasons why groups have no values, by the index of the group: 0, or an index of `MISSING`.
   */
  readonly status: Uint8Array<ArrayBuffer>[];
  /** The texts. */
  readonly texts: Texts = new Texts();
  /** The groups that are read. */
  readonly groups: readonly AnyGroup[];

  /** Creates a store for the fields of some groups. */
  constructor(groups: readonly AnyGroup[]) {
    this.groups = groups;
    this.status = groups.map(() => new Uint8Array(EMPTY));
    const columns: Record<string, Column<unknown>> = {};
    for (const group of GROUPS.values()) {
      for (const [name, { kind }] of Object.entries(group.fields)) {
        columns[name] = MAKES[kind]!.make(EMPTY);
      }
    }
    // A copy: V8 takes several times as long to find a column in an object that was built name by
    // name.
    this.columns = { ...columns };
  }

  /** Makes room for rows. They have no texts and no missing values until these are set. */
  begin(rows: number): void {
    this.texts.clear();
    this.#grow(rows);
    this.unidentified.fill(VALUE);
    for (const status of this.status) status.fill(VALUE);
  }

  #grow(rows: number): void {
    if (rows <= this.capacity) return;
    // A quarter more, as there may be a few more rows the next time.
    const capacity = Math.max(rows + (rows >> 2), this.capacity * 2);
    this.pid = copied(this.pid, new Int32Array(capacity));
    this.uniqueId = copied(this.uniqueId, new BigUint64Array(capacity));
    this.uniqueHalves = new Uint32Array(this.uniqueId.buffer);
    this.unidentified = copied(this.unidentified, new Uint8Array(capacity));
    this.readAtMs = copied(this.readAtMs, new Float64Array(capacity));
    const columns = this.columns as Record<string, Column<unknown>>;
    this.groups.forEach((group, i) => {
      this.status[i] = copied(this.status[i]!, new Uint8Array(capacity));
      for (const [name, { kind }] of Object.entries(group.fields)) {
        columns[name] = copied(columns[name]!, MAKES[kind]!.make(capacity));
      }
    });
    this.capacity = capacity;
  }

  /** Notes that no field of the process in a row could be read, and the reason. */
  missAll(row: number, why: Missing): void {
    this.uniqueHalves[row * 2] = this.uniqueHalves[row * 2 + 1] = 0;
    this.unidentified[row] = MISSING.indexOf(why);
    for (let group = 0; group < this.groups.length; group++) this.miss(group, row, why);
  }

  /** Notes that a group has no values in a row, and the reason. */
  miss(group: number, row: number, why: Missing): void {
    this.status[group]![row] = MISSING.indexOf(why);
    for (const [name, { kind }] of Object.entries(this.groups[group]!.fields)) {
      this.columns[name]![row] = MAKES[kind]!.nothing;
    }
  }

  /** Forgets the missing values of a row, which is read again. */
  clear(row: number): void {
    this.unidentified[row] = VALUE;
    for (const status of this.status) status[row] = VALUE;
  }

  /** True if the store still has its memory, which may have been transferred to another thread. */
  get whole(): boolean {
    const { capacity, columns, status } = this;
    return this.texts.whole && this.pid.length === capacity &&
      this.unidentified.length === capacity &&
      this.uniqueId.length === capacity && this.readAtMs.length === capacity &&
      status.every((column) => column.length === capacity) &&
      this.groups.every(({ fields }) =>
        Object.keys(fields).every((name) => columns[name]!.length === capacity)
      );
  }
}
