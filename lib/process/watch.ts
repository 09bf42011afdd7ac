import { abortSignal, callback, checkOptions, flag, shown } from "../system/arguments.ts";
import { clearTimeout, setTimeout } from "node:timers";
import { PROC_FLAG_EXEC, PROC_FLAG_SYSTEM } from "../abi/bsd_info.ts";
import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import {
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../abi/pid_info.ts";
import type { ProcUniqIdentifierInfo } from "../abi/unique_id.ts";
import { listPids } from "../calls/list_pids.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { optional } from "../system/errors.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { ProcessGoneError } from "./errors.ts";
import { type Exit, type LifeWatch, watchLife } from "./exit.ts";
import { Life, missingIn, ZOMBIES_TOO } from "./life.ts";
import { SZOMB } from "./state.ts";

/** A process that is watched. */
export interface WatchedProcess {
  /** The process id. */
  readonly pid: number;
  /**
   * Identifies the process, as a decimal number: no other process has the same until the machine is
   * restarted.
   */
  readonly uniqueId: string;
  /** The parent's pid, as it was when the process started or last executed a program. */
  readonly parentPid: number;
  /** The name of its program. */
  readonly name: string;
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
  /** The time between two scans of the process table, 1 to 2147483647 ms. Default: 500. */
  readonly intervalMs?: number;
  /** Ends the watch: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Returns true for processes to watch. It is called when a process is first seen, and again when the
   * process executes another program. An error that it throws ends the watch.
   */
  readonly filter?: (process: WatchedProcess) => boolean;
  /** Whether waiting for an event keeps the program running, if nothing else does. Default: true. */
  readonly ref?: boolean;
  /** Whether the processes that exist already are reported first, as started. Default: false. */
  readonly initial?: boolean;
}

/** The events of a watch. */
export interface ProcessWatch extends AsyncDisposable {
  /** The events. All calls return the same iterator, and leaving the iteration ends the watch. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ProcessEvent>;
}

/**
 * Watches processes start, execute other programs and end.
 *
 * The process table is scanned now, and then after every interval; the events are the differences. The
 * events of one scan have this order: processes that ended; processes that started, the oldest first;
 * processes that execute another program; processes that started and are zombies already. A zombie
 * has ended.
 *
 * A process that starts and ends between two scans is not reported, unless it is a zombie at the
 * second. If a process executes several programs between two scans, the last one is reported. There
 * are no scans while the program does not wait for an event: if it takes long over one event, it gets
 * the next ones late, but they do not pile up. Linux does not show that a process executes the same
 * program again. Nor does it show that another program has the same name, if the program has no build
 * ID or belongs to another user.
 *
 * An exit event reports how a zombie ended. With a `filter`, up to 256 of the processes that it
 * accepts take a file descriptor each, so that the event also reports how a process ended whose parent
 * has waited for it already: see {@linkcode waitForExit}.
 *
 * A scan takes about 25 µs for each process on Linux: 500 processes take 12 ms, which is 2.5 % of a
 * processor at the default interval.
 *
 * @param options What is watched, and how.
 * @throws {RangeError} `intervalMs` is out of range.
 * @throws {TypeError} An option has the wrong type.
 * @throws {FfiError} The system's library cannot be opened.
 *
 * @example Print the programs that are started within a second
 * ```ts ignore
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

function checkInterval(intervalMs: number): number {
  if (typeof intervalMs === "number" && intervalMs >= 1 && intervalMs <= MOST_MILLISECONDS) {
    return intervalMs;
  }
  throw new RangeError(
    `Cannot pass intervalMs as it must be a number of milliseconds from 1 to ` +
      `${MOST_MILLISECONDS}: current value is ${shown(intervalMs)}`,
  );
}

/** What is known of a process since the last scan. */
interface Row {
  readonly life: Life;
  /** The answer of the kernel about its identity. */
  identity: ProcUniqIdentifierInfo;
  /** True if it has executed a program of its own, or cannot. */
  settled: boolean;
  known: WatchedProcess;
  /** True if the filter accepts it. */
  wanted: boolean;
  watch: LifeWatch | undefined;
  /** True for a zombie. */
  ended: boolean;
}

/** The changes that one scan has found. */
interface Changes {
  readonly at: number;
  readonly exits: ProcessEvent[];
  readonly starts: ProcessEvent[];
  readonly execs: ProcessEvent[];
  /** The events of processes that started and became zombies since the last scan. */
  readonly brief: ProcessEvent[];
}

/** How many processes may take a file descriptor. */
const MOST_WATCHES = 256;

class Watch implements ProcessWatch, AsyncIterableIterator<ProcessEvent> {
  readonly #system: System;
  readonly #intervalMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #filter: ((process: WatchedProcess) => boolean) | undefined;
  readonly #ref: boolean;
  readonly #rows = new Map<number, Row>();
  #watches = 0;
  #events: ProcessEvent[] = [];
  /** When the next scan is due, by the clock of `performance`. */
  #due = 0;
  #closed = false;
  /** What the iteration rejects with, once. */
  #failure: { readonly error: unknown } | undefined;
  /** Ends the pause before the next scan. */
  #wake: (() => void) | undefined;
  /** The promise of the last call of `next()`: the next call waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WatchOptions) {
    const { intervalMs = 500, signal, filter, ref = true, initial = false } = checkOptions(
      options,
      ["intervalMs", "signal", "filter", "ref", "initial", "system"],
    );
    this.#intervalMs = checkInterval(intervalMs);
    this.#signal = abortSignal("signal", signal);
    if (filter !== undefined) callback("filter", filter);
    this.#filter = filter;
    this.#system = systemIn(options);
    this.#ref = flag("ref", ref);
    flag("initial", initial);
    if (signal?.aborted) {
      this.#abort();
      return;
    }
    signal?.addEventListener("abort", this.#abort);
    const { starts } = this.#look();
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
      if (this.#closed) continue;
      const { exits, starts, execs, brief } = this.#look();
      this.#events = [...exits, ...starts, ...execs, ...brief];
    }
  }

  async #pause(): Promise<void> {
    // Scans that take longer than the interval must leave the program some time, too.
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
    for (const { watch } of this.#rows.values()) watch?.close();
    this.#rows.clear();
    this.#wake?.();
  }

  /** Scans all processes, and returns what is different. */
  #look(): Changes {
    const changes: Changes = { at: Date.now(), exits: [], starts: [], execs: [], brief: [] };
    this.#due = performance.now() + this.#intervalMs;
    try {
      // A process may be missing from the list and exist.
      const pids = new Set([
        ...listPids(PROC_ALL_PIDS, 0, { system: this.#system }),
        ...this.#rows.keys(),
      ]);
      for (const pid of pids) this.#lookAt(pid, changes);
    } catch (error) {
      this.#fail(error);
    }
    changes.starts.sort((a, b) => BigInt(a.uniqueId) < BigInt(b.uniqueId) ? -1 : 1);
    return changes;
  }

  #lookAt(pid: number, changes: Changes): void {
    const row = this.#rows.get(pid);
    // A zombie stays one, so it is not looked for among the living.
    const alive = row?.ended ? undefined : this.#identify(pid, 0n);
    const identity = alive ?? this.#identify(pid, ZOMBIES_TOO);
    if (identity === "hidden") return;
    if (row !== undefined && row.life.uniqueId === identity?.p_uniqueid) {
      if (row.ended) return;
      if (alive !== undefined) this.#compare(row, identity, changes);
      else this.#end(row, changes);
      return;
    }
    if (row !== undefined) {
      if (!row.ended) this.#end(row, changes);
      this.#rows.delete(pid);
    }
    if (identity !== undefined) {
      this.#add(identity, new Life(pid, identity.p_uniqueid, this.#system), changes);
    }
  }

  /** Returns the identity of the process that has a pid; undefined if there is none. */
  #identify(pid: number, arg: bigint): ProcUniqIdentifierInfo | "hidden" | undefined {
    try {
      return pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, arg, { system: this.#system });
    } catch (error) {
      switch (missingIn(error)) {
        case "gone":
          return undefined;
        case "denied":
          return "hidden";
        default:
          throw error;
      }
    }
  }

  /** Adds a process that is new. */
  #add(identity: ProcUniqIdentifierInfo, life: Life, changes: Changes): void {
    const found = describe(life);
    if (found === undefined) return;
    const { known, settled, ended } = found;
    const wanted = this.#wants(known);
    const row: Row = { life, identity, settled, known, wanted, watch: undefined, ended: false };
    this.#rows.set(life.pid, row);
    if (wanted) {
      (ended ? changes.brief : changes.starts).push({ type: "start", ...known, at: changes.at });
    }
    if (ended) this.#end(row, changes, changes.brief);
    else this.#openWatch(row);
  }

  /** Adds an event if a known process executes another program. */
  #compare(row: Row, identity: ProcUniqIdentifierInfo, changes: Changes): void {
    const change = difference(row.identity, identity);
    if (change === "none" && row.settled) return;
    const found = describe(row.life);
    if (found === undefined) return;
    const { known, settled } = found;
    const isExec = change === "other" || settled && !row.settled ||
      change === "unclear" && known.name !== row.known.name;
    row.identity = identity;
    row.settled = settled;
    if (!isExec) return;
    row.known = known;
    row.wanted = this.#wants(known);
    if (row.wanted) changes.execs.push({ type: "exec", ...known, at: changes.at });
    this.#openWatch(row);
  }

  /** Adds the event of the end of a process. */
  #end(row: Row, { at, exits }: Changes, to: ProcessEvent[] = exits): void {
    const { life, known, wanted } = row;
    row.ended = true;
    if (wanted) {
      const watch = row.watch ?? watchLife(life);
      to.push({ type: "exit", ...known, at, exit: watch.ended() ?? { pid: life.pid } });
      watch.close();
    }
    this.#closeWatch(row);
  }

  #wants(known: WatchedProcess): boolean {
    return this.#filter === undefined || this.#filter(known);
  }

  /** Keeps a file descriptor open for a process that the filter accepts, and for no other. */
  #openWatch(row: Row): void {
    const isWatched = this.#filter !== undefined && row.wanted;
    if (!isWatched) this.#closeWatch(row);
    else if (row.watch === undefined && this.#watches < MOST_WATCHES) {
      row.watch = watchLife(row.life);
      this.#watches++;
    }
  }

  #closeWatch(row: Row): void {
    if (row.watch === undefined) return;
    row.watch.close();
    row.watch = undefined;
    this.#watches--;
  }
}

