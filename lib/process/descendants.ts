import { ERRNO, isShortage, SystemCallError } from "../system/errors.ts";
import type { TableReader } from "../system/table.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";

/** The facts that identify a process among its relatives. */
export interface Kin {
  /** The process id. */
  readonly pid: number;
  /** The process id of its parent. */
  readonly parentPid: number;
  /** The identity of the process, `p_uniqueid`. */
  readonly uniqueId: bigint;
  /** The status, with the values of `pbi_status`. */
  readonly status: number;
}

/**
 * The maximum number of processes to find from parent to child. This method reads two files for
 * each process. Reading all processes takes one file for each, but their number is not known in
 * advance.
 */
const MOST = 256;
/** The number of attempts to list the children of a process if some of them end meanwhile. */
const TRIES = 3;

/**
 * Finds the descendants of a process from parent to child, each parent before its children. Returns
 * undefined if all processes must be read instead.
 *
 * @param table The reader.
 * @param root The process. The caller must compare its identity afterwards.
 * @param recursive True to find the children of children, too.
 * @param read Reads a process; returns undefined if it does not exist or this user cannot see it.
 */
export function descend<K extends Kin>(
  table: TableReader,
  root: Kin,
  recursive: boolean,
  read: (pid: number) => K | undefined,
): K[] | undefined {
  const family: [Kin, ...K[]] = [root];
  for (const parent of family) {
    // A zombie no longer has children.
    if (parent.status !== SZOMB) {
      const room = recursive ? MOST - family.length : Infinity;
      const children = childrenOf(table, parent, room, read);
      if (children === undefined) return undefined;
      // Another process may have had the parent's pid when the children were listed.
      const isParent = children.length === 0 || parent === root ||
        read(parent.pid)?.uniqueId === parent.uniqueId;
      if (isParent) family.push(...children);
    }
    if (!recursive) break;
  }
  return family.slice(1) as K[];
}

/** Returns the children of a process, the oldest first; undefined if the list may be incomplete. */
function childrenOf<K extends Kin>(
  table: TableReader,
  { pid, uniqueId }: Kin,
  room: number,
  read: (pid: number) => K | undefined,
): K[] | undefined {
  for (let left = TRIES; left > 0; left--) {
    const count = table.listChildren(pid);
    if (count > room) return undefined;
    if (count < 0) {
      if (isShortage(-count)) throw new SystemCallError("list the children", "list", -count);
      if (count !== -ERRNO.EAGAIN) return undefined;
      continue;
    }
    const listed = table.pids.slice(0, count);
    const children = Array.from(listed, (child) => read(child));
    const isWhole = children.every((child) =>
      child?.parentPid === pid && child.uniqueId > uniqueId
    );
    if (isWhole) return (children as K[]).sort(byAge);
  }
  return undefined;
}

/** Compares the ages of processes, to sort them from oldest to youngest. */
export function byAge(a: Pick<Kin, "uniqueId">, b: Pick<Kin, "uniqueId">): number {
  return a.uniqueId < b.uniqueId ? -1 : 1;
}
