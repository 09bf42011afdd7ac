import type { Timebase } from "../system/facts.ts";
import { ERRNO, errnoName } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { System } from "../system/system.ts";
import { isHarmless, type Outcome, query, queryNull } from "./query.ts";
import type { Scene } from "./checks.ts";
import type { Check, Facts } from "./facts.ts";
import { find } from "./find.ts";
import { kernProc, type Probe, type Section, sections } from "./probes.ts";

/** The verdict on the answer to a query. */
export type Verdict =
  /** The answer conforms to the contract, as far as that can be checked. */
  | "served"
  /** The answer is an error that the contract permits. */
  | "refused"
  /** The kernel does not know the flavor. */
  | "unknown"
  /** The answer violates the contract or contradicts another source. */
  | "WRONG"
  /** The call was not made. */
  | "skipped";

/** One query and its answer. */
export interface Row {
  /** The name of the query in C. */
  readonly name: string;
  /** The first argument of the call. It is -1 for `sysctl()`, whose `KERN_PROC_*` is the flavor. */
  readonly callnum: number;
  /** The second argument. */
  readonly pid: number;
  /** The third argument. */
  readonly flavor: number;
  /** The fourth argument, in decimal. */
  readonly arg: string;
  /** The size of the buffer; null if there was none. */
  readonly size: number | null;
  /** The result of the call or a negated errno; null if the call was not made. */
  readonly result: number | null;
  /** The verdict on the answer. */
  readonly verdict: Verdict;
  /** The reasons for the verdict. */
  readonly note: string;
  /** The comparisons of the answer with other sources. */
  readonly checks: readonly Check[];
}

/** The rows of one callnum, or of `sysctl()`. */
export interface Chapter {
  /** The name of the callnum in C, without the common prefix. */
  readonly title: string;
  /** The rows of the chapter. */
  readonly rows: readonly Row[];
}

/** The process to examine, and the facts about it. */
export interface Subject {
  /** The process. */
  readonly pid: number;
  /** The facts about it from other sources. */
  readonly facts?: Facts;
  /** The unit of the kernel's clock. Default: one nanosecond. */
  readonly timebase?: Timebase;
  /** `sysctl()` with `KERN_PROC`, which is also examined if it is present. */
  readonly kernProc?: System["kernProc"];
}

const NANOSECOND: Timebase = { numer: 1, denom: 1 };

/**
 * Makes every harmless query about a process. Compares the answers with the contract and with other
 * sources.
 */
export function examine(kernel: Kernel, subject: Subject): Chapter[] {
  const { pid, facts = {}, timebase = NANOSECOND } = subject;
  const found = find(kernel, pid);
  const scene = (): Scene => ({
    pid,
    facts,
    timebase,
    processorTime: facts.processorTime?.(),
    threads: found.threads,
    bsd: found.bsd,
  });
  const chapter = ({ title, probes }: Section, queried: Kernel): Chapter => ({
    title,
    rows: probes.map((probe) => examineOne(queried, probe, scene())),
  });
  const chapters = sections(pid, facts, found).map((section) => chapter(section, kernel));
  if (subject.kernProc === undefined) return chapters;
  return [...chapters, chapter(kernProc(pid, facts, found), sysctlOf(subject.kernProc))];
}

/** Returns a kernel that calls `sysctl()`, so that it is examined in the same way. */
function sysctlOf(kernProc: System["kernProc"]): Kernel {
  return {
    procInfo: (_callnum, value, what, _arg, buffer) => kernProc(what, value, buffer),
    procInfoExtendedId: () => -ERRNO.ENOSYS,
  };
}

/** The findings of one probe. */
interface Finding {
  readonly size: number | null;
  readonly result: number | null;
  readonly verdict: Verdict;
  readonly note: string;
  readonly checks?: readonly Check[];
}

function examineOne(kernel: Kernel, probe: Probe, scene: Scene): Row {
  const { name, question: { callnum, pid, flavor, arg } } = probe;
  const { size, result, verdict, note, checks = [] } = judge(kernel, probe, scene);
  return { name, callnum, pid, flavor, arg: `${arg}`, size, result, verdict, note, checks };
}

