import { PROC_PIDVNODEPATHINFO } from "../abi/pid_info.ts";
import { NotSupportedError } from "./errors.ts";
import type { Life } from "./life.ts";

/** The size of a path in `vnode_info_path` without the NUL; a path that fills it may have been cut. */
const ROOM = 1023;

/** Returns a path; undefined if it is empty, or may have been cut. */
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
    // It is all zero for a process that has the root directory of the system.
    if (vip_path === "" && vip_vi.vi_type === 0) return "/";
    const path = wholePath(vip_path);
    if (path === undefined) throw new NotSupportedError(doing, life.pid);
    return path;
  });
}
