import type { ProcBsdInfo } from "../abi/bsd_info.ts";
import {
  PROC_INFO_CALL_CANUSEFGHW,
  PROC_INFO_CALL_DIRTYCONTROL,
  PROC_INFO_CALL_KERNMSGBUF,
  PROC_INFO_CALL_LISTCOALITIONS,
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDDYNKQUEUEINFO,
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDFILEPORTINFO,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDORIGINATORINFO,
  PROC_INFO_CALL_PIDRUSAGE,
  PROC_INFO_CALL_UDATA_INFO,
} from "../abi/callnum.ts";
import * as dirty from "../abi/dirty_control.ts";
import { PIF_COMPARE_IDVERSION, PIF_COMPARE_UNIQUEID } from "../abi/extended_id.ts";
import * as fd from "../abi/fd_info.ts";
import * as kinfo from "../abi/kinfo_proc.ts";
import * as coalitions from "../abi/list_coalitions.ts";
import * as pids from "../abi/list_pids.ts";
import * as queue from "../abi/pid_dyn_kqueue_info.ts";
import * as fdInfo from "../abi/pid_fd_info.ts";
import * as fileport from "../abi/pid_fileport_info.ts";
import * as info from "../abi/pid_info.ts";
import * as originator from "../abi/pid_originator_info.ts";
import { PROC_UDATA_INFO_GET } from "../abi/udata_info.ts";
import { ERRNO } from "../system/errors.ts";
import { NO_CALLNUM, type Question, SYSCTL } from "./query.ts";
import * as check from "./checks.ts";
import type { Facts } from "./facts.ts";
import {
  counted,
  flexible,
  number,
  path,
  rows,
  type Shape,
  silent,
  struct,
  text,
} from "./shape.ts";

/** One query, and the rules by which its answer is judged. */
export interface Probe {
  /** The name of the query in C. */
  readonly name: string;
  /** The call. */
  readonly question: Question;
  /** The form of the answer. */
  readonly shape: Shape;
  /** The function that compares the answer with another source. */
  readonly compare?: check.Compare;
  /**
   * The calls that return `EINVAL` only if the kernel does not know the flavor: those with a null
   * buffer, or all.
   */
  readonly unknown?: "null" | "any";
  /** The errno that an invalid query must return. */
  readonly must?: number;
}

/** The arguments for the queries that were found in a process. */
export interface Found {
  /** The first descriptor of each kind, and the first of any kind. */
  readonly descriptors: ReadonlyMap<number | "any", bigint>;
  /** The first fileport of each kind, and the first of any kind. */
  readonly fileports: ReadonlyMap<number | "any", bigint>;
  /** The handle of a thread. */
  readonly handle: bigint;
  /** The id of a thread. */
  readonly thread: bigint;
  /** The number of threads in the kernel's list; undefined if the list is unavailable. */
  readonly threads: number | undefined;
  /** The id of a dynamic kqueue. */
  readonly queue: bigint;
  /** The id of the file system of its working directory. */
  readonly fileSystem: bigint;
  /** Its `p_uniqueid`. */
  readonly uniqueId: bigint;
  /** Its `p_idversion`. */
  readonly idVersion: bigint;
  /** The result of `PROC_PIDTBSDINFO`; undefined if it failed. */
  readonly bsd: ProcBsdInfo | undefined;
  /** The device number of its terminal. */
  readonly terminal: number;
}

/** A section of the report. */
export interface Section {
  /** The name of the callnum in C, without the common prefix. */
  readonly title: string;
  /** The queries of the section. */
  readonly probes: readonly Probe[];
}

/** Returns all queries about a process. They change nothing. */
export function sections(pid: number, facts: Facts, found: Found): Section[] {
  return [
    { title: "LISTPIDS", probes: listPids(facts, found) },
    { title: "PIDINFO", probes: pidInfo(pid, facts, found) },
    { title: "PIDINFO, of one identity", probes: ofIdentity(pid, found) },
    { title: "PIDFDINFO", probes: pidFdInfo(pid, found) },
    { title: "PIDFILEPORTINFO", probes: pidFileportInfo(pid, found) },
    { title: "PIDRUSAGE", probes: pidRusage(pid) },
    { title: "others", probes: others(pid, found) },
    { title: "invalid queries", probes: wrongQuestions(pid) },
  ];
}

