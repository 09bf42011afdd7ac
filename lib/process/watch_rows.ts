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
import type { System } from "../system/system.ts";
import { ProcessGoneError } from "./errors.ts";
import { type LifeWatch, watchLife } from "./exit.ts";
import { Life, missingIn, ZOMBIES_TOO } from "./life.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import type { ProcessEvent, WatchedProcess } from "./watch.ts";

/** What is known of a process since it was looked at last. */
export interface Row {
  /** The process id. */
  readonly pid: number;
  /** The process; undefined if it had gone before it could be read. */
  readonly life: Life | undefined;
  /** The answer of the kernel about its identity. */
  identity: ProcUniqIdentifierInfo | undefined;
  /** True if it has executed a program of its own, or cannot. */
  settled: boolean;
  known: WatchedProcess;
  /** True if the filter accepts it. */
  wanted: boolean;
  watch: LifeWatch | undefined;
  /** True for a zombie. */
  ended: boolean;
  /** True if its first thread may have ended before the others. */
  leaderless: boolean;
  /** When it was first seen, and when it is to be looked at next, by the clock of `performance`. */
  readonly seenAt: number;
  dueAt: number;
}

/** The changes that one look has found. */
export interface Changes {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly exits: ProcessEvent[];
  readonly starts: ProcessEvent[];
  readonly execs: ProcessEvent[];
  /** The events of processes that started and became zombies since the last look. */
  readonly brief: ProcessEvent[];
}

/** What a process is described as. */
interface Description {
  readonly known: WatchedProcess;
  readonly settled: boolean;
  readonly ended: boolean;
}

/** How many processes may take a file descriptor. */
const MOST_WATCHES = 256;

/** Makes room for the changes that a look will find. */
export function newChanges(): Changes {
  return { at: Date.now(), exits: [], starts: [], execs: [], brief: [] };
}

/** The starts that a look has found, the oldest first. */
export function startsIn({ starts }: Changes): ProcessEvent[] {
  const started = ({ uniqueId }: ProcessEvent) => BigInt(uniqueId!);
  return starts.sort((a, b) => started(a) < started(b) ? -1 : 1);
}

/** All changes that a look has found, in the order in which they are reported. */
export function inOrder(changes: Changes): ProcessEvent[] {
  return [...changes.exits, ...startsIn(changes), ...changes.execs, ...changes.brief];
}

/** The processes of a watch. */
export class Rows {
  /** What is known of each process, by its id. */
  readonly byPid = new Map<number, Row>();
  /** The processes that are listed and may not be looked at. */
  readonly hidden = new Set<number>();
  /** The rows of the processes that were added. The reader empties it. */
  readonly added: Row[] = [];
  readonly #system: System;
  readonly #filter: ((process: WatchedProcess) => boolean) | undefined;
  readonly #keeps: boolean;
  #watches = 0;

  /**
   * Holds the processes that a watch knows.
   *
   * @param keeps Whether the processes that the filter accepts may take file descriptors.
   */
  constructor(
    system: System,
    filter: ((process: WatchedProcess) => boolean) | undefined,
    keeps: boolean,
  ) {
    this.#system = system;
    this.#filter = filter;
    this.#keeps = keeps && filter !== undefined;
  }

