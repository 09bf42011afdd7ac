/**
 * The types of `PROC_INFO_CALL_LISTPIDS`: which processes are listed (bsd/sys/proc_info.h).
 *
 * @module
 */

/**
 * Every process; the type info is ignored.
 *
 * - Type info: ignored.
 *
 * macOS 10.4.
 */
export const PROC_ALL_PIDS = 1;
/**
 * Processes whose process group id is the type info.
 *
 * - Type info: a process group id.
 *
 * macOS 10.4.
 */
export const PROC_PGRP_ONLY = 2;
/**
 * Processes whose controlling terminal is the device of the type info.
 *
 * - Type info: a device number, as `stat()` gives it (`rdev`).
 * - Beware: a process whose group is being changed is listed for every terminal.
 *
 * macOS 10.4.
 */
export const PROC_TTY_ONLY = 3;
/**
 * Processes whose effective user id is the type info.
 *
 * - Type info: a user id.
 *
 * macOS 10.4.
 */
export const PROC_UID_ONLY = 4;
/**
 * Processes whose real user id is the type info.
 *
 * - Type info: a user id.
 *
 * macOS 10.4.
 */
export const PROC_RUID_ONLY = 5;
/**
 * Processes whose parent is the type info.
 *
 * - Type info: a process id.
 * - Beware: a process that is being traced is listed under the tracer, which takes the parent's
 *   place, and under its real parent.
 *
 * macOS 10.7.
 */
export const PROC_PPID_ONLY = 6;
/**
 * Processes in the kernel tracing filter; the type info is ignored.
 *
 * - Type info: ignored.
 *
 * macOS 10.13.
 */
export const PROC_KDBG_ONLY = 7;
