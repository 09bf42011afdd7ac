import {
  PROC_DIRTY_ALLOW_IDLE_EXIT,
  PROC_DIRTY_DEFER,
  PROC_DIRTY_DEFER_ALWAYS,
  PROC_DIRTY_LAUNCH_IN_PROGRESS,
  PROC_DIRTY_TRACK,
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

/** The number of bits in the flags of `PROC_DIRTYCONTROL_TRACK`: the low half of the argument. */
const FLAGS = 32;
const DEFERS = PROC_DIRTY_DEFER | PROC_DIRTY_DEFER_ALWAYS;

/**
 * Answers `PROC_INFO_CALL_DIRTYCONTROL`. It reports that a process is not tracked, which is true
 * for all processes of Linux, and refuses to track one.
 */
export function dirtyControl(world: World): Call {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const reader = readerOf(world);

  return (pid, flavor, arg) => {
    const error = pid < 0 ? -ERRNO.ESRCH : reader.read(pid, flavor === PROC_DIRTYCONTROL_GET);
    if (error < 0) return error;
    switch (flavor) {
      case PROC_DIRTYCONTROL_TRACK: {
        const isChild = reader.stat[STAT.ppid] === fs.self;
        const may = pid === fs.self || isChild || libc.users().geteuid() === 0;
        if (!may) return -ERRNO.EPERM;
        return areFlags(Number(BigInt.asIntN(FLAGS, arg))) ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
      }
      case PROC_DIRTYCONTROL_SET:
      case PROC_DIRTYCONTROL_CLEAR: {
        const refusal = fs.local ? calls.kill(pid, NO_SIGNAL) : 0;
        // XNU fails with this error for a process that is not tracked.
        return refusal < 0 ? toDarwin(refusal) : -ERRNO.EINVAL;
      }
      default:
        return 0;
    }
  };
}

/** Returns true if XNU accepts this combination of flags for tracking. */
function areFlags(flags: number): boolean {
  const tracks = (flags & PROC_DIRTY_TRACK) !== 0;
  const exits = (flags & PROC_DIRTY_ALLOW_IDLE_EXIT) !== 0;
  const defers = flags & DEFERS;
  if (!tracks && (exits || (flags & PROC_DIRTY_LAUNCH_IN_PROGRESS) !== 0)) return false;
  return defers !== DEFERS && (defers === 0 || exits);
}
