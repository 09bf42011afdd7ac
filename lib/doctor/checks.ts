import { procArchInfo } from "../abi/arch_info.ts";
import {
  PROC_FLAG_CONTROLT,
  PROC_FLAG_CTTY,
  PROC_FLAG_EXEC,
  PROC_FLAG_LP64,
  PROC_FLAG_ROSETTA,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  type ProcBsdInfo,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
} from "../abi/bsd_info.ts";
import { procFileInfo } from "../abi/file_info.ts";
import { procIpcTableInfo } from "../abi/ipc_table_info.ts";
import { kinfoProc } from "../abi/kinfo_proc.ts";
import { procRegionInfo } from "../abi/region_info.ts";
import { rusageInfoV0 } from "../abi/rusage_info.ts";
import { procTaskAllInfo, type ProcTaskInfo, procTaskInfo } from "../abi/task_info.ts";
import { procThreadInfo } from "../abi/thread_info.ts";
import { procVnodePathInfo } from "../abi/vnode_info.ts";
import { block, blockOf } from "../layout/block.ts";
import { KINFO, writeBsdInfo } from "../system/kern_proc.ts";
import type { Timebase } from "../system/facts.ts";
import { between, type Check, type Facts, same, sameFile, skipped } from "./facts.ts";

/** The facts that an answer is compared with. */
export interface Scene {
  /** The process that is examined. */
  readonly pid: number;
  /** The facts about it from other sources. */
  readonly facts: Facts;
  /** The unit of the kernel's clock. */
  readonly timebase: Timebase;
  /** The value of `facts.processorTime()` before the call. */
  readonly processorTime: number | undefined;
  /** The number of threads in the kernel's list; undefined if the list is unavailable. */
  readonly threads: number | undefined;
  /** The result of `PROC_PIDTBSDINFO`; undefined if it failed. */
  readonly bsd: ProcBsdInfo | undefined;
}

/** A function that compares an answer with other sources. */
export type Compare = (bytes: Uint8Array, scene: Scene) => Check[];

/** Compares `proc_bsdinfo`. */
export const bsdInfo: Compare = (bytes, scene) => bsd(procBsdInfo.decode(bytes), scene);

/** Compares `proc_bsdinfowithuniqid`. */
export const bsdInfoWithUniqId: Compare = (bytes, scene) =>
  bsd(procBsdInfoWithUniqId.decode(bytes).pbsd, scene);

/** Compares `proc_bsdshortinfo`. */
export const bsdShortInfo: Compare = (bytes, { pid, facts }) => {
  const info = procBsdShortInfo.decode(bytes);
  return [
    same("pid", info.pbsi_pid, pid),
    same("parent", info.pbsi_ppid, facts.ppid),
    group(info.pbsi_pgid, facts),
    same("user", info.pbsi_uid, facts.euid),
    same("real user", info.pbsi_ruid, facts.ruid),
    name(info.pbsi_comm, facts),
  ];
};

/** Compares `proc_taskinfo`. */
export const taskInfo: Compare = (bytes, scene) => task(procTaskInfo.decode(bytes), scene);

/** Compares `proc_taskallinfo`. */
export const taskAllInfo: Compare = (bytes, scene) => {
  const { pbsd, ptinfo } = procTaskAllInfo.decode(bytes);
  return [...bsd(pbsd, scene), ...task(ptinfo, scene)];
};

/** Compares `rusage_info_v0`, with which every version begins. */
export const rusage: Compare = (bytes, scene) => {
  const info = rusageInfoV0.decode(bytes);
  return [
    processorTime(info.ri_user_time + info.ri_system_time, scene),
    residentSize(info.ri_resident_size, scene.facts),
  ];
};

/** Compares `proc_vnodepathinfo`. */
export const vnodePaths: Compare = (bytes, { facts }) => {
  const { vip_vi, vip_path } = procVnodePathInfo.decode(bytes).pvi_cdir;
  const { vst_dev, vst_ino } = vip_vi.vi_stat;
  const there = vip_path === "" ? null : facts.fileId?.(vip_path) ?? null;
  return [
    sameFile("directory", { device: vst_dev, inode: vst_ino }, facts.directory),
    sameFile("directory's path", there, facts.directory),
  ];
};

