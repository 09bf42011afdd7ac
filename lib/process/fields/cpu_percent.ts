import { ERRNO } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The share of processor time of a process. Not of zombies; on macOS only root may read it of other
 * users' processes.
 */
export interface CpuPercentFields {
  /**
   * The processor time it used, in percent of one processor, so that two busy threads make 200: since
   * the reading that was passed as `since`, or since the start of the process if there is none.
   */
  readonly cpuPercent: number;
}

/** The share of processor time of a process. */
export const group: FieldGroup<CpuPercentFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO"] },
  fields: { cpuPercent: { kind: "number", title: "CPU%", alias: "cpu", unit: "percent" } },
  keeps: ["cpuTimeNs"],
  asks: ["readTimes"],
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

/** Processes start at a clock tick of up to 10 ms, so a shorter time means nothing. */
const SHORTEST_MS = 10;

/** In percent, nanoseconds of a millisecond. */
const PERCENT = 100 / 1e6;

function percent(timeNs: number, elapsedMs: number): number {
  return Math.max(timeNs, 0) / elapsedMs * PERCENT;
}
