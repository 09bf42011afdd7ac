import { PROC_INFO_CALL_UDATA_INFO } from "../abi/callnum.ts";
import { PROC_UDATA_INFO_GET, PROC_UDATA_INFO_SET } from "../abi/udata_info.ts";
import { uint64 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";
import { done, querying, type Reply, ShortAnswerError } from "./reply.ts";

/** The result of each flavor, which is a `PROC_UDATA_INFO_*` number. */
export interface UdataInfoReplies {
  /** The 64 bits. */
  readonly [PROC_UDATA_INFO_GET]: bigint;
  /** No result: the 64 bits are set. */
  readonly [PROC_UDATA_INFO_SET]: void;
}

/** The only size that the kernel accepts. */
const SIZE = 8;

/** The reply of each flavor. The compiler requires all flavors. */
export const UDATA_INFO_REPLIES: {
  readonly [F in keyof UdataInfoReplies]: Reply<UdataInfoReplies[F]>;
} = {
  [PROC_UDATA_INFO_GET]: {
    returns: "zero",
    read(query) {
      const { bytes, view } = block(SIZE);
      if (query(bytes) !== 0) throw new ShortAnswerError("uint64_t", SIZE, 0);
      return view.getBigUint64(0, true);
    },
  },
  [PROC_UDATA_INFO_SET]: done,
};

/**
 * Reads the 64 bits that the kernel keeps for the calling process: `proc_udata_info()`.
 *
 * They are 0 in a new process.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EACCES` if the system's pid is not that of the caller, `ENOTSUP` if this
 * system does not keep the bits.
 *
 * @example
 * ```ts
 * import { getUdata, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   console.log(getUdata()); // 0n
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function getUdata(options: SystemOptions = {}): bigint {
  const system = systemAlone(options);
  return UDATA_INFO_REPLIES[PROC_UDATA_INFO_GET].read(
    querying(system.kernel, PROC_INFO_CALL_UDATA_INFO, system.pid(), PROC_UDATA_INFO_GET, 0n),
  );
}

/**
 * Sets the 64 bits that the kernel keeps for the calling process: `proc_udata_info()`.
 *
 * On macOS, an `exec()` keeps the bits. On Linux, an `exec()` sets the bits to 0.
 *
 * @param value The 64 bits.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EACCES` if the system's pid is not that of the caller, `ENOTSUP` if this
 * system does not keep the bits.
 * @throws {RangeError} `value` is not an unsigned 64-bit integer.
 *
 * @example
 * ```ts
 * import { getUdata, ProcInfoError, setUdata } from "@libproc/libproc/calls";
 *
 * try {
 *   setUdata(0x1234_5678_9abc_def0n);
 *   console.log(getUdata());
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function setUdata(
  value: bigint | number,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  const { bytes, view } = block(SIZE);
  view.setBigUint64(0, uint64("value", value), true);
  UDATA_INFO_REPLIES[PROC_UDATA_INFO_SET].read(
    querying(
      system.kernel,
      PROC_INFO_CALL_UDATA_INFO,
      system.pid(),
      PROC_UDATA_INFO_SET,
      0n,
      bytes,
    ),
  );
}
