import {
  PROC_INFO_CALL_DELEGATE_TERMINATE,
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
} from "../abi/callnum.ts";
import { PIF_COMPARE_IDVERSION, PIF_COMPARE_UNIQUEID } from "../abi/extended_id.ts";
import { ERRNO, type Kernel } from "../kernel.ts";
import type { Call, World } from "./answer/answer.ts";
import { listPids } from "./answer/list_pids.ts";
import { pidInfo } from "./answer/pid_info.ts";

/**
 * A {@linkcode Kernel} that answers from a process file system as XNU would.
 *
 * What XNU can be asked and Linux cannot answer is `ENOTSUP`.
 */
export function linuxKernel(world: World): Kernel {
  const calls: Readonly<Record<number, Call>> = {
    [PROC_INFO_CALL_LISTPIDS]: listPids(world.fs),
    [PROC_INFO_CALL_PIDINFO]: pidInfo(world),
  };

  function procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number {
    const call = calls[callnum];
    if (call !== undefined) return call(pid, flavor, arg, buffer);
    const known = callnum >= PROC_INFO_CALL_LISTPIDS &&
      callnum <= PROC_INFO_CALL_DELEGATE_TERMINATE;
    return known ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
  }

  return {
    procInfo,
    procInfoExtendedId(callnum, pid, flavor, flags, _extId, arg, buffer) {
      const compared = flags & (PIF_COMPARE_IDVERSION | PIF_COMPARE_UNIQUEID);
      if (compared === (PIF_COMPARE_IDVERSION | PIF_COMPARE_UNIQUEID)) return -ERRNO.EINVAL;
      if (compared !== 0 && callnum === PROC_INFO_CALL_PIDINFO) return -ERRNO.ENOTSUP;
      return procInfo(callnum, pid, flavor, arg, buffer);
    },
  };
}
