import { PROC_INFO_CALL_CANUSEFGHW } from "../abi/callnum.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ProcInfoError } from "../system/errors.ts";
import { block } from "../layout/block.ts";
import { systemAlone } from "../system/open.ts";
import { asking, type Reply, ShortAnswerError } from "./reply.ts";

/** The answer of {@linkcode canUseFgHw}: if a process may use hardware that is reserved for the foreground. */
export interface CanUseFgHw {
  /** True if it may. */
  readonly allowed: boolean;
  /** Why it may or may not: a `PROC_FGHW_*` value. */
  readonly reason: number;
}

/** Thrown by {@linkcode canUseFgHw}: the kernel reports a reason even if it fails. */
export class CanUseFgHwError extends ProcInfoError {
  /** The reason, a `PROC_FGHW_*` value; undefined if the kernel reported none. */
  readonly reason: number | undefined;

  /** Makes the error of one call. */
  constructor(errno: number, pid: number, reason: number | undefined) {
    super(errno, PROC_INFO_CALL_CANUSEFGHW, pid, 0);
    this.reason = reason;
  }
}

/** What no reason is, to see whether the kernel wrote one. */
const NO_REASON = 0xffffffff;

/** How the call is made. */
export const CAN_USE_FG_HW_REPLY: Reply<CanUseFgHw> = {
  returns: "answer",
  read(ask) {
    const { bytes, view } = block(4);
    view.setUint32(0, NO_REASON, true);
    const reason = () => {
      const value = view.getUint32(0, true);
      return value === NO_REASON ? undefined : value;
    };
    try {
      const allowed = ask(bytes) !== 0;
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
 * Queries if a process may use hardware that is reserved for the foreground, such as the encoders of
 * video: `proc_can_use_foreground_hw()`.
 *
 * macOS only: Linux does not know, `ENOTSUP`.
 *
 * @param pid The process; only root may query another than the caller.
 * @param options The system to query; this host by default.
 * @throws {CanUseFgHwError} `EINVAL` the id is not positive, or only the process itself could know,
 * `ESRCH` there is no such process, `EPERM` the caller is not root. The kernel's reason is in it.
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
    asking(system.kernel, PROC_INFO_CALL_CANUSEFGHW, int32("pid", pid), 0, 0n),
  );
}
