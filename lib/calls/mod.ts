/**
 * The calls of macOS's `__proc_info()`, each as a function that asks, checks and decodes.
 *
 * There is a function for each callnum, or a few. Where a call has flavors, the flavor decides the
 * type of what comes back: a struct under its C names, a list that is complete, text or a number.
 * The flavors are the constants of the contract, which come along with its structs. Numbers are
 * checked before the kernel sees them, its refusals are thrown, and lists are asked for with more room
 * until nothing is missing.
 *
 * The last parameter is always optional: which kernel is asked, if not this host's. What Linux cannot
 * answer is thrown there as `ENOTSUP`.
 *
 * @example The descriptors of this process
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
export type * from "../system/table.ts";
export type * from "../system/details.ts";
export type * from "../system/system.ts";
export { ProcInfoError, SystemCallError } from "../system/errors.ts";
export type { Kernel } from "../system/kernel.ts";
export {
  SIGNAL_AUDIT_TOKEN_REPLY,
  signalAuditToken,
  TERMINATE_AUDIT_TOKEN_REPLY,
  terminateAuditToken,
} from "./audit_token.ts";
export {
  CAN_USE_FG_HW_REPLY,
  type CanUseFgHw,
  canUseFgHw,
  CanUseFgHwError,
} from "./can_use_fg_hw.ts";
export {
  DELEGATE_SIGNAL_REPLY,
  DELEGATE_TERMINATE_REPLY,
  delegateSignal,
  delegateTerminate,
} from "./delegate.ts";
export {
  clearDirty,
  DIRTY_CONTROL_REPLIES,
  dirtyControl,
  type DirtyControlFlavor,
  type DirtyControlReplies,
  getDirty,
  setDirty,
  trackDirty,
} from "./dirty_control.ts";
export { KERN_MSG_BUF_REPLY, kernMsgBuf } from "./kern_msg_buf.ts";
export {
  LIST_COALITIONS_REPLIES,
  listCoalitions,
  type ListCoalitionsFlavor,
} from "./list_coalitions.ts";
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
  PID_DYN_KQUEUE_INFO_REPLIES,
  pidDynKqueueInfo,
  type PidDynKqueueInfoFlavor,
  type PidDynKqueueInfoReplies,
} from "./pid_dyn_kqueue_info.ts";
export {
  PID_FD_INFO_REPLIES,
  pidFdInfo,
  type PidFdInfoFlavor,
  type PidFdInfoReplies,
} from "./pid_fd_info.ts";
export {
  PID_FILEPORT_INFO_REPLIES,
  pidFileportInfo,
  type PidFileportInfoFlavor,
  type PidFileportInfoReplies,
} from "./pid_fileport_info.ts";
export {
  type ExitReason,
  PID_INFO_REPLIES,
  pidInfo,
  type PidInfoFlavor,
  pidInfoOf,
  type PidInfoReplies,
  type ProcessIdentity,
} from "./pid_info.ts";
export {
  PID_ORIGINATOR_INFO_REPLIES,
  pidOriginatorInfo,
  type PidOriginatorInfoFlavor,
  type PidOriginatorInfoReplies,
} from "./pid_originator_info.ts";
export {
  newestPidRusage,
  type NewestRusage,
  PID_RUSAGE_REPLIES,
  pidRusage,
  type PidRusageFlavor,
  type PidRusageReplies,
} from "./pid_rusage.ts";
export { procInfo } from "./proc_info.ts";
export { fileSystemId, type RegionFlavor, regions } from "./regions.ts";
export { type Ask, type Reply, type Returns, ShortAnswerError } from "./reply.ts";
export {
  SET_CONTROL_REPLIES,
  type SetControlFlavor,
  setDelayIdleSleep,
  setProcessControl,
  setThreadName,
  setVmResourceOwner,
} from "./set_control.ts";
export { SET_DYLD_IMAGES_REPLY, setDyldImages } from "./set_dyld_images.ts";
export { terminate, TERMINATE_REPLY } from "./terminate.ts";
export { TERMINATE_RSR_REPLY, terminateRsr } from "./terminate_rsr.ts";
export { getUdata, setUdata, UDATA_INFO_REPLIES, type UdataInfoReplies } from "./udata_info.ts";
