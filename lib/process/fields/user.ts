import { BSD, type FieldGroup } from "./field.ts";

/** The effective user and group of a process. Every user can read them. */
export interface UserFields {
  /** The effective user id. */
  readonly userId: number;
  /** The effective group id. */
  readonly groupId: number;
}

/** The effective user and group of a process. */
export const group: FieldGroup<UserFields> = {
  source: { linux: ["."], macos: BSD },
  fields: {
    userId: { kind: "number", title: "UID", alias: "uid", unit: "none" },
    groupId: { kind: "number", title: "GID", alias: "gid", unit: "none" },
  },
  facts: ["readUser"],
  stays: true,
  read({ table }, columns, row) {
    const answer = table.readUser();
    if (answer < 0) return answer;
    columns.userId[row] = table.userId;
    columns.groupId[row] = table.groupId;
    return 0;
  },
};
