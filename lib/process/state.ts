import { SRUN, SSLEEP } from "../abi/kinfo_proc.ts";

/** The state of a process. */
export type ProcessState =
  /** The process is being created. */
  | "starting"
  /** The process is on a processor, or waits for one. */
  | "running"
  /** The process waits for an event. */
  | "sleeping"
  /** A signal or a debugger has stopped the process. */
  | "stopped"
  /** The process has ended, and its parent has not waited for it. */
  | "zombie";

/** The states, indexed by `pbi_status`. 0 is not used. */
export const STATES: readonly (ProcessState | undefined)[] = [
  undefined,
  "starting",
  "running",
  "sleeping",
  "stopped",
  "zombie",
];

/**
 * Returns the number of the state of a process.
 *
 * On macOS, nearly every process has the status of a running one. On macOS, only the threads of a
 * process show whether it runs.
 *
 * @param status The `pbi_status` of the process.
 * @param runningCount The number of its running threads.
 */
export function stateNumber(status: number, runningCount: number): number {
  return status === SRUN && runningCount === 0 ? SSLEEP : status;
}
