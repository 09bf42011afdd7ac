import type { FieldGroup } from "./field.ts";

/** The session of a process. Every user can read it. */
export interface SessionFields {
  /** The session id: the process id of the session leader. */
  readonly sessionId: number;
}

/** The session of a process. */
export const group: FieldGroup<SessionFields> = {
  source: { linux: ["stat"], macos: ["getsid()"] },
  fields: { sessionId: { kind: "number", title: "SID", alias: "sid", unit: "none" } },
  apart: true,
  ofZombies: true,
  facts: ["readSession"],
  read({ table }, columns, row) {
    const answer = table.readSession();
    if (answer < 0) return answer;
    columns.sessionId[row] = table.sessionId;
    return 0;
  },
};
