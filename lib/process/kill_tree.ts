import { PROC_FLAG_SYSTEM, PROC_FLAG_TRACED, type ProcBsdShortInfo } from "../abi/bsd_info.ts";
import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { abortSignal, checkOptions, id, object, shown } from "../system/arguments.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";
import {
  AccessDeniedError,
  attempt,
  type Missing,
  NotSupportedError,
  ProcessError,
  ProcessGoneError,
  ZombieError,
} from "./errors.ts";
import { type Exit, type ProcessWatch, watchProcess } from "./exit.ts";
import { missingIn, TrackedProcess, ZOMBIES_TOO } from "./tracked_process.ts";
import { identityOf, type ProcessIdentity } from "./process.ts";
import { childrenOf } from "./relatives.ts";
import { type SignalName, signalName, signalNumber, signalProcess } from "./signals.ts";
import { SSTOP, SZOMB } from "../abi/kinfo_proc.ts";
import { parentsIn, readRelative, readRelatives, type Relative } from "./tree.ts";
import { waitFor } from "./waits.ts";

/** The options of `guardTree()`. */
export interface GuardOptions extends SystemOptions {
  /**
   * The signal that is sent to the processes first: its name, or its number on this system.
   * Default: `"SIGTERM"`.
   */
  readonly with?: SignalName | number;
  /**
   * The grace period after which the remaining processes get `SIGKILL`, in milliseconds. Default:
   * 2000.
   */
  readonly graceMs?: number;
}

