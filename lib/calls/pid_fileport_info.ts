import { PROC_INFO_CALL_PIDFILEPORTINFO } from "../abi/callnum.ts";
import {
  PROC_PIDFILEPORTPIPEINFO,
  PROC_PIDFILEPORTPSHMINFO,
  PROC_PIDFILEPORTSOCKETINFO,
  PROC_PIDFILEPORTVNODEPATHINFO,
} from "../abi/pid_fileport_info.ts";
import { type PipeFdInfo, pipeFdInfo } from "../abi/pipe_info.ts";
import { type PshmFdInfo, pshmFdInfo } from "../abi/pshm_info.ts";
import { type SocketFdInfo, socketFdInfo } from "../abi/socket_info.ts";
import { type VnodeFdInfoWithPath, vnodeFdInfoWithPath } from "../abi/vnode_info.ts";
import { int32, uint32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { querying, type Reply, replyOf, whole } from "./reply.ts";

/** The result of {@linkcode pidFileportInfo} for each flavor. */
export interface PidFileportInfoReplies {
  /** A file and its path. `ENOTSUP` if the fileport is not a file. */
  readonly [PROC_PIDFILEPORTVNODEPATHINFO]: VnodeFdInfoWithPath;
  /** A socket. `EOPNOTSUPP` if the fileport is not a socket. */
  readonly [PROC_PIDFILEPORTSOCKETINFO]: SocketFdInfo;
  /** POSIX shared memory. `EBADF` if the fileport is not shared memory. */
  readonly [PROC_PIDFILEPORTPSHMINFO]: PshmFdInfo;
  /** A pipe. `EBADF` if the fileport is not a pipe. */
  readonly [PROC_PIDFILEPORTPIPEINFO]: PipeFdInfo;
}

/** A flavor of {@linkcode pidFileportInfo}: a `PROC_PIDFILEPORT*` number. */
export type PidFileportInfoFlavor = keyof PidFileportInfoReplies;

/** The reply of each flavor. The compiler requires all flavors. */
export const PID_FILEPORT_INFO_REPLIES: {
  readonly [F in PidFileportInfoFlavor]: Reply<PidFileportInfoReplies[F]>;
} = {
  [PROC_PIDFILEPORTVNODEPATHINFO]: whole(vnodeFdInfoWithPath),
  [PROC_PIDFILEPORTSOCKETINFO]: whole(socketFdInfo),
  [PROC_PIDFILEPORTPSHMINFO]: whole(pshmFdInfo),
  [PROC_PIDFILEPORTPIPEINFO]: whole(pipeFdInfo),
};

/**
 * Queries one fileport of a process, which is a file descriptor inside a Mach port:
 * `proc_pidfileportinfo()`.
 *
 * `pidInfo()` with `PROC_PIDLISTFILEPORTS` lists the fileports. Querying a process of another user
 * requires privilege.
 *
 * On Linux, throws `EINVAL`: there are no Mach ports.
 *
 * @param pid The process.
 * @param port The name of the Mach port in that process.
 * @param flavor The query: a `PROC_PIDFILEPORT*` number, which must match the type of the fileport.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` if the caller may not query
 * it, `EINVAL` if the port is not a fileport. `ENOTSUP`, `EOPNOTSUPP` or `EBADF` if the fileport is
 * of another type.
 * @throws {ShortAnswerError} The kernel wrote only a part of the struct.
 * @throws {RangeError} A number is not a 32-bit integer, or the flavor is unknown.
 *
 * @example
 * ```ts
 * import { pidFileportInfo, PROC_PIDFILEPORTPIPEINFO, ProcInfoError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   console.log(pidFileportInfo(process.pid, 0x1203, PROC_PIDFILEPORTPIPEINFO).pipeinfo);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EINVAL: no fileport
 * }
 * ```
 */
export function pidFileportInfo<F extends PidFileportInfoFlavor>(
  pid: number,
  port: number,
  flavor: F,
  options: SystemOptions = {},
): PidFileportInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_FILEPORT_INFO_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  const arg = BigInt(uint32("port", port));
  return read(querying(system.kernel, PROC_INFO_CALL_PIDFILEPORTINFO, pid32, flavor, arg));
}
