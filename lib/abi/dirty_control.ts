/**
 * The flavors of `PROC_INFO_CALL_DIRTYCONTROL` and their flags (bsd/sys/proc_info.h).
 *
 * A tracked process reports when it is dirty, that is, when its end would lose something.
 * Another flavor returns 0 and does nothing.
 *
 * @module
 */

/**
 * Begins or changes the tracking.
 *
 * - Argument: a set of `PROC_DIRTY_TRACK`, `PROC_DIRTY_ALLOW_IDLE_EXIT`, `PROC_DIRTY_DEFER`,
 *   `PROC_DIRTY_LAUNCH_IN_PROGRESS`, `PROC_DIRTY_DEFER_ALWAYS` and `PROC_DIRTY_SHUTDOWN_ON_CLEAN`.
 * - Permission: the process itself, its parent, and root.
 * - Errors: `EINVAL` the flags do not go together, `EBUSY` the process is being ended, `EPERM` it
 *   belongs to the system or does not belong to the caller.
 * - Beware: for an application that the system manages it is a success without an effect.
 *
 * macOS 10.8.
 */
export const PROC_DIRTYCONTROL_TRACK = 1;
/**
 * Marks the process as dirty or clean.
 *
 * - Argument: 0 clean, any other number dirty.
 * - Permission: a caller that may send the process a signal.
 * - Errors: `EINVAL` the process is not tracked, `EALREADY` nothing changes, `EBUSY` the process is
 *   being ended.
 * - Beware: marking it clean may end it at once.
 *
 * macOS 10.8.
 */
export const PROC_DIRTYCONTROL_SET = 2;
/**
 * Returns a set of flags: 0 if it is not tracked.
 *
 * - Permission: any user.
 * - Zombies: yes.
 *
 * macOS 10.8.
 */
export const PROC_DIRTYCONTROL_GET = 3;
/**
 * Takes flags back.
 *
 * - Argument: a set of {@linkcode PROC_DIRTY_DEFER}, {@linkcode PROC_DIRTY_LAUNCH_IN_PROGRESS} and
 *   {@linkcode PROC_DIRTY_DEFER_ALWAYS}.
 * - Permission: a caller that may send the process a signal.
 * - Errors: `EINVAL` the process is not tracked or none of these flags is there, `EBUSY` the
 *   process is being ended.
 *
 * macOS 10.10.
 */
export const PROC_DIRTYCONTROL_CLEAR = 4;
/** To {@linkcode PROC_DIRTYCONTROL_TRACK}: the process is tracked. macOS 10.8. */
export const PROC_DIRTY_TRACK = 1;
/**
 * The process may be ended while it is clean. Only with {@linkcode PROC_DIRTY_TRACK}. macOS 10.8.
 */
export const PROC_DIRTY_ALLOW_IDLE_EXIT = 2;
/**
 * Not for some time after it became clean. Only with {@linkcode PROC_DIRTY_ALLOW_IDLE_EXIT}.
 * macOS 10.9.
 */
export const PROC_DIRTY_DEFER = 4;
/** Not while it is still starting. Only with {@linkcode PROC_DIRTY_TRACK}. macOS 10.10. */
export const PROC_DIRTY_LAUNCH_IN_PROGRESS = 8;
/**
 * Not for some time after it became clean, each time. Instead of {@linkcode PROC_DIRTY_DEFER}.
 * macOS 10.14.
 */
export const PROC_DIRTY_DEFER_ALWAYS = 16;
/** The process is ended once it is clean. macOS 15.5. */
export const PROC_DIRTY_SHUTDOWN_ON_CLEAN = 32;
/** From {@linkcode PROC_DIRTYCONTROL_GET}: the process is tracked. macOS 10.8. */
export const PROC_DIRTY_TRACKED = 1;
/** The process may be ended while it is clean. macOS 10.8. */
export const PROC_DIRTY_ALLOWS_IDLE_EXIT = 2;
/** The process is dirty. macOS 10.8. */
export const PROC_DIRTY_IS_DIRTY = 4;
/** The process is still starting. macOS 10.10. */
export const PROC_DIRTY_LAUNCH_IS_IN_PROGRESS = 8;
