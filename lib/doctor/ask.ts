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
import { PROC_DIRTYCONTROL_GET } from "../abi/dirty_control.ts";
import {
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATH,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
} from "../abi/pid_info.ts";
import { PROC_UDATA_INFO_GET } from "../abi/udata_info.ts";
import type { Kernel } from "../system/kernel.ts";

/** One call: its arguments without the buffer. */
export interface Question {
  /** A `PROC_INFO_CALL_*` number. */
  readonly callnum: number;
  /** The process, or what the callnum takes in its place. */
  readonly pid: number;
  /** The flavor, or what the callnum takes in its place. */
  readonly flavor: number;
  /** The further argument. */
  readonly arg: bigint;
  /** The identity of the process: then the call is `__proc_info_extended_id()`. */
  readonly life?: { readonly flags: number; readonly id: bigint };
}

/** What came of a call with a buffer. */
export interface Outcome {
  /** The size of the buffer. */
  readonly size: number;
  /** What the call returned. */
  readonly result: number;
  /** The buffer after the call. */
  readonly bytes: Uint8Array;
  /** How many bytes of the buffer were written, from its start; null if it could not be measured. */
  readonly extent: number | null;
  /** True if memory around the buffer was written. */
  readonly overran: boolean;
}

/** Calls with a buffer of no bytes at address 0. */
export function askNull(kernel: Kernel, question: Question): number {
  return call(kernel, question, null);
}

/**
 * Calls with a buffer between two guard areas, and measures what was written.
 *
 * The call is made twice, with buffers of different content: bytes that are unchanged in both were
 * not written. Lists change meanwhile, so both answers must have the same length.
 */
export function ask(kernel: Kernel, question: Question, size: number): Outcome {
  let first = askFilled(kernel, question, size, 0xa5);
  for (let times = 1; first.result >= 0; times++) {
    const second = askFilled(kernel, question, size, 0x5a);
    const overran = first.overran || second.overran;
    if (second.result === first.result) {
      return { ...first, extent: Math.max(first.extent ?? 0, second.extent ?? 0), overran };
    }
    if (times === MOST_TIMES) return { ...first, extent: null, overran };
    const next = askFilled(kernel, question, size, 0xa5);
    first = { ...next, overran: next.overran || overran };
  }
  return first;
}

/** The number of calls until an answer keeps its length. */
const MOST_TIMES = 8;

const BEFORE = 64;
/** More than any struct has grown by. */
const BEHIND = 1024;

function askFilled(kernel: Kernel, question: Question, size: number, fill: number): Outcome {
  const memory = new Uint8Array(new ArrayBuffer(BEFORE + size + BEHIND)).fill(fill);
  const buffer = memory.subarray(BEFORE, BEFORE + size);
  const result = call(kernel, question, buffer);
  const isWritten = (byte: number) => byte !== fill;
  return {
    size,
    result,
    bytes: buffer,
    extent: result < 0 ? 0 : buffer.findLastIndex(isWritten) + 1,
    overran: memory.subarray(0, BEFORE).some(isWritten) ||
      memory.subarray(BEFORE + size).some(isWritten),
  };
}

/** The callnum of a question to `sysctl()` with `KERN_PROC`, whose flavor is its third number. */
export const SYSCTL = -1;

/** A callnum that no kernel has. */
export const NO_CALLNUM = 0x7fff;

const REGIONS: readonly number[] = [
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
  PROC_PIDREGIONPATH,
];

/** True if a call changes nothing and leaves no trace. */
export function isHarmless({ callnum, pid, flavor }: Question): boolean {
  switch (callnum) {
    case PROC_INFO_CALL_PIDINFO:
      // A query of the memory of the kernel itself makes the system write a crash report of the caller.
      return pid !== 0 || !REGIONS.includes(flavor);
    case PROC_INFO_CALL_DIRTYCONTROL:
      return flavor === PROC_DIRTYCONTROL_GET;
    case PROC_INFO_CALL_UDATA_INFO:
      return flavor === PROC_UDATA_INFO_GET;
    case PROC_INFO_CALL_LISTPIDS:
    case PROC_INFO_CALL_PIDFDINFO:
    case PROC_INFO_CALL_KERNMSGBUF:
    case PROC_INFO_CALL_PIDFILEPORTINFO:
    case PROC_INFO_CALL_PIDRUSAGE:
    case PROC_INFO_CALL_PIDORIGINATORINFO:
    case PROC_INFO_CALL_LISTCOALITIONS:
    case PROC_INFO_CALL_CANUSEFGHW:
    case PROC_INFO_CALL_PIDDYNKQUEUEINFO:
    case SYSCTL:
    case NO_CALLNUM:
      return true;
    default:
      return false;
  }
}

function call(kernel: Kernel, question: Question, buffer: Uint8Array | null): number {
  if (!isHarmless(question)) throw new Error("A call that is not harmless is refused");
  const { callnum, pid, flavor, arg, life } = question;
  if (life === undefined) return kernel.procInfo(callnum, pid, flavor, arg, buffer);
  return kernel.procInfoExtendedId(callnum, pid, flavor, life.flags, life.id, arg, buffer);
}
