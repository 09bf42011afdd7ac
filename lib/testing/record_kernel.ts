import { callback, object } from "../system/arguments.ts";
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
import {
  PROC_PIDDYNKQUEUE_EXTINFO,
  PROC_PIDDYNKQUEUE_EXTINFO_SIZE,
} from "../abi/pid_dyn_kqueue_info.ts";
import { PROC_PIDFDKQUEUE_EXTINFO, PROC_PIDFDKQUEUE_EXTINFO_SIZE } from "../abi/pid_fd_info.ts";
import {
  PROC_PIDEXITREASONINFO,
  PROC_PIDLISTDYNKQUEUES,
  PROC_PIDLISTDYNKQUEUES_SIZE,
  PROC_PIDLISTUPTRS,
  PROC_PIDLISTUPTRS_SIZE,
  PROC_PIDVMRTFAULTINFO,
  PROC_PIDVMRTFAULTINFO_SIZE,
} from "../abi/pid_info.ts";
import { RUSAGE_INFO_SIZES } from "../abi/rusage_info.ts";
import { PROC_UDATA_INFO_GET } from "../abi/udata_info.ts";
import type { Kernel } from "../system/kernel.ts";
import type { KernelCall } from "./call.ts";
import { kernelOf } from "./kernel_of.ts";
import { formatRecord, type KernelRecord } from "./recording.ts";

/** A kernel that passes on every call and records its result. */
export interface RecordingKernel extends Kernel {
  /** All calls so far and their results, the oldest first. */
  readonly records: readonly KernelRecord[];
  /**
   * Returns the recording for `replayKernel()`: one line of JSON for each call, the oldest first.
   */
  toJsonLines(): string;
}

/**
 * Wraps a {@linkcode Kernel} to record every call. A test can replay the recording on any other
 * system.
 *
 * Writing bytes that equal the previous content cannot be detected. So a call that only writes gets
 * memory filled with a pattern. What it wrote is copied to the caller's buffer, from the start to
 * the last byte that differs from the pattern. A call that also reads its buffer, or that this
 * module does not know, gets the caller's own buffer. What it wrote then ends with the last byte
 * that changed.
 *
 * A recording contains the kernel's reports about processes, which may be private: paths, users and
 * addresses.
 *
 * @param kernel The kernel to record.
 *
 * @example
 * ```ts
 * import { openSystem, processes, systemOf } from "@libproc/libproc";
 * import { recordKernel, replayKernel } from "@libproc/libproc/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const kernel = recordKernel(openSystem().kernel);
 * const options = { pids: [1], fields: ["parentPid", "name"] } as const;
 * const rows = processes({ ...options, system: systemOf(kernel) });
 * const recording = kernel.toJsonLines(); // to a file, and with it to another machine
 *
 * assertEquals(processes({ ...options, system: systemOf(replayKernel(recording)) }), rows);
 * ```
 */
export function recordKernel(kernel: Kernel): RecordingKernel {
  callback("kernel.procInfo", object("kernel", kernel).procInfo);
  const records: KernelRecord[] = [];
  const recorder = kernelOf((call, buffer) => {
    const { result, written } = buffer === null
      ? { result: pass(kernel, call, null), written: new Uint8Array(0) }
      : onlyWrites(call)
      ? throughPattern(kernel, call, buffer)
      : throughOwn(kernel, call, buffer);
    records.push({ call, result, written });
    return result;
  });
  return {
    ...recorder,
    records,
    toJsonLines: () => records.map((record) => `${formatRecord(record)}\n`).join(""),
  };
}

/** The result of a call. */
type Outcome = Omit<KernelRecord, "call">;

function pass(kernel: Kernel, call: KernelCall, buffer: Uint8Array | null): number {
  const { callnum, pid, flavor, arg, flags, extId } = call;
  if (flags === undefined || extId === undefined) {
    return kernel.procInfo(callnum, pid, flavor, arg, buffer);
  }
  return kernel.procInfoExtendedId(callnum, pid, flavor, flags, extId, arg, buffer);
}

function throughPattern(kernel: Kernel, call: KernelCall, buffer: Uint8Array): Outcome {
  const memory = new Uint8Array(new ArrayBuffer(buffer.byteLength));
  for (let i = 0; i < memory.length; i++) memory[i] = pattern(i);
  const result = pass(kernel, call, memory);
  const changed = memory.findLastIndex((byte, i) => byte !== pattern(i)) + 1;
  const written = memory.slice(0, extent(call, result, changed));
  buffer.set(written);
  return { result, written };
}