const NO_TERMINAL = -1;
/** A pid that no process has. */
const NO_PROCESS = 0x7fffffff;

/** Returns the queries of `sysctl()` with `KERN_PROC` about the same process. */
export function kernProc(pid: number, facts: Facts, { terminal }: Found): Section {
  const { size } = kinfo.kinfoProc;
  const query = (name: string, flavor: number, value: number, shape: Shape): Probe => ({
    name,
    question: { callnum: SYSCTL, pid: value | 0, flavor, arg: 0n },
    shape,
  });
  const lists: readonly [string, number, number | undefined][] = [
    ["KERN_PROC_ALL", kinfo.KERN_PROC_ALL, 0],
    ["KERN_PROC_PGRP", kinfo.KERN_PROC_PGRP, facts.pgrp],
    ["KERN_PROC_TTY", kinfo.KERN_PROC_TTY, terminal === NO_TERMINAL ? undefined : terminal],
    ["KERN_PROC_UID", kinfo.KERN_PROC_UID, facts.euid],
    ["KERN_PROC_RUID", kinfo.KERN_PROC_RUID, facts.ruid],
  ];
  const one = { ...struct(size), refusesNull: false };
  return {
    title: "sysctl KERN_PROC",
    probes: [
      { ...query("KERN_PROC_PID", kinfo.KERN_PROC_PID, pid, one), compare: check.kinfo },
      ...lists.map(([name, what, value]) => ({
        ...query(name, what, value ?? NO_TERMINAL, rows(size, { sized: true })),
        ...(value === undefined ? {} : { compare: check.hasKinfo }),
      })),
      query("KERN_PROC_PID of no process", kinfo.KERN_PROC_PID, NO_PROCESS, number(0, size)),
      {
        ...query("KERN_PROC_SESSION", kinfo.KERN_PROC_SESSION, pid, number(0, size)),
        must: ERRNO.EINVAL,
      },
      {
        ...query("KERN_PROC_LCID", kinfo.KERN_PROC_LCID, pid, number(0, size)),
        must: ERRNO.ENOTSUP,
      },
    ],
  };
}

function listPids(facts: Facts, { terminal }: Found): Probe[] {
  // A filter without a known value gets a value that no process has.
  const types: readonly [string, number, number | undefined][] = [
    ["PROC_ALL_PIDS", pids.PROC_ALL_PIDS, 0],
    ["PROC_PGRP_ONLY", pids.PROC_PGRP_ONLY, facts.pgrp],
    ["PROC_TTY_ONLY", pids.PROC_TTY_ONLY, terminal === NO_TERMINAL ? undefined : terminal],
    ["PROC_UID_ONLY", pids.PROC_UID_ONLY, facts.euid],
    ["PROC_RUID_ONLY", pids.PROC_RUID_ONLY, facts.ruid],
    ["PROC_PPID_ONLY", pids.PROC_PPID_ONLY, facts.ppid],
    ["PROC_KDBG_ONLY", pids.PROC_KDBG_ONLY, undefined],
  ];
  return types.map(([name, type, value]) => ({
    name,
    question: {
      callnum: PROC_INFO_CALL_LISTPIDS,
      pid: type,
      flavor: (value ?? NO_TERMINAL) | 0,
      arg: 0n,
    },
    shape: rows(4, { sized: true }),
    ...(value === undefined ? {} : { compare: check.hasPid }),
  }));
}

/** An exit reason can have data, which the kernels of this library put after the struct. */
const EXIT_REASON: Shape = {
  size: info.PROC_PIDEXITREASONINFO_SIZE + 4096,
  refusesNull: true,
  describe: ({ result }) => `${result} bytes`,
  complain: ({ result }) =>
    result === info.PROC_PIDEXITREASONINFO_SIZE
      ? null
      : `the kernel returned ${result} for a struct of ${info.PROC_PIDEXITREASONINFO_SIZE} bytes`,
};

