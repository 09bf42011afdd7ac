import type { Kernel } from "../../lib/system/kernel.ts";
import { guardedKernel } from "./guarded_kernel.ts";
import { type Caller, E, leastSize, type Question, type Target, xnuCheck } from "./xnu_checks.ts";

/** The flavors that are requested, by callnum. Some of them do not exist in any kernel. */
const FLAVORS: Readonly<Record<number, readonly number[]>> = {
  0x1: [0, 1],
  0x2: [...Array.from({ length: 37 }, (_, flavor) => flavor), -1, 99],
  0x3: [...Array.from({ length: 12 }, (_, flavor) => flavor), -1, 99],
  0x4: [0],
  0x5: [0, 1, 2, 3, 4, 5, -1],
  0x6: [0, 1, 2, 3, 4, 5, 6, 7, -1],
  0x7: [0],
  0x8: [0, 1, 2, 3, 4, 5, -1],
  0x9: [0, 1, 2, 3, 4, 5, 6, 7, -1],
  0xa: [0, 1, 2, 3, 4, -1],
  0xb: [0, 1, 2, 7, -1],
  0xc: [0],
  0xd: [0, 1, 2, -1],
  0xe: [0, 1, 2, 3],
  0xf: [0],
  0x10: [0],
  0x11: [0, 1, 31, 32, -1],
  0x12: [0],
  0x13: [1],
  0x14: [0],
};
/** The callnums whose `pid` argument is a type of list. */
const LISTING: readonly number[] = [0x1, 0xb];
/** The types of list. */
const LISTS: readonly Target[] = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((pid) => ({
  ...{ role: `type ${pid}`, pid, state: "absent", sameUser: false, isSelf: false, isChild: false },
  ...{ threads: [], lastFd: -1 },
}));
const NO_CALLNUMS = [0, 0x15, -1, 0x7fff_ffff];
const HUGE = 0xffff_ffff_ffff_ffffn;
/** Arguments for descriptors that no process has open. Only the low 32 bits of one count. */
const CLOSED = [1000n, (1n << 32n) + 1000n, 1n << 31n];

/** Buffer sizes near the limits of single callnums: of a path, two structs, a number, a token. */
const SPECIAL: Readonly<Record<number, readonly number[]>> = {
  ...{ 0x2: [4097], 0xd: [143, 144], 0xe: [7, 8, 9], 0x11: [31, 32, 33], 0x12: [31, 32, 33] },
};

/** Returns the sizes of buffers to test: null, empty, short, exact and long ones. */
function sizesOf(callnum: number, flavor: number): (number | null)[] {
  const least = leastSize(callnum, flavor) ?? 64;
  return [null, 0, least - 1, least, least + 64, ...SPECIAL[callnum] ?? []];
}

function argsOf(callnum: number, pid: number): bigint[] {
  const common = [0n, 1n, BigInt(Math.max(pid, 0)), HUGE];
  if (callnum === 0x3) return [...common, ...CLOSED];
  return callnum === 0x8 ? [...common, 2n, 4n, 7n, 8n, 23n, 31n] : common;
}

/** A return value or negated errno, `"answer"` for any value that is not an error, or anything. */
export type Expected = number | "answer" | "anything";

/**
 * Returns the accepted return values of a call that passes the checks of XNU. `errno` is `EFAULT`
 * if the call lacks a buffer.
 */
export type Work = (
  question: Question,
  target: Target,
  caller: Caller,
  errno?: number,
) => readonly Expected[];

/** True for a call with an effect on its process or on the caller. It must not be made. */
function acts({ callnum, flavor, size }: Question): boolean {
  if (callnum === 0x5) return flavor === 2;
  return callnum === 0x7 || (callnum === 0xe && flavor === 2 && size === 8);
}

/**
 * True if XNU, which does not receive a size in this call, would write past the end of the buffer.
 * On macOS, the library does not make such a call.
 */
function wouldOverrun({ callnum, flavor, size }: Question): boolean {
  return callnum === 0x9 && size !== null && size < (leastSize(callnum, flavor) ?? 0);
}

/**
 * Makes every call about every target. Returns the number of calls, and each kind of mistake once.
 *
 * @param leftOut Returns true for calls to omit, in addition to those that have an effect.
 */
