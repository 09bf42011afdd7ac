/**
 * The checks that XNU makes before a call, in its order. This model was written from
 * `bsd/kern/proc_info.c`, and does not share code with the library. The numbers are those of the
 * headers.
 */

/** The error numbers of Darwin that the checks return. */
export const E = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EBADF: 9,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EINVAL: 22,
  ENOTSOCK: 38,
  ENOTSUP: 45,
  ENOBUFS: 55,
  ENAMETOOLONG: 63,
  EOVERFLOW: 84,
} as const;

/** The arguments of a call, except for the process. */
export interface Question {
  readonly callnum: number;
  readonly flavor: number;
  readonly arg: bigint;
  /** The size of the buffer; null if there is no buffer. */
  readonly size: number | null;
}

/** The process that a call is about. */
export interface Target {
  /** A description of the process for messages. */
  readonly role: string;
  readonly pid: number;
  /** The state; absent for a number that is not a pid, such as the id of a thread. */
  readonly state: "living" | "zombie" | "absent";
  /** True if its effective user is that of the caller. */
  readonly sameUser: boolean;
  /** True for the caller itself. */
  readonly isSelf: boolean;
  /** True for a child of the caller. */
  readonly isChild: boolean;
  /** The ids of its threads. */
  readonly threads: readonly number[];
  /** Its last descriptor. All descriptors from 0 to this one are open, and none from 1000 on. */
  readonly lastFd: number;
}

/** The process that makes a call. */
export interface Caller {
  /** True for root, who can query every process. */
  readonly isRoot: boolean;
}

/** Returns the error of a check, or undefined if the call passes it. */
type Check = (question: Question, target: Target, caller: Caller) => number | undefined;

const sizeOf = ({ size }: Question) => size ?? 0;
const low = (arg: bigint) => Number(BigInt.asIntN(32, arg));

const living: Check = (_, { state }) => state === "living" ? undefined : E.ESRCH;
const livingOrZombie: Check = (_, { state }) => state === "absent" ? E.ESRCH : undefined;
const sameUser: Check = (_, target, caller) =>
  target.sameUser || caller.isRoot ? undefined : E.EPERM;
/** A part of `cansignal()`. It is enough for processes whose real and effective users are equal. */
const maySignal: Check = sameUser;
const parent: Check = (_, { isChild }) => isChild ? undefined : E.EACCES;
const self: (errno: number) => Check = (errno) => (_, { isSelf }) => isSelf ? undefined : errno;
const always: (errno: number) => Check = (errno) => () => errno;
const atLeast: (least: number, sizing?: boolean, errno?: number) => Check =
  (least, sizing = false, errno = E.ENOMEM) => ({ size }) => {
    if (size === null && sizing) return undefined;
    return (size ?? 0) < least ? errno : undefined;
  };
const thread: Check = ({ arg }, { threads }) =>
  threads.some((tid) => BigInt(tid) === arg) ? undefined : E.ESRCH;
/** There are no regions in the upper half of the address space. */
const region: Check = ({ arg }) => arg >= 1n << 63n ? E.EINVAL : undefined;

/** A flavor of `PROC_INFO_CALL_PIDINFO`. */
interface PidInfo {
  readonly least: number;
  /** True if it returns a size for a null buffer. */
  readonly sizing?: true;
  /** Set if it finds zombies: always, or if the argument is not 0. */
  readonly zombies?: "always" | "arg";
  /** True if every user can query it about all processes. */
  readonly toAll?: true;
  /** The checks after that of the permission. */
  readonly then?: readonly Check[];
}

