import { uint64 } from "../system/arguments.ts";
import type { AuditToken } from "../abi/audit_token.ts";
import {
  PROC_PIDPATHINFO,
  PROC_PIDREGIONPATH,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
} from "../abi/pid_info.ts";
import { checkedAuditToken } from "../calls/audit_token.ts";
import { pidInfo, pidInfoOf } from "../calls/pid_info.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";

/**
 * Returns the name of a process: `proc_name()`.
 *
 * The name has at most 31 bytes. If the kernel does not keep it, the name of the executable file is
 * returned, cut after 15 bytes. For a process of another user, only the latter may be available.
 * The C function fails for zombies and for processes of other users, but this function does not.
 *
 * @param pid The process, which may be a zombie.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `ENOTSUP` if this system cannot
 * answer.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { ProcInfoError, procName } from "@libproc/libproc/libproc";
 *
 * try {
 *   console.log(procName(1));
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procName(pid: number, options: SystemOptions = {}): string {
  const system = systemAlone(options);
  try {
    const { pbi_name, pbi_comm } = pidInfo(pid, PROC_PIDTBSDINFO, ZOMBIES_TOO, { system });
    return pbi_name || pbi_comm;
  } catch (error) {
    if (!(error instanceof ProcInfoError && error.errno === ERRNO.EPERM)) throw error;
    return pidInfo(pid, PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO, { system }).pbsi_comm;
  }
}

const ZOMBIES_TOO = 1n;

/**
 * Returns the path of the executable file of a process: `proc_pidpath()`.
 *
 * On macOS, no privilege is required. On Linux, throws `EPERM` for a process that the caller may
 * not trace.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process or if it does not have an executable
 * file, such as a zombie or the kernel, `ENOENT` if the file was deleted, `EPERM` if the caller may
 * not query the process, `ENOTSUP` if this system cannot answer.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { ProcInfoError, procPidpath } from "@libproc/libproc/libproc";
 * import process from "node:process";
 *
 * try {
 *   console.log(procPidpath(process.pid));
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procPidpath(pid: number, options: SystemOptions = {}): string {
  const system = systemAlone(options);
  return pidInfo(pid, PROC_PIDPATHINFO, 0n, { system });
}

/**
 * Returns the path of the executable file of the process that an audit token identifies:
 * `proc_pidpath_audittoken()`.
 *
 * On macOS, the version of a process changes when it executes a program, so an older token throws
 * `ESRCH`. On macOS before 11, throws `ENOSYS`. On Linux, the version of a process stays the same
 * until it ends.
 *
 * @param token The token: `val[5]` is the pid, `val[7]` its version.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode procPidpath}. `ESRCH` also if the version of the
 * process differs from that in the token, as after a reuse of the pid.
 * @throws {RangeError} A number is not a 32-bit integer, or the token does not have 8 of them.
 *
 * @example
 * ```ts
 * import { ProcInfoError, procPidpathAudittoken } from "@libproc/libproc/libproc";
 *
 * try {
 *   console.log(procPidpathAudittoken({ val: [501, 501, 20, 501, 20, 1, 100001, 1] }));
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procPidpathAudittoken(
  token: AuditToken,
  options: SystemOptions = {},
): string {
  const system = systemAlone(options);
  const { val } = checkedAuditToken("token", token);
  return pidInfoOf(val[5]!, { idVersion: val[7]! }, PROC_PIDPATHINFO, 0n, { system });
}

/**
 * Returns the path of the file that is mapped at an address, **or of the next one above it**:
 * `proc_regionfilename()`.
 *
 * The path does not show which of the two it is. `pidInfo(pid, PROC_PIDREGIONPATH, address)` also
 * returns the bounds of the region.
 *
 * @param pid The process.
 * @param address The address at which the search starts.
 * @param options The system to query; this host by default.
 * @returns The path; empty if the kernel could not determine it.
 * @throws {ProcInfoError} `EINVAL` if no file is mapped at or above the address, `ESRCH` if the
 * process does not exist, `EPERM` if the caller may not query it, `ENOTSUP` if this system cannot
 * answer.
 * @throws {RangeError} A number is not an integer of its C type.
 *
 * @example
 * ```ts
 * import { ProcInfoError, procRegionfilename } from "@libproc/libproc/libproc";
 * import process from "node:process";
 *
 * try {
 *   console.log(procRegionfilename(process.pid, 0n));
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procRegionfilename(
  pid: number,
  address: bigint | number,
  options: SystemOptions = {},
): string {
  const system = systemAlone(options);
  uint64("address", address);
  return pidInfo(pid, PROC_PIDREGIONPATH, address, { system }).prpo_path;
}
