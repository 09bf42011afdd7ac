import type { FieldGroup } from "./field.ts";

/**
 * The processor time of a process. Not of zombies; on macOS only root may read it of other users'
 * processes.
 */
export interface CpuFields {
  /**
   * Processor time in user mode, in nanoseconds; that of ended threads is included. It never falls. Linux
   * reports it in steps of a tick, 10 ms.
   */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds, likewise. */
  readonly systemTimeNs: number;
  /**
   * Processor time in both, in nanoseconds. It never falls. Linux reports it exactly, so that it may be up
   * to two ticks more than the sum of the two.
   */
  readonly cpuTimeNs: number;
}

/** The processor time of a process. */
export const group: FieldGroup<CpuFields> = {
  fields: {
    userTimeNs: { kind: "number", title: "USER TIME", unit: "nanoseconds" },
    systemTimeNs: { kind: "number", title: "SYS TIME", unit: "nanoseconds" },
    cpuTimeNs: { kind: "number", title: "TIME", alias: "time", unit: "nanoseconds" },
  },
  read({ table }, columns, row) {
    const answer = table.readTimes();
    if (answer < 0) return answer;
    columns.userTimeNs[row] = table.userTimeNs;
    columns.systemTimeNs[row] = table.systemTimeNs;
    columns.cpuTimeNs[row] = table.cpuTimeNs;
    return 0;
  },
};
