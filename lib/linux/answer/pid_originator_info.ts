import {
  PROC_PIDORIGINATOR_BGSTATE,
  PROC_PIDORIGINATOR_BGSTATE_SIZE,
  PROC_PIDORIGINATOR_PID_UUID,
  PROC_PIDORIGINATOR_PID_UUID_SIZE,
  PROC_PIDORIGINATOR_UUID,
  PROC_PIDORIGINATOR_UUID_SIZE,
} from "../../abi/pid_originator_info.ts";
import { ERRNO } from "../../system/errors.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const SIZES: Readonly<Record<number, number>> = {
  [PROC_PIDORIGINATOR_UUID]: PROC_PIDORIGINATOR_UUID_SIZE,
  [PROC_PIDORIGINATOR_BGSTATE]: PROC_PIDORIGINATOR_BGSTATE_SIZE,
  [PROC_PIDORIGINATOR_PID_UUID]: PROC_PIDORIGINATOR_PID_UUID_SIZE,
};

/**
 * Answers `PROC_INFO_CALL_PIDORIGINATORINFO` with an error after XNU's checks. Threads of Linux do
 * not have vouchers, which could name the process that a thread works for.
 */
export function originatorInfo({ fs }: World): Call {
  return (pid, flavor, _arg, buffer) => {
    const size = SIZES[flavor];
    if (size === undefined) return -ERRNO.EINVAL;
    if (buffer === null || buffer.byteLength < size) return -ERRNO.ENOMEM;
    return pid === 0 || (pid > 0 && pid === fs.self) ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
  };
}
