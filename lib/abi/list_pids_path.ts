/**
 * The flags of libproc's `proc_listpidspath()`, which lists the processes that have a file open
 * (libproc.h).
 *
 * @module
 */

/** Any file on the volume of the path matches. */
export const PROC_LISTPIDSPATH_PATH_IS_VOLUME = 1;
/** Descriptors that were opened with `O_EVTONLY` do not match. */
export const PROC_LISTPIDSPATH_EXCLUDE_EVTONLY = 2;
