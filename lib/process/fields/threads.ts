import type { FieldGroup } from "./field.ts";

/**
 * The threads of a process. Undefined for zombies. On macOS, only root can read them for processes
 * of other users.
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
