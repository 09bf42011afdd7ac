import { MISSING, type Missing } from "./errors.ts";
import { ALL_GROUPS, type Group } from "./groups.ts";

/**
 * The columns of a table: a row for each process. Where a group has no value for a process, as its
 * status says, the numbers are NaN, -1, or all bits set where they have no sign, and texts and names of
 * lives are 0.
 */
export interface Columns {
  /** The process id of the parent. */
  readonly parentPid: Int32Array<ArrayBuffer>;
  /** The process group. */
  readonly processGroupId: Int32Array<ArrayBuffer>;
  /** Names one life of a process. */
  readonly uniqueId: BigUint64Array<ArrayBuffer>;
  /** The name of the program: a text of the table. */
  readonly name: Uint32Array<ArrayBuffer>;
  /** What the process is doing, at the number that `STATES` has for it. */
  readonly state: Uint8Array<ArrayBuffer>;
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: Float64Array<ArrayBuffer>;
  /** The effective user. */
  readonly userId: Uint32Array<ArrayBuffer>;
  /** The effective group. */
  readonly groupId: Uint32Array<ArrayBuffer>;
  /** The user who started it. */
  readonly realUserId: Uint32Array<ArrayBuffer>;
  /** The user it acts for. */
  readonly effectiveUserId: Uint32Array<ArrayBuffer>;
  /** The user it may become again. */
  readonly savedUserId: Uint32Array<ArrayBuffer>;
  /** The group that started it. */
  readonly realGroupId: Uint32Array<ArrayBuffer>;
  /** The group it acts for. */
  readonly effectiveGroupId: Uint32Array<ArrayBuffer>;
  /** The group it may become again. */
  readonly savedGroupId: Uint32Array<ArrayBuffer>;
  /** The device number of the controlling terminal; NaN without one. */
  readonly terminalDevice: Float64Array<ArrayBuffer>;
  /** The process group in the foreground of the terminal; -1 without one. */
  readonly foregroundProcessGroupId: Int32Array<ArrayBuffer>;
  /** 1 if it leads its session, else 0. */
  readonly sessionLeader: Int8Array<ArrayBuffer>;
  /** The nice value; NaN where it is missing. */
  readonly nice: Float64Array<ArrayBuffer>;
  /** Processor time in user mode, in nanoseconds. */
  readonly userTimeNs: Float64Array<ArrayBuffer>;
  /** Processor time in the kernel, in nanoseconds. */
  readonly systemTimeNs: Float64Array<ArrayBuffer>;
  /** The sum of the two, in nanoseconds. */
  readonly cpuTimeNs: Float64Array<ArrayBuffer>;
  /** Resident memory, in bytes. */
  readonly residentBytes: Float64Array<ArrayBuffer>;
  /** The size of the address space, in bytes. */
  readonly virtualBytes: Float64Array<ArrayBuffer>;
  /** The memory that the process alone is charged for, in bytes. */
  readonly footprintBytes: Float64Array<ArrayBuffer>;
  /** How many threads there are. */
  readonly threadCount: Int32Array<ArrayBuffer>;
  /** Bytes read from disks. */
  readonly readBytes: Float64Array<ArrayBuffer>;
  /** Bytes written to disks. */
  readonly writtenBytes: Float64Array<ArrayBuffer>;
  /** The path of the program's file: a text of the table. */
  readonly executablePath: Uint32Array<ArrayBuffer>;
  /** 1 if that file was deleted, 0 if not, -1 where the system does not say. */
  readonly deleted: Int8Array<ArrayBuffer>;
  /**
   * The path of the working directory: a text of the table; 0 where it has none any more, or one that
   * is too long to be told.
   */
  readonly workingDirectory: Uint32Array<ArrayBuffer>;
  /** The path of the root directory, likewise. */
  readonly rootDirectory: Uint32Array<ArrayBuffer>;
  /** The first argument: a text of the table; the others follow it. */
  readonly arguments: Uint32Array<ArrayBuffer>;
  /** How many arguments there are. */
  readonly argumentCount: Int32Array<ArrayBuffer>;
  /** What the process wrote over its arguments: a text of the table; 0 where it did not. */
  readonly title: Uint32Array<ArrayBuffer>;
  /** The first text of the environment: a text of the table; the others follow it. */
  readonly environment: Uint32Array<ArrayBuffer>;
  /** How many texts the environment has. */
  readonly environmentCount: Int32Array<ArrayBuffer>;
}

