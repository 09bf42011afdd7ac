/**
 * Measures of the processor against leaks between programs, which a process may turn on, through libproc's
 * `proc_set_csm()` (libproc.h). Not a part of `__proc_info()`.
 *
 * @module
 */

/** All of them. */
export const PROC_CSM_ALL = 1;
/** No other program runs on the other half of its core. */
export const PROC_CSM_NOSMT = 2;
/** The processor's buffers are cleared whenever the kernel returns to it. */
export const PROC_CSM_TECS = 4;
