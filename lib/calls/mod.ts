/**
 * The calls of macOS's `__proc_info()`, and `sysctl()` with `KERN_PROC`: a function makes a call,
 * checks its result and decodes it.
 *
 * Each callnum has one or a few functions. If a call has flavors, the flavor determines the type of
 * the result: a struct with its C names, a complete list, text or a number. The flavors are
 * constants of this module, as are the layouts of the structs. Arguments are checked before the
 * kernel gets them, errors of the kernel are thrown, and lists are read with increasing room until
 * they are complete.
 *
 * The last parameter of each query is optional: the options, with the system to query if it is not
 * this host.
 *
 * On Linux, a query that the system cannot answer throws `ENOTSUP`.
 *
 * @example The file descriptors of this process
 * ```ts
 * import { pidInfo, PROC_PIDLISTFDS, ProcInfoError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   for (const { proc_fd, proc_fdtype } of pidInfo(process.pid, PROC_PIDLISTFDS)) {
 *     console.log(proc_fd, proc_fdtype);
 *   }
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 *
 * @module
 */

export * from "../abi/mod.ts";
export type * from "../system/facts.ts";
export type { System, SystemOptions } from "../system/system.ts";
export type { TableFact, TableReader, TableReaderOptions } from "../system/table.ts";
export { ProcInfoError, SystemCallError } from "../system/errors.ts";
export type { Kernel } from "../system/kernel.ts";
export { signalAuditToken, terminateAuditToken } from "./audit_token.ts";
export { type CanUseFgHw, canUseFgHw, CanUseFgHwError } from "./can_use_fg_hw.ts";
export { delegateSignal, delegateTerminate } from "./delegate.ts";
export {
  clearDirty,
  dirtyControl,
  type DirtyControlFlavor,
  type DirtyControlReplies,
  getDirty,
  setDirty,
  trackDirty,
} from "./dirty_control.ts";
export { kernMsgBuf } from "./kern_msg_buf.ts";
export { getKinfoProc, type KinfoProcFilter, listKinfoProcs } from "./kinfo_proc.ts";
export { listCoalitions, type ListCoalitionsFlavor } from "./list_coalitions.ts";
export {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  listPids,
} from "./list_pids.ts";
export {
  type DynKqueueInfo,
  pidDynKqueueInfo,
  type PidDynKqueueInfoFlavor,
  type PidDynKqueueInfoReplies,
} from "./pid_dyn_kqueue_info.ts";
export { pidFdInfo, type PidFdInfoFlavor, type PidFdInfoReplies } from "./pid_fd_info.ts";
export {
  pidFileportInfo,
  type PidFileportInfoFlavor,
  type PidFileportInfoReplies,
} from "./pid_fileport_info.ts";
export {
  type ExitReason,
  pidInfo,
  type PidInfoFlavor,
  pidInfoOf,
  type PidInfoReplies,
  type ProcessIdentity,
} from "./pid_info.ts";
export {
  pidOriginatorInfo,
  type PidOriginatorInfoFlavor,
  type PidOriginatorInfoReplies,
} from "./pid_originator_info.ts";
export {
  newestPidRusage,
  type NewestRusage,
  pidRusage,
  type PidRusageFlavor,
  type PidRusageReplies,
} from "./pid_rusage.ts";
export { procInfo } from "./proc_info.ts";
export { fileSystemId, type RegionFlavor, regions } from "./regions.ts";
export { type Query as Ask, type Reply, type Returns, ShortAnswerError } from "./reply.ts";
export {
  type SetControlFlavor,
  setDelayIdleSleep,
  setProcessControl,
  setThreadName,
  setVmResourceOwner,
} from "./set_control.ts";
export { setDyldImages } from "./set_dyld_images.ts";
export { terminate } from "./terminate.ts";
export { terminateRsr } from "./terminate_rsr.ts";
export { getUdata, setUdata, type UdataInfoReplies } from "./udata_info.ts";
