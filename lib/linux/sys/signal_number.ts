import { signalIn, withSignal } from "../../posix/wait_status.ts";

/** The numbers of Darwin for the Linux signals whose numbers differ, up to 31. */
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

/**
 * The signals that Darwin lacks: SIGSTKFLT and SIGPWR. On Darwin, their numbers are those of
 * others.
 */
const LACKING: ReadonlySet<number> = new Set([16, 30]);
/**
 * The offset for the number of a signal that Darwin lacks. Real-time signals do not need it: their
 * numbers are above those of Darwin.
 */
const BEYOND = 64;

/**
 * Converts a Linux signal to the Darwin signal of the same name, or to a number above 31 if Darwin
 * lacks it.
 */
export function toDarwinSignal(signal: number): number {
  return LACKING.has(signal) ? BEYOND + signal : TO_DARWIN[signal] ?? signal;
}

/** The highest signal of Linux, which is a real-time signal. */
const HIGHEST = 64;

/** The results of {@linkcode toDarwinSignal} for each signal of Linux, from 1. */
export const SIGNAL_NUMBERS: readonly number[] = Object.freeze(
  Array.from({ length: HIGHEST }, (_, i) => toDarwinSignal(i + 1)),
);

/**
 * Returns the Linux number of a Darwin signal, or of a signal that only Linux has. Returns 0 if
 * Linux lacks the signal.
 */
export function toLinuxSignal(signal: number): number {
  return SIGNAL_NUMBERS.indexOf(signal) + 1;
}

/** Converts the signal in a status that `wait()` reports. */
export function toDarwinStatus(status: number): number {
  const signal = signalIn(status);
  return signal === 0 ? status : withSignal(status, toDarwinSignal(signal));
}
