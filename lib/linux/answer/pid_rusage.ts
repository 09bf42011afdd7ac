import { RUSAGE_INFO_V0, RUSAGE_INFO_V2, RUSAGE_INFO_V4 } from "../../abi/pid_rusage.ts";
import { RUSAGE_INFO_SIZES, rusageInfoV6 } from "../../abi/rusage_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import { imageIdOf, LAST_IMAGE_FIELD } from "../proc/image_id.ts";
import { SCHEDSTAT } from "../parse/schedstat.ts";
import { STAT } from "../parse/stat.ts";
import {
  parseStatusMemory,
  parseStatusNumber,
  STATUS_MEMORY,
  STATUS_MEMORY_COUNT,
  statusKey,
} from "../parse/status.ts";
import { procFile } from "../proc/proc_fs.ts";
import { readerOf } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const IO = procFile("io");
/** The key of the line in `io` with the number of bytes that were read from disks. */
export const READ_BYTES: Uint8Array = statusKey("read_bytes");
/** The key of the line in `io` with the number of bytes that were written to disks. */
export const WRITE_BYTES: Uint8Array = statusKey("write_bytes");
const KILOBYTE = 1024;

const ri = offsetsOf(rusageInfoV6);

/**
 * Answers `PROC_INFO_CALL_PIDRUSAGE` with 0. It fails with `ENOMEM` if the buffer is too short for
 * the flavor, while XNU would write past the end of the buffer.
 *
 * The kernel reports the I/O of a process only to callers that may trace it. For other callers,
 * flavors with I/O fail with `EPERM`, while the earlier flavors remain available.
 */
export function pidRusage(world: World): Call {
  const { fs } = world;
  const reader = readerOf(world);
  const writeImageId = imageIdOf(world);
  const { bytes, view } = block(rusageInfoV6.size);
  const memory = new Float64Array(STATUS_MEMORY_COUNT);
  const { stat, schedstat } = reader;

  /** Writes the members that all flavors from V0 on have, for the process that was read last. */
  function writeBase(pid: number): DarwinAnswer {
    const length = reader.readStatus(pid);
    if (length < 0) return length;
    parseStatusMemory(fs.text, length, reader.statusEnd, memory);
    reader.readTimes(pid);
    writeImageId(pid, bytes, ri.ri_uuid);
    const { tick, user, system, total } = reader;
    const wired = memory[STATUS_MEMORY.locked]! + memory[STATUS_MEMORY.pinned]!;
    const footprint = memory[STATUS_MEMORY.anonymous]! + memory[STATUS_MEMORY.swapped]!;
    setU64(view, ri.ri_user_time, user);
    setU64(view, ri.ri_system_time, system);
    setU64(view, ri.ri_pageins, stat[STAT.majflt]!);
    setU64(view, ri.ri_wired_size, wired * KILOBYTE);
    setU64(view, ri.ri_resident_size, memory[STATUS_MEMORY.resident]! * KILOBYTE);
    setU64(view, ri.ri_phys_footprint, footprint * KILOBYTE);
    setU64(view, ri.ri_proc_start_abstime, stat[STAT.starttime]! * tick);
    setU64(view, ri.ri_child_user_time, stat[STAT.cutime]! * tick);
    setU64(view, ri.ri_child_system_time, stat[STAT.cstime]! * tick);
    setU64(view, ri.ri_child_pageins, stat[STAT.cmajflt]!);
    setU64(view, ri.ri_cpu_time_qos_default, total);
    const peak = memory[STATUS_MEMORY.peak]! * KILOBYTE;
    setU64(view, ri.ri_lifetime_max_phys_footprint, peak);
    setU64(view, ri.ri_interval_max_phys_footprint, peak);
    return 0;
  }

  /** Writes the members that flavors have from V2 on. */
  function writeIo(pid: number): DarwinAnswer {
    const length = reader.readIfAny(pid, pid, IO);
    if (length < 0) return length;
    const read = parseStatusNumber(fs.text, length, READ_BYTES, 0);
    const written = parseStatusNumber(fs.text, length, WRITE_BYTES, 0);
    setU64(view, ri.ri_diskio_bytesread, Math.max(read, 0));
    setU64(view, ri.ri_diskio_byteswritten, Math.max(written, 0));
    setU64(view, ri.ri_logical_writes, Math.max(written, 0));
    return 0;
  }

  /** Writes the members that flavors have from V4 on. */
  function writeRunnable(pid: number): DarwinAnswer {
    const error = reader.readThreads(pid);
    if (error < 0) return error;
    const runnable = schedstat[SCHEDSTAT.ran]! + schedstat[SCHEDSTAT.waited]!;
    setU64(view, ri.ri_runnable_time, runnable);
    return 0;
  }

  return (pid, flavor, _arg, buffer) => {
    const size = RUSAGE_INFO_SIZES[flavor];
    if (buffer !== null && size !== undefined && buffer.byteLength < size) return -ERRNO.ENOMEM;
    let error = pid < 0 ? -ERRNO.ESRCH : reader.read(pid, true, LAST_IMAGE_FIELD);
    if (error < 0) return error;
    if (size === undefined || flavor < RUSAGE_INFO_V0) {
      return reader.sameUser(pid) || -ERRNO.EINVAL;
    }
    error = writeBase(pid);
    if (error === 0 && flavor >= RUSAGE_INFO_V2) error = writeIo(pid);
    if (error === 0 && flavor >= RUSAGE_INFO_V4) error = writeRunnable(pid);
    if (error < 0) return error;
    if (buffer === null) return -ERRNO.EFAULT;
    buffer.set(bytes.subarray(0, size));
    return 0;
  };
}
