import { auditToken } from "../../abi/audit_token.ts";
import { ERRNO } from "../../kernel.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import type { Call, World } from "./answer.ts";
import { type Send, sender, TO_END } from "./signal.ts";

/** Where the words of a token start, the process's and that of its version. */
const { val: VAL } = offsetsOf(auditToken);
const PID = VAL + 5 * 4;
const VERSION = VAL + 7 * 4;

/**
 * Linux's number of each of Darwin's signals 1 to 31; 0 for the two that Linux lacks, SIGEMT and
 * SIGINFO.
 */
const TO_LINUX: readonly number[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 0, 8, 9, 7, 11, 31, 13, 14, 15],
  ...[23, 19, 20, 18, 17, 21, 22, 29, 24, 25, 26, 27, 28, 0, 10, 12],
];

/** Answers `PROC_INFO_CALL_SIGNAL_AUDITTOKEN`, whose flavor is the signal, Darwin's number of it. */
export function signalAuditToken(world: World): Call {
  const send = sender(world);
  return (_pid, flavor, _arg, buffer) => {
    if (flavor <= 0 || flavor >= TO_LINUX.length) return -ERRNO.EINVAL;
    const signal = TO_LINUX[flavor]!;
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
function sendTo(send: Send, buffer: Uint8Array | null, signal: number, lacking: boolean): number {
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