const PIDINFO: Readonly<Record<number, PidInfo>> = {
  /* LISTFDS */ 1: { least: 8, sizing: true },
  /* TASKALLINFO */ 2: { least: 232 },
  /* TBSDINFO */ 3: { least: 136, zombies: "arg" },
  /* TASKINFO */ 4: { least: 96 },
  /* THREADINFO */ 5: { least: 112, then: [thread] },
  /* LISTTHREADS */ 6: { least: 8 },
  /* REGIONINFO */ 7: { least: 96, then: [region] },
  /* REGIONPATHINFO */ 8: { least: 1272, then: [region] },
  /* VNODEPATHINFO */ 9: { least: 2352 },
  /* THREADPATHINFO */ 10: { least: 1288, then: [thread] },
  /* PATHINFO */ 11: { least: 1024, toAll: true },
  /* WORKQUEUEINFO: no process of the tests has one. */
  12: { least: 16, then: [always(E.ESRCH)] },
  /* SHORTBSDINFO */ 13: { least: 64, zombies: "arg", toAll: true },
  /* LISTFILEPORTS */ 14: { least: 8, sizing: true },
  /* THREADID64INFO */ 15: { least: 112, then: [thread] },
  /* UNIQIDENTIFIERINFO */ 17: { least: 56, zombies: "arg", toAll: true },
  /* BSDINFOWITHUNIQID */ 18: { least: 192, zombies: "arg" },
  /* ARCHINFO */ 19: { least: 8 },
  /* COALITIONINFO */ 20: { least: 40, toAll: true },
  /* NOTEEXIT */ 21: { least: 4, zombies: "always", then: [parent] },
  /* REGIONPATHINFO2 */ 22: { least: 1272, then: [region] },
  /* REGIONPATHINFO3: the argument is a file system. No argument of the tests is a valid one. */
  23: { least: 1272, then: [always(E.EINVAL)] },
  /* EXITREASONINFO: no signal has ended a child of the tests. */
  24: { least: 32, zombies: "always", then: [parent, always(E.ENOENT)] },
  /* EXITREASONBASICINFO: the same */
  25: { least: 24, zombies: "always", then: [parent, always(E.ENOENT)] },
  /* LISTUPTRS */ 26: { least: 8, sizing: true },
  /* LISTDYNKQUEUES */ 27: { least: 8, sizing: true },
  /* LISTTHREADIDS */ 28: { least: 8 },
  /* VMRTFAULTINFO: after the checks, a buffer that cannot hold one record is ENOMEM too. */
  29: { least: 56, sizing: true, then: [self(E.EINVAL), atLeast(56)] },
  /* PLATFORMINFO */ 30: { least: 4, zombies: "always", toAll: true },
  /* REGIONPATH */ 31: { least: 1040, then: [region] },
  /* IPCTABLEINFO */ 32: { least: 8 },
  /* THREADSCHEDINFO: only for the calling thread. */
  33: { least: 8, then: [self(E.EINVAL), (...to) => thread(...to) && E.EINVAL] },
  /* THREADCOUNTS: a kernel without support for CPU counters does not check the thread. */
  34: { least: 8 },
};

const WORKQUEUEINFO = 12, PATHINFO = 11, PATH_MAX = 4096;
const REGIONS: readonly number[] = [7, 8, 22, 23, 31];

const pidInfo: Check = (question, target, caller) => {
  const { flavor, arg } = question;
  if (target.pid === 0 && flavor === WORKQUEUEINFO) return E.EINVAL;
  if (target.pid === 0 && REGIONS.includes(flavor)) return E.EPERM;
  const found = PIDINFO[flavor];
  if (found === undefined) return E.EINVAL;
  const { least, sizing, zombies, toAll, then = [] } = found;
  const findsZombies = zombies === "always" || (zombies === "arg" && arg !== 0n);
  const tooLong: Check = ({ size }) =>
    flavor === PATHINFO && (size ?? 0) > PATH_MAX ? E.EOVERFLOW : undefined;
  return first([
    atLeast(least, sizing),
    tooLong,
    findsZombies ? livingOrZombie : living,
    ...(toAll ? [] : [sameUser]),
    ...then,
  ])(question, target, caller);
};

/** The sizes of the flavors of `PROC_INFO_CALL_PIDFDINFO`. */
const PIDFDINFO: Readonly<Record<number, number>> = {
  ...{ 1: 176, 2: 1200, 3: 792, 4: 1184, 5: 1192, 6: 184, 7: 168, 8: 160, 9: 104, 10: 56 },
};
const ATALKINFO = 8, KQUEUE_EXTINFO = 9, KQUEUES: readonly number[] = [7, 9];

