import type { FieldGroup } from "./field.ts";

/**
 * The file of a process's program. Not of zombies; on Linux only root may read it of other users'
 * processes.
 */
export interface ExecutableFields {
  /** The path of the file of the program, or the last one if it was deleted. */
  readonly executablePath: string;
  /**
   * True if the file has lost that path since: it was deleted, or another file took its name. Undefined
   * if the system does not report it.
   */
  readonly executableDeleted: boolean | undefined;
}

/** The file of a process's program. */
export const group: FieldGroup<ExecutableFields> = {
  source: { linux: ["exe"], macos: ["PROC_PIDPATHINFO", "stat()"] },
  fields: {
    executablePath: { kind: "text", title: "EXECUTABLE", alias: "exe" },
    executableDeleted: { kind: "flag", title: "DELETED" },
  },
  apart: true,
  read({ table, texts }, columns, row) {
    const answer = table.readExecutable();
    if (answer < 0) return answer;
    const { path, deleted } = table.executable;
    columns.executablePath[row] = texts.add(path, 0, path.length);
    columns.executableDeleted[row] = deleted === undefined ? -1 : deleted ? 1 : 0;
    return 0;
  },
};
