/**
 * The first argument of `__proc_info()`: what is asked (bsd/sys/proc_info_private.h).
 *
 * @module
 */

/** Process ids by a filter. macOS 10.5. */
export const PROC_INFO_CALL_LISTPIDS = 1;
/** One process, a flavor at a time. macOS 10.5. */
export const PROC_INFO_CALL_PIDINFO = 2;
/** One descriptor of a process. macOS 10.5. */
export const PROC_INFO_CALL_PIDFDINFO = 3;
/** The kernel's message buffer. macOS 10.5. */
export const PROC_INFO_CALL_KERNMSGBUF = 4;
/** Settings that a process makes for itself. macOS 10.6. */
export const PROC_INFO_CALL_SETCONTROL = 5;
/** One fileport of a process. macOS 10.7. */
export const PROC_INFO_CALL_PIDFILEPORTINFO = 6;
/** Ends a process as the system does when memory is short. macOS 10.8. */
export const PROC_INFO_CALL_TERMINATE = 7;
/** Dirty tracking: whether a process may be ended without harm. macOS 10.8. */
export const PROC_INFO_CALL_DIRTYCONTROL = 8;
/** Resource usage of a process. macOS 10.9. */
export const PROC_INFO_CALL_PIDRUSAGE = 9;
/** On whose behalf the calling thread works. macOS 10.10. */
export const PROC_INFO_CALL_PIDORIGINATORINFO = 10;
/** The coalitions of the system. macOS 10.11. */
export const PROC_INFO_CALL_LISTCOALITIONS = 11;
/** Whether a process may use hardware that is kept for the foreground. macOS 10.11. */
export const PROC_INFO_CALL_CANUSEFGHW = 12;
/** One dynamic kqueue of a process. macOS 10.13. */
export const PROC_INFO_CALL_PIDDYNKQUEUEINFO = 13;
/** 64 bits that a process keeps about itself. macOS 10.13. */
export const PROC_INFO_CALL_UDATA_INFO = 14;
/** Where the dynamic linker keeps its list of images. macOS 13. */
export const PROC_INFO_CALL_SET_DYLD_IMAGES = 15;
/** Ends every process that a rapid security response replaced. macOS 13. */
export const PROC_INFO_CALL_TERMINATE_RSR = 16;
/** Sends a signal to the process of an audit token. macOS 14. */
export const PROC_INFO_CALL_SIGNAL_AUDITTOKEN = 17;
/** Ends the process of an audit token. macOS 14. */
export const PROC_INFO_CALL_TERMINATE_AUDITTOKEN = 18;
/** Sends a signal on behalf of another process. macOS 15. */
export const PROC_INFO_CALL_DELEGATE_SIGNAL = 19;
/** Ends a process on behalf of another process. macOS 15. */
export const PROC_INFO_CALL_DELEGATE_TERMINATE = 20;

/** {@linkcode PROC_INFO_CALL_LISTPIDS} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_LISTPIDS = 1;
/** {@linkcode PROC_INFO_CALL_PIDINFO} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_PIDINFO = 2;
/** {@linkcode PROC_INFO_CALL_PIDFDINFO} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_PIDFDINFO = 3;
/** {@linkcode PROC_INFO_CALL_KERNMSGBUF} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_KERNMSGBUF = 4;
/** {@linkcode PROC_INFO_CALL_SETCONTROL} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_SETCONTROL = 5;
/** {@linkcode PROC_INFO_CALL_PIDFILEPORTINFO} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_PIDFILEPORTINFO = 6;
