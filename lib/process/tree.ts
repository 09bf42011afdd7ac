import type { Census } from "../system/table.ts";
import { id } from "../system/arguments.ts";
import { SystemCallError } from "../system/errors.ts";
import { censusOf } from "./census.ts";
import { missingOf, ProcessGoneError } from "./errors.ts";
import type { SourceOptions } from "./source.ts";

/** A process, and the processes that it is the parent of. */
export interface ProcessNode {
  /** The process id. */
  readonly pid: number;
  /** The process id of its parent; 0 for the first process. */
  readonly parentPid: number;
  /** Names this life of the process: no other has the same number until the machine starts anew. */
  readonly uniqueId: bigint;
  /** The name of its program; see `Names`. */
  readonly name: string;
  /** Its children, the oldest first; zombies are among them. */
  readonly children: readonly ProcessNode[];
}

/**
 * Reads the process tree: all processes, each among the children of its parent.
 *
 * The table of processes is passed over once, while processes come and go: a process whose parent has
 * ended meanwhile is a root. So is one whose parent's id belongs to a younger process by now.
 *
 * @param pid Nothing: the roots are returned.
 * @param options Who is asked.
 * @returns The processes without a parent, the oldest first.
 *
 * @example Print all processes
 * ```ts
 * import { type ProcessNode, processTree } from "@libproc/libproc";
 *
 * function print({ pid, name, children }: ProcessNode, indent: string) {
 *   console.log(`${indent}${pid} ${name}`);
 *   for (const child of children) print(child, `${indent}  `);
 * }
 * for (const root of processTree()) print(root, "");
 * ```
 */
export function processTree(pid?: undefined, options?: SourceOptions): ProcessNode[];
/**
 * Reads the tree of one process: itself, its children, and theirs.
 *
 * @param pid The process, which may be a zombie.
 * @param options Who is asked.
 * @returns The process.
 * @throws {ProcessGoneError} There is no such process.
 * @throws {RangeError} `pid` is no process id.
 *
 * @example Count what this process has started
 * ```ts
 * import process from "node:process";
 * import { processTree } from "@libproc/libproc";
 *
 * console.log(processTree(process.pid).children.length);
 * ```
 */
export function processTree(pid: number, options?: SourceOptions): ProcessNode;
export function processTree(
  pid?: number,
  options: SourceOptions = {},
): ProcessNode | ProcessNode[] {
  if (pid !== undefined) id("pid", pid);
  const nodes = new Map<Relative, Node>();
  const relatives = readRelatives(censusOf(options));
  const parents = parentsIn(relatives);
  for (const relative of relatives) {
    const { pid, parentPid, uniqueId, name } = relative;
    nodes.set(relative, { pid, parentPid, uniqueId, name, children: [] });
  }
  for (const [child, parent] of parents) nodes.get(parent)!.children.push(nodes.get(child)!);
  if (pid === undefined) {
    return relatives.filter((relative) => !parents.has(relative)).map((root) => nodes.get(root)!);
  }
  const root = relatives.find((relative) => relative.pid === pid);
  if (root === undefined) throw new ProcessGoneError("list the tree of", pid);
  return nodes.get(root)!;
}

interface Node extends ProcessNode {
  readonly children: ProcessNode[];
}

/** What tells how processes are related. */
export interface Relative {
  /** The process id. */
  readonly pid: number;
  /** The process id of its parent. */
  readonly parentPid: number;
  /** Names this life of the process. */
  readonly uniqueId: bigint;
  /** The process group. */
  readonly processGroupId: number;
  /** The state, as `pbi_status` has it. */
  readonly status: number;
  /** When it started, in milliseconds since 1970; NaN where that is not told. */
  readonly startedAt: number;
  /** The name of its program. */
  readonly name: string;
}

/** Reads what tells how all processes are related, the oldest first. */
export function readRelatives(census: Census): Relative[] {
  const count = census.list();
  if (count < 0) throw failure(count);
  const found: Relative[] = [];
  // The list is written over as soon as anything else is asked.
  for (const pid of census.pids.slice(0, count)) {
    const error = census.read(pid) || census.readName();
    if (error === 0) found.push(relativeIn(census, pid));
    else if (missingOf(-error) === undefined) throw failure(error);
  }
  return found.sort((a, b) => a.uniqueId < b.uniqueId ? -1 : 1);
}

const decoder = new TextDecoder();

function relativeIn(census: Census, pid: number): Relative {
  const { uniqueLow, uniqueHigh, nameLength } = census;
  return {
    pid,
    parentPid: census.parentPid,
    uniqueId: BigInt(uniqueHigh) << 32n | BigInt(uniqueLow),
    processGroupId: census.processGroupId,
    status: census.status,
    name: decoder.decode(census.name.subarray(0, nameLength)),
    startedAt: census.readBeginning() === 0 ? census.startedAt : NaN,
  };
}

function failure(answer: number): SystemCallError {
  return new SystemCallError("read the process table", "__proc_info", -answer);
}

/** Finds the parents of those that have one among them. No process is above itself. */
export function parentsIn(relatives: readonly Relative[]): Map<Relative, Relative> {
  const byPid = new Map(relatives.map((relative) => [relative.pid, relative]));
  const parents = new Map<Relative, Relative>();
  for (const child of relatives) {
    const parent = byPid.get(child.parentPid);
    if (parent === undefined || parent === child) continue;
    // Numbers that were given at one time may be in any order; else the id is another's by now.
    if (parent.uniqueId > child.uniqueId && !(parent.startedAt <= child.startedAt)) continue;
    parents.set(child, parent);
  }
  cutCircles(parents);
  return parents;
}

/** Ids that were used again while they were read may lead back to where they started. */
function cutCircles(parents: Map<Relative, Relative>): void {
  const seen = new Map<Relative, Relative>();
  for (const start of parents.keys()) {
    let at = start;
    while (!seen.has(at)) {
      seen.set(at, start);
      const parent = parents.get(at);
      if (parent === undefined) break;
      if (seen.get(parent) === start) parents.delete(at);
      else at = parent;
    }
  }
}
