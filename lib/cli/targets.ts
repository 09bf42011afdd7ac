/**
 * The processes that words name: by a name, by a process id, or by a port.
 *
 * @module
 */
import type { ProcessRow } from "../process/row.ts";
import { type ListeningPort, listeningPorts } from "../process/ports.ts";
import { openProcess, Process, type ProcessIdentity } from "../process/process.ts";
import { ProcessError } from "../process/errors.ts";
import { processes } from "../process/rows.ts";
import { systemIn } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { type Call, number, printable, UsageError } from "./command.ts";
import { portIn, type PortWord } from "./port_word.ts";
import { patternIn } from "./conditions.ts";
import { escaped } from "./table.ts";

const FIELDS = [
  "uniqueId",
  "name",
  "state",
  "userId",
  "userName",
  "commandLine",
  "arguments",
  "executablePath",
  "kernelThread",
] as const;

type Row = ProcessRow<typeof FIELDS[number]>;

/** A process that is to get a signal. */
export interface Target extends ProcessIdentity {
  /** The name of its program. */
  readonly name: string;
  /** Its user. */
  readonly user: string | undefined;
  /** What it was started with, or its name. */
  readonly commandLine: string;
  /** True if its process id was given. */
  readonly isNamed: boolean;
}

/** What words name. */
export interface Targets {
  /** The processes, in the order of their ids. */
  readonly found: readonly Target[];
  /** The sockets of words that are ports. */
  readonly sockets: readonly ListeningPort[];
  /** Lines about processes that a word finds and that are left out. */
  readonly leftOut: readonly string[];
  /** Lines about words that found nothing, or what this user may not see. */
  readonly unfound: readonly string[];
  /** True if a word found no process. */
  readonly misses: boolean;
  /** True if a word found what this user may not look at. */
  readonly isDenied: boolean;
}

/**
 * The sockets that listen on a port, or are bound to it, in the caller's network namespace.
 *
 * @param pids The processes that may have them. Default: all.
 */
export function listenersOn(
  { port, protocol }: PortWord,
  from: SystemOptions,
  pids?: readonly number[],
): ListeningPort[] {
  const isHere = hereTest(from);
  return listeningPorts({ ...from, ...(pids !== undefined && { pids }) }).filter((one) =>
    one.port === port &&
    (protocol === undefined ? one.protocol !== "vsock" : one.protocol === protocol) &&
    (one.holders.length === 0 || one.holders.some(({ pid }) => isHere(pid)))
  );
}

/** Makes a test of processes: false for those that are known to be in another network namespace. */
function hereTest(from: SystemOptions): (pid: number) => boolean {
  const system = systemIn(from);
  const inode = (pid: number) => {
    try {
      return system.namespace(pid, "net");
    } catch {
      return undefined; // none on this system, or not to be seen
    }
  };
  const own = inode(system.pid());
  const known = new Map<number, boolean>();
  return (pid) => {
    let isHere = known.get(pid);
    if (isHere === undefined) {
      const other = inode(pid);
      known.set(pid, isHere = own === undefined || other === undefined || own === other);
    }
    return isHere;
  };
}

/** Why a process gets no signal unless it is named by its id, or not even then. */
type Exempt = "own" | "above" | "system";

/**
 * Finds the processes that words name.
 *
 * Neither the command itself nor the processes that it was started by are found unless a word is their
 * id; zombies and what is part of the system never are.
 *
 * @throws {UsageError} A word is the id of the command itself, or of a process of the system.
 */
export function findTargets(call: Call, words: readonly string[]): Targets {
  const { from } = call;
  const tests = words.map((word) => testOf(word, call));
  const pids = tests.flatMap(({ pids }) => pids ?? []);
  const rows = tests.some(({ accepts }) => accepts !== undefined)
    ? processes({ ...from, fields: FIELDS })
    : processes({ ...from, fields: FIELDS, pids });
  const exemption = exemptionsIn(from);
  const found = new Map<number, Target>();
  const leftOut: string[] = [], unfound: string[] = [];
  let misses = false, isDenied = false;
  for (const { what, pids, isId, accepts, sockets } of tests) {
    const before = leftOut.length;
    let some = false;
    if (isId && exemption(pids![0]!) === "own") refuse(pids![0]!, "own");
    for (const row of rows) {
      if (!(pids?.includes(row.pid) || accepts?.(row))) continue;
      const why = exemption(row.pid, row.kernelThread);
      if (isId && why !== undefined && why !== "above") refuse(row.pid, why);
      if (!isId && why !== undefined) {
        if (why !== "own") {
          leftOut.push(`${row.pid} ${shownName(row)} is left out: ${LEFT_OUT[why]}`);
        }
        continue;
      }
      // A zombie gets no signal. A command with its id gets an answer about it.
      const target = isId || row.state !== "zombie" ? targetOf(row) : undefined;
      if (target === undefined) continue;
      some = true;
      found.set(row.pid, { ...target, isNamed: isId || found.get(row.pid)?.isNamed === true });
    }
    if (sockets?.some(({ missing }) => missing.pid === "denied")) {
      isDenied = true;
      unfound.push(
        `${what} is held by another user's process, which this user may not see: ${ROOT}`,
      );
    } else if (!some) {
      misses = true;
      if (leftOut.length === before) {
        unfound.push(isId ? `there is no ${what}` : `no process is found by ${what}`);
      }
    }
  }
  return {
    sockets: tests.flatMap(({ sockets = [] }) => sockets),
    found: [...found.values()].sort((a, b) => a.pid - b.pid),
    leftOut,
    unfound,
    misses,
    isDenied,
  };
}

