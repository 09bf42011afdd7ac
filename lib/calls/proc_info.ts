import { bytesOf, int32, uint64, word32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ret } from "../system/kernel.ts";
import { systemAlone } from "../system/open.ts";

/**
 * Calls `__proc_info()`, the one call behind everything in this module.
 *
 * Any callnum and flavor may be passed, also ones that this module has no name for. The kernel
 * writes into `buffer` and never past `buffersize`; nothing is decoded.
 *
 * @param callnum The query: a `PROC_INFO_CALL_*` number.
 * @param pid The process, or what the callnum takes in its place.
 * @param flavor The flavor, or what the callnum takes in its place.
 * @param arg A further argument that some flavors take: an address, a thread id, a descriptor.
 * @param buffer Where the answer goes: any typed array or `DataView`. Null queries the size that is
 * needed, if the flavor supports that.
 * @param buffersize How many bytes of `buffer` may be written; all of them when left out.
 * @param options The system to query; this host by default.
 * @returns What the call returned: bytes written, a count, or 0; that belongs to the flavor.
 * @throws {ProcInfoError} The call failed. Error numbers are Darwin's, on Linux too.
 * @throws {RangeError} A number is not an integer of its C type, or `buffersize` is more than `buffer` has.
 * @throws {TypeError} `buffer` is not a view, or its memory is gone.
 *
 * @example
 * ```ts
 * import { PROC_ALL_PIDS, PROC_CALLNUM_LISTPIDS, procInfo } from "@libproc/libproc/calls";
 *
 * const size = procInfo(PROC_CALLNUM_LISTPIDS, PROC_ALL_PIDS, 0, 0n, null);
 * const pids = new Int32Array(size / 4);
 * const written = procInfo(PROC_CALLNUM_LISTPIDS, PROC_ALL_PIDS, 0, 0n, pids);
 * console.log(pids.subarray(0, written / 4));
 * ```
 */
export function procInfo(
  callnum: number,
  pid: number,
  flavor: number,
  arg: bigint | number,
  buffer: ArrayBufferView | null,
  buffersize?: number,
  options: SystemOptions = {},
): number {
  const system = systemAlone(options);
  const callnum32 = int32("callnum", callnum);
  const pid32 = int32("pid", pid);
  const flavor32 = word32("flavor", flavor);
  const arg64 = uint64("arg", arg);
  const bytes = sized(buffer, buffersize);
  const answer = system.kernel.procInfo(callnum32, pid32, flavor32, arg64, bytes);
  return ret(answer, callnum, pid, flavor);
}

function sized(buffer: ArrayBufferView | null, buffersize: number | undefined): Uint8Array | null {
  const bytes = buffer === null ? null : bytesOf("buffer", buffer);
  if (buffersize === undefined) return bytes;
  const size = int32("buffersize", buffersize);
  const room = bytes === null ? 0 : bytes.byteLength;
  if (size < 0 || size > room) {
    throw new RangeError(
      `Cannot pass buffersize as it must be from 0 to the buffer's ${room} bytes: ` +
        `current value is ${size}`,
    );
  }
  return bytes === null ? null : bytes.subarray(0, size);
}
