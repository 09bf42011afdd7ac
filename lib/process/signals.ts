import { PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import type { ProcUniqIdentifierInfo } from "../abi/unique_id.ts";
import { signalAuditToken } from "../calls/audit_token.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import type { System } from "../system/system.ts";
import { AccessDeniedError, attempt, NotSupportedError, ProcessGoneError } from "./errors.ts";
import { ZOMBIES_TOO } from "./tracked_process.ts";

/**
 * The names of signals, except real-time signals. The signals of Darwin come first, in the order of
 * their numbers from 1. Those that only Linux has follow. On Linux, `SIGEMT` and `SIGINFO` do not
 * exist. On macOS, `SIGSTKFLT` and `SIGPWR` do not exist.
 */
export const SIGNAL_NAMES = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGEMT",
  "SIGFPE",
  "SIGKILL",
  "SIGBUS",
  "SIGSEGV",
  "SIGSYS",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGURG",
  "SIGSTOP",
  "SIGTSTP",
  "SIGCONT",
  "SIGCHLD",
  "SIGTTIN",
  "SIGTTOU",
  "SIGIO",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGINFO",
  "SIGUSR1",
  "SIGUSR2",
  "SIGSTKFLT",
  "SIGPWR",
] as const;

/**
 * The name of a signal. On Linux, a real-time signal is named by its number, as in `"SIG34"`. On
 * Linux, the first one is `"SIG32"` and the last one is `"SIG64"`. On Linux, the C library reserves
 * those below `"SIG34"` for itself.
 */
export type SignalName = typeof SIGNAL_NAMES[number] | `SIG${number}`;

/** The last of the signals of Darwin, which are the ones that `__proc_info()` sends. */
const LAST_OF_DARWIN = 31;

/** The numbers in `System.signalNumbers()` of the signals that only Linux has. */
const LINUX_NUMBERS: Readonly<Record<string, number>> = { SIGSTKFLT: 80, SIGPWR: 94 };
const LINUX_NAMES: Readonly<Record<number, SignalName>> = { 80: "SIGSTKFLT", 94: "SIGPWR" };

const FIRST_REAL_TIME = 32;
const LAST_REAL_TIME = 64;

/**
 * Returns the number of a signal that `System.kill()` accepts. It is Darwin's number, or a number
 * above 31 for a signal that Darwin lacks.
 *
 * @param argument The name of the argument with the signal, for errors.
 * @param signal The name of the signal, or its number on this system.
 * @param pid The process that gets the signal.
 * @param system The system that the process belongs to.
 * @throws {NotSupportedError} The system lacks the signal.
 * @throws {RangeError} There is no such signal.
 * @throws {TypeError} `signal` is neither a name nor a number.
 */
export function signalNumber(
  argument: string,
  signal: SignalName | number,
  pid: number,
  system: System,
): number {
  const numbers = system.signalNumbers();
  const number = typeof signal === "number"
    ? numbers[signal - 1]
    : typeof signal === "string"
    ? numberOf(signal)
    : undefined;
  if (number !== undefined) {
    if (numbers.includes(number)) return number;
    throw new NotSupportedError(`send ${signal}, which this system lacks, to`, pid);
  }
  const value: unknown = signal;
  const cannot =
    `Cannot pass ${argument} as it must be a name such as "SIGTERM", or a number from 1 ` +
    `to ${numbers.length}`;
  if (typeof value === "number" || typeof value === "string") {
    const shown = typeof value === "string" ? JSON.stringify(value) : value;
    throw new RangeError(`${cannot}: current value is ${shown}`);
  }
  throw new TypeError(`${cannot}: it is ${value === null ? "null" : typeof value}`);
}

/** Returns the number of a signal by its name; undefined if no system has such a signal. */
function numberOf(name: string): number | undefined {
  const place = (SIGNAL_NAMES as readonly string[]).indexOf(name);
  if (place >= 0) return LINUX_NUMBERS[name] ?? place + 1;
  const number = Number(/^SIG([1-9]\d)$/.exec(name)?.[1]);
  return number >= FIRST_REAL_TIME && number <= LAST_REAL_TIME ? number : undefined;
}

/** Returns the name of a signal from its number in `System.signalNumbers()` or in a wait status. */
export function signalName(number: number): SignalName {
  const name = number > LAST_OF_DARWIN ? LINUX_NAMES[number] : SIGNAL_NAMES[number - 1];
  return name ?? `SIG${number}`;
}

/**
 * The number of retries. On macOS, an exec makes a token stale, and no process makes this many in a
 * row.
 */
const TRIES = 16;

/**
 * Sends a signal to a process, never to another one that reuses its pid.
 *
 * The identity is compared and the signal is sent in one step. On macOS before 14.2, the identity
 * is compared immediately before, which leaves a race of one system call. On Linux, the same race
 * exists if file descriptors of processes are unavailable.
 *
 * @param pid The process.
 * @param uniqueId Its identity, `p_uniqueid`.
 * @param signal The name of the signal, or its number on this system.
 * @param system The system that the process belongs to.
 * @throws {ProcessGoneError} The process has ended, or another one has its pid.
 * @throws {ZombieError} The process has ended and its parent has not waited for it: a signal has no
 * effect.
 * @throws {AccessDeniedError} This user may not signal the process.
 * @throws {NotSupportedError} The system lacks the signal.
 * @throws {RangeError} There is no such signal.
 * @throws {TypeError} `signal` is neither a name nor a number.
 */
export function signalProcess(
  pid: number,
  uniqueId: bigint,
  signal: SignalName | number,
  system: System,
): void {
  const doing = "signal";
  const number = signalNumber("signal", signal, pid, system);
  const identity = (which: bigint): ProcUniqIdentifierInfo => {
    const found = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, which, { system });
    if (found.p_uniqueid !== uniqueId) throw new ProcessGoneError(doing, pid);
    return found;
  };
  const isZombie = () => {
    try {
      identity(ZOMBIES_TOO);
      return true;
    } catch {
      return false;
    }
  };
  const send = () => {
    // kill() with a pid of 0 would signal the caller's own process group.
    if (pid === 0) throw new AccessDeniedError(doing, pid);
    for (let left = TRIES;; left--) {
      const { p_idversion } = identity(0n);
      if (number > LAST_OF_DARWIN) {
        system.kill(pid, number, p_idversion);
        return;
      }
      try {
        signalAuditToken({ val: [0, 0, 0, 0, 0, pid, 0, p_idversion >>> 0] }, number, { system });
        return;
      } catch (error) {
        if (!(error instanceof ProcInfoError)) throw error;
        if (error.errno === ERRNO.EINVAL || error.errno === ERRNO.ENOSYS) {
          identity(0n);
          system.kill(pid, number, p_idversion);
          return;
        }
        // On macOS, an exec changes the version.
        if (error.errno !== ERRNO.ESRCH || left === 0) throw error;
        if (identity(0n).p_idversion === p_idversion) throw error;
      }
    }
  };
  attempt(doing, pid, send, isZombie);
}
