import type { FieldGroup } from "./field.ts";

/**
 * The processor time of a process. Not of zombies; on macOS only root may read it of other users'
 * processes.
 */
export interface CpuFields {
  /** Processor time in user mode, in nanoseconds; that of ended threads is included. */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds, likewise. */
  readonly systemTimeNs: number;
  /** The sum of the two, in nanoseconds. */
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
    const user = table.userTimeNs, system = table.systemTimeNs;
    columns.userTimeNs[row] = user;
    columns.systemTimeNs[row] = system;
    columns.cpuTimeNs[row] = user + system;
    return 0;
  },
};
