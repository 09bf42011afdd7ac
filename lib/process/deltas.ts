import { checkTable, type ProcessTable, type TableHead } from "./table.ts";

/** A table that {@linkcode deltas} compares. Its columns depend on the fields that were read. */
export type ComparableTable =
  & TableHead
  & Partial<Pick<ProcessTable<"cpu" | "io">, "cpuTimeNs" | "readBytes" | "writtenBytes">>;

/**
 * The changes between two tables, in columns. Row `i` of each column is row `i` of the later table.
 */
export interface Deltas {
  /** The number of rows, which is the number of processes in the later table. */
  readonly count: number;
  /** The row of the same process in the earlier table; -1 if it is not in the earlier table. */
  readonly previousRow: Int32Array<ArrayBuffer>;
  /** The time between the two readings of the process, in milliseconds; NaN for a new process. */
  readonly elapsedMs: Float64Array<ArrayBuffer>;
  /** The processor time in that period, in percent of one processor; NaN if it is unknown. */
  readonly cpuPercent: Float64Array<ArrayBuffer>;
  /** The bytes read from disks, per second; NaN if the rate is unknown. */
  readonly readBytesPerSecond: Float64Array<ArrayBuffer>;
  /** The bytes written to disks, per second; NaN if the rate is unknown. */
  readonly writtenBytesPerSecond: Float64Array<ArrayBuffer>;
  /** The rows of the later table whose processes are not in the earlier table. */
  readonly startedRows: Int32Array<ArrayBuffer>;
  /** The rows of the earlier table whose processes are not in the later table. */
  readonly endedRows: Int32Array<ArrayBuffer>;
}

/**
 * Computes rates from two tables of the same system.
 *
 * Processes are matched by their identities: a process that reuses a pid is new. The elapsed time
 * is measured for each process, between the moments at which its two rows were read.
 *
 * A rate requires its field in both tables: `cpuTimeNs`, `readBytes` or `writtenBytes`.
 *
 * @param previous The earlier table.
 * @param current The later table.
 * @throws {TypeError} An argument is not a table, or its memory was transferred to another thread.
 *
 * @example The busiest process
 * ```ts
 * import { deltas, processTable, tableText } from "@libproc/libproc";
 *
 * const before = processTable();
 * await new Promise((resolve) => setTimeout(resolve, 50));
 * const after = processTable();
 * const { cpuPercent } = deltas(before, after);
 * let most = 0;
 * cpuPercent.forEach((percent, row) => {
 *   if (percent > (cpuPercent[most] || 0)) most = row;
 * });
 * console.log(after.pid[most], tableText(after, after.name[most]!), cpuPercent[most]);
 * ```
 */
export function deltas(previous: ComparableTable, current: ComparableTable): Deltas {
  check("previous", previous);
  check("current", current);
  return new Comparison().compare(previous, current);
}

const PERCENT = 100;
const NS_PER_MS = 1e6;
const MS_PER_SECOND = 1000;

/** Compares tables repeatedly, and reuses the memory of the result. */
export class Comparison {
  #capacity = 0;
  #room: Omit<Deltas, "count"> = roomFor(0);
  #started = 0;
  #ended = 0;
  #result: Deltas | undefined;

