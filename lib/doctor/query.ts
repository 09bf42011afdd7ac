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
  /** The process, or the argument that the callnum takes instead. */
  readonly pid: number;
  /** The flavor, or the argument that the callnum takes instead. */
  readonly flavor: number;
  /** The further argument. */
  readonly arg: bigint;
  /** The identity of the process; if it is present, the call is `__proc_info_extended_id()`. */
  readonly identity?: { readonly flags: number; readonly id: bigint };
}

/** The outcome of a call with a buffer. */
export interface Outcome {
  /** The size of the buffer. */
  readonly size: number;
  /** The result of the call. */
  readonly result: number;
  /** The content of the buffer after the call. */
  readonly bytes: Uint8Array;
  /**
   * The number of bytes that were written, from the start of the buffer; null if it could not be
   * measured.
   */
  readonly extent: number | null;
  /** True if the call wrote outside of the buffer. */
  readonly overran: boolean;
}

/** Calls with a null buffer of size 0. */
export function queryNull(kernel: Kernel, question: Question): number {
  return call(kernel, question, null);
}

/**
 * Calls with a buffer between two guard areas, and measures what the call wrote.
 *
 * The call is made twice with different contents of the buffer: bytes that are unchanged in both
 * were not written. Lists can change between the calls, so both results must have the same length.
 */
export function query(kernel: Kernel, question: Question, size: number): Outcome {
  let first = queryFilled(kernel, question, size, 0xa5);
  for (let times = 1; first.result >= 0; times++) {
    const second = queryFilled(kernel, question, size, 0x5a);
    const overran = first.overran || second.overran;
    if (second.result === first.result) {
      return { ...first, extent: Math.max(first.extent ?? 0, second.extent ?? 0), overran };
    }
    if (times === MOST_TIMES) return { ...first, extent: null, overran };
    const next = queryFilled(kernel, question, size, 0xa5);
    first = { ...next, overran: next.overran || overran };
  }
  return first;
}

/** The most attempts until a result keeps its length. */
const MOST_TIMES = 8;

const BEFORE = 64;
/** More bytes than any struct has grown by. */
const BEHIND = 1024;

function queryFilled(kernel: Kernel, question: Question, size: number, fill: number): Outcome {
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

/**
 * The pseudo callnum for `sysctl()` with `KERN_PROC`; the flavor is the third number of its name.
 */
export const SYSCTL = -1;

/** A callnum that does not exist. */
export const NO_CALLNUM = 0x7fff;

const REGIONS: readonly number[] = [
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
  PROC_PIDREGIONPATH,
];

/** Returns true for a call that changes nothing and leaves no trace. */
export function isHarmless({ callnum, pid, flavor }: Question): boolean {
  switch (callnum) {
    case PROC_INFO_CALL_PIDINFO:
      // For queries about the kernel's own memory, the system writes a crash report of the caller.
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
  if (!isHarmless(question)) throw new Error("Cannot make a call that is not harmless");
  const { callnum, pid, flavor, arg, identity } = question;
  if (identity === undefined) return kernel.procInfo(callnum, pid, flavor, arg, buffer);
  return kernel.procInfoExtendedId(callnum, pid, flavor, identity.flags, identity.id, arg, buffer);
}
