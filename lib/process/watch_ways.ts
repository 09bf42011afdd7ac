import { isShortage, SystemCallError } from "../system/errors.ts";
import type { KernelEvent, KernelEvents, NewPids } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { AccessDeniedError, ProcessGoneError } from "./errors.ts";
import { exitOf } from "./exit.ts";
import { missingIn, TrackedProcess } from "./tracked_process.ts";
import type { ProcessEvent, WatchOptions } from "./watch.ts";
import { type Changes, inOrder, newChanges, type Row, type Rows, startsIn } from "./watch_rows.ts";

/** A method to notice the changes of processes. */
export interface Way {
  /** The time between two polls, in milliseconds. */
  readonly intervalMs: number;
  /** Reads the processes that exist; returns the events of their starts. */
  begin(): ProcessEvent[];
  /** Returns the events since the last poll. */
  look(): ProcessEvent[];
  /** Releases the resources of this method. Closing twice does nothing. */
  close(): void;
}

/** The times of {@linkcode WatchOptions} that were given. */
export type Times = Pick<WatchOptions, "intervalMs" | "scanMs">;

/** The time between two polls if a poll takes little time. */
const SHORT_MS = 5;
/**
 * The time between two polls while nothing happens, for a method that does not miss events; and the
 * time without events after which it applies.
 */
const QUIET_MS = 20;
const QUIET_AFTER_MS = 1000;
/** The time between two scans of the process table, without and with the events of the kernel. */
const SCAN_MS = 500;
const RARE_SCAN_MS = 10_000;
/** The fraction of a process's age after which the process is read again. */
const PART_OF_AGE = 1 / 4;
/**
 * The maximum fraction of the time that listing takes. It also applies to reading processes in
 * turn, unless `scanMs` is given.
 */
const PART_OF_TIME = 1 / 100;

/** Opens the events of the kernel; undefined if the system does not have them, or denies them. */
export function eventsIfAny(system: System): KernelEvents | undefined {
  try {
    return system.kernelEvents();
  } catch (error) {
    if (error instanceof SystemCallError && !isShortage(error.errno)) return undefined;
    throw error;
  }
}

/** Returns a method that polls the pids that are allocated, or that scans if they are unknown. */
export function pollingWay(rows: Rows, newPids: NewPids | undefined, times: Times): Way {
  return newPids === undefined ? new Scanning(rows, times) : new Polling(rows, newPids, times);
}

/** Scans the process table repeatedly. */
class Scanning implements Way {
  readonly intervalMs: number;
  readonly #rows: Rows;

  constructor(rows: Rows, { intervalMs, scanMs }: Times) {
    this.#rows = rows;
    this.intervalMs = intervalMs ?? scanMs ?? SCAN_MS;
  }

  begin(): ProcessEvent[] {
    return startsIn(this.#scan());
  }

  look(): ProcessEvent[] {
    return inOrder(this.#scan());
  }

  #scan(): Changes {
    const changes = newChanges();
    this.#rows.scan(changes);
    this.#rows.added.length = 0;
    return changes;
  }

  close(): void {}
}

/**
 * Reads the pids that were allocated, the processes that may have ended, and all other processes in
 * turn.
 */
class Polling implements Way {
  readonly intervalMs: number;
  readonly #rows: Rows;
  readonly #newPids: NewPids;
  readonly #scanMs: number;
  /** The maximum time for reading processes in turn in one poll, in milliseconds. */
  readonly #turnMs: number;
  /**
   * The time of the last poll, and the time when the processes can be listed next, as
   * `performance.now()` returns it.
   */
  #last = 0;
  #listDue = 0;
  /** True if a process may have ended since the processes were last listed. */
  #moved = false;
  /** The pids without a process: a pid can be allocated a moment before the process is visible. */
  #absent: number[] = [];
  /** The processes that are also read between their turns. */
  readonly #young = new Set<Row>();
  /** The processes to read in turn, and how many of them are due. */
  #turn: Iterator<Row> = [][Symbol.iterator]();
  #owed = 0;

  constructor(rows: Rows, newPids: NewPids, { intervalMs, scanMs }: Times) {
    this.#rows = rows;
    this.#newPids = newPids;
    this.intervalMs = intervalMs ?? SHORT_MS;
    this.#scanMs = scanMs ?? SCAN_MS;
    this.#turnMs = scanMs === undefined ? this.intervalMs * PART_OF_TIME : Infinity;
  }

  begin(): ProcessEvent[] {
    const changes = newChanges();
    this.#last = performance.now();
    this.#rows.scan(changes);
    // Processes that existed before the watch are old, so that they are read in turn only.
    this.#rows.added.length = 0;
    return startsIn(changes);
  }

