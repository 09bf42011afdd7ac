/**
 * The flavors of `PROC_INFO_CALL_SETCONTROL`, which a process may call for itself only
 * (bsd/sys/proc_info.h), and the arguments of one of them (libproc.h).
 *
 * Another flavor is `ENOTSUP`.
 *
 * @module
 */

/**
 * What happens to the process when resources run out.
 *
 * - Argument: a `PROC_SETPC_*` value; only its low 32 bits count.
 * - Errors: `EINVAL` there is no such value.
 *
 * macOS 10.6.
 */
export const PROC_SELFSET_PCONTROL = 1;
/**
 * The name of the calling thread.
 *
 * - Buffer: read: the name, which need not end in a NUL; 63 bytes at most. An empty one takes the
 *   name away.
 * - Errors: `ENAMETOOLONG` the name has more bytes, `EFAULT` there is no buffer.
 *
 * macOS 10.7.
 */
export const PROC_SELFSET_THREADNAME = 2;
/**
 * Bytes of the longest name for {@linkcode PROC_SELFSET_THREADNAME}: more is `ENAMETOOLONG`.
 * macOS 10.7.
 */
export const PROC_SELFSET_THREADNAME_SIZE = 63;
/**
 * The process owns the memory that it maps for others.
 *
 * - Permission: root, about itself.
 * - Errors: `EPERM` the caller is not root.
 *
 * macOS 10.7.
 */
export const PROC_SELFSET_VMRSRCOWNER = 3;
/**
 * Keeps the machine from falling asleep when idle.
 *
 * - Argument: 0 takes it back, any other number sets it.
 *
 * macOS 10.8.
 */
export const PROC_SELFSET_DELAYIDLESLEEP = 4;
/** Nothing happens to the process. */
export const PROC_SETPC_NONE = 0;
/** The process is slowed down. */
export const PROC_SETPC_THROTTLEMEM = 1;
/** The process is suspended. */
export const PROC_SETPC_SUSPEND = 2;
/** The process is ended. */
export const PROC_SETPC_TERMINATE = 3;
