import type { Kernel } from "../../lib/system/kernel.ts";

/** A call through a {@linkcode guardedKernel}. */
export interface GuardedCall {
  readonly callnum: number;
  readonly pid: number;
  readonly flavor: number;
  readonly arg: bigint;
  /** The size of the buffer; null if there is no buffer. */
  readonly size: number | null;
  /** The return value of the kernel below. */
  readonly answer: number;
}

/** A kernel that checks that the one below writes only into the buffers that it receives. */
export interface GuardedKernel extends Kernel {
  readonly calls: GuardedCall[];
}

const GUARD = 512;
const CANARY = 0xc5;

/**
 * Wraps a {@linkcode Kernel}. It passes each buffer as part of a larger one, and throws if a byte
 * before or after it changes.
 */
export function guardedKernel(below: Kernel): GuardedKernel {
  const calls: GuardedCall[] = [];

  function guarded(
    call: Omit<GuardedCall, "size" | "answer">,
    buffer: Uint8Array | null,
    ask: (buffer: Uint8Array | null) => number,
  ): number {
    if (buffer === null) {
      const answer = ask(null);
      calls.push({ ...call, size: null, answer });
      return answer;
    }
    const size = buffer.byteLength;
    const arena = new Uint8Array(new ArrayBuffer(GUARD + size + GUARD)).fill(CANARY);
    arena.set(buffer, GUARD);
    const answer = ask(arena.subarray(GUARD, GUARD + size));
    calls.push({ ...call, size, answer });
    const touched = arena.findIndex((byte, at) =>
      byte !== CANARY && (at < GUARD || at >= GUARD + size)
    );
    if (touched >= 0) throw new Error(`byte ${touched - GUARD} of a buffer of ${size} was written`);
    buffer.set(arena.subarray(GUARD, GUARD + size));
    return answer;
  }

  return {
    calls,
    procInfo: (callnum, pid, flavor, arg, buffer) =>
      guarded(
        { callnum, pid, flavor, arg },
        buffer,
        (buffer) => below.procInfo(callnum, pid, flavor, arg, buffer),
      ),
    procInfoExtendedId: (callnum, pid, flavor, flags, id, arg, buffer) =>
      guarded(
        { callnum, pid, flavor, arg },
        buffer,
        (buffer) => below.procInfoExtendedId(callnum, pid, flavor, flags, id, arg, buffer),
      ),
  };
}