  look(): ProcessEvent[] {
    const now = performance.now();
    const changes = newChanges();
    const pids = new Set(this.#absent);
    this.#absent = [];
    for (const row of this.#young) if (row.dueAt <= now) pids.add(row.pid);
    const count = this.#newPids.look();
    this.#moved ||= count < 0 || this.#newPids.moved;
    if (count < 0 || this.#moved && now >= this.#listDue) this.#addDifferences(pids);
    for (const pid of pids) this.#rows.lookAt(pid, changes);
    for (let i = 0; i < count; i++) {
      const pid = this.#newPids.pids[i]!;
      if (!this.#rows.lookAt(pid, changes)) this.#absent.push(pid);
    }
    this.#lookInTurn(now, changes);
    this.#age(now);
    return inOrder(changes);
  }

  close(): void {
    this.#newPids.close();
  }

  /** Adds the processes that are listed but not known, and those that are known but not listed. */
  #addDifferences(pids: Set<number>): void {
    const { byPid, hidden } = this.#rows;
    const start = performance.now();
    const listed = new Set(this.#rows.list());
    for (const pid of listed) if (!byPid.has(pid) && !hidden.has(pid)) pids.add(pid);
    for (const pid of byPid.keys()) if (!listed.has(pid)) pids.add(pid);
    this.#moved = false;
    const end = performance.now();
    this.#listDue = end + (end - start) / PART_OF_TIME;
  }

  /**
   * Reads as many processes as are due, so that each is read once in the time between two scans.
   */
  #lookInTurn(now: number, changes: Changes): void {
    const { byPid, hidden } = this.#rows;
    const owed = this.#owed + byPid.size * (now - this.#last) / this.#scanMs;
    this.#owed = Math.min(owed, byPid.size);
    this.#last = now;
    const end = performance.now() + this.#turnMs;
    while (this.#owed >= 1) {
      const { value: row, done } = this.#turn.next();
      if (done) {
        this.#turn = byPid.values();
        hidden.clear();
      } else this.#rows.lookAt(row.pid, changes);
      this.#owed--;
      if (performance.now() >= end) break;
    }
  }

  /** Schedules the next reads of the young processes. */
  #age(now: number): void {
    const { added } = this.#rows;
    for (const row of added) this.#young.add(row);
    added.length = 0;
    for (const row of this.#young) {
      const pause = (now - row.seenAt) * PART_OF_AGE;
      if (row.ended || pause >= this.#scanMs || this.#rows.byPid.get(row.pid) !== row) {
        this.#young.delete(row);
      } else if (row.dueAt <= now) row.dueAt = now + pause;
    }
  }
}

/** Follows the events of the kernel, and reads the facts that the events lack. */
export class Following implements Way {
  readonly #intervalMs: number | undefined;
  readonly #system: System;
  readonly #rows: Rows;
  readonly #source: KernelEvents;
  readonly #scanMs: number;
  /**
   * The time when the next scan is due, and the time of the last event, as `performance.now()`
   * returns it.
   */
  #scanDue = 0;
  #eventAt = -Infinity;
  /** The rows whose description is newer than the events that are being applied. */
  readonly #fresh = new Set<Row>();
  /** The processes that the last scan added before their events were read. */
  readonly #ahead = new Set<number>();

  constructor(system: System, rows: Rows, source: KernelEvents, { intervalMs, scanMs }: Times) {
    this.#system = system;
    this.#rows = rows;
    this.#source = source;
    this.#intervalMs = intervalMs;
    this.#scanMs = scanMs ?? RARE_SCAN_MS;
  }

  get intervalMs(): number {
    const isQuiet = performance.now() - this.#eventAt >= QUIET_AFTER_MS;
    return this.#intervalMs ?? (isQuiet ? QUIET_MS : SHORT_MS);
  }

  begin(): ProcessEvent[] {
    return startsIn(this.#scan());
  }

  look(): ProcessEvent[] {
    const found: ProcessEvent[] = [];
    const events = this.#source.read();
    const { lost } = this.#source;
    if (events.length > 0) this.#eventAt = performance.now();
    this.#apply(events, found);
    if (lost || performance.now() >= this.#scanDue) {
      const changes = this.#scan();
      // The changes that the scan found, and the events that were sent meanwhile.
      const more = this.#source.read();
      found.push(...inOrder({ ...changes, exits: withStatuses(changes.exits, more) }));
      if (this.#source.lost) this.#scanDue = 0;
      const executed = new Set(changes.execs.map(({ pid }) => pid));
      this.#apply(more.filter(({ type, pid }) => type !== "exec" || !executed.has(pid)), found);
    }
    return found;
  }

  close(): void {
    this.#source.close();
  }

  #scan(): Changes {
    const changes = newChanges();
    this.#scanDue = performance.now() + this.#scanMs;
    this.#rows.scan(changes);
    for (const { pid } of this.#rows.added) this.#ahead.add(pid);
    this.#rows.added.length = 0;
    return changes;
  }

  #apply(events: readonly KernelEvent[], found: ProcessEvent[]): void {
    const at = Date.now();
    const last = new Map<number, KernelEvent>();
    for (const event of events) if (event.type === "start") last.set(event.pid, event);
    this.#fresh.clear();
    for (const event of events) {
      if (event.type === "start") this.#start(event, last.get(event.pid) === event, at, found);
      else if (event.type === "exec") this.#exec(event.pid, at, found);
      else this.#exit(event, at, found);
    }
    this.#rows.added.length = 0;
    // All events about processes that the scan could find have been read.
    this.#ahead.clear();
  }

  #start(
    { pid, parentPid }: KernelEvent & { readonly type: "start" },
    isLast: boolean,
    at: number,
    found: ProcessEvent[],
  ): void {
    if (this.#ahead.delete(pid)) return;
    const rows = this.#rows;
    const before = rows.byPid.get(pid);
    const tracked = isLast ? this.#trackedAt(pid) : undefined;
    if (tracked === "hidden") return;
    if (before !== undefined) {
      // A scan found the process before its event was sent.
      if (before.tracked !== undefined && before.tracked.uniqueId === tracked?.uniqueId) return;
      if (!before.ended) this.#end(before, undefined, at, found);
      rows.byPid.delete(pid);
    }
    const name = tracked && lookAt(tracked)?.name;
    const uniqueId = name === undefined ? undefined : String(tracked!.uniqueId);
    const row = rows.add(pid, name === undefined ? undefined : tracked, undefined, {
      known: { pid, uniqueId, parentPid, name },
      settled: false,
    });
    this.#fresh.add(row);
    if (row.wanted) found.push({ type: "start", ...row.known, at });
  }

  /** Returns the process that has a pid; undefined if it does not exist. */
  #trackedAt(pid: number): TrackedProcess | "hidden" | undefined {
    try {
      return TrackedProcess.at(pid, this.#system).tracked;
    } catch (error) {
      const why = missingIn(error);
      if (why === "gone") return undefined;
      if (why === "denied") return "hidden";
      throw error;
    }
  }

  #exec(pid: number, at: number, found: ProcessEvent[]): void {
    const row = this.#rows.byPid.get(pid);
    if (row === undefined) {
      const changes = newChanges();
      this.#rows.lookAt(pid, changes);
      found.push(...inOrder(changes));
      return;
    }
    if (row.ended) return;
    row.leaderless = false;
    row.settled = true;
    if (!this.#fresh.has(row)) {
      const { name, parentPid = row.known.parentPid } = (row.tracked && lookAt(row.tracked)) ?? {};
      row.known = { ...row.known, parentPid, name };
      // The next scan reads it.
      row.identity = undefined;
      this.#fresh.add(row);
    }
    row.wanted = this.#rows.wants(row.known);
    if (row.wanted) found.push({ type: "exec", ...row.known, at });
  }

  #exit(
    { pid, threadId, status }: KernelEvent & { readonly type: "exit" },
    at: number,
    found: ProcessEvent[],
  ): void {
    if (threadId === pid) this.#ahead.delete(pid);
    const row = this.#rows.byPid.get(pid);
    if (row === undefined || row.ended) return;
    if (threadId !== pid && !row.leaderless) return;
    const vitality = row.tracked === undefined ? "gone" : vitalityOf(row.tracked);
    if (vitality === "living") row.leaderless = true;
    else this.#end(row, status, at, found, vitality === "zombie");
  }

  #end(
    row: Row,
    status: number | undefined,
    at: number,
    found: ProcessEvent[],
    isZombie = false,
  ): void {
    const { pid, known, wanted } = row;
    row.ended = true;
    if (!isZombie) this.#rows.byPid.delete(pid);
    if (wanted) found.push({ type: "exit", ...known, at, exit: exitOf(pid, status) });
  }
}

/** Reads the name and the parent of a process; undefined if it has ended or is hidden. */
function lookAt(
  tracked: TrackedProcess,
): { name: string | undefined; parentPid: number | undefined } | undefined {
  try {
    return tracked.read("watch", ["name", "parentPid"]);
  } catch (error) {
    if (error instanceof ProcessGoneError || error instanceof AccessDeniedError) return undefined;
    throw error;
  }
}

/** Returns the state of a process. A process that is hidden counts as gone. */
function vitalityOf(tracked: TrackedProcess): ReturnType<TrackedProcess["vitality"]> {
  try {
    return tracked.vitality();
  } catch (error) {
    if (missingIn(error) === "denied") return "gone";
    throw error;
  }
}

/** Adds the statuses of events to the exits that a scan found. */
function withStatuses(exits: ProcessEvent[], events: readonly KernelEvent[]): ProcessEvent[] {
  const statuses = new Map<number, number>();
  for (const event of events) {
    if (event.type === "exit" && event.threadId === event.pid) {
      statuses.set(event.pid, event.status);
    }
  }
  return exits.map((event) => {
    const { pid, exit } = event;
    const isKnown = exit?.code !== undefined || exit?.signal !== undefined;
    const status = isKnown ? undefined : statuses.get(pid);
    return status === undefined ? event : { ...event, exit: exitOf(pid, status) };
  });
}
