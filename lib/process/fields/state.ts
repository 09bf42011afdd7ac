import { ERRNO } from "../../system/errors.ts";
import type { TableReader } from "../../system/table.ts";
import { SRUN } from "../../abi/kinfo_proc.ts";
import { type ProcessState, stateNumber, STATES } from "../state.ts";
import { BSD, type FieldGroup } from "./field.ts";

/**
 * The state of a process. On macOS, every user can read that a process is stopped or a zombie. On
 * macOS, only root can read whether a process of another user is running or sleeping.
 */
export interface StateFields {
  /**
   * The state of the process. On Linux, it is the state of the first thread, as in `ps`. On Linux,
   * it is the state of another thread once the first has ended.
   */
  readonly state: ProcessState;
}

/** The state of a process. */
export const group: FieldGroup<StateFields> = {
  source: { linux: ["stat"], macos: [...BSD, "PROC_PIDTASKINFO"] },
  fields: { state: { kind: "text", title: "STATE" } },
  stays: true,
  read({ table, texts }, columns, row) {
    const state = stateIn(table);
    if (typeof state === "number") return state;
    columns.state[row] = texts.constant(state);
    return 0;
  },
};

/** Returns the state of the current process of a reader, or a negated errno. */
export function stateIn(table: TableReader): ProcessState | number {
  const { status } = table;
  // On macOS, nearly every process has the status SRUN. Only its threads show whether it runs.
  const answer = status === SRUN ? table.readTask() : 0;
  if (answer < 0) return answer;
  return STATES[stateNumber(status, status === SRUN ? table.runningCount : 0)] ?? -ERRNO.ENOTSUP;
}
