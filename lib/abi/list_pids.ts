/**
 * The types of `PROC_INFO_CALL_LISTPIDS`, which select the processes that are listed
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

/**
 * All processes.
 *
 * - Type info: ignored.
 *
 * macOS 10.4.
 */
export const PROC_ALL_PIDS = 1;
/**
 * The processes whose process group id is the type info.
 *
 * - Type info: a process group id.
 *
 * macOS 10.4.
 */
export const PROC_PGRP_ONLY = 2;
/**
 * The processes whose controlling terminal is the device of the type info.
 *
 * - Type info: a device number, as `stat()` reports it (`rdev`).
 * - Beware: a process whose process group is being changed is listed for every terminal.
 *
 * macOS 10.4.
 */
export const PROC_TTY_ONLY = 3;
/**
 * The processes whose effective user id is the type info.
 *
 * - Type info: a user id.
 *
 * macOS 10.4.
 */
export const PROC_UID_ONLY = 4;
/**
 * The processes whose real user id is the type info.
 *
 * - Type info: a user id.
 *
 * macOS 10.4.
 */
export const PROC_RUID_ONLY = 5;
/**
 * The processes whose parent is the type info.
 *
 * - Type info: a process id.
 * - Beware: a traced process is listed both for its tracer, which takes the place of the parent,
 *   and for its real parent.
 *
 * macOS 10.7.
 */
export const PROC_PPID_ONLY = 6;
/**
 * The processes in the filter of the kernel's tracing.
 *
 * - Type info: ignored.
 *
 * macOS 10.13.
 */
export const PROC_KDBG_ONLY = 7;
