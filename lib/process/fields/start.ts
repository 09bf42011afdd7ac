import { ERRNO } from "../../system/errors.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The start of a process. Every user can read it. */
export interface StartFields {
  /**
   * The time at which the process started, in milliseconds since 1970. It does not change when the
   * clock is set.
   */
  readonly startedAt: number;
}

/** The start of a process. */
export const group: FieldGroup<StartFields> = {
  source: { linux: ["stat", "clock_gettime()"], macos: BSD },
  fields: {
    startedAt: { kind: "number", title: "START", alias: "start", unit: "time" },
  },
  stays: true,
  read({ table }, columns, row) {
    const answer = table.readBeginning();
    if (answer < 0) return answer;
    const { startedAt } = table;
    if (Number.isNaN(startedAt)) return -ERRNO.ENOTSUP;
    columns.startedAt[row] = startedAt;
    return 0;
  },
};
