import type { FieldGroup } from "./field.ts";

/**
 * The processor time of a process, also of a zombie; on macOS only root may read it of other users'
 * processes.
 */
export interface CpuFields {
  /**
   * Processor time in user mode and in the kernel, in nanoseconds; that of ended threads is included. It
   * never falls. Linux reports it exactly, so that it may be up to two ticks more than the sum of
   * `userTimeNs` and `systemTimeNs`.
   */
  readonly cpuTimeNs: number;
}

/** The processor time of a process. */
export const group: FieldGroup<CpuFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO"] },
  fields: { cpuTimeNs: { kind: "number", title: "TIME", alias: "time", unit: "nanoseconds" } },
  asks: ["readTimes"],
  stays: true,
  read({ table }, columns, row) {
    const answer = table.readTimes();
    if (answer < 0) return answer;
    columns.cpuTimeNs[row] = table.cpuTimeNs;
    return 0;
  },
};