function pidInfo(pid: number, facts: Facts, found: Found): Probe[] {
  const { handle, thread } = found;
  const own = facts.threadId ?? thread;
  const list = { sized: true }, unsized = { sized: false };
  const region = struct(info.PROC_PIDREGIONPATHINFO_SIZE);
  const flavors: readonly [string, number, Shape, (check.Compare | undefined)?, bigint?][] = [
    ["PROC_PIDLISTFDS", info.PROC_PIDLISTFDS, rows(8, list)],
    ["PROC_PIDTASKALLINFO", info.PROC_PIDTASKALLINFO, struct(232), check.taskAllInfo],
    ["PROC_PIDTBSDINFO", info.PROC_PIDTBSDINFO, struct(136), check.bsdInfo],
    ["PROC_PIDTASKINFO", info.PROC_PIDTASKINFO, struct(96), check.taskInfo],
    ["PROC_PIDTHREADINFO", info.PROC_PIDTHREADINFO, struct(112), check.thread, handle],
    ["PROC_PIDLISTTHREADS", info.PROC_PIDLISTTHREADS, rows(8, unsized)],
    ["PROC_PIDREGIONINFO", info.PROC_PIDREGIONINFO, struct(96), check.region],
    ["PROC_PIDREGIONPATHINFO", info.PROC_PIDREGIONPATHINFO, region, check.region],
    ["PROC_PIDVNODEPATHINFO", info.PROC_PIDVNODEPATHINFO, struct(2352), check.vnodePaths],
    ["PROC_PIDTHREADPATHINFO", info.PROC_PIDTHREADPATHINFO, struct(1288), check.thread, handle],
    ["PROC_PIDPATHINFO", info.PROC_PIDPATHINFO, path(4096), check.executable],
    ["PROC_PIDWORKQUEUEINFO", info.PROC_PIDWORKQUEUEINFO, struct(16)],
    ["PROC_PIDT_SHORTBSDINFO", info.PROC_PIDT_SHORTBSDINFO, struct(64), check.bsdShortInfo],
    ["PROC_PIDLISTFILEPORTS", info.PROC_PIDLISTFILEPORTS, rows(8, list)],
    ["PROC_PIDTHREADID64INFO", info.PROC_PIDTHREADID64INFO, struct(112), check.thread, thread],
    ["PROC_PIDUNIQIDENTIFIERINFO", info.PROC_PIDUNIQIDENTIFIERINFO, struct(56)],
    [
      "PROC_PIDT_BSDINFOWITHUNIQID",
      info.PROC_PIDT_BSDINFOWITHUNIQID,
      struct(192),
      check.bsdInfoWithUniqId,
    ],
    ["PROC_PIDARCHINFO", info.PROC_PIDARCHINFO, struct(8), check.arch],
    ["PROC_PIDCOALITIONINFO", info.PROC_PIDCOALITIONINFO, struct(40)],
    ["PROC_PIDNOTEEXIT", info.PROC_PIDNOTEEXIT, struct(4)],
    ["PROC_PIDREGIONPATHINFO2", info.PROC_PIDREGIONPATHINFO2, region, check.region],
    [
      "PROC_PIDREGIONPATHINFO3",
      info.PROC_PIDREGIONPATHINFO3,
      region,
      check.region,
      found.fileSystem,
    ],
    ["PROC_PIDEXITREASONINFO", info.PROC_PIDEXITREASONINFO, EXIT_REASON],
    ["PROC_PIDEXITREASONBASICINFO", info.PROC_PIDEXITREASONBASICINFO, struct(24)],
    ["PROC_PIDLISTUPTRS", info.PROC_PIDLISTUPTRS, counted(8, list)],
    ["PROC_PIDLISTDYNKQUEUES", info.PROC_PIDLISTDYNKQUEUES, counted(8, list)],
    ["PROC_PIDLISTTHREADIDS", info.PROC_PIDLISTTHREADIDS, rows(8, unsized)],
    ["PROC_PIDVMRTFAULTINFO", info.PROC_PIDVMRTFAULTINFO, counted(56, unsized)],
    ["PROC_PIDPLATFORMINFO", info.PROC_PIDPLATFORMINFO, struct(4)],
    ["PROC_PIDREGIONPATH", info.PROC_PIDREGIONPATH, struct(1040)],
    ["PROC_PIDIPCTABLEINFO", info.PROC_PIDIPCTABLEINFO, struct(8), check.ipcTable],
    [
      "PROC_PIDTHREADSCHEDINFO",
      info.PROC_PIDTHREADSCHEDINFO,
      struct(8),
      undefined,
      own,
    ],
    ["PROC_PIDTHREADCOUNTS", info.PROC_PIDTHREADCOUNTS, flexible(8, 40), undefined, thread],
  ];
  return flavors.map(([name, flavor, shape, compare, arg = 0n]) => ({
    name,
    question: { callnum: PROC_INFO_CALL_PIDINFO, pid, flavor, arg },
    shape,
    unknown: "null",
    ...(compare === undefined ? {} : { compare }),
  }));
}

