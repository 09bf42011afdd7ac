/**
 * The functions of macOS's libproc that are based on `__proc_info()`, public and private, except the
 * one for dyld, with their names in camel case: `proc_pid_rusage()` is `procPidRusage()`.
 *
 * The functions take the arguments of the C functions in the same order, except the buffer, which
 * they allocate. They return what the C functions write to the buffer, and throw an error if the C
 * functions report a failure, which those do in four different ways. The module also exports the
 * constants and structs of proc_info.h.
 *
 * The last parameter of each query is optional: the options, with the system to query if it is not
 * this host.
 *
 * @example List processes by the file they use
 * ```ts
 * import {
 *   PROC_ALL_PIDS,
 *   procListpidspath,
 *   procName,
 *   SystemCallError,
 * } from "@libproc/libproc/libproc";
 *
 * try {
 *   for (const pid of procListpidspath(PROC_ALL_PIDS, 0, "/")) console.log(pid, procName(pid));
 * } catch (error) {
 *   if (!(error instanceof SystemCallError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 *
 * @module
 */
export * from "../abi/mod.ts";
export { type CanUseFgHw, CanUseFgHwError } from "../calls/can_use_fg_hw.ts";
export type { ListCoalitionsFlavor } from "../calls/list_coalitions.ts";
export type {
  DynKqueueInfo,
  PidDynKqueueInfoFlavor,
  PidDynKqueueInfoReplies,
} from "../calls/pid_dyn_kqueue_info.ts";
export type { PidFdInfoFlavor, PidFdInfoReplies } from "../calls/pid_fd_info.ts";
export type { PidFileportInfoFlavor, PidFileportInfoReplies } from "../calls/pid_fileport_info.ts";
export type { ExitReason, PidInfoFlavor, PidInfoReplies } from "../calls/pid_info.ts";
export type {
  PidOriginatorInfoFlavor,
  PidOriginatorInfoReplies,
} from "../calls/pid_originator_info.ts";
export type { PidRusageFlavor, PidRusageReplies } from "../calls/pid_rusage.ts";
export { ShortAnswerError } from "../calls/reply.ts";
export type { UdataInfoReplies } from "../calls/udata_info.ts";
export type { ArgumentBytes, Timebase } from "../system/facts.ts";
export type { System, SystemOptions } from "../system/system.ts";
export { ProcInfoError, SystemCallError } from "../system/errors.ts";
export type { Kernel } from "../system/kernel.ts";
export { machToNanoseconds } from "../system/timebase.ts";
export * from "./arguments.ts";
export * from "./control.ts";
export * from "./info.ts";
export * from "./list_pids.ts";
export * from "./list_pids_path.ts";
export * from "./name.ts";
export * from "./time.ts";
export * from "./system.ts";
