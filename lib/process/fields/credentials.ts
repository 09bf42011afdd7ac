import { BSD, type FieldGroup } from "./field.ts";

/** The users and groups of a process besides the effective ones. Every user may read them. */
export interface CredentialFields {
  /** The real user id: the user who started it. */
  readonly realUserId: number;
  /** The saved user id, which it may take on again. */
  readonly savedUserId: number;
  /** The real group id. */
  readonly realGroupId: number;
  /** The saved group id. */
  readonly savedGroupId: number;
}

/** The users and groups of a process besides the effective ones. */
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
  asks: ["readCredentials"],
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
