import { PROC_INFO_CALL_DIRTYCONTROL } from "../abi/callnum.ts";
import {
  PROC_DIRTYCONTROL_CLEAR,
  PROC_DIRTYCONTROL_GET,
  PROC_DIRTYCONTROL_SET,
  PROC_DIRTYCONTROL_TRACK,
} from "../abi/dirty_control.ts";
import { flag, int32, uint32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { answer, asking, done, type Reply, replyOf } from "./reply.ts";

/** What {@linkcode dirtyControl} gives for each flavor. */
export interface DirtyControlReplies {
  /** Begins or changes the tracking: `arg` is a set of `PROC_DIRTY_*`. */
  readonly [PROC_DIRTYCONTROL_TRACK]: void;
  /** Marks the process as dirty, or clean if `arg` is 0. */
  readonly [PROC_DIRTYCONTROL_SET]: void;
  /** How the process stands. */
  readonly [PROC_DIRTYCONTROL_GET]: number;
  /** Takes flags back: `arg` is a set of `PROC_DIRTY_*`. */
  readonly [PROC_DIRTYCONTROL_CLEAR]: void;
}

/** A flavor of {@linkcode dirtyControl}: a `PROC_DIRTYCONTROL_*` number. */
export type DirtyControlFlavor = keyof DirtyControlReplies;

/** How each flavor is called; the compiler requires every one. */
export const DIRTY_CONTROL_REPLIES: {
  readonly [F in DirtyControlFlavor]: Reply<DirtyControlReplies[F]>;
} = {
  [PROC_DIRTYCONTROL_TRACK]: done,
  [PROC_DIRTYCONTROL_SET]: done,
  [PROC_DIRTYCONTROL_GET]: answer,
  [PROC_DIRTYCONTROL_CLEAR]: done,
};

/**
 * Queries or sets if a process may be ended without loss.
 *
 * The kernel takes any flavor that it does not know for success, so this takes only those that it
 * knows.
 *
 * @param pid The process.
 * @param flavor The query or the setting: a `PROC_DIRTYCONTROL_*` number.
 * @param arg What the flavor takes.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode trackDirty}, {@linkcode setDirty}, {@linkcode getDirty}
 * and {@linkcode clearDirty}.
 * @throws {RangeError} A number is not a 32-bit integer, or the flavor is not known here.
 *
 * @example
 * ```ts
 * import { dirtyControl, PROC_DIRTYCONTROL_GET, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   console.log(dirtyControl(1, PROC_DIRTYCONTROL_GET));
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function dirtyControl<F extends DirtyControlFlavor>(
  pid: number,
  flavor: F,
  arg = 0,
  options: SystemOptions = {},
): DirtyControlReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(DIRTY_CONTROL_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  const arg64 = BigInt(uint32("arg", arg));
  return read(asking(system.kernel, PROC_INFO_CALL_DIRTYCONTROL, pid32, flavor, arg64));
}

/**
 * Begins to track whether a process is dirty, or changes how: `proc_track_dirty()`.
 *
 * A process may do so for itself and for its children, root for all. The kernel may take it for
 * success and do nothing, if the process is managed as an application.
 *
 * @param pid The process.
 * @param flags A set of `PROC_DIRTY_*`: tracked, may be ended while it is clean, and when not.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` the flags do not go together, `ESRCH` there is no such process,
 * `EPERM` it does not belong to the caller, `EBUSY` it is being ended, `ENOTSUP` this system cannot do it.
 * @throws {RangeError} A number is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { PROC_DIRTY_TRACK, ProcInfoError, trackDirty } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   trackDirty(process.pid, PROC_DIRTY_TRACK);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function trackDirty(
  pid: number,
  flags: number,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  dirtyControl(pid, PROC_DIRTYCONTROL_TRACK, uint32("flags", flags), { system });
}

/**
 * Marks a process as dirty or clean: `proc_set_dirty()`.
 *
 * Marking it clean may end it at once.
 *
 * @param pid The process.
 * @param dirty Whether ending it would lose something.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` it is not tracked, `EALREADY` nothing changed, `ESRCH` there is no
 * such process, `EPERM` the caller may not signal it, `EBUSY` it is being ended, `ENOTSUP` this
 * system cannot do it.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { ProcInfoError, setDirty } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   setDirty(process.pid, true);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EINVAL: not tracked
 * }
 * ```
 */
export function setDirty(
  pid: number,
  dirty: boolean,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  dirtyControl(pid, PROC_DIRTYCONTROL_SET, flag("dirty", dirty) ? 1 : 0, { system });
}

/**
 * Returns if a process is tracked, dirty, and may be ended: `proc_get_dirty()`.
 *
 * Any user may query it, also for zombies. On Linux no process is tracked.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @returns A set of `PROC_DIRTY_TRACKED`, `PROC_DIRTY_ALLOWS_IDLE_EXIT`, `PROC_DIRTY_IS_DIRTY` and
 * `PROC_DIRTY_LAUNCH_IS_IN_PROGRESS`; 0 if it is not tracked.
 * @throws {ProcInfoError} `ESRCH` there is no such process, `ENOTSUP` this system cannot answer.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { getDirty, PROC_DIRTY_IS_DIRTY, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   console.log((getDirty(1) & PROC_DIRTY_IS_DIRTY) !== 0);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function getDirty(pid: number, options: SystemOptions = {}): number {
  const system = systemAlone(options);
  return dirtyControl(pid, PROC_DIRTYCONTROL_GET, 0, { system });
}

/**
 * Takes back flags that {@linkcode trackDirty} set: `proc_clear_dirty()`.
 *
 * @param pid The process.
 * @param flags A set of `PROC_DIRTY_DEFER`, `PROC_DIRTY_LAUNCH_IN_PROGRESS` and
 * `PROC_DIRTY_DEFER_ALWAYS`.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` it is not tracked or there is none of these flags, `ESRCH` there is
 * no such process, `EPERM` the caller may not signal it, `EBUSY` it is being ended, `ENOTSUP` this
 * system cannot do it.
 * @throws {RangeError} A number is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { clearDirty, PROC_DIRTY_DEFER, ProcInfoError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   clearDirty(process.pid, PROC_DIRTY_DEFER);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EINVAL: not tracked
 * }
 * ```
 */
export function clearDirty(
  pid: number,
  flags: number,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  dirtyControl(pid, PROC_DIRTYCONTROL_CLEAR, uint32("flags", flags), { system });
}
