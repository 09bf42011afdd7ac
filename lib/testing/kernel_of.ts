import type { Kernel } from "../system/kernel.ts";
import type { KernelCall } from "./call.ts";

/** A function that returns the result of one call, and may write into the buffer. */
export type Respond = (call: KernelCall, buffer: Uint8Array | null) => number;

/** Creates a {@linkcode Kernel} whose two functions call `respond`. */
export function kernelOf(respond: Respond): Kernel {
  return {
    procInfo(callnum, pid, flavor, arg, buffer) {
      return respond({ callnum, pid, flavor, arg, size: sizeOf(buffer) }, buffer);
    },
    procInfoExtendedId(callnum, pid, flavor, flags, extId, arg, buffer) {
      const size = sizeOf(buffer);
      return respond({ callnum, pid, flavor, arg, size, flags, extId }, buffer);
    },
  };
}

function sizeOf(buffer: Uint8Array | null): number | null {
  return buffer === null ? null : buffer.byteLength;
}
