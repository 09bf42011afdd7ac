/**
 * The flags of libproc's `proc_listpidspath()`, which lists the processes that have a file open
 * (libproc.h).
 *
 * @module
 */

/** Any file of the volume that the path lies on counts. */
export const PROC_LISTPIDSPATH_PATH_IS_VOLUME = 1;
/** Descriptors opened with `O_EVTONLY` do not count. */
export const PROC_LISTPIDSPATH_EXCLUDE_EVTONLY = 2;
