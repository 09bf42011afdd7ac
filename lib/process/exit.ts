import { PROC_PIDNOTEEXIT, PROC_PIDTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { id } from "../system/arguments.ts";
import type { Ending, ExitWatch, Host } from "../system/system.ts";
import { SystemCallError } from "../system/errors.ts";
import { asked, ProcessGoneError } from "./errors.ts";
import { Life, ZOMBIES_TOO } from "./life.ts";
import { type ExitSignalName, exitSignalName } from "./signals.ts";
import { sourceOf, type SourceOptions } from "./source.ts";
import { waitFor } from "./waits.ts";

/** How a process has ended, as far as the kernel tells. */
export interface Exit {
  /** The process. */
  readonly pid: number;
  /**
   * What it returned, 0 to 255. Left out where a signal ended it, and where the kernel does not tell.
   */
  readonly code?: number;
  /** The signal that ended it. Left out where it exited, and where the kernel does not tell. */
  readonly signal?: ExitSignalName;
  /** Whether it left an image of its memory; there where `signal` is. */
  readonly coreDumped?: boolean;
}

/** How {@linkcode waitForExit} waits. */
export interface WaitOptions extends SourceOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the program goes on as long as it waits, even if nothing else keeps it. Default: true. */
  readonly ref?: boolean;
}

/**
 * Waits until a process has ended; it need not be a child.
 *
 * A zombie has ended: nobody has to wait for it. A process that is stopped or runs another program has
 * not. Should another process come to have the id, it is not taken for this one.
 *
 * How it ended is told of children until the program has waited for them, and of others as far as the
 * kernel tells: Linux 6.15 and later of all, before that only of zombies that the caller may look into,
 * macOS of zombies of the same user.
 *
 * The end is looked for, in all waits of the program by one timer: 1 ms after a wait began or ended,
 * then less often, and every 32 ms after a quarter of a second. So it is seen up to 32 ms late. A
 * process takes one descriptor; where there are none left, the process table is looked at instead.
 *
 * @param pid The process.
 * @param options What ends the wait, and whether it holds the program.
 * @returns How the process has ended.
 * @throws {ProcessGoneError} It rejects where no process has the id.
 * @throws {RangeError} It rejects where `pid` is no process id, or the caller's own.
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
  options.signal?.throwIfAborted();
  const source = sourceOf(options);
  checkOther("wait for", pid, source.host);
  const { p_uniqueid } = asked(
    DOING,
    pid,
    () => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, source.kernel),
  );
  return await ended(watchLife(new Life(pid, p_uniqueid, source)), options);
}

const DOING = "await the end of";

/**
 * Waits for the end of one life of a process, as {@linkcode waitForExit} does.
 *
 * @throws {ProcessGoneError} It rejects where the process has ended and nothing of it is there.
 */
export async function waitForLife(life: Life, options: WaitOptions = {}): Promise<Exit> {
  options.signal?.throwIfAborted();
  checkOther("wait for", life.pid, life.source.host);
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
export function checkOther(doing: string, pid: number, host: Host): void {
  if (pid !== ownPid(host)) return;
  throw new RangeError(
    `Cannot ${doing} process ${pid} as it must be another than the calling process`,
  );
}

function ownPid(host: Host): number | undefined {
  try {
    return host.pid();
  } catch (error) {
    // Nothing else says which of a handed-in kernel's processes asks it, so none of them does.
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

/** Watches for the end of one life of a process. */
export interface LifeWatch {
  /** How it has ended; undefined as long as it has not. */
  ended(): Exit | undefined;
  /** Gives back what the watch takes. Closing twice does nothing. */
  close(): void;
}

/**
 * Watches for the end of one life of a process.
 *
 * @param life The process, which may have ended meanwhile.
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
    // Another may have come to have the id before the watch was there, and be what it stands for.
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

/** Watches by a descriptor, or where there can be none, by looking at the table of processes. */
function openWatch(life: Life): ExitWatch {
  const { pid, source } = life;
  try {
    return source.host.watchExit(pid);
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

/** The bit of an argument that asks for what `wait()` would tell (bsd/sys/event.h). */
const NOTE_EXITSTATUS = 0x04000000n;

/** What `wait()` would tell of a zombie; undefined where the kernel does not. */
export function zombieStatus(life: Life): number | undefined {
  const own = told(() => life.ask(PROC_PIDNOTEEXIT, NOTE_EXITSTATUS));
  if (own !== undefined) return own;
  const status = told(() => life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO).pbi_xstatus);
  // It is 0 also where the kernel keeps it to itself.
  return status === 0 ? undefined : status;
}

function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

// What wait() tells (bsd/sys/wait.h).
const SIGNAL = 0x7f;
const CORE = 0x80;
const CODE_SHIFT = 8;
const CODE = 0xff;

/** How a process has ended, by what `wait()` tells, with Darwin's numbers of signals. */
export function exitOf(pid: number, status: number | undefined): Exit {
  if (status === undefined) return { pid };
  const signal = status & SIGNAL;
  if (signal === 0) return { pid, code: status >> CODE_SHIFT & CODE };
  return { pid, signal: exitSignalName(signal), coreDumped: (status & CORE) !== 0 };
}
