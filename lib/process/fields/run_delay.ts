import type { FieldGroup } from "./field.ts";

/**
 * The time for which the threads of a process wait for processors. Undefined for zombies. On Linux,
 * every user can read it. On macOS, it is unsupported.
 */
export interface RunDelayFields {
  /**
   * The time for which the existing threads have waited for a processor while they were ready to
   * run, in nanoseconds. It decreases when a thread ends because the kernel keeps no sum for ended
   * threads.
   */
  readonly runDelayNs: number;
}

/** The time for which the threads of a process wait for processors. */
export const group: FieldGroup<RunDelayFields> = {
  source: { linux: ["schedstat", "clock_gettime()"], macos: [] },
  fields: {
    runDelayNs: { kind: "number", title: "RUN DELAY", alias: "delay", unit: "nanoseconds" },
  },
  apart: true,
  read({ table }, columns, row) {
    const answer = table.readRunDelay();
    if (answer < 0) return answer;
    columns.runDelayNs[row] = table.runDelayNs;
    return 0;
  },
};
