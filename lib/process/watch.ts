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
   * Identifies the process, as a decimal number that no other process has until the machine is
   * restarted. Undefined if the process ended before it could be read.
   */
  readonly uniqueId: string | undefined;
  /** The parent's pid, as it was when the process started or last executed a program. */
  readonly parentPid: number;
  /**
   * The name of the program. Undefined if the process ended before the name could be read, after
   * its start or after an exec.
   */
  readonly name: string | undefined;
}

/** A change of a process. */
export interface ProcessEvent extends WatchedProcess {
  /** The type of the change: the process started, executed another program, or ended. */
  readonly type: "start" | "exec" | "exit";
  /** The time when the change was noticed, in milliseconds since 1970. */
  readonly at: number;
  /** How the process ended, as far as the kernel reports it; undefined for other event types. */
  readonly exit?: Exit;
}

/** The options of {@linkcode watch}. */
export interface WatchOptions extends SystemOptions {
  /**
   * How changes are noticed: `"connector"` receives the events of the process connector,
   * `"polling"` reads the processes repeatedly, and `"auto"` uses the connector if it is available,
   * otherwise polling. Default: `"auto"`. On macOS, there is no process connector.
   */
  readonly via?: "connector" | "polling" | "auto";
  /**
   * The time between two polls, 1 to 2147483647 ms. Default: 5; with the connector, 20 if nothing
   * has happened for a second. On macOS, the default is 500, as each poll is a scan of the process
   * table. The same applies to other systems where each poll is a scan.
   */
  readonly intervalMs?: number;
  /**
   * The time between two scans of the process table, 1 to 2147483647 ms. Where polling does not
   * scan, it is the time in which each process is read once. A longer `intervalMs` has precedence.
   * Default: 10000 with the connector, otherwise 500. Polling without scans uses at most 1 % of the
   * time for these reads by default.
   */
  readonly scanMs?: number;
  /** Ends the watch: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Returns true for processes to watch. It is called when a process is first seen, and again when
   * the process executes another program. If it throws, the watch ends with the error.
   */
  readonly filter?: (process: WatchedProcess) => boolean;
  /** True if waiting for an event is enough to keep the program running. Default: true. */
  readonly ref?: boolean;
  /** True to report the processes that already exist first, as started. Default: false. */
  readonly initial?: boolean;
}

/** The events of a watch. */
export interface ProcessWatch extends AsyncDisposable {
  /** How changes are noticed; see {@linkcode WatchOptions}. */
  readonly via: "connector" | "polling";
  /**
   * Returns the events. All calls return the same iterator, and leaving the iteration ends the
   * watch.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ProcessEvent>;
}

/**
 * Watches processes start, execute other programs and end.
 *
 * **By the connector.** On Linux, the process connector reports each start, exec and exit to
 * readers in the initial PID, user and network namespaces. On Linux 6.6 and later, all users can
 * receive its events. On Linux before 6.6, a reader needs the capability `CAP_NET_ADMIN`. No
 * process is missed, however short its lifetime. The events are in the order of the kernel, and
 * each exit has its code or its signal.
 *
 * The events are received after every interval. The kernel does not report names, so the name is
 * read when the event is received: `name` and `uniqueId` are undefined if the process no longer
 * exists by then. While the program does not wait for an event, the kernel stores about 20,000
 * events. Without privileges, it stores as many as `net.core.rmem_max` permits, by default about
 * 500.
 *
 * If the kernel had no room for an event, the process table is scanned at once. Afterwards, the set
 * of processes is correct again. However, processes that started and ended in between are not
 * reported, nor are the codes of exits whose events were lost. The same scan is made every 10
 * seconds, in case the kernel had no memory for an event.
 *
 * **By polling.** On Linux, polling reads `/proc/loadavg` after every interval, which contains the
 * pid that was allocated last. Therefore, only the pids that were allocated since the last poll are
 * read, and each process that runs longer than two intervals is seen. Other changes are noticed
 * with these delays:
 *
 * - the exec or the end of a young process: a quarter of its age
 * - the end of a process whose parent waits for it: one interval, or if longer, a hundred times as
 *   long as listing the processes takes, that is, 15 ms for 300 processes
 * - the exec of an old process, or its change to a zombie: 500 ms, or if longer, the time in which
 *   all processes can be read in 1 % of the time, that is, 500 ms for 300 processes
 *
 * If a process executes several programs between two reads, only the last program is reported. On
 * Linux, polling does not notice that a process executes the same program again. On Linux, polling
 * notices only the first program that a process executes if its programs have no build ID, or if
 * the caller cannot read the memory of the process, as for another user's process. If only one of
 * two programs has a build ID, their names are compared.
 *
 * **By scans.** On macOS, each poll is a scan of the process table. The same applies with another
 * `procRoot`, and if `/proc` belongs to another PID namespace than the caller. A process that
 * starts and ends between two scans is not reported, unless it is a zombie at the second scan.
 *
 * Events that are found by one poll have this order: processes that ended; processes that started,
 * the oldest first; processes that execute another program; processes that started and are already
 * zombies. A zombie has ended. Nothing is read while the program does not wait for an event. If the
 * program takes a long time to handle an event, it gets the next events late, but they do not
 * accumulate.
 *
 * With polling, an exit event reports how a zombie ended. With a `filter`, up to 256 of the
 * processes that it accepts use one file descriptor each. Then, the event also reports how a
 * process ended if its parent has already waited for it: see {@linkcode waitForExit}. Without a
 * `filter`, a watch keeps at most one file descriptor open.
 *
 * In a measurement, 10,000 children ran for 5 to 20 ms each, nearly 1,000 of them per second. The
 * connector reported all of them with their exit codes, and 92 to 99 % with a name. Polling at the
 * default interval reported 99 %, and scans every 500 ms reported at most 2 %. The processor time
 * for a child was 0.1 ms with the connector and 0.4 ms with polling. While nothing happens, the
 * query for changes takes 1 to 2 µs. The timer of the runtime takes longer: 60 to 110 µs on a busy
 * virtual machine, which is 0.3 to 0.6 % of a processor every 20 ms and 1.1 to 2.2 % every 5 ms. A
 * scan takes about 25 µs for each process.
 *
 * @param options The processes to watch, and how to watch them.
 * @throws {RangeError} `intervalMs` or `scanMs` is out of range, or `via` is not one of its three
 * values.
 * @throws {TypeError} An option has the wrong type.
 * @throws {SystemCallError} `via` is `"connector"`, and the connector is unavailable: `ENOTSUP` or
 * `EPERM`, and the message states what is missing.
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
 * @example Find a process that already exists
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
  /** The time when the next poll is due, as `performance.now()` returns it. */
  #due = 0;
  #closed = false;
  /** The error that the iteration rejects with, once. */
  #failure: { readonly error: unknown } | undefined;
  /** Ends the pause before the next poll. */
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
    // Polls that take longer than the interval must also leave the program some time.
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
