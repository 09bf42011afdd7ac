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
 * The name of a process: `proc_name()`.
 *
 * It has at most 31 bytes, and where the kernel keeps none it is that of the executable file, at most
 * 15. For another user's process only the latter may be known. The C function fails there, and for
 * zombies; this one does not.
 *
 * @param pid The process, which may be a zombie.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` there is no such process, `ENOTSUP` this system cannot answer.
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
 * The path of the executable file of a process: `proc_pidpath()`.
 *
 * It needs no privilege.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` there is no such process, or it has no executable file, as the
 * kernel and zombies have none; `ENOENT` the file is gone; `ENOTSUP` this system cannot answer.
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
 * The path of the executable file of the process that an audit token names:
 * `proc_pidpath_audittoken()`.
 *
 * @param token The token: `val[5]` is the process id, `val[7]` its version.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode procPidpath}; `ESRCH` also when the process has run
 * another program since or another process has come to have its id, `ENOSYS` from macOS older than
 * 11.
 * @throws {RangeError} A number is not a 32-bit integer, or the token has not 8 of them.
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
 * The path of the file that is mapped at an address, **or of the next one above it**:
 * `proc_regionfilename()`.
 *
 * The answer does not show which of the two it is: `pidInfo(pid, PROC_PIDREGIONPATH, address)`
 * also returns the bounds of the region.
 *
 * @param pid The process.
 * @param address Where to look, or from where on.
 * @param options The system to query; this host by default.
 * @returns The path; empty when the kernel could not build it.
 * @throws {ProcInfoError} `EINVAL` no file is mapped at the address or above it, `ESRCH` there is no
 * such process, `EPERM` it is another user's, `ENOTSUP` this system cannot answer.
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
