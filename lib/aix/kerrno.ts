import { shown } from "../system/arguments.ts";
/**
 * The errors of `kget_proc_info()`.
 *
 * AIX gives every place in the kernel that can fail an error number of its own, which carries an
 * ordinary errno. IBM publishes the names and not the numbers, so the numbers are this module's: the
 * low 8 bits are the errno, the bits above distinguish errors with the same errno. No error is 0.
 *
 * @module
 */
import { ERRNO } from "../system/errors.ts";

function kerrno(place: number, errno: number): number {
  return place << 8 | errno;
}

/** `size` is null where it must not be. Carries `EINVAL`. */
export const EINVAL_NULL_SIZE: number = kerrno(1, ERRNO.EINVAL);
/** `data` is null where it must not be. Carries `EINVAL`. */
export const EINVAL_NULL_DATA: number = kerrno(2, ERRNO.EINVAL);
/** There is no such process, or no such process group. Carries `ESRCH`. */
export const ESRCH_INVALID_PID: number = kerrno(3, ERRNO.ESRCH);
/** `size` is too small for the answer. Carries `ERANGE`. */
export const ERANGE_INSUFFICIENT_SIZE: number = kerrno(4, ERRNO.ERANGE);
/** The caller may not look at the process. Carries `EPERM`. */
export const EPERM_INSUFFICIENT_PRIVS: number = kerrno(5, ERRNO.EPERM);
/** There is no such command. Carries `EINVAL`. */
export const EINVAL_INVALID_COMMAND: number = kerrno(6, ERRNO.EINVAL);

const NAMES: ReadonlyMap<number, string> = new Map([
  [EINVAL_NULL_SIZE, "EINVAL_NULL_SIZE"],
  [EINVAL_NULL_DATA, "EINVAL_NULL_DATA"],
  [ESRCH_INVALID_PID, "ESRCH_INVALID_PID"],
  [ERANGE_INSUFFICIENT_SIZE, "ERANGE_INSUFFICIENT_SIZE"],
  [EPERM_INSUFFICIENT_PRIVS, "EPERM_INSUFFICIENT_PRIVS"],
  [EINVAL_INVALID_COMMAND, "EINVAL_INVALID_COMMAND"],
]);

/**
 * The name of what `kgetProcInfo()` returned: `"0"` for success.
 *
 * @throws {RangeError} It is not one of its numbers.
 *
 * @example
 * ```ts
 * import { ESRCH_INVALID_PID, kerrnoName } from "@libproc/libproc/aix";
 *
 * console.log(kerrnoName(ESRCH_INVALID_PID)); // ESRCH_INVALID_PID
 * ```
 */
export function kerrnoName(kerrno: number): string {
  if (kerrno === 0) return "0";
  const name = NAMES.get(kerrno);
  if (name !== undefined) return name;
  throw new RangeError(
    `Cannot pass kerrno as it must be what kgetProcInfo() returned: current value is ${
      shown(kerrno)
    }`,
  );
}

/**
 * The ordinary errno that an error carries, by the number that Darwin, Linux and AIX all give it; 0
 * for success.
 *
 * @throws {RangeError} It is not one of the numbers of `kgetProcInfo()`.
 *
 * @example
 * ```ts
 * import { kerrnoToErrno, ESRCH_INVALID_PID } from "@libproc/libproc/aix";
 *
 * console.log(kerrnoToErrno(ESRCH_INVALID_PID)); // 3
 * ```
 */
export function kerrnoToErrno(kerrno: number): number {
  kerrnoName(kerrno);
  return kerrno & 0xff;
}
