/**
 * The layouts of all structs, by their C names.
 *
 * @module
 */

import type { Struct } from "../layout/struct.ts";
import {
  type AppletalkFdInfo,
  appletalkFdInfo,
  type AppletalkInfo,
  appletalkInfo,
} from "./appletalk_info.ts";
import { type ProcArchInfo, procArchInfo } from "./arch_info.ts";
import {
  type AuditToken,
  auditToken,
  type ProcDelegatedSignalInfo,
  procDelegatedSignalInfo,
} from "./audit_token.ts";
import {
  type ProcBsdInfo,
  procBsdInfo,
  type ProcBsdInfoWithUniqId,
  procBsdInfoWithUniqId,
  type ProcBsdShortInfo,
  procBsdShortInfo,
} from "./bsd_info.ts";
import {
  type ChannelFdInfo,
  channelFdInfo,
  type ProcChannelInfo,
  procChannelInfo,
} from "./channel_info.ts";
import { type ProcPidCoalitionInfo, procPidCoalitionInfo } from "./coalition_info.ts";
import {
  type ProcExitReasonBasicInfo,
  procExitReasonBasicInfo,
  type ProcExitReasonInfo,
  procExitReasonInfo,
} from "./exit_reason.ts";
import { type ProcFdInfo, procFdInfo, type ProcFileportInfo, procFileportInfo } from "./fd_info.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type InSockInfo, inSockInfo, type TcpSockInfo, tcpSockInfo } from "./in_sockinfo.ts";
import { type ProcIpcTableInfo, procIpcTableInfo } from "./ipc_table_info.ts";
import {
  type Eproc,
  eproc,
  type ExternProc,
  externProc,
  type Itimerval,
  itimerval,
  type KinfoProc,
  kinfoProc,
  type Pcred,
  pcred,
  type Timeval,
  timeval,
  type Ucred,
  ucred,
  type Vmspace,
  vmspace,
} from "./kinfo_proc.ts";
import {
  type KeventExtInfo,
  keventExtInfo,
  type KeventQos,
  keventQos,
  type KqueueDynInfo,
  kqueueDynInfo,
  type KqueueFdInfo,
  kqueueFdInfo,
  type KqueueInfo,
  kqueueInfo,
} from "./kqueue_info.ts";
import { type ProcInfoCoalInfo, procInfoCoalInfo } from "./list_coalitions.ts";
import { type ProcOriginatorInfo, procOriginatorInfo } from "./pid_originator_info.ts";
import { type PipeFdInfo, pipeFdInfo, type PipeInfo, pipeInfo } from "./pipe_info.ts";
import { type PsemFdInfo, psemFdInfo, type PsemInfo, psemInfo } from "./psem_info.ts";
import { type PshmFdInfo, pshmFdInfo, type PshmInfo, pshmInfo } from "./pshm_info.ts";
import {
  type ProcRegionInfo,
  procRegionInfo,
  type ProcRegionPath,
  procRegionPath,
  type ProcRegionWithPathInfo,
  procRegionWithPathInfo,
} from "./region_info.ts";
import { type ProcRlimitControlWakeupmon, procRlimitControlWakeupmon } from "./rlimit_control.ts";
import {
  type RusageInfoV0,
  rusageInfoV0,
  type RusageInfoV1,
  rusageInfoV1,
  type RusageInfoV2,
  rusageInfoV2,
  type RusageInfoV3,
  rusageInfoV3,
  type RusageInfoV4,
  rusageInfoV4,
  type RusageInfoV5,
  rusageInfoV5,
  type RusageInfoV6,
  rusageInfoV6,
} from "./rusage_info.ts";
import {
  type In4In6Addr,
  in4In6Addr,
  type In6Addr,
  in6Addr,
  type InAddr,
  inAddr,
  type SockaddrUn,
  sockaddrUn,
} from "./socket_address.ts";
import {
  type KernCtlInfo,
  kernCtlInfo,
  type KernEventInfo,
  kernEventInfo,
  type NdrvInfo,
  ndrvInfo,
  type SockbufInfo,
  sockbufInfo,
  type SocketFdInfo,
  socketFdInfo,
  type SocketInfo,
  socketInfo,
  type VsockSockInfo,
  vsockSockInfo,
} from "./socket_info.ts";
import {
  type ProcTaskAllInfo,
  procTaskAllInfo,
  type ProcTaskInfo,
  procTaskInfo,
} from "./task_info.ts";
import {
  type ProcThreadCounts,
  procThreadCounts,
  type ProcThreadCountsData,
  procThreadCountsData,
} from "./thread_counts.ts";
import {
  type ProcThreadInfo,
  procThreadInfo,
  type ProcThreadSchedInfo,
  procThreadSchedInfo,
  type ProcThreadWithPathInfo,
  procThreadWithPathInfo,
} from "./thread_info.ts";
import { type UnSockInfo, unSockInfo } from "./un_sockinfo.ts";
import { type ProcUniqIdentifierInfo, procUniqIdentifierInfo } from "./unique_id.ts";
import { type VmRtFaultRecord, vmRtFaultRecord } from "./vm_rtfault_info.ts";
import {
  type Fsid,
  fsid,
  type ProcVnodePathInfo,
  procVnodePathInfo,
  type VinfoStat,
  vinfoStat,
  type VnodeFdInfo,
  vnodeFdInfo,
  type VnodeFdInfoWithPath,
  vnodeFdInfoWithPath,
  type VnodeInfo,
  vnodeInfo,
  type VnodeInfoPath,
  vnodeInfoPath,
} from "./vnode_info.ts";
import { type ProcWorkqueueInfo, procWorkqueueInfo } from "./workqueue_info.ts";

