import { SystemCallError } from "../../system/errors.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The path of the controlling terminal of a process. Every user can read it. */
export interface TerminalPathFields {
  /**
   * The path of the controlling terminal, as in `/dev/pts/3`. Undefined without a controlling
   * terminal, or if no path leads to it.
   */
  readonly terminalPath: string | undefined;
}

/** The path of the controlling terminal of a process. */
export const group: FieldGroup<TerminalPathFields> = {
  source: { linux: ["stat"], macos: [...BSD, "devname_r()", "stat()"] },
  fields: {
    terminalPath: { kind: "text", title: "TTY", alias: "tty", otherwise: "terminalDevice" },
  },
  read({ table, system, texts }, columns, row) {
    const answer = table.readBeginning();
    if (answer < 0) return answer;
    const { terminalDevice } = table;
    try {
      const path = terminalDevice < 0 ? undefined : system.terminalPath(terminalDevice);
      columns.terminalPath[row] = path === undefined ? 0 : texts.constant(path);
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
