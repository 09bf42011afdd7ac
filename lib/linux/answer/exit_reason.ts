import { procExitReasonBasicInfo, procExitReasonInfo } from "../../abi/exit_reason.ts";
import {
  PROC_PIDEXITREASONBASICINFO,
  PROC_PIDEXITREASONBASICINFOSIZE,
  PROC_PIDEXITREASONINFO,
  PROC_PIDEXITREASONINFO_SIZE,
  PROC_PIDNOTEEXIT,
  PROC_PIDNOTEEXIT_SIZE,
} from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { signalIn } from "../../posix/wait_status.ts";
import { readerOf } from "../proc/process.ts";
import { converted, type DarwinAnswer } from "../sys/errno.ts";
import { toDarwinSignal, toDarwinStatus } from "../sys/signal_number.ts";
import { ALIVE } from "../sys/wait.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

/**
 * The bit of the argument that requests the status. The facts that the other bit requests are
 * unavailable on Linux.
 */
const NOTE_EXITSTATUS = 0x04000000n;
/** The kind of reason that is a signal: `OS_REASON_SIGNAL`. */
const REASON_SIGNAL = 2;

const basic = offsetsOf(procExitReasonBasicInfo);
const reason = offsetsOf(procExitReasonInfo);

/**
 * Returns the flavors that report how a child ended. They fail with `EACCES` for the child of
 * another process, and with `EPERM` for the process of another user.
 */
export function noteExit(world: World): Flavors {
  const reader = readerOf(world);
  const note = block(PROC_PIDNOTEEXIT_SIZE);
  const short = block(PROC_PIDEXITREASONBASICINFOSIZE);
  const whole = block(PROC_PIDEXITREASONINFO_SIZE);

  /**
   * Returns the status that `wait()` would report for a child, or {@linkcode ALIVE}. The child can
   * still be waited for.
   */
  function statusOf(pid: number): DarwinAnswer {
    const error = reader.read(pid, true);
    if (error < 0) return error;
    // The system calls of this process take only pids of its own namespace.
    if (!world.fs.local) return world.fs.mounted ? -ERRNO.ENOTSUP : -ERRNO.EACCES;
    const status = converted(reader.clock.waitStatus(pid));
    return status === -ERRNO.ECHILD ? reader.sameUser(pid) || -ERRNO.EACCES : status;
  }

  /** Returns the signal that ended a child, or `-ENOENT` if no signal did. */
  function signalOf(pid: number): DarwinAnswer {
    const status = statusOf(pid);
    if (status < 0) return status;
    const signal = status === ALIVE ? 0 : signalIn(status);
    return signal === 0 ? -ERRNO.ENOENT : toDarwinSignal(signal);
  }

  return {
    [PROC_PIDNOTEEXIT]: {
      size: PROC_PIDNOTEEXIT_SIZE,
      answer(pid, arg, buffer) {
        const status = statusOf(pid);
        if (status < 0) return status;
        const reported = status !== ALIVE && (arg & NOTE_EXITSTATUS) !== 0n;
        note.view.setUint32(0, reported ? toDarwinStatus(status) : 0, true);
        buffer.set(note.bytes);
        return PROC_PIDNOTEEXIT_SIZE;
      },
    },
    [PROC_PIDEXITREASONBASICINFO]: {
      size: PROC_PIDEXITREASONBASICINFOSIZE,
      answer(pid, _arg, buffer) {
        const signal = signalOf(pid);
        if (signal < 0) return signal;
        short.view.setUint32(basic.beri_namespace, REASON_SIGNAL, true);
        short.view.setUint32(basic.beri_code, signal, true);
        buffer.set(short.bytes);
        return PROC_PIDEXITREASONBASICINFOSIZE;
      },
    },
    [PROC_PIDEXITREASONINFO]: {
      size: PROC_PIDEXITREASONINFO_SIZE,
      answer(pid, _arg, buffer) {
        const signal = signalOf(pid);
        if (signal < 0) return signal;
        whole.view.setUint32(reason.eri_namespace, REASON_SIGNAL, true);
        whole.view.setUint32(reason.eri_code, signal, true);
        // There are no data, so the caller's address for the data stays unchanged.
        buffer.set(whole.bytes.subarray(0, reason.eri_kcd_buf));
        return PROC_PIDEXITREASONINFO_SIZE;
      },
    },
  };
}
