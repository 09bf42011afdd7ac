import * as calls from "../../lib/calls/mod.ts";
import type { Host } from "../../lib/system/system.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { darwinLayout } from "../golden/golden.ts";
import { SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import { expectedStruct, patternBytes, put, rows, type Seed } from "../support/pattern.ts";
import type { Scene } from "./scene.ts";

/** One thing that can be asked, and what must come back. */
export interface Question {
  readonly name: string;
  readonly callnum: number;
  /** What stands where a process id stands. */
  readonly pid: number;
  readonly flavor: number;
  /** What the table of the callnum says that the number means which the call returns. */
  readonly returns: calls.Returns;
  readonly ask: (kernel: Kernel, host: Host) => unknown;
  /** What must come back, from what did come back where the kernel made it up. */
  readonly expected: (answer: unknown) => unknown;
  /** The struct that the call fills, if it fills just one. */
  readonly struct?: string;
}

/** A process of the caller's user and child of the caller, with one thing for each flavor to find. */
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
/** Children for the calls that end a process. */
const ENDED = 401, SIGNALLED = 402, ENDED_BY_TOKEN = 403, SIGNALLED_FOR = 404, ENDED_FOR = 405;
const RSR = 406;

/** Fills a scene with what {@linkcode QUESTIONS} ask about. */
export function furnish(scene: Scene): void {
  const { control, add, item, set, option, blob } = scene;
  control.double_caller(SELF, 501, 1);
  add(PID);
  for (const pid of [ENDED, SIGNALLED, ENDED_BY_TOKEN, SIGNALLED_FOR, ENDED_FOR]) {
    add(pid, 501, named("DOUBLE_TRACKED"));
    // The version stands in the token that names it.
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

/** The struct of the pattern, with what the double writes over it. */
function patterned(seed: Seed, name: string, overlay: Overlay = {}): Record<string, unknown> {
  const bytes = patternBytes(seed, darwinLayout[name]!.size);
  for (const [path, value] of Object.entries(overlay)) put(bytes, name, path, value);
  return expectedStruct(name, bytes);
}

/** Rows of the pattern: it goes on from one to the next. */
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
    returns: calls.PID_INFO_REPLIES[flavor].returns,
    ask: (kernel) => calls.pidInfo(pid, flavor, arg, kernel),
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
      // An address of the kernel that stands before macOS's.
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
    returns: calls.PID_FD_INFO_REPLIES[flavor].returns,
    ask: (kernel) => calls.pidFdInfo(PID, fd, flavor, kernel),
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
    returns: calls.PID_FILEPORT_INFO_REPLIES[flavor].returns,
    ask: (kernel) => calls.pidFileportInfo(PID, port, flavor, kernel),
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
    returns: calls.PID_RUSAGE_REPLIES[flavor].returns,
    ask: (kernel) => calls.pidRusage(PID, flavor, kernel),
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
    returns: calls.PID_ORIGINATOR_INFO_REPLIES[flavor].returns,
    ask: (kernel) => calls.pidOriginatorInfo(flavor, kernel),
    expected: () => expected(seed),
  };
}

/** What a call answers that has no pattern. */
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

/** Every flavor of every callnum, once; `LISTPIDS` has its own tests. */
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
    calls.KERN_MSG_BUF_REPLY,
    (kernel) => calls.kernMsgBuf(kernel),
    "first\nlast\n",
  ),
  ...([
    [1, "SELFSET_PCONTROL", (kernel, host) => calls.setProcessControl(3, kernel, host)],
    [2, "SELFSET_THREADNAME", (kernel, host) => calls.setThreadName("x", kernel, host)],
    [3, "SELFSET_VMRSRCOWNER", (kernel, host) => calls.setVmResourceOwner(kernel, host)],
    [4, "SELFSET_DELAYIDLESLEEP", (kernel, host) => calls.setDelayIdleSleep(true, kernel, host)],
  ] as const satisfies readonly [calls.SetControlFlavor, string, Question["ask"]][])
    .map(([flavor, name, ask]) =>
      plain(name, [SETCONTROL, SELF, flavor], calls.SET_CONTROL_REPLIES[flavor], ask)
    ),
  pidFileportInfo(2, "PIDFILEPORTVNODEPATHINFO", VNODE_PORT, "vnode_fdinfowithpath"),
  pidFileportInfo(3, "PIDFILEPORTSOCKETINFO", SOCKET_PORT, "socket_fdinfo"),
  pidFileportInfo(5, "PIDFILEPORTPSHMINFO", PSHM_PORT, "pshm_fdinfo"),
  pidFileportInfo(6, "PIDFILEPORTPIPEINFO", PIPE_PORT, "pipe_fdinfo"),
  plain(
    "TERMINATE",
    [7, ENDED, 0],
    calls.TERMINATE_REPLY,
    (kernel) => calls.terminate(ENDED, kernel),
    9,
  ),
  ...([
    [1, "DIRTYCONTROL_TRACK", (kernel) => calls.trackDirty(PID, 7, kernel), undefined],
    [2, "DIRTYCONTROL_SET", (kernel) => calls.setDirty(PID, true, kernel), undefined],
    [3, "DIRTYCONTROL_GET", (kernel) => calls.getDirty(PID, kernel), 3],
    [4, "DIRTYCONTROL_CLEAR", (kernel) => calls.clearDirty(PID, 4, kernel), undefined],
  ] as const satisfies readonly [calls.DirtyControlFlavor, string, Question["ask"], unknown][])
    .map(([flavor, name, ask, expected]) =>
      plain(name, [DIRTYCONTROL, PID, flavor], calls.DIRTY_CONTROL_REPLIES[flavor], ask, expected)
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
    calls.LIST_COALITIONS_REPLIES[1],
    (kernel) => calls.listCoalitions(1, 0, kernel),
    ALL_COALITIONS,
  ),
  plain(
    "LISTCOALITIONS_SINGLE_TYPE",
    [LISTCOALITIONS, 2, 1],
    calls.LIST_COALITIONS_REPLIES[2],
    (kernel) => calls.listCoalitions(2, 1, kernel),
    [ALL_COALITIONS[1]],
  ),
  plain(
    "CANUSEFGHW",
    [12, SELF, 0],
    calls.CAN_USE_FG_HW_REPLY,
    (kernel) => calls.canUseFgHw(SELF, kernel),
    { allowed: true, reason: 1 },
  ),
  {
    name: "PIDDYNKQUEUE_INFO",
    callnum: PIDDYNKQUEUEINFO,
    pid: PID,
    flavor: 0,
    returns: calls.PID_DYN_KQUEUE_INFO_REPLIES[0].returns,
    ask: (kernel) => calls.pidDynKqueueInfo(PID, 0, QUEUE, kernel),
    expected: () => patterned({ callnum: PIDDYNKQUEUEINFO, pid: PID, flavor: 0 }, "kqueue_dyninfo"),
    struct: "kqueue_dyninfo",
  },
  {
    name: "PIDDYNKQUEUE_EXTINFO",
    callnum: PIDDYNKQUEUEINFO,
    pid: PID,
    flavor: 1,
    returns: calls.PID_DYN_KQUEUE_INFO_REPLIES[1].returns,
    ask: (kernel) => calls.pidDynKqueueInfo(PID, 1, QUEUE, kernel),
    expected: () => knotes({ callnum: PIDDYNKQUEUEINFO, pid: PID, flavor: 1 }),
  },
  plain(
    "UDATA_INFO_GET",
    [UDATA_INFO, SELF, 1],
    calls.UDATA_INFO_REPLIES[1],
    (kernel, host) => calls.getUdata(kernel, host),
    UDATA,
  ),
  plain(
    "UDATA_INFO_SET",
    [UDATA_INFO, SELF, 2],
    calls.UDATA_INFO_REPLIES[2],
    (kernel, host) => calls.setUdata(UDATA, kernel, host),
  ),
  plain(
    "SET_DYLD_IMAGES",
    [15, SELF, 0],
    calls.SET_DYLD_IMAGES_REPLY,
    (kernel, host) => calls.setDyldImages(new Uint8Array(400), kernel, host),
  ),
  plain(
    "TERMINATE_RSR",
    [16, 0, 0],
    calls.TERMINATE_RSR_REPLY,
    (kernel) => calls.terminateRsr(15, kernel),
    15,
  ),
  plain(
    "SIGNAL_AUDITTOKEN",
    [17, 0, 30],
    calls.SIGNAL_AUDIT_TOKEN_REPLY,
    (kernel) => calls.signalAuditToken(token(SIGNALLED), 30, kernel),
  ),
  plain(
    "TERMINATE_AUDITTOKEN",
    [18, 0, 0],
    calls.TERMINATE_AUDIT_TOKEN_REPLY,
    (kernel) => calls.terminateAuditToken(token(ENDED_BY_TOKEN), kernel),
    9,
  ),
  plain(
    "DELEGATE_SIGNAL",
    [19, 0, 31],
    calls.DELEGATE_SIGNAL_REPLY,
    (kernel) => calls.delegateSignal(token(SELF), token(SIGNALLED_FOR), 31, kernel),
  ),
  plain(
    "DELEGATE_TERMINATE",
    [20, 0, 0],
    calls.DELEGATE_TERMINATE_REPLY,
    (kernel) => calls.delegateTerminate(token(SELF), token(ENDED_FOR), kernel),
    9,
  ),
];

