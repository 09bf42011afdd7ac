import {
  PROC_PIDLISTDYNKQUEUES,
  PROC_PIDLISTDYNKQUEUES_SIZE,
  PROC_PIDLISTFILEPORTS,
  PROC_PIDLISTFILEPORTS_SIZE,
  PROC_PIDLISTUPTRS,
  PROC_PIDLISTUPTRS_SIZE,
  PROC_PIDVMRTFAULTINFO,
  PROC_PIDVMRTFAULTINFO_SIZE,
  PROC_PIDWORKQUEUEINFO,
  PROC_PIDWORKQUEUEINFO_SIZE,
} from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { readerOf } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { Flavor, Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

/**
 * Returns the flavors about objects that processes of Linux do not have. Their answers are empty.
 */
export function nothing(world: World): Flavors {
  const reader = readerOf(world);
  const none = (pid: number): number => reader.read(pid, false);
  const noneOf = (size: number): Flavor => ({ size, answer: none, sizing: none });

  function ownFaults(pid: number): DarwinAnswer {
    const error = reader.read(pid, false) || reader.sameUser(pid);
    return error === 0 && pid !== world.fs.self ? -ERRNO.EINVAL : error;
  }

  return {
    [PROC_PIDLISTFILEPORTS]: noneOf(PROC_PIDLISTFILEPORTS_SIZE),
    [PROC_PIDLISTUPTRS]: noneOf(PROC_PIDLISTUPTRS_SIZE),
    [PROC_PIDLISTDYNKQUEUES]: noneOf(PROC_PIDLISTDYNKQUEUES_SIZE),
    [PROC_PIDWORKQUEUEINFO]: {
      size: PROC_PIDWORKQUEUEINFO_SIZE,
      answer: () => -ERRNO.ESRCH,
    },
    [PROC_PIDVMRTFAULTINFO]: {
      size: PROC_PIDVMRTFAULTINFO_SIZE,
      answer: ownFaults,
      // XNU does not return a size: a null buffer has no room.
      sizing: (pid) => ownFaults(pid) || -ERRNO.ENOMEM,
    },
  };
}
