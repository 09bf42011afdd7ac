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
import { answer, done, querying, type Reply, replyOf } from "./reply.ts";

/** The result of {@linkcode dirtyControl} for each flavor. */
export interface DirtyControlReplies {
  /** Starts or changes the tracking: `arg` is a set of `PROC_DIRTY_*`. */
  readonly [PROC_DIRTYCONTROL_TRACK]: void;
  /** Marks the process as dirty, or as clean if `arg` is 0. */
  readonly [PROC_DIRTYCONTROL_SET]: void;
  /** The state of the process: a set of `PROC_DIRTY_*`. */
  readonly [PROC_DIRTYCONTROL_GET]: number;
  /** Clears flags: `arg` is a set of `PROC_DIRTY_*`. */
  readonly [PROC_DIRTYCONTROL_CLEAR]: void;
}

/** A flavor of {@linkcode dirtyControl}: a `PROC_DIRTYCONTROL_*` number. */
export type DirtyControlFlavor = keyof DirtyControlReplies;

/** The reply of each flavor. The compiler requires all flavors. */
export const DIRTY_CONTROL_REPLIES: {
  readonly [F in DirtyControlFlavor]: Reply<DirtyControlReplies[F]>;
} = {
  [PROC_DIRTYCONTROL_TRACK]: done,
  [PROC_DIRTYCONTROL_SET]: done,
  [PROC_DIRTYCONTROL_GET]: answer,
  [PROC_DIRTYCONTROL_CLEAR]: done,
};

/**
 * Queries or sets whether a process can be ended without loss.
 *
 * The kernel reports success for an unknown flavor and does nothing, so this function accepts known
 * flavors only.
 *
 * @param pid The process.
 * @param flavor The query or the setting: a `PROC_DIRTYCONTROL_*` number.
 * @param arg The argument of the flavor.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode trackDirty}, {@linkcode setDirty},
 * {@linkcode getDirty} and {@linkcode clearDirty}.
 * @throws {RangeError} A number is not a 32-bit integer, or the flavor is unknown.
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
  return read(querying(system.kernel, PROC_INFO_CALL_DIRTYCONTROL, pid32, flavor, arg64));
}

/**
 * Starts or changes the tracking of whether a process is dirty: `proc_track_dirty()`.
 *
 * A process can track itself and its children. Root can track every process.
 *
 * On macOS, the call can succeed without an effect if the system manages the process as an
 * application. On Linux, throws `ENOTSUP`: no process can be tracked.
 *
 * @param pid The process.
 * @param flags A set of `PROC_DIRTY_*`: whether the process is tracked, whether it may be ended
 * while it is clean, and when it may not.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if the flags cannot be combined, `ESRCH` if there is no such
 * process, `EPERM` if the process is neither the caller nor its child and the caller is not root,
 * `EBUSY` if the process is being ended, `ENOTSUP` if this system does not track processes.
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
 * A process that is marked as clean may be ended immediately.
 *
 * On Linux, throws `EINVAL`: no process is tracked.
 *
 * @param pid The process.
 * @param dirty True if ending the process would lose something.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if the process is not tracked, `EALREADY` if nothing changes,
 * `ESRCH` if there is no such process, `EPERM` if the caller may not signal it, `EBUSY` if it is
 * being ended.
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
 * Returns whether a process is tracked, is dirty, and may be ended: `proc_get_dirty()`.
 *
 * Any user can query any process, including zombies.
 *
 * On Linux, returns 0: no process is tracked.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @returns A set of `PROC_DIRTY_TRACKED`, `PROC_DIRTY_ALLOWS_IDLE_EXIT`, `PROC_DIRTY_IS_DIRTY` and
 * `PROC_DIRTY_LAUNCH_IS_IN_PROGRESS`; 0 if the process is not tracked.
 * @throws {ProcInfoError} `ESRCH` if there is no such process.
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
 * Clears flags that {@linkcode trackDirty} set: `proc_clear_dirty()`.
 *
 * On Linux, throws `EINVAL`: no process is tracked.
 *
 * @param pid The process.
 * @param flags A set of `PROC_DIRTY_DEFER`, `PROC_DIRTY_LAUNCH_IN_PROGRESS` and
 * `PROC_DIRTY_DEFER_ALWAYS`.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if the process is not tracked or `flags` contains none of these
 * flags, `ESRCH` if there is no such process, `EPERM` if the caller may not signal it, `EBUSY` if
 * it is being ended.
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
