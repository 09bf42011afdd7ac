import { SRUN, SSLEEP } from "../abi/kinfo_proc.ts";

/** What a process is doing. */
export type ProcessState =
  /** It is being made. */
  | "starting"
  /** It is on a processor, or waits for one. */
  | "running"
  /** It waits for something. */
  | "sleeping"
  /** A signal or a debugger has stopped it. */
  | "stopped"
  /** It has ended, and its parent has not waited for it. */
  | "zombie";

/** The states, at the numbers that `pbi_status` has for them; 0 is not used. */
export const STATES: readonly (ProcessState | undefined)[] = [
  undefined,
  "starting",
  "running",
  "sleeping",
  "stopped",
  "zombie",
];

/**
 * The number of the state of a process.
 *
 * macOS reports nearly every process as running: only its threads show if it is.
 *
 * @param status Its `pbi_status`.
 * @param runningCount How many of its threads run.
 */
export function stateNumber(status: number, runningCount: number): number {
  return status === SRUN && runningCount === 0 ? SSLEEP : status;
}
