import { PROC_PPID_ONLY } from "../abi/list_pids.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { listPids } from "../calls/list_pids.ts";
import { SystemCallError } from "../system/errors.ts";
import type { System } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";
import { byAge, descend, type Kin } from "./descendants.ts";
import { missingOf } from "./errors.ts";
import { missingIn, type Seen, tableOf, TrackedProcess, ZOMBIES_TOO } from "./tracked_process.ts";
import { SRUN } from "../abi/kinfo_proc.ts";

/**
 * The number of attempts to find a parent, which may end meanwhile. No process is orphaned this
 * many times in a row.
 */
const TRIES = 8;

/** Finds the parent of a process; undefined if it has none that this user may see. */
export function parentOf(tracked: TrackedProcess): TrackedProcess | undefined {
  return tracked.about("find the parent of", () => parentAt(tracked, tracked.parentPid())?.tracked);
}

/** Finds the parent of a process whose parent's pid was just read. */
function parentAt(child: TrackedProcess, pid: number): Seen | undefined {
  for (let left = TRIES; left > 0 && pid !== 0; left--) {
    const parent = seen(pid, child.system);
    // A process that has reused the pid is usually younger than the child. Otherwise, the child is
    // read again: if it still names the pid, the process that has it is the parent.
    if (parent !== undefined && parent.tracked.uniqueId < child.uniqueId) return parent;
    const now = child.parentPid();
    if (parent !== undefined && now === pid) return parent;
    pid = now;
  }
  return undefined;
}

/** Finds the process that has a pid now; undefined if there is none that this user may see. */
function seen(pid: number, system: System): Seen | undefined {
  return unlessGone(() => TrackedProcess.at(pid, system));
}

/** Finds the ancestors of a process up to the first process, the nearest first. */
export function ancestorsOf(tracked: TrackedProcess): TrackedProcess[] {
  return tracked.about("find the ancestors of", () => {
    const found: TrackedProcess[] = [];
    let child = tracked;
    let above = parentAt(child, child.parentPid());
    while (above !== undefined) {
      found.push(above.tracked);
      child = above.tracked;
      const { parentPid } = above;
      // The process may end meanwhile. Its other ancestors are unknown then.
      above = unlessGone(() => parentAt(child, parentPid));
    }
    return found;
  });
}

/** Queries another process, which may end at any time; undefined if it has ended or is hidden. */
function unlessGone<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    const missing = missingIn(error);
    if (missing === "gone" || missing === "denied") return undefined;
    throw error;
  }
}

/**
 * Finds the children of a process, including zombies, the oldest first. With `recursive`, it also
 * finds their children, parents first.
 */
export function childrenOf(tracked: TrackedProcess, recursive: boolean): TrackedProcess[] {
  const { system } = tracked;
  return tracked.present("find the children of", () => {
    const table = tableOf(system);
    const root = { pid: tracked.pid, uniqueId: tracked.uniqueId, parentPid: 0, status: SRUN };
    const found = descend(table, root, recursive, (pid) => readKin(table, pid));
    if (found !== undefined) {
      return found.map(({ pid, uniqueId }) => new TrackedProcess(pid, uniqueId, system));
    }
    return familyOf(tracked, recursive, recursive ? byParent(table, system) : listOf(system));
  });
}

/** Finds the descendants of a process among candidates. */
function familyOf(
  tracked: TrackedProcess,
  recursive: boolean,
  candidates: Candidates,
): TrackedProcess[] {
  const family = [tracked];
  const pids = new Set([tracked.pid]);
  for (const parent of family) {
    const found = candidates(parent.pid).filter(({ tracked: { pid } }) => !pids.has(pid));
    const children = found.flatMap((candidate) => childOf(parent, candidate) ?? []);
    // Another process may have had the parent's pid when the children named it.
    const isParent = children.length === 0 || unlessGone(() => parent.parentPid()) !== undefined;
    for (const child of isParent ? children.sort(byAge) : []) {
      pids.add(child.pid);
      family.push(child);
    }
    if (!recursive) break;
  }
  return family.slice(1);
}

/**
 * Reads the facts that identify a process among its relatives; undefined if there is none that this
 * user may see.
 */
function readKin(table: TableReader, pid: number): Kin | undefined {
  if (!isSeen(table.read(pid), pid)) return undefined;
  const { parentPid, uniqueLow, uniqueHigh, status } = table;
  return { pid, parentPid, uniqueId: BigInt(uniqueHigh) << 32n | BigInt(uniqueLow), status };
}

/** Returns true if an answer means that the process exists and is visible to this user. */
function isSeen(answer: number, pid: number): boolean {
  if (answer === 0) return true;
  const missing = missingOf(-answer);
  if (missing === "gone" || missing === "denied") return false;
  throw new SystemCallError(`find process ${pid}`, "__proc_info", -answer);
}

/** The processes that may be children of a process. */
type Candidates = (parentPid: number) => readonly Seen[];

/** Returns the processes that the kernel lists as the children of one process. */
function listOf(system: System): Candidates {
  return (parentPid) =>
    [...listPids(PROC_PPID_ONLY, parentPid, { system })].flatMap((pid) => seen(pid, system) ?? []);
}

/** Reads each process once, and groups the processes by their parents. */
function byParent(table: TableReader, system: System): Candidates {
  const count = table.list();
  if (count < 0) throw new SystemCallError("list the processes", "list", -count);
  // The next query overwrites the list.
  const pids = table.pids.slice(0, count);
  const identities = new Uint32Array(count * 2);
  const children = new Map<number, number[]>();
  const traced: Seen[] = [];
  const seenAt = (row: number, parentPid: number, hasTracerAsParent: boolean): Seen => {
    const uniqueId = BigInt(identities[row * 2 + 1]!) << 32n | BigInt(identities[row * 2]!);
    return {
      tracked: new TrackedProcess(pids[row]!, uniqueId, system),
      parentPid,
      hasTracerAsParent,
    };
  };
  try {
    for (let row = 0; row < count; row++) {
      if (!isSeen(table.read(pids[row]!), pids[row]!)) continue;
      const { parentPid } = table;
      identities[row * 2] = table.uniqueLow;
      identities[row * 2 + 1] = table.uniqueHigh;
      if (table.hasTracerAsParent) {
        traced.push(seenAt(row, parentPid, true));
        continue;
      }
      const siblings = children.get(parentPid);
      if (siblings === undefined) children.set(parentPid, [row]);
      else siblings.push(row);
    }
  } finally {
    table.end();
  }
  return (parentPid) => [
    ...(children.get(parentPid) ?? []).map((row) => seenAt(row, parentPid, false)),
    ...traced,
  ];
}

/** Returns the candidate if it is a child of the process. */
function childOf(
  parent: TrackedProcess,
  { tracked: child, parentPid, hasTracerAsParent }: Seen,
): TrackedProcess | undefined {
  // A process is younger than its parent, unless the pid is that of its tracer.
  const isYounger = parent.uniqueId < child.uniqueId;
  if (parentPid === parent.pid && isYounger && !hasTracerAsParent) return child;
  return unlessGone(() => {
    const { p_puniqueid } = child.query(PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO);
    // 0 means that the identity is unavailable, or that it is that of the kernel.
    if (p_puniqueid !== 0n && p_puniqueid === parent.uniqueId) return child;
    // An adopted child keeps the identity of its original parent.
    return child.parentPid() === parent.pid && (isYounger || !hasTracerAsParent)
      ? child
      : undefined;
  });
}
