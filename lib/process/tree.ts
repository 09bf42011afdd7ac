import { checkOptions, id } from "../system/arguments.ts";
import { isShortage, SystemCallError } from "../system/errors.ts";
import { systemIn } from "../system/open.ts";
import { byAge, descend, type Kin } from "./descendants.ts";
import { ProcessGoneError } from "./errors.ts";
import { nameIn } from "./fields/name.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps } from "./slices.ts";
import type { SystemOptions } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";

/** A process, and the processes that it is the parent of. */
export interface ProcessNode {
  /** The process id. */
  readonly pid: number;
  /** The process id of its parent; 0 for the first process. */
  readonly parentPid: number;
  /** The identity of the process, in decimal digits. */
  readonly uniqueId: string;
  /** The name of its program. */
  readonly name: string;
  /** Its children, the oldest first; zombies are among them. */
  readonly children: readonly ProcessNode[];
}

/** Which tree {@linkcode processTree} reads. */
export interface TreeOptions extends SystemOptions {
  /** The process at the top. Default: every process without a parent is the top of a tree. */
  readonly pid?: number;
}

/**
 * Reads the process tree: each process is among the children of its parent.
 *
 * The processes are read while they come and go: a process whose parent has ended
 * meanwhile is at the top, as is one whose parent's id belongs to a younger process by now.
 *
 * @param options Which tree.
 * @returns The processes without a parent, the oldest first; with a `pid` that process alone, which may
 * be a zombie.
 * @throws {ProcessGoneError} There is no process with this `pid`.
 * @throws {RangeError} `pid` is not a process id.
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
 *
 * @example Count the children of this process
 * ```ts
 * import process from "node:process";
 * import { processTree } from "@libproc/libproc";
 *
 * const [self] = processTree({ pid: process.pid });
 * console.log(self?.children.length);
 * ```
 */
export function processTree(options: TreeOptions = {}): ProcessNode[] {
  return atOnce(treeSteps(checkOptions(options, OPTIONS)));
}

/**
 * Reads the process tree as {@linkcode processTree} does, in slices of some milliseconds between which
 * the event loop gets a turn.
 *
 * @param options Which tree, and what stops it.
 * @returns As from `processTree()`; it rejects with what that throws, or with the reason of `signal`.
 *
 * @example
 * ```ts
 * import { processTreeAsync } from "@libproc/libproc";
 *
 * console.log((await processTreeAsync()).length);
 * ```
 */
export async function processTreeAsync(
  options: TreeOptions & AsyncOptions = {},
): Promise<ProcessNode[]> {
  checkOptions(options, ["signal", ...OPTIONS]);
  return await inSlices(treeSteps(options), options);
}

const OPTIONS = ["pid", "system"] as const;

function* treeSteps(options: TreeOptions): Steps<ProcessNode[]> {
  const { pid } = options;
  if (pid !== undefined) id("pid", pid);
  const nodes = new Map<Relative, Node>();
  const table = systemIn(options).table();
  const family = pid === undefined ? undefined : readFamily(table, pid);
  const relatives = family ?? (yield* relativeSteps(table));
  const parents = parentsIn(relatives);
  for (const relative of relatives) {
    const { pid, parentPid, uniqueId, name } = relative;
    nodes.set(relative, { pid, parentPid, uniqueId: String(uniqueId), name, children: [] });
  }
  for (const [child, parent] of parents) nodes.get(parent)!.children.push(nodes.get(child)!);
  if (pid === undefined) {
    return relatives.filter((relative) => !parents.has(relative)).map((root) => nodes.get(root)!);
  }
  const root = relatives.find((relative) => relative.pid === pid);
  if (root === undefined) throw gone(pid);
  return [nodes.get(root)!];
}

/** Reads a process and its descendants, the oldest first; undefined if all processes must be read. */
function readFamily(table: TableReader, pid: number): Relative[] | undefined {
  const root = readRelative(table, pid);
  if (root === undefined) throw gone(pid);
  const found = descend(table, root, true, (each) => readRelative(table, each));
  const isWhole = found !== undefined && readRelative(table, pid)?.uniqueId === root.uniqueId;
  return isWhole ? [root, ...found].sort(byAge) : undefined;
}

function gone(pid: number): ProcessGoneError {
  return new ProcessGoneError("list the tree of", pid);
}

interface Node extends ProcessNode {
  readonly children: ProcessNode[];
}

/** The facts that relate processes. */
export interface Relative extends Kin {
  /** The process group. */
  readonly processGroupId: number;
  /** When it started, in milliseconds since 1970; NaN where that is not reported. */
  readonly startedAt: number;
  /** The name of its program. */
  readonly name: string;
}

/** Reads the facts that relate all processes, the oldest first. */
export function readRelatives(table: TableReader): Relative[] {
  return atOnce(relativeSteps(table));
}

function* relativeSteps(table: TableReader): Steps<Relative[]> {
  const count = table.list();
  if (count < 0) throw failure(count);
  const found: Relative[] = [];
  // The next query overwrites the list.
  try {
    for (const pid of table.pids.slice(0, count)) {
      if (found.length % STEP === STEP - 1) yield;
      const relative = readRelative(table, pid);
      if (relative !== undefined) found.push(relative);
    }
  } finally {
    table.end();
  }
  return found.sort(byAge);
}

/** Reads the facts that relate one process; undefined if it does not exist, or is hidden. */
export function readRelative(table: TableReader, pid: number): Relative | undefined {
  const name = table.read(pid) || nameIn(table);
  if (typeof name === "string") return relativeIn(table, pid, name);
  if (isShortage(-name)) throw failure(name);
  return undefined;
}

/** How many processes are read between two places where the work may be interrupted. */
const STEP = 32;

function relativeIn(table: TableReader, pid: number, name: string): Relative {
  const { uniqueLow, uniqueHigh } = table;
  return {
    pid,
    parentPid: table.parentPid,
    uniqueId: BigInt(uniqueHigh) << 32n | BigInt(uniqueLow),
    processGroupId: table.processGroupId,
    status: table.status,
    name,
    startedAt: table.readBeginning() === 0 ? table.startedAt : NaN,
  };
}

function failure(answer: number): SystemCallError {
  return new SystemCallError("read the process table", "__proc_info", -answer);
}

/** The facts that show which process is the parent of which. */
export type Related = Pick<Relative, "pid" | "parentPid" | "uniqueId" | "startedAt">;

/** Finds the parents of those that have one among them. No process is above itself. */
export function parentsIn<R extends Related>(relatives: readonly R[]): Map<R, R> {
  const byPid = new Map(relatives.map((relative) => [relative.pid, relative]));
  const parents = new Map<R, R>();
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
function cutCircles<R>(parents: Map<R, R>): void {
  const seen = new Map<R, R>();
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
