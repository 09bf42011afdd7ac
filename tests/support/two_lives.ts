import { procBsdInfoWithUniqId, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDRUSAGE } from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDVNODEPATHINFO,
} from "../../lib/abi/pid_info.ts";
import { RUSAGE_INFO_V0, RUSAGE_INFO_V2, RUSAGE_INFO_V4 } from "../../lib/abi/pid_rusage.ts";
import { rusageInfoV0, rusageInfoV2, rusageInfoV4 } from "../../lib/abi/rusage_info.ts";
import { procTaskInfo } from "../../lib/abi/task_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import { procVnodePathInfo } from "../../lib/abi/vnode_info.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import type { Encodable, Struct } from "../../lib/layout/struct.ts";
import { kernelOf } from "../../lib/testing/kernel_of.ts";
import { kernelSystem } from "./kernel_system.ts";

/** The pid that both processes have. */
export const PID = 100;
/** The caller. Some values are reported only to root. */
export type Privilege = "root" | "nobody";

/** A system in which a process reuses the pid of another. */
export interface TwoLives {
  readonly system: System;
  /** The number of queries. */
  readonly asked: () => number;
}

/** Encodes a struct whose 32-bit words are all `life * 1000`, except for some members. */
function filled<T extends object>(
  type: Struct<T>,
  life: number,
  members: (words: T) => Partial<T>,
): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(type.size));
  new Uint32Array(bytes.buffer).fill(life * 1000);
  const words = type.decode(bytes);
  type.encode({ ...words, ...members(words) } as Encodable<T>, bytes);
  return bytes;
}

const SSTOP = 4;

/** Returns the struct of a flavor. All values differ between the first and the second process. */
function bytesOf(life: number, flavor: string): Uint8Array | undefined {
  const name = `life ${life}`;
  const identity = { p_uniqueid: BigInt(life) };
  const path = { vip_path: `/${life}` };
  switch (flavor) {
    case `${PROC_INFO_CALL_PIDINFO}/${PROC_PIDT_BSDINFOWITHUNIQID}`:
      return filled(procBsdInfoWithUniqId, life, ({ pbsd, p_uniqidentifier }) => ({
        pbsd: { ...pbsd, pbi_status: SSTOP, pbi_comm: name, pbi_name: name },
        p_uniqidentifier: { ...p_uniqidentifier, ...identity },
      }));
    case `${PROC_INFO_CALL_PIDINFO}/${PROC_PIDT_SHORTBSDINFO}`:
      return filled(procBsdShortInfo, life, () => ({
        pbsi_status: SSTOP,
        pbsi_comm: name,
        pbsi_flags: 0,
      }));
    case `${PROC_INFO_CALL_PIDINFO}/${PROC_PIDUNIQIDENTIFIERINFO}`:
      return filled(procUniqIdentifierInfo, life, () => identity);
    case `${PROC_INFO_CALL_PIDINFO}/${PROC_PIDTASKINFO}`:
      return filled(procTaskInfo, life, () => ({}));
    case `${PROC_INFO_CALL_PIDINFO}/${PROC_PIDVNODEPATHINFO}`:
      return filled(procVnodePathInfo, life, ({ pvi_cdir, pvi_rdir }) => ({
        pvi_cdir: { ...pvi_cdir, ...path },
        pvi_rdir: { ...pvi_rdir, ...path },
      }));
    case `${PROC_INFO_CALL_PIDRUSAGE}/${RUSAGE_INFO_V0}`:
      return filled(rusageInfoV0, life, () => ({}));
    case `${PROC_INFO_CALL_PIDRUSAGE}/${RUSAGE_INFO_V2}`:
      return filled(rusageInfoV2, life, () => ({}));
    case `${PROC_INFO_CALL_PIDRUSAGE}/${RUSAGE_INFO_V4}`:
      return filled(rusageInfoV4, life, () => ({}));
    default:
      return undefined;
  }
}

/**
 * Makes a system in which another process replaces process {@linkcode PID} before a query.
 *
 * @param replacedBefore The number of that query, counted from 1; Infinity for never.
 * @param privilege `"root"` to report everything; `"nobody"` to report only what XNU reports about
 * processes of other users.
 * @param compares True if the kernel has `__proc_info_extended_id()`.
 */
export function twoLives(
  replacedBefore: number,
  privilege: Privilege,
  compares: boolean,
): TwoLives {
  let asked = 0;
  const life = () => ++asked < replacedBefore ? 1 : 2;
  const isOpen = (callnum: number, flavor: number) =>
    callnum === PROC_INFO_CALL_PIDINFO &&
    (flavor === PROC_PIDT_SHORTBSDINFO || flavor === PROC_PIDUNIQIDENTIFIERINFO);
  const kernel = kernelOf(({ callnum, pid, flavor, extId }, buffer) => {
    if (pid !== PID) return -ERRNO.ESRCH;
    if (extId !== undefined && !compares) return -ERRNO.ENOSYS;
    const now = life();
    if (extId !== undefined && extId !== BigInt(now)) return -ERRNO.ESRCH;
    const bytes = bytesOf(now, `${callnum}/${flavor}`);
    if (bytes === undefined) return -ERRNO.EINVAL;
    if (privilege === "nobody" && !isOpen(callnum, flavor)) return -ERRNO.EPERM;
    buffer!.set(bytes);
    return callnum === PROC_INFO_CALL_PIDRUSAGE ? 0 : bytes.length;
  });
  const bytes = () => new TextEncoder().encode(`/${life()}`);
  const alone = systemOf(kernel);
  const system = kernelSystem(kernel, {
    timebase: () => ({ numer: 1, denom: 1 }),
    memoryBytes: () => 1e9,
    userName: (userId) => `user ${userId}`,
    terminalPath: (device) => `/dev/tty${device}`,
    arguments: () => ({ executablePath: undefined, arguments: [bytes()], title: undefined }),
    environment: () => [bytes()],
    executable: () => ({ path: bytes(), deleted: false }),
    sessionId: () => life() * 1000,
    descriptorCount: () => life() * 1000,
    controlGroups: () => ({ "": `/${life()}` }),
    securityLabel: () => `label ${life()}`,
  }, alone);
  return { system, asked: () => asked };
}
