/**
 * The flavors of `PROC_INFO_CALL_UDATA_INFO`: 64 bits that a process keeps about itself and that
 * outlive an exec (bsd/sys/proc_info.h). The buffer must be 8 bytes exactly.
 *
 * @module
 */

/**
 * Reads them into the buffer.
 *
 * - Buffer: written.
 *
 * macOS 10.13.4.
 */
export const PROC_UDATA_INFO_GET = 1;
/**
 * Sets them from the buffer.
 *
 * - Buffer: read.
 *
 * macOS 10.13.4.
 */
export const PROC_UDATA_INFO_SET = 2;
