import { ERRNO, SystemCallError } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/** The limit of file descriptors of a process. Linux only; every user may read it. */
export interface DescriptorLimitFields {
  /**
   * The limit on file descriptors in force, `RLIMIT_NOFILE`: each descriptor that the process opens must
   * be below it. Undefined if there is none.
   */
  readonly descriptorLimit: number | undefined;
}

/** The limit of file descriptors of a process. */
export const group: FieldGroup<DescriptorLimitFields> = {
  source: { linux: ["limits"], macos: [] },
  fields: {
    descriptorLimit: { kind: "number", title: "FD LIMIT", alias: "fdlimit", unit: "none" },
  },
  apart: true,
  asksSystem: true,
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