  /** The ids of the processes that the system lists. */
  list(): Int32Array {
    return listPids(PROC_ALL_PIDS, 0, { system: this.#system });
  }

  /** Looks at all processes. */
  scan(changes: Changes): void {
    this.hidden.clear();
    // A process may be missing from the list and exist.
    for (const pid of new Set([...this.list(), ...this.byPid.keys()])) this.lookAt(pid, changes);
  }

  /** Looks at the process that has an id; returns false if there is none. */
  lookAt(pid: number, changes: Changes): boolean {
    const row = this.byPid.get(pid);
    // A zombie stays one, so it is not looked for among the living.
    const alive = row === undefined || row.ended ? undefined : this.#identify(pid, 0n);
    const identity = alive ?? this.#identify(pid, ZOMBIES_TOO);
    if (identity === "hidden") {
      this.hidden.add(pid);
      return true;
    }
    if (row?.life !== undefined && row.life.uniqueId === identity?.p_uniqueid) {
      if (row.ended) return true;
      if (alive !== undefined) this.#compare(row, identity, changes);
      else this.#end(row, changes);
      return true;
    }
    if (row !== undefined) {
      if (!row.ended) this.#end(row, changes);
      this.byPid.delete(pid);
    }
    if (identity === undefined) return false;
    this.#add(identity, pid, changes);
    return true;
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
  #add(identity: ProcUniqIdentifierInfo, pid: number, changes: Changes): void {
    const life = new Life(pid, identity.p_uniqueid, this.#system);
    const found = describe(life);
    if (found === undefined) return;
    const row = this.add(pid, life, identity, found);
    if (row.wanted) {
      const starts = found.ended ? changes.brief : changes.starts;
      starts.push({ type: "start", ...row.known, at: changes.at });
    }
    if (found.ended) this.#end(row, changes, changes.brief);
    else this.#openWatch(row);
  }

  /** Adds the row of a process. */
  add(
    pid: number,
    life: Life | undefined,
    identity: ProcUniqIdentifierInfo | undefined,
    { known, settled }: Pick<Description, "known" | "settled">,
  ): Row {
    const seenAt = performance.now();
    const row: Row = {
      ...{ pid, life, identity, settled, known },
      ...{ watch: undefined, wanted: this.wants(known), ended: false, leaderless: false },
      ...{ seenAt, dueAt: seenAt },
    };
    this.byPid.set(pid, row);
    this.added.push(row);
    return row;
  }

  /** Adds an event if a known process executes another program. */
  #compare(row: Row, identity: ProcUniqIdentifierInfo, changes: Changes): void {
    const change = difference(row.identity, identity);
    if (change === "none" && row.settled) return;
    const found = describe(row.life!);
    if (found === undefined) return;
    const { known, settled } = found;
    const isExec = change === "other" || settled && !row.settled ||
      change === "unclear" && known.name !== row.known.name;
    row.identity = identity;
    row.settled = settled;
    if (!isExec) return;
    row.known = known;
    row.wanted = this.wants(known);
    if (row.wanted) changes.execs.push({ type: "exec", ...known, at: changes.at });
    this.#openWatch(row);
  }

  /** Adds the event of the end of a process. */
  #end(row: Row, { at, exits }: Changes, to: ProcessEvent[] = exits): void {
    const { pid, life, known, wanted } = row;
    row.ended = true;
    if (wanted) {
      const watch = row.watch ?? (life === undefined ? undefined : watchLife(life));
      to.push({ type: "exit", ...known, at, exit: watch?.ended() ?? { pid } });
      watch?.close();
    }
    this.#closeWatch(row);
  }

  /** True if the filter accepts a process. */
  wants(known: WatchedProcess): boolean {
    return this.#filter === undefined || this.#filter(known);
  }

  /** Keeps a file descriptor open for a process that the filter accepts, and for no other. */
  #openWatch(row: Row): void {
    const isWatched = this.#keeps && row.wanted;
    if (!isWatched) this.#closeWatch(row);
    else if (row.watch === undefined && this.#watches < MOST_WATCHES) {
      row.watch = watchLife(row.life!);
      this.#watches++;
    }
  }

  #closeWatch(row: Row): void {
    if (row.watch === undefined) return;
    row.watch.close();
    row.watch = undefined;
    this.#watches--;
  }

  /** Forgets all processes, and closes what they take. */
  close(): void {
    for (const { watch } of this.byPid.values()) watch?.close();
    this.byPid.clear();
  }
}

/** Describes a process, which may be a zombie; undefined if it is gone. */
function describe(life: Life): Description | undefined {
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
  before: ProcUniqIdentifierInfo | undefined,
  now: ProcUniqIdentifierInfo,
): "none" | "other" | "unclear" {
  if (before === undefined) return "unclear";
  if (before.p_idversion !== now.p_idversion) return "other";
  if (before.p_uuid.every((byte, i) => byte === now.p_uuid[i])) return "none";
  // The build ID is 0 if it is withheld, which may change while the process runs.
  return isZero(before.p_uuid) || isZero(now.p_uuid) ? "unclear" : "other";
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
