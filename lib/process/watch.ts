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
import { type Exit, type LifeWatch, watchLife } from "./exit.ts";
import { Life, missingIn, optional, ZOMBIES_TOO } from "./life.ts";
import { type Source, sourceOf, type SourceOptions } from "./source.ts";
import { SZOMB } from "./state.ts";

/** A process that is watched. */
export interface WatchedProcess {
  /** The process id. */
  readonly pid: number;
  /** Names this life of the process: no other has the same number until the machine starts anew. */
  readonly uniqueId: bigint;
  /** The process id of the parent, as it was when the process started or last ran another program. */
  readonly parentPid: number;
  /** The name of its program; see `Names`. */
  readonly name: string;
}

/** Something that happened to a process. */
export interface ProcessEvent extends WatchedProcess {
  /** Whether it was started, runs another program than before, or has ended. */
  readonly type: "start" | "exec" | "exit";
  /** When it was seen, in milliseconds since 1970. */
  readonly at: number;
  /** How it ended, as far as the kernel tells; there where `type` is `"exit"`. */
  readonly exit?: Exit;
}

/** What {@linkcode watch} watches, and how. */
export interface WatchOptions extends SourceOptions {
  /** Milliseconds from one look to the next: 1 to 2147483647. Default: 500. */
  readonly interval?: number;
  /** Ends the watch: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Tells which processes are watched. It is asked when a process is first seen, and again when it runs
   * another program. What it throws ends the watch.
   */
  readonly filter?: (process: WatchedProcess) => boolean;
  /** Whether the program goes on as long as it waits for events. Default: false. */
  readonly ref?: boolean;
  /** Whether processes that are there already are told first, as ones that start. Default: false. */
  readonly initial?: boolean;
}

/** The processes that come and go. */
export interface ProcessWatch extends AsyncDisposable {
  /** The events. There is one iteration: all that ask for it share it, and leaving it ends the watch. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ProcessEvent>;
}

/**
 * Watches processes start, run other programs and end.
 *
 * It looks at the process table, now and then whenever the interval has passed, and tells what is
 * different. What is told in one look is in this order: who has ended, who was started, the oldest
 * first, who runs another program, and who was started and has ended already. A zombie has ended.
 *
 * What comes and goes between two looks is not seen, nor is all but the last of several programs that
 * a process runs meanwhile. No look is taken while nobody waits for an event: a program that takes
 * long over an event gets the next ones late, but they do not heap up. Linux does not show whether a
 * process runs the same program anew, nor, where a program bears no build ID or is another user's,
 * that it is another program under the same name.
 *
 * The kernel tells of its own accord how a zombie ended. Where there is a `filter`, up to 256 of the
 * processes it lets through take a descriptor each, so that it may also be told of those whose parents
 * have waited for them already: see {@linkcode waitForExit}.
 *
 * A look takes about 25 µs for each process on Linux, so 500 processes take 12 ms, or 2.5 % of a processor
 * at the default interval.
 *
 * @param options What is watched, and how.
 * @throws {RangeError} `interval` is out of range.
 * @throws {FfiError} The system's library cannot be opened.
 *
 * @example Tell which programs are started within a second
 * ```ts ignore
 * import { watch } from "@libproc/libproc";
 *
 * try {
 *   for await (
 *     const { type, pid, name } of watch({
 *       interval: 50,
 *       ref: true,
 *       signal: AbortSignal.timeout(1000),
 *     })
 *   ) {
 *     console.log(type, pid, name);
 *   }
 * } catch (error) {
 *   console.log((error as Error).name); // TimeoutError
 * }
 * ```
 *
 * @example Find a process that is there already
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

function checkInterval(interval: number): number {
  if (typeof interval === "number" && interval >= 1 && interval <= MOST_MILLISECONDS) {
    return interval;
  }
  throw new RangeError(
    `Cannot pass interval as it must be a number of milliseconds from 1 to ` +
      `${MOST_MILLISECONDS}: current value is ${interval}`,
  );
}

/** What is known of a life of a process since the last look. */
interface Row {
  readonly life: Life;
  /** What the kernel said of its identity. */
  identity: ProcUniqIdentifierInfo;
  /** Whether it has begun a program of its own, or cannot. */
  settled: boolean;
  known: WatchedProcess;
  /** Whether the filter lets it through. */
  wanted: boolean;
  watch: LifeWatch | undefined;
  /** Whether it is a zombie. */
  ended: boolean;
}

/** The changes that one look has found. */
interface Changes {
  readonly at: number;
  readonly exits: ProcessEvent[];
  readonly starts: ProcessEvent[];
  readonly execs: ProcessEvent[];
  /** Of those that have come and gone since the last look, and left a zombie. */
  readonly brief: ProcessEvent[];
}

/** How many processes may take a descriptor. */
const MOST_WATCHES = 256;

class Watch implements ProcessWatch, AsyncIterableIterator<ProcessEvent> {
  readonly #source: Source;
  readonly #interval: number;
  readonly #signal: AbortSignal | undefined;
  readonly #filter: ((process: WatchedProcess) => boolean) | undefined;
  readonly #ref: boolean;
  readonly #rows = new Map<number, Row>();
  #watches = 0;
  #events: ProcessEvent[] = [];
  /** When the next look is due, by the clock of `performance`. */
  #due = 0;
  #closed = false;
  /** What the iteration rejects with, once. */
  #failure: { readonly error: unknown } | undefined;
  /** Ends the pause before the next look. */
  #wake: (() => void) | undefined;
  /** The answer to the last question: who asks meanwhile waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WatchOptions) {
    const { interval = 500, signal, filter, ref = false, initial = false } = options;
    this.#interval = checkInterval(interval);
    this.#source = sourceOf(options);
    this.#signal = signal;
    this.#filter = filter;
    this.#ref = ref;
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
    for (const { watch } of this.#rows.values()) watch?.close();
    this.#rows.clear();
    this.#wake?.();
  }

  /** Looks at all processes, and tells what is different. */
  #look(): Changes {
    const changes: Changes = { at: Date.now(), exits: [], starts: [], execs: [], brief: [] };
    this.#due = performance.now() + this.#interval;
    try {
      // One that is not listed may have been passed over.
      const pids = new Set([
        ...listPids(PROC_ALL_PIDS, 0, this.#source.kernel),
        ...this.#rows.keys(),
      ]);
      for (const pid of pids) this.#lookAt(pid, changes);
    } catch (error) {
      this.#fail(error);
    }
    changes.starts.sort((a, b) => a.uniqueId < b.uniqueId ? -1 : 1);
    return changes;
  }

