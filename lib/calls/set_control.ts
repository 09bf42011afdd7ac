import { PROC_INFO_CALL_SETCONTROL } from "../abi/callnum.ts";
import {
  PROC_SELFSET_DELAYIDLESLEEP,
  PROC_SELFSET_PCONTROL,
  PROC_SELFSET_THREADNAME,
  PROC_SELFSET_VMRSRCOWNER,
} from "../abi/set_control.ts";
import { flag, uint32, withoutNul } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { asking, done, type Reply } from "./reply.ts";

/** A setting that a process makes for itself: a `PROC_SELFSET_*` number. */
export type SetControlFlavor =
  | typeof PROC_SELFSET_PCONTROL
  | typeof PROC_SELFSET_THREADNAME
  | typeof PROC_SELFSET_VMRSRCOWNER
  | typeof PROC_SELFSET_DELAYIDLESLEEP;

/** How each setting is made. */
export const SET_CONTROL_REPLIES: { readonly [F in SetControlFlavor]: Reply<void> } = {
  [PROC_SELFSET_PCONTROL]: done,
  [PROC_SELFSET_THREADNAME]: done,
  [PROC_SELFSET_VMRSRCOWNER]: done,
  [PROC_SELFSET_DELAYIDLESLEEP]: done,
};

function setControl(
  flavor: SetControlFlavor,
  arg: bigint,
  input: Uint8Array | null,
  options: SystemOptions,
): void {
  const system = systemAlone(options);
  const ask = asking(system.kernel, PROC_INFO_CALL_SETCONTROL, system.pid(), flavor, arg, input);
  SET_CONTROL_REPLIES[flavor].read(ask);
}

/**
 * Sets what happens to the calling process when memory runs out: `proc_setpcontrol()`.
 *
 * macOS only: on Linux the kernel answers `ENOTSUP`.
 *
 * @param control A `PROC_SETPC_*` value: nothing, slowed down, suspended, ended.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` there is no such value, `ENOTSUP` this system cannot do it.
 * @throws {RangeError} `control` is not an integer from 0 to 4294967295.
 *
 * @example
 * ```ts
 * import { PROC_SETPC_NONE, ProcInfoError, setProcessControl } from "@libproc/libproc/calls";
 *
 * try {
 *   setProcessControl(PROC_SETPC_NONE);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function setProcessControl(
  control: number,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  const arg = BigInt(uint32("control", control));
  setControl(PROC_SELFSET_PCONTROL, arg, null, { system });
}

/**
 * Names the calling thread, as `pthread_setname_np()` does.
 *
 * Linux keeps the first 15 bytes only, and the name of the first thread is that of the process.
 *
 * @param name The name, 63 bytes of UTF-8 at most; an empty one takes the name away.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENAMETOOLONG` the name is longer, `ENOTSUP` this system cannot do it.
 * @throws {RangeError} The name has a NUL in it.
 *
 * @example
 * ```ts
 * import { ProcInfoError, setThreadName } from "@libproc/libproc/calls";
 *
 * try {
 *   setThreadName("listing processes");
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function setThreadName(
  name: string,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  const input = new TextEncoder().encode(withoutNul("name", name));
  setControl(PROC_SELFSET_THREADNAME, 0n, input, { system });
}

/**
 * Makes the calling process the owner of the memory that it maps for others:
 * `proc_set_owner_vmpressure()`.
 *
 * macOS only: on Linux it is `ENOTSUP` for root, and `EPERM` for other users.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EPERM` the caller is not root, `ENOTSUP` this system cannot do it.
 *
 * @example
 * ```ts
 * import { ProcInfoError, setVmResourceOwner } from "@libproc/libproc/calls";
 *
 * try {
 *   setVmResourceOwner();
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EPERM: not root
 * }
 * ```
 */
export function setVmResourceOwner(options: SystemOptions = {}): void {
  const system = systemAlone(options);
  setControl(PROC_SELFSET_VMRSRCOWNER, 0n, null, { system });
}

/**
 * Keeps the machine from falling asleep when idle while the calling process runs, or lets it again:
 * `proc_set_delayidlesleep()`, `proc_clear_delayidlesleep()`.
 *
 * macOS only: on Linux the kernel answers `ENOTSUP`.
 *
 * @param delay Whether it is kept awake.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENOTSUP` this system cannot do it.
 *
 * @example
 * ```ts
 * import { ProcInfoError, setDelayIdleSleep } from "@libproc/libproc/calls";
 *
 * try {
 *   setDelayIdleSleep(true);
 *   setDelayIdleSleep(false);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function setDelayIdleSleep(
  delay: boolean,
  options: SystemOptions = {},
): void {
  flag("delay", delay);
  const system = systemAlone(options);
  setControl(PROC_SELFSET_DELAYIDLESLEEP, delay ? 1n : 0n, null, { system });
}
