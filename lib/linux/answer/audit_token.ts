import { auditToken } from "../../abi/audit_token.ts";
import { ERRNO } from "../../system/errors.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { toLinuxSignal } from "../sys/signal_number.ts";
import type { Call } from "./answer.ts";
import { type Send, sender, TO_END } from "../proc/signal.ts";
import type { World } from "../proc/world.ts";

/** Where the words of a token start, the process's and that of its version. */
const { val: VAL } = offsetsOf(auditToken);
const PID = VAL + 5 * 4;
const VERSION = VAL + 7 * 4;

/** Darwin's last signal. */
const LAST_SIGNAL = 31;

/** Answers `PROC_INFO_CALL_SIGNAL_AUDITTOKEN`, whose flavor is the signal, Darwin's number of it. */
export function signalAuditToken(world: World): Call {
  const send = sender(world);
  return (_pid, flavor, _arg, buffer) => {
    if (flavor <= 0 || flavor > LAST_SIGNAL) return -ERRNO.EINVAL;
    const signal = toLinuxSignal(flavor);
    const answer = sendTo(send, buffer, signal, signal === 0);
    return answer < 0 ? answer : 0;
  };
}

/** Answers `PROC_INFO_CALL_TERMINATE_AUDITTOKEN`: returns the signal that was sent. */
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
 * Answers `PROC_INFO_CALL_DELEGATE_SIGNAL` and `PROC_INFO_CALL_DELEGATE_TERMINATE`, which on macOS take
 * an entitlement and refuse all others before they look at anything.
 */
export const delegated: Call = () => -ERRNO.EPERM;
