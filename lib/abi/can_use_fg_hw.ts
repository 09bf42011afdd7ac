/**
 * The reasons of `PROC_INFO_CALL_CANUSEFGHW`: why a process may or may not use hardware that is
 * reserved for the foreground (bsd/sys/proc_info_private.h).
 *
 * @module
 */

/** Allowed: the leader of its coalition is an application with a user interface. macOS 10.11.2. */
export const PROC_FGHW_OK = 0;
/** Allowed: it is a daemon that works for a process in the foreground. macOS 10.11.2. */
export const PROC_FGHW_DAEMON_OK = 1;
/** Refused: the leader of its coalition is a daemon. macOS 10.11.2. */
export const PROC_FGHW_DAEMON_LEADER = 10;

/** Refused: the leader of its coalition has no user interface. macOS 10.11.2. */
export const PROC_FGHW_LEADER_NONUI = 11;

/** Refused: the leader of its coalition is in the background. macOS 10.11.2. */
export const PROC_FGHW_LEADER_BACKGROUND = 12;
/** Refused: it is a daemon without a voucher. macOS 10.11.2. */
export const PROC_FGHW_DAEMON_NO_VOUCHER = 13;
/** Refused: its voucher does not name the process that it works for. macOS 10.11.2. */
export const PROC_FGHW_NO_VOUCHER_ATTR = 14;
/** Refused: the process that it works for has ended. macOS 10.11.2. */
export const PROC_FGHW_NO_ORIGINATOR = 15;
/** Refused: the process that it works for is in the background. macOS 10.11.2. */
export const PROC_FGHW_ORIGINATOR_BACKGROUND = 16;
/** Refused: its voucher could not be read. macOS 10.11.2. */
export const PROC_FGHW_VOUCHER_ERROR = 98;
/** Refused: the kernel could not determine the answer. macOS 10.11.2. */
export const PROC_FGHW_ERROR = 99;
