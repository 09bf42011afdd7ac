import { type AppletalkFdInfo, appletalkFdInfo } from "../abi/appletalk_info.ts";
import { PROC_INFO_CALL_PIDFDINFO } from "../abi/callnum.ts";
import { type ChannelFdInfo, channelFdInfo } from "../abi/channel_info.ts";
import {
  type KeventExtInfo,
  keventExtInfo,
  type KqueueFdInfo,
  kqueueFdInfo,
} from "../abi/kqueue_info.ts";
import {
  PROC_PIDFDATALKINFO,
  PROC_PIDFDCHANNELINFO,
  PROC_PIDFDKQUEUE_EXTINFO,
  PROC_PIDFDKQUEUE_KNOTES_MAX,
  PROC_PIDFDKQUEUEINFO,
  PROC_PIDFDPIPEINFO,
  PROC_PIDFDPSEMINFO,
  PROC_PIDFDPSHMINFO,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDFDVNODEINFO,
  PROC_PIDFDVNODEPATHINFO,
} from "../abi/pid_fd_info.ts";
import { type PipeFdInfo, pipeFdInfo } from "../abi/pipe_info.ts";
import { type PsemFdInfo, psemFdInfo } from "../abi/psem_info.ts";
import { type PshmFdInfo, pshmFdInfo } from "../abi/pshm_info.ts";
import { type SocketFdInfo, socketFdInfo } from "../abi/socket_info.ts";
import {
  type VnodeFdInfo,
  vnodeFdInfo,
  type VnodeFdInfoWithPath,
  vnodeFdInfoWithPath,
} from "../abi/vnode_info.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { countedList, querying, type Reply, replyOf, rowsOf, whole, wholeOrNone } from "./reply.ts";

/** The result of {@linkcode pidFdInfo} for each flavor. */
export interface PidFdInfoReplies {
  /** A file. */
  readonly [PROC_PIDFDVNODEINFO]: VnodeFdInfo;
  /** A file and its path, which may be empty. */
  readonly [PROC_PIDFDVNODEPATHINFO]: VnodeFdInfoWithPath;
  /** A socket. `ENOTSOCK` if the descriptor is not a socket. */
  readonly [PROC_PIDFDSOCKETINFO]: SocketFdInfo;
  /** A POSIX semaphore. */
  readonly [PROC_PIDFDPSEMINFO]: PsemFdInfo;
  /** POSIX shared memory. */
  readonly [PROC_PIDFDPSHMINFO]: PshmFdInfo;
  /** A pipe. */
  readonly [PROC_PIDFDPIPEINFO]: PipeFdInfo;
  /** A kqueue. Null for descriptor -1 of a process whose work queue has no kqueue. */
  readonly [PROC_PIDFDKQUEUEINFO]: KqueueFdInfo | null;
  /** An AppleTalk socket. The call always fails with `EINVAL`, as AppleTalk was removed. */
  readonly [PROC_PIDFDATALKINFO]: AppletalkFdInfo;
  /**
   * The events that a kqueue waits for. Empty for descriptor -1 of a process whose work queue has
   * no kqueue.
   */
  readonly [PROC_PIDFDKQUEUE_EXTINFO]: KeventExtInfo[];
  /** A Skywalk channel. */
  readonly [PROC_PIDFDCHANNELINFO]: ChannelFdInfo;
}

/** A flavor of {@linkcode pidFdInfo}: a `PROC_PIDFD*` number. */
export type PidFdInfoFlavor = keyof PidFdInfoReplies;

/** The reply of each flavor. The compiler requires all flavors. */
export const PID_FD_INFO_REPLIES: { readonly [F in PidFdInfoFlavor]: Reply<PidFdInfoReplies[F]> } =
  {
    [PROC_PIDFDVNODEINFO]: whole(vnodeFdInfo),
    [PROC_PIDFDVNODEPATHINFO]: whole(vnodeFdInfoWithPath),
    [PROC_PIDFDSOCKETINFO]: whole(socketFdInfo),
    [PROC_PIDFDPSEMINFO]: whole(psemFdInfo),
    [PROC_PIDFDPSHMINFO]: whole(pshmFdInfo),
    [PROC_PIDFDPIPEINFO]: whole(pipeFdInfo),
    [PROC_PIDFDKQUEUEINFO]: wholeOrNone(kqueueFdInfo),
    [PROC_PIDFDATALKINFO]: whole(appletalkFdInfo),
    [PROC_PIDFDKQUEUE_EXTINFO]: countedList(rowsOf(keventExtInfo), PROC_PIDFDKQUEUE_KNOTES_MAX),
    [PROC_PIDFDCHANNELINFO]: whole(channelFdInfo),
  };

/**
 * Queries one file descriptor of a process: `proc_pidfdinfo()`.
 *
 * `pidInfo()` with `PROC_PIDLISTFDS` lists the descriptors and their types. Querying a process of
 * another user requires privilege.
 *
 * @param pid The process.
 * @param fd The descriptor. With `PROC_PIDFDKQUEUEINFO` and `PROC_PIDFDKQUEUE_EXTINFO`, -1 means
 * the kqueue of the work queue of the process.
 * @param flavor The query: a `PROC_PIDFD*` number, which must match the type of the descriptor.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` if the caller may not query
 * it, `EBADF` if the descriptor is closed or of another type, `ENOTSOCK` if it is not a socket,
 * `ENOENT` if its file was revoked, `ENOTSUP` if this system cannot answer.
 * @throws {ShortAnswerError} The kernel wrote only a part of the struct.
 * @throws {RangeError} A number is not a 32-bit integer, or the flavor is unknown.
 *
 * @example
 * ```ts
 * import { pidFdInfo, PROC_PIDFDVNODEPATHINFO, ProcInfoError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   console.log(pidFdInfo(process.pid, 0, PROC_PIDFDVNODEPATHINFO).pvip.vip_path);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EBADF: no file
 * }
 * ```
 */
export function pidFdInfo<F extends PidFdInfoFlavor>(
  pid: number,
  fd: number,
  flavor: F,
  options: SystemOptions = {},
): PidFdInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_FD_INFO_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  const arg = BigInt.asUintN(64, BigInt(int32("fd", fd)));
  return read(querying(system.kernel, PROC_INFO_CALL_PIDFDINFO, pid32, flavor, arg));
}
