import { PROC_INFO_CALL_TERMINATE_RSR } from "../abi/callnum.ts";
import { uint32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { querying, type Reply, signal } from "./reply.ts";

/** The reply of `PROC_INFO_CALL_TERMINATE_RSR`. */
export const TERMINATE_RSR_REPLY: Reply<number> = signal;

/**
 * Signals every process whose program a rapid security response replaced:
 * `proc_terminate_all_rsr()`.
 *
 * **This really ends the processes.** The kernel stops at the first process that the caller may not
 * signal. The processes before it have been signalled.
 *
 * On macOS, available since 13. On Linux, throws `ENOTSUP`.
 *
 * @param number The signal: 9 or 15.
 * @param options The system to query; this host by default.
 * @returns The number of the signal, even if there was no such process.
 * @throws {ProcInfoError} `EINVAL` if the signal is neither 9 nor 15, `EPERM` if the caller may not
 * signal one of the processes.
 * @throws {RangeError} `number` is not a 32-bit integer.
 *
 * @example
 * ```ts ignore may end processes of this machine
 * import { ProcInfoError, terminateRsr } from "@libproc/libproc/calls";
 *
 * try {
 *   terminateRsr(15);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EPERM: one is another user's
 * }
 * ```
 */
export function terminateRsr(
  number: number,
  options: SystemOptions = {},
): number {
  const system = systemAlone(options);
  const arg = BigInt(uint32("number", number));
  return TERMINATE_RSR_REPLY.read(querying(system.kernel, PROC_INFO_CALL_TERMINATE_RSR, 0, 0, arg));
}
