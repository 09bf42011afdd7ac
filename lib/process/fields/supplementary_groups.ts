import { listText } from "../texts.ts";
import type { FieldGroup } from "./field.ts";

/** The supplementary groups of a process. Available for zombies. Every user can read them. */
export interface SupplementaryGroupFields {
  /** The supplementary group ids. On macOS, at most 15 are reported. */
  readonly supplementaryGroupIds: readonly number[];
}

/** The supplementary groups of a process. */
export const group: FieldGroup<SupplementaryGroupFields> = {
  source: { linux: ["status"], macos: ["KERN_PROC"] },
  fields: { supplementaryGroupIds: { kind: "numbers", title: "GROUPS", alias: "groups" } },
  apart: true,
  ofZombies: true,
  facts: ["readPrivileges"],
  read({ table, texts }, columns, row) {
    const answer = table.readPrivileges();
    if (answer < 0) return answer;
    // Many processes have the same groups, so equal lists share one text.
    columns.supplementaryGroupIds[row] = texts.constant(listText(table.privileges.groups));
    return 0;
  },
};
