import { PROC_PIDVNODEPATHINFO, PROC_PIDVNODEPATHINFO_SIZE } from "../../abi/pid_info.ts";
import { procVnodePathInfo } from "../../abi/vnode_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type ProcFile, procFile } from "../proc/proc_fs.ts";
import { refused } from "../proc/process.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { livingTask } from "../proc/living.ts";
import { STATX_VNODE, vnodeWriter } from "./vnode.ts";

const CWD = procFile("cwd");
const ROOT = procFile("root");
const SLASH = 0x2f;

/** Answers `PROC_PIDVNODEPATHINFO`: the working directory and the root directory. */
export function vnodePathInfo({ fs, libc }: World): Flavors {
  const scratch = block(PROC_PIDVNODEPATHINFO_SIZE);
  const pvi = offsetsOf(procVnodePathInfo);
  const vnode = vnodeWriter(libc);
  const living = livingTask(fs);

  /** Writes the directory that a link of a process points to. */
  function directory(at: number, pid: number, link: ProcFile): number {
    const length = fs.link(pid, link);
    // The path is too long for a link to give: as on XNU it stays empty.
    if (length < 0 && length !== -ERRNO.ENAMETOOLONG) return refused(length);
    if (link === ROOT && length === 1 && fs.target[0] === SLASH) {
      vnode.clear(scratch, at);
      return 0;
    }
    const error = fs.stat(STATX_VNODE, pid, link);
    if (error < 0) return refused(error);
    const { view } = fs.statx;
    const name = length < 0 ? 0 : vnode.nameLength(fs.target, length, view);
    vnode.infoPath(scratch, at, view, fs.target, name);
    return 0;
  }

  return {
    [PROC_PIDVNODEPATHINFO]: {
      size: PROC_PIDVNODEPATHINFO_SIZE,
      answer(pid, _arg, buffer) {
        const task = living(pid);
        if (task < 0) return task;
        const error = directory(pvi.pvi_cdir, task, CWD) || directory(pvi.pvi_rdir, task, ROOT);
        if (error < 0) return error;
        buffer.set(scratch.bytes);
        return PROC_PIDVNODEPATHINFO_SIZE;
      },
    },
  };
}
