import {
  PROC_FLAG_CONTROLT,
  PROC_FLAG_EXEC,
  PROC_FLAG_INEXIT,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  type ProcBsdInfo,
  procBsdInfo,
} from "../abi/bsd_info.ts";
import { KERN_PROC_PID } from "../abi/kinfo_proc.ts";
import { PROC_PIDTASKINFO, PROC_PIDTBSDINFO } from "../abi/pid_info.ts";
import { RUSAGE_INFO_V1, RUSAGE_INFO_V2 } from "../abi/pid_rusage.ts";
import { type RusageInfoV2, rusageInfoV2 } from "../abi/rusage_info.ts";
import type { ProcTaskInfo } from "../abi/task_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { pidRusage } from "../calls/pid_rusage.ts";
import { block, blockOf } from "../layout/block.ts";
import { readKernProc, writeBsdInfo } from "../system/kern_proc.ts";
import type { Accounting, Limit, LimitName, SignalSets, Timebase } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { ERRNO, optional, SystemCallError } from "../system/errors.ts";
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

/**
 * The value of `pi_signal` for a caught signal, as the host does not report the handler's address.
 */
export const SIG_CATCH = 3n;
const SIG_IGN = 1n;

/** The `pi_state` for each `pbi_status`. */
const STATES: readonly number[] = [SNONE, SIDL, SACTIVE, SACTIVE, SSTOP, SZOMB];
/**
 * The `pi_policy` for each `pti_policy`. On AIX, 0 means other, 1 first in first out, and 2 round
 * robin.
 */
const POLICIES: Readonly<Record<number, number>> = { 1: 0, 2: 2, 4: 1 };

/**
 * The limits in the order of `pi_rlimit`. The limit of the threads of a process has no counterpart.
 */
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
 * Returns the facts that the host reports about a process, as members of AIX's struct. Members
 * without a source are omitted, so they are encoded as 0.
 *
 * @throws {SystemCallError} The process has ended, or the caller may not query it.
 */
export function gather(pid: number, system: System): Encodable<Procentry64> {
  const bsd = bsdInfoOf(pid, system);
  const task = unlessZombie(
    () => unlessDenied(() => pidInfo(pid, PROC_PIDTASKINFO, 0n, { system })),
    bsd,
  );
  const usage = usageOf(pid, system);
  // Most of the following is unavailable for zombies. On macOS, accounting, limits, the highest
  // descriptor and the bytes read and written are unavailable for every process.
  const unlessUnknown = <T>(query: () => T) => unlessZombie(() => optional(query), bsd);
  const accounting = unlessUnknown(() => system.accounting(pid)) ?? {};
  const limits = unlessUnknown(() => system.limits(pid)) ?? {};
  const signals = unlessUnknown(() => system.signals(pid));
  const memoryBytes = optional(() => system.memoryBytes());
  const timebase = system.timebase();
  const zombie = STATES[bsd.pbi_status] === SZOMB;
  const page = optional(() => system.pageBytes()) ?? 0;
  const pages = (bytes: number | bigint | undefined) =>
    page === 0 || bytes === undefined ? 0n : BigInt(bytes) / BigInt(page);
  const log2 = page === 0 ? 0 : Math.log2(page);
  const own = ownUsage(usage, task, accounting, timebase);
  return {
    pi_pid: bsd.pbi_pid,
    pi_ppid: bsd.pbi_ppid,
    pi_sid: unlessUnknown(() => system.sessionId(pid)) ?? 0,
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
    pi_maxofile: Math.max(unlessUnknown(() => system.highestDescriptor(pid)) ?? 0, 0),
    pi_cmask: accounting.umask ?? 0,
    pi_comm: bsd.pbi_name || bsd.pbi_comm,
    pi_majflt: usage.ri_pageins,
    pi_minflt: own.ru_minflt ?? 0n,
    pi_size: pages(task?.pti_virtual_size),
    pi_utime: zombie ? own.ru_utime?.tv_sec ?? 0n : 0n,
    pi_stime: zombie ? own.ru_stime?.tv_sec ?? 0n : 0n,
    pi_cred: credentials(bsd, unlessUnknown(() => system.privileges(pid).groups)),
    pi_ru: own,
    pi_cru: {
      ru_utime: time(usage.ri_child_user_time, timebase),
      ru_stime: time(usage.ri_child_system_time, timebase),
      ru_minflt: accounting.childMinorFaults ?? 0n,
      ru_majflt: accounting.childMajorFaults ?? usage.ri_child_pageins,
    },
    pi_ioch: unlessUnknown(() => system.ioBytes(pid)) ?? 0n,
    pi_start: bsd.pbi_start_tvsec,
    pi_rlimit: LIMITS.map((name) => limit(name === null ? undefined : limits[name])),
    pi_drss: pages(accounting.residentDataBytes),
    pi_dvm: pages(accounting.dataBytes),
    pi_prm: memoryBytes ? usage.ri_resident_size * 100n / BigInt(memoryBytes) : 0n,
    pi_tsize: BigInt(accounting.textBytes ?? 0),
    pi_dsize: BigInt(accounting.dataBytes ?? 0),
    pi_signal: dispositions(signals),
    pi_sig: [signals?.pending ?? 0n],
    pi_data_l2psize: log2,
    pi_text_l2psize: log2,
    pi_stack_l2psize: log2,
  };
}

