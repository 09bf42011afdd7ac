/**
 * The loop of `tests/churn.ts`: makes every call that changes nothing, about every process, and
 * searches for impossible results.
 *
 * @module
 */
import process from "node:process";
import {
  auditToken,
  type Kernel,
  PIF_COMPARE_IDVERSION,
  PIF_COMPARE_UNIQUEID,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
  procFdInfo,
  procRegionInfo,
  procRegionPath,
  procRegionWithPathInfo,
  procTaskAllInfo,
  procTaskInfo,
  procUniqIdentifierInfo,
  rusageInfoV6,
  type Struct,
  structs,
} from "../../lib/calls/mod.ts";
import { ERRNO, errnoName } from "../../lib/system/errors.ts";

/** The result of a loop. */
export interface Report {
  /** The number of calls. */
  calls: number;
  /** The number of passes over the processes. */
  rounds: number;
  /** The number of distinct processes. */
  lives: number;
  /** The number of calls with each result, by names such as `"2/3 ESRCH"` or `"2/3 ok"`. */
  readonly answers: Record<string, number>;
  /** The first impossible results, one line each. */
  readonly wrong: string[];
}

const { EPERM, ESRCH, ENOTSUP, EINVAL, EACCES, ENOENT, EBADF, ENOTSOCK, ENOMEM } = ERRNO;
/** The errors that any call about a process can return. */
const ALWAYS: readonly number[] = [ESRCH, EPERM, ENOTSUP];

/** The form that a result must have if it is not an error. */
type Shape =
  /** The whole struct. */
  | { readonly struct: Struct<object> }
  /** This many bytes. */
  | { readonly size: number }
  /** Rows of this many bytes. */
  | { readonly rows: number }
  /** A count of rows, from 0. */
  | "count"
  | "zero";

/** The meaning of a flavor's `arg`. */
type Arg = "none" | "zombies" | "thread" | "address" | "file system";

/** One flavor of a callnum that takes a process. */
interface Question {
  readonly callnum: number;
  readonly flavor: number;
  readonly arg: Arg;
  /** The size of the buffer. */
  readonly size: number;
  readonly shape: Shape;
  /** The errors that are accepted in addition to {@linkcode ALWAYS}. */
  readonly errors: readonly number[];
}

const ROOM = 65536;
const whole = (struct: Struct<object>): Shape => ({ struct });
const rows = (size: number): Shape => ({ rows: size });
const size = (size: number): Shape => ({ size });

/** The flavors of PIDINFO. `size` is the buffer size for flavors that limit it. */
const PIDINFO: readonly (readonly [
  flavor: number,
  arg: Arg,
  shape: Shape,
  errors?: readonly number[],
  size?: number,
])[] = [
  [1, "none", rows(8)],
  [2, "none", whole(structs.proc_taskallinfo)],
  [3, "zombies", whole(structs.proc_bsdinfo)],
  [4, "none", whole(structs.proc_taskinfo)],
  [5, "thread", whole(structs.proc_threadinfo)],
  [6, "none", rows(8)],
  [7, "address", whole(structs.proc_regioninfo), [EINVAL]],
  [8, "address", whole(structs.proc_regionwithpathinfo), [EINVAL]],
  [9, "none", whole(structs.proc_vnodepathinfo), [ENOENT]],
  [10, "thread", whole(structs.proc_threadwithpathinfo)],
  [11, "none", "zero", [ENOENT], 4096],
  [12, "none", whole(structs.proc_workqueueinfo)],
  [13, "zombies", whole(structs.proc_bsdshortinfo)],
  [14, "none", rows(8)],
  [15, "thread", whole(structs.proc_threadinfo)],
  [16, "none", "zero", [EINVAL]],
  [17, "zombies", whole(structs.proc_uniqidentifierinfo)],
  [18, "zombies", whole(structs.proc_bsdinfowithuniqid)],
  [19, "none", whole(structs.proc_archinfo)],
  [20, "none", whole(structs.proc_pidcoalitioninfo)],
  [21, "none", size(4), [EACCES]],
  [22, "address", whole(structs.proc_regionwithpathinfo), [EINVAL]],
  [23, "file system", whole(structs.proc_regionwithpathinfo), [EINVAL]],
  [24, "none", whole(structs.proc_exitreasoninfo), [EACCES, ENOENT, ENOMEM]],
  [25, "none", whole(structs.proc_exitreasonbasicinfo), [EACCES, ENOENT]],
  [26, "none", "count"],
  [27, "none", "count"],
  [28, "none", rows(8)],
  [29, "none", "count", [EINVAL, ENOMEM]],
  [30, "none", size(4)],
  [31, "address", whole(structs.proc_regionpath), [EINVAL]],
  [32, "none", whole(structs.proc_ipctableinfo)],
  [33, "thread", whole(structs.proc_threadschedinfo), [EINVAL]],
  [34, "thread", rows(8)],
];

