/**
 * The flavors of `PROC_INFO_CALL_PIDDYNKQUEUEINFO` (bsd/sys/proc_info_private.h). The argument is
 * the id of the kqueue.
 *
 * @module
 */

/**
 * The kqueue: `kqueue_dyninfo`, or only the `kqueue_info` at its head if the buffer is shorter.
 *
 * - Buffer: from 144 bytes on the `kqueue_info`, from 208 on the whole; less is `ENOBUFS`.
 * - Errors: `ESRCH` there is no such kqueue, `EINVAL` it is not a workloop.
 *
 * macOS 10.13.
 */
export const PROC_PIDDYNKQUEUE_INFO = 0;
/** Bytes of `kqueue_dyninfo`. macOS 10.13. */
export const PROC_PIDDYNKQUEUE_INFO_SIZE = 208;
/**
 * What it waits for: a list of `kevent_extinfo`. It returns a count, which may exceed what fits.
 *
 * - Buffer: cut after whole rows; an empty one that is not null returns the count alone.
 * - Errors: `ESRCH` there is no such kqueue.
 *
 * macOS 10.13.
 */
export const PROC_PIDDYNKQUEUE_EXTINFO = 1;
/** Bytes of one row of {@linkcode PROC_PIDDYNKQUEUE_EXTINFO}. macOS 10.13. */
export const PROC_PIDDYNKQUEUE_EXTINFO_SIZE = 104;
