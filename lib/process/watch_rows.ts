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
import { type ProcessWatch, watchProcess } from "./exit.ts";
import { missingIn, TrackedProcess, ZOMBIES_TOO } from "./tracked_process.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import type { ProcessEvent, WatchedProcess } from "./watch.ts";

/** The facts about a process that the last read found. */
export interface Row {
  /** The process id. */
  readonly pid: number;
  /** The process; undefined if it ended before it could be read. */
  readonly tracked: TrackedProcess | undefined;
  /** The identity, as the kernel reported it. */
  identity: ProcUniqIdentifierInfo | undefined;
  /** True if it has executed a program since it was forked, or cannot execute one. */
  settled: boolean;
  known: WatchedProcess;
  /** True if the filter accepts it. */
  wanted: boolean;
  watch: ProcessWatch | undefined;
  /** True for a zombie. */
  ended: boolean;
  /** True if the thread group leader may have ended before the other threads. */
  leaderless: boolean;
  /**
   * The time when it was first seen, and when it is to be read next, as `performance.now()` returns
   * it.
   */
  readonly seenAt: number;
  dueAt: number;
}

/** The changes that one poll finds. */
export interface Changes {
  /** The time of the poll, in milliseconds since 1970. */
  readonly at: number;
  readonly exits: ProcessEvent[];
  readonly starts: ProcessEvent[];
  readonly execs: ProcessEvent[];
  /** The events of processes that started and became zombies since the last poll. */
  readonly brief: ProcessEvent[];
}

/** The description of a process. */
interface Description {
  readonly known: WatchedProcess;
  readonly settled: boolean;
  readonly ended: boolean;
}

/** The maximum number of processes for which a file descriptor is kept open. */
const MOST_WATCHES = 256;

/** Creates empty lists for the changes that a poll will find. */
export function newChanges(): Changes {
  return { at: Date.now(), exits: [], starts: [], execs: [], brief: [] };
}

/** Returns the starts that a poll found, the oldest first. */
export function startsIn({ starts }: Changes): ProcessEvent[] {
  const started = ({ uniqueId }: ProcessEvent) => BigInt(uniqueId!);
  return starts.sort((a, b) => started(a) < started(b) ? -1 : 1);
}

/** Returns all changes that a poll found, in the order in which they are reported. */
export function inOrder(changes: Changes): ProcessEvent[] {
  return [...changes.exits, ...startsIn(changes), ...changes.execs, ...changes.brief];
}

/** The processes of a watch. */
export class Rows {
  /** The known processes, by pid. */
  readonly byPid = new Map<number, Row>();
  /** The processes that are listed but cannot be read. */
  readonly hidden = new Set<number>();
  /** The rows of the processes that were added. The consumer empties the list. */
  readonly added: Row[] = [];
  readonly #system: System;
  readonly #filter: ((process: WatchedProcess) => boolean) | undefined;
  readonly #keeps: boolean;
  #watches = 0;

