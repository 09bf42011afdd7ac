import { type AuditToken, auditToken } from "../abi/audit_token.ts";
import {
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
  PROC_INFO_CALL_TERMINATE_AUDITTOKEN,
} from "../abi/callnum.ts";
import { array, int32, object, uint32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";
import { done, querying, type Reply, signal } from "./reply.ts";

/** The reply of `PROC_INFO_CALL_SIGNAL_AUDITTOKEN`. */
export const SIGNAL_AUDIT_TOKEN_REPLY: Reply<void> = done;

/** The reply of `PROC_INFO_CALL_TERMINATE_AUDITTOKEN`. */
export const TERMINATE_AUDIT_TOKEN_REPLY: Reply<number> = signal;

const WORDS = 8;

/** Returns `token`, or throws a `RangeError` that names the invalid argument. */
export function checkedAuditToken(name: string, token: AuditToken): AuditToken {
  const val = array(`${name}.val`, object(name, token).val);
  if (val.length !== WORDS) {
    throw new RangeError(
      `Cannot pass ${name} as it must have ${WORDS} numbers: there are ${val.length}`,
    );
  }
  // Array.from() also visits the holes of a sparse array.
  Array.from(val, (value, i) => uint32(`${name}.val[${i}]`, value));
  return token;
}

function encoded(token: AuditToken): Uint8Array {
  const { bytes } = block(auditToken.size);
  auditToken.encode(checkedAuditToken("token", token), bytes);
  return bytes;
}

/**
 * Sends a signal to the process of an audit token: `proc_signal_with_audittoken()`.
 *
 * **The signal is really sent.** A token identifies one identity of a process: a later process that
 * reuses the pid does not get the signal.
 *
 * On macOS, available since 14.2. On Linux, throws `ENOTSUP` for the signals 7 and 29, which do not
 * exist there.
 *
 * @param token The token. The kernel reads the pid from `val[5]` and its version from `val[7]`.
 * @param number The signal, by Darwin's number on every system: 1 to 31. Signal 0, which would only
 * check whether a signal can be sent, is `EINVAL`.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if there is no such signal, `ESRCH` if there is no such process
 * or its version differs, `EPERM` if the caller may not signal it.
 * @throws {RangeError} A number is not a 32-bit integer, or the token does not have 8 of them.
 *
 * @example
 * ```ts ignore needs macOS 14.2 or Linux
 * import { pidInfo, PROC_PIDUNIQIDENTIFIERINFO, signalAuditToken } from "@libproc/libproc/calls";
 *
 * const pid = 4242;
 * const { p_idversion } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
 * // Later, when another process may have the same id:
 * signalAuditToken({ val: [0, 0, 0, 0, 0, pid, 0, p_idversion >>> 0] }, 15);
 * ```
 */
export function signalAuditToken(
  token: AuditToken,
  number: number,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  const flavor = int32("number", number);
  const input = encoded(token);
  SIGNAL_AUDIT_TOKEN_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_SIGNAL_AUDITTOKEN, 0, flavor, 0n, input),
  );
}

/**
 * Ends the process of an audit token: `proc_terminate_with_audittoken()`.
 *
 * **This really ends the process**, as `terminate()` does.
 *
 * On macOS, available since 14.4. On Linux, available in every version.
 *
 * @param token The token. The kernel reads the pid from `val[5]` and its version from `val[7]`.
 * @param options The system to query; this host by default.
 * @returns The number of the signal that was sent: 9 or 15.
 * @throws {ProcInfoError} `ESRCH` if there is no such process or its version differs, `EPERM` if
 * the caller may not end the process, or is that process.
 * @throws {RangeError} A number is not a 32-bit integer, or the token does not have 8 of them.
 *
 * @example
 * ```ts ignore needs macOS 14.4 or Linux
 * import { pidInfo, PROC_PIDUNIQIDENTIFIERINFO, terminateAuditToken } from "@libproc/libproc/calls";
 *
 * const pid = 4242;
 * const { p_idversion } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
 * // Later, when another process may have the same id:
 * console.log(terminateAuditToken({ val: [0, 0, 0, 0, 0, pid, 0, p_idversion >>> 0] })); // 15
 * ```
 */
export function terminateAuditToken(
  token: AuditToken,
  options: SystemOptions = {},
): number {
  const system = systemAlone(options);
  const input = encoded(token);
  return TERMINATE_AUDIT_TOKEN_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_TERMINATE_AUDITTOKEN, 0, 0, 0n, input),
  );
}
