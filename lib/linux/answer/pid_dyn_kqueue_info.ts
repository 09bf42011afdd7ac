import { kqueueInfo } from "../../abi/kqueue_info.ts";
import {
  PROC_PIDDYNKQUEUE_EXTINFO,
  PROC_PIDDYNKQUEUE_INFO,
} from "../../abi/pid_dyn_kqueue_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { readerOf } from "../proc/process.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

/**
 * Answers `PROC_INFO_CALL_PIDDYNKQUEUEINFO` with an error after XNU's checks, as processes of Linux
 * do not have kqueues with ids.
 */
export function dynKqueueInfo(world: World): Call {
  return (pid, flavor, _arg, buffer) => {
    if (buffer === null) return -ERRNO.EFAULT;
    const reader = readerOf(world);
    const error = pid < 0 ? -ERRNO.ESRCH : reader.read(pid, false) || reader.sameUser(pid);
    if (error < 0) return error;
    if (flavor === PROC_PIDDYNKQUEUE_INFO) {
      return buffer.byteLength < kqueueInfo.size ? -ERRNO.ENOBUFS : -ERRNO.ESRCH;
    }
    return flavor === PROC_PIDDYNKQUEUE_EXTINFO ? -ERRNO.ESRCH : -ERRNO.ENOTSUP;
  };
}