/** Compares the path of the executable. */
export const executable: Compare = (bytes, { facts }) => {
  const end = bytes.indexOf(0);
  const path = new TextDecoder().decode(bytes.subarray(0, end));
  return [sameFile("program", facts.fileId?.(path) ?? null, facts.executable)];
};

// The values of `cputype` (mach/machine.h).
const CPU_TYPES: Readonly<Record<string, number>> = { arm64: 0x0100000c, x64: 0x01000007 };

/** Compares `proc_archinfo`. */
export const arch: Compare = (bytes, { facts }) => [
  same("processor", procArchInfo.decode(bytes).p_cputype, CPU_TYPES[facts.arch ?? ""]),
];

/** Compares `proc_threadinfo`. */
export const thread: Compare = (bytes) => [
  between("state", procThreadInfo.decode(bytes).pth_run_state, 0, 5),
];

/** Compares `proc_regioninfo`, which a path may follow. */
export const region: Compare = (bytes) => [
  between("size", Number(procRegionInfo.decode(bytes).pri_size), 1, Infinity),
];

/** Compares `proc_ipctableinfo`. */
export const ipcTable: Compare = (bytes) => {
  const { table_size, table_free } = procIpcTableInfo.decode(bytes);
  return [between("free ports", table_free, 0, table_size)];
};

/** Compares `proc_fileinfo`, with which every answer about a descriptor begins. */
export function fileType(type: number): Compare {
  return (bytes) => [same("kind", procFileInfo.decode(bytes).fi_type, type)];
}

/** Compares a list of pids, which must contain the examined one. */
export const hasPid: Compare = (bytes, { pid }) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4) {
    if (view.getInt32(at, true) === pid) return [same("pid", true, true)];
  }
  return [same("pid", "a list without it", `${pid}`)];
};

/**
 * The members that both `struct kinfo_proc` and `proc_bsdinfo` have, by their names in a report.
 */
const BOTH: Readonly<Record<string, (info: ProcBsdInfo) => unknown>> = {
  "parent by its flavor": (info) => info.pbi_ppid,
  "group by its flavor": (info) => info.pbi_pgid,
  "users by their flavor": ({ pbi_uid, pbi_ruid, pbi_svuid }) =>
    `${pbi_uid} ${pbi_ruid} ${pbi_svuid}`,
  "groups by their flavor": ({ pbi_gid, pbi_rgid, pbi_svgid }) =>
    `${pbi_gid} ${pbi_rgid} ${pbi_svgid}`,
  "terminal by its flavor": ({ e_tdev, e_tpgid }) => `${e_tdev | 0} ${e_tpgid}`,
  "nice value by its flavor": (info) => info.pbi_nice,
  "start by its flavor": (info) => `${info.pbi_start_tvsec}.${info.pbi_start_tvusec}`,
  "name by its flavor": (info) => info.pbi_comm,
  "flags by their flavor": (info) => `0x${(info.pbi_flags & LASTING).toString(16)}`,
};
/** The flags that both structs have and that a process keeps. */
const LASTING = PROC_FLAG_SYSTEM | PROC_FLAG_TRACED | PROC_FLAG_LP64 | PROC_FLAG_SLEADER |
  PROC_FLAG_CTTY | PROC_FLAG_CONTROLT | PROC_FLAG_EXEC | PROC_FLAG_ROSETTA;

/** Compares `struct kinfo_proc`, also with the flavor that reports the same to fewer users. */
export const kinfo: Compare = (bytes, { pid, facts, bsd: known }) => {
  const to = block(procBsdInfo.size);
  writeBsdInfo(blockOf(bytes), 0, to);
  const info = procBsdInfo.decodeBlock(to, 0);
  return [
    ...bsd(info, { pid, facts }),
    ...Object.entries(BOTH).map(([what, of]) => same(what, of(info), known && of(known))),
  ];
};

