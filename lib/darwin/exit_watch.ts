import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { KERN_PROC_PID, SZOMB } from "../abi/kinfo_proc.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../abi/unique_id.ts";
import type { Ending, ExitWatch } from "../system/facts.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { KINFO, readKernProc } from "../system/kern_proc.ts";
import type { System } from "../system/system.ts";
import { block, blockOf } from "../layout/block.ts";
import type { LibSystem } from "./libsystem.ts";

// struct kevent (sys/event.h).
const KEVENT_SIZE = 32;
const IDENT = 0;
const FILTER = 8;
const FLAGS = 10;
const FFLAGS = 12;
const DATA = 16;
const EVFILT_PROC = -5;
const EV_ADD = 0x1;
const EV_ERROR = 0x4000;
const NOTE_EXIT = 0x80000000;
const NOTE_EXITSTATUS = 0x04000000;
/** The bits that `wait()` reports. Other bits of the status are only set on request. */
const STATUS = 0xffff;

const TIMESPEC_SIZE = 16;
/** The argument with which zombies are found as well. */
const ZOMBIES = 1n;
const LIVING = 0n;

/** Returns a function that starts to watch for the end of a process. */
export function exitWatcher(
  library: LibSystem,
  { kernel, kernProc }: Pick<System, "kernel" | "kernProc">,
): (pid: number) => ExitWatch {
  const { kqueue, kevent, close } = library.events();
  const { memmove } = library.call;
  const location = library.errno;
  const errno = new Int32Array(new ArrayBuffer(4));
  const event = block(KEVENT_SIZE);
  const now = block(TIMESPEC_SIZE);
  const identity = block(procUniqIdentifierInfo.size);
  // Closes the queues of watches that were not closed.
  const dropped = new FinalizationRegistry<number>((queue) => close(queue));

  /** Returns the unique id of a process, or a negated errno. */
  function uniqueId(pid: number, which: bigint): bigint | number {
    const { bytes } = identity;
    const flavor = PROC_PIDUNIQIDENTIFIERINFO;
    const answer = kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, flavor, which, bytes);
    return answer < 0 ? answer : procUniqIdentifierInfo.decode(bytes).p_uniqueid;
  }

  function openQueue(pid: number): number {
    const queue = kqueue();
    if (queue >= 0) return queue;
    memmove(errno, location, 4n);
    throw failure(pid, "kqueue", errno[0]!);
  }

  /** Requests an event for the end of a process. Returns 0 or a negated errno. */
  function query(queue: number, pid: number, notes: number): number {
    const { bytes, view } = event;
    bytes.fill(0);
    view.setBigUint64(IDENT, BigInt(pid), true);
    view.setInt16(FILTER, EVFILT_PROC, true);
    view.setUint16(FLAGS, EV_ADD, true);
    view.setUint32(FFLAGS, notes, true);
    if (kevent(queue, bytes, 1, null, 0, now.bytes) >= 0) return 0;
    memmove(errno, location, 4n);
    return -errno[0]!;
  }

  /** Returns the ending that a queue reports; undefined if it has not reported one yet. */
  function look(queue: number): Ending | undefined {
    const { bytes, view } = event;
    if (kevent(queue, null, 0, bytes, 1, now.bytes) <= 0) return undefined;
    if ((view.getUint16(FLAGS, true) & EV_ERROR) !== 0) return undefined;
    const reported = (view.getUint32(FFLAGS, true) & NOTE_EXITSTATUS) !== 0;
    return { status: reported ? view.getUint32(DATA, true) & STATUS : undefined };
  }

  /**
   * Returns how the zombie with a unique id ended. The status is undefined if it is unavailable.
   */
  function unreaped(pid: number, identity: bigint): Ending {
    const bytes = readKernProc(kernProc, KERN_PROC_PID, pid);
    if (typeof bytes === "number" || bytes[KINFO.state] !== SZOMB) return { status: undefined };
    // If the pid still belongs to this zombie, the struct read before is also of this zombie.
    if (uniqueId(pid, ZOMBIES) !== identity) return { status: undefined };
    return { status: blockOf(bytes).view.getUint16(KINFO.waitStatus, true) & STATUS };
  }

  /** Returns true if the process with a unique id has ended, even if it is a zombie. */
  function isOver(pid: number, identity: bigint): boolean {
    const found = uniqueId(pid, LIVING);
    return typeof found === "bigint" ? found !== identity : found === -ERRNO.ESRCH;
  }

  /** Registers a process with a queue. Returns 0 or a negated errno. */
  function register(queue: number, pid: number): number {
    const error = query(queue, pid, (NOTE_EXIT | NOTE_EXITSTATUS) >>> 0);
    // Only the parent, and users that may signal the process, can request the status.
    return error === -ERRNO.EACCES ? query(queue, pid, NOTE_EXIT) : error;
  }

  return (pid) => {
    const identity = uniqueId(pid, ZOMBIES);
    if (typeof identity === "number") throw failure(pid, "__proc_info", -identity);
    const queue = openQueue(pid);
    const error = register(queue, pid);
    // A zombie cannot be registered. `unreaped()` reads how it ended.
    if (error < 0 && error !== -ERRNO.ESRCH) {
      close(queue);
      throw failure(pid, "kevent", -error);
    }
    let open = true;
    let ending: Ending | undefined;
    const watch: ExitWatch = {
      ended() {
        if (!open) return ending;
        ending = look(queue);
        // The event is lost if the process ended between its lookup and its registration, and is
        // delayed while a debugger holds the process.
        if (ending === undefined && isOver(pid, identity)) {
          ending = look(queue) ?? unreaped(pid, identity);
        }
        // The event withholds the status of another user's process, but its zombie reports it.
        if (ending !== undefined && ending.status === undefined) ending = unreaped(pid, identity);
        if (ending !== undefined) watch.close();
        return ending;
      },
      close() {
        if (!open) return;
        open = false;
        dropped.unregister(watch);
        close(queue);
      },
    };
    dropped.register(watch, queue, watch);
    return watch;
  };
}

function failure(pid: number, call: string, error: number): SystemCallError {
  return new SystemCallError(`watch process ${pid}`, call, error);
}
