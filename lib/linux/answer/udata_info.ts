import { PROC_UDATA_INFO_GET, PROC_UDATA_INFO_SET } from "../../abi/udata_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { openProcessCalls } from "../sys/process.ts";
import { CLOCK_MONOTONIC, SIGEV_NONE, sigevent } from "../sys/time.ts";
import { parseTimers, type Timer } from "../parse/timers.ts";
import { procFile } from "../proc/proc_fs.ts";
import { readerOf } from "../proc/process.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const TIMERS = procFile("timers");
const UDATA_SIZE = 8;

/**
 * The signal number that distinguishes the timer from all others. This timer does not send a
 * signal.
 */
const MARK = 0x70726f63;

/**
 * Answers `PROC_INFO_CALL_UDATA_INFO`.
 *
 * Linux does not keep such a value, but it keeps the 64 bits with which a timer of the process was
 * created. Here this is a timer that is never set and would not send a signal. All threads share
 * it, a new process does not have it, and it is not a descriptor. Unlike XNU's value, it does not
 * survive an exec.
 */
export function udataInfo(world: World): Call {
  const { fs, libc } = world;
  const calls = openProcessCalls(libc.more);
  const event = block(sigevent.size);
  const { sigev_value, sigev_signo, sigev_notify } = offsetsOf(sigevent);
  const timer = block(8);

  /** Returns the timers that keep the value, the newest first, or a negated errno. */
  function kept(self: number): Timer[] | DarwinAnswer {
    const length = fs.readAll(self, TIMERS);
    // The kernel was built without this list.
    if (length < 0) return length === -ERRNO.ESRCH ? -ERRNO.ENOTSUP : length;
    return parseTimers(fs.text, length).filter(({ signal }) => signal === MARK)
      .sort((a, b) => b.id - a.id);
  }

  function get(self: number, buffer: Uint8Array): DarwinAnswer {
    const timers = kept(self);
    if (typeof timers === "number") return timers;
    if (timers[0]) buffer.set(timers[0].value);
    else buffer.fill(0);
    return 0;
  }

  /** Creates a timer and then deletes the older ones, so that other threads always find one. */
  function set(self: number, buffer: Uint8Array): DarwinAnswer {
    event.bytes.set(buffer, sigev_value);
    event.view.setInt32(sigev_signo, MARK, true);
    event.view.setInt32(sigev_notify, SIGEV_NONE, true);
    timer.bytes.fill(0);
    const error = calls.timerCreate(CLOCK_MONOTONIC, event.bytes, timer.bytes);
    if (error < 0) return toDarwin(error) === -ERRNO.ENOSYS ? -ERRNO.ENOTSUP : toDarwin(error);
    const made = timer.view.getBigUint64(0, true);
    const timers = kept(self);
    // Another thread may have created a newer timer and deleted this one. But if this number is
    // higher than all listed ones, it is not the kernel's number: the C library is too old.
    if (typeof timers === "number" || !timers[0] || timers[0].id < made) {
      calls.timerDelete(made);
      return typeof timers === "number" ? timers : -ERRNO.ENOTSUP;
    }
    for (const { id } of timers) if (id < made) calls.timerDelete(BigInt(id));
    return 0;
  }

  return (pid, flavor, _arg, buffer) => {
    if (pid < 0) return -ERRNO.ESRCH;
    if (pid !== fs.self) {
      const error = readerOf(world).read(pid, false);
      return error < 0 && error !== -ERRNO.EPERM ? error : -ERRNO.EACCES;
    }
    if (buffer === null || buffer.byteLength !== UDATA_SIZE) return -ERRNO.EINVAL;
    if (flavor === PROC_UDATA_INFO_GET) return get(pid, buffer);
    return flavor === PROC_UDATA_INFO_SET ? set(pid, buffer) : -ERRNO.ENOTSUP;
  };
}
