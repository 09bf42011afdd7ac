import type { FieldGroup } from "./field.ts";

/**
 * The two parts of the processor time of a process, also of a zombie; on macOS only root may read them of
 * other users' processes.
 */
export interface CpuModesFields {
  /**
   * Processor time in user mode, in nanoseconds; that of ended threads is included. It never falls. Linux
   * reports it in steps of a tick, 10 ms.
   */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds. It is reported likewise. */
  readonly systemTimeNs: number;
}

/** The two parts of the processor time of a process. */
export const group: FieldGroup<CpuModesFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO"] },
  fields: {
    userTimeNs: { kind: "number", title: "USER TIME", unit: "nanoseconds" },
    systemTimeNs: { kind: "number", title: "SYS TIME", unit: "nanoseconds" },
  },
  asks: ["readModes"],
  read({ table }, columns, row) {
    const answer = table.readModes();
    if (answer < 0) return answer;
    columns.userTimeNs[row] = table.userTimeNs;
    columns.systemTimeNs[row] = table.systemTimeNs;
    return 0;
  },
};
