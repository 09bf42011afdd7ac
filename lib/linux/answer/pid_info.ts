import {
  PROC_PIDIPCTABLEINFO,
  PROC_PIDIPCTABLEINFO_SIZE,
  PROC_PIDPLATFORMINFO,
  PROC_PIDPLATFORMINFO_SIZE,
  PROC_PIDWORKQUEUEINFO,
} from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { type Call, dispatch, unsupported } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { archInfo } from "./arch_info.ts";
import { bsdInfo } from "./bsd_info.ts";
import { coalitionInfo } from "./coalition_info.ts";
import { noteExit } from "./exit_reason.ts";
import { listFds } from "./fd_info.ts";
import { nothing } from "./nothing.ts";
import { pathInfo } from "./path_info.ts";
import { REGION_FLAVORS, regionInfo } from "./region_info.ts";
import { taskInfo } from "./task_info.ts";
import { threadInfo } from "./thread_info.ts";
import { uniqueId } from "./unique_id.ts";
import { vnodePathInfo } from "./vnode_info.ts";

/** Answers `PROC_INFO_CALL_PIDINFO`. */
export function pidInfo(world: World): Call {
  // This is created on first use, so that a program that only lists processes need not wait for it.
  let call: Call | undefined;
  const answers = () =>
    dispatch({
      // Linux has no programs of other platforms and no Mach ports.
      [PROC_PIDPLATFORMINFO]: unsupported(world, PROC_PIDPLATFORMINFO_SIZE, true),
      [PROC_PIDIPCTABLEINFO]: unsupported(world, PROC_PIDIPCTABLEINFO_SIZE),
      ...listFds(world),
      ...bsdInfo(world),
      ...taskInfo(world),
      ...uniqueId(world),
      ...pathInfo(world),
      ...archInfo(world),
      ...coalitionInfo(world),
      ...noteExit(world),
      ...nothing(world),
      ...regionInfo(world),
      ...threadInfo(world),
      ...vnodePathInfo(world),
    });
  return (pid, flavor, arg, buffer) => {
    // XNU refuses access to the kernel's own memory before all other checks.
    if (pid === 0 && REGION_FLAVORS.has(flavor)) return -ERRNO.EPERM;
    if (pid === 0 && flavor === PROC_PIDWORKQUEUEINFO) return -ERRNO.EINVAL;
    call ??= answers();
    return call(pid, flavor, arg, buffer);
  };
}
