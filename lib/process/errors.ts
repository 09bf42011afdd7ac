import { ERRNO, SystemCallError } from "../system/errors.ts";

/** Why a fact has no value. */
export type Missing =
  /** The system refuses it to this user. */
  | "denied"
  /** The process ended while it was read, or another has its id by now. */
  | "gone"
  /** The process has ended and its parent has not waited for it: it has lost nearly all. */
  | "zombie"
  /** The process is in the middle of an exec: it has no arguments and no environment yet. */
  | "starting"
  /** The system has no such thing, or cannot report it. */
  | "unsupported";

/**
 * Why a fact has no value, at the numbers that the status columns of tables use; 0 stands for a value.
 */
export const MISSING: readonly (Missing | undefined)[] = [
  undefined,
  "denied",
  "gone",
  "zombie",
  "starting",
  "unsupported",
];

/** Thrown if something cannot be read from a process, or done with it. */
export class ProcessError extends Error {
  /** The class's name. */
  override readonly name: string = "ProcessError";
  /** The name of the error, as in `"ESRCH"`. */
  readonly code: string;
  /** The process. */
  readonly pid: number;
  /** Why, in the same words as the `missing` of a row. */
  readonly missing: Missing;

  /** Makes the error of what could not be done, as in `"read the threads of"`. */
  constructor(doing: string, pid: number, missing: Missing, cause?: unknown) {
    const [code, why] = REASONS[missing];
    super(`Cannot ${doing} process ${pid}: ${why}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.pid = pid;
    this.missing = missing;
  }
}

/** The code and the words for each reason. */
const REASONS: Readonly<Record<Missing, readonly [string, string]>> = {
  gone: ["ESRCH", "there is no such process, or it has ended"],
  zombie: ["EZOMBIE", "it has ended, and its parent has not waited for it yet"],
  denied: ["EPERM", "this user may not"],
  starting: ["EAGAIN", "it is in the middle of an exec"],
  unsupported: ["ENOTSUP", "this system does not support it"],
};

/** Thrown if a process has ended, or another has its id by now. */
export class ProcessGoneError extends ProcessError {
  /** `"ProcessGoneError"`. */
  override readonly name = "ProcessGoneError";

  /** Makes the error; the code is `"ESRCH"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "gone", cause);
  }
}

/** Thrown if a process has ended and its parent has not waited for it: it has lost nearly all. */
export class ZombieError extends ProcessError {
  /** `"ZombieError"`. */
  override readonly name = "ZombieError";

  /** Makes the error; the code is `"EZOMBIE"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "zombie", cause);
  }
}

/** Thrown if a process is in the middle of an exec, and what was requested is not there yet. */
export class ProcessStartingError extends ProcessError {
  /** `"ProcessStartingError"`. */
  override readonly name = "ProcessStartingError";

  /** Makes the error; the code is `"EAGAIN"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "starting", cause);
  }
}

/** Thrown if the system refuses something to the caller. */
export class AccessDeniedError extends ProcessError {
  /** `"AccessDeniedError"`. */
  override readonly name = "AccessDeniedError";

  /** Makes the error; the code is `"EPERM"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "denied", cause);
  }
}

/** Thrown if the system has no such thing, or cannot report it. */
export class NotSupportedError extends ProcessError {
  /** `"NotSupportedError"`. */
  override readonly name = "NotSupportedError";

  /** Makes the error; the code is `"ENOTSUP"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "unsupported", cause);
  }
}

const ERRORS: Readonly<
  Record<Missing, new (doing: string, pid: number, cause?: unknown) => ProcessError>
> = {
  gone: ProcessGoneError,
  zombie: ZombieError,
  starting: ProcessStartingError,
  denied: AccessDeniedError,
  unsupported: NotSupportedError,
};

/** The error with the reason why there is no value. */
export function missingError(
  missing: Missing,
  doing: string,
  pid: number,
  cause?: unknown,
): ProcessError {
  return new ERRORS[missing](doing, pid, cause);
}

/**
 * The meaning of a Darwin error number about a queried process; undefined if it is not an answer
 * about a process, such as too many open files.
 */
export function missingOf(errno: number): Missing | undefined {
  switch (errno) {
    case ERRNO.ESRCH:
      return "gone";
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return "denied";
    case ERRNO.EAGAIN:
      return "starting";
    case ERRNO.ENOTSUP:
    case ERRNO.ENOSYS:
      return "unsupported";
    default:
      return undefined;
  }
}

/**
 * Does something with a process, and turns the errors of the system into the errors of this
 * module. Anything else that is thrown is passed on.
 *
 * @param doing What is done, as in `"read the threads of"`.
 * @param isZombie Returns true if a process that is reported as gone is a zombie.
 */
export function asked<T>(
  doing: string,
  pid: number,
  ask: () => T,
  isZombie: () => boolean = () => false,
): T {
  try {
    return ask();
  } catch (error) {
    throw toProcessError(error, doing, pid, isZombie);
  }
}

/** The error of this module for what was thrown; itself where there is none. */
export function toProcessError(
  error: unknown,
  doing: string,
  pid: number,
  isZombie: () => boolean = () => false,
): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const missing = missingOf(error.errno);
  if (missing === undefined) return error;
  return missingError(missing === "gone" && isZombie() ? "zombie" : missing, doing, pid, error);
}
