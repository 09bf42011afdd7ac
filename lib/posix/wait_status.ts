/**
 * The status that `wait()` reports: 16 bits with the same meaning on macOS and Linux (sys/wait.h).
 *
 * @module
 */

const SIGNAL = 0x7f;
const CORE = 0x80;
const CODE_SHIFT = 8;
const CODE = 0xff;

// The values that `waitid()` stores in si_code (signal.h).
const CLD_EXITED = 1;
const CLD_DUMPED = 3;

/** The end of a process: it exited with a code, or a signal ended it. */
export type Ended =
  | { readonly code: number; readonly signal?: never; readonly coreDumped?: never }
  | { readonly code?: never; readonly signal: number; readonly coreDumped: boolean };

/**
 * Decodes the status of a process that has ended.
 *
 * @returns The exit code, from 0 to 255, or the number of the signal, which is not translated to
 * the numbers of another system.
 */
export function decodeWaitStatus(status: number): Ended {
  const signal = signalIn(status);
  if (signal === 0) return { code: status >> CODE_SHIFT & CODE };
  return { signal, coreDumped: (status & CORE) !== 0 };
}

/** Returns the number of the signal that ended the process; 0 if it exited. */
export function signalIn(status: number): number {
  return status & SIGNAL;
}

/** Returns the status with another signal number. */
export function withSignal(status: number, signal: number): number {
  return status & ~SIGNAL | signal;
}

/** Returns the status that `wait()` would report for `si_code` and `si_status` of `waitid()`. */
export function waitStatus(code: number, status: number): number {
  if (code === CLD_EXITED) return (status & CODE) << CODE_SHIFT;
  return status | (code === CLD_DUMPED ? CORE : 0);
}
