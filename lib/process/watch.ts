import { clearTimeout, setTimeout } from "node:timers";
import { abortSignal, callback, checkOptions, flag, oneOf, shown } from "../system/arguments.ts";
import { systemIn } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import type { Exit } from "./exit.ts";
import { Rows } from "./watch_rows.ts";
import { eventsIfAny, Following, pollingWay, type Way } from "./watch_ways.ts";

/** A process that is watched. */
export interface WatchedProcess {
  /** The process id. */
  readonly pid: number;
  /**
   * Identifies the process, as a decimal number: no other process has the same until the machine is
   * restarted. Undefined if the process had gone before it could be read.
   */
  readonly uniqueId: string | undefined;
  /** The parent's pid, as it was when the process started or last executed a program. */
  readonly parentPid: number;
  /**
   * The name of its program. Undefined if the process, or the program it executed, had gone before the name
   * could be read.
   */
  readonly name: string | undefined;
}

/** A change of a process. */
export interface ProcessEvent extends WatchedProcess {
  /** What happened: the process started, executed another program, or ended. */
  readonly type: "start" | "exec" | "exit";
  /** When the change was noticed, in milliseconds since 1970. */
  readonly at: number;
  /** How the process ended, as far as the kernel reports it; undefined for other types of events. */
  readonly exit?: Exit;
}

/** What {@linkcode watch} watches, and how. */
export interface WatchOptions extends SystemOptions {
  /**
   * How the changes are noticed: `"connector"`, by the events of Linux's process connector; `"polling"`, by
   * looking; `"auto"`, by the connector if it may be used, otherwise by polling. Default: `"auto"`.
   */
  readonly via?: "connector" | "polling" | "auto";
  /**
   * The time between two looks, 1 to 2147483647 ms. Default: 5; with the connector 20 if nothing has happened
   * for a second; 500 on systems where each look is a scan of the process table, as on macOS.
   */
  readonly intervalMs?: number;
  /**
   * The time between two scans of the process table, or in which polling looks at each process once, 1 to
   * 2147483647 ms; a longer `intervalMs` has precedence. Default: 10000 with the connector; otherwise 500,
   * but for at most 1 % of the time where polling does not scan.
   */
  readonly scanMs?: number;
  /** Ends the watch: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Returns true for processes to watch. It is called when a process is first seen, and again when the
   * process executes another program. An error that it throws ends the watch.
   */
  readonly filter?: (process: WatchedProcess) => boolean;
  /** True if waiting for an event keeps the program running, if nothing else does. Default: true. */
  readonly ref?: boolean;
  /** True if the processes that exist already are reported first, as started. Default: false. */
  readonly initial?: boolean;
}

