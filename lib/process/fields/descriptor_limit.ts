import { ERRNO, SystemCallError } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The limit on the file descriptors of a process. Available for zombies. On Linux, every user can
 * read it. On macOS, it is unsupported.
 */
export interface DescriptorLimitFields {
  /**
   * The soft limit on file descriptors, `RLIMIT_NOFILE`. Each descriptor that the process opens
   * must be below it. Undefined if it is unlimited.
   */
  readonly descriptorLimit: number | undefined;
}

/** The limit on the file descriptors of a process. */
export const group: FieldGroup<DescriptorLimitFields> = {
  source: { linux: ["limits"], macos: [] },
  fields: {
    descriptorLimit: { kind: "number", title: "FD LIMIT", alias: "fdlimit", unit: "none" },
  },
  apart: true,
  needsSystem: true,
  ofZombies: true,
  read({ pid, system }, columns, row) {
    try {
      const { nofile } = system.limits(pid);
      if (nofile === undefined) return -ERRNO.ENOTSUP;
      columns.descriptorLimit[row] = nofile.current === undefined ? NaN : Number(nofile.current);
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