const pidFdInfo: Check = (question, target, caller) => {
  const { flavor, arg } = question;
  const least = PIDFDINFO[flavor];
  if (least === undefined) return E.EINVAL;
  const fd = low(arg);
  const open: Check = (_, target) => {
    if (flavor === ATALKINFO) return E.EINVAL;
    if (fd === -1 && KQUEUES.includes(flavor)) return undefined;
    return fd >= 0 && fd <= target.lastFd ? undefined : E.EBADF;
  };
  return first([atLeast(least, flavor === KQUEUE_EXTINFO), living, sameUser, open])(
    question,
    target,
    caller,
  );
};

/** The sizes of the flavors of `PROC_INFO_CALL_PIDFILEPORTINFO`. */
const FILEPORTINFO: Readonly<Record<number, number>> = { 2: 1200, 3: 792, 5: 1192, 6: 184 };

const filePortInfo: Check = (question, target, caller) => {
  const least = FILEPORTINFO[question.flavor];
  if (least === undefined) return E.EINVAL;
  // No process of the tests has a fileport.
  return first([atLeast(least), living, sameUser, always(E.EINVAL)])(question, target, caller);
};

const LAST_THREAD_NAME = 63;

const setControl: Check = ({ flavor, arg, size }, { isSelf }, { isRoot }) => {
  if (!isSelf) return E.EINVAL;
  switch (flavor) {
    case 1:
      return BigInt.asUintN(32, arg) > 3n ? E.EINVAL : undefined;
    case 2:
      return (size ?? 0) > LAST_THREAD_NAME ? E.ENAMETOOLONG : undefined;
    case 3:
      return isRoot ? undefined : E.EPERM;
    case 4:
      return undefined;
    default:
      return E.ENOTSUP;
  }
};

const TRACK = 1n, IDLE_EXIT = 2n, DEFER = 4n, LAUNCHING = 8n, DEFER_ALWAYS = 16n;
const ANY_DEFER = DEFER | DEFER_ALWAYS;

const trackFlags: Check = ({ arg }) => {
  const needTrack = (arg & (IDLE_EXIT | LAUNCHING)) !== 0n && (arg & TRACK) === 0n;
  const both = (arg & ANY_DEFER) === ANY_DEFER;
  const needIdle = (arg & ANY_DEFER) !== 0n && (arg & IDLE_EXIT) === 0n;
  return needTrack || both || needIdle ? E.EINVAL : undefined;
};

const dirtyControl: Check = (question, target, caller) => {
  const mayTrack: Check = (_, { isSelf, isChild }, { isRoot }) =>
    isSelf || isChild || isRoot ? undefined : E.EPERM;
  switch (question.flavor) {
    case 1:
      return first([living, mayTrack, trackFlags])(question, target, caller);
    case 2:
    case 4:
      // No process of the tests is tracked.
      return first([living, maySignal, always(E.EINVAL)])(question, target, caller);
    case 3:
      return livingOrZombie(question, target, caller);
    default:
      return living(question, target, caller);
  }
};

const pidRusage: Check = (question, target, caller) =>
  first([
    livingOrZombie,
    sameUser,
    ({ flavor }) => flavor < 0 || flavor > 6 ? E.EINVAL : undefined,
    ({ size }) => size === null ? E.EFAULT : undefined,
  ])(question, target, caller);

const ORIGINATOR: Readonly<Record<number, number>> = { 1: 16, 2: 4, 3: 48 };

const originatorInfo: Check = (question, { pid, isSelf }) => {
  const least = ORIGINATOR[question.flavor];
  if (least === undefined) return E.EINVAL;
  if (sizeOf(question) < least) return E.ENOMEM;
  return pid === 0 || isSelf ? undefined : E.EINVAL;
};

const positive: Check = (_, { pid }) => pid <= 0 ? E.EINVAL : undefined;

const canUseForeground: Check = (question, target, caller) =>
  first([positive, living, (_, { isSelf }) => isSelf || caller.isRoot ? undefined : E.EPERM])(
    question,
    target,
    caller,
  );

