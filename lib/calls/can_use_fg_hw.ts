import { PROC_INFO_CALL_CANUSEFGHW } from "../abi/callnum.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ProcInfoError } from "../system/errors.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";
import { querying, type Reply, ShortAnswerError } from "./reply.ts";

/**
 * The result of {@linkcode canUseFgHw}: whether a process may use hardware that is reserved for the
 * foreground.
 */
export interface CanUseFgHw {
  /** True if the process may use the hardware. */
  readonly allowed: boolean;
  /** The reason: a `PROC_FGHW_*` value. */
  readonly reason: number;
}

/** Thrown by {@linkcode canUseFgHw}. The kernel reports a reason even if the call fails. */
export class CanUseFgHwError extends ProcInfoError {
  /** The reason, a `PROC_FGHW_*` value; undefined if the kernel did not report one. */
  readonly reason: number | undefined;

  /** Creates the error of one call. */
  constructor(errno: number, pid: number, reason: number | undefined) {
    super(errno, PROC_INFO_CALL_CANUSEFGHW, pid, 0);
    this.reason = reason;
  }
}

/** A value that is not a reason. If it is still in the buffer, the kernel did not write one. */
const NO_REASON = 0xffffffff;

/** The reply of `PROC_INFO_CALL_CANUSEFGHW`. */
export const CAN_USE_FG_HW_REPLY: Reply<CanUseFgHw> = {
  returns: "answer",
  read(query) {
    const { bytes, view } = block(4);
    view.setUint32(0, NO_REASON, true);
    const reason = () => {
      const value = view.getUint32(0, true);
      return value === NO_REASON ? undefined : value;
    };
    try {
      const allowed = query(bytes) !== 0;
      const why = reason();
      if (why === undefined) throw new ShortAnswerError("uint32_t", 4, 0);
      return { allowed, reason: why };
    } catch (error) {
      if (!(error instanceof ProcInfoError)) throw error;
      throw new CanUseFgHwError(error.errno, error.pid, reason());
    }
  },
};

/**
 * Returns whether a process may use hardware that is reserved for the foreground, such as video
 * encoders: `proc_can_use_foreground_hw()`.
 *
 * On Linux, throws `ENOTSUP`: the kernel does not know which processes are in the foreground.
 *
 * @param pid The process. Only root can query a process other than the caller.
 * @param options The system to query; this host by default.
 * @throws {CanUseFgHwError} `EINVAL` if `pid` is not positive or if only the process itself can get
 * an answer, `ESRCH` if there is no such process, `EPERM` if another process is queried and the
 * caller is not root. The error contains the kernel's reason.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { canUseFgHw, CanUseFgHwError } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   const { allowed, reason } = canUseFgHw(process.pid);
 *   console.log(allowed, reason);
 * } catch (error) {
 *   if (!(error instanceof CanUseFgHwError)) throw error;
 *   console.log(error.code, error.reason);
 * }
 * ```
 */
export function canUseFgHw(
  pid: number,
  options: SystemOptions = {},
): CanUseFgHw {
  const system = systemAlone(options);
  return CAN_USE_FG_HW_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_CANUSEFGHW, int32("pid", pid), 0, 0n),
  );
}
