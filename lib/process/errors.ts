import { ERRNO, SystemCallError } from "../system/errors.ts";

/** The reason why a fact has no value. */
export type Missing =
  /** The system denies the fact to this user. */
  | "denied"
  /** The process ended while it was read, or its pid was reused. */
  | "gone"
  /** The process is a zombie: its parent has not waited for it, and most facts are lost. */
  | "zombie"
  /** The process is in the middle of an exec: it does not have arguments and an environment yet. */
  | "starting"
  /** The system does not have the fact, or cannot report it. */
  | "unsupported";

/**
 * The reasons why a fact has no value, by their numbers in the status columns of tables. The number
 * 0 means that the fact has a value.
 */
export const MISSING: readonly (Missing | undefined)[] = [
  undefined,
  "denied",
  "gone",
  "zombie",
  "starting",
  "unsupported",
];

/** Thrown if a query about a process or an operation on it fails. */
export class ProcessError extends Error {
  /** The name of the class. */
  override readonly name: string = "ProcessError";
  /** The name of the error, as in `"ESRCH"`. */
  readonly code: string;
  /** The process. */
  readonly pid: number;
  /** The reason, with the same values as in `missing` of a row. */
  readonly missing: Missing;

  /** Creates the error for an action that failed, such as `"read the threads of"`. */
  constructor(doing: string, pid: number, missing: Missing, cause?: unknown) {
    const [code, why] = REASONS[missing];
    super(`Cannot ${doing} process ${pid}: ${why}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.pid = pid;
    this.missing = missing;
  }
}

/** The code and the text for each reason. */
const REASONS: Readonly<Record<Missing, readonly [string, string]>> = {
  gone: ["ESRCH", "there is no such process, or it has ended"],
  zombie: ["EZOMBIE", "it has ended, and its parent has not waited for it yet"],
  denied: ["EPERM", "permission denied"],
  starting: ["EAGAIN", "it is in the middle of an exec"],
  unsupported: ["ENOTSUP", "this system does not support it"],
};

/** Thrown if a process has ended, or if its pid was reused. */
export class ProcessGoneError extends ProcessError {
  /** `"ProcessGoneError"`. */
  override readonly name = "ProcessGoneError";

  /** Creates the error, with the code `"ESRCH"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "gone", cause);
  }
}

/** Thrown for a zombie: its parent has not waited for it, and most facts are lost. */
export class ZombieError extends ProcessError {
  /** `"ZombieError"`. */
  override readonly name = "ZombieError";

  /** Creates the error, with the code `"EZOMBIE"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "zombie", cause);
  }
}

/** Thrown if a process is in the middle of an exec, and the requested fact is not available yet. */
export class ProcessStartingError extends ProcessError {
  /** `"ProcessStartingError"`. */
  override readonly name = "ProcessStartingError";

  /** Creates the error, with the code `"EAGAIN"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "starting", cause);
  }
}

/** Thrown if the system denies the caller a query or an operation. */
export class AccessDeniedError extends ProcessError {
  /** `"AccessDeniedError"`. */
  override readonly name = "AccessDeniedError";

  /** Creates the error, with the code `"EPERM"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "denied", cause);
  }
}

/** Thrown if the system does not support a query or an operation. */
export class NotSupportedError extends ProcessError {
  /** `"NotSupportedError"`. */
  override readonly name = "NotSupportedError";

  /** Creates the error, with the code `"ENOTSUP"`. */
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

/** Creates the error for the reason why a value is missing. */
export function missingError(
  missing: Missing,
  doing: string,
  pid: number,
  cause?: unknown,
): ProcessError {
  return new ERRORS[missing](doing, pid, cause);
}

/**
 * Returns the meaning of a Darwin error number for a queried process. Undefined for an error that
 * is not about a process, such as too many open files.
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
 * Calls `query`, and converts errors of the system to errors of this module. Other errors are thrown
 * unchanged.
 *
 * @param doing The action, as in `"read the threads of"`.
 * @param isZombie Returns true if a process that is reported as gone is a zombie.
 */
export function attempt<T>(
  doing: string,
  pid: number,
  query: () => T,
  isZombie: () => boolean = () => false,
): T {
  try {
    return query();
  } catch (error) {
    throw toProcessError(error, doing, pid, isZombie);
  }
}

/** Converts an error of the system to an error of this module. Returns other errors unchanged. */
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
