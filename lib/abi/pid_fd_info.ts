/**
 * The flavors of `PROC_INFO_CALL_PIDFDINFO` and the bytes of their answers (bsd/sys/proc_info.h,
 * proc_info_private.h).
 *
 * The argument is the descriptor. One of another kind is `EBADF`, or `ENOTSOCK` where a socket is
 * meant.
 *
 * @module
 */

/**
 * A file: `vnode_fdinfo`.
 *
 * - Errors: `EBADF` the descriptor is of another kind, `ENOENT` its file was revoked.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDVNODEINFO = 1;
/** Bytes of `vnode_fdinfo`. macOS 10.4. */
export const PROC_PIDFDVNODEINFO_SIZE = 176;
/**
 * A file and its path: `vnode_fdinfowithpath`.
 *
 * - Errors: `EBADF` the descriptor is of another kind, `ENOENT` its file was revoked.
 * - Beware: the path may be empty.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDVNODEPATHINFO = 2;
/** Bytes of `vnode_fdinfowithpath`. macOS 10.4. */
export const PROC_PIDFDVNODEPATHINFO_SIZE = 1200;
/**
 * A socket: `socket_fdinfo`.
 *
 * - Errors: `ENOTSOCK` the descriptor is of another kind.
 * - Beware: ports are in network byte order, and an IPv4 address is the last 4 of 16 bytes.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDSOCKETINFO = 3;
/** Bytes of `socket_fdinfo`. macOS 10.4. */
export const PROC_PIDFDSOCKETINFO_SIZE = 792;
/**
 * A POSIX semaphore: `psem_fdinfo`.
 *
 * - Errors: `EBADF` the descriptor is of another kind.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDPSEMINFO = 4;
/** Bytes of `psem_fdinfo`. macOS 10.4. */
export const PROC_PIDFDPSEMINFO_SIZE = 1184;
/**
 * POSIX shared memory: `pshm_fdinfo`.
 *
 * - Errors: `EBADF` the descriptor is of another kind.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDPSHMINFO = 5;
/** Bytes of `pshm_fdinfo`. macOS 10.4. */
export const PROC_PIDFDPSHMINFO_SIZE = 1192;
/**
 * A pipe: `pipe_fdinfo`.
 *
 * - Errors: `EBADF` the descriptor is of another kind.
 * - Beware: owner, group and times are made up: the caller's, and now.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDPIPEINFO = 6;
/** Bytes of `pipe_fdinfo`. macOS 10.4. */
export const PROC_PIDFDPIPEINFO_SIZE = 184;
/**
 * A kqueue: `kqueue_fdinfo`. Descriptor -1 is that of the workqueue; without one it returns 0 and
 * writes nothing.
 *
 * - Errors: `EBADF` the descriptor is of another kind.
 * - Beware: 0 is success, with nothing written: do not decode it.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDKQUEUEINFO = 7;
/** Bytes of `kqueue_fdinfo`. macOS 10.4. */
export const PROC_PIDFDKQUEUEINFO_SIZE = 168;
/**
 * AppleTalk, which is gone: always `EINVAL`.
 *
 * - Errors: `EINVAL`, after all other checks.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDATALKINFO = 8;
/** Bytes of `appletalk_fdinfo`. macOS 10.4. */
export const PROC_PIDFDATALKINFO_SIZE = 160;
/**
 * What a kqueue waits for: a list of `kevent_extinfo`. It returns a count, which may exceed what
 * fits.
 *
 * - Null buffer: the count alone.
 * - Buffer: cut after whole rows.
 * - Errors: `EBADF` the descriptor is of another kind.
 *
 * macOS 10.11.
 */
export const PROC_PIDFDKQUEUE_EXTINFO = 9;
/** Bytes of one row of {@linkcode PROC_PIDFDKQUEUE_EXTINFO}. macOS 10.11. */
export const PROC_PIDFDKQUEUE_EXTINFO_SIZE = 104;
/** The highest count that {@linkcode PROC_PIDFDKQUEUE_EXTINFO} returns. macOS 10.12. */
export const PROC_PIDFDKQUEUE_KNOTES_MAX = 131072;
/**
 * A Skywalk channel: `channel_fdinfo`.
 *
 * - Errors: `EBADF` the descriptor is of another kind.
 *
 * macOS 12.2.
 */
export const PROC_PIDFDCHANNELINFO = 10;
/** Bytes of `channel_fdinfo`. macOS 12.2. */
export const PROC_PIDFDCHANNELINFO_SIZE = 56;
