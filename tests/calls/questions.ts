import {
  SIGNAL_AUDIT_TOKEN_REPLY,
  TERMINATE_AUDIT_TOKEN_REPLY,
} from "../../lib/calls/audit_token.ts";
import { CAN_USE_FG_HW_REPLY } from "../../lib/calls/can_use_fg_hw.ts";
import { DELEGATE_SIGNAL_REPLY, DELEGATE_TERMINATE_REPLY } from "../../lib/calls/delegate.ts";
import { DIRTY_CONTROL_REPLIES } from "../../lib/calls/dirty_control.ts";
import { KERN_MSG_BUF_REPLY } from "../../lib/calls/kern_msg_buf.ts";
import { LIST_COALITIONS_REPLIES } from "../../lib/calls/list_coalitions.ts";
import { PID_DYN_KQUEUE_INFO_REPLIES } from "../../lib/calls/pid_dyn_kqueue_info.ts";
import { PID_FD_INFO_REPLIES } from "../../lib/calls/pid_fd_info.ts";
import { PID_FILEPORT_INFO_REPLIES } from "../../lib/calls/pid_fileport_info.ts";
import { PID_INFO_REPLIES } from "../../lib/calls/pid_info.ts";
import { PID_ORIGINATOR_INFO_REPLIES } from "../../lib/calls/pid_originator_info.ts";
import { PID_RUSAGE_REPLIES } from "../../lib/calls/pid_rusage.ts";
import { SET_CONTROL_REPLIES } from "../../lib/calls/set_control.ts";
import { SET_DYLD_IMAGES_REPLY } from "../../lib/calls/set_dyld_images.ts";
import { TERMINATE_REPLY } from "../../lib/calls/terminate.ts";
import { TERMINATE_RSR_REPLY } from "../../lib/calls/terminate_rsr.ts";
import { UDATA_INFO_REPLIES } from "../../lib/calls/udata_info.ts";
import * as calls from "../../lib/calls/mod.ts";
import type { System } from "../../lib/system/system.ts";
import { darwinLayout } from "../golden/golden.ts";
import { SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import { expectedStruct, patternBytes, put, rows, type Seed } from "../support/pattern.ts";
import type { Scene } from "./scene.ts";

/** A query and its expected result. */
export interface Question {
  readonly name: string;
  readonly callnum: number;
  /** The value of the pid argument. */
  readonly pid: number;
  readonly flavor: number;
  /** The meaning of the returned number, according to the table of the callnum. */
  readonly returns: calls.Returns;
  readonly ask: (system: System) => unknown;
  /** Returns the expected result. It copies from the answer what only the kernel can know. */
  readonly expected: (answer: unknown) => unknown;
  /** The struct that the call fills, if it fills exactly one. */
  readonly struct?: string;
}

/** A child of the caller with the caller's user, which has one object for each flavor to report. */
export const PID = 300;
const HANDLE = 0x16f0de000n, THREAD_ID = 0x1_2345_6789n;
const VNODE = 3, SOCKET = 4, PSEM = 5, PSHM = 6, KQUEUE = 7, PIPE = 8, CHANNEL = 9;
const VNODE_PORT = 0x1003, SOCKET_PORT = 0x1103, PSHM_PORT = 0x1203, PIPE_PORT = 0xfffffffb;
const QUEUE = 0xfedc_ba98_7654_3210n;
const KNOTES = 40;
const REGION = 0x1_0000_4000n, REGION_SIZE = 0xffff_ffff_8000n;
const FSID = 0x1_0000_0005n;
const LEVELS = 7;
const REASON = Uint8Array.from({ length: 5000 }, (_, i) => i * 3);
const POINTERS = [1n, 0xffff_ffff_ffff_fffen, 5n];
const FAULTS: readonly (readonly [bigint, bigint])[] = [[7n, 0x1000n], [
  8n,
  0xffff_0000_0000_2000n,
]];
const UDATA = 0x8000_0000_0000_0001n;
const PATH = "/Applications/Überblick.app/Contents/MacOS/Überblick";
/** Children for the calls that terminate a process. */
const ENDED = 401, SIGNALLED = 402, ENDED_BY_TOKEN = 403, SIGNALLED_FOR = 404, ENDED_FOR = 405;
const RSR = 406;

/** Fills a scene with the objects that {@linkcode QUESTIONS} query. */
export function furnish(scene: Scene): void {
  const { control, add, item, set, option, blob } = scene;
  control.double_caller(SELF, 501, 1);
  add(PID);
  for (const pid of [ENDED, SIGNALLED, ENDED_BY_TOKEN, SIGNALLED_FOR, ENDED_FOR]) {
    add(pid, 501, named("DOUBLE_TRACKED"));
    // The version is part of the token that identifies the process.
    set(pid, "IDVERSION", BigInt(pid));
  }
  add(RSR, 501, named("DOUBLE_RSR"));
  set(SELF, "IDVERSION", BigInt(SELF));
  const kinds = [[VNODE, 1], [SOCKET, 2], [PSEM, 4], [PSHM, 3], [PIPE, 6], [CHANNEL, 10]] as const;
  for (const [fd, kind] of kinds) item(PID, "FD", BigInt(fd), BigInt(kind));
  item(PID, "FD", BigInt(KQUEUE), 5n, BigInt(KNOTES));
  const ports = [[VNODE_PORT, 1], [SOCKET_PORT, 2], [PSHM_PORT, 3], [PIPE_PORT, 6]] as const;
  for (const [port, kind] of ports) item(PID, "FILEPORT", BigInt(port), BigInt(kind));
  for (const pid of [PID, SELF]) {
    control.double_clear(pid, named("DOUBLE_THREAD"));
    item(pid, "THREAD", THREAD_ID, HANDLE);
    item(pid, "THREAD", THREAD_ID + 1n, HANDLE + 0x1000n);
  }
  item(PID, "REGION", REGION, REGION_SIZE, 1n, FSID);
  item(PID, "DYNKQUEUE", QUEUE, 1n, BigInt(KNOTES));
  for (const pointer of POINTERS) item(PID, "UPTR", pointer);
  for (const [time, address] of FAULTS) item(SELF, "FAULT", time, address);
  blob("EXIT_REASON", PID, 0n, REASON);
  blob("PATH", PID, 0n, PATH);
  blob("KMSG", 0, 0n, "first\nlast\n");
  option("PERF_LEVELS", BigInt(LEVELS));
  option("FGHW_REASON", 1n);
  set(SELF, "UDATA", UDATA);
  set(PID, "DIRTY", 3n);
  control.double_coalition(0xffff_ffff_ffffn, 0, 3);
  control.double_coalition(9n, 1, 0xffffffff);
}

const LISTPIDS = 1, PIDINFO = 2, PIDFDINFO = 3, SETCONTROL = 5, PIDFILEPORTINFO = 6;
const DIRTYCONTROL = 8, PIDRUSAGE = 9, PIDORIGINATORINFO = 10, LISTCOALITIONS = 11;
const PIDDYNKQUEUEINFO = 13, UDATA_INFO = 14;

type Overlay = Readonly<Record<string, number | bigint>>;

/** Returns the struct of the pattern, with the members that the double overwrites. */
function patterned(seed: Seed, name: string, overlay: Overlay = {}): Record<string, unknown> {
  const bytes = patternBytes(seed, darwinLayout[name]!.size);
  for (const [path, value] of Object.entries(overlay)) put(bytes, name, path, value);
  return expectedStruct(name, bytes);
}

/** Returns rows of the pattern, which continues from one row to the next. */
function patternedRows(seed: Seed, name: string, overlays: readonly Overlay[]): unknown[] {
  const { size } = darwinLayout[name]!;
  return overlays.flatMap((overlay, i) => {
    const bytes = patternBytes(seed, size, i * size);
    for (const [path, value] of Object.entries(overlay)) put(bytes, name, path, value);
    return rows(name, bytes);
  });
}

const word = (seed: Seed) => new DataView(patternBytes(seed, 4).buffer).getUint32(0, true);

function pidInfo(
  flavor: calls.PidInfoFlavor,
  name: string,
  expected: (seed: Seed, answer: unknown) => unknown,
  { pid = PID, arg = 0n, struct }: { pid?: number; arg?: bigint; struct?: string } = {},
): Question {
  const seed = { callnum: PIDINFO, pid, flavor };
  return {
    ...seed,
    name,
    returns: PID_INFO_REPLIES[flavor].returns,
    ask: (system) => calls.pidInfo(pid, flavor, arg, { system }),
    expected: (answer) => expected(seed, answer),
    ...struct === undefined ? {} : { struct },
  };
}

function pidInfoStruct(
  flavor: calls.PidInfoFlavor,
  name: string,
  struct: string,
  { overlay, ...options }: { pid?: number; arg?: bigint; overlay?: Overlay } = {},
): Question {
  const expected = (seed: Seed) => patterned(seed, struct, overlay);
  return pidInfo(flavor, name, expected, { ...options, struct });
}

const REGION_INFO = { "prp_prinfo.pri_address": REGION, "prp_prinfo.pri_size": REGION_SIZE };

const PIDINFO_QUESTIONS: readonly Question[] = [
  pidInfo(1, "PIDLISTFDS", () =>
    [
      [VNODE, 1],
      [SOCKET, 2],
      [PSEM, 4],
      [PSHM, 3],
      [KQUEUE, 5],
      [PIPE, 6],
      [CHANNEL, 10],
    ].map(([proc_fd, proc_fdtype]) => ({ proc_fd, proc_fdtype }))),
  pidInfoStruct(2, "PIDTASKALLINFO", "proc_taskallinfo"),
  pidInfoStruct(3, "PIDTBSDINFO", "proc_bsdinfo"),
  pidInfoStruct(4, "PIDTASKINFO", "proc_taskinfo"),
  pidInfoStruct(5, "PIDTHREADINFO", "proc_threadinfo", { arg: HANDLE }),
  pidInfo(6, "PIDLISTTHREADS", () => BigUint64Array.of(HANDLE, HANDLE + 0x1000n)),
  pidInfoStruct(7, "PIDREGIONINFO", "proc_regioninfo", {
    overlay: { pri_address: REGION, pri_size: REGION_SIZE },
  }),
  pidInfoStruct(8, "PIDREGIONPATHINFO", "proc_regionwithpathinfo", { overlay: REGION_INFO }),
  pidInfoStruct(9, "PIDVNODEPATHINFO", "proc_vnodepathinfo"),
  pidInfoStruct(10, "PIDTHREADPATHINFO", "proc_threadwithpathinfo", { arg: HANDLE }),
  pidInfo(11, "PIDPATHINFO", () => PATH),
  pidInfoStruct(12, "PIDWORKQUEUEINFO", "proc_workqueueinfo"),
  pidInfoStruct(13, "PIDT_SHORTBSDINFO", "proc_bsdshortinfo"),
  pidInfo(
    14,
    "PIDLISTFILEPORTS",
    () =>
      [[VNODE_PORT, 1], [SOCKET_PORT, 2], [PSHM_PORT, 3], [PIPE_PORT, 6]]
        .map(([proc_fileport, proc_fdtype]) => ({ proc_fileport, proc_fdtype })),
  ),
  pidInfoStruct(15, "PIDTHREADID64INFO", "proc_threadinfo", { arg: THREAD_ID }),
  pidInfoStruct(17, "PIDUNIQIDENTIFIERINFO", "proc_uniqidentifierinfo"),
  pidInfoStruct(18, "PIDT_BSDINFOWITHUNIQID", "proc_bsdinfowithuniqid"),
  pidInfoStruct(19, "PIDARCHINFO", "proc_archinfo"),
  pidInfoStruct(20, "PIDCOALITIONINFO", "proc_pidcoalitioninfo"),
  pidInfo(21, "PIDNOTEEXIT", word, { arg: 0x04000000n }),
  pidInfoStruct(22, "PIDREGIONPATHINFO2", "proc_regionwithpathinfo", { overlay: REGION_INFO }),
  pidInfoStruct(23, "PIDREGIONPATHINFO3", "proc_regionwithpathinfo", {
    overlay: REGION_INFO,
    arg: FSID,
  }),
  pidInfo(24, "PIDEXITREASONINFO", (seed, answer) => ({
    ...patterned(seed, "proc_exitreasoninfo", {
      eri_reason_buf_size: REASON.length,
      // The kernel of this library for macOS chooses this address.
      eri_kcd_buf: (answer as calls.ExitReason).eri_kcd_buf,
    }),
    data: REASON,
  })),
  pidInfoStruct(25, "PIDEXITREASONBASICINFO", "proc_exitreasonbasicinfo", {
    overlay: { beri_reason_buf_size: REASON.length },
  }),
  pidInfo(26, "PIDLISTUPTRS", () => BigUint64Array.from([...POINTERS, QUEUE])),
  pidInfo(27, "PIDLISTDYNKQUEUES", () => BigUint64Array.of(QUEUE)),
  pidInfo(28, "PIDLISTTHREADIDS", () => BigUint64Array.of(THREAD_ID, THREAD_ID + 1n)),
  pidInfo(29, "PIDVMRTFAULTINFO", (seed) =>
    patternedRows(
      seed,
      "vm_rtfault_record_t",
      FAULTS.map(([rtfabstime, rtfaddr]) => ({ rtfabstime, rtfaddr })),
    ), { pid: SELF }),
  pidInfo(30, "PIDPLATFORMINFO", word),
  pidInfoStruct(31, "PIDREGIONPATH", "proc_regionpath", {
    overlay: { prpo_addr: REGION, prpo_regionlength: REGION_SIZE },
  }),
  pidInfoStruct(32, "PIDIPCTABLEINFO", "proc_ipctableinfo"),
  pidInfoStruct(33, "PIDTHREADSCHEDINFO", "proc_threadschedinfo", { pid: SELF, arg: THREAD_ID }),
  pidInfo(34, "PIDTHREADCOUNTS", (seed) => {
    const bytes = patternBytes(seed, 8 + LEVELS * 40);
    put(bytes, "proc_threadcounts", "ptc_len", LEVELS);
    return expectedStruct("proc_threadcounts", bytes);
  }, { arg: THREAD_ID }),
];

const knotes = (seed: Seed) =>
  patternedRows(seed, "kevent_extinfo", Array.from({ length: KNOTES }, () => ({})));

function pidFdInfo(
  flavor: calls.PidFdInfoFlavor,
  name: string,
  fd: number,
  struct?: string,
): Question {
  const seed = { callnum: PIDFDINFO, pid: PID, flavor };
  return {
    ...seed,
    name,
    returns: PID_FD_INFO_REPLIES[flavor].returns,
    ask: (system) => calls.pidFdInfo(PID, fd, flavor, { system }),
    expected: () => struct === undefined ? knotes(seed) : patterned(seed, struct),
    ...struct === undefined ? {} : { struct },
  };
}

function pidFileportInfo(
  flavor: calls.PidFileportInfoFlavor,
  name: string,
  port: number,
  struct: string,
): Question {
  const seed = { callnum: PIDFILEPORTINFO, pid: PID, flavor };
  return {
    ...seed,
    name,
    returns: PID_FILEPORT_INFO_REPLIES[flavor].returns,
    ask: (system) => calls.pidFileportInfo(PID, port, flavor, { system }),
    expected: () => patterned(seed, struct),
    struct,
  };
}

function pidRusage(flavor: calls.PidRusageFlavor): Question {
  const seed = { callnum: PIDRUSAGE, pid: PID, flavor };
  const struct = `rusage_info_v${flavor}`;
  return {
    ...seed,
    name: `RUSAGE_INFO_V${flavor}`,
    returns: PID_RUSAGE_REPLIES[flavor].returns,
    ask: (system) => calls.pidRusage(PID, flavor, { system }),
    expected: () => patterned(seed, struct),
  };
}

function pidOriginatorInfo(
  flavor: calls.PidOriginatorInfoFlavor,
  name: string,
  expected: (seed: Seed) => unknown,
): Question {
  const seed = { callnum: PIDORIGINATORINFO, pid: 0, flavor };
  return {
    ...seed,
    name,
    returns: PID_ORIGINATOR_INFO_REPLIES[flavor].returns,
    ask: (system) => calls.pidOriginatorInfo(flavor, { system }),
    expected: () => expected(seed),
  };
}

/** Returns a query whose answer has no pattern. */
function plain(
  name: string,
  [callnum, pid, flavor]: readonly [callnum: number, pid: number, flavor: number],
  { returns }: calls.Reply<unknown>,
  ask: Question["ask"],
  expected?: unknown,
): Question {
  return { name, callnum, pid, flavor, returns, ask, expected: () => expected };
}

const token = (pid: number) => ({ val: [1, 2, 3, 4, 5, pid, 7, pid] });
const ALL_COALITIONS = [
  { coalition_id: 0xffff_ffff_ffffn, coalition_type: 0, coalition_tasks: 3 },
  { coalition_id: 9n, coalition_type: 1, coalition_tasks: 0xffffffff },
];

/** Every flavor of every callnum, once. `LISTPIDS` has its own tests. */
export const QUESTIONS: readonly Question[] = [
  ...PIDINFO_QUESTIONS,
  pidFdInfo(1, "PIDFDVNODEINFO", VNODE, "vnode_fdinfo"),
  pidFdInfo(2, "PIDFDVNODEPATHINFO", VNODE, "vnode_fdinfowithpath"),
  pidFdInfo(3, "PIDFDSOCKETINFO", SOCKET, "socket_fdinfo"),
  pidFdInfo(4, "PIDFDPSEMINFO", PSEM, "psem_fdinfo"),
  pidFdInfo(5, "PIDFDPSHMINFO", PSHM, "pshm_fdinfo"),
  pidFdInfo(6, "PIDFDPIPEINFO", PIPE, "pipe_fdinfo"),
  pidFdInfo(7, "PIDFDKQUEUEINFO", KQUEUE, "kqueue_fdinfo"),
  pidFdInfo(9, "PIDFDKQUEUE_EXTINFO", KQUEUE),
  pidFdInfo(10, "PIDFDCHANNELINFO", CHANNEL, "channel_fdinfo"),
  plain(
    "KERNMSGBUF",
    [4, 0, 0],
    KERN_MSG_BUF_REPLY,
    (system) => calls.kernMsgBuf({ system }),
    "first\nlast\n",
  ),
  ...([
    [1, "SELFSET_PCONTROL", (system) => calls.setProcessControl(3, { system })],
    [2, "SELFSET_THREADNAME", (system) => calls.setThreadName("x", { system })],
    [3, "SELFSET_VMRSRCOWNER", (system) => calls.setVmResourceOwner({ system })],
    [4, "SELFSET_DELAYIDLESLEEP", (system) => calls.setDelayIdleSleep(true, { system })],
  ] as const satisfies readonly [calls.SetControlFlavor, string, Question["ask"]][])
    .map(([flavor, name, ask]) =>
      plain(name, [SETCONTROL, SELF, flavor], SET_CONTROL_REPLIES[flavor], ask)
    ),
  pidFileportInfo(2, "PIDFILEPORTVNODEPATHINFO", VNODE_PORT, "vnode_fdinfowithpath"),
  pidFileportInfo(3, "PIDFILEPORTSOCKETINFO", SOCKET_PORT, "socket_fdinfo"),
  pidFileportInfo(5, "PIDFILEPORTPSHMINFO", PSHM_PORT, "pshm_fdinfo"),
  pidFileportInfo(6, "PIDFILEPORTPIPEINFO", PIPE_PORT, "pipe_fdinfo"),
  plain(
    "TERMINATE",
    [7, ENDED, 0],
    TERMINATE_REPLY,
    (system) => calls.terminate(ENDED, { system }),
    9,
  ),
  ...([
    [1, "DIRTYCONTROL_TRACK", (system) => calls.trackDirty(PID, 7, { system }), undefined],
    [2, "DIRTYCONTROL_SET", (system) => calls.setDirty(PID, true, { system }), undefined],
    [3, "DIRTYCONTROL_GET", (system) => calls.getDirty(PID, { system }), 3],
    [4, "DIRTYCONTROL_CLEAR", (system) => calls.clearDirty(PID, 4, { system }), undefined],
  ] as const satisfies readonly [calls.DirtyControlFlavor, string, Question["ask"], unknown][])
    .map(([flavor, name, ask, expected]) =>
      plain(name, [DIRTYCONTROL, PID, flavor], DIRTY_CONTROL_REPLIES[flavor], ask, expected)
    ),
  ...([0, 1, 2, 3, 4, 5, 6] as const).map(pidRusage),
  pidOriginatorInfo(1, "PIDORIGINATOR_UUID", (seed) => patternBytes(seed, 16)),
  pidOriginatorInfo(2, "PIDORIGINATOR_BGSTATE", word),
  pidOriginatorInfo(
    3,
    "PIDORIGINATOR_PID_UUID",
    (seed) => patterned(seed, "proc_originatorinfo"),
  ),
  plain(
    "LISTCOALITIONS_ALL_COALS",
    [LISTCOALITIONS, 1, 0],
    LIST_COALITIONS_REPLIES[1],
    (system) => calls.listCoalitions(1, 0, { system }),
    ALL_COALITIONS,
  ),
  plain(
    "LISTCOALITIONS_SINGLE_TYPE",
    [LISTCOALITIONS, 2, 1],
    LIST_COALITIONS_REPLIES[2],
    (system) => calls.listCoalitions(2, 1, { system }),
    [ALL_COALITIONS[1]],
  ),
  plain(
    "CANUSEFGHW",
    [12, SELF, 0],
    CAN_USE_FG_HW_REPLY,
    (system) => calls.canUseFgHw(SELF, { system }),
    { allowed: true, reason: 1 },
  ),
  {
    name: "PIDDYNKQUEUE_INFO",
    callnum: PIDDYNKQUEUEINFO,
    pid: PID,
    flavor: 0,
    returns: PID_DYN_KQUEUE_INFO_REPLIES[0].returns,
    ask: (system) => calls.pidDynKqueueInfo(PID, 0, QUEUE, { system }),
    expected: () => patterned({ callnum: PIDDYNKQUEUEINFO, pid: PID, flavor: 0 }, "kqueue_dyninfo"),
    struct: "kqueue_dyninfo",
  },
  {
    name: "PIDDYNKQUEUE_EXTINFO",
    callnum: PIDDYNKQUEUEINFO,
    pid: PID,
    flavor: 1,
    returns: PID_DYN_KQUEUE_INFO_REPLIES[1].returns,
    ask: (system) => calls.pidDynKqueueInfo(PID, 1, QUEUE, { system }),
    expected: () => knotes({ callnum: PIDDYNKQUEUEINFO, pid: PID, flavor: 1 }),
  },
  plain(
    "UDATA_INFO_GET",
    [UDATA_INFO, SELF, 1],
    UDATA_INFO_REPLIES[1],
    (system) => calls.getUdata({ system }),
    UDATA,
  ),
  plain(
    "UDATA_INFO_SET",
    [UDATA_INFO, SELF, 2],
    UDATA_INFO_REPLIES[2],
    (system) => calls.setUdata(UDATA, { system }),
  ),
  plain(
    "SET_DYLD_IMAGES",
    [15, SELF, 0],
    SET_DYLD_IMAGES_REPLY,
    (system) => calls.setDyldImages(new Uint8Array(400), { system }),
  ),
  plain(
    "TERMINATE_RSR",
    [16, 0, 0],
    TERMINATE_RSR_REPLY,
    (system) => calls.terminateRsr(15, { system }),
    15,
  ),
  plain(
    "SIGNAL_AUDITTOKEN",
    [17, 0, 30],
    SIGNAL_AUDIT_TOKEN_REPLY,
    (system) => calls.signalAuditToken(token(SIGNALLED), 30, { system }),
  ),
  plain(
    "TERMINATE_AUDITTOKEN",
    [18, 0, 0],
    TERMINATE_AUDIT_TOKEN_REPLY,
    (system) => calls.terminateAuditToken(token(ENDED_BY_TOKEN), { system }),
    9,
  ),
  plain(
    "DELEGATE_SIGNAL",
    [19, 0, 31],
    DELEGATE_SIGNAL_REPLY,
    (system) => calls.delegateSignal(token(SELF), token(SIGNALLED_FOR), 31, { system }),
  ),
  plain(
    "DELEGATE_TERMINATE",
    [20, 0, 0],
    DELEGATE_TERMINATE_REPLY,
    (system) => calls.delegateTerminate(token(SELF), token(ENDED_FOR), { system }),
    9,
  ),
];

/** Every flavor in the tables of lib/calls/, as `callnum/flavor`. */
export const KNOWN: readonly string[] = [
  [PIDINFO, PID_INFO_REPLIES] as const,
  [PIDFDINFO, PID_FD_INFO_REPLIES] as const,
  [SETCONTROL, SET_CONTROL_REPLIES] as const,
  [PIDFILEPORTINFO, PID_FILEPORT_INFO_REPLIES] as const,
  [DIRTYCONTROL, DIRTY_CONTROL_REPLIES] as const,
  [PIDRUSAGE, PID_RUSAGE_REPLIES] as const,
  [PIDORIGINATORINFO, PID_ORIGINATOR_INFO_REPLIES] as const,
  [PIDDYNKQUEUEINFO, PID_DYN_KQUEUE_INFO_REPLIES] as const,
  [UDATA_INFO, UDATA_INFO_REPLIES] as const,
].flatMap(([callnum, replies]) => Object.keys(replies).map((flavor) => `${callnum}/${flavor}`));

/** All callnums. */
export const CALLNUMS: readonly number[] = Array.from({ length: 20 }, (_, i) => i + LISTPIDS);
/** The queries that the kernel permits to root only. */
export const FOR_ROOT: readonly string[] = ["KERNMSGBUF", "SELFSET_VMRSRCOWNER"];
