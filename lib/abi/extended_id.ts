/**
 * The flags of `__proc_info_extended_id()`, which refuses a process that is no longer the one that
 * was meant (bsd/sys/proc_info_private.h). Both together are `EINVAL`.
 *
 * @module
 */

/**
 * The extra argument is the `p_idversion` that the process must have; another is `ESRCH`. macOS 11.
 */
export const PIF_COMPARE_IDVERSION = 1;
/**
 * The extra argument is the `p_uniqueid` that the process must have; another is `ESRCH`. macOS 11.
 */
export const PIF_COMPARE_UNIQUEID = 2;
