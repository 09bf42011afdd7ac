/**
 * Functions that change a setting of a process, track dirty processes, or end processes, with their
 * names from libproc.h and libproc_internal.h.
 *
 * @module
 */
import { setDelayIdleSleep } from "../calls/set_control.ts";
import type { SystemOptions } from "../system/system.ts";

export {
  signalAuditToken as procSignalWithAudittoken,
  terminateAuditToken as procTerminateWithAudittoken,
} from "../calls/audit_token.ts";
export {
  delegateSignal as procSignalDelegate,
  delegateTerminate as procTerminateDelegate,
} from "../calls/delegate.ts";
export {
  clearDirty as procClearDirty,
  getDirty as procGetDirty,
  setDirty as procSetDirty,
  trackDirty as procTrackDirty,
} from "../calls/dirty_control.ts";
export {
  setProcessControl as procSetpcontrol,
  setThreadName as procSetthreadname,
  setVmResourceOwner as procSetOwnerVmpressure,
} from "../calls/set_control.ts";
export { terminate as procTerminate } from "../calls/terminate.ts";
export { terminateRsr as procTerminateAllRsr } from "../calls/terminate_rsr.ts";

/**
 * Prevents idle sleep of the machine while the calling process runs: `proc_set_delayidlesleep()`.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENOTSUP` if this system does not have the setting.
 *
 * @example
 * ```ts
 * import {
 *   procClearDelayidlesleep,
 *   ProcInfoError,
 *   procSetDelayidlesleep,
 * } from "@libproc/libproc/libproc";
 *
 * try {
 *   procSetDelayidlesleep();
 *   procClearDelayidlesleep();
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procSetDelayidlesleep(options?: SystemOptions): void {
  setDelayIdleSleep(true, options);
}

/**
 * Permits idle sleep of the machine again: `proc_clear_delayidlesleep()`.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENOTSUP` if this system does not have the setting.
 *
 * @example
 * ```ts
 * import { procClearDelayidlesleep, ProcInfoError } from "@libproc/libproc/libproc";
 *
 * try {
 *   procClearDelayidlesleep();
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procClearDelayidlesleep(options?: SystemOptions): void {
  setDelayIdleSleep(false, options);
}