function judge(kernel: Kernel, probe: Probe, scene: Scene): Finding {
  const { question, shape, unknown, must } = probe;
  if (!isHarmless(question)) {
    const note = "never called for process 0";
    return { size: null, result: null, verdict: "skipped", note };
  }
  const sizing = unknown === "null" || shape.row !== undefined ? queryNull(kernel, question) : null;
  if (sizing === -ERRNO.EINVAL && unknown === "null") {
    return { size: null, result: sizing, verdict: "unknown", note: "EINVAL" };
  }
  if (shape.refusesNull && sizing !== null && sizing >= 0) {
    const note = `the kernel returned ${sizing} for a null buffer`;
    return { size: null, result: sizing, verdict: "WRONG", note };
  }
  const outcome = query(kernel, question, roomFor(shape, sizing));
  const finding = { size: outcome.size, result: outcome.result };
  if (outcome.overran) {
    const note = `the kernel wrote outside of a buffer of ${outcome.size} bytes`;
    return { ...finding, verdict: "WRONG", note };
  }
  if (must !== undefined) return { ...finding, ...judgeRefusal(outcome.result, must) };
  if (outcome.result < 0) return { ...finding, ...judgeError(kernel, probe, outcome.result) };
  const complaint = shape.complain(outcome) ?? shorter(kernel, probe);
  if (complaint !== null) return { ...finding, verdict: "WRONG", note: complaint };
  return { ...finding, ...compare(probe, outcome, scene) };
}

/** The number of rows that may be added between the query for the size and the call. */
const SLACK = 64;
/** More bytes than any list has. */
const MOST_ROOM = 1 << 24;

function roomFor({ size, row, counts }: Probe["shape"], sizing: number | null): number {
  if (row === undefined || sizing === null || sizing < 0) return size;
  return Math.min((counts ? sizing * row : sizing) + SLACK * row, MOST_ROOM);
}

type Judgement = Pick<Finding, "verdict" | "note">;

/**
 * Errors that prove nothing about the query, as the system or the user may be refused all of them.
 */
const ANYTIME: readonly number[] = [ERRNO.ENOTSUP, ERRNO.ENOSYS, ERRNO.EPERM];

function judgeRefusal(result: number, must: number): Judgement {
  const name = errnoName(must);
  if (result === -must) return { verdict: "refused", note: `${name}, as it must be` };
  if (result >= 0) {
    return { verdict: "WRONG", note: `the kernel returned ${result} instead of ${name}` };
  }
  const other = errnoName(-result);
  if (ANYTIME.includes(-result)) return { verdict: "refused", note: other };
  return { verdict: "WRONG", note: `the kernel refused with ${other} instead of ${name}` };
}

function judgeError(
  kernel: Kernel,
  { question, shape, unknown }: Probe,
  result: number,
): Judgement {
  const note = errnoName(-result);
  if (result === -ERRNO.EINVAL && unknown === "any") return { verdict: "unknown", note };
  if (result === -ERRNO.ENOMEM && shape.short === ERRNO.ENOMEM) {
    const { result: size } = query(kernel, question, shape.size + SLACK * 8);
    const wanted = size > 0 ? `: it returns ${size} for a larger buffer` : "";
    return { verdict: "WRONG", note: `${shape.size} bytes are too few for the struct${wanted}` };
  }
  return { verdict: "refused", note };
}

/**
 * Describes what is wrong with the answer for a buffer that is one byte too short; null if it is
 * correct.
 */
function shorter(kernel: Kernel, { question, shape }: Probe): string | null {
  if (!shape.short) return null;
  const { result, size, overran } = query(kernel, question, shape.size - 1);
  if (overran) return `the kernel wrote outside of a buffer of ${size} bytes`;
  if (result === -shape.short) return null;
  const answer = result < 0 ? `refused with ${errnoName(-result)}` : `returned ${result}`;
  return `the kernel ${answer} instead of ${errnoName(shape.short)} for a buffer of ${size} bytes`;
}

function compare(
  { compare, shape }: Probe,
  outcome: Outcome,
  scene: Scene,
): Omit<Finding, "size" | "result"> {
  const { result, bytes } = outcome;
  const checks = compare?.(result > 0 ? bytes.subarray(0, result) : bytes, scene) ?? [];
  const wrong = checks.filter(({ verdict }) => verdict === "WRONG");
  if (wrong.length > 0) {
    const note = wrong.map(({ what, note }) => `${what}: ${note}`).join("; ");
    return { verdict: "WRONG", note, checks };
  }
  const agreed = checks.filter(({ verdict }) => verdict === "agrees").map(({ what }) => what);
  const note = agreed.length > 0 ? `; ${agreed.join(", ")}` : "";
  return { verdict: "served", note: `${shape.describe(outcome)}${note}`, checks };
}
