import { listText } from "../texts.ts";
import type { FieldGroup } from "./field.ts";

/** The further groups of a process. Every user may read them, also of zombies. */
export interface SupplementaryGroupFields {
  /** The supplementary group ids. macOS reports 15 at most. */
  readonly supplementaryGroupIds: readonly number[];
}

/** The further groups of a process. */
export const group: FieldGroup<SupplementaryGroupFields> = {
  source: { linux: ["status"], macos: ["KERN_PROC"] },
  fields: { supplementaryGroupIds: { kind: "numbers", title: "GROUPS", alias: "groups" } },
  apart: true,
  ofZombies: true,
  asks: ["readPrivileges"],
  read({ table, texts }, columns, row) {
    const answer = table.readPrivileges();
    if (answer < 0) return answer;
    // Many processes have the same: it is one text of the table.
    columns.supplementaryGroupIds[row] = texts.constant(listText(table.privileges.groups));
    return 0;
  },
};
