import {
  PROC_FLAG_CONTROLT,
  PROC_FLAG_EXEC,
  PROC_FLAG_INEXIT,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  type ProcBsdInfo,
} from "../abi/bsd_info.ts";
import { PROC_PIDTASKINFO, PROC_PIDTBSDINFO } from "../abi/pid_info.ts";
import { RUSAGE_INFO_V2 } from "../abi/pid_rusage.ts";
import type { RusageInfoV2 } from "../abi/rusage_info.ts";
import type { ProcTaskInfo } from "../abi/task_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { pidRusage } from "../calls/pid_rusage.ts";
import type { Limit, LimitName, ProcessDetails } from "../system/details.ts";
import type { Host, Timebase } from "../system/system.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { Encodable } from "../layout/struct.ts";
import { machToNanoseconds } from "../system/timebase.ts";
import {
  type CredExt,
  type Procentry64,
  RLIM64_INFINITY,
  SACTIVE,
  SEXECED,
  SEXIT,
  SIDL,
  SKPROC,
  SLOAD,
  SNONE,
  SSTOP,
  STRC,
  SZOMB,
  type Timeval64,
  type Trusage64,
} from "./procentry.ts";

const NODEV = 0xffffffff;
const NORMAL_NICE = 20;
const BLOCK = 512n;
const NANOSECONDS = 1_000_000_000n;
const SIGNALS = 64;

/** `pi_signal` of a signal that is caught by a handler whose address the host does not tell. */
export const SIG_CATCH = 3n;
const SIG_IGN = 1n;

/** `pi_state` by `pbi_status`. */
const STATES: readonly number[] = [SNONE, SIDL, SACTIVE, SACTIVE, SSTOP, SZOMB];
/** `pi_policy` by `pti_policy`: AIX counts other 0, first in first out 1, round robin 2. */
const POLICIES: Readonly<Record<number, number>> = { 1: 0, 2: 2, 4: 1 };

/** The limits in the order of `pi_rlimit`; threads of a process have no counterpart. */
const LIMITS: readonly (LimitName | null)[] = [
  "cpu",
  "fsize",
  "data",
  "stack",
  "core",
  "rss",
  "as",
  "nofile",
  null,
  "nproc",
];

/**
 * What the host knows of a process, in the members of AIX's struct. Members without a source are left
 * out, and so are zero.
 *
 * @throws {ProcInfoError} The process is gone, or may not be looked at.
 */
export function gather(pid: number, kernel: Kernel, host: Host): Encodable<Procentry64> {
  const bsd = pidInfo(pid, PROC_PIDTBSDINFO, 1, kernel);
  const task = unlessZombie(() => pidInfo(pid, PROC_PIDTASKINFO, 0n, kernel), bsd);
  const usage = pidRusage(pid, RUSAGE_INFO_V2, kernel);
  const details = host.details(pid);
  const timebase = host.timebase();
  const zombie = STATES[bsd.pbi_status] === SZOMB;
  const page = details.pageBytes ?? 0;
  const pages = (bytes: number | bigint | undefined) =>
    page === 0 || bytes === undefined ? 0n : BigInt(bytes) / BigInt(page);
  const log2 = page === 0 ? 0 : Math.log2(page);
  const own = ownUsage(usage, task, details, timebase);
  return {
    pi_pid: bsd.pbi_pid,
    pi_ppid: bsd.pbi_ppid,
    pi_sid: details.sessionId ?? 0,
    pi_pgrp: bsd.pbi_pgid,
    pi_uid: bsd.pbi_ruid,
    pi_suid: bsd.pbi_svuid,
    pi_ttyp: bsd.pbi_flags & PROC_FLAG_CONTROLT ? 1 : 0,
    pi_ttyd: bsd.e_tdev === NODEV ? 0n : BigInt(bsd.e_tdev),
    pi_nice: bsd.pbi_nice + NORMAL_NICE,
    pi_state: STATES[bsd.pbi_status] ?? SNONE,
    pi_flags: flags(bsd, zombie),
    pi_thcount: task?.pti_threadnum ?? 0,
    pi_pri: task?.pti_priority ?? 0,
    pi_ppri: task?.pti_priority ?? 0,
    pi_policy: POLICIES[task?.pti_policy ?? 1] ?? 0,
    pi_maxofile: Math.max(details.highestDescriptor ?? 0, 0),
    pi_cmask: details.umask ?? 0,
    pi_comm: bsd.pbi_name || bsd.pbi_comm,
    pi_majflt: usage.ri_pageins,
    pi_minflt: own.ru_minflt ?? 0n,
    pi_size: pages(task?.pti_virtual_size),
    pi_utime: zombie ? own.ru_utime?.tv_sec ?? 0n : 0n,
    pi_stime: zombie ? own.ru_stime?.tv_sec ?? 0n : 0n,
    pi_cred: credentials(bsd, details),
    pi_ru: own,
    pi_cru: {
      ru_utime: time(usage.ri_child_user_time, timebase),
      ru_stime: time(usage.ri_child_system_time, timebase),
      ru_minflt: details.childMinorFaults ?? 0n,
      ru_majflt: details.childMajorFaults ?? usage.ri_child_pageins,
    },
    pi_ioch: details.ioBytes ?? 0n,
    pi_start: bsd.pbi_start_tvsec,
    pi_rlimit: LIMITS.map((name) => limit(name === null ? undefined : details.limits?.[name])),
    pi_drss: pages(details.residentDataBytes),
    pi_dvm: pages(details.dataBytes),
    pi_prm: details.memoryBytes ? usage.ri_resident_size * 100n / BigInt(details.memoryBytes) : 0n,
    pi_tsize: BigInt(details.textBytes ?? 0),
    pi_dsize: BigInt(details.dataBytes ?? 0),
    pi_signal: dispositions(details),
    pi_sig: [details.pendingSignals ?? 0n],
    pi_data_l2psize: log2,
    pi_text_l2psize: log2,
    pi_stack_l2psize: log2,
  };
}

