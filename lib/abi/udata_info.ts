/**
 * The flavors of `PROC_INFO_CALL_UDATA_INFO`: 64 bits that a process stores about itself and that
 * an exec does not change (bsd/sys/proc_info.h). The size of the buffer must be exactly 8 bytes.
 *
 * @module
 */

/**
 * Reads the 64 bits into the buffer.
 *
 * - Buffer: written.
 *
 * macOS 10.13.4.
 */
export const PROC_UDATA_INFO_GET = 1;
/**
 * Sets the 64 bits from the buffer.
 *
 * - Buffer: read.
 *
 * macOS 10.13.4.
 */
export const PROC_UDATA_INFO_SET = 2;
