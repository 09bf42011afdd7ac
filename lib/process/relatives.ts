import { PROC_FLAG_TRACED } from "../abi/bsd_info.ts";
import { PROC_ALL_PIDS, PROC_PPID_ONLY } from "../abi/list_pids.ts";
import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { listPids } from "../calls/list_pids.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { Life, missingIn, ZOMBIES_TOO } from "./life.ts";

/** A parent may end while it is looked up; nobody is orphaned this many times in a row. */
const TRIES = 8;

/** Finds the parent of a process; undefined where it has none that this user may see. */
export function parentOf(life: Life): Life | undefined {
  return life.about("find the parent of", () => {
    for (let left = TRIES; left > 0; left--) {
      const pid = parentPidOf(life);
      if (pid === 0) return undefined;
      const parent = unlessGone(() => identify(pid, life));
      if (parent === undefined) continue;
      const { p_puniqueid } = life.ask(PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO);
      // Orphans may keep the number of the parent they had. While this process names the id, whoever
      // has it is the parent, and so was the one that had it before the second look.
      if (p_puniqueid === parent.uniqueId || parentPidOf(life) === pid) return parent;
    }
    return undefined;
  });
}

function parentPidOf(life: Life): number {
  return life.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO).pbsi_ppid;
}

function identify(pid: number, { source }: Life): Life {
  const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, source.kernel);
  return new Life(pid, p_uniqueid, source);
}

/** Asks about another process, which may end at any time; undefined if it has, or is not to be seen. */
function unlessGone<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    const missing = missingIn(error);
    if (missing === "gone" || missing === "denied") return undefined;
    throw error;
  }
}

/** Finds the children of a process, its zombies too; with `recursive`, theirs as well, parents first. */
export function childrenOf(life: Life, recursive: boolean): Life[] {
  return life.present("find the children of", () => {
    const candidates = recursive ? tableOf(life) : listOf(life);
    const family = [life];
    const seen = new Set([life.pid]);
    for (const parent of family) {
      for (const pid of candidates(parent.pid)) {
        const child = seen.has(pid) ? undefined : childOf(parent, pid);
        if (child === undefined) continue;
        seen.add(pid);
        family.push(child);
      }
      if (!recursive) break;
    }
    return family.slice(1);
  });
}

/** Who may be a child of a process, for each process. */
type Candidates = (parentPid: number) => Iterable<number>;

/** Has the kernel look for the children of one process. */
function listOf({ source }: Life): Candidates {
  return (parentPid) => listPids(PROC_PPID_ONLY, parentPid, source.kernel);
}

/** Asks each process once for its parent. */
function tableOf({ source: { kernel } }: Life): Candidates {
  const children = new Map<number, number[]>();
  // macOS gives the tracer as the parent of a process that is being traced.
  const traced: number[] = [];
  for (const pid of listPids(PROC_ALL_PIDS, 0, kernel)) {
    const info = unlessGone(() => pidInfo(pid, PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO, kernel));
    if (info === undefined) continue;
    const siblings = children.get(info.pbsi_ppid);
    if (siblings === undefined) children.set(info.pbsi_ppid, [pid]);
    else siblings.push(pid);
    if (info.pbsi_flags & PROC_FLAG_TRACED) traced.push(pid);
  }
  return (parentPid) => [...children.get(parentPid) ?? [], ...traced];
}

/** The process that has an id now, if it is a child of the parent that is meant. */
function childOf(parent: Life, pid: number): Life | undefined {
  return unlessGone(() => {
    const { source } = parent;
    const id = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, source.kernel);
    const child = new Life(pid, id.p_uniqueid, source);
    // 0 is no number, or that of the kernel itself.
    if (id.p_puniqueid !== 0n && id.p_puniqueid === parent.uniqueId) return child;
    // It may have been adopted, and keep the number of the parent it had.
    const { pbsi_ppid, pbsi_flags } = child.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO);
    if (pbsi_ppid !== parent.pid) return undefined;
    // Nobody is older than its parent, but may be older than its tracer.
    if (pbsi_flags & PROC_FLAG_TRACED && child.uniqueId < parent.uniqueId) return undefined;
    parent.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO);
    return child;
  });
}
