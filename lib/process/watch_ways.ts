import { isShortage, SystemCallError } from "../system/errors.ts";
import type { KernelEvent, KernelEvents, NewPids } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { AccessDeniedError, ProcessGoneError } from "./errors.ts";
import { exitOf } from "./exit.ts";
import { Life, missingIn } from "./life.ts";
import type { ProcessEvent, WatchOptions } from "./watch.ts";
import { type Changes, inOrder, newChanges, type Row, type Rows, startsIn } from "./watch_rows.ts";

/** A way to notice what happens to processes. */
export interface Way {
  /** The time from the last look to the next one, in milliseconds. */
  readonly intervalMs: number;
  /** Looks at the processes that exist; returns the events of their starts. */
  begin(): ProcessEvent[];
  /** Returns what has happened since the last look. */
  look(): ProcessEvent[];
  /** Closes what the way takes. Closing twice does nothing. */
  close(): void;
}

/** The times of {@linkcode WatchOptions}, those that were given. */
export type Times = Pick<WatchOptions, "intervalMs" | "scanMs">;

/** The time between two looks, where a look costs little. */
const SHORT_MS = 5;
/** The same as long as nothing happens, where nothing is missed; and how long nothing must have happened. */
const QUIET_MS = 20;
const QUIET_AFTER_MS = 1000;
/** The time between two scans of the process table, and of a table that the kernel's events describe. */
const SCAN_MS = 500;
const RARE_SCAN_MS = 10_000;
/** A process is looked at again after this part of its age. */
const PART_OF_AGE = 1 / 4;
/** The part of the time that lists take at most, and looks at processes in turn unless `scanMs` is given. */
const PART_OF_TIME = 1 / 100;

/** Receives the events of the kernel; undefined if the system has none, or refuses them. */
export function eventsIfAny(system: System): KernelEvents | undefined {
  try {
    return system.kernelEvents();
  } catch (error) {
    if (error instanceof SystemCallError && !isShortage(error.errno)) return undefined;
    throw error;
  }
}

/** Polls by the ids that are given out, or if these are not known, by scans. */
export function pollingWay(rows: Rows, newPids: NewPids | undefined, times: Times): Way {
  return newPids === undefined ? new Scanning(rows, times) : new Polling(rows, newPids, times);
}

/** Scans the process table again and again. */
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
 * Looks at the ids that were given out, at the processes that have a reason to have ended, and at all others
 * in turn.
 */
class Polling implements Way {
  readonly intervalMs: number;
  readonly #rows: Rows;
  readonly #newPids: NewPids;
  readonly #scanMs: number;
  /** How long the processes in turn may be looked at, at a time. */
  readonly #turnMs: number;
  /** When the last look was, and when the processes may be listed next, by the clock of `performance`. */
  #last = 0;
  #listDue = 0;
  /** True if a process may have ended since the processes were listed. */
  #moved = false;
  /** The ids that belonged to nothing: a process may be given its id a moment before it can be seen. */
  #absent: number[] = [];
  /** The processes that are not looked at in turn only. */
  readonly #young = new Set<Row>();
  /** The processes whose turn comes, and how many of them are due. */
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
    // Old processes are not looked at more often because they are new to this.
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

  /** Adds the processes that are listed and not known, and those that are known and not listed. */
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

  /** Looks at as many processes as are due, so that each comes once in the time between two scans. */
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

  /** Decides when the young processes are looked at next. */
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

/** Follows the events of the kernel, and reads the facts that they lack. */
export class Following implements Way {
  readonly #intervalMs: number | undefined;
  readonly #system: System;
  readonly #rows: Rows;
  readonly #source: KernelEvents;
  readonly #scanMs: number;
  /** When the table is to be scanned next, and when the last event came, by the clock of `performance`. */
  #scanDue = 0;
  #eventAt = -Infinity;
  /** The rows whose description is younger than the events that are being applied. */
  readonly #fresh = new Set<Row>();
  /** The processes that the last scan has added, before their events were read. */
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
      // What the scan saw, and what happened meanwhile.
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
    // All events of what the scan could see have been read by now.
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
    const life = isLast ? this.#lifeAt(pid) : undefined;
    if (life === "hidden") return;
    if (before !== undefined) {
      // A scan has seen it before its event was sent.
      if (before.life !== undefined && before.life.uniqueId === life?.uniqueId) return;
      if (!before.ended) this.#end(before, undefined, at, found);
      rows.byPid.delete(pid);
    }
    const name = life && lookAt(life)?.name;
    const uniqueId = name === undefined ? undefined : String(life!.uniqueId);
    const row = rows.add(pid, name === undefined ? undefined : life, undefined, {
      known: { pid, uniqueId, parentPid, name },
      settled: false,
    });
    this.#fresh.add(row);
    if (row.wanted) found.push({ type: "start", ...row.known, at });
  }

  /** The process that has an id; undefined if it has gone. */
  #lifeAt(pid: number): Life | "hidden" | undefined {
    try {
      return Life.at(pid, this.#system).life;
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
      const { name, parentPid = row.known.parentPid } = (row.life && lookAt(row.life)) ?? {};
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
    const vitality = row.life === undefined ? "gone" : vitalityOf(row.life);
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

/** Reads the name and the parent of a process; undefined if it is gone, or hidden by now. */
function lookAt(
  life: Life,
): { name: string | undefined; parentPid: number | undefined } | undefined {
  try {
    return life.read("watch", ["name", "parentPid"]);
  } catch (error) {
    if (error instanceof ProcessGoneError || error instanceof AccessDeniedError) return undefined;
    throw error;
  }
}

/** True if a process runs, is a zombie or is gone; one that is hidden by now counts as gone. */
function vitalityOf(life: Life): ReturnType<Life["vitality"]> {
  try {
    return life.vitality();
  } catch (error) {
    if (missingIn(error) === "denied") return "gone";
    throw error;
  }
}

/** Adds the statuses that events have to the exits that a scan has found. */
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
