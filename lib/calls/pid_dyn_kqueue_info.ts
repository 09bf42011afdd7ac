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
import { asking, countedList, type Reply, replyOf, rowsOf, ShortAnswerError } from "./reply.ts";

/**
 * A dynamic kqueue: `struct kqueue_dyninfo`, or of a kernel that writes no more only the
 * `struct kqueue_info` at its head.
 */
export type DynKqueueInfo = Pick<KqueueDynInfo, "kqdi_info"> & Partial<KqueueDynInfo>;

/** What {@linkcode pidDynKqueueInfo} gives for each flavor. */
export interface PidDynKqueueInfoReplies {
  /** The kqueue. */
  readonly [PROC_PIDDYNKQUEUE_INFO]: DynKqueueInfo;
  /** What it waits for. */
  readonly [PROC_PIDDYNKQUEUE_EXTINFO]: KeventExtInfo[];
}

/** A flavor of {@linkcode pidDynKqueueInfo}: a `PROC_PIDDYNKQUEUE_*` number. */
export type PidDynKqueueInfoFlavor = keyof PidDynKqueueInfoReplies;

const dynKqueueInfo: Reply<DynKqueueInfo> = {
  returns: "bytes",
  read(ask) {
    const { name, size } = kqueueDynInfo;
    const { bytes } = block(size);
    const written = ask(bytes);
    if (written === size) return kqueueDynInfo.decode(bytes);
    if (written === kqueueInfo.size) return { kqdi_info: kqueueInfo.decode(bytes) };
    throw new ShortAnswerError(name, size, written);
  },
};

/** How each flavor is called; the compiler requires every one. */
export const PID_DYN_KQUEUE_INFO_REPLIES: {
  readonly [F in PidDynKqueueInfoFlavor]: Reply<PidDynKqueueInfoReplies[F]>;
} = {
  [PROC_PIDDYNKQUEUE_INFO]: dynKqueueInfo,
  // Without a buffer this callnum fails with EFAULT; an empty one returns the count.
  [PROC_PIDDYNKQUEUE_EXTINFO]: countedList(
    rowsOf(keventExtInfo),
    PROC_PIDFDKQUEUE_KNOTES_MAX,
    new Uint8Array(new ArrayBuffer(0)),
  ),
};

/**
 * Queries one dynamic kqueue of a process, such as libdispatch makes: `proc_piddynkqueueinfo()`.
 *
 * `pidInfo()` with `PROC_PIDLISTDYNKQUEUES` lists their ids. Processes of other users
 * need root. On Linux no process has one: `ESRCH`.
 *
 * @param pid The process.
 * @param flavor The query: a `PROC_PIDDYNKQUEUE_*` number.
 * @param id The id of the kqueue.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` there is no such process or no such kqueue, `EPERM` it is another
 * user's, `EINVAL` the kqueue is not a workloop, `ENOBUFS` the struct has grown beyond what is known
 * here.
 * @throws {ShortAnswerError} The kernel wrote less than the struct.
 * @throws {RangeError} A number is not an integer of its C type, or the flavor is not known here.
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
  return read(asking(system.kernel, PROC_INFO_CALL_PIDDYNKQUEUEINFO, pid32, flavor, id64));
}