export function runMatrix(
  kernel: Kernel,
  targets: readonly Target[],
  caller: Caller,
  work: Work,
  leftOut: (question: Question) => boolean = () => false,
): { count: number; mistakes: string[] } {
  const guarded = guardedKernel(kernel);
  const mistakes = new Map<string, string>();
  let count = 0;

  function ask(question: Question, target: Target): void {
    if (leftOut(question)) return;
    const { callnum, flavor, arg, size } = question;
    const errno = wouldOverrun(question) ? E.ENOMEM : xnuCheck(question, target, caller);
    if (errno === undefined && acts(question)) return;
    const expected = errno === undefined || errno === E.EFAULT
      ? work(question, target, caller, errno)
      : [-errno, ...more(question, target, caller, errno, work)];
    const buffer = size === null ? null : new Uint8Array(size);
    const answer = guarded.procInfo(callnum, target.pid, flavor, arg, buffer);
    count++;
    if (expected.includes(answer) || expected.includes("anything")) return;
    if (answer >= 0 && expected.includes("answer")) return;
    const kind = `${target.role}: ${callnum}/${flavor} is ${answer}, not ${expected.join(" or ")}`;
    if (!mistakes.has(kind)) mistakes.set(kind, `with ${arg} in ${size} bytes`);
  }

  for (const target of [...targets, ...LISTS]) {
    for (const [number, flavors] of Object.entries(FLAVORS)) {
      const callnum = Number(number);
      if (LISTING.includes(callnum) !== LISTS.includes(target)) continue;
      for (const flavor of flavors) {
        for (const size of sizesOf(callnum, flavor)) {
          for (const arg of argsOf(callnum, target.pid)) {
            ask({ callnum, flavor, arg, size }, target);
          }
        }
      }
    }
    for (const callnum of NO_CALLNUMS) {
      for (const size of [null, 256]) ask({ callnum, flavor: 3, arg: 0n, size }, target);
    }
    guarded.calls.length = 0;
  }
  return { count, mistakes: [...mistakes].map((mistake) => mistake.join(" ")) };
}

/** Returns what `work` reports to every user where XNU reports it only to the same user. */
function more(
  question: Question,
  target: Target,
  caller: Caller,
  errno: number,
  work: Work,
): readonly Expected[] {
  if (errno !== E.EPERM || !isToldToAll(question)) return [];
  const everybody = { ...target, sameUser: true };
  const other = xnuCheck(question, everybody, caller);
  return other === undefined ? work(question, everybody, caller) : [-other];
}

/** The flavors that Linux reports to every user, or for which no process of Linux has data. */
const TOLD_TO_ALL: Readonly<Record<number, readonly number[]>> = {
  0x2: [1, 2, 3, 4, 5, 6, 10, 12, 14, 15, 18, 26, 27, 28],
  0x4: [0],
  0x9: [0, 1],
};

function isToldToAll({ callnum, flavor, size }: Question): boolean {
  // Linux reports how many descriptors a process has, but not which.
  if (callnum === 0x2 && flavor === 1) return size === null;
  return TOLD_TO_ALL[callnum]?.includes(flavor) ?? false;
}

/** Returns the accepted return values on Linux: mostly the size, or ENOTSUP for missing data. */
export const linuxWork: Work = (question, target, caller, errno) => {
  const { callnum, flavor } = question;
  const least = leastSize(callnum, flavor)!;
  switch (callnum) {
    case 0x2:
      return pidInfoWork(question.flavor, target, caller, least);
    case 0x3:
      // A descriptor has one kind, and the flavors of other kinds fail. -1 is not a descriptor.
      return [least, 0, -E.EBADF, -E.ENOTSOCK];
    case 0x9:
      // The I/O counters of a zombie are not readable for an ordinary user.
      if (flavor >= 2 && target.state === "zombie" && !caller.isRoot) return [-E.EPERM];
      return [errno === undefined ? 0 : -errno];
    case 0xd:
      return [-E.EFAULT];
    case 0x1:
      // An unknown type lists no processes.
      return [target.pid >= 1 && target.pid <= 7 || question.size === null ? "answer" : 0];
    case 0xb:
      return [target.pid === 2 && flavor > 1 ? 0 : "answer"];
    case 0x4:
      return ["answer"];
    case 0x8:
      return [flavor === 1 ? -E.ENOTSUP : 0];
    case 0xe:
      return [0];
    default:
      return [-E.ENOTSUP];
  }
};

function pidInfoWork(
  flavor: number,
  { sameUser }: Target,
  { isRoot }: Caller,
  least: number,
): Expected[] {
  switch (flavor) {
    case 1:
    case 6:
    case 28:
      return ["answer"];
    case 11:
      // XNU reports the path to every user, Linux only to the same user and root.
      return [sameUser || isRoot ? 0 : -E.EPERM];
    case 14:
    case 26:
    case 27:
    case 29:
      return [0];
    case 19:
    case 20:
      // ENOTSUP if Mach-O has no number for the processor, or if there are no control groups.
      return [least, -E.ENOTSUP];
    case 33:
      // EINVAL if the runtime calls from a thread other than the first.
      return [least, -E.EINVAL];
    case 30:
    case 32:
    case 34:
      return [-E.ENOTSUP];
    default:
      return [least];
  }
}
