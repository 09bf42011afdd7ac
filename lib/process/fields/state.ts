import { ERRNO } from "../../system/errors.ts";
import type { TableReader } from "../../system/table.ts";
import { SRUN } from "../../abi/kinfo_proc.ts";
import { type ProcessState, stateNumber, STATES } from "../state.ts";
import { BSD, type FieldGroup } from "./field.ts";

/**
 * What a process is doing. On macOS only root may read of other users' processes whether they run; every
 * user may read that one is stopped or a zombie.
 */
export interface StateFields {
  /** The state; on Linux that of the first thread that still runs, as in `ps`. */
  readonly state: ProcessState;
}

/** What a process is doing. */
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

/** The state of the process that a reader stands on, or a negated errno. */
export function stateIn(table: TableReader): ProcessState | number {
  const { status } = table;
  // macOS reports nearly every process as running: whether it is, only its threads show.
  const answer = status === SRUN ? table.readTask() : 0;
  if (answer < 0) return answer;
  return STATES[stateNumber(status, status === SRUN ? table.runningCount : 0)] ?? -ERRNO.ENOTSUP;
}
