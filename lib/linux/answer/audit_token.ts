import { auditToken } from "../../abi/audit_token.ts";
import { ERRNO } from "../../system/errors.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { toLinuxSignal } from "../sys/signal_number.ts";
import type { Call } from "./answer.ts";
import { type Send, sender, TO_END } from "../proc/signal.ts";
import type { World } from "../proc/world.ts";

/** The offsets in a token: its words, the pid, and the version of the pid. */
const { val: VAL } = offsetsOf(auditToken);
const PID = VAL + 5 * 4;
const VERSION = VAL + 7 * 4;

/** The highest signal number of Darwin. */
const LAST_SIGNAL = 31;

/** Answers `PROC_INFO_CALL_SIGNAL_AUDITTOKEN`, whose flavor is Darwin's number of the signal. */
export function signalAuditToken(world: World): Call {
  const send = sender(world);
  return (_pid, flavor, _arg, buffer) => {
    if (flavor <= 0 || flavor > LAST_SIGNAL) return -ERRNO.EINVAL;
    const signal = toLinuxSignal(flavor);
    const answer = sendTo(send, buffer, signal, signal === 0);
    return answer < 0 ? answer : 0;
  };
}

/** Answers `PROC_INFO_CALL_TERMINATE_AUDITTOKEN` with the signal that was sent. */
export function terminateAuditToken(world: World): Call {
  const send = sender(world);
  return (_pid, _flavor, _arg, buffer) => sendTo(send, buffer, TO_END, false);
}

/** Sends a signal to the process of the token in the buffer. */
function sendTo(
  send: Send,
  buffer: Uint8Array | null,
  signal: number,
  lacking: boolean,
): DarwinAnswer {
  if (buffer === null || buffer.byteLength !== auditToken.size) return -ERRNO.EINVAL;
  if (lacking) return -ERRNO.ENOTSUP;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const pid = view.getInt32(PID, true);
  return pid <= 0 ? -ERRNO.ESRCH : send(pid, view.getUint32(VERSION, true), signal);
}

/**
 * Answers `PROC_INFO_CALL_DELEGATE_SIGNAL` and `PROC_INFO_CALL_DELEGATE_TERMINATE`. On macOS, these
 * require an entitlement, and refuse callers without it before all other checks.
 */
export const delegated: Call = () => -ERRNO.EPERM;
