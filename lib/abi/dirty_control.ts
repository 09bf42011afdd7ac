/**
 * The flavors of `PROC_INFO_CALL_DIRTYCONTROL` and their flags (bsd/sys/proc_info.h).
 *
 * A tracked process reports when it is dirty, that is, when it would lose something if it were
 * ended. A flavor that the kernel does not know returns 0 and has no effect.
 *
 * @module
 */

/**
 * Begins or changes the tracking of a process.
 *
 * - Argument: a set of `PROC_DIRTY_TRACK`, `PROC_DIRTY_ALLOW_IDLE_EXIT`, `PROC_DIRTY_DEFER`,
 *   `PROC_DIRTY_LAUNCH_IN_PROGRESS`, `PROC_DIRTY_DEFER_ALWAYS` and `PROC_DIRTY_SHUTDOWN_ON_CLEAN`.
 * - Permission: the process itself, its parent, and root.
 * - Errors: `EINVAL` if the flags cannot be combined, `EBUSY` if the process is being ended,
 *   `EPERM` if it belongs to the system or does not belong to the caller.
 * - Beware: for an application that the system manages, the call succeeds without an effect.
 *
 * macOS 10.8.
 */
export const PROC_DIRTYCONTROL_TRACK = 1;
/**
 * Marks a process as dirty or clean.
 *
 * - Argument: 0 for clean, any other number for dirty.
 * - Permission: a caller that may send `SIGKILL` to the process.
 * - Errors: `EINVAL` if the process is not tracked, `EALREADY` if it has this mark already, `EBUSY`
 *   if it is being ended.
 * - Beware: a process that is marked as clean may be ended at once.
 *
 * macOS 10.8.
 */
export const PROC_DIRTYCONTROL_SET = 2;
/**
 * Returns a set of flags, or 0 for a process that is not tracked.
 *
 * - Permission: any user.
 * - Zombies: yes.
 *
 * macOS 10.8.
 */
export const PROC_DIRTYCONTROL_GET = 3;
/**
 * Clears flags of a process.
 *
 * - Argument: a set of {@linkcode PROC_DIRTY_DEFER}, {@linkcode PROC_DIRTY_LAUNCH_IN_PROGRESS} and
 *   {@linkcode PROC_DIRTY_DEFER_ALWAYS}.
 * - Permission: a caller that may send `SIGKILL` to the process.
 * - Errors: `EINVAL` if the process is not tracked or the argument has none of these flags, `EBUSY`
 *   if the process is being ended.
 *
 * macOS 10.10.
 */
export const PROC_DIRTYCONTROL_CLEAR = 4;
/** A flag of {@linkcode PROC_DIRTYCONTROL_TRACK}: the process is tracked. macOS 10.8. */
export const PROC_DIRTY_TRACK = 1;
/**
 * The process may be ended while it is clean. Requires {@linkcode PROC_DIRTY_TRACK}. macOS 10.8.
 */
export const PROC_DIRTY_ALLOW_IDLE_EXIT = 2;
/**
 * The process may not be ended for some time after it became clean. This applies once. Requires
 * {@linkcode PROC_DIRTY_ALLOW_IDLE_EXIT}. macOS 10.9.
 */
export const PROC_DIRTY_DEFER = 4;
/**
 * The process may not be ended while it is starting. Requires {@linkcode PROC_DIRTY_TRACK}.
 * macOS 10.10.
 */
export const PROC_DIRTY_LAUNCH_IN_PROGRESS = 8;
/**
 * The process may not be ended for some time after it became clean. This applies every time.
 * Replaces {@linkcode PROC_DIRTY_DEFER}. macOS 10.14.
 */
export const PROC_DIRTY_DEFER_ALWAYS = 16;
/** The process is ended when it becomes clean. macOS 15.5. */
export const PROC_DIRTY_SHUTDOWN_ON_CLEAN = 32;
/** A flag from {@linkcode PROC_DIRTYCONTROL_GET}: the process is tracked. macOS 10.8. */
export const PROC_DIRTY_TRACKED = 1;
/** The process may be ended while it is clean. macOS 10.8. */
export const PROC_DIRTY_ALLOWS_IDLE_EXIT = 2;
/** The process is dirty. macOS 10.8. */
export const PROC_DIRTY_IS_DIRTY = 4;
/** The process is starting. macOS 10.10. */
export const PROC_DIRTY_LAUNCH_IS_IN_PROGRESS = 8;