const RUSAGE = [
  ...[structs.rusage_info_v0, structs.rusage_info_v1, structs.rusage_info_v2],
  ...[structs.rusage_info_v3, structs.rusage_info_v4, structs.rusage_info_v5, rusageInfoV6],
];

const ABOUT_PROCESSES: readonly Question[] = [
  ...PIDINFO.map(([flavor, arg, shape, errors = [], size = ROOM]) => ({
    ...{ callnum: 2, flavor, arg, size, shape, errors },
  })),
  ...RUSAGE.map((struct, flavor): Question => ({
    ...{ callnum: 9, flavor, arg: "none", size: struct.size, shape: "zero", errors: [] },
  })),
  // Dirty tracking, graphics hardware and kqueues, which no process of Linux has, and udata.
  { callnum: 8, flavor: 3, arg: "none", size: 0, shape: "zero", errors: [] },
  { callnum: 12, flavor: 0, arg: "none", size: 4, shape: "zero", errors: [] },
  { callnum: 13, flavor: 0, arg: "none", size: 208, shape: "zero", errors: [] },
  { callnum: 14, flavor: 1, arg: "none", size: 8, shape: "zero", errors: [EACCES] },
];

/** The flavors of PIDFDINFO. Another kind of descriptor is `EBADF` or `ENOTSOCK`. */
const ABOUT_DESCRIPTORS: readonly Question[] = ([
  [1, whole(structs.vnode_fdinfo), [ENOENT]],
  [2, whole(structs.vnode_fdinfowithpath), [ENOENT]],
  [3, whole(structs.socket_fdinfo), [ENOTSOCK]],
  [4, whole(structs.psem_fdinfo), []],
  [5, whole(structs.pshm_fdinfo), []],
  [6, whole(structs.pipe_fdinfo), []],
  [7, whole(structs.kqueue_fdinfo), []],
  [8, whole(structs.appletalk_fdinfo), [EINVAL]],
  [9, "count", []],
  [10, whole(structs.channel_fdinfo), []],
] as const).map(([flavor, shape, errors]) => ({
  ...{ callnum: 3, flavor, arg: "none", size: ROOM, shape, errors: [...errors, EBADF] },
}));

/** The maximum number of descriptors of one process that are read in a round. */
const MOST = 40;
/** More regions than any process has. A walk that reaches this number does not end. */
const REGIONS_MAX = 200_000;
const SIGURG_OF_DARWIN = 16;

/** The values of a process that must not change, or not decrease. */
interface Life {
  readonly pid: number;
  readonly version: number;
  start: bigint;
  time: bigint;
}

/** The user that `storm.c` gives to its processes if it has the privilege. */
const STORM_USER = 54321;

/** The duration of a loop, in milliseconds. */
export interface Span {
  /** The minimum. */
  readonly least: number;
  /** The maximum, in case a busy machine delays {@linkcode hasEnough}. */
  readonly most: number;
}

/** Callnums and flavors that Linux serves, each read in a different way. */
const SERVED = ["2/2", "2/7", "2/15", "2/18", "3/2", "3/3", "3/6", "9/6", "11/1", "17/16"];

/** True if a loop has read several processes, with a result of each kind in {@linkcode SERVED}. */
export function hasEnough({ calls, lives, answers }: Report): boolean {
  return calls >= 50 && lives >= 5 && SERVED.every((flavor) => `${flavor} ok` in answers);
}

