import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { type ProcArchInfo, procArchInfo } from "../abi/arch_info.ts";
import {
  type ProcBsdInfo,
  procBsdInfo,
  type ProcBsdInfoWithUniqId,
  procBsdInfoWithUniqId,
  type ProcBsdShortInfo,
  procBsdShortInfo,
} from "../abi/bsd_info.ts";
import { type ProcPidCoalitionInfo, procPidCoalitionInfo } from "../abi/coalition_info.ts";
import {
  type ProcExitReasonBasicInfo,
  procExitReasonBasicInfo,
  type ProcExitReasonInfo,
  procExitReasonInfo,
} from "../abi/exit_reason.ts";
import { PIF_COMPARE_IDVERSION, PIF_COMPARE_UNIQUEID } from "../abi/extended_id.ts";
import {
  type ProcFdInfo,
  procFdInfo,
  type ProcFileportInfo,
  procFileportInfo,
} from "../abi/fd_info.ts";
import { type ProcIpcTableInfo, procIpcTableInfo } from "../abi/ipc_table_info.ts";
import {
  PROC_PIDARCHINFO,
  PROC_PIDCOALITIONINFO,
  PROC_PIDDYNKQUEUES_MAX,
  PROC_PIDEXITREASONBASICINFO,
  PROC_PIDEXITREASONINFO,
  PROC_PIDIPCTABLEINFO,
  PROC_PIDLISTDYNKQUEUES,
  PROC_PIDLISTFDS,
  PROC_PIDLISTFILEPORTS,
  PROC_PIDLISTTHREADIDS,
  PROC_PIDLISTTHREADS,
  PROC_PIDLISTUPTRS,
  PROC_PIDNOTEEXIT,
  PROC_PIDPATHINFO,
  PROC_PIDPATHINFO_MAXSIZE,
  PROC_PIDPLATFORMINFO,
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATH,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKALLINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDTHREADCOUNTS,
  PROC_PIDTHREADID64INFO,
  PROC_PIDTHREADINFO,
  PROC_PIDTHREADPATHINFO,
  PROC_PIDTHREADSCHEDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDVMRTFAULTINFO,
  PROC_PIDVNODEPATHINFO,
  PROC_PIDWORKQUEUEINFO,
} from "../abi/pid_info.ts";
import {
  type ProcRegionInfo,
  procRegionInfo,
  type ProcRegionPath,
  procRegionPath,
  type ProcRegionWithPathInfo,
  procRegionWithPathInfo,
} from "../abi/region_info.ts";
import {
  type ProcTaskAllInfo,
  procTaskAllInfo,
  type ProcTaskInfo,
  procTaskInfo,
} from "../abi/task_info.ts";
import { type ProcThreadCounts, procThreadCounts } from "../abi/thread_counts.ts";
import {
  type ProcThreadInfo,
  procThreadInfo,
  type ProcThreadSchedInfo,
  procThreadSchedInfo,
  type ProcThreadWithPathInfo,
  procThreadWithPathInfo,
} from "../abi/thread_info.ts";
import { type ProcUniqIdentifierInfo, procUniqIdentifierInfo } from "../abi/unique_id.ts";
import { type VmRtFaultRecord, vmRtFaultRecord } from "../abi/vm_rtfault_info.ts";
import { type ProcVnodePathInfo, procVnodePathInfo } from "../abi/vnode_info.ts";
import { type ProcWorkqueueInfo, procWorkqueueInfo } from "../abi/workqueue_info.ts";
import { int32, object, uint64, word32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ERRNO } from "../system/errors.ts";
import { ret } from "../system/kernel.ts";
import { systemAlone } from "../system/open.ts";
import {
  countedList,
  fittingList,
  flexible,
  list,
  querying,
  type Reply,
  replyOf,
  retried,
  rowsOf,
  ShortAnswerError,
  text,
  unsizedList,
  whole,
  word,
  words64,
} from "./reply.ts";