  /** Compares two tables. The result is valid until the next comparison. */
  compare(previous: ComparableTable, current: ComparableTable): Deltas {
    const { count } = current;
    const needed = Math.max(count, previous.count);
    if (needed > this.#capacity) {
      this.#capacity = needed + (needed >> 2);
      this.#room = roomFor(this.#capacity);
      this.#result = undefined;
    }
    const { started, ended } = join(previous, current, this.#room);
    const { cpuPercent, readBytesPerSecond, writtenBytesPerSecond } = this.#room;
    rates(previous, current, this.#room, "cpuTimeNs", PERCENT / NS_PER_MS, cpuPercent);
    rates(previous, current, this.#room, "readBytes", MS_PER_SECOND, readBytesPerSecond);
    rates(previous, current, this.#room, "writtenBytes", MS_PER_SECOND, writtenBytesPerSecond);
    return this.#cut(count, started, ended);
  }

  /** Returns the part of the memory that contains the result. */
  #cut(count: number, started: number, ended: number): Deltas {
    const last = this.#result;
    if (last?.count === count && this.#started === started && this.#ended === ended) return last;
    this.#started = started;
    this.#ended = ended;
    const room = this.#room;
    return this.#result = {
      count,
      previousRow: room.previousRow.subarray(0, count),
      elapsedMs: room.elapsedMs.subarray(0, count),
      cpuPercent: room.cpuPercent.subarray(0, count),
      readBytesPerSecond: room.readBytesPerSecond.subarray(0, count),
      writtenBytesPerSecond: room.writtenBytesPerSecond.subarray(0, count),
      startedRows: room.startedRows.subarray(0, started),
      endedRows: room.endedRows.subarray(0, ended),
    };
  }
}

function roomFor(rows: number): Omit<Deltas, "count"> {
  return {
    previousRow: new Int32Array(rows),
    elapsedMs: new Float64Array(rows),
    cpuPercent: new Float64Array(rows),
    readBytesPerSecond: new Float64Array(rows),
    writtenBytesPerSecond: new Float64Array(rows),
    startedRows: new Int32Array(rows),
    endedRows: new Int32Array(rows),
  };
}

/** Matches the processes of both tables, which are in ascending order of pids. */
function join(
  previous: ComparableTable,
  current: ComparableTable,
  { previousRow, elapsedMs, startedRows, endedRows }: Omit<Deltas, "count">,
): { started: number; ended: number } {
  const { count, pid, readAtMs } = current;
  const now = halvesOf(current), old = halvesOf(previous);
  let started = 0, ended = 0, before = 0;
  for (let row = 0; row < count; row++) {
    while (before < previous.count && previous.pid[before]! < pid[row]!) {
      endedRows[ended++] = before++;
    }
    const low = now[row * 2]!, high = now[row * 2 + 1]!;
    const same = before < previous.count && previous.pid[before] === pid[row] &&
      old[before * 2] === low && old[before * 2 + 1] === high && (low !== 0 || high !== 0);
    if (same) {
      previousRow[row] = before;
      elapsedMs[row] = readAtMs[row]! - previous.readAtMs[before]!;
      before++;
    } else {
      previousRow[row] = -1;
      elapsedMs[row] = NaN;
      startedRows[started++] = row;
    }
  }
  while (before < previous.count) endedRows[ended++] = before++;
  return { started, ended };
}

/** Returns the identities as 32-bit halves, which are compared without creating 64-bit numbers. */
function halvesOf({ uniqueId }: ComparableTable): Uint32Array {
  return new Uint32Array(uniqueId.buffer, uniqueId.byteOffset, uniqueId.length * 2);
}

/** Computes the rate at which a counter grew, for each row. */
function rates(
  previous: ComparableTable,
  current: ComparableTable,
  { previousRow, elapsedMs }: Omit<Deltas, "count">,
  column: "cpuTimeNs" | "readBytes" | "writtenBytes",
  factor: number,
  to: Float64Array,
): void {
  const { count, [column]: after } = current;
  const { [column]: before } = previous;
  for (let row = 0; row < count; row++) {
    const old = previousRow[row]!;
    const elapsed = elapsedMs[row]!;
    // NaN in a column yields NaN. A counter that decreased counts as unchanged.
    to[row] = before === undefined || after === undefined || old < 0 || !(elapsed > 0)
      ? NaN
      : Math.max(after[row]! - before[old]!, 0) / elapsed * factor;
  }
}

function check(name: string, table: ComparableTable): void {
  const { pid, count } = checkTable(name, table, ["pid", "uniqueId", "readAtMs"]);
  if (pid.length !== count) {
    throw new TypeError(`Cannot pass ${name} as its memory was transferred to another thread`);
  }
}
