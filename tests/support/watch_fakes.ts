import {
  PROC_FLAG_EXEC,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
} from "../../lib/abi/bsd_info.ts";
import { PROC_INFO_CALL_LISTPIDS } from "../../lib/abi/callnum.ts";
import {
  PROC_PIDNOTEEXIT,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { type ScriptedKernel, scriptedKernel } from "../../lib/testing/mod.ts";

/** A simulated process. */
export interface Fake {
  uniqueId: bigint;
  name: string;
  parentPid?: number;
  version?: number;
  uuid?: number;
  flags?: number;
  zombie?: boolean;
  /** The error of all queries about the process. */
  errno?: number;
  /** True for another user's process: only the flavors that every user can query succeed. */
  foreign?: boolean;
}

/** Returns a kernel with simulated processes. */
export function kernelOf(processes: Map<number, Fake>): ScriptedKernel {
  const about =
    (fill: (fake: Fake) => Uint8Array | number) => (call: { pid: number; arg: bigint }) => {
      const fake = processes.get(call.pid);
      if (fake === undefined) return -ERRNO.ESRCH;
      if (fake.errno !== undefined) return -fake.errno;
      return fake.zombie && call.arg === 0n ? -ERRNO.ESRCH : fill(fake);
    };
  return scriptedKernel([
    {
      callnum: PROC_INFO_CALL_LISTPIDS,
      answer: (_, buffer) =>
        buffer === null
          ? (processes.size + 20) * 4
          : new Uint8Array(Int32Array.from(processes.keys()).buffer),
    },
    {
      flavor: PROC_PIDUNIQIDENTIFIERINFO,
      answer: about(({ uniqueId, version = 0, uuid = 1 }) => {
        const bytes = new Uint8Array(procUniqIdentifierInfo.size);
        const p_uuid = new Uint8Array(16).fill(uuid);
        procUniqIdentifierInfo.encode(
          { p_uuid, p_uniqueid: uniqueId, p_idversion: version },
          bytes,
        );
        return bytes;
      }),
    },
    {
      flavor: PROC_PIDTBSDINFO,
      answer: about(({ foreign, name, parentPid = 1, flags = PROC_FLAG_EXEC, zombie }) => {
        if (foreign) return -ERRNO.EPERM;
        const bytes = new Uint8Array(procBsdInfo.size);
        procBsdInfo.encode({
          ...{ pbi_comm: name.slice(0, 15), pbi_name: name, pbi_ppid: parentPid },
          ...{ pbi_flags: flags, pbi_status: zombie ? 5 : 2, pbi_xstatus: 2 << 8 },
        }, bytes);
        return bytes;
      }),
    },
    {
      flavor: PROC_PIDT_SHORTBSDINFO,
      answer: about(({ name, parentPid = 1, flags = PROC_FLAG_EXEC, zombie }) => {
        const bytes = new Uint8Array(procBsdShortInfo.size);
        procBsdShortInfo.encode({
          ...{ pbsi_comm: name.slice(0, 15), pbsi_ppid: parentPid },
          ...{ pbsi_flags: flags, pbsi_status: zombie ? 5 : 2 },
        }, bytes);
        return bytes;
      }),
    },
    {
      flavor: PROC_PIDT_BSDINFOWITHUNIQID,
      answer: about(
        ({ foreign, uniqueId, name, parentPid = 1, flags = PROC_FLAG_EXEC, zombie }) => {
          if (foreign) return -ERRNO.EPERM;
          const bytes = new Uint8Array(procBsdInfoWithUniqId.size);
          procBsdInfoWithUniqId.encode({
            pbsd: {
              ...{ pbi_comm: name.slice(0, 15), pbi_name: name, pbi_ppid: parentPid },
              ...{ pbi_flags: flags, pbi_status: zombie ? 5 : 2, pbi_xstatus: 2 << 8 },
            },
            p_uniqidentifier: { p_uniqueid: uniqueId },
          }, bytes);
          return bytes;
        },
      ),
    },
    { flavor: PROC_PIDNOTEEXIT, answer: -ERRNO.EACCES },
  ]);
}

/** Returns a system with a kernel, and the set of its open watches. */
export function countingSystem(kernel: Kernel): { system: System; open: Set<object> } {
  const open = new Set<object>();
  const system: System = {
    ...systemOf(kernel),
    watchExit() {
      const one = { ended: () => undefined, close: () => void open.delete(one) };
      open.add(one);
      return one;
    },
  };
  return { system, open };
}
