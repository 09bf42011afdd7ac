import type { FieldGroup } from "./field.ts";

/**
 * The processor time of the children of a process that have ended and were waited for. It includes
 * the time of their own children that have ended and were waited for. Available for zombies. On
 * macOS, only root can read it for processes of other users.
 */
export interface ChildTimeFields {
  /**
   * The processor time of ended children in user mode, in nanoseconds. It never decreases.
   * Undefined if the system does not keep it.
   */
  readonly childUserTimeNs: number | undefined;
  /**
   * The processor time of ended children in the kernel, in nanoseconds. It never decreases.
   * Undefined if the system does not keep it.
   */
  readonly childSystemTimeNs: number | undefined;
}

/** The processor time of the children of a process that have ended. */
export const group: FieldGroup<ChildTimeFields> = {
  source: { linux: ["stat"], macos: ["RUSAGE_INFO"] },
  fields: {
    childUserTimeNs: { kind: "number", title: "CHILD USER", unit: "nanoseconds" },
    childSystemTimeNs: { kind: "number", title: "CHILD SYS", unit: "nanoseconds" },
  },
  apart: true,
  ofZombies: true,
  facts: ["readChildTimes"],
  read({ table }, columns, row) {
    const answer = table.readChildTimes();
    if (answer < 0) return answer;
    columns.childUserTimeNs[row] = table.childUserTimeNs;
    columns.childSystemTimeNs[row] = table.childSystemTimeNs;
    return 0;
  },
};
