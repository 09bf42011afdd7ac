/**
 * The flavors of `PROC_INFO_CALL_SETCONTROL`, which a process may ask for itself only
 * (bsd/sys/proc_info.h), and the arguments of one of them (libproc.h).
 *
 * Another flavor is `ENOTSUP`.
 *
 * @module
 */

/**
 * What happens to the process when resources run out. The argument is a `PROC_SETPC_*` value.
 * macOS 10.6.
 */
export const PROC_SELFSET_PCONTROL = 1;
/** The name of the calling thread: the bytes of the buffer. None clears it. macOS 10.7. */
export const PROC_SELFSET_THREADNAME = 2;
/**
 * Bytes of the longest name for {@linkcode PROC_SELFSET_THREADNAME}: more is `ENAMETOOLONG`.
 * macOS 10.7.
 */
export const PROC_SELFSET_THREADNAME_SIZE = 63;
/** The process owns the memory that it maps for others. For root only. macOS 10.7. */
export const PROC_SELFSET_VMRSRCOWNER = 3;
/** Keeps the machine from falling asleep when idle, if the argument is not 0. macOS 10.8. */
export const PROC_SELFSET_DELAYIDLESLEEP = 4;
/** Nothing happens to the process. */
export const PROC_SETPC_NONE = 0;
/** The process is slowed down. */
export const PROC_SETPC_THROTTLEMEM = 1;
/** The process is suspended. */
export const PROC_SETPC_SUSPEND = 2;
/** The process is ended. */
export const PROC_SETPC_TERMINATE = 3;
