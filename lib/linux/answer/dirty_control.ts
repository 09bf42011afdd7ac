import {
  PROC_DIRTYCONTROL_CLEAR,
  PROC_DIRTYCONTROL_GET,
  PROC_DIRTYCONTROL_SET,
  PROC_DIRTYCONTROL_TRACK,
} from "../../abi/dirty_control.ts";
import { ERRNO } from "../../system/errors.ts";
import { toDarwin } from "../sys/errno.ts";
import { openProcessCalls } from "../sys/process.ts";
import { STAT } from "../parse/stat.ts";
import { readerOf } from "../proc/process.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const NO_SIGNAL = 0;

/**
 * Answers `PROC_INFO_CALL_DIRTYCONTROL`: no process of Linux is tracked, which is a fact that can be
 * told, and none can be made to be.
 */
export function dirtyControl(world: World): Call {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);

  return (pid, flavor) => {
    const error = pid < 0 ? -ERRNO.ESRCH : reader.read(pid, flavor === PROC_DIRTYCONTROL_GET);
    if (error < 0) return error;
    switch (flavor) {
      case PROC_DIRTYCONTROL_TRACK: {
        const isChild = reader.stat[STAT.ppid] === fs.self;
        const may = pid === fs.self || isChild || libc.users().geteuid() === 0;
        return may ? -ERRNO.ENOTSUP : -ERRNO.EPERM;
      }
      case PROC_DIRTYCONTROL_SET:
      case PROC_DIRTYCONTROL_CLEAR: {
        const refusal = fs.local ? calls.kill(pid, NO_SIGNAL) : 0;
        return refusal < 0 ? toDarwin(refusal) : -ERRNO.ENOTSUP;
      }
      default:
        return 0;
    }
  };
}
