import { PROC_PIDNOTEEXIT, PROC_PIDTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { decodeWaitStatus } from "../posix/wait_status.ts";
import { abortSignal, checkOptions, flag, id } from "../system/arguments.ts";
import { SystemCallError } from "../system/errors.ts";
import type { Ending, ExitWatch } from "../system/facts.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { asked, ProcessGoneError } from "./errors.ts";
import { Life, ZOMBIES_TOO } from "./life.ts";
import { type SignalName, signalName } from "./signals.ts";
import { waitFor } from "./waits.ts";

/** How a process has ended, as far as the kernel reports it. */
export interface Exit {
  /** The process id. */
  readonly pid: number;
  /**
   * The exit code, 0 to 255. Undefined if a signal ended the process, or if the kernel does not report
   * how it ended.
   */
  readonly code?: number;
  /**
   * The signal that ended the process. Undefined if it exited, or if the kernel does not report how it
   * ended.
   */
  readonly signal?: SignalName;
  /** True if the process left a core dump; undefined without a `signal`. */
  readonly coreDumped?: boolean;
}

/** How {@linkcode waitForExit} waits. */
export interface WaitOptions extends SystemOptions {
  /** Ends the wait: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** True if the wait keeps the program running, if nothing else does. Default: true. */
  readonly ref?: boolean;
}

/**
 * Waits until a process has ended; it need not be a child.
 *
 * A zombie has ended: the promise resolves before its parent has waited for it. A process that is
 * stopped, or executes another program, has not ended. Another process that reuses the pid is not
 * mistaken for this one.
 *
 * The exit code or the signal of a child is available until the program has waited for it. For other
 * processes, Linux 6.15 and later report it always; Linux before that only for zombies that the caller
 * may inspect; macOS for those that the caller may signal, and for all zombies.
 *
 * The process is polled. All waits of the program share one timer: it fires 1 ms after a wait began or
 * ended, then less and less often, and every 32 ms after a quarter of a second. So the end is noticed
 * up to 32 ms late. A wait takes one file descriptor; if none is left, it reads the process table
 * instead.
 *
 * @param pid The process.
 * @param options What ends the wait, and whether it keeps the program running.
 * @returns How the process has ended.
 * @throws {ProcessGoneError} The promise rejects: there is no such process.
 * @throws {RangeError} The promise rejects: `pid` is not a process id, or is the caller's own.
 * @throws {TypeError} The promise rejects: `signal` is not an `AbortSignal`, or `system` is not a system.
 *
 * @example Wait for a process, but not for long
 * ```ts
 * import { waitForExit } from "@libproc/libproc";
 *
 * try {
 *   const { code, signal } = await waitForExit(1, { signal: AbortSignal.timeout(10) });
 *   console.log(signal ?? code);
 * } catch (error) {
 *   console.log((error as Error).name); // TimeoutError
 * }
 * ```
 */
export async function waitForExit(pid: number, options: WaitOptions = {}): Promise<Exit> {
  id("pid", pid);
  const { ref } = checkOptions(options, ["signal", "ref", "system"]);
  if (ref !== undefined) flag("ref", ref);
  abortSignal("signal", options.signal)?.throwIfAborted();
  const system = systemIn(options);
  checkOther("wait for", pid, system);
  const { p_uniqueid } = asked(
    DOING,
    pid,
    () => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, { system }),
  );
  return await ended(watchLife(new Life(pid, p_uniqueid, system)), options);
}

const DOING = "await the end of";

/**
 * Waits until a process has ended, as {@linkcode waitForExit} does.
 *
 * @throws {ProcessGoneError} The promise rejects: the process had ended before, and is not a zombie.
 */
export async function waitForLife(life: Life, options: WaitOptions = {}): Promise<Exit> {
  abortSignal("signal", options.signal)?.throwIfAborted();
  checkOther("wait for", life.pid, life.system);
  if (life.about(DOING, () => life.vitality()) === "gone") {
    throw new ProcessGoneError(DOING, life.pid);
  }
  return await ended(watchLife(life), options);
}

async function ended(watch: LifeWatch, { ref = true, signal }: WaitOptions): Promise<Exit> {
  try {
    return watch.ended() ?? await waitFor(() => watch.ended(), { ref, signal });
  } finally {
    watch.close();
  }
}

/**
 * Refuses the caller's own process.
 *
 * @throws {RangeError} It is that.
 */
export function checkOther(doing: string, pid: number, system: System): void {
  if (pid !== ownPid(system)) return;
  throw new RangeError(
    `Cannot ${doing} process ${pid} as it must be another than the calling process`,
  );
}

function ownPid(system: System): number | undefined {
  try {
    return system.pid();
  } catch (error) {
    // A lone kernel does not know which of its processes is the caller.
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

/** Watches for the end of a process. */
export interface LifeWatch {
  /** How the process has ended; undefined while it has not. */
  ended(): Exit | undefined;
  /** Releases what the watch takes. Closing twice does nothing. */
  close(): void;
}

/**
 * Watches for the end of a process.
 *
 * @param identity The process, which may have ended meanwhile.
 */
export function watchLife(life: Life): LifeWatch {
  const { pid } = life;
  const watch = openWatch(life);
  let exit: Exit | undefined;
  const watching: LifeWatch = {
    ended() {
      if (exit !== undefined) return exit;
      const ending = watch.ended();
      if (ending === undefined) return undefined;
      exit = exitOf(pid, ending.status ?? zombieStatus(life));
      watch.close();
      return exit;
    },
    close: () => watch.close(),
  };
  try {
    // Another process may have reused the pid before the watch was opened.
    if (life.vitality() === "gone") {
      exit = { pid };
      watch.close();
    }
    return watching;
  } catch (error) {
    watch.close();
    throw error;
  }
}

/** Opens a watch, which reads the process table if the system has no descriptor for it. */
function openWatch(life: Life): ExitWatch {
  const { pid, system } = life;
  try {
    return system.watchExit(pid);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return { ended: () => look(life), close: () => {} };
  }
}

function look(life: Life): Ending | undefined {
  switch (life.vitality()) {
    case "living":
      return undefined;
    case "zombie":
      return { status: zombieStatus(life) };
    case "gone":
      return { status: undefined };
  }
}

/** The bit of the argument that requests the wait status (bsd/sys/event.h). */
const NOTE_EXITSTATUS = 0x04000000n;

/** Returns the wait status of a zombie; undefined if the kernel withholds it. */
export function zombieStatus(life: Life): number | undefined {
  const own = known(() => life.ask(PROC_PIDNOTEEXIT, NOTE_EXITSTATUS));
  if (own !== undefined) return own;
  const status = known(() => life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO).pbi_xstatus);
  // The kernel also reports 0 if it withholds the status.
  return status === 0 ? undefined : status;
}

function known<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

/**
 * Reads a wait status, whose signals have the numbers of `System.signalNumbers()`: those of the waist, on
 * every system.
 */
export function exitOf(pid: number, status: number | undefined): Exit {
  if (status === undefined) return { pid };
  const { code, signal, coreDumped } = decodeWaitStatus(status);
  return signal === undefined ? { pid, code } : { pid, signal: signalName(signal), coreDumped };
}