/**
 * Returns the BSD part. On macOS, `KERN_PROC` provides it if the caller may not query the process.
 */
function bsdInfoOf(pid: number, system: System): ProcBsdInfo {
  try {
    return pidInfo(pid, PROC_PIDTBSDINFO, 1, { system });
  } catch (error) {
    if (!isDenied(error)) throw error;
    const found = readKernProc(system.kernProc, KERN_PROC_PID, pid);
    if (typeof found === "number" || found.byteLength === 0) throw error;
    const bsd = block(procBsdInfo.size);
    writeBsdInfo(blockOf(found), 0, bsd);
    return procBsdInfo.decodeBlock(bsd, 0);
  }
}

/**
 * Returns the resource usage. It has no reads and writes if the caller may not query those, and
 * nothing if the caller may not query the usage.
 */
function usageOf(pid: number, system: System): RusageInfoV2 {
  return unlessDenied(() => pidRusage(pid, RUSAGE_INFO_V2, { system })) ??
    { ...NO_USAGE, ...unlessDenied(() => pidRusage(pid, RUSAGE_INFO_V1, { system })) };
}

/** Returns the result of `query`; undefined if this user may not query it. */
function unlessDenied<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof SystemCallError && error.errno === ERRNO.EPERM;
}

/** Returns the result of `query`; undefined if it is unavailable because the process is a zombie. */
function unlessZombie<T>(query: () => T, bsd: ProcBsdInfo): T | undefined {
  try {
    return query();
  } catch (error) {
    const gone = error instanceof SystemCallError && error.errno === ERRNO.ESRCH;
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

function credentials(bsd: ProcBsdInfo, groups: readonly number[] = []): Encodable<CredExt> {
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
  accounting: Accounting,
  timebase: Timebase,
): Encodable<Trusage64> {
  const faults = task === undefined ? 0n : BigInt(task.pti_faults - task.pti_pageins);
  return {
    ru_utime: time(usage.ri_user_time, timebase),
    ru_stime: time(usage.ri_system_time, timebase),
    ru_maxrss: BigInt(Math.floor((accounting.maxResidentBytes ?? 0) / 1024)),
    ru_minflt: accounting.minorFaults ?? faults,
    ru_majflt: usage.ri_pageins,
    ru_inblock: usage.ri_diskio_bytesread / BLOCK,
    ru_oublock: usage.ri_diskio_byteswritten / BLOCK,
    ru_nvcsw: accounting.voluntarySwitches ?? 0n,
    ru_nivcsw: accounting.involuntarySwitches ?? 0n,
  };
}

/** Converts a time. As on AIX, the member named after microseconds contains nanoseconds. */
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

const NO_USAGE: RusageInfoV2 = rusageInfoV2.decode(new Uint8Array(rusageInfoV2.size));

const NO_SIGNALS = { ignored: 0n, caught: 0n };

/** Returns the disposition of each signal: signal n is at index n - 1. */
function dispositions({ ignored, caught }: Omit<SignalSets, "pending"> = NO_SIGNALS): bigint[] {
  return Array.from({ length: SIGNALS }, (_, i) => {
    const bit = 1n << BigInt(i);
    return caught & bit ? SIG_CATCH : ignored & bit ? SIG_IGN : 0n;
  });
}
