import { type AuditToken, procDelegatedSignalInfo } from "../abi/audit_token.ts";
import {
  PROC_INFO_CALL_DELEGATE_SIGNAL,
  PROC_INFO_CALL_DELEGATE_TERMINATE,
} from "../abi/callnum.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";
import { checkedAuditToken } from "./audit_token.ts";
import { done, querying, type Reply, signal } from "./reply.ts";

/** The reply of `PROC_INFO_CALL_DELEGATE_SIGNAL`. */
export const DELEGATE_SIGNAL_REPLY: Reply<void> = done;

/** The reply of `PROC_INFO_CALL_DELEGATE_TERMINATE`. */
export const DELEGATE_TERMINATE_REPLY: Reply<number> = signal;

function encoded(instigator: AuditToken, target: AuditToken): Uint8Array {
  const { bytes } = block(procDelegatedSignalInfo.size);
  procDelegatedSignalInfo.encode({
    instigator: checkedAuditToken("instigator", instigator),
    target: checkedAuditToken("target", target),
  }, bytes);
  return bytes;
}

/**
 * Sends a signal on behalf of another process: `proc_signal_delegate()`.
 *
 * **The signal is really sent** if the instigator may send it. The caller needs the entitlement
 * `com.apple.private.delegate-signals`.
 *
 * On macOS, available since 15. On Linux, always throws `EPERM`: no process has the entitlement.
 *
 * @param instigator The token of the process on whose behalf the signal is sent.
 * @param target The token of the process that gets the signal.
 * @param number The signal, by Darwin's number on every system: 1 to 31.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EPERM` if the caller does not have the entitlement or the instigator may
 * not signal the target, `EINVAL` if there is no such signal, `ESRCH` if one of the processes does
 * not exist or its version differs.
 * @throws {RangeError} A number is not a 32-bit integer, or a token does not have 8 of them.
 *
 * @example
 * ```ts ignore needs an entitlement of Apple's
 * import { delegateSignal, ProcInfoError } from "@libproc/libproc/calls";
 *
 * const client = { val: [501, 501, 20, 501, 20, 4000, 100001, 8100] };
 * const target = { val: [501, 501, 20, 501, 20, 4242, 100001, 8765] };
 * try {
 *   delegateSignal(client, target, 15);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EPERM: no entitlement
 * }
 * ```
 */
export function delegateSignal(
  instigator: AuditToken,
  target: AuditToken,
  number: number,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  const flavor = int32("number", number);
  const input = encoded(instigator, target);
  DELEGATE_SIGNAL_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_DELEGATE_SIGNAL, 0, flavor, 0n, input),
  );
}

/**
 * Ends a process on behalf of another: `proc_terminate_delegate()`.
 *
 * **This really ends the process**, as `terminate()` does, if the instigator may end it. The caller
 * needs the entitlement `com.apple.private.delegate-signals`.
 *
 * On macOS, available since 15. On Linux, always throws `EPERM`: no process has the entitlement.
 *
 * @param instigator The token of the process on whose behalf the target is ended.
 * @param target The token of the process that is ended.
 * @param options The system to query; this host by default.
 * @returns The number of the signal that was sent: 9 or 15.
 * @throws {ProcInfoError} `EPERM` if the caller does not have the entitlement, or if the instigator
 * may not end the target or is the target; `ESRCH` if one of the processes does not exist or its
 * version differs.
 * @throws {RangeError} A number is not a 32-bit integer, or a token does not have 8 of them.
 *
 * @example
 * ```ts ignore needs an entitlement of Apple's
 * import { delegateTerminate, ProcInfoError } from "@libproc/libproc/calls";
 *
 * const client = { val: [501, 501, 20, 501, 20, 4000, 100001, 8100] };
 * const target = { val: [501, 501, 20, 501, 20, 4242, 100001, 8765] };
 * try {
 *   console.log(delegateTerminate(client, target)); // 15
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EPERM: no entitlement
 * }
 * ```
 */
export function delegateTerminate(
  instigator: AuditToken,
  target: AuditToken,
  options: SystemOptions = {},
): number {
  const system = systemAlone(options);
  const input = encoded(instigator, target);
  return DELEGATE_TERMINATE_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_DELEGATE_TERMINATE, 0, 0, 0n, input),
  );
}
