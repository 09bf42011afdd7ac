import type { FieldGroup } from "./field.ts";

/**
 * The page faults of a process. Undefined for zombies. On macOS, only root can read them for
 * processes of other users.
 */
export interface FaultFields {
  /** The number of all page faults. It includes those of ended threads and never decreases. */
  readonly pageFaults: number;
  /**
   * The number of page faults that had to wait for a disk. It includes those of ended threads and
   * never decreases.
   */
  readonly majorPageFaults: number;
}

/** The page faults of a process. */
export const group: FieldGroup<FaultFields> = {
  source: { linux: ["stat"], macos: ["PROC_PIDTASKINFO"] },
  fields: {
    pageFaults: { kind: "number", title: "FAULTS", alias: "faults", unit: "none" },
    majorPageFaults: { kind: "number", title: "MAJOR FAULTS", alias: "majflt", unit: "none" },
  },
  facts: ["readFaults"],
  read({ table }, columns, row) {
    const answer = table.readFaults();
    if (answer < 0) return answer;
    columns.pageFaults[row] = table.pageFaults;
    columns.majorPageFaults[row] = table.majorPageFaults;
    return 0;
  },
};
