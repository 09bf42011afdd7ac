import type { FieldGroup } from "./field.ts";

/**
 * The processor time of a process. Available for zombies. On macOS, only root can read it for
 * processes of other users.
 */
export interface CpuFields {
  /**
   * The processor time in user mode and in the kernel, in nanoseconds. It includes the time of
   * ended threads and never decreases. On Linux, it is exact. On Linux, it can exceed the sum of
   * `userTimeNs` and `systemTimeNs` by up to two ticks.
   */
  readonly cpuTimeNs: number;
}

/** The processor time of a process. */
export const group: FieldGroup<CpuFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO"] },
  fields: { cpuTimeNs: { kind: "number", title: "TIME", alias: "time", unit: "nanoseconds" } },
  facts: ["readTimes"],
  stays: true,
  read({ table }, columns, row) {
    const answer = table.readTimes();
    if (answer < 0) return answer;
    columns.cpuTimeNs[row] = table.cpuTimeNs;
    return 0;
  },
};
