import { PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import type { ProcUniqIdentifierInfo } from "../abi/unique_id.ts";
import { signalAuditToken } from "../calls/audit_token.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import { AccessDeniedError, asked, ProcessGoneError } from "./errors.ts";
import type { Source } from "./source.ts";

/** Darwin's signals; a signal's number is its place, from 1. */
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
] as const;

/** The name of a signal. Linux lacks `SIGEMT` and `SIGINFO`. */
export type SignalName = typeof SIGNAL_NAMES[number];

/** Signals of Linux alone, whose numbers would be those of others on Darwin. */
const BEYOND_DARWIN: Readonly<Record<number, "SIGSTKFLT" | "SIGPWR">> = {
  80: "SIGSTKFLT",
  94: "SIGPWR",
};

/**
 * The name of a signal that ended a process: one that can be sent by name, or on Linux one more.
 * Real-time signals go by their numbers, as in `"SIG34"`.
 */
export type ExitSignalName = SignalName | "SIGSTKFLT" | "SIGPWR" | `SIG${number}`;

/**
 * Finds the number of a signal, as `__proc_info()` takes it: Darwin's, which is not always Linux's.
 *
 * A number is passed on once it is known to be one: it must be Darwin's too.
 *
 * @param signal The name, or Darwin's number.
 * @returns Darwin's number: 1 to 31.
 * @throws {RangeError} There is no such signal.
 */
export function signalNumber(signal: SignalName | number): number {
  if (typeof signal === "number") {
    if (Number.isInteger(signal) && signal >= 1 && signal <= SIGNAL_NAMES.length) return signal;
  } else {
    const place = SIGNAL_NAMES.indexOf(signal);
    if (place >= 0) return place + 1;
  }
  const shown = typeof signal === "string" ? JSON.stringify(signal) : String(signal);
  throw new RangeError(
    `Cannot pass signal as it must be a name such as "SIGTERM", or a number from 1 to ` +
      `${SIGNAL_NAMES.length}: current value is ${shown}`,
  );
}

/** The name of a signal that ended a process, by the number that its status has. */
export function exitSignalName(number: number): ExitSignalName {
  return SIGNAL_NAMES[number - 1] ?? BEYOND_DARWIN[number] ?? `SIG${number}`;
}

/** A program that is begun meanwhile makes a token stale; nobody begins this many in a row. */
const TRIES = 16;

/**
 * Sends a signal to one life of a process, never to another that has come to have its id.
 *
 * The kernel compares and sends in one step. Only macOS before 14.2 has no such step: there the id is
 * compared right before, which leaves the time of one system call.
 *
 * @param pid The process.
 * @param uniqueId Which life of it: its `p_uniqueid`.
 * @param signal The signal: its name, or Darwin's number.
 * @param source Who is asked and told.
 * @throws {ProcessGoneError} It has ended, or another has its id.
 * @throws {ZombieError} It has ended, and its parent has not waited for it: nothing would come of it.
 * @throws {AccessDeniedError} The caller may not signal it.
 * @throws {NotSupportedError} This system has no such signal.
 * @throws {RangeError} There is no such signal.
 */
export function signalProcess(
  pid: number,
  uniqueId: bigint,
  signal: SignalName | number,
  source: Source,
): void {
  const doing = "signal";
  const number = signalNumber(signal);
  const { kernel, host } = source;
  const identity = (zombiesToo: bigint): ProcUniqIdentifierInfo => {
    const found = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, zombiesToo, kernel);
    if (found.p_uniqueid !== uniqueId) throw new ProcessGoneError(doing, pid);
    return found;
  };
  const isZombie = () => {
    try {
      identity(1n);
      return true;
    } catch {
      return false;
    }
  };
  const send = () => {
    // To kill(), 0 is the caller's own process group.
    if (pid === 0) throw new AccessDeniedError(doing, pid);
    for (let left = TRIES;; left--) {
      const { p_idversion } = identity(0n);
      try {
        signalAuditToken({ val: [0, 0, 0, 0, 0, pid, 0, p_idversion >>> 0] }, number, kernel);
        return;
      } catch (error) {
        if (!(error instanceof ProcInfoError)) throw error;
        if (error.errno === ERRNO.EINVAL || error.errno === ERRNO.ENOSYS) {
          identity(0n);
          host.kill(pid, number);
          return;
        }
        // Another program of the same process has another version of the id.
        if (error.errno !== ERRNO.ESRCH || left === 0) throw error;
        if (identity(0n).p_idversion === p_idversion) throw error;
      }
    }
  };
  asked(doing, pid, send, isZombie);
}
