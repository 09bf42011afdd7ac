/**
 * The flavors of `PROC_INFO_CALL_PIDFILEPORTINFO` and the bytes of their answers
 * (bsd/sys/proc_info.h).
 *
 * The argument is the Mach port's name in the process that is queried. A port that is not a fileport is
 * `EINVAL`.
 *
 * @module
 */

/**
 * A file and its path: `vnode_fdinfowithpath`.
 *
 * - Errors: `ENOTSUP` (45) the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTVNODEPATHINFO = 2;
/** Bytes of `vnode_fdinfowithpath`. macOS 10.7. */
export const PROC_PIDFILEPORTVNODEPATHINFO_SIZE = 1200;
/**
 * A socket: `socket_fdinfo`.
 *
 * - Errors: `EOPNOTSUPP` (102, another number than `ENOTSUP`) the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTSOCKETINFO = 3;
/** Bytes of `socket_fdinfo`. macOS 10.7. */
export const PROC_PIDFILEPORTSOCKETINFO_SIZE = 792;
/**
 * POSIX shared memory: `pshm_fdinfo`.
 *
 * - Errors: `EBADF` the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTPSHMINFO = 5;
/** Bytes of `pshm_fdinfo`. macOS 10.7. */
export const PROC_PIDFILEPORTPSHMINFO_SIZE = 1192;
/**
 * A pipe: `pipe_fdinfo`.
 *
 * - Errors: `EBADF` the fileport is of another kind.
 *
 * macOS 10.7.
 */
export const PROC_PIDFILEPORTPIPEINFO = 6;
/** Bytes of `pipe_fdinfo`. macOS 10.7. */
export const PROC_PIDFILEPORTPIPEINFO_SIZE = 184;