/** The columns of each group. */
export interface ColumnsOf {
  /** Of the ids. */
  readonly ids: Pick<Columns, "parentPid" | "processGroupId" | "uniqueId">;
  /** Of the name. */
  readonly names: Pick<Columns, "name">;
  /** Of what it is doing. */
  readonly state: Pick<Columns, "state">;
  /** Of when it started. */
  readonly start: Pick<Columns, "startedAt">;
  /** Of the user it acts for. */
  readonly user: Pick<Columns, "userId" | "groupId">;
  /** Of its users and groups. */
  readonly credentials: Pick<
    Columns,
    | "realUserId"
    | "effectiveUserId"
    | "savedUserId"
    | "realGroupId"
    | "effectiveGroupId"
    | "savedGroupId"
  >;
  /** Of its terminal. */
  readonly terminal: Pick<
    Columns,
    "terminalDevice" | "foregroundProcessGroupId" | "sessionLeader"
  >;
  /** Of how nice it is. */
  readonly priority: Pick<Columns, "nice">;
  /** Of its processor time. */
  readonly cpu: Pick<Columns, "userTimeNs" | "systemTimeNs" | "cpuTimeNs">;
  /** Of its memory. */
  readonly memory: Pick<Columns, "residentBytes" | "virtualBytes">;
  /** Of the memory that it alone is charged for. */
  readonly footprint: Pick<Columns, "footprintBytes">;
  /** Of its threads. */
  readonly threads: Pick<Columns, "threadCount">;
  /** Of what it moved from and to disks. */
  readonly io: Pick<Columns, "readBytes" | "writtenBytes">;
  /** Of its program. */
  readonly executable: Pick<Columns, "executablePath" | "deleted">;
  /** Of its directories. */
  readonly cwd: Pick<Columns, "workingDirectory" | "rootDirectory">;
  /** Of what it was started with. */
  readonly args: Pick<Columns, "arguments" | "argumentCount" | "title">;
  /** Of the environment it was started with. */
  readonly environment: Pick<Columns, "environment" | "environmentCount">;
}

/** A column of any type. */
export type Column = Columns[keyof Columns];

type Writable<T> = { -readonly [N in keyof T]: T[N] };
type Maker = (rows: number) => Column;

const bytes: Maker = (rows) => new Int8Array(rows);
const states: Maker = (rows) => new Uint8Array(rows);
const ids: Maker = (rows) => new Int32Array(rows);
const words: Maker = (rows) => new Uint32Array(rows);
const numbers: Maker = (rows) => new Float64Array(rows);
const lives: Maker = (rows) => new BigUint64Array(rows);

/** How the columns of each group are made; the compiler demands that none is missing. */
const MAKERS: { readonly [G in Group]: { readonly [N in keyof ColumnsOf[G]]: Maker } } = {
  ids: { parentPid: ids, processGroupId: ids, uniqueId: lives },
  names: { name: words },
  state: { state: states },
  start: { startedAt: numbers },
  user: { userId: words, groupId: words },
  credentials: {
    realUserId: words,
    effectiveUserId: words,
    savedUserId: words,
    realGroupId: words,
    effectiveGroupId: words,
    savedGroupId: words,
  },
  terminal: { terminalDevice: numbers, foregroundProcessGroupId: ids, sessionLeader: bytes },
  priority: { nice: numbers },
  cpu: { userTimeNs: numbers, systemTimeNs: numbers, cpuTimeNs: numbers },
  memory: { residentBytes: numbers, virtualBytes: numbers },
  footprint: { footprintBytes: numbers },
  threads: { threadCount: ids },
  io: { readBytes: numbers, writtenBytes: numbers },
  executable: { executablePath: words, deleted: bytes },
  cwd: { workingDirectory: words, rootDirectory: words },
  args: { arguments: words, argumentCount: ids, title: words },
  environment: { environment: words, environmentCount: ids },
};

/** The columns that hold numbers of texts. */
const TEXTS: ReadonlySet<string> = new Set([
  "name",
  "executablePath",
  "workingDirectory",
  "rootDirectory",
  "arguments",
  "title",
  "environment",
]);

/** What stands in a column where there is no value. */
function nothing(name: string, column: Column): number | bigint {
  if (column instanceof BigUint64Array) return 0n;
  if (column instanceof Float64Array) return NaN;
  if (column instanceof Uint8Array) return 0;
  if (column instanceof Int32Array || column instanceof Int8Array) return -1;
  return TEXTS.has(name) ? 0 : 0xffffffff;
}

/** A column of a group: its name, how it is made, and what stands where there is no value. */
interface Plan {
  readonly name: keyof Columns;
  readonly make: Maker;
  readonly nothing: number | bigint;
}

const PLANS = Object.fromEntries(
  ALL_GROUPS.map((group) => [
    group,
    (Object.entries(MAKERS[group]) as [keyof Columns, Maker][]).map(([name, make]) => ({
      name,
      make,
      nothing: nothing(name, make(0)),
    })),
  ]),
) as unknown as { readonly [G in Group]: readonly Plan[] };