  #lookAt(pid: number, changes: Changes): void {
    const row = this.#rows.get(pid);
    // A zombie stays one, so it need not be looked for among the living.
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
      this.#add(identity, new Life(pid, identity.p_uniqueid, this.#source), changes);
    }
  }

  /** Asks which life an id belongs to: undefined where to none. */
  #identify(pid: number, arg: bigint): ProcUniqIdentifierInfo | "hidden" | undefined {
    try {
      return pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, arg, this.#source.kernel);
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

  /** Takes in a process that was not there. */
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

  /** Tells whether a process that was there runs another program. */
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

  /** Tells how a process has ended. */
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

  /** Keeps a descriptor of a process that is wanted among others, and of no other. */
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

/** What a process is, its zombie too; undefined where it is gone. */
function describe(
  life: Life,
):
  | { readonly known: WatchedProcess; readonly settled: boolean; readonly ended: boolean }
  | undefined {
  const { pid, uniqueId } = life;
  const about = (parentPid: number, name: string, flags: number, status: number) => ({
    known: { pid, uniqueId, parentPid, name },
    settled: (flags & (PROC_FLAG_EXEC | PROC_FLAG_SYSTEM)) !== 0,
    ended: status === SZOMB,
  });
  try {
    const info = optional(() => life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO));
    if (info !== undefined) {
      const { pbi_ppid, pbi_name, pbi_comm, pbi_flags, pbi_status } = info;
      return about(pbi_ppid, pbi_name || pbi_comm, pbi_flags, pbi_status);
    }
    const { pbsi_ppid, pbsi_comm, pbsi_flags, pbsi_status } = life.ask(
      PROC_PIDT_SHORTBSDINFO,
      ZOMBIES_TOO,
    );
    return about(pbsi_ppid, pbsi_comm, pbsi_flags, pbsi_status);
  } catch (error) {
    if (missingIn(error) === "gone") return undefined;
    throw error;
  }
}

/** What two answers about one life say of its program. */
function difference(
  before: ProcUniqIdentifierInfo,
  now: ProcUniqIdentifierInfo,
): "none" | "other" | "unclear" {
  if (before.p_idversion !== now.p_idversion) return "other";
  if (before.p_uuid.every((byte, i) => byte === now.p_uuid[i])) return "none";
  // Where it is not told it is 0, and a process may come to keep its own to itself.
  return isZero(before.p_uuid) || isZero(now.p_uuid) ? "unclear" : "other";
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
