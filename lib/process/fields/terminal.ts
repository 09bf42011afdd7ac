import { BSD, type FieldGroup } from "./field.ts";

/** The controlling terminal of a process. Every user can read it. */
export interface TerminalFields {
  /** The device number of the controlling terminal. Undefined without a controlling terminal. */
  readonly terminalDevice: number | undefined;
  /**
   * The id of the foreground process group of the controlling terminal. Undefined if there is none.
   */
  readonly foregroundProcessGroupId: number | undefined;
  /** True for a session leader. */
  readonly sessionLeader: boolean;
}

/** The controlling terminal of a process. */
export const group: FieldGroup<TerminalFields> = {
  source: { linux: ["stat"], macos: BSD },
  fields: {
    terminalDevice: { kind: "number", title: "TTYDEV", unit: "none" },
    foregroundProcessGroupId: { kind: "number", title: "TPGID", alias: "tpgid", unit: "none" },
    sessionLeader: { kind: "flag", title: "LEADER" },
  },
  read({ table }, columns, row) {
    const answer = table.readBeginning();
    if (answer < 0) return answer;
    const { terminalDevice, foregroundProcessGroupId } = table;
    columns.terminalDevice[row] = terminalDevice < 0 ? NaN : terminalDevice;
    columns.foregroundProcessGroupId[row] = foregroundProcessGroupId < 0
      ? NaN
      : foregroundProcessGroupId;
    columns.sessionLeader[row] = table.sessionLeader ? 1 : 0;
    return 0;
  },
};
