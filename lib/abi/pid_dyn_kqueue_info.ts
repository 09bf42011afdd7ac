/**
 * The flavors of `PROC_INFO_CALL_PIDDYNKQUEUEINFO` (bsd/sys/proc_info_private.h). The argument is
 * the id of the kqueue.
 *
 * @module
 */

/**
 * The kqueue: `kqueue_dyninfo`, or only its first member, a `kqueue_info`, if the buffer is
 * shorter.
 *
 * - Buffer: at least 144 bytes for the `kqueue_info`, at least 208 bytes for the whole; a shorter
 *   buffer fails with `ENOBUFS`.
 * - Errors: `ESRCH` if there is no such kqueue, `EINVAL` if it is not a workloop.
 *
 * macOS 10.13.
 */
export const PROC_PIDDYNKQUEUE_INFO = 0;
/** The size of `kqueue_dyninfo`, in bytes. macOS 10.13. */
export const PROC_PIDDYNKQUEUE_INFO_SIZE = 208;
/**
 * The events that the kqueue waits for: a list of `kevent_extinfo`. The call returns a count, which
 * may be higher than the number of rows in the buffer.
 *
 * - Buffer: cut after whole rows. An empty buffer that is not null returns the count alone.
 * - Errors: `ESRCH` if there is no such kqueue.
 *
 * macOS 10.13.
 */
export const PROC_PIDDYNKQUEUE_EXTINFO = 1;
/** The size of one row of {@linkcode PROC_PIDDYNKQUEUE_EXTINFO}, in bytes. macOS 10.13. */
export const PROC_PIDDYNKQUEUE_EXTINFO_SIZE = 104;
