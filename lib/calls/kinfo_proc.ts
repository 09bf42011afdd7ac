import {
  KERN_PROC_ALL,
  KERN_PROC_PGRP,
  KERN_PROC_PID,
  KERN_PROC_RUID,
  KERN_PROC_TTY,
  KERN_PROC_UID,
  type KinfoProc,
  kinfoProc,
} from "../abi/kinfo_proc.ts";
import { checkOptions, id, uint32, word32 } from "../system/arguments.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { readKernProc } from "../system/kern_proc.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";

/** The filter of `listKinfoProcs()`: at most one member. Without one, all processes are listed. */
export interface KinfoProcFilter extends SystemOptions {
  /** The process group id. */
  readonly processGroupId?: number;
  /** The device number of the controlling terminal. */
  readonly terminalDevice?: number;
  /** The effective user id. */
  readonly userId?: number;
  /** The real user id. */
  readonly realUserId?: number;
}

/**
 * Reads the `struct kinfo_proc` of a process: `sysctl()` with `KERN_PROC_PID`.
 *
 * Every user can read every process, including zombies and programs with the set-user-ID bit.
 *
 * On macOS, pid 0 is the kernel. On Linux, pid 0 does not exist. On Linux, the library fills the
 * struct.
 *
 * @param pid The pid of the process.
 * @param options The system to query; this host by default.
 * @returns The process; undefined if no process has the pid.
 * @throws {SystemCallError} `ENOTSUP` if the kernel fills a struct of another size, or if the
 * system consists of a kernel alone.
 * @throws {RangeError} `pid` is not an integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import { getKinfoProc } from "@libproc/libproc/calls";
 *
 * const first = getKinfoProc(1);
 * console.log(first?.kp_proc.p_comm, first?.kp_eproc.e_ucred.cr_uid);
 * ```
 */
export function getKinfoProc(pid: number, options: SystemOptions = {}): KinfoProc | undefined {
  id("pid", pid);
  checkOptions(options, ["system"]);
  return read(systemIn(options), `read process ${pid}`, KERN_PROC_PID, pid)[0];
}

/**
 * Reads the `struct kinfo_proc` of all processes, or of those that match a filter: `sysctl()` with
 * `KERN_PROC`.
 *
 * Living processes come first, the newest first, followed by zombies.
 *
 * On macOS, a single call fills the structs of all processes. On Linux, the process with the higher
 * pid is treated as the newer one.
 *
 * @param options The filter and the system to query; this host by default.
 * @throws {SystemCallError} `ENOTSUP` if the kernel fills a struct of another size, or if the
 * system consists of a kernel alone.
 * @throws {RangeError} An id or a device number is not an integer of its C type.
 * @throws {TypeError} There is more than one filter.
 *
 * @example
 * ```ts
 * import { listKinfoProcs } from "@libproc/libproc/calls";
 *
 * for (const { kp_proc, kp_eproc } of listKinfoProcs({ userId: 0 })) {
 *   console.log(kp_proc.p_pid, kp_eproc.e_ppid, kp_proc.p_comm);
 * }
 * ```
 */
export function listKinfoProcs(options: KinfoProcFilter = {}): KinfoProc[] {
  const { processGroupId, terminalDevice, userId, realUserId } = checkOptions(options, [
    "processGroupId",
    "terminalDevice",
    "userId",
    "realUserId",
    "system",
  ]);
  const filters: (readonly [number, number])[] = [];
  if (processGroupId !== undefined) {
    filters.push([KERN_PROC_PGRP, id("processGroupId", processGroupId)]);
  }
  if (terminalDevice !== undefined) {
    filters.push([KERN_PROC_TTY, word32("terminalDevice", terminalDevice)]);
  }
  if (userId !== undefined) filters.push([KERN_PROC_UID, uint32("userId", userId)]);
  if (realUserId !== undefined) filters.push([KERN_PROC_RUID, uint32("realUserId", realUserId)]);
  if (filters.length > 1) {
    throw new TypeError(
      "Cannot pass processGroupId, terminalDevice, userId and realUserId as at most one of them " +
        `filters: there are ${filters.length}`,
    );
  }
  const [what, value] = filters[0] ?? [KERN_PROC_ALL, 0];
  return read(systemIn(options), "list the processes", what, value);
}

function read(system: System, doing: string, what: number, value: number): KinfoProc[] {
  const answer = readKernProc(system.kernProc, what, value);
  if (typeof answer !== "number") return kinfoProc.decodeAll(answer);
  throw new SystemCallError(doing, "sysctl", answer === 0 ? ERRNO.EIO : -answer);
}
