/**
 * The flavors of `PROC_INFO_CALL_PIDFDINFO` and the sizes of their answers (bsd/sys/proc_info.h,
 * proc_info_private.h).
 *
 * The argument is the file descriptor. A descriptor of another kind fails with `EBADF`, or with
 * `ENOTSOCK` if a socket is expected.
 *
 * @module
 */

/**
 * A file: `vnode_fdinfo`.
 *
 * - Errors: `EBADF` if the descriptor is of another kind, `ENOENT` if its file was revoked.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDVNODEINFO = 1;
/** The size of `vnode_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDVNODEINFO_SIZE = 176;
/**
 * A file and its path: `vnode_fdinfowithpath`.
 *
 * - Errors: `EBADF` if the descriptor is of another kind, `ENOENT` if its file was revoked.
 * - Beware: the path may be empty.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDVNODEPATHINFO = 2;
/** The size of `vnode_fdinfowithpath`, in bytes. macOS 10.4. */
export const PROC_PIDFDVNODEPATHINFO_SIZE = 1200;
/**
 * A socket: `socket_fdinfo`.
 *
 * - Errors: `ENOTSOCK` if the descriptor is of another kind.
 * - Beware: ports are in network byte order. An IPv4 address is the last 4 of 16 bytes.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDSOCKETINFO = 3;
/** The size of `socket_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDSOCKETINFO_SIZE = 792;
/**
 * A POSIX semaphore: `psem_fdinfo`.
 *
 * - Errors: `EBADF` if the descriptor is of another kind.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDPSEMINFO = 4;
/** The size of `psem_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDPSEMINFO_SIZE = 1184;
/**
 * POSIX shared memory: `pshm_fdinfo`.
 *
 * - Errors: `EBADF` if the descriptor is of another kind.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDPSHMINFO = 5;
/** The size of `pshm_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDPSHMINFO_SIZE = 1192;
/**
 * A pipe: `pipe_fdinfo`.
 *
 * - Errors: `EBADF` if the descriptor is of another kind.
 * - Beware: the owner and the group are those of the caller, and the times are the current time.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDPIPEINFO = 6;
/** The size of `pipe_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDPIPEINFO_SIZE = 184;
/**
 * A kqueue: `kqueue_fdinfo`. Descriptor -1 is the kqueue of the workqueue. If the process has no
 * such kqueue, the call returns 0 and writes nothing.
 *
 * - Errors: `EBADF` if the descriptor is of another kind.
 * - Beware: 0 means success without an answer. Do not decode the buffer.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDKQUEUEINFO = 7;
/** The size of `kqueue_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDKQUEUEINFO_SIZE = 168;
/**
 * AppleTalk, which no longer exists: always `EINVAL`.
 *
 * - Errors: `EINVAL`, after all other checks.
 *
 * macOS 10.4.
 */
export const PROC_PIDFDATALKINFO = 8;
/** The size of `appletalk_fdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDFDATALKINFO_SIZE = 160;
/**
 * The events that a kqueue waits for: a list of `kevent_extinfo`. The call returns a count, which
 * may be higher than the number of rows in the buffer.
 *
 * - Null buffer: the count alone.
 * - Buffer: cut after whole rows.
 * - Errors: `EBADF` if the descriptor is of another kind.
 *
 * macOS 10.11.
 */
export const PROC_PIDFDKQUEUE_EXTINFO = 9;
/** The size of one row of {@linkcode PROC_PIDFDKQUEUE_EXTINFO}, in bytes. macOS 10.11. */
export const PROC_PIDFDKQUEUE_EXTINFO_SIZE = 104;
/** The highest count that {@linkcode PROC_PIDFDKQUEUE_EXTINFO} returns. macOS 10.12. */
export const PROC_PIDFDKQUEUE_KNOTES_MAX = 131072;
/**
 * A Skywalk channel: `channel_fdinfo`.
 *
 * - Errors: `EBADF` if the descriptor is of another kind.
 *
 * macOS 12.2.
 */
export const PROC_PIDFDCHANNELINFO = 10;
/** The size of `channel_fdinfo`, in bytes. macOS 12.2. */
export const PROC_PIDFDCHANNELINFO_SIZE = 56;