/** Compares an array of `struct kinfo_proc`, which must contain the examined process. */
export const hasKinfo: Compare = (bytes, { pid }) => {
  const { view } = blockOf(bytes);
  for (let at = 0; at < bytes.byteLength; at += kinfoProc.size) {
    if (view.getInt32(at + KINFO.pid, true) === pid) return [same("pid", pid, pid)];
  }
  return [same("pid", "an array without it", `${pid}`)];
};

function bsd(info: ProcBsdInfo, { pid, facts }: Pick<Scene, "pid" | "facts">): Check[] {
  return [
    same("pid", info.pbi_pid, pid),
    same("parent", info.pbi_ppid, facts.ppid),
    group(info.pbi_pgid, facts),
    same("user", info.pbi_uid, facts.euid),
    same("real user", info.pbi_ruid, facts.ruid),
    name(info.pbi_comm, facts),
    startTime(info.pbi_start_tvsec, info.pbi_start_tvusec, facts),
  ];
}

/** A process without a session is not in a group. */
function group(reported: number, { pgrp }: Facts): Check {
  return reported === 0 ? skipped("group") : same("group", reported, pgrp);
}

/** The length of the longest name that is kept. */
const NAME_LENGTH = 15;

function name(reported: string, { names }: Facts): Check {
  const cut = names?.map((name) => name.slice(0, NAME_LENGTH));
  return cut?.includes(reported)
    ? same("name", reported, reported)
    : same("name", reported, cut?.join(" or "));
}

/** A process exists before it runs the program that queries it. A runtime may start slowly. */
const COMES_UP = 600;
/** The start time is counted in ticks since the machine's start, which may be in whole seconds. */
const CLOCKS_DIFFER = 2;

function startTime(seconds: bigint, microseconds: bigint, { startedAt }: Facts): Check {
  const reported = Number(seconds) + Number(microseconds) / 1e6;
  if (startedAt === undefined) return skipped("start time");
  const began = startedAt / 1000;
  return between("start time", reported, began - COMES_UP, began + CLOCKS_DIFFER);
}

function task(info: ProcTaskInfo, scene: Scene): Check[] {
  const { pti_virtual_size, pti_resident_size, pti_threadnum } = info;
  // Threads start and end while they are listed.
  const listed = scene.threads, slack = 8 + (listed ?? 0) / 4;
  return [
    processorTime(info.pti_total_user + info.pti_total_system, scene),
    residentSize(pti_resident_size, scene.facts),
    between("virtual size", Number(pti_virtual_size), Number(pti_resident_size), Infinity),
    between(
      "threads",
      pti_threadnum,
      listed === undefined ? undefined : Math.max(listed - slack, 1),
      listed === undefined ? undefined : listed + slack,
    ),
  ];
}

/** The difference that two sources may have, in microseconds: one may count in 1/100 s. */
const TICKS_DIFFER = 50_000;

function processorTime(reported: bigint, { facts, timebase, processorTime }: Scene): Check {
  const what = "processor time";
  if (facts.processorTime === undefined || processorTime === undefined) return skipped(what);
  const { numer, denom } = timebase;
  const microseconds = Number(reported) * numer / denom / 1000;
  const now = facts.processorTime();
  return between(
    what,
    Math.round(microseconds),
    Math.round(processorTime * 0.9 - TICKS_DIFFER),
    Math.round(now * 1.1 + TICKS_DIFFER),
  );
}

/**
 * The factor by which two sources may differ, as they are read at different times. If their units
 * differ, then by a factor of at least 1024.
 */
const GROWS = 4;

function residentSize(reported: bigint, facts: Facts): Check {
  const known = facts.residentSize?.();
  if (known === undefined) return skipped("resident size");
  return between("resident size", Number(reported), Math.floor(known / GROWS), known * GROWS);
}
