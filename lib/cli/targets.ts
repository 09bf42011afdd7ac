/**
 * The processes that arguments name: by a name, a pid or a port.
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

/** A process to signal. */
export interface Target extends ProcessIdentity {
  /** The name of its program. */
  readonly name: string;
  /** The name or id of its user. */
  readonly user: string | undefined;
  /** Its command line, or its name. */
  readonly commandLine: string;
  /** True if the user named it by its pid. */
  readonly isNamed: boolean;
}

/** The processes that arguments name. */
export interface Targets {
  /** The processes, in the order of their pids. */
  readonly found: readonly Target[];
  /** The sockets of arguments that are ports. */
  readonly sockets: readonly ListeningPort[];
  /** The messages about processes that an argument matches but that are left out. */
  readonly leftOut: readonly string[];
  /** The messages about arguments that match no process, or that this user may not inspect. */
  readonly unfound: readonly string[];
  /** True if an argument matches no process. */
  readonly misses: boolean;
  /** True if an argument matches something that this user may not inspect. */
  readonly isDenied: boolean;
}

/**
 * Returns the sockets that listen on a port, or are bound to it, in the caller's network namespace.
 *
 * @param pids The pids of the processes to inspect. Default: all processes.
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

/** Creates a test that returns false for processes known to be in another network namespace. */
function hereTest(from: SystemOptions): (pid: number) => boolean {
  const system = systemIn(from);
  const inode = (pid: number) => {
    try {
      return system.namespace(pid, "net");
    } catch {
      return undefined; // unsupported by this system, or denied
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

/** The reasons why a process gets no signal, or only if it is named by its pid. */
type Exempt = "own" | "above" | "system";

/**
 * Finds the processes that arguments name.
 *
 * Ancestors of this command, and zombies, are found only by their pids. The command itself and
 * processes of the system are never found.
 *
 * @throws {UsageError} An argument is the pid of the command itself, or of a process of the system.
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
      // Only a pid finds a zombie, so that the command can report it.
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
        unfound.push(isId ? `there is no ${what}` : `no process matches ${what}`);
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

/** The remedy for a user without permission. */
export const ROOT = "run this as root";

/** The reasons why a process that an argument matches is left out. */
export const LEFT_OUT = {
  above: "it is an ancestor of this command; only kill with its process id signals it",
  system: "it is the first process, or part of the kernel",
} as const;

/** The meaning of an argument. */
interface Test {
  /** The argument, as part of a message. */
  readonly what: string;
  /** The pids that it names. */
  readonly pids?: readonly number[];
  /** True if the argument is a pid. */
  readonly isId: boolean;
  /** Returns true for a process that the argument matches. */
  readonly accepts?: (row: Row) => boolean;
  /** The sockets of the port. */
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

/** Returns the names of a process: that of the kernel, and those of its program. */
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

/** Returns processes and all their descendants, in the order of their pids. */
export function withDescendants(targets: readonly Target[], from: SystemOptions): Target[] {
  const found = new Map(targets.map((target) => [target.pid, target]));
  const pids = targets.flatMap((target) => descendantsOf(target, from));
  for (const row of processes({ ...from, fields: FIELDS, pids: [...new Set(pids)] })) {
    const target = found.has(row.pid) ? undefined : targetOf(row);
    if (target !== undefined) found.set(row.pid, target);
  }
  return [...found.values()].sort((a, b) => a.pid - b.pid);
}

/** Returns the pids of the descendants of a process; an empty array if it has ended. */
export function descendantsOf(target: ProcessIdentity, from: SystemOptions): number[] {
  return unlessMissing(() =>
    new Process(target, from).children({ recursive: true }).map(({ pid }) => pid)
  );
}

function ancestorsOf(pid: number, from: SystemOptions): number[] {
  // A system for tests does not have the process of this command.
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
