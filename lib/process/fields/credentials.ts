import { BSD, type FieldGroup } from "./field.ts";

/** The real and saved users and groups of a process. Every user can read them. */
export interface CredentialFields {
  /** The real user id: the user who started the process. */
  readonly realUserId: number;
  /** The saved user id, which the process can make its effective user id again. */
  readonly savedUserId: number;
  /** The real group id. */
  readonly realGroupId: number;
  /** The saved group id. */
  readonly savedGroupId: number;
}

/** The real and saved users and groups of a process. */
export const group: FieldGroup<CredentialFields> = {
  source: { linux: ["status"], macos: BSD },
  fields: {
    realUserId: { kind: "number", title: "RUID", alias: "ruid", unit: "none" },
    savedUserId: { kind: "number", title: "SUID", alias: "suid", unit: "none" },
    realGroupId: { kind: "number", title: "RGID", alias: "rgid", unit: "none" },
    savedGroupId: { kind: "number", title: "SGID", alias: "sgid", unit: "none" },
  },
  apart: true,
  ofZombies: true,
  facts: ["readCredentials"],
  read({ table }, columns, row) {
    const answer = table.readCredentials();
    if (answer < 0) return answer;
    columns.realUserId[row] = table.realUserId;
    columns.savedUserId[row] = table.savedUserId;
    columns.realGroupId[row] = table.realGroupId;
    columns.savedGroupId[row] = table.savedGroupId;
    return 0;
  },
};
