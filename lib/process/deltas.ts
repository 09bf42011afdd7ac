import { checkTable, type ProcessTable, type TableHead } from "./table.ts";

/** A table that {@linkcode deltas} compares, with whatever columns it has. */
export type ComparableTable =
  & TableHead
  & Partial<Pick<ProcessTable<"cpu" | "io">, "cpuTimeNs" | "readBytes" | "writtenBytes">>;

/** What changed between two tables, in columns: row `i` of each is row `i` of the later table. */
export interface Deltas {
  /** How many rows there are: the processes of the later table. */
  readonly count: number;
  /** The row of the same process in the earlier table; -1 for a process that it does not have. */
  readonly previousRow: Int32Array<ArrayBuffer>;
  /** The time between the two readings of this process, in milliseconds; NaN for a new one. */
  readonly elapsedMs: Float64Array<ArrayBuffer>;
  /** Processor time in that time, in percent of one processor; NaN where it is not known. */
  readonly cpuPercent: Float64Array<ArrayBuffer>;
  /** Bytes read from disks, per second; NaN where it is not known. */
  readonly readBytesPerSecond: Float64Array<ArrayBuffer>;
  /** Bytes written to disks, per second; NaN where it is not known. */
  readonly writtenBytesPerSecond: Float64Array<ArrayBuffer>;
  /** The rows of the later table whose processes the earlier one does not have. */
  readonly startedRows: Int32Array<ArrayBuffer>;
  /** The rows of the earlier table whose processes are gone. */
  readonly endedRows: Int32Array<ArrayBuffer>;
}

/**
 * Computes rates from two tables of one system. Processes are joined by their identities: one that
 * reuses the id of an earlier one is new. The time between the two readings is measured for each
 * process, from the moments at which its two rows were read.
 *
 * Both tables need the field `cpuTimeNs`, `readBytes` or `writtenBytes` for the rate of it.
 *
 * @param previous The earlier table.
 * @param current The later table.
 * @throws {TypeError} It is not a table, or it was transferred to another thread.
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

/** Compares tables again and again, into the same memory. */
export class Comparison {
  #capacity = 0;
  #room: Omit<Deltas, "count"> = roomFor(0);
  #started = 0;
  #ended = 0;
  #result: Deltas | undefined;

  /** Compares two tables. The result is only valid until the next comparison. */
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

  /** The part of the memory that has the result. */
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

/** Finds the same processes in both tables, which are in ascending order of their ids. */
function join(
  previous: ComparableTable,
  current: ComparableTable,
  { previousRow, elapsedMs, startedRows, endedRows }: Omit<Deltas, "count">,
): { started: number; ended: number } {
  const { count, pid, readAtMs } = current;
  const lives = halvesOf(current), old = halvesOf(previous);
  let started = 0, ended = 0, before = 0;
  for (let row = 0; row < count; row++) {
    while (before < previous.count && previous.pid[before]! < pid[row]!) {
      endedRows[ended++] = before++;
    }
    const low = lives[row * 2]!, high = lives[row * 2 + 1]!;
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

/** Identities in halves, which are compared without making numbers of 64 bits. */
function halvesOf({ uniqueId }: ComparableTable): Uint32Array {
  return new Uint32Array(uniqueId.buffer, uniqueId.byteOffset, uniqueId.length * 2);
}

/** How fast a counter grew in each row. */
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
    // What is NaN in a column stays so. No counter goes back.
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
