import { procPidCoalitionInfo } from "../../abi/coalition_info.ts";
import { PROC_PIDCOALITIONINFO, PROC_PIDCOALITIONINFO_SIZE } from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { coalitionsOf } from "../proc/cgroups.ts";
import { readerOf } from "../proc/process.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

const { coalition_id: IDS } = offsetsOf(procPidCoalitionInfo);
const IDS_SIZE = 16;

/**
 * Returns the flavor that reports the coalitions of a process. These are its control groups, with
 * the ids that `PROC_INFO_CALL_LISTCOALITIONS` lists.
 */
export function coalitionInfo(world: World): Flavors {
  const reader = readerOf(world);
  const { bytes } = block(PROC_PIDCOALITIONINFO_SIZE);
  const ids = bytes.subarray(IDS, IDS + IDS_SIZE);
  let read: ReturnType<typeof coalitionsOf> | undefined;

  return {
    [PROC_PIDCOALITIONINFO]: {
      size: PROC_PIDCOALITIONINFO_SIZE,
      answer(pid, _arg, buffer) {
        let error = reader.read(pid, false);
        if (error < 0) return error;
        read ??= coalitionsOf(world);
        error = read(pid, ids);
        if (error < 0) return error;
        // The system has no control groups, or they are not visible to the caller.
        if (ids.every((byte) => byte === 0)) return -ERRNO.ENOTSUP;
        buffer.set(bytes);
        return PROC_PIDCOALITIONINFO_SIZE;
      },
    },
  };
}