  /**
   * Creates a collection for the processes of a watch.
   *
   * @param keeps True if file descriptors may be kept open for processes that the filter accepts.
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

  /** Returns the pids of the processes that the system lists. */
  list(): Int32Array {
    return listPids(PROC_ALL_PIDS, 0, { system: this.#system });
  }

  /** Reads all processes. */
  scan(changes: Changes): void {
    this.hidden.clear();
    // The list may lack a process that exists.
    for (const pid of new Set([...this.list(), ...this.byPid.keys()])) this.lookAt(pid, changes);
  }

  /** Reads the process that has a pid; returns false if it does not exist. */
  lookAt(pid: number, changes: Changes): boolean {
    const row = this.byPid.get(pid);
    // A zombie remains a zombie, so it is not searched for among the living processes.
    const alive = row === undefined || row.ended ? undefined : this.#identify(pid, 0n);
    const identity = alive ?? this.#identify(pid, ZOMBIES_TOO);
    if (identity === "hidden") {
      this.hidden.add(pid);
      return true;
    }
    if (row?.tracked !== undefined && row.tracked.uniqueId === identity?.p_uniqueid) {
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

  /** Returns the identity of the process that has a pid; undefined if it does not exist. */
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

  /** Adds a new process. */
  #add(identity: ProcUniqIdentifierInfo, pid: number, changes: Changes): void {
    const tracked = new TrackedProcess(pid, identity.p_uniqueid, this.#system);
    const found = describe(tracked);
    if (found === undefined) return;
    const row = this.add(pid, tracked, identity, found);
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
    tracked: TrackedProcess | undefined,
    identity: ProcUniqIdentifierInfo | undefined,
    { known, settled }: Pick<Description, "known" | "settled">,
  ): Row {
    const seenAt = performance.now();
    const row: Row = {
      ...{ pid, tracked, identity, settled, known },
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
    const found = describe(row.tracked!);
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

  /** Adds an event for the end of a process. */
  #end(row: Row, { at, exits }: Changes, to: ProcessEvent[] = exits): void {
    const { pid, tracked, known, wanted } = row;
    row.ended = true;
    if (wanted) {
      const watch = row.watch ?? (tracked === undefined ? undefined : watchProcess(tracked));
      to.push({ type: "exit", ...known, at, exit: watch?.ended() ?? { pid } });
      watch?.close();
    }
    this.#closeWatch(row);
  }

  /** Returns true if the filter accepts a process. */
  wants(known: WatchedProcess): boolean {
    return this.#filter === undefined || this.#filter(known);
  }

  /**
   * Keeps a file descriptor open for a process if the filter accepts it, or closes the descriptor.
   */
  #openWatch(row: Row): void {
    const isWatched = this.#keeps && row.wanted;
    if (!isWatched) this.#closeWatch(row);
    else if (row.watch === undefined && this.#watches < MOST_WATCHES) {
      row.watch = watchProcess(row.tracked!);
      this.#watches++;
    }
  }

  #closeWatch(row: Row): void {
    if (row.watch === undefined) return;
    row.watch.close();
    row.watch = undefined;
    this.#watches--;
  }

  /** Removes all processes, and closes their file descriptors. */
  close(): void {
    for (const { watch } of this.byPid.values()) watch?.close();
    this.byPid.clear();
  }
}

/** Describes a process, which may be a zombie; undefined if it does not exist. */
function describe(tracked: TrackedProcess): Description | undefined {
  const { pid, uniqueId } = tracked;
  const about = (parentPid: number, name: string, flags: number, status: number) => ({
    known: { pid, uniqueId: String(uniqueId), parentPid, name },
    settled: (flags & (PROC_FLAG_EXEC | PROC_FLAG_SYSTEM)) !== 0,
    ended: status === SZOMB,
  });
  try {
    const info = optional(() => tracked.query(PROC_PIDTBSDINFO, ZOMBIES_TOO));
    if (info !== undefined) {
      const { pbi_ppid, pbi_name, pbi_comm, pbi_flags, pbi_status } = info;
      const name = nameOf(tracked, pbi_name || pbi_comm, NAME_SIZE);
      return about(pbi_ppid, name, pbi_flags, pbi_status);
    }
    const { pbsi_ppid, pbsi_comm, pbsi_flags, pbsi_status } = tracked.query(
      PROC_PIDT_SHORTBSDINFO,
      ZOMBIES_TOO,
    );
    return about(pbsi_ppid, nameOf(tracked, pbsi_comm, COMM_SIZE), pbsi_flags, pbsi_status);
  } catch (error) {
    if (error instanceof ProcessGoneError || missingIn(error) === "gone") return undefined;
    throw error;
  }
}

/** The sizes of `pbi_name` and `pbsi_comm`, in bytes, with the terminating NUL. */
const NAME_SIZE = 32;
const COMM_SIZE = 16;
/** The maximum number of bytes that are lost if a name is cut within a character. */
const LOST = 3;

const encoder = new TextEncoder();

/** Returns the whole name of a process from its beginning in a member of that size. */
function nameOf(tracked: TrackedProcess, name: string, size: number): string {
  if (encoder.encode(name).length < size - 1 - LOST) return name;
  return tracked.read("read the name of", ["name"]).name ?? name;
}

/** Compares two replies about one process, to find out if it has executed another program. */
function difference(
  before: ProcUniqIdentifierInfo | undefined,
  now: ProcUniqIdentifierInfo,
): "none" | "other" | "unclear" {
  if (before === undefined) return "unclear";
  if (before.p_idversion !== now.p_idversion) return "other";
  if (before.p_uuid.every((byte, i) => byte === now.p_uuid[i])) return "none";
  // The build ID is 0 if it is withheld, and that can change while the process runs.
  return isZero(before.p_uuid) || isZero(now.p_uuid) ? "unclear" : "other";
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