/** The result of {@linkcode pidInfo} for each flavor. */
export interface PidInfoReplies {
  /** The open file descriptors, in ascending order. */
  readonly [PROC_PIDLISTFDS]: ProcFdInfo[];
  /** The BSD part and the Mach part. */
  readonly [PROC_PIDTASKALLINFO]: ProcTaskAllInfo;
  /** The BSD part. If `arg` is 1, zombies are found as well. */
  readonly [PROC_PIDTBSDINFO]: ProcBsdInfo;
  /** The Mach part. */
  readonly [PROC_PIDTASKINFO]: ProcTaskInfo;
  /** The thread whose handle is `arg`. */
  readonly [PROC_PIDTHREADINFO]: ProcThreadInfo;
  /**
   * The handles of the threads. On macOS, a handle differs from the id of the thread. On Linux, a
   * handle is the id of the thread.
   */
  readonly [PROC_PIDLISTTHREADS]: BigUint64Array;
  /** The region at the address `arg`, or the next one. */
  readonly [PROC_PIDREGIONINFO]: ProcRegionInfo;
  /** The region at the address `arg`, or the next one, and its file. */
  readonly [PROC_PIDREGIONPATHINFO]: ProcRegionWithPathInfo;
  /** The working directory and the root directory. */
  readonly [PROC_PIDVNODEPATHINFO]: ProcVnodePathInfo;
  /** The thread whose handle is `arg`, and its working directory if it has one of its own. */
  readonly [PROC_PIDTHREADPATHINFO]: ProcThreadWithPathInfo;
  /** The path of the executable file. */
  readonly [PROC_PIDPATHINFO]: string;
  /** The work queue. `ESRCH` if the process does not have one. */
  readonly [PROC_PIDWORKQUEUEINFO]: ProcWorkqueueInfo;
  /** The short BSD part, which requires no privilege. If `arg` is 1, zombies are found as well. */
  readonly [PROC_PIDT_SHORTBSDINFO]: ProcBsdShortInfo;
  /** The fileports. */
  readonly [PROC_PIDLISTFILEPORTS]: ProcFileportInfo[];
  /** The thread whose id is `arg`. */
  readonly [PROC_PIDTHREADID64INFO]: ProcThreadInfo;
  /** The ids that are never reused. If `arg` is 1, zombies are found as well. */
  readonly [PROC_PIDUNIQIDENTIFIERINFO]: ProcUniqIdentifierInfo;
  /** The BSD part and the ids that are never reused. If `arg` is 1, zombies are found as well. */
  readonly [PROC_PIDT_BSDINFOWITHUNIQID]: ProcBsdInfoWithUniqId;
  /** The processor type of the program. */
  readonly [PROC_PIDARCHINFO]: ProcArchInfo;
  /** The coalitions. */
  readonly [PROC_PIDCOALITIONINFO]: ProcPidCoalitionInfo;
  /**
   * The end of a child: the bits of `NOTE_EXITSTATUS` and `NOTE_EXIT_DETAIL` that `arg` requests.
   */
  readonly [PROC_PIDNOTEEXIT]: number;
  /** The file-backed region at the address `arg`, or the next one. Page counts are 0. */
  readonly [PROC_PIDREGIONPATHINFO2]: ProcRegionWithPathInfo;
  /** The first region whose file is on the file system whose id is `arg`. */
  readonly [PROC_PIDREGIONPATHINFO3]: ProcRegionWithPathInfo;
  /** The reason why a child ended, and the data of the reason. */
  readonly [PROC_PIDEXITREASONINFO]: ExitReason;
  /** The reason why a child ended. */
  readonly [PROC_PIDEXITREASONBASICINFO]: ProcExitReasonBasicInfo;
  /** The user data of kernel events, and the ids of dynamic kqueues. */
  readonly [PROC_PIDLISTUPTRS]: BigUint64Array;
  /** The ids of dynamic kqueues. */
  readonly [PROC_PIDLISTDYNKQUEUES]: BigUint64Array;
  /** The ids of the threads. */
  readonly [PROC_PIDLISTTHREADIDS]: BigUint64Array;
  /** The page faults of real-time threads. Only the calling process can be queried. */
  readonly [PROC_PIDVMRTFAULTINFO]: VmRtFaultRecord[];
  /** The Mach-O platform of the program: 1 means macOS. */
  readonly [PROC_PIDPLATFORMINFO]: number;
  /** The bounds and the path of the file-backed region at the address `arg`, or of the next one. */
  readonly [PROC_PIDREGIONPATH]: ProcRegionPath;
  /** The table of Mach ports. */
  readonly [PROC_PIDIPCTABLEINFO]: ProcIpcTableInfo;
  /** The scheduling of the calling thread, whose id is `arg`. */
  readonly [PROC_PIDTHREADSCHEDINFO]: ProcThreadSchedInfo;
  /** The counters of the thread whose id is `arg`, for each performance level. */
  readonly [PROC_PIDTHREADCOUNTS]: ProcThreadCounts;
}