/** The layout of every struct, by its C name without `struct`. */
export interface Structs {
  /** See {@linkcode ProcBsdInfo}. */
  readonly proc_bsdinfo: Struct<ProcBsdInfo>;
  /** See {@linkcode ProcBsdShortInfo}. */
  readonly proc_bsdshortinfo: Struct<ProcBsdShortInfo>;
  /** See {@linkcode ProcTaskInfo}. */
  readonly proc_taskinfo: Struct<ProcTaskInfo>;
  /** See {@linkcode ProcTaskAllInfo}. */
  readonly proc_taskallinfo: Struct<ProcTaskAllInfo>;
  /** See {@linkcode ProcThreadInfo}. */
  readonly proc_threadinfo: Struct<ProcThreadInfo>;
  /** See {@linkcode ProcRegionInfo}. */
  readonly proc_regioninfo: Struct<ProcRegionInfo>;
  /** See {@linkcode ProcWorkqueueInfo}. */
  readonly proc_workqueueinfo: Struct<ProcWorkqueueInfo>;
  /** See {@linkcode ProcFileInfo}. */
  readonly proc_fileinfo: Struct<ProcFileInfo>;
  /** See {@linkcode ProcExitReasonBasicInfo}. */
  readonly proc_exitreasonbasicinfo: Struct<ProcExitReasonBasicInfo>;
  /** See {@linkcode ProcExitReasonInfo}. */
  readonly proc_exitreasoninfo: Struct<ProcExitReasonInfo>;
  /** See {@linkcode VinfoStat}. */
  readonly vinfo_stat: Struct<VinfoStat>;
  /** See {@linkcode VnodeInfo}. */
  readonly vnode_info: Struct<VnodeInfo>;
  /** See {@linkcode VnodeInfoPath}. */
  readonly vnode_info_path: Struct<VnodeInfoPath>;
  /** See {@linkcode VnodeFdInfo}. */
  readonly vnode_fdinfo: Struct<VnodeFdInfo>;
  /** See {@linkcode VnodeFdInfoWithPath}. */
  readonly vnode_fdinfowithpath: Struct<VnodeFdInfoWithPath>;
  /** See {@linkcode ProcRegionWithPathInfo}. */
  readonly proc_regionwithpathinfo: Struct<ProcRegionWithPathInfo>;
  /** See {@linkcode ProcRegionPath}. */
  readonly proc_regionpath: Struct<ProcRegionPath>;
  /** See {@linkcode ProcVnodePathInfo}. */
  readonly proc_vnodepathinfo: Struct<ProcVnodePathInfo>;
  /** See {@linkcode ProcThreadWithPathInfo}. */
  readonly proc_threadwithpathinfo: Struct<ProcThreadWithPathInfo>;
  /** See {@linkcode In4In6Addr}. */
  readonly in4in6_addr: Struct<In4In6Addr>;
  /** See {@linkcode InSockInfo}. */
  readonly in_sockinfo: Struct<InSockInfo>;
  /** See {@linkcode TcpSockInfo}. */
  readonly tcp_sockinfo: Struct<TcpSockInfo>;
  /** See {@linkcode UnSockInfo}. */
  readonly un_sockinfo: Struct<UnSockInfo>;
  /** See {@linkcode NdrvInfo}. */
  readonly ndrv_info: Struct<NdrvInfo>;
  /** See {@linkcode KernEventInfo}. */
  readonly kern_event_info: Struct<KernEventInfo>;
  /** See {@linkcode KernCtlInfo}. */
  readonly kern_ctl_info: Struct<KernCtlInfo>;
  /** See {@linkcode VsockSockInfo}. */
  readonly vsock_sockinfo: Struct<VsockSockInfo>;
  /** See {@linkcode SockbufInfo}. */
  readonly sockbuf_info: Struct<SockbufInfo>;
  /** See {@linkcode SocketInfo}. */
  readonly socket_info: Struct<SocketInfo>;
  /** See {@linkcode SocketFdInfo}. */
  readonly socket_fdinfo: Struct<SocketFdInfo>;
  /** See {@linkcode PsemInfo}. */
  readonly psem_info: Struct<PsemInfo>;
  /** See {@linkcode PsemFdInfo}. */
  readonly psem_fdinfo: Struct<PsemFdInfo>;
  /** See {@linkcode PshmInfo}. */
  readonly pshm_info: Struct<PshmInfo>;
  /** See {@linkcode PshmFdInfo}. */
  readonly pshm_fdinfo: Struct<PshmFdInfo>;
  /** See {@linkcode PipeInfo}. */
  readonly pipe_info: Struct<PipeInfo>;
  /** See {@linkcode PipeFdInfo}. */
  readonly pipe_fdinfo: Struct<PipeFdInfo>;
  /** See {@linkcode KqueueInfo}. */
  readonly kqueue_info: Struct<KqueueInfo>;
  /** See {@linkcode KqueueDynInfo}. */
  readonly kqueue_dyninfo: Struct<KqueueDynInfo>;
  /** See {@linkcode KqueueFdInfo}. */
  readonly kqueue_fdinfo: Struct<KqueueFdInfo>;
  /** See {@linkcode AppletalkInfo}. */
  readonly appletalk_info: Struct<AppletalkInfo>;
  /** See {@linkcode AppletalkFdInfo}. */
  readonly appletalk_fdinfo: Struct<AppletalkFdInfo>;
  /** See {@linkcode ProcFdInfo}. */
  readonly proc_fdinfo: Struct<ProcFdInfo>;
  /** See {@linkcode ProcFileportInfo}. */
  readonly proc_fileportinfo: Struct<ProcFileportInfo>;
  /** See {@linkcode ProcChannelInfo}. */
  readonly proc_channel_info: Struct<ProcChannelInfo>;
  /** See {@linkcode ChannelFdInfo}. */
  readonly channel_fdinfo: Struct<ChannelFdInfo>;
  /** See {@linkcode ProcUniqIdentifierInfo}. */
  readonly proc_uniqidentifierinfo: Struct<ProcUniqIdentifierInfo>;
  /** See {@linkcode ProcBsdInfoWithUniqId}. */
  readonly proc_bsdinfowithuniqid: Struct<ProcBsdInfoWithUniqId>;
  /** See {@linkcode ProcArchInfo}. */
  readonly proc_archinfo: Struct<ProcArchInfo>;
  /** See {@linkcode ProcPidCoalitionInfo}. */
  readonly proc_pidcoalitioninfo: Struct<ProcPidCoalitionInfo>;
  /** See {@linkcode ProcOriginatorInfo}. */
  readonly proc_originatorinfo: Struct<ProcOriginatorInfo>;
  /** See {@linkcode ProcIpcTableInfo}. */
  readonly proc_ipctableinfo: Struct<ProcIpcTableInfo>;
  /** See {@linkcode ProcThreadSchedInfo}. */
  readonly proc_threadschedinfo: Struct<ProcThreadSchedInfo>;
  /** See {@linkcode ProcThreadCountsData}. */
  readonly proc_threadcounts_data: Struct<ProcThreadCountsData>;
  /** See {@linkcode ProcThreadCounts}. */
  readonly proc_threadcounts: Struct<ProcThreadCounts>;
  /** See {@linkcode ProcDelegatedSignalInfo}. */
  readonly proc_delegated_signal_info: Struct<ProcDelegatedSignalInfo>;
  /** See {@linkcode KeventExtInfo}. */
  readonly kevent_extinfo: Struct<KeventExtInfo>;
  /** See {@linkcode RusageInfoV0}. */
  readonly rusage_info_v0: Struct<RusageInfoV0>;
  /** See {@linkcode RusageInfoV1}. */
  readonly rusage_info_v1: Struct<RusageInfoV1>;
  /** See {@linkcode RusageInfoV2}. */
  readonly rusage_info_v2: Struct<RusageInfoV2>;
  /** See {@linkcode RusageInfoV3}. */
  readonly rusage_info_v3: Struct<RusageInfoV3>;
  /** See {@linkcode RusageInfoV4}. */
  readonly rusage_info_v4: Struct<RusageInfoV4>;
  /** See {@linkcode RusageInfoV5}. */
  readonly rusage_info_v5: Struct<RusageInfoV5>;
  /** See {@linkcode RusageInfoV6}. */
  readonly rusage_info_v6: Struct<RusageInfoV6>;
  /** See {@linkcode ProcRlimitControlWakeupmon}. */
  readonly proc_rlimit_control_wakeupmon: Struct<ProcRlimitControlWakeupmon>;
  /** See {@linkcode SockaddrUn}. */
  readonly sockaddr_un: Struct<SockaddrUn>;
  /** See {@linkcode KeventQos}. */
  readonly kevent_qos_s: Struct<KeventQos>;
  /** See {@linkcode ProcInfoCoalInfo}. */
  readonly procinfo_coalinfo: Struct<ProcInfoCoalInfo>;
  /** See {@linkcode InAddr}. */
  readonly in_addr: Struct<InAddr>;
  /** See {@linkcode In6Addr}. */
  readonly in6_addr: Struct<In6Addr>;
  /** See {@linkcode Fsid}. */
  readonly fsid: Struct<Fsid>;
  /** See {@linkcode VmRtFaultRecord}. */
  readonly vm_rtfault_record_t: Struct<VmRtFaultRecord>;
  /** See {@linkcode AuditToken}. */
  readonly audit_token_t: Struct<AuditToken>;
  /** See {@linkcode KinfoProc}. */
  readonly kinfo_proc: Struct<KinfoProc>;
  /** See {@linkcode ExternProc}. */
  readonly extern_proc: Struct<ExternProc>;
  /** See {@linkcode Eproc}. */
  readonly eproc: Struct<Eproc>;
  /** See {@linkcode Pcred}. */
  readonly _pcred: Struct<Pcred>;
  /** See {@linkcode Ucred}. */
  readonly _ucred: Struct<Ucred>;
  /** See {@linkcode Vmspace}. */
  readonly vmspace: Struct<Vmspace>;
  /** See {@linkcode Timeval}. */
  readonly timeval: Struct<Timeval>;
  /** See {@linkcode Itimerval}. */
  readonly itimerval: Struct<Itimerval>;
}