/** The options of {@linkcode killTree}. */
export interface KillTreeOptions extends GuardOptions {
  /**
   * Aborts the call: the stopped processes are continued, no other signal is sent, and the promise
   * rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
}

/** A process that has ended. */
export interface EndedProcess {
  /** The process id that it had. */
  readonly pid: number;
  /** Identifies the process, as a decimal number. */
  readonly uniqueId: string;
  /** The name of the program. */
  readonly name: string;
  /** How the process ended, as far as the kernel reports it. */
  readonly exit: Exit;
}

/** The reason why a process of a tree has not ended. */
export type EscapeReason =
  /** This user cannot signal it, or the system cannot send the signal. */
  | Extract<Missing, "denied" | "unsupported">
  /** It got `SIGKILL` and has not ended yet. Usually, it waits in the kernel for a device. */
  | "alive"
  /** It is the calling process, which does not get a signal. */
  | "caller"
  /** It is the first process, or part of the kernel. */
  | "system";

/** A process of a tree that has not ended. */
export interface EscapedProcess {
  /** The process id. */
  readonly pid: number;
  /** Identifies the process, as a decimal number. */
  readonly uniqueId: string;
  /** The name of the program. */
  readonly name: string;
  /** The reason why it has not ended. */
  readonly why: EscapeReason;
}

/** The result of ending a tree of processes. */
export interface KillReport {
  /**
   * The processes that have ended, parents before children. Processes that were zombies are
   * included.
   */
  readonly ended: readonly EndedProcess[];
  /** The processes that have not ended, parents before children. */
  readonly escaped: readonly EscapedProcess[];
}

/**
 * Ends a process and all its descendants.
 *
 * All of them get the signal. Those that have not ended after the grace period get `SIGKILL`, and
 * so do the children that they have started meanwhile.
 *
 * Processes outside the tree notice only that their child ends. A parent such as `su`, `sudo`,
 * `script` or a shell with job control reacts if its child is stopped. Therefore, a process is
 * stopped only if no other process can notice it: if the calling process is its parent, or if its
 * parent is itself stopped. A process that is being debugged is never stopped.
 *
 * - If the process is a child of the calling process, the tree is frozen: its processes are
 *   stopped, parents before children, until the process table shows no further descendant. No
 *   process can be forked unnoticed. All processes get the signal and are continued, children
 *   before parents.
 * - The tree of any other process keeps running. Parents get the signal before their children, and
 *   the children of each process are searched for right before it gets the signal.
 *
 * When all have ended, the process table is read again for processes whose parents ended before
 * they were found. They also get the signal if they are in a session that a process of the tree
 * leads, unless a process that left the tree before is in that session. On macOS, they get the
 * signal in any session. On Linux, a process can escape if it is forked in the fraction of a
 * millisecond between the last read and the signal, in a session whose leader is outside the tree.
 *
 * A signal never reaches another process that reuses a pid. The calling process, the first process
 * and processes of the kernel do not get a signal, even if they are in the tree.
 *
 * A process that left the tree before is not ended, such as a daemon whose parent has ended. There
 * is one exception: if a process of the tree leads a process group, members of the group that an
 * ancestor of the tree has adopted are also ended, unless that ancestor is the parent of `process`.
 *
 * A process that was stopped before the call is continued after it gets the signal, so that it can
 * handle the signal. If the calling process is killed while the tree is frozen, the tree stays
 * frozen.
 *
 * @param process The process: its pid, or its identity, such as a {@linkcode Process}.
 * @param options The signal to send, and the time that the processes have to end.
 * @returns The processes that have ended, and those that have not.
 * @throws {ProcessGoneError} The promise rejects: the process does not exist.
 * @throws {NotSupportedError} The promise rejects: the system lacks the signal.
 * @throws {RangeError} The promise rejects: `process` is not a process id, or is the calling
 * process or a process of the system; or an option is out of range.
 * @throws {TypeError} The promise rejects: an option has the wrong type.
 *
 * @example End a server with its workers
 * ```ts
 * import { spawn } from "node:child_process";
 * import { killTree } from "@libproc/libproc";
 *
 * const server = spawn("sh", ["-c", "sleep 60 & wait"]);
 * const { ended, escaped } = await killTree(server.pid!, { graceMs: 5000 });
 * for (const { pid, exit } of ended) console.log(pid, exit.signal ?? exit.code);
 * for (const { pid, why } of escaped) console.error(pid, why);
 * ```
 */
export async function killTree(
  process: number | ProcessIdentity,
  options: KillTreeOptions = {},
): Promise<KillReport> {
  const system = systemIn(checkOptions(options, ["with", "graceMs", "signal", "system"]));
  const pid = typeof process === "number" ? process : object("process", process).pid;
  const request = requestOf(pid, options, system);
  request.signal?.throwIfAborted();
  const uniqueId = typeof process === "number" ? undefined : identityOf(process.uniqueId);
  return await killProcess(findRoot(pid, uniqueId, system), request);
}

/**
 * Ends a process and all its descendants when the guard is disposed of, as {@linkcode killTree}
 * does. Does nothing if the process has ended by then, even if its pid was reused.
 *
 * @param pid The process.
 * @param options The signal to send, and the time that the processes have to end.
 * @throws {ProcessGoneError} The process does not exist.
 * @throws {NotSupportedError} The system lacks the signal.
 * @throws {RangeError | TypeError} As for {@linkcode killTree}.
 *
 * @example Leave no process behind
 * ```ts
 * import { spawn } from "node:child_process";
 * import { guardTree } from "@libproc/libproc";
 *
 * const child = spawn("sh", ["-c", "sleep 60 & wait"]);
 * {
 *   await using _guard = guardTree(child.pid!);
 *   // Whatever happens in this block, no process of the tree runs afterwards.
 * }
 * ```
 */
export function guardTree(pid: number, options: GuardOptions = {}): AsyncDisposable {
  const system = systemIn(checkOptions(options, ["with", "graceMs", "system"]));
  const request = requestOf(pid, options, system);
  const root = findRoot(pid, undefined, system);
  return {
    async [Symbol.asyncDispose]() {
      try {
        await killProcess(root, request);
      } catch (error) {
        if (!(error instanceof ProcessGoneError)) throw error;
      }
    },
  };
}

const DOING = "end the tree of";

/** The options after they were checked. */
interface Request {
  readonly first: SignalName;
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
}

function requestOf(pid: number, options: KillTreeOptions, system: System): Request {
  id("pid", pid);
  const { with: first = "SIGTERM", graceMs = 2000, signal } = options;
  if (typeof graceMs !== "number" || !(graceMs >= 0)) {
    throw new RangeError(
      `Cannot pass graceMs as it must be a number of milliseconds from 0: current value is ${
        shown(graceMs)
      }`,
    );
  }
  return {
    first: signalName(signalNumber("with", first, pid, system)),
    graceMs,
    signal: abortSignal("signal", signal),
  };
}

/** Finds the process, and throws if it must not be ended. */
function findRoot(pid: number, uniqueId: bigint | undefined, system: System): TrackedProcess {
  const root = attempt(DOING, pid, () => {
    if (pid === system.pid()) refuse(pid, "be another than the calling process");
    if (uniqueId !== undefined) return new TrackedProcess(pid, uniqueId, system);
    const identity = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, { system });
    return new TrackedProcess(pid, identity.p_uniqueid, system);
  });
  if (isSystem(root)) refuse(pid, "not be a process of the system");
  return root;
}

