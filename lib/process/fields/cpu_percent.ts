import { ERRNO } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The share of processor time of a process. Available for zombies. On macOS, only root can read it
 * for processes of other users.
 */
export interface CpuPercentFields {
  /**
   * The processor time that the process used, in percent of one processor. Two busy threads make
   * 200. It is measured since the reading that was passed as `since`. Without such a reading of the
   * process, it is measured since the start of the process.
   */
  readonly cpuPercent: number;
}

/** The share of processor time of a process. */
export const group: FieldGroup<CpuPercentFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO"] },
  fields: { cpuPercent: { kind: "number", title: "CPU%", alias: "cpu", unit: "percent" } },
  keeps: ["cpuTimeNs"],
  facts: ["readTimes"],
  read(look, columns, row) {
    const { table } = look;
    const answer = table.readTimes();
    if (answer < 0) return answer;
    const { cpuTimeNs } = table;
    const earlier = look.earlier();
    if (earlier !== undefined) {
      const elapsedMs = look.readAtMs - earlier.readAtMs;
      if (!(elapsedMs > 0)) return -ERRNO.ENOTSUP;
      columns.cpuPercent[row] = percent(cpuTimeNs - earlier.cpuTimeNs, elapsedMs);
      return 0;
    }
    const beginning = table.readBeginning();
    if (beginning < 0) return beginning;
    const { startedAt } = table;
    if (Number.isNaN(startedAt)) return -ERRNO.ENOTSUP;
    columns.cpuPercent[row] = percent(
      cpuTimeNs,
      Math.max(Date.now() - startedAt, SHORTEST_MS),
    );
    return 0;
  },
};

/** The shortest time that is measured: a start is only known to a clock tick of up to 10 ms. */
const SHORTEST_MS = 10;

/** One nanosecond per millisecond, in percent. */
const PERCENT = 100 / 1e6;

function percent(timeNs: number, elapsedMs: number): number {
  return Math.max(timeNs, 0) / elapsedMs * PERCENT;
}
