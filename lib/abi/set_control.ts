/**
 * The flavors of `PROC_INFO_CALL_SETCONTROL`, which a process can only call for itself
 * (bsd/sys/proc_info.h), and the arguments of one of them (libproc.h).
 *
 * Other flavors fail with `ENOTSUP`.
 *
 * @module
 */

/**
 * Sets the action that the system takes on the process when resources run out.
 *
 * - Argument: a `PROC_SETPC_*` value; only its low 32 bits count.
 * - Errors: `EINVAL` if there is no such value.
 *
 * macOS 10.6.
 */
export const PROC_SELFSET_PCONTROL = 1;
/**
 * Sets the name of the calling thread.
 *
 * - Buffer: read: the name, at most 63 bytes, which need not end in a NUL. An empty buffer removes
 *   the name.
 * - Errors: `ENAMETOOLONG` if the name has more bytes, `EFAULT` if the buffer cannot be read.
 *
 * macOS 10.7.
 */
export const PROC_SELFSET_THREADNAME = 2;
/**
 * The size of the longest name for {@linkcode PROC_SELFSET_THREADNAME}, in bytes. A longer name
 * fails with `ENAMETOOLONG`. macOS 10.7.
 */
export const PROC_SELFSET_THREADNAME_SIZE = 63;
/**
 * Allows the process to resume processes that the system has throttled or suspended because
 * resources ran out.
 *
 * - Permission: root, about itself.
 * - Errors: `EPERM` if the caller is not root.
 *
 * macOS 10.7.
 */
export const PROC_SELFSET_VMRSRCOWNER = 3;
/**
 * Sets whether the disk accesses of the process delay the idle sleep of the machine.
 *
 * - Argument: 0 clears the setting, any other number sets it.
 *
 * macOS 10.8.
 */
export const PROC_SELFSET_DELAYIDLESLEEP = 4;
/** The system takes no action on the process. */
export const PROC_SETPC_NONE = 0;
/** The system throttles the process. */
export const PROC_SETPC_THROTTLEMEM = 1;
/** The system suspends the process. */
export const PROC_SETPC_SUSPEND = 2;
/** The system ends the process. */
export const PROC_SETPC_TERMINATE = 3;
