import type { ProcessTable } from "./table.ts";
import { checkTable, type TableHead } from "./table.ts";

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
  const { count } = current;
  const previousRow = new Int32Array(count).fill(-1);
  const elapsedMs = new Float64Array(count).fill(NaN);
  const ended: number[] = [];
  // Both are in ascending order of their ids.
  let row = 0;
  for (let old = 0; old < previous.count; old++) {
    const pid = previous.pid[old]!;
    while (row < count && current.pid[row]! < pid) row++;
    const life = previous.uniqueId[old]!;
    if (row < count && current.pid[row] === pid && current.uniqueId[row] === life && life !== 0n) {
      previousRow[row] = old;
      elapsedMs[row] = current.readAtMs[row]! - previous.readAtMs[old]!;
    } else ended.push(old);
  }

  function rate(
    column: "cpuTimeNs" | "readBytes" | "writtenBytes",
    factor: number,
  ): Float64Array<ArrayBuffer> {
    const rates = new Float64Array(count).fill(NaN);
    const before = previous[column];
    const after = current[column];
    if (before === undefined || after === undefined) return rates;
    for (let row = 0; row < count; row++) {
      const old = previousRow[row]!;
      const elapsed = elapsedMs[row]!;
      if (old < 0 || !(elapsed > 0)) continue;
      // What is NaN in a column stays so. No counter goes back.
      rates[row] = Math.max(after[row]! - before[old]!, 0) / elapsed * factor;
    }
    return rates;
  }

  return {
    count,
    previousRow,
    elapsedMs,
    cpuPercent: rate("cpuTimeNs", PERCENT / NS_PER_MS),
    readBytesPerSecond: rate("readBytes", MS_PER_SECOND),
    writtenBytesPerSecond: rate("writtenBytes", MS_PER_SECOND),
    endedRows: Int32Array.from(ended),
  };
}

const PERCENT = 100;
const NS_PER_MS = 1e6;
const MS_PER_SECOND = 1000;

function check(name: string, table: ComparableTable): void {
  const { pid, count } = checkTable(name, table, ["pid", "uniqueId", "readAtMs"]);
  if (pid.length !== count) {
    throw new TypeError(`Cannot pass ${name} as its memory was transferred to another thread`);
  }
}
