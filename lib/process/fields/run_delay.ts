import type { FieldGroup } from "./field.ts";

/** How long the threads of a process wait for processors. Linux only. Not of zombies. */
export interface RunDelayFields {
  /**
   * The time that the threads that live now have waited for a processor while they were ready to run, in
   * nanoseconds. It falls when a thread ends, as the kernel keeps no sum of ended threads.
   */
  readonly runDelayNs: number;
}

/** How long the threads of a process wait for processors. */
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
