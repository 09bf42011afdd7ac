import {
  PROC_PIDPATHINFO,
  PROC_PIDPATHINFO_MAXSIZE,
  PROC_PIDPATHINFO_SIZE,
} from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { procFile } from "../proc/proc_fs.ts";
import { readerOf, refused } from "../proc/process.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

const EXE = procFile("exe");
const TASK = procFile("task");
/** What the kernel puts behind the path of a file that is no longer there. */
const DELETED = new TextEncoder().encode(" (deleted)");

// struct statx.
const STATX_SIZE = 256;
const STATX_NLINK = 0x4;
const STATX_INO = 0x100;
const STX_NLINK = 16;
const STX_INO = 32;
const STX_DEV_MAJOR = 136;
const STX_DEV_MINOR = 140;

/** The flavor that tells the path of a process's program. */
export function pathInfo(world: World): Flavors {
  const { fs, libc } = world;
  const reader = readerOf(world);
  const named = block(STATX_SIZE);
  const path = new Uint8Array(new ArrayBuffer(fs.target.byteLength + 1));

  /** Reads the link of a process whose first thread has ended. */
  function linkOfThread(pid: number): number {
    const error = reader.read(pid, false);
    if (error < 0) return error;
    return reader.readLink(pid, EXE);
  }

  /** What a path is that ends as those of deleted files do: `-ENOENT`, or 0 for a name like others. */
  function checkDeleted(pid: number, length: number): number {
    const mask = STATX_NLINK | STATX_INO;
    const error = reader.thread === pid
      ? fs.stat(mask, pid, EXE)
      : fs.stat(mask, pid, TASK, reader.thread, EXE);
    if (error < 0 && error !== -ERRNO.ENOTSUP) return refused(error);
    const { view } = fs.statx;
    if (error < 0 || view.getUint32(STX_NLINK, true) === 0) return -ERRNO.ENOENT;
    // The file may be there under another name only, or really be called that.
    path.set(fs.target.subarray(0, length));
    path[length] = 0;
    const same = libc.statx(path, STATX_INO, named.bytes) === 0 &&
      named.view.getBigUint64(STX_INO, true) === view.getBigUint64(STX_INO, true) &&
      named.view.getUint32(STX_DEV_MAJOR, true) === view.getUint32(STX_DEV_MAJOR, true) &&
      named.view.getUint32(STX_DEV_MINOR, true) === view.getUint32(STX_DEV_MINOR, true);
    return same ? 0 : -ERRNO.ENOENT;
  }

  return {
    [PROC_PIDPATHINFO]: {
      size: PROC_PIDPATHINFO_SIZE,
      max: PROC_PIDPATHINFO_MAXSIZE,
      answer(pid, _arg, buffer) {
        const missing = reader.find(pid);
        if (missing < 0) return missing;
        reader.thread = pid;
        let length = fs.link(pid, EXE);
        if (length === -ERRNO.ESRCH) length = linkOfThread(pid);
        // Linux has no longer paths to tell; XNU says this of one that does not fit.
        if (length === -ERRNO.ENAMETOOLONG) return -ERRNO.ESRCH;
        if (length < 0) return refused(length);
        const { target } = fs;
        if (endsWith(target, length, DELETED)) {
          const error = checkDeleted(pid, length);
          if (error < 0) return error;
        }
        if (length >= buffer.byteLength) return -ERRNO.ESRCH;
        for (let i = 0; i < length; i++) buffer[i] = target[i]!;
        buffer.fill(0, length);
        return 0;
      },
    },
  };
}

function endsWith(bytes: Uint8Array, length: number, end: Uint8Array): boolean {
  const start = length - end.length;
  if (start < 0) return false;
  for (let i = 0; i < end.length; i++) if (bytes[start + i] !== end[i]) return false;
  return true;
}