/** The events of a watch. */
export interface ProcessWatch extends AsyncDisposable {
  /** How the changes are noticed: see {@linkcode WatchOptions}. */
  readonly via: "connector" | "polling";
  /** The events. All calls return the same iterator, and leaving the iteration ends the watch. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ProcessEvent>;
}

/**
 * Watches processes start, execute other programs and end.
 *
 * **By the connector.** Linux's process connector reports each start, exec and exit to readers in the first
 * process, user and network namespace: to all users since Linux 6.6, before that to those with the
 * capability `CAP_NET_ADMIN`. No process is missed, however short it runs; the events have the order of the
 * kernel, and each exit has its code or its signal. They are received after every interval. The kernel
 * reports no names, so the name is read when the event is received, and is that of this moment: `name` and
 * `uniqueId` are undefined if the process has gone by then. The kernel stores some 20,000 events while the
 * program does not wait for one; without privilege as many as `net.core.rmem_max` permits, by default some
 * 500. If it had no room for an event, the process table is scanned at once. Then what exists and what has
 * ended is right again, but processes that started and ended meanwhile are not reported, nor are the codes
 * of lost exits. Such a scan is also made every 10 seconds, in case that the kernel had no memory for an
 * event.
 *
 * **By polling.** On Linux `/proc/loadavg` is read after every interval, and shows the process id that was
 * given out last. So exactly the ids that were given out since are looked at, and a process is seen that
 * runs longer than two intervals. Until when the rest is noticed:
 *
 * - the exec or the end of a young process: a quarter of its age later;
 * - the end of a process that its parent waits for: an interval later, or a hundred times as long as it
 *   takes to list the processes, which is 15 ms with 300 of them;
 * - the exec of an old process, and that it has become a zombie: 500 ms later, or as long as it takes to
 *   look at all processes in 1 % of the time, which is 500 ms with 300 of them.
 *
 * Of several programs that a process executes between two looks, the last one is reported. Linux does not
 * show that a process executes the same program again. Nor does it show that another program has the same
 * name, if the program has no build ID or belongs to another user.
 *
 * **By scans.** On macOS, with another `procRoot`, and where `/proc` belongs to another process namespace
 * than the caller, each look of polling is a scan of the process table. A process that starts and ends
 * between two scans is not reported, unless it is a zombie at the second.
 *
 * The events of one look by polling have this order: processes that ended; processes that started, the
 * oldest first; processes that execute another program; processes that started and are zombies already. A
 * zombie has ended. Nothing is read while the program does not wait for an event: if it takes long over
 * one event, it gets the next ones late, but they do not pile up.
 *
 * An exit event by polling reports how a zombie ended. With a `filter`, up to 256 of the processes that it
 * accepts take a file descriptor each, so that the event also reports how a process ended whose parent
 * has waited for it already: see {@linkcode waitForExit}. Without it, a watch takes one descriptor.
 *
 * Of 10,000 children that lived 5 to 20 ms, nearly 1,000 in a second, the connector reported all with their
 * exit codes, 92 to 99 % of them with a name; polling reported 99 % at the default interval; scans every 500 ms
 * reported 2 % at the most. A child took 0.1 ms of processor time by the connector, and 0.4 ms by polling.
 * While nothing happens, the question for what is new takes 1 to 2 µs, and the timer of the runtime more than
 * that: 60 to 110 µs on a busy virtual machine, 0.3 to 0.6 % of a processor every 20 ms and 1.1 to 2.2 %
 * every 5 ms. A scan takes about 25 µs for each process.
 *
 * @param options What is watched, and how.
 * @throws {RangeError} `intervalMs` or `scanMs` is out of range, or `via` is not one of the three.
 * @throws {TypeError} An option has the wrong type.
 * @throws {SystemCallError} `via` is `"connector"`, and the connector cannot be used: `ENOTSUP` or `EPERM`,
 * and the message states what is missing.
 * @throws {FfiError} The system's library cannot be opened.
 *
 * @example Print the programs that are started within a second
 * ```ts
 * import { watch } from "@libproc/libproc";
 *
 * const signal = AbortSignal.timeout(1000);
 * try {
 *   for await (const { type, pid, name } of watch({ intervalMs: 50, signal })) {
 *     console.log(type, pid, name);
 *   }
 * } catch (error) {
 *   console.log((error as Error).name); // TimeoutError
 * }
 * ```
 *
 * @example Find a process that exists already
 * ```ts
 * import process from "node:process";
 * import { watch } from "@libproc/libproc";
 *
 * const filter = ({ pid }: { pid: number }) => pid === process.pid;
 * for await (const { type, name } of watch({ initial: true, filter })) {
 *   console.log(type, name); // start, and the name of this program
 *   break;
 * }
 * ```
 */
export function watch(options: WatchOptions = {}): ProcessWatch {
  return new Watch(options);
}

const MOST_MILLISECONDS = 2 ** 31 - 1;

function checkTime(name: string, time: number): number {
  if (typeof time === "number" && time >= 1 && time <= MOST_MILLISECONDS) return time;
  throw new RangeError(
    `Cannot pass ${name} as it must be a number of milliseconds from 1 to ` +
      `${MOST_MILLISECONDS}: current value is ${shown(time)}`,
  );
}

const VIA = ["connector", "polling", "auto"] as const;

class Watch implements ProcessWatch, AsyncIterableIterator<ProcessEvent> {
  readonly via: "connector" | "polling";
  readonly #way: Way | undefined;
  readonly #rows: Rows | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #ref: boolean;
  #events: ProcessEvent[] = [];
  /** When the next look is due, by the clock of `performance`. */
  #due = 0;
  #closed = false;
  /** What the iteration rejects with, once. */
  #failure: { readonly error: unknown } | undefined;
  /** Ends the pause before the next look. */
  #wake: (() => void) | undefined;
  /** The promise of the last call of `next()`: the next call waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WatchOptions) {
    const { via = "auto", intervalMs, scanMs, signal, filter, ref = true, initial = false } =
      checkOptions(
        options,
        ["via", "intervalMs", "scanMs", "signal", "filter", "ref", "initial", "system"],
      );
    oneOf("via", VIA, via);
    if (intervalMs !== undefined) checkTime("intervalMs", intervalMs);
    if (scanMs !== undefined) checkTime("scanMs", scanMs);
    this.#signal = abortSignal("signal", signal);
    if (filter !== undefined) callback("filter", filter);
    const system = systemIn(options);
    this.#ref = flag("ref", ref);
    flag("initial", initial);
    if (signal?.aborted) {
      this.via = via === "connector" ? via : "polling";
      this.#abort();
      return;
    }
    const events = via === "polling"
      ? undefined
      : via === "auto"
      ? eventsIfAny(system)
      : system.kernelEvents();
    this.via = events === undefined ? "polling" : "connector";
    const rows = this.#rows = new Rows(system, filter, events === undefined);
    this.#way = events === undefined
      ? pollingWay(rows, system.newPids(), options)
      : new Following(system, rows, events, options);
    signal?.addEventListener("abort", this.#abort);
    const starts = this.#look(() => this.#way!.begin());
    if (initial) this.#events = starts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ProcessEvent, undefined>> {
    const answer = this.#last.then(() => this.#next());
    this.#last = answer.catch(() => {});
    return answer;
  }

  return(): Promise<IteratorResult<ProcessEvent, undefined>> {
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  async #next(): Promise<IteratorResult<ProcessEvent, undefined>> {
    for (;;) {
      if (this.#failure !== undefined) {
        const { error } = this.#failure;
        this.#failure = undefined;
        throw error;
      }
      if (this.#closed) return { done: true, value: undefined };
      const value = this.#events.shift();
      if (value !== undefined) return { done: false, value };
      await this.#pause();
      if (!this.#closed) this.#events = this.#look(() => this.#way!.look());
    }
  }

  async #pause(): Promise<void> {
    // Looks that take longer than the interval must leave the program some time, too.
    const left = Math.max(1, this.#due - performance.now());
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      if (!this.#ref) timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  readonly #abort = () => this.#fail(this.#signal!.reason);

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#close();
  }

  #close(): void {
    this.#closed = true;
    this.#events = [];
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#rows?.close();
    this.#way?.close();
    this.#wake?.();
  }

  #look(look: () => ProcessEvent[]): ProcessEvent[] {
    const start = performance.now();
    try {
      return look();
    } catch (error) {
      this.#fail(error);
      return [];
    } finally {
      this.#due = start + this.#way!.intervalMs;
    }
  }
}
