/**
 * The status that `wait()` reports: 16 bits, in which macOS and Linux agree (sys/wait.h).
 *
 * @module
 */

const SIGNAL = 0x7f;
const CORE = 0x80;
const CODE_SHIFT = 8;
const CODE = 0xff;

// What `waitid()` reports in si_code (signal.h).
const CLD_EXITED = 1;
const CLD_DUMPED = 3;

/** How a process ended: it exited with a code, or a signal ended it. */
export type Ended =
  | { readonly code: number; readonly signal?: never; readonly coreDumped?: never }
  | { readonly code?: never; readonly signal: number; readonly coreDumped: boolean };

/**
 * Decodes the status of a process that has ended.
 *
 * @returns The exit code, 0 to 255, or the number of the signal, in whichever system's numbers the
 * status has it.
 */
export function decodeWaitStatus(status: number): Ended {
  const signal = signalIn(status);
  if (signal === 0) return { code: status >> CODE_SHIFT & CODE };
  return { signal, coreDumped: (status & CORE) !== 0 };
}

/** The number of the signal that ended the process; 0 if it exited. */
export function signalIn(status: number): number {
  return status & SIGNAL;
}

/** The same status with another number for the signal. */
export function withSignal(status: number, signal: number): number {
  return status & ~SIGNAL | signal;
}

/** The status that `wait()` would report, from `si_code` and `si_status` of `waitid()`. */
export function waitStatus(code: number, status: number): number {
  if (code === CLD_EXITED) return (status & CODE) << CODE_SHIFT;
  return status | (code === CLD_DUMPED ? CORE : 0);
}