/** Every flavor that the tables of lib/calls/ know, as `callnum/flavor`. */
export const KNOWN: readonly string[] = [
  [PIDINFO, calls.PID_INFO_REPLIES] as const,
  [PIDFDINFO, calls.PID_FD_INFO_REPLIES] as const,
  [SETCONTROL, calls.SET_CONTROL_REPLIES] as const,
  [PIDFILEPORTINFO, calls.PID_FILEPORT_INFO_REPLIES] as const,
  [DIRTYCONTROL, calls.DIRTY_CONTROL_REPLIES] as const,
  [PIDRUSAGE, calls.PID_RUSAGE_REPLIES] as const,
  [PIDORIGINATORINFO, calls.PID_ORIGINATOR_INFO_REPLIES] as const,
  [PIDDYNKQUEUEINFO, calls.PID_DYN_KQUEUE_INFO_REPLIES] as const,
  [UDATA_INFO, calls.UDATA_INFO_REPLIES] as const,
].flatMap(([callnum, replies]) => Object.keys(replies).map((flavor) => `${callnum}/${flavor}`));

/** The callnums that exist. */
export const CALLNUMS: readonly number[] = Array.from({ length: 20 }, (_, i) => i + LISTPIDS);
/** What the kernel allows root only. */
export const FOR_ROOT: readonly string[] = ["KERNMSGBUF", "SELFSET_VMRSRCOWNER"];
