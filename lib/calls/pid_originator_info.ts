import { PROC_INFO_CALL_PIDORIGINATORINFO } from "../abi/callnum.ts";
import {
  PROC_PIDORIGINATOR_BGSTATE,
  PROC_PIDORIGINATOR_PID_UUID,
  PROC_PIDORIGINATOR_UUID,
  PROC_PIDORIGINATOR_UUID_SIZE,
  type ProcOriginatorInfo,
  procOriginatorInfo,
} from "../abi/pid_originator_info.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { bytes, querying, type Reply, replyOf, whole, word } from "./reply.ts";

/** The result of {@linkcode pidOriginatorInfo} for each flavor. */
export interface PidOriginatorInfoReplies {
  /** The UUID of the originator's executable, 16 bytes. */
  readonly [PROC_PIDORIGINATOR_UUID]: Uint8Array;
  /** Nonzero if the originator is in the background. */
  readonly [PROC_PIDORIGINATOR_BGSTATE]: number;
  /** The originator's pid and UUID. */
  readonly [PROC_PIDORIGINATOR_PID_UUID]: ProcOriginatorInfo;
}

/** A flavor of {@linkcode pidOriginatorInfo}: a `PROC_PIDORIGINATOR_*` number. */
export type PidOriginatorInfoFlavor = keyof PidOriginatorInfoReplies;

/** The reply of each flavor. The compiler requires all flavors. */
export const PID_ORIGINATOR_INFO_REPLIES: {
  readonly [F in PidOriginatorInfoFlavor]: Reply<PidOriginatorInfoReplies[F]>;
} = {
  [PROC_PIDORIGINATOR_UUID]: bytes("uuid_t", PROC_PIDORIGINATOR_UUID_SIZE),
  [PROC_PIDORIGINATOR_BGSTATE]: word,
  [PROC_PIDORIGINATOR_PID_UUID]: whole(procOriginatorInfo),
};

/**
 * Queries the process on whose behalf the calling thread works: `proc_pidoriginatorinfo()`.
 *
 * On Linux, throws `ENOTSUP`: the kernel does not know on whose behalf a thread works.
 *
 * @param flavor The query: a `PROC_PIDORIGINATOR_*` number.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if the thread works for its own process, `ENOATTR` if the
 * originator is unknown, `ESRCH` if the originator has ended.
 * @throws {ShortAnswerError} The kernel wrote only a part of the struct.
 * @throws {RangeError} The flavor is unknown.
 *
 * @example
 * ```ts
 * import {
 *   pidOriginatorInfo,
 *   PROC_PIDORIGINATOR_PID_UUID,
 *   ProcInfoError,
 * } from "@libproc/libproc/calls";
 *
 * try {
 *   console.log(pidOriginatorInfo(PROC_PIDORIGINATOR_PID_UUID).originator_pid);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EINVAL: only the caller itself
 * }
 * ```
 */
export function pidOriginatorInfo<F extends PidOriginatorInfoFlavor>(
  flavor: F,
  options: SystemOptions = {},
): PidOriginatorInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_ORIGINATOR_INFO_REPLIES, flavor);
  return read(querying(system.kernel, PROC_INFO_CALL_PIDORIGINATORINFO, SELF, flavor, 0n));
}

// Passed as the pid: the caller, which is the only process that can be queried.
const SELF = 0;