/** No room for rows. */
const EMPTY = 0;
const VALUE = 0;

/** The memory of a table: columns with room for more rows than there are. */
export class Store {
  /** How many rows there is room for. */
  capacity = EMPTY;
  /** The process ids. */
  pid: Int32Array<ArrayBuffer> = new Int32Array(EMPTY);
  /** When each row was read, by the clock of `performance.now()`. */
  readAtMs: Float64Array<ArrayBuffer> = new Float64Array(EMPTY);
  /** The columns; those of groups that are not asked for have no room. */
  readonly columns: Columns;
  /** Whether a group has a value: 0, or else the number of what is missing. */
  readonly status: { readonly [G in Group]: Uint8Array<ArrayBuffer> };
  /** The lives again, in halves. */
  uniqueHalves: Uint32Array<ArrayBuffer> = new Uint32Array(EMPTY);
  /** The texts. */
  readonly texts: Texts = new Texts();
  readonly #groups: readonly Group[];

  /** Makes room for the columns of some groups. */
  constructor(groups: readonly Group[]) {
    this.#groups = groups;
    const columns: Record<string, Column> = {};
    const status: Partial<Record<Group, Uint8Array>> = {};
    for (const group of ALL_GROUPS) {
      status[group] = new Uint8Array(EMPTY);
      for (const { name, make } of PLANS[group]) columns[name] = make(EMPTY);
    }
    // A copy: V8 takes several times as long to find a column in what was built name by name.
    this.columns = { ...columns } as unknown as Columns;
    this.status = status as Store["status"];
  }

  /** Makes room for rows. None has texts, and nothing is missing, until something is said to be. */
  begin(rows: number): void {
    this.texts.clear();
    this.#grow(rows);
    for (const group of this.#groups) this.status[group].fill(VALUE);
  }

  #grow(rows: number): void {
    if (rows <= this.capacity) return;
    // With room for a quarter more, as there are seldom as many the next time.
    const capacity = Math.max(rows + (rows >> 2), this.capacity * 2);
    this.pid = copied(this.pid, new Int32Array(capacity));
    this.readAtMs = copied(this.readAtMs, new Float64Array(capacity));
    const columns = this.columns as unknown as Record<string, Column>;
    const status = this.status as Writable<Store["status"]>;
    for (const group of this.#groups) {
      status[group] = copied(status[group], new Uint8Array(capacity));
      for (const { name, make } of PLANS[group]) {
        const column = make(capacity);
        (column as Uint8Array).set(columns[name] as Uint8Array);
        columns[name] = column;
      }
    }
    this.uniqueHalves = new Uint32Array(this.columns.uniqueId.buffer);
    this.capacity = capacity;
  }

  /** Says what is missing of a process. */
  miss(group: Group, row: number, why: Missing): void {
    this.status[group][row] = MISSING.indexOf(why);
    const columns = this.columns as unknown as Record<string, Column>;
    for (const { name, nothing } of PLANS[group]) {
      (columns[name] as { [row: number]: number | bigint })[row] = nothing;
    }
  }

  /** Whether all its memory is still there: it may have been handed to another thread. */
  get whole(): boolean {
    const { capacity, columns, status } = this;
    return this.texts.whole && this.pid.length === capacity && this.readAtMs.length === capacity &&
      this.#groups.every((group) =>
        status[group].length === capacity &&
        columnNames(group).every((name) => columns[name].length === capacity)
      );
  }
}

/** The names of the columns of a group. */
export function columnNames(group: Group): readonly (keyof Columns)[] {
  return PLANS[group].map(({ name }) => name);
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Texts, one behind the other. The first is always empty, and stands for none. */
export class Texts {
  /** Their bytes. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  /** Where each ends; it starts where the one before ends. */
  ends: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** How many there are. */
  count = 1;
  #size = 0;

  /** Forgets all texts, and keeps their memory. */
  clear(): void {
    this.count = 1;
    this.#size = 0;
  }

  /** Adds a text; returns its number. */
  add(from: Uint8Array, start: number, length: number): number {
    const end = this.#size + length;
    if (end > this.bytes.length) {
      this.bytes = copied(this.bytes, new Uint8Array(Math.max(end, this.bytes.length * 2)));
    }
    if (this.count === this.ends.length) {
      this.ends = copied(this.ends, new Uint32Array(this.ends.length * 2));
    }
    const { bytes } = this;
    for (let i = 0; i < length; i++) bytes[this.#size + i] = from[start + i]!;
    this.#size = end;
    this.ends[this.count] = end;
    return this.count++;
  }

  /** How many bytes they have together. */
  get size(): number {
    return this.#size;
  }

  /** Whether its memory is still there. */
  get whole(): boolean {
    return this.bytes.length > 0 && this.ends.length > 0;
  }
}