/** Describes a process, which may be a zombie; undefined if it is gone. */
function describe(
  life: Life,
):
  | { readonly known: WatchedProcess; readonly settled: boolean; readonly ended: boolean }
  | undefined {
  const { pid, uniqueId } = life;
  const about = (parentPid: number, name: string, flags: number, status: number) => ({
    known: { pid, uniqueId: String(uniqueId), parentPid, name },
    settled: (flags & (PROC_FLAG_EXEC | PROC_FLAG_SYSTEM)) !== 0,
    ended: status === SZOMB,
  });
  try {
    const info = optional(() => life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO));
    if (info !== undefined) {
      const { pbi_ppid, pbi_name, pbi_comm, pbi_flags, pbi_status } = info;
      const name = nameOf(life, pbi_name || pbi_comm, NAME_SIZE);
      return about(pbi_ppid, name, pbi_flags, pbi_status);
    }
    const { pbsi_ppid, pbsi_comm, pbsi_flags, pbsi_status } = life.ask(
      PROC_PIDT_SHORTBSDINFO,
      ZOMBIES_TOO,
    );
    return about(pbsi_ppid, nameOf(life, pbsi_comm, COMM_SIZE), pbsi_flags, pbsi_status);
  } catch (error) {
    if (error instanceof ProcessGoneError || missingIn(error) === "gone") return undefined;
    throw error;
  }
}

/** The bytes of `pbi_name` and of `pbsi_comm`, with the NUL behind them. */
const NAME_SIZE = 32;
const COMM_SIZE = 16;
/** The most bytes that a name lacks that was cut in a character. */
const LOST = 3;

const encoder = new TextEncoder();

/** The whole name of a process, of which a member of that size has the beginning. */
function nameOf(life: Life, name: string, size: number): string {
  if (encoder.encode(name).length < size - 1 - LOST) return name;
  return life.read("read the name of", ["name"]).name ?? name;
}

/** Compares two answers about one process: do they show another program? */
function difference(
  before: ProcUniqIdentifierInfo,
  now: ProcUniqIdentifierInfo,
): "none" | "other" | "unclear" {
  if (before.p_idversion !== now.p_idversion) return "other";
  if (before.p_uuid.every((byte, i) => byte === now.p_uuid[i])) return "none";
  // The build ID is 0 if it is withheld, which may change while the process runs.
  return isZero(before.p_uuid) || isZero(now.p_uuid) ? "unclear" : "other";
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
