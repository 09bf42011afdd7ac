import { SystemCallError } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The environment that a process was started with, which can contain secrets. Undefined for
 * zombies. Only root can read it for processes of other users.
 */
export interface EnvironmentFields {
  /** The environment variables, as in `PATH=/bin`. */
  readonly environment: readonly string[];
}

/** The environment that a process was started with. */
export const group: FieldGroup<EnvironmentFields> = {
  source: { linux: ["environ"], macos: ["KERN_PROCARGS2"] },
  fields: { environment: { kind: "texts", title: "ENVIRONMENT", alias: "env", secret: true } },
  apart: true,
  needsSystem: true,
  read({ pid, system, texts }, columns, row) {
    try {
      columns.environment[row] = texts.addList(system.environment(pid));
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