function refuse(pid: number, rule: string): never {
  throw new RangeError(`Cannot ${DOING} process ${pid} as it must ${rule}`);
}

/** Returns true for the first process, and for a process that is part of the kernel. */
function isSystem(tracked: TrackedProcess): boolean {
  if (tracked.pid <= 1) return true;
  const { pbsi_flags } = tracked.about(
    DOING,
    () => tracked.query(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO),
  );
  return (pbsi_flags & PROC_FLAG_SYSTEM) !== 0;
}

/** The time that processes have to end after `SIGKILL`, in milliseconds. */
const LAST_GRACE = 2000;

async function killProcess(
  root: TrackedProcess,
  { first, graceMs, signal }: Request,
): Promise<KillReport> {
  const tree = new Tree(root, signal);
  try {
    const hasEnded = await tree.end(first, first === "SIGKILL" ? LAST_GRACE : graceMs);
    if (!hasEnded && first !== "SIGKILL") await tree.end("SIGKILL", LAST_GRACE);
    return tree.report();
  } finally {
    tree.close();
  }
}

/** A process of the tree. */
interface Member {
  readonly tracked: TrackedProcess;
  readonly name: string;
  /** The parent when the process was found; undefined if the parent is not in the tree. */
  readonly parent: Member | undefined;
  /** The watch for its end; undefined if the process must not be ended. */
  readonly watch: ProcessWatch | undefined;
  /** True if the process was running until this object stopped it. */
  stopped: boolean;
  /** The last terminating signal that was sent to it, or could not be sent. */
  sent: SignalName | undefined;
  /** The reason why it does not get signals; undefined if it does. */
  why: Exclude<EscapeReason, "alive"> | undefined;
}

/** The maximum number of reads of the process table until all processes have stopped. */
const ROUNDS = 64;
/**
 * The time that processes have to stop, in milliseconds. A process that waits for a `vfork()` child
 * does not stop.
 */
const STOPPING = 100;
/** The number of attempts to continue a process. */
const TRIES = 3;

/** A process and its descendants, which are to be ended. */
class Tree {
  readonly #root: TrackedProcess;
  readonly #table: TableReader;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: number;
  /** All processes that were found, parents before children, by identity. */
  readonly #members = new Map<bigint, Member>();
  /** The same processes, by pid. */
  readonly #byPid = new Map<number, Member>();
  /** The members that lead process groups, by process group id. */
  readonly #groups = new Map<number, Member>();
  /** The processes that may have adopted orphans of the tree. */
  readonly #adopters = new Set<bigint>();
  /** All processes that existed when the process table was read for the first time. */
  readonly #before = new Set<bigint>();

  constructor(root: TrackedProcess, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#table = root.system.table();
    this.#signal = signal;
    this.#caller = root.system.pid();
  }

