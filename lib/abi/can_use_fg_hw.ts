/**
 * The reasons of `PROC_INFO_CALL_CANUSEFGHW`: why a process may or may not use hardware that is
 * kept for the foreground (bsd/sys/proc_info_private.h).
 *
 * @module
 */

/** It may: it is in the foreground. macOS 10.11.2. */
export const PROC_FGHW_OK = 0;
/** It may: a daemon that works for someone in the foreground. macOS 10.11.2. */
export const PROC_FGHW_DAEMON_OK = 1;
/** It may not: its coalition is led by a daemon. macOS 10.11.2. */
export const PROC_FGHW_DAEMON_LEADER = 10;

/** It may not: the leader of its coalition has no user interface. macOS 10.11.2. */
export const PROC_FGHW_LEADER_NONUI = 11;

/** It may not: the leader of its coalition is in the background. macOS 10.11.2. */
export const PROC_FGHW_LEADER_BACKGROUND = 12;
/** It may not: a daemon without a voucher. macOS 10.11.2. */
export const PROC_FGHW_DAEMON_NO_VOUCHER = 13;
/** It may not: its voucher does not name the process that it works for. macOS 10.11.2. */
export const PROC_FGHW_NO_VOUCHER_ATTR = 14;
/** It may not: the process that it works for is gone. macOS 10.11.2. */
export const PROC_FGHW_NO_ORIGINATOR = 15;
/** It may not: the process that it works for is in the background. macOS 10.11.2. */
export const PROC_FGHW_ORIGINATOR_BACKGROUND = 16;
/** It may not: its voucher could not be read. macOS 10.11.2. */
export const PROC_FGHW_VOUCHER_ERROR = 98;
/** It may not: the kernel could not find out. macOS 10.11.2. */
export const PROC_FGHW_ERROR = 99;
