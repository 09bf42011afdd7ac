/**
 * The errors of `kget_proc_info()`.
 *
 * In AIX, each place in the kernel that can fail has its own error number, which contains an
 * ordinary errno. IBM publishes the names but not the numbers, so the numbers are this module's
 * own. The low 8 bits are the errno, and the bits above distinguish errors with the same errno. 0
 * means success.
 *
 * @module
 */
import { shown } from "../system/arguments.ts";
import { ERRNO } from "../system/errors.ts";

function kerrno(place: number, errno: number): number {
  return place << 8 | errno;
}

/** `size` is null, but the command requires it. Contains `EINVAL`. */
export const EINVAL_NULL_SIZE: number = kerrno(1, ERRNO.EINVAL);
/** `data` is null, but the command requires it. Contains `EINVAL`. */
export const EINVAL_NULL_DATA: number = kerrno(2, ERRNO.EINVAL);
/** There is no such process or process group. Contains `ESRCH`. */
export const ESRCH_INVALID_PID: number = kerrno(3, ERRNO.ESRCH);
/** `size` is too small for the answer. Contains `ERANGE`. */
export const ERANGE_INSUFFICIENT_SIZE: number = kerrno(4, ERRNO.ERANGE);
/** The caller may not query the process. Contains `EPERM`. */
export const EPERM_INSUFFICIENT_PRIVS: number = kerrno(5, ERRNO.EPERM);
/** There is no such command. Contains `EINVAL`. */
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
 * Returns the name of a number that `kgetProcInfo()` returned; `"0"` for success.
 *
 * @throws {RangeError} `kgetProcInfo()` never returns this number.
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
 * Returns the ordinary errno in a number that `kgetProcInfo()` returned; 0 for success. Darwin,
 * Linux and AIX have the same numbers for these errnos.
 *
 * @throws {RangeError} `kgetProcInfo()` never returns this number.
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