const terminate: Check = (question, target, caller) =>
  first([positive, living, maySignal, (_, { isSelf }) => isSelf ? E.EPERM : undefined])(
    question,
    target,
    caller,
  );

const dynKqueueInfo: Check = (question, target, caller) => {
  const { flavor } = question;
  return first([
    ({ size }) => size === null ? E.EFAULT : undefined,
    living,
    sameUser,
    () => flavor === 0 || flavor === 1 ? undefined : E.ENOTSUP,
    flavor === 0 ? atLeast(144, false, E.ENOBUFS) : () => undefined,
    // No process of the tests has a kqueue with an id.
    always(E.ESRCH),
  ])(question, target, caller);
};

const udata: Check = (question, target, caller) =>
  first([
    living,
    self(E.EACCES),
    ({ size }) => size === 8 ? undefined : E.EINVAL,
    ({ flavor }) => flavor === 1 || flavor === 2 ? undefined : E.ENOTSUP,
  ])(question, target, caller);

/** The tests pass a token of zeros, which does not match any process. */
const byToken = (signal: (flavor: number) => boolean): Check => ({ flavor, size }) => {
  if (size !== 32) return E.EINVAL;
  return signal(flavor) ? E.ESRCH : E.EINVAL;
};

const CALLS: Readonly<Record<number, Check>> = {
  /* LISTPIDS: the pid is a type of list. An unknown type returns an empty list. */
  0x1: ({ size }) => size !== null && size < 4 ? E.ENOMEM : undefined,
  0x2: pidInfo,
  0x3: pidFdInfo,
  /* KERNMSGBUF */ 0x4: (_, _target, { isRoot }) => isRoot ? undefined : E.EPERM,
  0x5: setControl,
  0x6: filePortInfo,
  0x7: terminate,
  0x8: dirtyControl,
  0x9: pidRusage,
  0xa: originatorInfo,
  /* LISTCOALITIONS: the pid is the flavor. An unknown type of coalition returns an empty list. */
  0xb: (_, { pid }) => pid === 1 || pid === 2 ? undefined : E.EINVAL,
  0xc: canUseForeground,
  0xd: dynKqueueInfo,
  0xe: udata,
  /* SET_DYLD_IMAGES */
  0xf: ({ size }, { isSelf }) => isSelf && size !== null ? undefined : E.EINVAL,
  /* TERMINATE_RSR */ 0x10: ({ arg }) => [9, 15].includes(low(arg)) ? undefined : E.EINVAL,
  /* SIGNAL_AUDITTOKEN */ 0x11: byToken((signal) => signal > 0 && signal < 32),
  /* TERMINATE_AUDITTOKEN */ 0x12: byToken(() => true),
  /* DELEGATE_SIGNAL and DELEGATE_TERMINATE: the tests do not have the entitlement. */
  0x13: always(E.EPERM),
  0x14: always(E.EPERM),
};

function first(checks: readonly Check[]): Check {
  return (...to) => {
    for (const check of checks) {
      const errno = check(...to);
      if (errno !== undefined) return errno;
    }
    return undefined;
  };
}

/** Returns the errno with which XNU refuses a call; undefined if it passes all checks. */
export function xnuCheck(
  question: Question,
  target: Target,
  caller: Caller,
): number | undefined {
  const check = CALLS[question.callnum];
  return check === undefined ? E.EINVAL : check(question, target, caller);
}

/** Returns the minimum size of a buffer for a flavor; undefined if there is no minimum. */
export function leastSize(callnum: number, flavor: number): number | undefined {
  switch (callnum) {
    case 0x1:
      return 4;
    case 0x2:
      return PIDINFO[flavor]?.least;
    case 0x3:
      return PIDFDINFO[flavor];
    case 0x6:
      return FILEPORTINFO[flavor];
    case 0x9:
      return [96, 144, 160, 232, 296, 304, 464][flavor];
    case 0xa:
      return ORIGINATOR[flavor];
    case 0xd:
      return [208, 104][flavor];
    default:
      return undefined;
  }
}
