import { PROC_PIDVNODEPATHINFO } from "../abi/pid_info.ts";
import { NotSupportedError } from "./errors.ts";
import type { Life } from "./life.ts";

/** The bytes of a path in `vnode_info_path`, without the NUL: a path that fills them may be cut. */
const ROOM = 1023;

/** The text of a path; undefined where there is none, or it may not be all of it. */
export function wholePath(path: string): string | undefined {
  return path === "" || encoder.encode(path).length >= ROOM ? undefined : path;
}

const encoder = new TextEncoder();

/** Reads the path of the working directory of a process. */
export function workingDirectoryOf(life: Life): string {
  const doing = "read the working directory of";
  return life.about(doing, () => {
    const path = wholePath(life.ask(PROC_PIDVNODEPATHINFO).pvi_cdir.vip_path);
    if (path === undefined) throw new NotSupportedError(doing, life.pid);
    return path;
  });
}

/** Reads the path of the root directory of a process. */
export function rootDirectoryOf(life: Life): string {
  const doing = "read the root directory of";
  return life.about(doing, () => {
    const { vip_vi, vip_path } = life.ask(PROC_PIDVNODEPATHINFO).pvi_rdir;
    // It is all zero for those that have the root of the system.
    if (vip_path === "" && vip_vi.vi_type === 0) return "/";
    const path = wholePath(vip_path);
    if (path === undefined) throw new NotSupportedError(doing, life.pid);
    return path;
  });
}
