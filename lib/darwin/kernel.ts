import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDRUSAGE } from "../abi/callnum.ts";
import { procExitReasonInfo } from "../abi/exit_reason.ts";
import { PROC_PIDEXITREASONINFO } from "../abi/pid_info.ts";
import { RUSAGE_INFO_SIZES } from "../abi/rusage_info.ts";
import { ERRNO } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { LibSystem } from "./libsystem.ts";

/** Enough room for a newer, unknown version of `rusage_info`. */
const RUSAGE_ROOM = 4096;
const REASON_SIZE = procExitReasonInfo.size;

/**
 * Returns the {@linkcode Kernel} that calls the real `__proc_info()` of macOS.
 *
 * It protects memory from the two calls that can write outside of the buffer. `PIDRUSAGE` always
 * gets enough room for the whole struct. `PROC_PIDEXITREASONINFO` always gets an address of this
 * library for the data of a reason. The data is returned after the struct, as far as it fits in the
 * buffer.
 */
export function darwinKernel(library: LibSystem): Kernel {
  const { __proc_info, memmove } = library.call;
  const location = library.errno;
  const errno = new Int32Array(new ArrayBuffer(4));
  // Passed instead of an empty buffer, whose address would be NULL, which queries a size.
  const empty = new Uint8Array(new ArrayBuffer(8));
  let extended: ReturnType<LibSystem["extended"]> | undefined;
  let rusage: Uint8Array | undefined;

  /** Returns the memory to pass for a buffer: the buffer itself, unless that is unsafe. */
  function handed(callnum: number, flavor: number, buffer: Uint8Array | null): Uint8Array | null {
    if (buffer === null) return null;
    if (callnum === PROC_INFO_CALL_PIDRUSAGE && RUSAGE_INFO_SIZES[flavor] === undefined) {
      return rusage ??= new Uint8Array(new ArrayBuffer(RUSAGE_ROOM));
    }
    if (isReason(callnum, flavor) && buffer.byteLength >= REASON_SIZE) {
      const reason = new Uint8Array(new ArrayBuffer(buffer.byteLength));
      procExitReasonInfo.encode({
        eri_reason_buf_size: buffer.byteLength - REASON_SIZE,
        eri_kcd_buf: library.address(reason) + BigInt(REASON_SIZE),
      }, reason);
      return reason;
    }
    return buffer.byteLength === 0 ? empty : buffer;
  }

  function isTooShort(callnum: number, flavor: number, buffer: Uint8Array | null): boolean {
    return callnum === PROC_INFO_CALL_PIDRUSAGE && buffer !== null &&
      buffer.byteLength < (RUSAGE_INFO_SIZES[flavor] ?? 0);
  }

  function procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number {
    if (isTooShort(callnum, flavor, buffer)) return -ERRNO.ENOMEM;
    const memory = handed(callnum, flavor, buffer);
    const size = buffer === null ? 0 : buffer.byteLength;
    const answer = __proc_info(callnum, pid, flavor, arg, memory, size);
    if (answer < 0) {
      // Immediately, as a garbage collection can make calls that change errno.
      memmove(errno, location, 4n);
      return -errno[0]!;
    }
    if (memory !== buffer && buffer !== null) takeBack(callnum, flavor, memory!, buffer);
    return answer;
  }

  function procInfoExtendedId(
    callnum: number,
    pid: number,
    flavor: number,
    flags: number,
    extId: bigint,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number {
    extended ??= library.extended();
    if (extended === null) return -ERRNO.ENOSYS;
    if (isTooShort(callnum, flavor, buffer)) return -ERRNO.ENOMEM;
    const memory = handed(callnum, flavor, buffer);
    const size = buffer === null ? 0 : buffer.byteLength;
    const call = extended.__proc_info_extended_id;
    const answer = call(callnum, pid, flavor, flags, extId, arg, memory, size);
    if (answer < 0) {
      memmove(errno, location, 4n);
      return -errno[0]!;
    }
    if (memory !== buffer && buffer !== null) takeBack(callnum, flavor, memory!, buffer);
    return answer;
  }

  return { procInfo, procInfoExtendedId };
}

function isReason(callnum: number, flavor: number): boolean {
  return callnum === PROC_INFO_CALL_PIDINFO && flavor === PROC_PIDEXITREASONINFO;
}

/** Copies an answer from the memory that was passed instead of a buffer, as far as it fits. */
function takeBack(callnum: number, flavor: number, memory: Uint8Array, buffer: Uint8Array): void {
  const size = isReason(callnum, flavor)
    ? REASON_SIZE + procExitReasonInfo.decode(memory).eri_reason_buf_size
    : buffer.byteLength;
  buffer.set(memory.subarray(0, Math.min(size, buffer.byteLength)));
}
