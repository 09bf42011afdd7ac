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
import { done, querying, type Reply } from "./reply.ts";

/** A setting that a process can change for itself: a `PROC_SELFSET_*` number. */
export type SetControlFlavor =
  | typeof PROC_SELFSET_PCONTROL
  | typeof PROC_SELFSET_THREADNAME
  | typeof PROC_SELFSET_VMRSRCOWNER
  | typeof PROC_SELFSET_DELAYIDLESLEEP;

/** The reply of each flavor. */
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
  const query = querying(
    system.kernel,
    PROC_INFO_CALL_SETCONTROL,
    system.pid(),
    flavor,
    arg,
    input,
  );
  SET_CONTROL_REPLIES[flavor].read(query);
}

/**
 * Sets the action that the kernel takes on the calling process when memory runs out:
 * `proc_setpcontrol()`.
 *
 * On Linux, throws `ENOTSUP`.
 *
 * @param control The action: a `PROC_SETPC_*` value. The process is left alone, slowed down,
 * suspended or ended.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if there is no such value, `ENOTSUP` if this system does not
 * have the setting.
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
 * Sets the name of the calling thread, like `pthread_setname_np()`.
 *
 * On Linux, only the first 15 bytes of the name are kept. On Linux, the name of the main thread is
 * the name of the process.
 *
 * @param name The name, at most 63 bytes of UTF-8. An empty string removes the name.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENAMETOOLONG` if the name is longer, `ENOTSUP` if this system cannot
 * name threads.
 * @throws {RangeError} The name contains a NUL.
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
 * Makes the calling process the owner of the memory that it maps for other processes:
 * `proc_set_owner_vmpressure()`.
 *
 * On Linux, throws `ENOTSUP` if the caller is root. On Linux, throws `EPERM` if the caller is not
 * root.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EPERM` if the caller is not root, `ENOTSUP` if this system does not have
 * the setting.
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
 * Prevents or permits idle sleep of the machine while the calling process runs:
 * `proc_set_delayidlesleep()`, `proc_clear_delayidlesleep()`.
 *
 * On Linux, throws `ENOTSUP`.
 *
 * @param delay True to prevent idle sleep, false to permit it again.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENOTSUP` if this system does not have the setting.
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
