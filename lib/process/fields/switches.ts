import type { FieldGroup } from "./field.ts";

/**
 * The context switches of the threads of a process. Undefined for zombies. On macOS, only root can
 * read them for processes of other users.
 *
 * On Linux, the kernel keeps them for each thread alone. On Linux, reading them opens up to two
 * files for each thread. On Linux, the fields decrease when a thread ends because they cover only
 * the existing threads.
 */
export interface SwitchFields {
  /** The number of context switches to threads of the process. */
  readonly contextSwitches: number;
  /**
   * The time for which the threads ran or waited for a processor, in nanoseconds. Undefined if the
   * system does not keep it.
   */
  readonly runnableTimeNs: number | undefined;
}

/** The context switches of the threads of a process. */
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
