import { PROC_INFO_CALL_TERMINATE } from "../abi/callnum.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { querying, type Reply, signal } from "./reply.ts";

/** The reply of `PROC_INFO_CALL_TERMINATE`. */
export const TERMINATE_REPLY: Reply<number> = signal;

/**
 * Ends a process in the way in which the system ends processes when memory is short:
 * `proc_terminate()`.
 *
 * **This really ends the process.** The signal is `SIGKILL` for a process that is suspended, or
 * that is tracked and clean. For any other process, it is `SIGTERM`.
 *
 * On macOS, the kernel marks the process as ended even if it ignores the signal. On Linux, a
 * process that ignores `SIGTERM` keeps running.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @returns The number of the signal that was sent: 9 or 15.
 * @throws {ProcInfoError} `EINVAL` if `pid` is not positive, `ESRCH` if there is no such process or
 * it has ended, `EPERM` if the caller may not end the process, or is that process.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { ProcInfoError, terminate } from "@libproc/libproc/calls";
 * import { spawn } from "node:child_process";
 *
 * const { pid } = spawn("sleep", ["60"]);
 * try {
 *   console.log(terminate(pid!)); // 15
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // ESRCH: it has ended already
 * }
 * ```
 */
export function terminate(pid: number, options: SystemOptions = {}): number {
  const system = systemAlone(options);
  return TERMINATE_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_TERMINATE, int32("pid", pid), 0, 0n),
  );
}
