import {
  PROC_PIDPATHINFO,
  PROC_PIDPATHINFO_MAXSIZE,
  PROC_PIDPATHINFO_SIZE,
} from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { MASK } from "../sys/statx.ts";
import { endsDeleted, pathLength } from "../proc/link_path.ts";
import { procFile } from "../proc/proc_fs.ts";
import { readerOf, refused } from "../proc/process.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

const EXE = procFile("exe");
const TASK = procFile("task");
/** Returns the flavor that reports the path of a process's program. */
export function pathInfo(world: World): Flavors {
  const { fs, libc } = world;
  const reader = readerOf(world);
  const measure = pathLength(libc);

  /** Reads the link of a process whose leader has ended. */
  function linkOfThread(pid: number): DarwinAnswer {
    const error = reader.read(pid, false);
    if (error < 0) return error;
    return reader.readLink(pid, EXE);
  }

  /**
   * Checks a path that ends like the path of a deleted file. Returns `-ENOENT` if the file was
   * deleted, or 0 if the ending is a part of its name.
   */
  function checkDeleted(pid: number, length: number): DarwinAnswer {
    const mask = MASK.NLINK | MASK.INO;
    const error = reader.thread === pid
      ? fs.stat(mask, pid, EXE)
      : fs.stat(mask, pid, TASK, reader.thread, EXE);
    if (error < 0 && error !== -ERRNO.ENOTSUP) return refused(error);
    const file = error < 0 ? null : fs.statx.view;
    return measure(fs.target, length, file) === length ? 0 : -ERRNO.ENOENT;
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
        // Linux does not return longer paths. XNU has this error for a path that does not fit.
        if (length === -ERRNO.ENAMETOOLONG) return -ERRNO.ESRCH;
        if (length < 0) {
          // The kernel also refuses the link of a zombie, which has no program.
          const error = reader.read(pid, false);
          return error < 0 ? error : refused(length);
        }
        const { target } = fs;
        if (endsDeleted(target, length)) {
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
