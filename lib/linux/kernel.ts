import {
  PROC_INFO_CALL_CANUSEFGHW,
  PROC_INFO_CALL_DELEGATE_SIGNAL,
  PROC_INFO_CALL_DELEGATE_TERMINATE,
  PROC_INFO_CALL_DIRTYCONTROL,
  PROC_INFO_CALL_KERNMSGBUF,
  PROC_INFO_CALL_LISTCOALITIONS,
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDDYNKQUEUEINFO,
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDFILEPORTINFO,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDORIGINATORINFO,
  PROC_INFO_CALL_PIDRUSAGE,
  PROC_INFO_CALL_SET_DYLD_IMAGES,
  PROC_INFO_CALL_SETCONTROL,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
  PROC_INFO_CALL_TERMINATE,
  PROC_INFO_CALL_TERMINATE_AUDITTOKEN,
  PROC_INFO_CALL_TERMINATE_RSR,
  PROC_INFO_CALL_UDATA_INFO,
} from "../abi/callnum.ts";
import { PIF_COMPARE_IDVERSION, PIF_COMPARE_UNIQUEID } from "../abi/extended_id.ts";
import { ERRNO } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { Call } from "./answer/answer.ts";
import type { World } from "./proc/world.ts";
import { delegated, signalAuditToken, terminateAuditToken } from "./answer/audit_token.ts";
import { canUseFgHw } from "./answer/can_use_fg_hw.ts";
import { dirtyControl } from "./answer/dirty_control.ts";
import { dynKqueueInfo } from "./answer/pid_dyn_kqueue_info.ts";
import { kernMsgBuf } from "./answer/kern_msg_buf.ts";
import { listCoalitions } from "./answer/list_coalitions.ts";
import { listPids } from "./answer/list_pids.ts";
import { originatorInfo } from "./answer/pid_originator_info.ts";
import { pidFdInfo, pidFileportInfo } from "./answer/pid_fd_info.ts";
import { pidInfo } from "./answer/pid_info.ts";
import { pidRusage } from "./answer/pid_rusage.ts";
import { setControl } from "./answer/set_control.ts";
import { setDyldImages } from "./answer/set_dyld_images.ts";
import { terminate, terminateRsr } from "./answer/terminate.ts";
import { udataInfo } from "./answer/udata_info.ts";
import { comparison } from "./answer/unique_id.ts";
import { settler } from "./settled.ts";

/** A pid that no process has. */
const NO_PID = -1;

/**
 * Returns a {@linkcode Kernel} that answers from a process file system as XNU would.
 *
 * A query that XNU answers and Linux cannot answer fails with `ENOTSUP`.
 */
export function linuxKernel(world: World): Kernel {
  const calls: Readonly<Record<number, Call>> = {
    [PROC_INFO_CALL_LISTPIDS]: listPids(world.fs),
    [PROC_INFO_CALL_PIDINFO]: pidInfo(world),
    [PROC_INFO_CALL_PIDFDINFO]: pidFdInfo(world),
    [PROC_INFO_CALL_PIDFILEPORTINFO]: pidFileportInfo(world),
    [PROC_INFO_CALL_KERNMSGBUF]: kernMsgBuf(world),
    [PROC_INFO_CALL_SETCONTROL]: setControl(world),
    [PROC_INFO_CALL_TERMINATE]: terminate(world),
    [PROC_INFO_CALL_DIRTYCONTROL]: dirtyControl(world),
    [PROC_INFO_CALL_PIDORIGINATORINFO]: originatorInfo(world),
    [PROC_INFO_CALL_PIDRUSAGE]: pidRusage(world),
    [PROC_INFO_CALL_LISTCOALITIONS]: listCoalitions(world),
    [PROC_INFO_CALL_CANUSEFGHW]: canUseFgHw(world),
    [PROC_INFO_CALL_PIDDYNKQUEUEINFO]: dynKqueueInfo(world),
    [PROC_INFO_CALL_UDATA_INFO]: udataInfo(world),
    [PROC_INFO_CALL_SET_DYLD_IMAGES]: setDyldImages(world),
    [PROC_INFO_CALL_TERMINATE_RSR]: terminateRsr,
    [PROC_INFO_CALL_SIGNAL_AUDITTOKEN]: signalAuditToken(world),
    [PROC_INFO_CALL_TERMINATE_AUDITTOKEN]: terminateAuditToken(world),
    [PROC_INFO_CALL_DELEGATE_SIGNAL]: delegated,
    [PROC_INFO_CALL_DELEGATE_TERMINATE]: delegated,
  };

  function procInfo(
    callnum: number,
    pid: number,
    flavor: number,
    arg: bigint,
    buffer: Uint8Array | null,
  ): number {
    const call = calls[callnum];
    if (call === undefined) return -ERRNO.EINVAL;
    const found = call(pid, flavor, arg, buffer);
    if (found !== -ERRNO.ESRCH) return found;
    // A call that fails with `ESRCH` has had no effect, so it can be repeated.
    return settle.answer(pid, found, () => call(pid, flavor, arg, buffer));
  }

  const settle = settler(world);
  const compare = comparison(world);

  return {
    procInfo,
    procInfoExtendedId(callnum, pid, flavor, flags, extId, arg, buffer) {
      const compared = flags & (PIF_COMPARE_IDVERSION | PIF_COMPARE_UNIQUEID);
      if (compared === (PIF_COMPARE_IDVERSION | PIF_COMPARE_UNIQUEID)) return -ERRNO.EINVAL;
      if (compared === 0 || callnum !== PROC_INFO_CALL_PIDINFO || pid <= 0) {
        return procInfo(callnum, pid, flavor, arg, buffer);
      }
      // XNU reports some errors before it looks up the process. A query about a pid that does not
      // exist finds them.
      const wrong = procInfo(callnum, NO_PID, flavor, arg, buffer);
      if (wrong !== -ERRNO.ESRCH) return wrong;
      const other = compare(pid, compared, extId);
      if (other < 0) return other;
      const answer = procInfo(callnum, pid, flavor, arg, buffer);
      // No process gets its pid back: if the identity is still the same, the answer is about this
      // process.
      const still = answer < 0 ? 0 : compare(pid, compared, extId);
      return still < 0 ? still : answer;
    },
  };
}
