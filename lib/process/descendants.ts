import { ERRNO, isShortage, SystemCallError } from "../system/errors.ts";
import type { TableReader } from "../system/table.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";

/** What a process is recognized by among its relatives. */
export interface Kin {
  /** The process id. */
  readonly pid: number;
  /** The process id of its parent. */
  readonly parentPid: number;
  /** Its identity. */
  readonly uniqueId: bigint;
  /** The status, as `pbi_status` has it. */
  readonly status: number;
}

/**
 * How many processes are found from parent to child at most. Two files of each are read, and only one of
 * each if all processes are read: their number is not known before.
 */
const MOST = 256;
/** How many times the children of a process are listed, if some of them end meanwhile. */
const TRIES = 3;

/**
 * Finds the descendants of a process from parent to child, each parent before its children; undefined if all
 * processes must be read instead.
 *
 * @param table The reader.
 * @param root The process, which the caller compares afterwards.
 * @param recursive Whether the children of children are found as well.
 * @param read Reads a process; undefined if there is none, or none that may be seen.
 */
export function descend<K extends Kin>(
  table: TableReader,
  root: Kin,
  recursive: boolean,
  read: (pid: number) => K | undefined,
): K[] | undefined {
  const family: [Kin, ...K[]] = [root];
  for (const parent of family) {
    // A zombie has no children any more.
    if (parent.status !== SZOMB) {
      const room = recursive ? MOST - family.length : Infinity;
      const children = childrenOf(table, parent, room, read);
      if (children === undefined) return undefined;
      // Another process may have had the parent's id when the children were listed.
      const isParent = children.length === 0 || parent === root ||
        read(parent.pid)?.uniqueId === parent.uniqueId;
      if (isParent) family.push(...children);
    }
    if (!recursive) break;
  }
  return family.slice(1) as K[];
}

/** The children of a process, the oldest first; undefined if it is not known that these are all. */
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

/** Orders processes by their age, the oldest first. */
export function byAge(a: Pick<Kin, "uniqueId">, b: Pick<Kin, "uniqueId">): number {
  return a.uniqueId < b.uniqueId ? -1 : 1;
}
