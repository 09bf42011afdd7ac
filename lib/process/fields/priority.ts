import { BSD, type FieldGroup } from "./field.ts";

/** The nice value of a process. Every user may read it. */
export interface PriorityFields {
  /** The nice value: -20 is the most urgent, 19 (macOS: 20) the least. */
  readonly nice: number;
}

/** The nice value of a process. */
export const group: FieldGroup<PriorityFields> = {
  source: { linux: ["stat"], macos: BSD },
  fields: { nice: { kind: "number", title: "NICE", unit: "none" } },
  read({ table }, columns, row) {
    const answer = table.readBeginning();
    if (answer < 0) return answer;
    columns.nice[row] = table.nice;
    return 0;
  },
};