/** A flavor of {@linkcode pidInfo}: a `PROC_PID*` number. */
export type PidInfoFlavor = keyof PidInfoReplies;

/**
 * The reason why a process ended: the result of {@linkcode pidInfo} for `PROC_PIDEXITREASONINFO`.
 */
export interface ExitReason extends ProcExitReasonInfo {
  /** The data of the reason, in the kernel's format. */
  readonly data: Uint8Array;
}

/** The identity of a process. A later process with the same pid has another identity. */
export type ProcessIdentity =
  /** `p_uniqueid`, which stays the same until the process ends. */
  | { readonly uniqueId: bigint }
  /**
   * `p_idversion`, as in audit tokens. On macOS, the version changes when the process executes a
   * program. On Linux, the version stays the same until the process ends.
   */
  | { readonly idVersion: number };

// The kernel also returns ESRCH while the work queue is locked.
const WORKQUEUE_TRIES = 8;
// The maximum number of values that `PROC_PIDLISTUPTRS` writes, even if it counts more.
const UPTRS_MAX = 16392;
// The number of records that the kernel keeps by default.
const FAULTS = 73;
const LEVELS = 4;

const exitReason: Reply<ExitReason> = {
  returns: "bytes",
  read(query) {
    const { size } = procExitReasonInfo;
    // The `Kernel` chooses the address of the data itself and returns the data after the struct.
    const { data } = fittingList({ size: 1, decode: (data) => ({ data }) }, size + 4096).read(
      (buffer) => {
        const written = query(buffer);
        if (written !== size) throw new ShortAnswerError(procExitReasonInfo.name, size, written);
        return (buffer as Uint8Array).byteLength;
      },
    );
    const info = procExitReasonInfo.decode(data);
    return { ...info, data: data.slice(size, size + info.eri_reason_buf_size) };
  },
};

/** The reply of each flavor. The compiler requires all flavors. */
export const PID_INFO_REPLIES: { readonly [F in PidInfoFlavor]: Reply<PidInfoReplies[F]> } = {
  [PROC_PIDLISTFDS]: list(rowsOf(procFdInfo)),
  [PROC_PIDTASKALLINFO]: whole(procTaskAllInfo),
  [PROC_PIDTBSDINFO]: whole(procBsdInfo),
  [PROC_PIDTASKINFO]: whole(procTaskInfo),
  [PROC_PIDTHREADINFO]: whole(procThreadInfo),
  [PROC_PIDLISTTHREADS]: unsizedList(words64),
  [PROC_PIDREGIONINFO]: whole(procRegionInfo),
  [PROC_PIDREGIONPATHINFO]: whole(procRegionWithPathInfo),
  [PROC_PIDVNODEPATHINFO]: whole(procVnodePathInfo),
  [PROC_PIDTHREADPATHINFO]: whole(procThreadWithPathInfo),
  [PROC_PIDPATHINFO]: text(PROC_PIDPATHINFO_MAXSIZE),
  [PROC_PIDWORKQUEUEINFO]: retried(whole(procWorkqueueInfo), ERRNO.ESRCH, WORKQUEUE_TRIES),
  [PROC_PIDT_SHORTBSDINFO]: whole(procBsdShortInfo),
  [PROC_PIDLISTFILEPORTS]: list(rowsOf(procFileportInfo)),
  [PROC_PIDTHREADID64INFO]: whole(procThreadInfo),
  [PROC_PIDUNIQIDENTIFIERINFO]: whole(procUniqIdentifierInfo),
  [PROC_PIDT_BSDINFOWITHUNIQID]: whole(procBsdInfoWithUniqId),
  [PROC_PIDARCHINFO]: whole(procArchInfo),
  [PROC_PIDCOALITIONINFO]: whole(procPidCoalitionInfo),
  [PROC_PIDNOTEEXIT]: word,
  [PROC_PIDREGIONPATHINFO2]: whole(procRegionWithPathInfo),
  [PROC_PIDREGIONPATHINFO3]: whole(procRegionWithPathInfo),
  [PROC_PIDEXITREASONINFO]: exitReason,
  [PROC_PIDEXITREASONBASICINFO]: whole(procExitReasonBasicInfo),
  [PROC_PIDLISTUPTRS]: countedList(words64, UPTRS_MAX),
  [PROC_PIDLISTDYNKQUEUES]: countedList(words64, PROC_PIDDYNKQUEUES_MAX),
  [PROC_PIDLISTTHREADIDS]: unsizedList(words64),
  [PROC_PIDVMRTFAULTINFO]: fittingList(rowsOf(vmRtFaultRecord), FAULTS + 1),
  [PROC_PIDPLATFORMINFO]: word,
  [PROC_PIDREGIONPATH]: whole(procRegionPath),
  [PROC_PIDIPCTABLEINFO]: whole(procIpcTableInfo),
  [PROC_PIDTHREADSCHEDINFO]: whole(procThreadSchedInfo),
  [PROC_PIDTHREADCOUNTS]: flexible(
    procThreadCounts,
    8 + LEVELS * 40,
    ({ ptc_len, ptc_counts }) => ptc_counts.length >= ptc_len,
  ),
};

