import { PROC_FLAG_THCWD } from "../abi/bsd_info.ts";
import {
  PROC_PIDLISTTHREADS,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTHREADPATHINFO,
} from "../abi/pid_info.ts";
import type { VnodeInfoPath } from "../abi/vnode_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import type { System } from "../system/system.ts";
import { unlessRefused } from "./refused.ts";

/**
 * Returns true if a thread of a process has a working directory of its own that `isMeant` accepts.
 */
export function hasThreadIn(
  pid: number,
  isMeant: (vnode: VnodeInfoPath) => boolean,
  system: System,
): boolean {
  const { pbsi_flags } = pidInfo(pid, PROC_PIDT_SHORTBSDINFO, 0n, { system });
  if ((pbsi_flags & PROC_FLAG_THCWD) === 0) return false;
  return pidInfo(pid, PROC_PIDLISTTHREADS, 0n, { system }).some((handle) => {
    const thread = unlessRefused(() => pidInfo(pid, PROC_PIDTHREADPATHINFO, handle, { system }));
    return thread !== undefined && isMeant(thread.pvip);
  });
}
