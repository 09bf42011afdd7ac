import { SystemCallError } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The file descriptors of a process. Undefined for zombies. Only root can read them for processes
 * of other users.
 */
export interface DescriptorFields {
  /** The number of open file descriptors. */
  readonly descriptorCount: number;
}

/** The file descriptors of a process. */
export const group: FieldGroup<DescriptorFields> = {
  source: { linux: ["fd"], macos: ["PROC_PIDLISTFDS"] },
  fields: { descriptorCount: { kind: "number", title: "FDS", alias: "fds", unit: "none" } },
  apart: true,
  needsSystem: true,
  read({ pid, system }, columns, row) {
    try {
      columns.descriptorCount[row] = system.descriptorCount(pid);
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
