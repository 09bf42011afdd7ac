import type { Timebase } from "../system/facts.ts";
import { ERRNO, errnoName } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { System } from "../system/system.ts";
import { ask, askNull, isHarmless, type Outcome } from "./ask.ts";
import type { Scene } from "./checks.ts";
import type { Check, Facts } from "./facts.ts";
import { find } from "./find.ts";
import { kernProc, type Probe, type Section, sections } from "./probes.ts";

/** How a question was answered. */
export type Verdict =
  /** It agrees with the contract, as far as that can be checked. */
  | "served"
  /** With an error that the contract has for it. */
  | "refused"
  /** The kernel does not know the flavor. */
  | "unknown"
  /** Against the contract, or against another source. */
  | "WRONG"
  /** It was not called. */
  | "skipped";

/** One question and its answer. */
export interface Row {
  /** The query, by its C name. */
  readonly name: string;
  /** The first argument of the call; -1 for `sysctl()`, whose `KERN_PROC_*` is the flavor. */
  readonly callnum: number;
  /** The second argument. */
  readonly pid: number;
  /** The third argument. */
  readonly flavor: number;
  /** The fourth argument, in decimal digits. */
  readonly arg: string;
  /** The size of the buffer; null where none was handed over. */
  readonly size: number | null;
  /** What the call returned, or a negated errno; null where it was not made. */
  readonly result: number | null;
  /** How that was. */
  readonly verdict: Verdict;
  /** The same in words. */
  readonly note: string;
  /** How the answer compares with other sources. */
  readonly checks: readonly Check[];
}

/** The rows of a callnum, or of `sysctl()`. */
export interface Chapter {
  /** The callnum, by its C name without what all of them begin with. */
  readonly title: string;
  /** Its rows. */
  readonly rows: readonly Row[];
}

/** Whom to examine, and what is known of them. */
export interface Subject {
  /** The process. */
  readonly pid: number;
  /** What is known of it from elsewhere. */
  readonly facts?: Facts;
  /** What a unit of the kernel's clock is worth; a nanosecond when left out. */
  readonly timebase?: Timebase;
  /** `sysctl()` with `KERN_PROC`, which is examined as well if it is given. */
  readonly kernProc?: System["kernProc"];
}

const NANOSECOND: Timebase = { numer: 1, denom: 1 };

/**
 * Makes every harmless query about a process, and compares the answers with the contract and
 * with other sources.
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
  const chapter = ({ title, probes }: Section, asked: Kernel): Chapter => ({
    title,
    rows: probes.map((probe) => examineOne(asked, probe, scene())),
  });
  const chapters = sections(pid, facts, found).map((section) => chapter(section, kernel));
  if (subject.kernProc === undefined) return chapters;
  return [...chapters, chapter(kernProc(pid, facts, found), sysctlOf(subject.kernProc))];
}

/** `sysctl()` as a kernel, so that it is examined in the same way. */
function sysctlOf(kernProc: System["kernProc"]): Kernel {
  return {
    procInfo: (_callnum, value, what, _arg, buffer) => kernProc(what, value, buffer),
    procInfoExtendedId: () => -ERRNO.ENOSYS,
  };
}

/** What one probe comes to. */
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
  const sizing = unknown === "null" || shape.row !== undefined ? askNull(kernel, question) : null;
  if (sizing === -ERRNO.EINVAL && unknown === "null") {
    return { size: null, result: sizing, verdict: "unknown", note: "EINVAL" };
  }
  if (shape.refusesNull && sizing !== null && sizing >= 0) {
    const note = `the kernel returned ${sizing} for a null buffer`;
    return { size: null, result: sizing, verdict: "WRONG", note };
  }
  const outcome = ask(kernel, question, roomFor(shape, sizing));
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

/** Rows that come up between the call that sizes and the call that fills. */
const SLACK = 64;
/** More bytes than any list has. */
const MOST_ROOM = 1 << 24;

function roomFor({ size, row, counts }: Probe["shape"], sizing: number | null): number {
  if (row === undefined || sizing === null || sizing < 0) return size;
  return Math.min((counts ? sizing * row : sizing) + SLACK * row, MOST_ROOM);
}

type Judgement = Pick<Finding, "verdict" | "note">;

/** Errors that prove nothing about the query: the system, or the user, is refused all of them. */
const ANYTIME: readonly number[] = [ERRNO.ENOTSUP, ERRNO.ENOSYS, ERRNO.EPERM];

function judgeRefusal(result: number, must: number): Judgement {
  const name = errnoName(must);
  if (result === -must) return { verdict: "refused", note: `${name}, as it must be` };
  if (result >= 0) {
    return { verdict: "WRONG", note: `the kernel returned ${result} and not ${name}` };
  }
  const other = errnoName(-result);
  if (ANYTIME.includes(-result)) return { verdict: "refused", note: other };
  return { verdict: "WRONG", note: `the kernel refused with ${other} and not ${name}` };
}

function judgeError(
  kernel: Kernel,
  { question, shape, unknown }: Probe,
  result: number,
): Judgement {
  const note = errnoName(-result);
  if (result === -ERRNO.EINVAL && unknown === "any") return { verdict: "unknown", note };
  if (result === -ERRNO.ENOMEM && shape.short === ERRNO.ENOMEM) {
    const { result: size } = ask(kernel, question, shape.size + SLACK * 8);
    const wanted = size > 0 ? `: it returns ${size} to a longer buffer` : "";
    return { verdict: "WRONG", note: `${shape.size} bytes are too few for the struct${wanted}` };
  }
  return { verdict: "refused", note };
}

/** What is wrong with the answer to a buffer that is one byte too short. */
function shorter(kernel: Kernel, { question, shape }: Probe): string | null {
  if (!shape.short) return null;
  const { result, size, overran } = ask(kernel, question, shape.size - 1);
  if (overran) return `the kernel wrote outside of a buffer of ${size} bytes`;
  if (result === -shape.short) return null;
  const answer = result < 0 ? `refused with ${errnoName(-result)}` : `returned ${result}`;
  return `the kernel ${answer} and not ${errnoName(shape.short)} for a buffer of ${size} bytes`;
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
