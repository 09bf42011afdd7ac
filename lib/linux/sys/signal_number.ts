import { signalIn, withSignal } from "../../posix/wait_status.ts";

/** Linux's signals whose numbers differ from Darwin's, up to 31. */
const TO_DARWIN: Readonly<Record<number, number>> = {
  7: 10, // SIGBUS
  10: 30, // SIGUSR1
  12: 31, // SIGUSR2
  17: 20, // SIGCHLD
  18: 19, // SIGCONT
  19: 17, // SIGSTOP
  20: 18, // SIGTSTP
  23: 16, // SIGURG
  29: 23, // SIGIO
  31: 12, // SIGSYS
};

/** Signals that Darwin lacks: SIGSTKFLT and SIGPWR. Its numbers for others must not be theirs. */
const LACKING: ReadonlySet<number> = new Set([16, 30]);
/** Added to the number of a signal that Darwin lacks; real-time signals have higher ones anyway. */
const BEYOND = 64;

/** A signal of Linux as Darwin's of the same name; as a number above 31 where it has none. */
export function toDarwinSignal(signal: number): number {
  return LACKING.has(signal) ? BEYOND + signal : TO_DARWIN[signal] ?? signal;
}

/** Linux's highest signal, a real-time one. */
const HIGHEST = 64;

/** What {@linkcode toDarwinSignal} returns for each signal of Linux, from 1. */
export const SIGNAL_NUMBERS: readonly number[] = Object.freeze(
  Array.from({ length: HIGHEST }, (_, i) => toDarwinSignal(i + 1)),
);

/** Returns Linux's number of a signal of Darwin, or of one that only Linux has; 0 if it has none. */
export function toLinuxSignal(signal: number): number {
  return SIGNAL_NUMBERS.indexOf(signal) + 1;
}

/** Converts the signal in the status that `wait()` reports. */
export function toDarwinStatus(status: number): number {
  const signal = signalIn(status);
  return signal === 0 ? status : withSignal(status, toDarwinSignal(signal));
}
