import { BSD, type FieldGroup } from "./field.ts";

/** The nice value of a process. Every user can read it. */
export interface PriorityFields {
  /**
   * The nice value, from -20 for the most urgent processes to 19 for the least urgent. On macOS,
   * the highest value is 20.
   */
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
