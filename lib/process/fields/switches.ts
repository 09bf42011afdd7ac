import type { FieldGroup } from "./field.ts";

/**
 * How the threads of a process are given processors. Not of zombies; on macOS only root may read it of
 * other users' processes.
 *
 * Linux keeps it of each thread alone: reading it opens two files a thread, and the fields fall when a
 * thread ends, as they are of the threads that live now.
 */
export interface SwitchFields {
  /** How many times a processor switched to one of its threads. */
  readonly contextSwitches: number;
  /**
   * Time that its threads ran or waited for a processor, in nanoseconds. Undefined if the system does not
   * keep it.
   */
  readonly runnableTimeNs: number | undefined;
}

/** How the threads of a process are given processors. */
export const group: FieldGroup<SwitchFields> = {
  source: { linux: ["schedstat", "clock_gettime()"], macos: ["PROC_PIDTASKINFO", "RUSAGE_INFO"] },
  fields: {
    contextSwitches: { kind: "number", title: "SWITCHES", alias: "switches", unit: "none" },
    runnableTimeNs: { kind: "number", title: "RUNNABLE", unit: "nanoseconds" },
  },
  apart: true,
  read({ table }, columns, row) {
    const answer = table.readSwitches();
    if (answer < 0) return answer;
    columns.contextSwitches[row] = table.contextSwitches;
    columns.runnableTimeNs[row] = table.runnableTimeNs;
    return 0;
  },
};
