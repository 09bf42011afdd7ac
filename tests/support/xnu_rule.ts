import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDRUSAGE } from "../../lib/abi/callnum.ts";
import {
  PROC_PIDPATHINFO,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { procBsdInfo, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import { kinfoProc, SRUN, SSLEEP } from "../../lib/abi/kinfo_proc.ts";
import { darwinTable } from "../../lib/darwin/table.ts";
import { KINFO } from "../../lib/system/kern_proc.ts";
import type { System } from "../../lib/system/system.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { countDescriptors } from "../../lib/system/kernel_table.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";
import { kernelOf } from "../../lib/testing/kernel_of.ts";
import { kernelSystem } from "./kernel_system.ts";

/** The flavors that XNU reports to every user about every process. */
const OPEN: ReadonlySet<number> = new Set([
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDPATHINFO,
]);

/** The offset of the status in the struct of a flavor. */
const STATUS_AT: Readonly<Record<number, number>> = {
  [PROC_PIDTBSDINFO]: offsetsOf(procBsdInfo).pbi_status,
  [PROC_PIDT_BSDINFOWITHUNIQID]: offsetsOf(procBsdInfo).pbi_status,
  [PROC_PIDT_SHORTBSDINFO]: offsetsOf(procBsdShortInfo).pbsi_status,
};

/**
 * Wraps a kernel to behave like XNU. It reports sleeping processes as running, and denies most
 * flavors for processes of other users.
 *
 * @param below The kernel to query.
 * @param isOther Returns true for a process of another user.
 */
export function xnuRule(below: Kernel, isOther: (pid: number) => boolean): Kernel {
  return kernelOf(({ callnum, pid, flavor, arg, flags, extId }, buffer) => {
    const answer = flags === undefined
      ? below.procInfo(callnum, pid, flavor, arg, buffer)
      : below.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
    if (answer < 0) return answer;
    const guarded = callnum === PROC_INFO_CALL_PIDRUSAGE ||
      (callnum === PROC_INFO_CALL_PIDINFO && !OPEN.has(flavor));
    if (guarded && isOther(pid)) {
      buffer?.fill(0xee);
      return -ERRNO.EPERM;
    }
    const at = callnum === PROC_INFO_CALL_PIDINFO ? STATUS_AT[flavor] : undefined;
    if (at !== undefined && buffer !== null && buffer[at] === SSLEEP) buffer[at] = SRUN;
    return answer;
  });
}

/**
 * Wraps a system to behave like macOS. Its kernel follows {@linkcode xnuRule}. `KERN_PROC` reports
 * processes of all users, but their arguments and environments are denied.
 */
export function xnuSystem(below: System, isOther: (pid: number) => boolean): System {
  function check(pid: number): void {
    if (isOther(pid)) throw new SystemCallError("read the arguments", "sysctl", ERRNO.EPERM);
  }
  const kernel = xnuRule(below.kernel, isOther);
  const system: System = {
    ...kernelSystem(kernel, {
      kernProc(what, value, buffer) {
        const written = below.kernProc(what, value, buffer);
        for (let at = KINFO.state; buffer !== null && at < written; at += kinfoProc.size) {
          if (buffer[at] === SSLEEP) buffer[at] = SRUN;
        }
        return written;
      },
      descriptorCount: (pid) => countDescriptors(kernel, pid),
      arguments(pid) {
        check(pid);
        return below.arguments(pid);
      },
      environment(pid) {
        check(pid);
        return below.environment(pid);
      },
    }, below),
    table: () => darwinTable(system),
  };
  return system;
}