function ofIdentity(pid: number, { uniqueId, idVersion }: Found): Probe[] {
  const query = (name: string, flags: number, id: bigint, must?: number): Probe => ({
    name,
    question: {
      callnum: PROC_INFO_CALL_PIDINFO,
      pid,
      flavor: info.PROC_PIDT_SHORTBSDINFO,
      arg: 0n,
      identity: { flags, id },
    },
    shape: struct(64),
    ...(must === undefined ? { compare: check.bsdShortInfo } : { must }),
  });
  const both = PIF_COMPARE_UNIQUEID | PIF_COMPARE_IDVERSION;
  return [
    query("by p_uniqueid", PIF_COMPARE_UNIQUEID, uniqueId),
    query("by p_idversion", PIF_COMPARE_IDVERSION, idVersion),
    query("by another p_uniqueid", PIF_COMPARE_UNIQUEID, uniqueId + 1n, ERRNO.ESRCH),
    query("by both", both, uniqueId, ERRNO.EINVAL),
  ];
}

function pidFdInfo(pid: number, { descriptors }: Found): Probe[] {
  const { PROX_FDTYPE_KQUEUE: kqueue } = fd;
  const flavors: readonly [string, number, number | undefined, Shape][] = [
    ["PROC_PIDFDVNODEINFO", fdInfo.PROC_PIDFDVNODEINFO, fd.PROX_FDTYPE_VNODE, struct(176)],
    ["PROC_PIDFDVNODEPATHINFO", fdInfo.PROC_PIDFDVNODEPATHINFO, fd.PROX_FDTYPE_VNODE, struct(1200)],
    ["PROC_PIDFDSOCKETINFO", fdInfo.PROC_PIDFDSOCKETINFO, fd.PROX_FDTYPE_SOCKET, struct(792)],
    ["PROC_PIDFDPSEMINFO", fdInfo.PROC_PIDFDPSEMINFO, fd.PROX_FDTYPE_PSEM, struct(1184)],
    ["PROC_PIDFDPSHMINFO", fdInfo.PROC_PIDFDPSHMINFO, fd.PROX_FDTYPE_PSHM, struct(1192)],
    ["PROC_PIDFDPIPEINFO", fdInfo.PROC_PIDFDPIPEINFO, fd.PROX_FDTYPE_PIPE, struct(184)],
    ["PROC_PIDFDKQUEUEINFO", fdInfo.PROC_PIDFDKQUEUEINFO, kqueue, struct(168)],
    ["PROC_PIDFDATALKINFO", fdInfo.PROC_PIDFDATALKINFO, undefined, struct(160)],
    [
      "PROC_PIDFDKQUEUE_EXTINFO",
      fdInfo.PROC_PIDFDKQUEUE_EXTINFO,
      kqueue,
      counted(104, { sized: true }),
    ],
    ["PROC_PIDFDCHANNELINFO", fdInfo.PROC_PIDFDCHANNELINFO, fd.PROX_FDTYPE_CHANNEL, struct(56)],
  ];
  return flavors.map(([name, flavor, type, shape]) => ({
    name,
    question: { callnum: PROC_INFO_CALL_PIDFDINFO, pid, flavor, arg: ofKind(descriptors, type) },
    shape,
    unknown: "null",
    ...(type === undefined || shape.row !== undefined ? {} : { compare: check.fileType(type) }),
  }));
}

