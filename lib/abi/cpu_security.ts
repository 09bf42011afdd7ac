/**
 * Mitigations against leaks between programs that share a processor. A process can turn them on
 * with `proc_set_csm()` of libproc (libproc.h). They are not a part of `__proc_info()`.
 *
 * @module
 */

/** All mitigations of this module. */
export const PROC_CSM_ALL = 1;
/** No other program runs on the other hardware thread of the same core. */
export const PROC_CSM_NOSMT = 2;
/** The buffers of the processor are cleared whenever the kernel returns to the process. */
export const PROC_CSM_TECS = 4;
