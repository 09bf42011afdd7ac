import type { FieldGroup } from "./field.ts";

/**
 * The threads of a process. Not of zombies; on macOS only root may read them of other users'
 * processes.
 */
export interface ThreadFields {
  /** The number of threads. */
  readonly threadCount: number;
}

/** The threads of a process. */
export const group: FieldGroup<ThreadFields> = {
  source: { linux: ["stat"], macos: ["PROC_PIDTASKINFO"] },
  fields: { threadCount: { kind: "number", title: "THREADS", alias: "threads", unit: "none" } },
  stays: true,
  read({ table }, columns, row) {
    const answer = table.readTask();
    if (answer < 0) return answer;
    columns.threadCount[row] = table.threadCount;
    return 0;
  },
};