function pidFileportInfo(pid: number, { fileports }: Found): Probe[] {
  const flavors: readonly [string, number, number, Shape][] = [
    [
      "PROC_PIDFILEPORTVNODEPATHINFO",
      fileport.PROC_PIDFILEPORTVNODEPATHINFO,
      fd.PROX_FDTYPE_VNODE,
      struct(1200),
    ],
    [
      "PROC_PIDFILEPORTSOCKETINFO",
      fileport.PROC_PIDFILEPORTSOCKETINFO,
      fd.PROX_FDTYPE_SOCKET,
      struct(792),
    ],
    [
      "PROC_PIDFILEPORTPSHMINFO",
      fileport.PROC_PIDFILEPORTPSHMINFO,
      fd.PROX_FDTYPE_PSHM,
      struct(1192),
    ],
    [
      "PROC_PIDFILEPORTPIPEINFO",
      fileport.PROC_PIDFILEPORTPIPEINFO,
      fd.PROX_FDTYPE_PIPE,
      struct(184),
    ],
  ];
  return flavors.map(([name, flavor, type, shape]) => ({
    name,
    question: {
      callnum: PROC_INFO_CALL_PIDFILEPORTINFO,
      pid,
      flavor,
      arg: ofKind(fileports, type),
    },
    shape,
    unknown: "null",
    compare: check.fileType(type),
  }));
}

/** Returns one of a kind, or if there is none, one of any kind, which the kernel must refuse. */
function ofKind(found: ReadonlyMap<number | "any", bigint>, kind: number | undefined): bigint {
  return (kind === undefined ? undefined : found.get(kind)) ?? found.get("any") ?? 0n;
}

function pidRusage(pid: number): Probe[] {
  return [96, 144, 160, 232, 296, 304, 464].map((size, flavor) => ({
    name: `RUSAGE_INFO_V${flavor}`,
    question: { callnum: PROC_INFO_CALL_PIDRUSAGE, pid, flavor, arg: 0n },
    shape: silent(size),
    unknown: "any",
    compare: check.rusage,
  }));
}

const MESSAGES = 65536;
const RESOURCES = 0, MEMORY = 1;

