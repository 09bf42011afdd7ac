import type { FieldGroup } from "./field.ts";

/**
 * The executable file of a process. Undefined for zombies. On Linux, only root can read it for
 * processes of other users. On macOS, every user can read it.
 */
export interface ExecutableFields {
  /**
   * The path of the executable file. On Linux, `executablePath` is the last path of a deleted file.
   * On macOS, `executablePath` is unsupported for a deleted file.
   */
  readonly executablePath: string;
  /**
   * True if the file no longer has that path because it was deleted or another file took its name.
   * Undefined if the system does not report it. On macOS, `executableDeleted` is never true.
   */
  readonly executableDeleted: boolean | undefined;
}

/** The executable file of a process. */
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
