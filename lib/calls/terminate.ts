import { PROC_INFO_CALL_TERMINATE } from "../abi/callnum.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { asking, type Reply, signal } from "./reply.ts";

/** How a process is ended. */
export const TERMINATE_REPLY: Reply<number> = signal;

/**
 * Ends a process as the system does when memory is short: `proc_terminate()`.
 *
 * **This really ends it.** The kernel chooses the signal: `SIGKILL` for a process that is tracked and
 * clean or that is suspended, `SIGTERM` for any other. On macOS even one that ignores the signal is
 * marked as ended.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @returns The number of the signal: 9 or 15.
 * @throws {ProcInfoError} `EINVAL` the id is not positive, `ESRCH` there is no such process or it has
 * ended, `EPERM` it may not be ended by the caller, or is the caller.
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
    asking(system.kernel, PROC_INFO_CALL_TERMINATE, int32("pid", pid), 0, 0n),
  );
}
