/**
 * The flags of `__proc_info_extended_id()`, which refuses a process that does not have the expected
 * identity (bsd/sys/proc_info_private.h).
 *
 * It is the system call with the number 545, since macOS 11:
 *
 * ```c
 * int __proc_info_extended_id(int32_t callnum, int32_t pid, uint32_t flavor, uint32_t flags,
 *     uint64_t ext_id, uint64_t arg, void *buffer, int32_t buffersize);
 * ```
 *
 * It is `__proc_info()` with a comparison: if the process has another identity, the call fails with
 * `ESRCH`. Both flags together fail with `EINVAL`; further flags are ignored. Only
 * `PROC_INFO_CALL_PIDINFO` compares; all other callnums ignore the flags and the id.
 *
 * @module
 */

/**
 * The extra argument is the `p_idversion` that the process must have; otherwise the call fails with
 * `ESRCH`. macOS 11.
 */
export const PIF_COMPARE_IDVERSION = 1;
/**
 * The extra argument is the `p_uniqueid` that the process must have; otherwise the call fails with
 * `ESRCH`. macOS 11.
 */
export const PIF_COMPARE_UNIQUEID = 2;
