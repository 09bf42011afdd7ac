/**
 * Queries of one process, with their names from libproc.h and libproc_internal.h.
 *
 * @module
 */
import { PROC_INFO_CALL_UDATA_INFO } from "../abi/callnum.ts";
import {
  PROC_PIDLISTDYNKQUEUES,
  PROC_PIDLISTUPTRS,
  PROC_PIDTHREADSCHEDINFO,
} from "../abi/pid_info.ts";
import type { ProcThreadSchedInfo } from "../abi/thread_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { querying, replyOf } from "../calls/reply.ts";
import { UDATA_INFO_REPLIES, type UdataInfoReplies } from "../calls/udata_info.ts";
import { int32, uint64 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";

export { canUseFgHw as procCanUseForegroundHw } from "../calls/can_use_fg_hw.ts";
export { pidDynKqueueInfo as procPiddynkqueueinfo } from "../calls/pid_dyn_kqueue_info.ts";
export { pidFdInfo as procPidfdinfo } from "../calls/pid_fd_info.ts";
export { pidFileportInfo as procPidfileportinfo } from "../calls/pid_fileport_info.ts";
export { pidInfo as procPidinfo } from "../calls/pid_info.ts";
export { pidOriginatorInfo as procPidoriginatorinfo } from "../calls/pid_originator_info.ts";
export { pidRusage as procPidRusage } from "../calls/pid_rusage.ts";

/**
 * Returns the user data of the kernel events of a process, and the ids of its dynamic kqueues:
 * `proc_list_uptrs()`.
 *
 * On Linux, the array is empty.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @returns The numbers, at most 16392.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` if the caller may not query
 * it.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { ProcInfoError, procListUptrs } from "@libproc/libproc/libproc";
 * import process from "node:process";
 *
 * try {
 *   console.log(procListUptrs(process.pid).length);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procListUptrs(
  pid: number,
  options: SystemOptions = {},
): BigUint64Array {
  const system = systemAlone(options);
  return pidInfo(pid, PROC_PIDLISTUPTRS, 0n, { system });
}

/**
 * Returns the ids of the dynamic kqueues of a process: `proc_list_dynkqueueids()`.
 *
 * On Linux, the array is empty: no process has dynamic kqueues.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @returns The ids, at most 131072.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` if the caller may not query
 * it.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { ProcInfoError, procListDynkqueueids } from "@libproc/libproc/libproc";
 * import process from "node:process";
 *
 * try {
 *   console.log(procListDynkqueueids(process.pid));
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procListDynkqueueids(
  pid: number,
  options: SystemOptions = {},
): BigUint64Array {
  const system = systemAlone(options);
  return pidInfo(pid, PROC_PIDLISTDYNKQUEUES, 0n, { system });
}

/**
 * Returns the scheduling information of the calling thread: `proc_current_thread_schedinfo()`.
 *
 * On macOS, available since 12. On Linux, `int_time_ns` is 0n: the kernel does not report the time
 * in interrupts of a thread.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if this system does not know the flavor.
 *
 * @example
 * ```ts
 * import { procCurrentThreadSchedinfo, ProcInfoError } from "@libproc/libproc/libproc";
 *
 * try {
 *   console.log(procCurrentThreadSchedinfo().int_time_ns);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procCurrentThreadSchedinfo(
  options: SystemOptions = {},
): ProcThreadSchedInfo {
  const system = systemAlone(options);
  return pidInfo(system.pid(), PROC_PIDTHREADSCHEDINFO, system.threadId(), { system });
}

/**
 * Reads or sets the 64 bits that the kernel keeps for the calling process: `proc_udata_info()`.
 *
 * They are 0n in a new process.
 *
 * On macOS, an `exec()` keeps the bits. On Linux, an `exec()` sets the bits to 0n. On Linux, the
 * bits are stored in a timer of the process that is never armed.
 *
 * @param pid The process, which must be the caller.
 * @param flavor `PROC_UDATA_INFO_GET` or `PROC_UDATA_INFO_SET`.
 * @param value The 64 bits to set. Unused by `PROC_UDATA_INFO_GET`.
 * @param options The system to query; this host by default.
 * @returns The 64 bits for `PROC_UDATA_INFO_GET`; undefined for `PROC_UDATA_INFO_SET`.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EACCES` if it is not the caller,
 * `ENOTSUP` if this system does not keep the bits.
 * @throws {RangeError} A number is not an integer of its C type, or the flavor is unknown.
 *
 * @example
 * ```ts
 * import { PROC_UDATA_INFO_GET, ProcInfoError, procUdataInfo } from "@libproc/libproc/libproc";
 * import process from "node:process";
 *
 * try {
 *   console.log(procUdataInfo(process.pid, PROC_UDATA_INFO_GET)); // 0n
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procUdataInfo<F extends keyof UdataInfoReplies>(
  pid: number,
  flavor: F,
  value: bigint | number = 0n,
  options: SystemOptions = {},
): UdataInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(UDATA_INFO_REPLIES, flavor);
  int32("pid", pid);
  const { bytes, view } = block(8);
  view.setBigUint64(0, uint64("value", value), true);
  // `PROC_UDATA_INFO_GET` reads into a buffer of its own.
  return read(querying(system.kernel, PROC_INFO_CALL_UDATA_INFO, pid, flavor, 0n, bytes));
}
