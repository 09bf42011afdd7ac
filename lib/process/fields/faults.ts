import type { FieldGroup } from "./field.ts";

/** The page faults of a process. Not of zombies; on macOS only root may read them of other users' processes. */
export interface FaultFields {
  /** Page faults, in total. They never fall, as those of ended threads are included. */
  readonly pageFaults: number;
  /** Page faults that had to wait for a disk, likewise. */
  readonly majorPageFaults: number;
}

/** The page faults of a process. */
export const group: FieldGroup<FaultFields> = {
  source: { linux: ["stat"], macos: ["PROC_PIDTASKINFO"] },
  fields: {
    pageFaults: { kind: "number", title: "FAULTS", alias: "faults", unit: "none" },
    majorPageFaults: { kind: "number", title: "MAJOR FAULTS", alias: "majflt", unit: "none" },
  },
  asks: ["readFaults"],
  read({ table }, columns, row) {
    const answer = table.readFaults();
    if (answer < 0) return answer;
    columns.pageFaults[row] = table.pageFaults;
    columns.majorPageFaults[row] = table.majorPageFaults;
    return 0;
  },
};
