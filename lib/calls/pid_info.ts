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
  asking,
  countedList,
  fittingList,
  flexible,
  list,
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

/** What {@linkcode pidInfo} gives for each flavor. */
export interface PidInfoReplies {
  /** The open descriptors, in ascending order. */
  readonly [PROC_PIDLISTFDS]: ProcFdInfo[];
  /** The BSD and the Mach part. */
  readonly [PROC_PIDTASKALLINFO]: ProcTaskAllInfo;
  /** The BSD part; also a zombie's if `arg` is 1. */
  readonly [PROC_PIDTBSDINFO]: ProcBsdInfo;
  /** The Mach part. */
  readonly [PROC_PIDTASKINFO]: ProcTaskInfo;
  /** The thread whose handle is `arg`. */
  readonly [PROC_PIDTHREADINFO]: ProcThreadInfo;
  /** The handles of the threads, which are not their ids. */
  readonly [PROC_PIDLISTTHREADS]: BigUint64Array;
  /** The region at the address `arg`, or the next one. */
  readonly [PROC_PIDREGIONINFO]: ProcRegionInfo;
  /** The region at the address `arg`, or the next one, and its file. */
  readonly [PROC_PIDREGIONPATHINFO]: ProcRegionWithPathInfo;
  /** The working directory and the root directory. */
  readonly [PROC_PIDVNODEPATHINFO]: ProcVnodePathInfo;
  /** The thread whose handle is `arg`, and its own working directory. */
  readonly [PROC_PIDTHREADPATHINFO]: ProcThreadWithPathInfo;
  /** The path of the executable file. */
  readonly [PROC_PIDPATHINFO]: string;
  /** The work queue. `ESRCH` where the process has none. */
  readonly [PROC_PIDWORKQUEUEINFO]: ProcWorkqueueInfo;
  /** The short BSD part, which needs no privilege; also a zombie's if `arg` is 1. */
  readonly [PROC_PIDT_SHORTBSDINFO]: ProcBsdShortInfo;
  /** The fileports. */
  readonly [PROC_PIDLISTFILEPORTS]: ProcFileportInfo[];
  /** The thread whose id is `arg`. */
  readonly [PROC_PIDTHREADID64INFO]: ProcThreadInfo;
  /** Numbers that are never used again; also a zombie's if `arg` is 1. */
  readonly [PROC_PIDUNIQIDENTIFIERINFO]: ProcUniqIdentifierInfo;
  /** The BSD part and the numbers that are never used again; also a zombie's if `arg` is 1. */
  readonly [PROC_PIDT_BSDINFOWITHUNIQID]: ProcBsdInfoWithUniqId;
  /** The processor type of the program. */
  readonly [PROC_PIDARCHINFO]: ProcArchInfo;
  /** The coalitions. */
  readonly [PROC_PIDCOALITIONINFO]: ProcPidCoalitionInfo;
  /** How a child ended: the bits of `NOTE_EXITSTATUS` and `NOTE_EXIT_DETAIL` that `arg` requests. */
  readonly [PROC_PIDNOTEEXIT]: number;
  /** The region with a file at the address `arg`, or the next one. Page counts are 0. */
  readonly [PROC_PIDREGIONPATHINFO2]: ProcRegionWithPathInfo;
  /** The first region whose file is on the file system whose id is `arg`. */
  readonly [PROC_PIDREGIONPATHINFO3]: ProcRegionWithPathInfo;
  /** Why a child ended, with the data that came with the reason. */
  readonly [PROC_PIDEXITREASONINFO]: ExitReason;
  /** Why a child ended. */
  readonly [PROC_PIDEXITREASONBASICINFO]: ProcExitReasonBasicInfo;
  /** The user data of kernel events, and the ids of dynamic kqueues. */
  readonly [PROC_PIDLISTUPTRS]: BigUint64Array;
  /** The ids of dynamic kqueues. */
  readonly [PROC_PIDLISTDYNKQUEUES]: BigUint64Array;
  /** The ids of the threads. */
  readonly [PROC_PIDLISTTHREADIDS]: BigUint64Array;
  /** The page faults of real-time threads, of the calling process only. */
  readonly [PROC_PIDVMRTFAULTINFO]: VmRtFaultRecord[];
  /** The Mach-O platform of the program: 1 is macOS. */
  readonly [PROC_PIDPLATFORMINFO]: number;
  /** The place and the path of the region with a file at the address `arg`, or of the next one. */
  readonly [PROC_PIDREGIONPATH]: ProcRegionPath;
  /** The table of Mach ports. */
  readonly [PROC_PIDIPCTABLEINFO]: ProcIpcTableInfo;
  /** How the calling thread, whose id is `arg`, is scheduled. */
  readonly [PROC_PIDTHREADSCHEDINFO]: ProcThreadSchedInfo;
  /** The counters of the thread whose id is `arg`, for each performance level. */
  readonly [PROC_PIDTHREADCOUNTS]: ProcThreadCounts;
}

