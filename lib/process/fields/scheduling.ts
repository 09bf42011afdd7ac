import type { FieldGroup } from "./field.ts";

/** The way in which a thread shares the processors with others. */
export type SchedulingPolicy =
  /** Threads run in turns, which are longer for more urgent threads. */
  | "timeshare"
  /** Threads of the same priority run in turns, before all `timeshare` threads. */
  | "roundRobin"
  /** A thread runs until it waits, before all `timeshare` threads. */
  | "fifo";

/** The policies, by Mach's numbers. */
export const POLICIES: Readonly<Record<number, SchedulingPolicy>> = {
  1: "timeshare",
  2: "roundRobin",
  4: "fifo",
};

/**
 * The scheduling of a process. Undefined for zombies. On macOS, only root can read it for processes
 * of other users.
 */
export interface SchedulingFields {
  /** The base priority of the threads, from 0 to 127 for the most urgent. */
  readonly basePriority: number;
  /** The scheduling policy. Undefined for a policy that has no name here. */
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