  /**
   * Sends a signal to all processes, and waits until all have ended, for at most `patience`
   * milliseconds.
   *
   * @returns True if the last read of the process table found no process left to end.
   */
  async end(signal: SignalName, patience: number): Promise<boolean> {
    const until = performance.now() + patience;
    do {
      await this.#freeze();
      if (!this.#signalAll(signal)) return !this.#isAlive;
      await this.#wait(() => !this.#isAlive, until);
    } while (!this.#isAlive && performance.now() < until);
    return false;
  }

  report(): KillReport {
    const ended: EndedProcess[] = [];
    const escaped: EscapedProcess[] = [];
    for (const { tracked, name, watch, why } of this.#members.values()) {
      const { pid } = tracked;
      const uniqueId = String(tracked.uniqueId);
      const exit = watch?.ended();
      if (exit !== undefined) ended.push({ pid, uniqueId, name, exit });
      else escaped.push({ pid, uniqueId, name, why: why ?? "alive" });
    }
    return { ended, escaped };
  }

  /** Continues the processes that this object stopped, and closes all watches. */
  close(): void {
    for (const member of [...this.#members.values()].toReversed()) {
      if (member.stopped) this.#resume(member);
      member.watch?.close();
    }
  }

  /** True if a process that gets signals has not ended. */
  get #isAlive(): boolean {
    for (const { watch, why } of this.#members.values()) {
      if (why === undefined && watch?.ended() === undefined) return true;
    }
    return false;
  }

  /** Finds all processes, and stops those that can be stopped, until there are no more to stop. */
  async #freeze(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      // Later reads of the process table show a process that was forked before all had stopped.
      this.#find();
      if (!await this.#stop()) return;
    }
  }

  /** Stops the processes that can be stopped; returns false if there were none. */
  async #stop(): Promise<boolean> {
    for (let some = false;; some = true) {
      const stopped = [...this.#members.values()].filter((member) => this.#mayStop(member))
        .filter((member) => member.stopped = this.#send(member, "SIGSTOP"));
      if (stopped.length === 0) return some;
      // Their children can be stopped once they no longer run.
      const doesRun = (member: Member) => {
        const status = this.#look(member)?.pbsi_status ?? SZOMB;
        return status !== SSTOP && status !== SZOMB;
      };
      await this.#wait(() => !stopped.some(doesRun), performance.now() + STOPPING);
    }
  }

  /** Returns true for a running process if no running process would notice that it is stopped. */
  #mayStop(member: Member): boolean {
    const { watch, stopped, why, parent } = member;
    if (watch === undefined || stopped || why !== undefined) return false;
    const now = this.#look(member);
    if (now === undefined || now.pbsi_status === SZOMB || isStopped(now) || isTraced(now)) {
      return false;
    }
    if (now.pbsi_ppid === this.#caller) return true;
    if (parent === undefined || now.pbsi_ppid !== parent.tracked.pid) return false;
    return parent.stopped || isStopped(this.#look(parent));
  }

  /** Reads a process; undefined if it no longer exists. */
  #look({ tracked }: Member): ProcBsdShortInfo | undefined {
    return known(() => tracked.query(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO));
  }

  /**
   * Sends a signal to all processes that have not got it, and continues those that are stopped.
   *
   * @returns False if there were no such processes.
   */
  #signalAll(signal: SignalName): boolean {
    this.#signal?.throwIfAborted();
    const stopped: Member[] = [];
    let some = false;
    // Parents first, as they would otherwise replace children that end. Members that are found
    // meanwhile come last.
    for (const member of this.#members.values()) {
      const { watch, sent } = member;
      if (watch === undefined || sent === signal || watch.ended() !== undefined) continue;
      some = true;
      member.sent = signal;
      if (member.stopped || isStopped(this.#look(member))) {
        stopped.push(member);
        continue;
      }
      this.#findChildren(member);
      this.#send(member, signal);
    }
    // Children first, as a stopped process must not be adopted, and must not have a running parent.
    const signalled = stopped.toReversed().filter((member) =>
      this.#send(member, signal) || member.stopped
    );
    for (const member of signalled) this.#resume(member);
    return some;
  }

  /** Reads the process table, and adds new members of the tree. */
  #find(): void {
    const relatives = readRelatives(this.#table);
    const parents = parentsIn(relatives);
    const children = new Map<Relative, Relative[]>();
    for (const [child, parent] of parents) {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [child]);
      else siblings.push(child);
    }
    if (this.#members.size === 0) this.#admitRoot(relatives, parents);
    let tree = relatives.filter(({ uniqueId }) => this.#members.has(uniqueId));
    do {
      for (const relative of tree) {
        const member = this.#members.get(relative.uniqueId)!;
        if (relative.processGroupId === relative.pid) this.#groups.set(relative.pid, member);
        for (const child of children.get(relative) ?? []) {
          if (this.#members.has(child.uniqueId)) continue;
          this.#admit(child, member);
          tree.push(child);
        }
      }
      tree = relatives.filter((relative) =>
        !this.#members.has(relative.uniqueId) && this.#isOrphan(relative, relatives, parents)
      );
      for (const orphan of tree) this.#admit(orphan, undefined);
    } while (tree.length > 0);
  }

  #admitRoot(relatives: readonly Relative[], parents: ReadonlyMap<Relative, Relative>): void {
    const { pid, uniqueId } = this.#root;
    const root = relatives.find((relative) => relative.uniqueId === uniqueId);
    if (root === undefined) throw new ProcessGoneError(DOING, pid);
    this.#admit(root, undefined);
    const parent = parents.get(root);
    let above = parent && parents.get(parent);
    for (; above !== undefined; above = parents.get(above)) this.#adopters.add(above.uniqueId);
    for (const { uniqueId } of relatives) this.#before.add(uniqueId);
  }

  /** Adds the current children of a process. */
  #findChildren(parent: Member): void {
    try {
      for (const { pid, uniqueId } of childrenOf(parent.tracked, false)) {
        if (this.#members.has(uniqueId)) continue;
        const child = readRelative(this.#table, pid);
        if (child?.uniqueId === uniqueId) this.#admit(child, parent);
      }
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      // It has ended, or cannot be queried.
    }
  }

  #admit({ pid, uniqueId, name }: Relative, parent: Member | undefined): void {
    const tracked = new TrackedProcess(pid, uniqueId, this.#root.system);
    const why = pid === this.#caller ? "caller" : pid <= 1 ? "system" : undefined;
    const watch = why === undefined ? watchProcess(tracked) : undefined;
    const member: Member = { tracked, name, parent, watch, stopped: false, sent: undefined, why };
    this.#members.set(uniqueId, member);
    this.#byPid.set(pid, member);
  }

  /**
   * Returns true for a process that was started in the tree and now has a parent outside the tree.
   */
  #isOrphan(
    relative: Relative,
    relatives: readonly Relative[],
    parents: ReadonlyMap<Relative, Relative>,
  ): boolean {
    const { pid, uniqueId, processGroupId, status } = relative;
    const leader = this.#groups.get(processGroupId);
    if (leader !== undefined && pid !== processGroupId && uniqueId > leader.tracked.uniqueId) {
      const parent = parents.get(relative);
      if (parent !== undefined && this.#adopters.has(parent.uniqueId)) return true;
    }
    if (status === SZOMB || this.#before.has(uniqueId)) return false;
    const tracked = new TrackedProcess(pid, uniqueId, this.#root.system);
    // On macOS, the identity of the first parent is kept.
    if (
      this.#members.has(known(() => tracked.query(PROC_PIDUNIQIDENTIFIERINFO).p_puniqueid) ?? 0n)
    ) {
      return true;
    }
    // A process cannot join a session, and the pid of its leader is not reused while the session
    // has members.
    const sessionId = this.#sessionOf(tracked);
    if (sessionId === undefined || sessionId === pid || !this.#byPid.has(sessionId)) return false;
    // A process that had left the tree before may have started it.
    return !relatives.some(({ pid, uniqueId }) =>
      this.#before.has(uniqueId) && !this.#members.has(uniqueId) &&
      this.#sessionOf(new TrackedProcess(pid, uniqueId, tracked.system)) === sessionId
    );
  }

  #sessionOf(tracked: TrackedProcess): number | undefined {
    const { pid, system } = tracked;
    return known(() => tracked.present(DOING, () => system.sessionId(pid)));
  }

  /** Sends a signal, or records why it cannot be sent; returns true if it was sent. */
  #send(member: Member, signal: SignalName): boolean {
    const { pid, uniqueId, system } = member.tracked;
    try {
      signalProcess(pid, uniqueId, signal, system);
      member.why = undefined;
      return true;
    } catch (error) {
      if (error instanceof AccessDeniedError) member.why = "denied";
      else if (error instanceof NotSupportedError) member.why = "unsupported";
      else if (!(error instanceof ProcessError)) throw error;
      return false;
    }
  }

  /**
   * Continues a process. Its children must be continued first, as it would otherwise see them
   * stopped.
   */
  #resume(member: Member): void {
    const { pid, uniqueId, system } = member.tracked;
    for (let left = TRIES; left > 0; left--) {
      try {
        signalProcess(pid, uniqueId, "SIGCONT", system);
      } catch (error) {
        // Any other failure must not keep the remaining processes stopped.
        if (!(error instanceof ProcessGoneError || error instanceof ZombieError)) continue;
      }
      member.stopped = false;
      return;
    }
  }

  /** Waits until a condition holds, but at most until a given time. */
  async #wait(holds: () => boolean, until: number): Promise<void> {
    const look = () => holds() || performance.now() >= until || undefined;
    if (look() === undefined) await waitFor(look, { ref: true, signal: this.#signal });
  }
}

/**
 * Returns true for a process that remains stopped until it is continued. Returns false for one that
 * is stopped by its debugger.
 */
function isStopped(now: ProcBsdShortInfo | undefined): boolean {
  return now?.pbsi_status === SSTOP && !isTraced(now);
}

function isTraced({ pbsi_flags }: ProcBsdShortInfo): boolean {
  return (pbsi_flags & PROC_FLAG_TRACED) !== 0;
}

/** Queries a process; undefined if it has ended or the query is denied. */
function known<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    if (error instanceof ProcessError || missingIn(error) !== undefined) return undefined;
    throw error;
  }
}
