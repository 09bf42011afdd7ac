import type { FieldGroup } from "./field.ts";

/** How a thread shares the processors with others. */
export type SchedulingPolicy =
  /** By turns, the more urgent ones longer. */
  | "timeshare"
  /** By turns with those of the same priority, before all that share time. */
  | "roundRobin"
  /** Until it waits, before all that share time. */
  | "fifo";

/** The policies by Mach's numbers. */
export const POLICIES: Readonly<Record<number, SchedulingPolicy>> = {
  1: "timeshare",
  2: "roundRobin",
  4: "fifo",
};

/**
 * The scheduling of a process. Not of zombies; on macOS only root may read it of other users'
 * processes.
 */
export interface SchedulingFields {
  /** The base priority of its threads: 0 to 127, the highest is the most urgent. */
  readonly basePriority: number;
  /** The scheduling policy; undefined for one that is not known here. */
  readonly schedulingPolicy: SchedulingPolicy | undefined;
}

/** The scheduling of a process. */
export const group: FieldGroup<SchedulingFields> = {
  source: { linux: ["stat"], macos: ["PROC_PIDTASKINFO"] },
  fields: {
    basePriority: { kind: "number", title: "PRI", unit: "none" },
    schedulingPolicy: { kind: "text", title: "POLICY" },
  },
  read({ table, texts }, columns, row) {
    const answer = table.readTask();
    if (answer < 0) return answer;
    const policy = POLICIES[table.policy];
    columns.basePriority[row] = table.basePriority;
    columns.schedulingPolicy[row] = policy === undefined ? 0 : texts.constant(policy);
    return 0;
  },
};
