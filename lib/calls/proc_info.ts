import { bytesOf, int32, uint64, word32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ret } from "../system/kernel.ts";
import { systemAlone } from "../system/open.ts";

/**
 * Calls `__proc_info()`, on which all functions of this module are based.
 *
 * The callnum and the flavor can be any number, including those without a constant in this module.
 * The kernel writes at most `buffersize` bytes to `buffer`. The answer is not decoded.
 *
 * On Linux, the error numbers are Darwin's as well.
 *
 * @param callnum The query: a `PROC_INFO_CALL_*` number.
 * @param pid The process, or the value that the callnum takes in its place.
 * @param flavor The flavor, or the value that the callnum takes in its place.
 * @param arg Another argument of some flavors: an address, a thread id or a file descriptor.
 * @param buffer The memory to write the answer to: any typed array or `DataView`. Null queries the
 * size that is needed if the flavor supports it.
 * @param buffersize The maximum number of bytes to write to `buffer`. Default: its size.
 * @param options The system to query; this host by default.
 * @returns The number that the call returned. The flavor determines its meaning: bytes written, a
 * count, or always 0.
 * @throws {ProcInfoError} The call failed.
 * @throws {RangeError} A number is not an integer of its C type, or `buffersize` is greater than
 * the size of `buffer`.
 * @throws {TypeError} `buffer` is not a view, or its memory was detached.
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
