/**
 * The flavors of `PROC_INFO_CALL_PIDFILEPORTINFO` and the sizes of their answers
 * (bsd/sys/proc_info.h).
 *
 * The argument is the name of the Mach port in the queried process. A port that is not a fileport
 * fails with `EINVAL`.
 *
 * @module
 */

/**
 * A file and its path: `vnode_fdinfowithpath`.
 *
 * - Errors: `ENOTSUP` (45) if the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTVNODEPATHINFO = 2;
/** The size of `vnode_fdinfowithpath`, in bytes. macOS 10.7. */
export const PROC_PIDFILEPORTVNODEPATHINFO_SIZE = 1200;
/**
 * A socket: `socket_fdinfo`.
 *
 * - Errors: `EOPNOTSUPP` (102, which is not the number of `ENOTSUP`) if the fileport is of another
 *   kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTSOCKETINFO = 3;
/** The size of `socket_fdinfo`, in bytes. macOS 10.7. */
export const PROC_PIDFILEPORTSOCKETINFO_SIZE = 792;
/**
 * POSIX shared memory: `pshm_fdinfo`.
 *
 * - Errors: `EBADF` if the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTPSHMINFO = 5;
/** The size of `pshm_fdinfo`, in bytes. macOS 10.7. */
export const PROC_PIDFILEPORTPSHMINFO_SIZE = 1192;
/**
 * A pipe: `pipe_fdinfo`.
 *
 * - Errors: `EBADF` if the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTPIPEINFO = 6;
/** The size of `pipe_fdinfo`, in bytes. macOS 10.7. */
export const PROC_PIDFILEPORTPIPEINFO_SIZE = 184;