/** What would help a user who may not do something. */
export const ROOT = "run this as root";

/** Why a process that a word finds is left out. */
export const LEFT_OUT = {
  above: "this command was started below it; its process id would name it",
  system: "it is the first process, or part of the kernel",
} as const;

/** What a word names. */
interface Test {
  /** The word, in a line about it. */
  readonly what: string;
  /** The process ids. */
  readonly pids?: readonly number[];
  /** True if the word is a process id. */
  readonly isId: boolean;
  /** True for a process that the word means. */
  readonly accepts?: (row: Row) => boolean;
  /** The sockets of a port. */
  readonly sockets?: readonly ListeningPort[];
}

function testOf(word: string, { from }: Call): Test {
  if (word === "") throw new UsageError('Cannot find a process by ""');
  if (/^-?\d+$/.test(word)) {
    const pid = number("PID", word, () => 0);
    return { what: `process ${pid}`, pids: [pid], isId: true };
  }
  const port = portIn(word);
  if (port !== undefined) {
    const sockets = listenersOn(port, from);
    return {
      what: `port ${word.replace(/^:/, "")}`,
      pids: sockets.flatMap(({ holders }) => holders.map(({ pid }) => pid)),
      isId: false,
      sockets,
    };
  }
  const what = `the name ${printable(word)}`;
  if (!/^\/.+\/$/s.test(word)) {
    return { what, isId: false, accepts: (row) => namesOf(row).includes(word) };
  }
  const pattern = patternIn("NAME", word, false) as RegExp;
  return {
    what,
    isId: false,
    accepts: ({ name = "", commandLine = "" }) => pattern.test(name) || pattern.test(commandLine),
  };
}

/** The names that a process goes by: the kernel's, and those of its program. */
function namesOf({ name, executablePath, arguments: words }: Row): (string | undefined)[] {
  const paths = [executablePath, words?.[0]];
  return [name, ...paths, ...paths.map((path) => path?.slice(path.lastIndexOf("/") + 1))];
}

function targetOf(row: Row): Target | undefined {
  const { pid, uniqueId, userName, userId, name = "?", commandLine = name } = row;
  if (uniqueId === undefined) return undefined;
  const user = userName ?? (userId === undefined ? undefined : String(userId));
  return { pid, uniqueId, name, user, commandLine, isNamed: false };
}

function shownName({ name = "?" }: Row): string {
  return escaped(name);
}

function refuse(pid: number, why: "own" | "system"): never {
  throw new UsageError(
    `Cannot signal process ${pid}: ${why === "own" ? "it is this command itself" : LEFT_OUT[why]}`,
  );
}

function exemptionsIn(
  from: SystemOptions,
): (pid: number, kernelThread?: boolean) => Exempt | undefined {
  const own = systemIn(from).pid();
  const above = new Set(ancestorsOf(own, from));
  return (pid, kernelThread = false) => {
    if (pid <= 1 || kernelThread) return "system";
    return pid === own ? "own" : above.has(pid) ? "above" : undefined;
  };
}

/** Some processes and all that are below them, in the order of their ids. */
export function withDescendants(targets: readonly Target[], from: SystemOptions): Target[] {
  const found = new Map(targets.map((target) => [target.pid, target]));
  const pids = targets.flatMap((target) => descendantsOf(target, from));
  for (const row of processes({ ...from, fields: FIELDS, pids: [...new Set(pids)] })) {
    const target = found.has(row.pid) ? undefined : targetOf(row);
    if (target !== undefined) found.set(row.pid, target);
  }
  return [...found.values()].sort((a, b) => a.pid - b.pid);
}

/** The ids of the processes below one; none if it has ended. */
export function descendantsOf(target: ProcessIdentity, from: SystemOptions): number[] {
  return unlessMissing(() =>
    new Process(target, from).children({ recursive: true }).map(({ pid }) => pid)
  );
}

function ancestorsOf(pid: number, from: SystemOptions): number[] {
  // A system that was made up has no process of this command.
  return unlessMissing(() => openProcess(pid, from).ancestors().map(({ pid }) => pid));
}

function unlessMissing(find: () => number[]): number[] {
  try {
    return find();
  } catch (error) {
    if (error instanceof ProcessError) return [];
    throw error;
  }
}