/** The layout of every struct by its C name, as in `structs.proc_bsdinfo`. */
export const structs: Structs = {
  proc_bsdinfo: procBsdInfo,
  proc_bsdshortinfo: procBsdShortInfo,
  proc_taskinfo: procTaskInfo,
  proc_taskallinfo: procTaskAllInfo,
  proc_threadinfo: procThreadInfo,
  proc_regioninfo: procRegionInfo,
  proc_workqueueinfo: procWorkqueueInfo,
  proc_fileinfo: procFileInfo,
  proc_exitreasonbasicinfo: procExitReasonBasicInfo,
  proc_exitreasoninfo: procExitReasonInfo,
  vinfo_stat: vinfoStat,
  vnode_info: vnodeInfo,
  vnode_info_path: vnodeInfoPath,
  vnode_fdinfo: vnodeFdInfo,
  vnode_fdinfowithpath: vnodeFdInfoWithPath,
  proc_regionwithpathinfo: procRegionWithPathInfo,
  proc_regionpath: procRegionPath,
  proc_vnodepathinfo: procVnodePathInfo,
  proc_threadwithpathinfo: procThreadWithPathInfo,
  in4in6_addr: in4In6Addr,
  in_sockinfo: inSockInfo,
  tcp_sockinfo: tcpSockInfo,
  un_sockinfo: unSockInfo,
  ndrv_info: ndrvInfo,
  kern_event_info: kernEventInfo,
  kern_ctl_info: kernCtlInfo,
  vsock_sockinfo: vsockSockInfo,
  sockbuf_info: sockbufInfo,
  socket_info: socketInfo,
  socket_fdinfo: socketFdInfo,
  psem_info: psemInfo,
  psem_fdinfo: psemFdInfo,
  pshm_info: pshmInfo,
  pshm_fdinfo: pshmFdInfo,
  pipe_info: pipeInfo,
  pipe_fdinfo: pipeFdInfo,
  kqueue_info: kqueueInfo,
  kqueue_dyninfo: kqueueDynInfo,
  kqueue_fdinfo: kqueueFdInfo,
  appletalk_info: appletalkInfo,
  appletalk_fdinfo: appletalkFdInfo,
  proc_fdinfo: procFdInfo,
  proc_fileportinfo: procFileportInfo,
  proc_channel_info: procChannelInfo,
  channel_fdinfo: channelFdInfo,
  proc_uniqidentifierinfo: procUniqIdentifierInfo,
  proc_bsdinfowithuniqid: procBsdInfoWithUniqId,
  proc_archinfo: procArchInfo,
  proc_pidcoalitioninfo: procPidCoalitionInfo,
  proc_originatorinfo: procOriginatorInfo,
  proc_ipctableinfo: procIpcTableInfo,
  proc_threadschedinfo: procThreadSchedInfo,
  proc_threadcounts_data: procThreadCountsData,
  proc_threadcounts: procThreadCounts,
  proc_delegated_signal_info: procDelegatedSignalInfo,
  kevent_extinfo: keventExtInfo,
  rusage_info_v0: rusageInfoV0,
  rusage_info_v1: rusageInfoV1,
  rusage_info_v2: rusageInfoV2,
  rusage_info_v3: rusageInfoV3,
  rusage_info_v4: rusageInfoV4,
  rusage_info_v5: rusageInfoV5,
  rusage_info_v6: rusageInfoV6,
  proc_rlimit_control_wakeupmon: procRlimitControlWakeupmon,
  sockaddr_un: sockaddrUn,
  kevent_qos_s: keventQos,
  procinfo_coalinfo: procInfoCoalInfo,
  in_addr: inAddr,
  in6_addr: in6Addr,
  fsid: fsid,
  vm_rtfault_record_t: vmRtFaultRecord,
  audit_token_t: auditToken,
  kinfo_proc: kinfoProc,
  extern_proc: externProc,
  eproc,
  _pcred: pcred,
  _ucred: ucred,
  vmspace,
  timeval,
  itimerval,
};
