import { PROC_PIDNOTEEXIT, PROC_PIDTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { decodeWaitStatus } from "../posix/wait_status.ts";
import { abortSignal, checkOptions, flag, id } from "../system/arguments.ts";
import { SystemCallError } from "../system/errors.ts";
import type { Ending, ExitWatch } from "../system/facts.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { attempt, ProcessGoneError } from "./errors.ts";
import { TrackedProcess, ZOMBIES_TOO } from "./tracked_process.ts";
import { type SignalName, signalName } from "./signals.ts";
import { waitFor } from "./waits.ts";

/** How a process ended, as far as the kernel reports it. */
export interface Exit {
  /** The process id. */
  readonly pid: number;
  /**
   * The exit code, 0 to 255. Undefined if a signal ended the process, or if the kernel does not
   * report how the process ended.
   */
  readonly code?: number;
  /**
   * The signal that ended the process. Undefined if the process exited, or if the kernel does not
   * report how the process ended.
   */
  readonly signal?: SignalName;
  /** True if the process dumped core; undefined without a `signal`. */
  readonly coreDumped?: boolean;
}

/** The options of {@linkcode waitForExit}. */
export interface WaitOptions extends SystemOptions {
  /** Ends the wait: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** True if the wait is enough to keep the program running. Default: true. */
  readonly ref?: boolean;
}

/**
 * Waits until a process has ended. The process need not be a child of the caller.
 *
 * A zombie has ended: the promise resolves before its parent has waited for it. A process that is
 * stopped, or that executes another program, has not ended. If another process reuses the pid, the
 * promise still reports the end of the original process.
 *
 * The exit code or the signal of a child is available until the program has waited for the child.
 * For other processes, it depends on the system:
 *
 * - On Linux 6.15 and later, it is reported for every process whose parent has waited for it by
 *   then, and for zombies that the caller can inspect.
 * - On Linux before 6.15, it is reported only for zombies that the caller can inspect.
 * - On macOS, it is reported for processes that the caller can signal, and for all zombies.
 *
 * The process is polled. All waits of the program share one timer. The timer fires 1 ms after a
 * wait began or ended, then at increasing intervals, and every 32 ms after a quarter of a second.
 * Therefore, the end is noticed up to 32 ms late. A wait uses one file descriptor. If none is
 * available, it polls the process table instead.
 *
 * @param pid The process.
 * @param options What ends the wait, and whether it keeps the program running.
 * @returns How the process ended.
 * @throws {ProcessGoneError} The promise rejects: the process does not exist.
 * @throws {RangeError} The promise rejects: `pid` is not a process id, or is the caller's own.
 * @throws {TypeError} The promise rejects: `signal` is not an `AbortSignal`, or `system` is not a
 * system.
 *
 * @example Wait for a process with a time limit
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
  const { p_uniqueid } = attempt(
    DOING,
    pid,
    () => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, { system }),
  );
  return await ended(watchProcess(new TrackedProcess(pid, p_uniqueid, system)), options);
}

const DOING = "await the end of";

/**
 * Waits until a process has ended, as {@linkcode waitForExit} does.
 *
 * @throws {ProcessGoneError} The promise rejects: the process has already ended and is not a
 * zombie.
 */
export async function waitForProcess(
  tracked: TrackedProcess,
  options: WaitOptions = {},
): Promise<Exit> {
  abortSignal("signal", options.signal)?.throwIfAborted();
  checkOther("wait for", tracked.pid, tracked.system);
  if (tracked.about(DOING, () => tracked.vitality()) === "gone") {
    throw new ProcessGoneError(DOING, tracked.pid);
  }
  return await ended(watchProcess(tracked), options);
}

async function ended(watch: ProcessWatch, { ref = true, signal }: WaitOptions): Promise<Exit> {
  try {
    return watch.ended() ?? await waitFor(() => watch.ended(), { ref, signal });
  } finally {
    watch.close();
  }
}

/**
 * Checks that a process is not the calling process.
 *
 * @throws {RangeError} It is the calling process.
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
    // A system of a lone kernel cannot identify the caller among its processes.
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

/** Watches for the end of a process. */
export interface ProcessWatch {
  /** Returns how the process ended; undefined while it is alive. */
  ended(): Exit | undefined;
  /** Releases the resources of the watch. Closing twice does nothing. */
  close(): void;
}

/**
 * Watches for the end of a process.
 *
 * @param tracked The process. It may have ended already.
 */
export function watchProcess(tracked: TrackedProcess): ProcessWatch {
  const { pid } = tracked;
  const watch = openWatch(tracked);
  let exit: Exit | undefined;
  const watching: ProcessWatch = {
    ended() {
      if (exit !== undefined) return exit;
      const ending = watch.ended();
      if (ending === undefined) return undefined;
      exit = exitOf(pid, ending.status ?? zombieStatus(tracked));
      watch.close();
      return exit;
    },
    close: () => watch.close(),
  };
  try {
    // Another process may have reused the pid before the watch was opened.
    if (tracked.vitality() === "gone") {
      exit = { pid };
      watch.close();
    }
    return watching;
  } catch (error) {
    watch.close();
    throw error;
  }
}

/**
 * Opens a watch. Falls back to polling the process table if the system cannot open one for the
 * process.
 */
function openWatch(tracked: TrackedProcess): ExitWatch {
  const { pid, system } = tracked;
  try {
    return system.watchExit(pid);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return { ended: () => look(tracked), close: () => {} };
  }
}

function look(tracked: TrackedProcess): Ending | undefined {
  switch (tracked.vitality()) {
    case "living":
      return undefined;
    case "zombie":
      return { status: zombieStatus(tracked) };
    case "gone":
      return { status: undefined };
  }
}

/** The bit of the argument that requests the wait status (bsd/sys/event.h). */
const NOTE_EXITSTATUS = 0x04000000n;

/** Returns the wait status of a zombie; undefined if the kernel withholds it. */
export function zombieStatus(tracked: TrackedProcess): number | undefined {
  const own = known(() => tracked.query(PROC_PIDNOTEEXIT, NOTE_EXITSTATUS));
  if (own !== undefined) return own;
  const status = known(() => tracked.query(PROC_PIDTBSDINFO, ZOMBIES_TOO).pbi_xstatus);
  // The kernel also reports 0 if it withholds the status.
  return status === 0 ? undefined : status;
}

function known<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

/**
 * Decodes a wait status. Its signals have the numbers of `System.signalNumbers()`, which do not
 * depend on the system.
 */
export function exitOf(pid: number, status: number | undefined): Exit {
  if (status === undefined) return { pid };
  const { code, signal, coreDumped } = decodeWaitStatus(status);
  return signal === undefined ? { pid, code } : { pid, signal: signalName(signal), coreDumped };
}
