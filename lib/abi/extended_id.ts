/**
 * The flags of `__proc_info_extended_id()`, which refuses a process with another identity
 * than the expected one (bsd/sys/proc_info_private.h).
 *
 * The call is number 545 of macOS, since macOS 11:
 *
 * ```c
 * int __proc_info_extended_id(int32_t callnum, int32_t pid, uint32_t flavor, uint32_t flags,
 *     uint64_t ext_id, uint64_t arg, void *buffer, int32_t buffersize);
 * ```
 *
 * It is `__proc_info()` with a comparison: another process is `ESRCH`. Both flags together are
 * `EINVAL`, further ones are ignored. Only `PROC_INFO_CALL_PIDINFO` compares; to the other
 * callnums flags and id mean nothing.
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
