import { BSD, type FieldGroup } from "./field.ts";

/** The parent and the process group of a process. Every user can read them. */
export interface IdFields {
  /** The process id of the parent. It is 0 for the first process. */
  readonly parentPid: number;
  /** The process group id. */
  readonly processGroupId: number;
}

/** The parent and the process group of a process. */
export const group: FieldGroup<IdFields> = {
  source: { linux: ["stat"], macos: BSD },
  fields: {
    parentPid: { kind: "number", title: "PPID", alias: "ppid", unit: "none" },
    processGroupId: { kind: "number", title: "PGID", alias: "pgid", unit: "none" },
  },
  stays: true,
  read({ table }, columns, row) {
    columns.parentPid[row] = table.parentPid;
    columns.processGroupId[row] = table.processGroupId;
    return 0;
  },
};
