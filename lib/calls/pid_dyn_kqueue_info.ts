import { PROC_INFO_CALL_PIDDYNKQUEUEINFO } from "../abi/callnum.ts";
import {
  type KeventExtInfo,
  keventExtInfo,
  type KqueueDynInfo,
  kqueueDynInfo,
  kqueueInfo,
} from "../abi/kqueue_info.ts";
import { PROC_PIDDYNKQUEUE_EXTINFO, PROC_PIDDYNKQUEUE_INFO } from "../abi/pid_dyn_kqueue_info.ts";
import { PROC_PIDFDKQUEUE_KNOTES_MAX } from "../abi/pid_fd_info.ts";
import { int32, uint64 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";
import { countedList, querying, type Reply, replyOf, rowsOf, ShortAnswerError } from "./reply.ts";

/**
 * A dynamic kqueue: `struct kqueue_dyninfo`, or only the `struct kqueue_info` at its start if the
 * kernel does not write more.
 */
export type DynKqueueInfo = Pick<KqueueDynInfo, "kqdi_info"> & Partial<KqueueDynInfo>;

/** The result of {@linkcode pidDynKqueueInfo} for each flavor. */
export interface PidDynKqueueInfoReplies {
  /** The kqueue. */
  readonly [PROC_PIDDYNKQUEUE_INFO]: DynKqueueInfo;
  /** The events that the kqueue waits for. */
  readonly [PROC_PIDDYNKQUEUE_EXTINFO]: KeventExtInfo[];
}

/** A flavor of {@linkcode pidDynKqueueInfo}: a `PROC_PIDDYNKQUEUE_*` number. */
export type PidDynKqueueInfoFlavor = keyof PidDynKqueueInfoReplies;

const dynKqueueInfo: Reply<DynKqueueInfo> = {
  returns: "bytes",
  read(query) {
    const { name, size } = kqueueDynInfo;
    const { bytes } = block(size);
    const written = query(bytes);
    if (written === size) return kqueueDynInfo.decode(bytes);
    if (written === kqueueInfo.size) return { kqdi_info: kqueueInfo.decode(bytes) };
    throw new ShortAnswerError(name, size, written);
  },
};

/** The reply of each flavor. The compiler requires all flavors. */
export const PID_DYN_KQUEUE_INFO_REPLIES: {
  readonly [F in PidDynKqueueInfoFlavor]: Reply<PidDynKqueueInfoReplies[F]>;
} = {
  [PROC_PIDDYNKQUEUE_INFO]: dynKqueueInfo,
  // A null buffer is EFAULT for this callnum. With an empty buffer, the call returns the count.
  [PROC_PIDDYNKQUEUE_EXTINFO]: countedList(
    rowsOf(keventExtInfo),
    PROC_PIDFDKQUEUE_KNOTES_MAX,
    new Uint8Array(new ArrayBuffer(0)),
  ),
};

/**
 * Queries one dynamic kqueue of a process, such as libdispatch creates: `proc_piddynkqueueinfo()`.
 *
 * `pidInfo()` with `PROC_PIDLISTDYNKQUEUES` lists the ids of the kqueues. Only root can query
 * processes of other users.
 *
 * On Linux, throws `ESRCH`: no process has a dynamic kqueue.
 *
 * @param pid The process.
 * @param flavor The query: a `PROC_PIDDYNKQUEUE_*` number.
 * @param id The id of the kqueue.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process or no such kqueue, `EPERM` if the
 * caller may not query the process, `EINVAL` if the kqueue is not a workloop, `ENOBUFS` if the
 * struct is larger than the known one.
 * @throws {ShortAnswerError} The kernel wrote only a part of the struct.
 * @throws {RangeError} A number is not an integer of its C type, or the flavor is unknown.
 *
 * @example
 * ```ts
 * import { pidDynKqueueInfo, PROC_PIDDYNKQUEUE_INFO, ProcInfoError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   console.log(pidDynKqueueInfo(process.pid, PROC_PIDDYNKQUEUE_INFO, 1n).kqdi_info.kq_state);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // ESRCH: no such kqueue
 * }
 * ```
 */
export function pidDynKqueueInfo<F extends PidDynKqueueInfoFlavor>(
  pid: number,
  flavor: F,
  id: bigint | number,
  options: SystemOptions = {},
): PidDynKqueueInfoReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_DYN_KQUEUE_INFO_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  const id64 = uint64("id", id);
  return read(querying(system.kernel, PROC_INFO_CALL_PIDDYNKQUEUEINFO, pid32, flavor, id64));
}
