import { procBsdInfo } from "../../abi/bsd_info.ts";
import { PIF_COMPARE_UNIQUEID } from "../../abi/extended_id.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_BSDINFOWITHUNIQID_SIZE,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDUNIQIDENTIFIERINFO_SIZE,
} from "../../abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../../abi/unique_id.ts";
import { ERRNO } from "../../system/errors.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { imageIdOf, LAST_IMAGE_FIELD } from "../proc/image_id.ts";
import { STAT } from "../parse/stat.ts";
import { readerOf } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { bsdWriter } from "./bsd_info.ts";

/**
 * The maximum number of bits of a pid. The tick in which a process started and its pid form a
 * number that no other process has had since the machine started, unless 4 million processes are
 * created within a tick.
 */
const PID_BITS = 22;
const PIDS = 2 ** PID_BITS;
/** The number of ticks that fit into the lower half of this number. */
const LOW_TICKS = 2 ** (32 - PID_BITS);
const TWO_32 = 2 ** 32;

const unique = offsetsOf(procUniqIdentifierInfo);
/** The offset of `proc_uniqidentifierinfo` in `proc_bsdinfowithuniqid`. */
const BEHIND_BSD = procBsdInfo.size;

/** Returns the flavors about identities, which are never reused. */
export function uniqueId(world: World): Flavors {
  const reader = readerOf(world);
  const writeBsd = bsdWriter(world);
  const writeImageId = imageIdOf(world);
  const part = block(PROC_PIDUNIQIDENTIFIERINFO_SIZE);
  const all = block(PROC_PIDT_BSDINFOWITHUNIQID_SIZE);

  /** Writes `proc_uniqidentifierinfo` of the process that was read last. */
  function write(pid: number, { view, bytes }: Block, at: number): DarwinAnswer {
    const { stat } = reader;
    const start = stat[STAT.starttime]!;
    const ppid = stat[STAT.ppid]!;
    // A parent may end at any time, and process 1 does not have one.
    const parent = ppid > 0 ? reader.startOf(ppid) : -ERRNO.ESRCH;
    if (parent < 0 && parent !== -ERRNO.ESRCH && parent !== -ERRNO.EPERM) return parent;
    writeImageId(pid, bytes, at + unique.p_uuid);
    setUniqueId(view, at + unique.p_uniqueid, start, pid);
    setUniqueId(view, at + unique.p_puniqueid, Math.max(parent, 0), parent < 0 ? 0 : ppid);
    view.setUint32(at + unique.p_idversion, start % TWO_32, true);
    view.setUint32(at + unique.p_orig_ppidversion, Math.max(parent, 0) % TWO_32, true);
    return 0;
  }

  return {
    [PROC_PIDUNIQIDENTIFIERINFO]: {
      size: PROC_PIDUNIQIDENTIFIERINFO_SIZE,
      answer(pid, arg, buffer) {
        let error = reader.read(pid, arg !== 0n, LAST_IMAGE_FIELD);
        if (error === 0) error = write(pid, part, 0);
        if (error < 0) return error;
        buffer.set(part.bytes);
        return PROC_PIDUNIQIDENTIFIERINFO_SIZE;
      },
    },
    [PROC_PIDT_BSDINFOWITHUNIQID]: {
      size: PROC_PIDT_BSDINFOWITHUNIQID_SIZE,
      answer(pid, arg, buffer) {
        let error = reader.read(pid, arg !== 0n, LAST_IMAGE_FIELD);
        if (error === 0) error = writeBsd(pid, all);
        if (error === 0) error = write(pid, all, BEHIND_BSD);
        if (error < 0) return error;
        buffer.set(all.bytes);
        return PROC_PIDT_BSDINFOWITHUNIQID_SIZE;
      },
    },
  };
}

/**
 * Returns a function that compares a process with an expected identity, as
 * `__proc_info_extended_id()` does. The function returns 0, or `-ESRCH` if it is another process.
 */
export function comparison(world: World): (pid: number, flags: number, id: bigint) => DarwinAnswer {
  const reader = readerOf(world);
  const { view } = block(8);

  return (pid, flags, id) => {
    if (pid <= 0) return -ERRNO.ESRCH;
    const start = reader.startOf(pid);
    if (start < 0) return start;
    setUniqueId(view, 0, start, pid);
    const same = flags & PIF_COMPARE_UNIQUEID
      ? view.getBigUint64(0, true) === id
      // The version is an `int`, which may have been extended to 64 bits with or without its sign.
      : BigInt.asUintN(32, id) === BigInt(start % TWO_32) &&
        (id === BigInt.asUintN(32, id) || id === BigInt.asUintN(64, BigInt.asIntN(32, id)));
    return same ? 0 : -ERRNO.ESRCH;
  };
}

/** Returns the lower half of the number that identifies a process. */
export function uniqueLow(start: number, pid: number): number {
  return (start % LOW_TICKS) * PIDS + pid;
}

/** Returns the upper half of the number that identifies a process. */
export function uniqueHigh(start: number): number {
  return Math.floor(start / LOW_TICKS);
}

function setUniqueId(view: DataView, at: number, start: number, pid: number): void {
  view.setUint32(at, uniqueLow(start, pid), true);
  view.setUint32(at + 4, uniqueHigh(start), true);
}
