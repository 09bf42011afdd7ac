import { PROC_FGHW_ERROR } from "../../abi/can_use_fg_hw.ts";
import { ERRNO } from "../../system/errors.ts";
import { readerOf } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const REASON_SIZE = 4;

/**
 * Answers `PROC_INFO_CALL_CANUSEFGHW` with an error after XNU's checks, as Linux does not know
 * which process is in the foreground. The reason is written if the buffer has room for it. XNU also
 * writes it on failures.
 */
export function canUseFgHw(world: World): Call {
  const { fs, libc } = world;

  function answer(pid: number): DarwinAnswer {
    if (pid <= 0) return -ERRNO.EINVAL;
    const error = readerOf(world).read(pid, false);
    if (error < 0) return error;
    return pid === fs.self || libc.users().geteuid() === 0 ? -ERRNO.ENOTSUP : -ERRNO.EPERM;
  }

  return (pid, _flavor, _arg, buffer) => {
    if (buffer !== null && buffer.byteLength >= REASON_SIZE) {
      new DataView(buffer.buffer, buffer.byteOffset).setUint32(0, PROC_FGHW_ERROR, true);
    }
    return answer(pid);
  };
}
