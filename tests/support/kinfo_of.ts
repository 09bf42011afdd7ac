import { procBsdInfoWithUniqId } from "../../lib/abi/bsd_info.ts";
import { PROC_INFO_CALL_LISTPIDS, PROC_INFO_CALL_PIDINFO } from "../../lib/abi/callnum.ts";
import {
  KERN_PROC_ALL,
  KERN_PROC_LCID,
  KERN_PROC_PGRP,
  KERN_PROC_PID,
  KERN_PROC_RUID,
  KERN_PROC_SESSION,
  KERN_PROC_TTY,
  KERN_PROC_UID,
  type KinfoProc,
  kinfoProc,
} from "../../lib/abi/kinfo_proc.ts";
import { PROC_ALL_PIDS } from "../../lib/abi/list_pids.ts";
import { PROC_PIDT_BSDINFOWITHUNIQID } from "../../lib/abi/pid_info.ts";
import type { Encodable } from "../../lib/layout/struct.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { EPROC_FLAGS, PROC_FLAGS } from "../../lib/system/kern_proc.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import type { System } from "../../lib/system/system.ts";

const { size: SIZE } = kinfoProc;

/**
 * Implements `KERN_PROC` for a kernel that lacks it, such as a recorded one, with its flavors.
 *
 * @param kernel The kernel.
 * @param groups Returns the supplementary groups of a process.
 */
export function kinfoOf(
  kernel: Kernel,
  groups: (pid: number) => readonly number[],
): System["kernProc"] {
  function one(pid: number): Encodable<KinfoProc> | undefined {
    const bytes = new Uint8Array(procBsdInfoWithUniqId.size);
    const flavor = PROC_PIDT_BSDINFOWITHUNIQID;
    if (kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, flavor, 1n, bytes) < 0) return undefined;
    const { pbsd } = procBsdInfoWithUniqId.decode(bytes);
    const set = (pairs: typeof PROC_FLAGS) =>
      pairs.reduce((all, [ours, theirs]) => pbsd.pbi_flags & theirs ? all | ours : all, 0);
    const all = [pbsd.pbi_gid, ...groups(pid)];
    return {
      kp_proc: {
        p_starttime: { tv_sec: pbsd.pbi_start_tvsec, tv_usec: Number(pbsd.pbi_start_tvusec) },
        p_flag: set(PROC_FLAGS),
        p_stat: pbsd.pbi_status,
        p_pid: pid,
        p_nice: pbsd.pbi_nice,
        p_comm: pbsd.pbi_name || pbsd.pbi_comm,
        p_xstat: pbsd.pbi_xstatus,
      },
      kp_eproc: {
        e_pcred: {
          p_ruid: pbsd.pbi_ruid,
          p_svuid: pbsd.pbi_svuid,
          p_rgid: pbsd.pbi_rgid,
          p_svgid: pbsd.pbi_svgid,
        },
        e_ucred: { cr_uid: pbsd.pbi_uid, cr_ngroups: all.length, cr_groups: all },
        e_ppid: pbsd.pbi_ppid,
        e_pgid: pbsd.pbi_pgid,
        e_tdev: pbsd.e_tdev | 0,
        e_tpgid: pbsd.e_tpgid,
        e_flag: set(EPROC_FLAGS),
      },
    };
  }

  function list(): number[] {
    const ask = (buffer: Uint8Array | null) =>
      kernel.procInfo(PROC_INFO_CALL_LISTPIDS, PROC_ALL_PIDS, 0, 0n, buffer);
    const pids = new Int32Array(ask(null) >> 2);
    return [...pids.subarray(0, ask(new Uint8Array(pids.buffer)) >> 2)];
  }

  const isWanted: Readonly<Record<number, (info: KinfoProc, value: number) => boolean>> = {
    [KERN_PROC_ALL]: () => true,
    [KERN_PROC_PID]: () => true,
    [KERN_PROC_PGRP]: ({ kp_eproc }, value) => kp_eproc.e_pgid === value,
    [KERN_PROC_TTY]: ({ kp_eproc }, value) => kp_eproc.e_tdev === value,
    [KERN_PROC_UID]: ({ kp_eproc }, value) => kp_eproc.e_ucred.cr_uid === value >>> 0,
    [KERN_PROC_RUID]: ({ kp_eproc }, value) => kp_eproc.e_pcred.p_ruid === value >>> 0,
  };

  return (what, value, buffer) => {
    if (what === KERN_PROC_LCID) return -ERRNO.ENOTSUP;
    const wants = isWanted[what];
    if (what === KERN_PROC_SESSION || wants === undefined) return -ERRNO.EINVAL;
    let end = 0;
    for (const pid of list().filter((pid) => what !== KERN_PROC_PID || pid === value)) {
      const found = one(pid);
      const bytes = new Uint8Array(SIZE);
      if (found === undefined) continue;
      kinfoProc.encode(found, bytes);
      if (!wants(kinfoProc.decode(bytes), value)) continue;
      if (buffer !== null && end + SIZE <= buffer.byteLength) buffer.set(bytes, end);
      end += SIZE;
    }
    if (buffer === null) return end + 5 * SIZE;
    return end > buffer.byteLength ? -ERRNO.ENOMEM : end;
  };
}
