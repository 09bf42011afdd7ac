import { PROC_INFO_CALL_PIDRUSAGE } from "../abi/callnum.ts";
import { ERRNO, type Kernel } from "../kernel.ts";
import type { LibSystem } from "./libsystem.ts";

/**
 * What `PIDRUSAGE` writes for each of its flavors. That call is told no size: it writes the whole
 * struct, however short the buffer is.
 */
const RUSAGE_SIZE: readonly number[] = [96, 144, 160, 232, 296, 304, 464];
/** More than a version of `rusage_info` that is not known yet can take. */
const RUSAGE_ROOM = 4096;

/** A {@linkcode Kernel} that is the real `__proc_info()` of macOS. */
export function darwinKernel(library: LibSystem): Kernel {
  const { __proc_info, memcpy } = library.call;
  const location = library.errno;
  const errno = new Int32Array(new ArrayBuffer(4));
  // What an empty buffer is passed as: its own address would be NULL, which asks for a size.
  const empty = new Uint8Array(new ArrayBuffer(8));
  const rusage = new Uint8Array(new ArrayBuffer(RUSAGE_ROOM));
  let extended: ReturnType<LibSystem["extended"]> | undefined;

  function procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number {
    const size = buffer === null ? 0 : buffer.byteLength;
    const memory = size === 0 && buffer !== null ? empty : buffer;
    if (callnum === PROC_INFO_CALL_PIDRUSAGE && memory !== null) {
      const needed = RUSAGE_SIZE[flavor];
      if (needed === undefined) return rusageOfFuture(pid, flavor, arg, memory);
      if (size < needed) return -ERRNO.ENOMEM;
    }
    const answer = __proc_info(callnum, pid, flavor, arg, memory, size);
    if (answer < 0) {
      // In the very next step: a garbage collection in between may fail calls of its own.
      memcpy(errno, location, 4n);
      return -errno[0]!;
    }
    return answer;
  }

  function rusageOfFuture(pid: number, flavor: number, arg: bigint, memory: Uint8Array): number {
    const answer = __proc_info(PROC_INFO_CALL_PIDRUSAGE, pid, flavor, arg, rusage, RUSAGE_ROOM);
    if (answer < 0) {
      memcpy(errno, location, 4n);
      return -errno[0]!;
    }
    memory.set(rusage.subarray(0, memory.byteLength));
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
    // The ids are compared by PIDINFO alone; for the rest it is the same call, and its guards hold.
    if (callnum === PROC_INFO_CALL_PIDRUSAGE) return procInfo(callnum, pid, flavor, arg, buffer);
    const size = buffer === null ? 0 : buffer.byteLength;
    const memory = size === 0 && buffer !== null ? empty : buffer;
    const answer = extended.__proc_info_extended_id(
      callnum,
      pid,
      flavor,
      flags,
      extId,
      arg,
      memory,
      size,
    );
    if (answer < 0) {
      memcpy(errno, location, 4n);
      return -errno[0]!;
    }
    return answer;
  }

  return { procInfo, procInfoExtendedId };
}