function others(pid: number, found: Found): Probe[] {
  const row = coalitions.LISTCOALITIONS_ALL_COALS_SIZE;
  const calls: readonly [string, number, number, number, Shape, Probe["unknown"]?, bigint?][] = [
    ["KERNMSGBUF", PROC_INFO_CALL_KERNMSGBUF, 0, 0, text(MESSAGES)],
    [
      "PROC_DIRTYCONTROL_GET",
      PROC_INFO_CALL_DIRTYCONTROL,
      pid,
      dirty.PROC_DIRTYCONTROL_GET,
      number(15, 0),
      "any",
    ],
    [
      "PROC_PIDORIGINATOR_UUID",
      PROC_INFO_CALL_PIDORIGINATORINFO,
      pid,
      originator.PROC_PIDORIGINATOR_UUID,
      struct(16),
      "null",
    ],
    [
      "PROC_PIDORIGINATOR_BGSTATE",
      PROC_INFO_CALL_PIDORIGINATORINFO,
      pid,
      originator.PROC_PIDORIGINATOR_BGSTATE,
      struct(4),
      "null",
    ],
    [
      "PROC_PIDORIGINATOR_PID_UUID",
      PROC_INFO_CALL_PIDORIGINATORINFO,
      pid,
      originator.PROC_PIDORIGINATOR_PID_UUID,
      struct(48),
      "null",
    ],
    [
      "LISTCOALITIONS_ALL_COALS",
      PROC_INFO_CALL_LISTCOALITIONS,
      coalitions.LISTCOALITIONS_ALL_COALS,
      0,
      rows(row, { sized: true }),
      "any",
    ],
    [
      "LISTCOALITIONS_SINGLE_TYPE, resources",
      PROC_INFO_CALL_LISTCOALITIONS,
      coalitions.LISTCOALITIONS_SINGLE_TYPE,
      RESOURCES,
      rows(row, { sized: true }),
      "any",
    ],
    [
      "LISTCOALITIONS_SINGLE_TYPE, memory",
      PROC_INFO_CALL_LISTCOALITIONS,
      coalitions.LISTCOALITIONS_SINGLE_TYPE,
      MEMORY,
      rows(row, { sized: true }),
      "any",
    ],
    ["CANUSEFGHW", PROC_INFO_CALL_CANUSEFGHW, pid, 0, number(1, 4)],
    [
      "PROC_PIDDYNKQUEUE_INFO",
      PROC_INFO_CALL_PIDDYNKQUEUEINFO,
      pid,
      queue.PROC_PIDDYNKQUEUE_INFO,
      { ...struct(208), short: 0, refusesNull: false },
      undefined,
      found.queue,
    ],
    [
      "PROC_PIDDYNKQUEUE_EXTINFO",
      PROC_INFO_CALL_PIDDYNKQUEUEINFO,
      pid,
      queue.PROC_PIDDYNKQUEUE_EXTINFO,
      counted(104, { sized: false }),
      undefined,
      found.queue,
    ],
    [
      "PROC_UDATA_INFO_GET",
      PROC_INFO_CALL_UDATA_INFO,
      pid,
      PROC_UDATA_INFO_GET,
      silent(8, ERRNO.EINVAL),
      "any",
    ],
  ];
  return calls.map(([name, callnum, first, flavor, shape, unknown, arg = 0n]) => ({
    name,
    question: { callnum, pid: first, flavor, arg },
    shape,
    ...(unknown === undefined ? {} : { unknown }),
  }));
}

function wrongQuestions(pid: number): Probe[] {
  const { PROC_PIDPATHINFO, PROC_PIDPATHINFO_MAXSIZE, PROC_PIDTBSDINFO } = info;
  const NONE = 0x7fff;
  const questions: readonly [string, number, number, number, number, number, bigint?][] = [
    ["a callnum that does not exist", NO_CALLNUM, pid, 0, 64, ERRNO.EINVAL],
    ["a flavor that does not exist", PROC_INFO_CALL_PIDINFO, pid, NONE, 64, ERRNO.EINVAL],
    ["PROC_PID_RUSAGE", PROC_INFO_CALL_PIDINFO, pid, info.PROC_PID_RUSAGE, 464, ERRNO.EINVAL],
    ["process -1", PROC_INFO_CALL_PIDINFO, -1, PROC_PIDTBSDINFO, 136, ERRNO.ESRCH],
    [
      "a path in a buffer that is too large",
      PROC_INFO_CALL_PIDINFO,
      pid,
      PROC_PIDPATHINFO,
      PROC_PIDPATHINFO_MAXSIZE + 1,
      ERRNO.EOVERFLOW,
    ],
    ["process ids in 3 bytes", PROC_INFO_CALL_LISTPIDS, pids.PROC_ALL_PIDS, 0, 3, ERRNO.ENOMEM],
    [
      "a descriptor that does not exist",
      PROC_INFO_CALL_PIDFDINFO,
      pid,
      fdInfo.PROC_PIDFDVNODEINFO,
      fdInfo.PROC_PIDFDVNODEINFO_SIZE,
      ERRNO.EBADF,
      0x7fff_fffen,
    ],
  ];
  return questions.map(([name, callnum, first, flavor, size, must, arg = 0n]) => ({
    name,
    question: { callnum, pid: first, flavor, arg },
    shape: number(0, size),
    must,
  }));
}