function throughOwn(kernel: Kernel, call: KernelCall, buffer: Uint8Array): Outcome {
  const before = buffer.slice();
  const result = pass(kernel, call, buffer);
  const changed = buffer.findLastIndex((byte, i) => byte !== before[i]) + 1;
  return { result, written: buffer.slice(0, changed) };
}

/**
 * Returns a byte of the pattern. Results do not end in such bytes: they are neither 0 nor 255 nor
 * ASCII, and neighbours differ.
 */
function pattern(i: number): number {
  return 0xa1 + i * 31 % 89;
}

/** The size of a word: at most this many written bytes can equal the pattern by chance. */
const WORD = 8;

const UDATA_SIZE = 8;
const FGHW_REASON_SIZE = 4;

/**
 * Returns the size of what a call writes without returning it, if it succeeds; 0 for other calls.
 */
function silentSize({ callnum, flavor }: KernelCall): number {
  switch (callnum) {
    case PROC_INFO_CALL_PIDRUSAGE:
      return RUSAGE_INFO_SIZES[flavor] ?? 0;
    case PROC_INFO_CALL_UDATA_INFO:
      return UDATA_SIZE;
    case PROC_INFO_CALL_CANUSEFGHW:
      return FGHW_REASON_SIZE;
    default:
      return 0;
  }
}

/** Returns the end of the written bytes: the last change, or a later end that the call reports. */
function extent(call: KernelCall, result: number, changed: number): number {
  const reported = result < 0 ? 0 : reportedSize(call, result, changed);
  return reported > changed && reported <= (call.size ?? 0) ? reported : changed;
}

/** Returns the number of bytes that a call reports as written. */
function reportedSize(call: KernelCall, result: number, changed: number): number {
  const silent = silentSize(call);
  if (silent > 0) return silent;
  const row = rowSize(call);
  const reported = row > 0 ? Math.min(result, Math.floor((call.size ?? 0) / row)) * row : result;
  // A number further off has another meaning, or counts more rows than are ever written.
  return changed > 0 && reported - changed < WORD ? reported : 0;
}

/** Returns true for a call that never reads its buffer. */
function onlyWrites({ callnum, flavor }: KernelCall): boolean {
  switch (callnum) {
    case PROC_INFO_CALL_PIDINFO:
      return flavor !== PROC_PIDEXITREASONINFO;
    case PROC_INFO_CALL_UDATA_INFO:
      return flavor === PROC_UDATA_INFO_GET;
    case PROC_INFO_CALL_LISTPIDS:
    case PROC_INFO_CALL_PIDFDINFO:
    case PROC_INFO_CALL_KERNMSGBUF:
    case PROC_INFO_CALL_PIDFILEPORTINFO:
    case PROC_INFO_CALL_DIRTYCONTROL:
    case PROC_INFO_CALL_PIDRUSAGE:
    case PROC_INFO_CALL_PIDORIGINATORINFO:
    case PROC_INFO_CALL_LISTCOALITIONS:
    case PROC_INFO_CALL_CANUSEFGHW:
    case PROC_INFO_CALL_PIDDYNKQUEUEINFO:
      return true;
    default:
      return false;
  }
}

/**
 * Returns the size of a row in bytes for a call that returns a number of rows; 0 for other calls.
 */
function rowSize({ callnum, flavor }: KernelCall): number {
  switch (callnum) {
    case PROC_INFO_CALL_PIDINFO:
      return flavor === PROC_PIDLISTUPTRS
        ? PROC_PIDLISTUPTRS_SIZE
        : flavor === PROC_PIDLISTDYNKQUEUES
        ? PROC_PIDLISTDYNKQUEUES_SIZE
        : flavor === PROC_PIDVMRTFAULTINFO
        ? PROC_PIDVMRTFAULTINFO_SIZE
        : 0;
    case PROC_INFO_CALL_PIDFDINFO:
      return flavor === PROC_PIDFDKQUEUE_EXTINFO ? PROC_PIDFDKQUEUE_EXTINFO_SIZE : 0;
    case PROC_INFO_CALL_PIDDYNKQUEUEINFO:
      return flavor === PROC_PIDDYNKQUEUE_EXTINFO ? PROC_PIDDYNKQUEUE_EXTINFO_SIZE : 0;
    default:
      return 0;
  }
}
