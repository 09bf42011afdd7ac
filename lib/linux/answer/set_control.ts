import {
  PROC_SELFSET_DELAYIDLESLEEP,
  PROC_SELFSET_PCONTROL,
  PROC_SELFSET_THREADNAME,
  PROC_SELFSET_THREADNAME_SIZE,
  PROC_SELFSET_VMRSRCOWNER,
  PROC_SETPC_TERMINATE,
} from "../../abi/set_control.ts";
import { ERRNO } from "../../system/errors.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { openProcessCalls } from "../sys/process.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

/** The number of bytes of a thread's name that Linux keeps, without the NUL. */
const NAME_MAX = 15;
const INT = 32;

/**
 * Answers `PROC_INFO_CALL_SETCONTROL`, which names the calling thread.
 *
 * The name of the thread group leader is the name of the process.
 */
export function setControl({ fs, libc }: World): Call {
  const calls = openProcessCalls(libc.more);
  const name = new Uint8Array(new ArrayBuffer(NAME_MAX + 1));

  function setThreadName(buffer: Uint8Array | null): DarwinAnswer {
    const size = buffer === null ? 0 : buffer.byteLength;
    if (size > PROC_SELFSET_THREADNAME_SIZE) return -ERRNO.ENAMETOOLONG;
    name.fill(0);
    if (buffer !== null) name.set(buffer.subarray(0, NAME_MAX));
    const error = calls.setThreadName(name);
    if (error === 0) return 0;
    // This error means that the C library is too old, not the kernel.
    return toDarwin(error) === -ERRNO.ENOSYS ? -ERRNO.ENOTSUP : toDarwin(error);
  }

  return (pid, flavor, arg, buffer) => {
    if (pid < 0 || pid !== fs.self) return -ERRNO.EINVAL;
    switch (flavor) {
      case PROC_SELFSET_THREADNAME:
        return setThreadName(buffer);
      case PROC_SELFSET_PCONTROL:
        return BigInt.asUintN(INT, arg) > PROC_SETPC_TERMINATE ? -ERRNO.EINVAL : -ERRNO.ENOTSUP;
      case PROC_SELFSET_VMRSRCOWNER:
        return libc.users().geteuid() === 0 ? -ERRNO.ENOTSUP : -ERRNO.EPERM;
      case PROC_SELFSET_DELAYIDLESLEEP:
      default:
        return -ERRNO.ENOTSUP;
    }
  };
}
