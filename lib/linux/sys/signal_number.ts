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

const TO_LINUX: Readonly<Record<number, number>> = Object.fromEntries(
  Object.entries(TO_DARWIN).map(([linux, darwin]) => [darwin, Number(linux)]),
);

/** Darwin's signals that Linux lacks: SIGEMT and SIGINFO. */
const LACKING_ON_LINUX: ReadonlySet<number> = new Set([7, 29]);

/** Signals that Darwin lacks: SIGSTKFLT and SIGPWR. Its numbers for others must not be theirs. */
const LACKING: ReadonlySet<number> = new Set([16, 30]);
/** Added to the number of a signal that Darwin lacks; real-time signals have higher ones anyway. */
const BEYOND = 64;

const SIGNAL = 0x7f;

/** A signal of Linux as Darwin's of the same name; as a number above 31 where it has none. */
export function toDarwinSignal(signal: number): number {
  return LACKING.has(signal) ? BEYOND + signal : TO_DARWIN[signal] ?? signal;
}

/** One of Darwin's signals as Linux's of the same name; 0 where it has none. */
export function toLinuxSignal(signal: number): number {
  return LACKING_ON_LINUX.has(signal) ? 0 : TO_LINUX[signal] ?? signal;
}

/** What `wait()` tells of the end of a process, with Darwin's number of the signal that ended it. */
export function toDarwinStatus(status: number): number {
  const signal = status & SIGNAL;
  return signal === 0 ? status : status & ~SIGNAL | toDarwinSignal(signal);
}
