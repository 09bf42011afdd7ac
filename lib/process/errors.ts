import { ERRNO, SystemCallError } from "../system/errors.ts";

/** Thrown where a process cannot be asked, or told, what is wanted. */
export class ProcessError extends Error {
  /** The class's name. */
  override readonly name: string = "ProcessError";
  /** The name of the error, as in `"ESRCH"`. */
  readonly code: string;
  /** The process. */
  readonly pid: number;

  /** Makes the error of what could not be done, as in `"read the threads of"`. */
  constructor(doing: string, pid: number, code: string, why: string, cause?: unknown) {
    super(`Cannot ${doing} process ${pid}: ${why}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.pid = pid;
  }
}

/** Thrown where a process has ended, or another has its id by now. */
export class ProcessGoneError extends ProcessError {
  /** `"ProcessGoneError"`. */
  override readonly name = "ProcessGoneError";

  /** Makes the error; the code is `"ESRCH"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "ESRCH", "there is no such process, or it has ended", cause);
  }
}

/** Thrown where a process has ended and its parent has not asked how: most of it is gone. */
export class ZombieError extends ProcessError {
  /** `"ZombieError"`. */
  override readonly name = "ZombieError";

  /** Makes the error; the code is `"EZOMBIE"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "EZOMBIE", "it has ended, and its parent has not waited for it yet", cause);
  }
}

/** Thrown where the system refuses to tell, or to do, something to the caller. */
export class AccessDeniedError extends ProcessError {
  /** `"AccessDeniedError"`. */
  override readonly name = "AccessDeniedError";

  /** Makes the error; the code is `"EPERM"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "EPERM", "this user may not", cause);
  }
}

/** Thrown where the system has no such thing, or no way to tell it. */
export class NotSupportedError extends ProcessError {
  /** `"NotSupportedError"`. */
  override readonly name = "NotSupportedError";

  /** Makes the error; the code is `"ENOTSUP"`. */
  constructor(doing: string, pid: number, cause?: unknown) {
    super(doing, pid, "ENOTSUP", "this system has no answer", cause);
  }
}

/** Why there is no value. */
export type Missing =
  /** The system refuses it to this user. */
  | "denied"
  /** The process ended while it was read. */
  | "gone"
  /** The process has ended, and all it had is gone but its ids. */
  | "zombie"
  /** The system has no such thing. */
  | "unsupported";

/** Why there is no value, at the numbers that the status columns of tables have for it; 0 is a value. */
export const MISSING: readonly (Missing | undefined)[] = [
  undefined,
  "denied",
  "gone",
  "zombie",
  "unsupported",
];

/**
 * What a Darwin error number says of a process that was asked about; undefined where it is no answer
 * about a process, such as too many open files.
 */
export function missingOf(errno: number): Missing | undefined {
  switch (errno) {
    case ERRNO.ESRCH:
      return "gone";
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return "denied";
    case ERRNO.ENOTSUP:
    case ERRNO.ENOSYS:
      return "unsupported";
    default:
      return undefined;
  }
}

/**
 * Does something with a process, and turns what the system says against it into the errors of this
 * module. Anything else that is thrown is passed on.
 *
 * @param doing What is done, as in `"read the threads of"`.
 * @param isZombie Tells whether a process that is said to be gone is a zombie.
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
  switch (missingOf(error.errno)) {
    case "gone":
      return isZombie()
        ? new ZombieError(doing, pid, error)
        : new ProcessGoneError(doing, pid, error);
    case "denied":
      return new AccessDeniedError(doing, pid, error);
    case "unsupported":
      return new NotSupportedError(doing, pid, error);
    default:
      return error;
  }
}
