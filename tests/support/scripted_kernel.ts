import type { Kernel } from "../../lib/kernel.ts";

/** One call that a scripted kernel was asked. */
export interface Call {
  readonly callnum: number;
  readonly pid: number;
  readonly flavor: number;
  readonly arg: bigint;
  /** The size of the buffer; null for none. */
  readonly size: number | null;
}

/** A kernel whose answers are a function's, and what it was asked. */
export interface ScriptedKernel extends Kernel {
  readonly calls: Call[];
}

/** Makes a {@linkcode Kernel} out of a function that answers, and may write into the buffer. */
export function scriptedKernel(
  answer: (call: Call, buffer: Uint8Array | null) => number,
): ScriptedKernel {
  const calls: Call[] = [];
  const procInfo: Kernel["procInfo"] = (callnum, pid, flavor, arg, buffer) => {
    const call = { callnum, pid, flavor, arg, size: buffer?.byteLength ?? null };
    calls.push(call);
    return answer(call, buffer);
  };
  return {
    calls,
    procInfo,
    procInfoExtendedId: (callnum, pid, flavor, _flags, _id, arg, buffer) =>
      procInfo(callnum, pid, flavor, arg, buffer),
  };
}

/** Writes pids as the kernel does: as many as fit; returns the bytes written. */
export function writePids(pids: readonly number[], buffer: Uint8Array): number {
  const room = Math.min(pids.length, buffer.byteLength >> 2);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (let i = 0; i < room; i++) view.setInt32(i * 4, pids[i]!, true);
  return room * 4;
}