/** A flavor of {@linkcode pidInfo}: a `PROC_PID*` number. */
export type PidInfoFlavor = keyof PidInfoReplies;

/** Why a process ended: what {@linkcode pidInfo} gives for `PROC_PIDEXITREASONINFO`. */
export interface ExitReason extends ProcExitReasonInfo {
  /** The data that came with the reason, as the kernel keeps it. */
  readonly data: Uint8Array;
}

/** An identity of a process, which a later process with the same id does not have. */
export type ProcessIdentity =
  /** `p_uniqueid`: the same until the process ends. */
  | { readonly uniqueId: bigint }
  /** `p_idversion`, as in audit tokens: it changes when the process runs another program. */
  | { readonly idVersion: number };

// A work queue that is being changed is reported as one that is not there.
const WORKQUEUE_TRIES = 8;
// `PROC_PIDLISTUPTRS` writes no more than this, whatever it counts.
const UPTRS_MAX = 16392;
// The records that the kernel keeps by default.
const FAULTS = 73;
const LEVELS = 4;

const exitReason: Reply<ExitReason> = {
  returns: "bytes",
  read(ask) {
    const { size } = procExitReasonInfo;
    // The data is returned behind the struct: the kernel below puts its own address there.
    const { data } = fittingList({ size: 1, decode: (data) => ({ data }) }, size + 4096).read(
      (buffer) => {
        const written = ask(buffer);
        if (written !== size) throw new ShortAnswerError(procExitReasonInfo.name, size, written);
        return (buffer as Uint8Array).byteLength;
      },
    );
    const info = procExitReasonInfo.decode(data);
    return { ...info, data: data.slice(size, size + info.eri_reason_buf_size) };
  },
};

/** How each flavor is called; the compiler requires every one. */
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
 * The flavor decides the result. A struct keeps its C names; the declaration of the struct states the
 * meaning and the unit of each member.
 *
 * Without privilege, other users' processes answer only `PROC_PIDT_SHORTBSDINFO`,
 * `PROC_PIDUNIQIDENTIFIERINFO`, `PROC_PIDPATHINFO`, `PROC_PIDCOALITIONINFO` and
 * `PROC_PIDPLATFORMINFO`.
 *
 * The call waits while the process is about to run another program, or a zombie is being reaped.
 * A query of the regions of the kernel itself, pid 0, is `EPERM` and leaves a crash report.
 *
 * @param pid The process.
 * @param flavor The query: a `PROC_PID*` number.
 * @param arg What some flavors take: an address, a thread, or 1 to find zombies too.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` there is no such process, `EPERM` it is another user's, `EINVAL` this
 * system does not know the flavor or there is no region at or above the address, `ENOTSUP` this
 * system cannot answer.
 * @throws {ShortAnswerError} The kernel wrote less than the struct.
 * @throws {RangeError} A number is not an integer of its C type, or the flavor is not known here:
 * `procInfo()` takes any.
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
  return read(asking(system.kernel, PROC_INFO_CALL_PIDINFO, pid32, flavor, arg64));
}

/**
 * Queries one identity of a process, as {@linkcode pidInfo} does: another process that has come to
 * have the same id is `ESRCH`. The kernel compares and answers in one step.
 *
 * @param pid The process.
 * @param identity The identity of the process.
 * @param flavor The query: a `PROC_PID*` number.
 * @param arg What some flavors take.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode pidInfo}; `ENOSYS` from macOS older than 11.
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
