import type { FieldGroup } from "./field.ts";

/**
 * The processor time of a process in user mode and in the kernel. Available for zombies. On macOS,
 * only root can read it for processes of other users.
 */
export interface CpuModesFields {
  /**
   * The processor time in user mode, in nanoseconds. It includes the time of ended threads and
   * never decreases. On Linux, it is reported in steps of a tick, 10 ms.
   */
  readonly userTimeNs: number;
  /**
   * The processor time in the kernel, in nanoseconds. It includes the time of ended threads and
   * never decreases. On Linux, it is reported in steps of a tick, 10 ms.
   */
  readonly systemTimeNs: number;
}

/** The processor time of a process in user mode and in the kernel. */
export const group: FieldGroup<CpuModesFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO"] },
  fields: {
    userTimeNs: { kind: "number", title: "USER TIME", unit: "nanoseconds" },
    systemTimeNs: { kind: "number", title: "SYS TIME", unit: "nanoseconds" },
  },
  facts: ["readModes"],
  read({ table }, columns, row) {
    const answer = table.readModes();
    if (answer < 0) return answer;
    columns.userTimeNs[row] = table.userTimeNs;
    columns.systemTimeNs[row] = table.systemTimeNs;
    return 0;
  },
};