/** An answer that a zombie cannot give any more. */
function unlessZombie(ask: () => ProcTaskInfo, bsd: ProcBsdInfo): ProcTaskInfo | undefined {
  try {
    return ask();
  } catch (error) {
    const gone = error instanceof ProcInfoError && error.errno === ERRNO.ESRCH;
    if (gone && STATES[bsd.pbi_status] === SZOMB) return undefined;
    throw error;
  }
}

function flags({ pbi_flags }: ProcBsdInfo, zombie: boolean): number {
  return (zombie ? 0 : SLOAD) |
    (pbi_flags & PROC_FLAG_TRACED ? STRC : 0) |
    (pbi_flags & PROC_FLAG_SYSTEM ? SKPROC : 0) |
    (pbi_flags & PROC_FLAG_INEXIT ? SEXIT : 0) |
    (pbi_flags & PROC_FLAG_EXEC ? SEXECED : 0);
}

function credentials(bsd: ProcBsdInfo, { groups = [] }: ProcessDetails): Encodable<CredExt> {
  return {
    crx_ruid: bsd.pbi_ruid,
    crx_uid: bsd.pbi_uid,
    crx_suid: bsd.pbi_svuid,
    crx_gid: bsd.pbi_gid,
    crx_rgid: bsd.pbi_rgid,
    crx_sgid: bsd.pbi_svgid,
    crx_ngrps: Math.min(groups.length, 128),
    crx_groups: groups.slice(0, 128),
  };
}

function ownUsage(
  usage: RusageInfoV2,
  task: ProcTaskInfo | undefined,
  details: ProcessDetails,
  timebase: Timebase,
): Encodable<Trusage64> {
  const faults = task === undefined ? 0n : BigInt(task.pti_faults - task.pti_pageins);
  return {
    ru_utime: time(usage.ri_user_time, timebase),
    ru_stime: time(usage.ri_system_time, timebase),
    ru_maxrss: BigInt(Math.floor((details.maxResidentBytes ?? 0) / 1024)),
    ru_minflt: details.minorFaults ?? faults,
    ru_majflt: usage.ri_pageins,
    ru_inblock: usage.ri_diskio_bytesread / BLOCK,
    ru_oublock: usage.ri_diskio_byteswritten / BLOCK,
    ru_nvcsw: details.voluntarySwitches ?? 0n,
    ru_nivcsw: details.involuntarySwitches ?? 0n,
  };
}

/** Seconds, and nanoseconds in the member that is named for microseconds, as AIX has it. */
function time(mach: bigint, timebase: Timebase): Timeval64 {
  const nanoseconds = machToNanoseconds(mach, timebase);
  return { tv_sec: nanoseconds / NANOSECONDS, tv_usec: Number(nanoseconds % NANOSECONDS) };
}

function limit(limit: Limit | undefined): { rlim_cur: bigint; rlim_max: bigint } {
  if (limit === undefined) return { rlim_cur: 0n, rlim_max: 0n };
  return {
    rlim_cur: limit.current ?? RLIM64_INFINITY,
    rlim_max: limit.maximum ?? RLIM64_INFINITY,
  };
}

/** Signal n stands at n - 1. */
function dispositions({ ignoredSignals = 0n, caughtSignals = 0n }: ProcessDetails): bigint[] {
  return Array.from({ length: SIGNALS }, (_, i) => {
    const bit = 1n << BigInt(i);
    return caughtSignals & bit ? SIG_CATCH : ignoredSignals & bit ? SIG_IGN : 0n;
  });
}
