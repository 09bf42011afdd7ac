import {
  PROC_INFO_CALL_DELEGATE_TERMINATE,
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
} from "../abi/callnum.ts";
import { ERRNO, type Kernel } from "../kernel.ts";
import { listPids } from "./answer/list_pids.ts";
import type { ProcFs } from "./proc_fs.ts";

const PIF_COMPARE_BOTH = 3;

/**
 * A {@linkcode Kernel} that answers from a process file system as XNU would.
 *
 * It lists process ids; the other calls that XNU has are `ENOTSUP`.
 */
export function linuxKernel(fs: ProcFs): Kernel {
  const answerListPids = listPids(fs);

  function procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    _arg: bigint,
    buffer: Uint8Array | null,
  ): number {
    if (callnum === PROC_INFO_CALL_LISTPIDS) return answerListPids(pid, flavor, buffer);
    const known = callnum >= PROC_INFO_CALL_PIDINFO && callnum <= PROC_INFO_CALL_DELEGATE_TERMINATE;
    return known ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
  }

  return {
    procInfo,
    procInfoExtendedId(callnum, pid, flavor, flags, _extId, arg, buffer) {
      if ((flags & PIF_COMPARE_BOTH) === PIF_COMPARE_BOTH) return -ERRNO.EINVAL;
      return procInfo(callnum, pid, flavor, arg, buffer);
    },
  };
}