/** Makes calls for some time, and returns what they reported. */
export function churn(kernel: Kernel, { least, most }: Span): Report {
  const start = performance.now();
  const isOver = () => {
    const passed = performance.now() - start;
    return passed >= most || passed >= least && hasEnough(report);
  };
  const report: Report = { calls: 0, rounds: 0, lives: 0, answers: {}, wrong: [] };
  const memory = new Uint8Array(new ArrayBuffer(ROOM + 8));
  const view = new DataView(memory.buffer);
  const lives = new Map<bigint, Life>();
  const names = new Map<number, string>();
  let storms: ReadonlySet<number> = new Set();

  function complain(what: string): void {
    if (report.wrong.length < 20) report.wrong.push(what);
  }

  function count(callnum: number, flavor: number, answer: number): void {
    report.calls++;
    const key = callnum << 20 | flavor << 10 | (answer < 0 ? -answer : 0);
    let name = names.get(key);
    if (name === undefined) {
      name = `${callnum}/${flavor} ${answer < 0 ? errnoName(-answer) : "ok"}`;
      names.set(key, name);
    }
    report.answers[name] = (report.answers[name] ?? 0) + 1;
  }

  /** Makes one call, and checks that the bytes after the buffer do not change. */
  function ask(callnum: number, pid: number, flavor: number, arg: bigint, size: number): number {
    const buffer = memory.subarray(0, size);
    memory.fill(0xee, size, size + 8);
    const answer = kernel.procInfo(callnum, pid, flavor, arg, buffer);
    // LISTPIDS has the type of list in place of the pid.
    count(callnum, callnum === 1 ? pid : flavor, answer);
    for (let i = size; i < size + 8; i++) {
      if (memory[i] !== 0xee) complain(`${callnum}/${flavor} of ${pid} wrote behind the buffer`);
    }
    if (!Number.isInteger(answer)) complain(`${callnum}/${flavor} of ${pid} answered ${answer}`);
    return answer;
  }

  /** Makes one query and checks the form of its result, which remains in `memory`. */
  function put(question: Question, pid: number, arg: bigint): number {
    const { callnum, flavor, shape, errors } = question;
    const answer = ask(callnum, pid, flavor, arg, question.size);
    const where = `${callnum}/${flavor} of ${pid}, ${arg}:`;
    if (answer < 0) {
      if (!ALWAYS.includes(-answer) && !errors.includes(-answer)) {
        complain(`${where} ${errnoName(-answer)}`);
      }
      return answer;
    }
    if (shape === "zero") {
      if (answer !== 0) complain(`${where} ${answer}, not 0`);
    } else if (shape === "count") {
      if (answer > 131072) complain(`${where} counts ${answer}`);
    } else if ("rows" in shape) {
      if (answer % shape.rows !== 0 || answer > question.size) complain(`${where} ${answer} bytes`);
    } else if ("size" in shape) {
      if (answer !== shape.size) complain(`${where} ${answer} bytes`);
    } else if (answer !== shape.struct.size) {
      complain(`${where} ${answer} bytes of ${shape.struct.size}`);
    } else shape.struct.decode(memory);
    return answer;
  }

  const word = (index: number) => view.getBigUint64(index * 8, true);

  /** Returns the unique id of a process; undefined if it does not exist. */
  function identify(pid: number): bigint | undefined {
    const answer = ask(2, pid, 17, 1n, procUniqIdentifierInfo.size);
    if (answer < 0) return undefined;
    const { p_uniqueid, p_idversion } = procUniqIdentifierInfo.decode(memory);
    const life = lives.get(p_uniqueid);
    if (life === undefined) {
      if (lives.size > 100_000) lives.clear();
      report.lives++;
      lives.set(p_uniqueid, { pid, version: p_idversion, start: -1n, time: -1n });
    } else if (life.pid !== pid || life.version !== p_idversion) {
      complain(`${p_uniqueid} is ${pid} version ${p_idversion}, and was ${life.pid}`);
    }
    return p_uniqueid;
  }

  /** Checks that the values of a struct agree with earlier ones of the same process. */
  function remember(pid: number, unique: bigint | undefined, start: bigint, time: bigint): void {
    // The pid may have been reused meanwhile.
    if (unique === undefined || identify(pid) !== unique) return;
    const life = lives.get(unique)!;
    if (start >= 0n) {
      if (life.start >= 0n && life.start !== start) {
        complain(`${pid} started at ${start}, and at ${life.start}`);
      }
      life.start = start;
    }
    if (time >= 0n) {
      if (time < life.time) complain(`${pid} has used ${time}, and had used ${life.time}`);
      life.time = time;
    }
  }

  function checkPid(flavor: number, pid: number, said: number): void {
    if (said !== pid) complain(`2/${flavor} of ${pid} is about ${said}`);
  }

  /** Checks the members of the result in `memory`. */
  function examine({ callnum, flavor }: Question, pid: number, unique: bigint | undefined): void {
    if (callnum !== 2) return;
    if (flavor === 3 || flavor === 18) {
      const { pbi_pid, pbi_start_tvsec, pbi_start_tvusec, pbi_status } = flavor === 3
        ? procBsdInfo.decode(memory)
        : procBsdInfoWithUniqId.decode(memory).pbsd;
      checkPid(flavor, pid, pbi_pid);
      if (pbi_status < 1 || pbi_status > 5) complain(`2/${flavor} of ${pid}: status ${pbi_status}`);
      remember(pid, unique, pbi_start_tvsec * 1_000_000n + pbi_start_tvusec, -1n);
    } else if (flavor === 13) {
      checkPid(flavor, pid, procBsdShortInfo.decode(memory).pbsi_pid);
    } else if (flavor === 2) {
      const { pbsd, ptinfo } = procTaskAllInfo.decode(memory);
      checkPid(flavor, pid, pbsd.pbi_pid);
      if (ptinfo.pti_threadnum < 1) complain(`2/2 of ${pid}: ${ptinfo.pti_threadnum} threads`);
      remember(pid, unique, -1n, ptinfo.pti_total_user + ptinfo.pti_total_system);
    } else if (flavor === 4) {
      const { pti_total_user, pti_total_system } = procTaskInfo.decode(memory);
      remember(pid, unique, -1n, pti_total_user + pti_total_system);
    }
  }

  /** Reads up to `most` regions in the order of their addresses. */
  function walk(question: Question, pid: number, most: number): void {
    const { flavor } = question;
    let address = 0n;
    for (let region = 0; region < most; region++) {
      const answer = put(question, pid, address);
      if (answer < 0) return;
      const at = flavor === 7
        ? procRegionInfo.decode(memory)
        : flavor === 31
        ? procRegionPath.decode(memory)
        : procRegionWithPathInfo.decode(memory).prp_prinfo;
      const [start, size] = "prpo_addr" in at
        ? [at.prpo_addr, at.prpo_regionlength]
        : [at.pri_address, at.pri_size];
      if (start + size <= address || size <= 0n) {
        complain(`2/${flavor} of ${pid}, ${address}: ${size} bytes at ${start}`);
        return;
      }
      address = start + size;
    }
    if (most === REGIONS_MAX) complain(`2/${flavor} of ${pid} has no end`);
  }

  /** Reads the descriptors of a process, with every flavor for each of the first ones. */
  function descriptors(pid: number): void {
    const answer = put(ABOUT_PROCESSES[0]!, pid, 0n);
    if (answer <= 0) return;
    const fds = procFdInfo.decodeAll(memory.subarray(0, answer)).map(({ proc_fd }) => proc_fd);
    fds.forEach((fd, i) => {
      if (i > 0 && fd <= fds[i - 1]!) complain(`2/1 of ${pid}: ${fd} after ${fds[i - 1]}`);
    });
    for (const fd of fds.slice(0, MOST)) {
      for (const question of ABOUT_DESCRIPTORS) put(question, pid, BigInt(fd));
    }
  }

  function threads(pid: number): bigint[] {
    const answer = ask(2, pid, 28, 0n, ROOM);
    if (answer < 0) return [];
    const tids = Array.from({ length: answer / 8 }, (_, i) => word(i));
    if (tids.length === 0) complain(`2/28 of ${pid} lists no thread`);
    return tids.slice(0, 4);
  }

  /** Makes every call about one process. */
  function aboutProcess(pid: number, deep: boolean): void {
    const unique = identify(pid);
    const tids = threads(pid);
    for (const question of ABOUT_PROCESSES) {
      const { arg } = question;
      if (arg === "address") {
        walk(question, pid, deep ? REGIONS_MAX : 2);
        continue;
      }
      const args = arg === "thread"
        ? tids.length > 0 ? tids : [BigInt(pid)]
        : [arg === "zombies" ? 1n : 0n];
      for (const one of args) {
        if (put(question, pid, one) >= 0) examine(question, pid, unique);
      }
    }
    if (deep) descriptors(pid);
    if (unique === undefined) return;
    const { version } = lives.get(unique)!;
    for (
      const [flags, id] of [[PIF_COMPARE_UNIQUEID, unique], [
        PIF_COMPARE_IDVERSION,
        BigInt(version >>> 0),
      ]] as const
    ) {
      const buffer = memory.subarray(0, procBsdShortInfo.size);
      const answer = kernel.procInfoExtendedId(2, pid, 13, flags, id, 1n, buffer);
      count(2, 500 + flags, answer);
      if (answer < 0 ? !ALWAYS.includes(-answer) : answer !== procBsdShortInfo.size) {
        complain(`2/13 of ${pid} as ${id}: ${answer}`);
      }
    }
    // A wrong version must not signal the process. SIGURG has no effect on those of the storm.
    auditToken.encode({ val: [0, 0, 0, 0, 0, pid, 0, (version + 1) >>> 0] }, memory);
    if (ask(17, 0, SIGURG_OF_DARWIN, 0n, 32) !== -ESRCH) complain(`17 signals another ${pid}`);
    if (storms.has(pid)) {
      auditToken.encode({ val: [0, 0, 0, 0, 0, pid, 0, version >>> 0] }, memory);
      const answer = ask(17, 0, SIGURG_OF_DARWIN, 0n, 32);
      if (answer !== 0 && answer !== -ESRCH && answer !== -EPERM) {
        complain(`17 of ${pid}: ${answer}`);
      }
    }
  }

  /** Returns the pids in `memory`. */
  function listed(size: number): number[] {
    return Array.from({ length: size / 4 }, (_, i) => view.getInt32(i * 4, true));
  }

  /** Makes the calls that list processes or do not concern one. Returns all pids. */
  function pids(): number[] {
    for (const [type, info] of [[2, 1], [3, 0x8800], [4, 0], [5, 0], [6, 1], [7, 0], [99, 0]]) {
      const answer = ask(1, type!, info!, 0n, ROOM);
      if (answer < 0 || answer % 4 !== 0) complain(`1/${type}: ${answer}`);
    }
    const sizing = kernel.procInfo(1, 1, 0, 0n, null);
    if (sizing < 80) complain(`1/1 takes ${sizing} bytes`);
    for (const [callnum, pid] of [[4, 0], [10, process.pid], [11, 1], [16, 0], [19, 0], [20, 0]]) {
      const answer = ask(callnum!, pid!, 1, 0n, ROOM);
      const fine = callnum === 11 || callnum === 4 ? answer >= 0 : answer < 0;
      const refused = answer === -EPERM || answer === -ENOTSUP;
      if (!fine && !refused) complain(`${callnum}: ${answer}`);
    }
    storms = new Set(listed(ask(1, 4, STORM_USER, 0n, ROOM)));
    const answer = ask(1, 1, 0, 0n, ROOM);
    if (answer < 4 || answer % 4 !== 0) complain(`1/1: ${answer}`);
    const found = listed(answer);
    if (new Set(found).size !== found.length) complain("1/1 lists a process twice");
    if (!found.includes(process.pid)) complain("1/1 does not list this process");
    return found;
  }

  while (!isOver()) {
    const all = pids();
    // All processes are read only every fourth round: there may be many, and most change little.
    // This process has the most regions.
    for (const pid of report.rounds % 4 === 3 ? all : [...storms, process.pid]) {
      if (isOver()) break;
      aboutProcess(pid, storms.has(pid) || pid === process.pid);
    }
    report.rounds++;
  }
  return report;
}