/**
 * Queries one process: `proc_pidinfo()`.
 *
 * The flavor determines the result. A struct keeps its C names. The declaration of the struct
 * states the meaning and the unit of each member.
 *
 * On macOS, only `PROC_PIDT_SHORTBSDINFO`, `PROC_PIDUNIQIDENTIFIERINFO`, `PROC_PIDPATHINFO`,
 * `PROC_PIDCOALITIONINFO` and `PROC_PIDPLATFORMINFO` can query processes of other users without
 * privilege. On Linux, a flavor can query a process without privilege if the caller can read the
 * files in `/proc` that the answer comes from.
 *
 * On macOS, the call waits while the process executes a program or while a zombie is being reaped.
 * On macOS 14 and later, a query of the regions of pid 0, which is the kernel, throws `EPERM`. On
 * macOS 14 and later, such a query leaves a crash report, at most one every 10 minutes. On Linux, a
 * query of the regions of pid 0 throws `EPERM`.
 *
 * @param pid The process.
 * @param flavor The query: a `PROC_PID*` number.
 * @param arg The argument of some flavors: an address, a thread, or 1 to find zombies as well.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` if the caller may not query
 * it, `EINVAL` if this system does not know the flavor or there is no region at or above the
 * address, `ENOTSUP` if this system cannot answer.
 * @throws {ShortAnswerError} The kernel wrote only a part of the struct.
 * @throws {RangeError} A number is not an integer of its C type, or the flavor is unknown.
 * `procInfo()` accepts any flavor.
 *
 * @example
 * ```ts
 * import { pidInfo, PROC_PIDTBSDINFO, ProcInfoError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   console.log(pidInfo(process.pid, PROC_PIDTBSDINFO).pbi_ppid);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function pidInfo<F extends PidInfoFlavor>(
  pid: number,
  flavor: F,
  arg: bigint | number = 0n,
  options: SystemOptions = {},
): PidInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_INFO_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  const arg64 = uint64("arg", arg);
  return read(querying(system.kernel, PROC_INFO_CALL_PIDINFO, pid32, flavor, arg64));
}

/**
 * Queries one identity of a process, like {@linkcode pidInfo}. If another process has reused the
 * pid, the call throws `ESRCH`. The comparison and the query happen without a race.
 *
 * On macOS before 11, throws `ENOSYS`.
 *
 * @param pid The process.
 * @param identity The identity of the process.
 * @param flavor The query: a `PROC_PID*` number.
 * @param arg The argument of some flavors.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode pidInfo}.
 *
 * @example
 * ```ts
 * import { pidInfoOf, PROC_PIDT_SHORTBSDINFO, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   pidInfoOf(1, { uniqueId: 77n }, PROC_PIDT_SHORTBSDINFO);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // ESRCH: process 1 is another
 * }
 * ```
 */
export function pidInfoOf<F extends PidInfoFlavor>(
  pid: number,
  identity: ProcessIdentity,
  flavor: F,
  arg: bigint | number = 0n,
  options: SystemOptions = {},
): PidInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_INFO_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  const arg64 = uint64("arg", arg);
  object("identity", identity);
  const [flags, id] = "uniqueId" in identity
    ? [PIF_COMPARE_UNIQUEID, uint64("uniqueId", identity.uniqueId)]
    : [PIF_COMPARE_IDVERSION, BigInt(word32("idVersion", identity.idVersion) >>> 0)];
  return read((buffer) =>
    ret(
      system.kernel.procInfoExtendedId(
        PROC_INFO_CALL_PIDINFO,
        pid32,
        flavor,
        flags,
        id,
        arg64,
        buffer,
      ),
      PROC_INFO_CALL_PIDINFO,
      pid,
      flavor,
    )
  );
}
