import { ERRNO } from "../../system/errors.ts";
import type { Call } from "./answer.ts";
import { ANY_VERSION, sender, TO_END } from "../proc/signal.ts";
import type { World } from "../proc/world.ts";

/** Answers `PROC_INFO_CALL_TERMINATE`: ends a process, and returns the signal that was sent. */
export function terminate(world: World): Call {
  const send = sender(world);
  return (pid) => pid <= 0 ? -ERRNO.EINVAL : send(pid, ANY_VERSION, TO_END);
}

const SIGKILL = 9n;
const SIGTERM = 15n;
const INT = 32;

/**
 * Answers `PROC_INFO_CALL_TERMINATE_RSR` with an error after it has checked the signal. Linux does
 * not mark processes that a rapid security response has replaced.
 */
export const terminateRsr: Call = (_pid, _flavor, arg) => {
  const signal = BigInt.asIntN(INT, arg);
  return signal === SIGKILL || signal === SIGTERM ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
};
