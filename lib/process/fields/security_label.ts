import { SystemCallError } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/** The label that the security module gives a process. On macOS, it is unsupported. */
export interface SecurityLabelFields {
  /** The label, as in `unconfined`. Undefined without a security module. */
  readonly securityLabel: string | undefined;
}

/** The label that the security module gives a process. */
export const group: FieldGroup<SecurityLabelFields> = {
  source: { linux: ["attr/current"], macos: [] },
  fields: { securityLabel: { kind: "text", title: "LABEL", alias: "label" } },
  apart: true,
  needsSystem: true,
  ofZombies: true,
  read({ pid, system, texts }, columns, row) {
    try {
      const label = system.securityLabel(pid);
      columns.securityLabel[row] = label === undefined ? 0 : texts.constant(label);
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
