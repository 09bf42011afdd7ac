import { checkOptions, id } from "../system/arguments.ts";
import { isShortage, SystemCallError } from "../system/errors.ts";
import { systemIn } from "../system/open.ts";
import { byAge, descend, type Kin } from "./descendants.ts";
import { ProcessGoneError } from "./errors.ts";
import { nameIn } from "./fields/name.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps } from "./slices.ts";
import type { SystemOptions } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";

/** A process and its children. */
export interface ProcessNode {
  /** The process id. */
  readonly pid: number;
  /** The process id of the parent. It is 0 for the first process. */
  readonly parentPid: number;
  /** The identity of the process, in decimal digits. */
  readonly uniqueId: string;
  /** The name of the program. */
  readonly name: string;
  /** The children, including zombies, the oldest first. */
  readonly children: readonly ProcessNode[];
}

/** The options of {@linkcode processTree}. */
export interface TreeOptions extends SystemOptions {
  /** The process at the top. Default: each process without a parent is the top of a tree. */
  readonly pid?: number;
}

/**
 * Reads the process tree: each process is among the children of its parent.
 *
 * Processes can start and end while they are read. A process is at the top if its parent has ended
 * meanwhile, or if a younger process has reused the pid of its parent.
 *
 * @param options The process at the top, and the system to query.
 * @returns The processes without a parent, the oldest first. With a `pid`, the list has only that
 * process, which may be a zombie.
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
 * Reads the process tree as {@linkcode processTree} does, but in slices of some milliseconds. The
 * event loop gets a turn between two slices.
 *
 * @param options The process at the top, and the signal that stops the reading.
 * @returns The result of `processTree()`. The promise rejects with what that throws, or with the
 * reason of `signal`.
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

/**
 * Reads a process and its descendants, the oldest first; undefined if it must read all processes.
 */
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

/** The facts that relate a process to others. */
export interface Relative extends Kin {
  /** The process group id. */
  readonly processGroupId: number;
  /**
   * The time at which the process started, in milliseconds since 1970; NaN if it is not reported.
   */
  readonly startedAt: number;
  /** The name of the program. */
  readonly name: string;
}

/** Reads the facts that relate all processes, the oldest process first. */
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

/** Reads the facts that relate one process; undefined if it does not exist or is hidden. */
export function readRelative(table: TableReader, pid: number): Relative | undefined {
  const name = table.read(pid) || nameIn(table);
  if (typeof name === "string") return relativeIn(table, pid, name);
  if (isShortage(-name)) throw failure(name);
  return undefined;
}

/** The number of processes that are read before the work can be interrupted. */
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

/** Finds the parents that are among the processes. No process is its own ancestor. */
export function parentsIn<R extends Related>(relatives: readonly R[]): Map<R, R> {
  const byPid = new Map(relatives.map((relative) => [relative.pid, relative]));
  const parents = new Map<R, R>();
  for (const child of relatives) {
    const parent = byPid.get(child.parentPid);
    if (parent === undefined || parent === child) continue;
    // The identities of processes that started at the same time can be in any order. Otherwise a
    // younger process has reused the pid of the parent.
    if (parent.uniqueId > child.uniqueId && !(parent.startedAt <= child.startedAt)) continue;
    parents.set(child, parent);
  }
  cutCircles(parents);
  return parents;
}

/** Removes the circles that can arise from pids that were reused during the reading. */
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
