import { PROC_FLAG_SYSTEM } from "../abi/bsd_info.ts";
import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { abortSignal, checkOptions, id, shown } from "../system/arguments.ts";
import { systemIn } from "../system/open.ts";
import type { System, SystemOptions } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";
import {
  AccessDeniedError,
  asked,
  type Missing,
  NotSupportedError,
  ProcessError,
  ProcessGoneError,
} from "./errors.ts";
import { type Exit, type LifeWatch, watchLife } from "./exit.ts";
import { Life, ZOMBIES_TOO } from "./life.ts";
import { type SignalName, signalName, signalNumber, signalProcess } from "./signals.ts";
import { SSTOP, SZOMB } from "./state.ts";
import { parentsIn, readRelatives, type Relative } from "./tree.ts";
import { waitFor } from "./waits.ts";

/** How a tree of processes is ended when its guard is disposed of. */
export interface GuardOptions extends SystemOptions {
  /**
   * The signal that the processes get first: its name, or the number that it has on this system. Default:
   * `"SIGTERM"`.
   */
  readonly with?: SignalName | number;
  /** How long the processes may take to end before they get `SIGKILL`, in ms. Default: 2000. */
  readonly graceMs?: number;
}

/** How {@linkcode killTree} ends a tree of processes. */
export interface KillTreeOptions extends GuardOptions {
  /**
   * Gives up: no process stays stopped, none gets a further signal, and the promise rejects with the
   * signal's reason.
   */
  readonly signal?: AbortSignal;
}

/** A process that has ended. */
export interface EndedProcess {
  /** The process id it had. */
  readonly pid: number;
  /** Identifies the process, as a decimal number. */
  readonly uniqueId: string;
  /** The name of its program. */
  readonly name: string;
  /** How it ended, as far as the kernel reports it. */
  readonly exit: Exit;
}

/** Why a process of a tree has not ended. */
export type EscapeReason =
  /** This user may not signal it, or the system cannot send the signal. */
  | Extract<Missing, "denied" | "unsupported">
  /** It got `SIGKILL` and has not ended yet: as a rule, it waits in the kernel for a device. */
  | "alive"
  /** It is the calling process, which gets no signal. */
  | "caller"
  /** It is the first process, or part of the kernel. */
  | "system";

/** A process of a tree that has not ended. */
export interface EscapedProcess {
  /** The process id. */
  readonly pid: number;
  /** Identifies the process, as a decimal number. */
  readonly uniqueId: string;
  /** The name of its program. */
  readonly name: string;
  /** Why it has not ended. */
  readonly why: EscapeReason;
}

/** What became of the processes of a tree. */
export interface KillReport {
  /** The processes that have ended, parents before children, and those that were zombies before. */
  readonly ended: readonly EndedProcess[];
  /** The processes that have not ended, in the same order. */
  readonly escaped: readonly EscapedProcess[];
}

/**
 * Ends a process and all its descendants.
 *
 * First the tree is frozen: the process and its descendants get `SIGSTOP`, parents before children,
 * until the process table shows no further descendant. So no process can be forked unnoticed, and none
 * gets another parent because its own ends. Then all get the signal, children before parents, and are
 * continued, so that they can handle it. Processes that have not ended after the grace period are frozen
 * again, with the children they have started meanwhile, and get `SIGKILL`.
 *
 * A signal never reaches another process that reuses a pid. The calling process, the first process and
 * those of the kernel get no signal, even if they are in the tree.
 *
 * A process that left the tree before is not ended: a daemon, whose parent has ended. There is one
 * exception. If a process of the tree leads a process group, members of that group that were adopted by
 * an ancestor of the tree are ended too, unless the adopter is the parent of `pid`. Orphans that a
 * process leaves behind while it handles the signal escape in the same way.
 *
 * If the calling process is killed while the tree is frozen, the tree stays frozen.
 *
 * @param pid The process.
 * @param options Which signal is sent, and how long the processes may take.
 * @returns The processes that have ended, and those that have not.
 * @throws {ProcessGoneError} The promise rejects: there is no such process.
 * @throws {NotSupportedError} The promise rejects: the system lacks the signal.
 * @throws {RangeError} The promise rejects: `pid` is not a process id, or is that of the calling process
 * or of a process of the system; or an option is out of range.
 * @throws {TypeError} The promise rejects: an option has the wrong type.
 *
 * @example End a server with its workers
 * ```ts ignore
 * import { killTree } from "@libproc/libproc";
 *
 * const { ended, escaped } = await killTree(4242, { graceMs: 5000 });
 * for (const { pid, exit } of ended) console.log(pid, exit.signal ?? exit.code);
 * for (const { pid, why } of escaped) console.error(pid, why);
 * ```
 */
export async function killTree(pid: number, options: KillTreeOptions = {}): Promise<KillReport> {
  const system = systemIn(checkOptions(options, ["with", "graceMs", "signal", "system"]));
  const request = requestOf(pid, options, system);
  request.signal?.throwIfAborted();
  return await killLife(findRoot(pid, system), request);
}

/**
 * Ends a process and all its descendants when the guard is disposed of, as {@linkcode killTree} does.
 * Does nothing if the process has ended by then, even if its pid was reused.
 *
 * @param pid The process.
 * @param options Which signal is sent, and how long the processes may take.
 * @throws {ProcessGoneError} There is no such process.
 * @throws {NotSupportedError} The system lacks the signal.
 * @throws {RangeError | TypeError} As {@linkcode killTree}.
 *
 * @example Leave nothing behind
 * ```ts ignore
 * import { spawn } from "node:child_process";
 * import { guardTree } from "@libproc/libproc";
 *
 * const child = spawn("make", ["-j8"]);
 * await using guard = guardTree(child.pid!);
 * // Whatever happens here, no compiler is running afterwards.
 * ```
 */
export function guardTree(pid: number, options: GuardOptions = {}): AsyncDisposable {
  const system = systemIn(checkOptions(options, ["with", "graceMs", "system"]));
  const request = requestOf(pid, options, system);
  const root = findRoot(pid, system);
  return {
    async [Symbol.asyncDispose]() {
      try {
        await killLife(root, request);
      } catch (error) {
        if (!(error instanceof ProcessGoneError)) throw error;
      }
    },
  };
}

const DOING = "end the tree of";

/** Options that were checked. */
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

/** Finds the process, and refuses those that must not be ended. */
function findRoot(pid: number, system: System): Life {
  const root = asked(DOING, pid, () => {
    if (pid === system.pid()) refuse(pid, "be another than the calling process");
    const identity = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, { system });
    return new Life(pid, identity.p_uniqueid, system);
  });
  if (isSystem(root)) refuse(pid, "not be a process of the system");
  return root;
}

function refuse(pid: number, rule: string): never {
  throw new RangeError(`Cannot ${DOING} process ${pid} as it must ${rule}`);
}

/** True for the first process, and for a process that is part of the kernel. */
function isSystem(life: Life): boolean {
  if (life.pid <= 1) return true;
  const { pbsi_flags } = life.about(DOING, () => life.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO));
  return (pbsi_flags & PROC_FLAG_SYSTEM) !== 0;
}

/** How many milliseconds processes may take to end once they got `SIGKILL`. */
const LAST_GRACE = 2000;

async function killLife(root: Life, { first, graceMs, signal }: Request): Promise<KillReport> {
  const tree = new Tree(root, signal);
  try {
    await tree.freeze();
    tree.signal(first);
    await tree.ends(first === "SIGKILL" ? LAST_GRACE : graceMs);
    if (first !== "SIGKILL" && tree.isAlive) {
      await tree.freeze();
      tree.signal("SIGKILL");
      await tree.ends(LAST_GRACE);
    }
    return tree.report();
  } finally {
    tree.close();
  }
}

/** A process of the tree. */
interface Member {
  readonly life: Life;
  readonly name: string;
  /** How far below the root it was found, in generations. */
  readonly depth: number;
  /** The watch for its end; undefined if it must not be ended. */
  readonly watch: LifeWatch | undefined;
  /** True if it was running until it was stopped here. */
  stopped: boolean;
  /** Why it does not get its signals; undefined if it does. */
  why: Exclude<EscapeReason, "alive"> | undefined;
}

/** How many times the process table is read at most, and how many milliseconds lie between. */
const ROUNDS = 64;
const PAUSE = 1;

/** A process and its descendants, which are stopped and ended. */
class Tree {
  readonly #root: Life;
  readonly #table: TableReader;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: number;
  /** All processes that were found, parents before children, by their identities. */
  readonly #members = new Map<bigint, Member>();
  /** The process groups that members lead, by their ids. */
  readonly #groups = new Map<number, Member>();
  /** The processes that may have adopted orphans of the tree. */
  readonly #adopters = new Set<bigint>();

  constructor(root: Life, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#table = root.system.table();
    this.#signal = signal;
    this.#caller = root.system.pid();
  }

  /** Stops all processes, until no new one appears. */
  async freeze(): Promise<void> {
    let stopped = false;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await this.#pause();
      const { living, found } = this.#find();
      // A process that was forked before all had stopped is in a table that was read afterwards.
      if (stopped && !found) return;
      stopped = !found;
      for (const [member, status] of living) {
        if (member.why !== undefined || status === SSTOP) continue;
        stopped = false;
        if (this.#send(member, "SIGSTOP")) member.stopped = true;
      }
    }
  }

  /** Sends a signal to all processes, children before parents, and continues them. */
  signal(signal: SignalName): void {
    this.#signal?.throwIfAborted();
    const members = [...this.#members.values()].sort((a, b) => b.depth - a.depth);
    for (const member of members) this.#send(member, signal);
    for (const member of members) this.#resume(member);
  }

  /** Waits until all processes have ended, for some milliseconds at most. */
  async ends(patience: number): Promise<void> {
    const until = performance.now() + patience;
    const look = () => !this.isAlive || performance.now() >= until || undefined;
    if (look()) return;
    await waitFor(look, { ref: true, signal: this.#signal });
  }

  /** True if any process that gets its signals has not ended. */
  get isAlive(): boolean {
    for (const { watch, why } of this.#members.values()) {
      if (why === undefined && watch?.ended() === undefined) return true;
    }
    return false;
  }

  report(): KillReport {
    const ended: EndedProcess[] = [];
    const escaped: EscapedProcess[] = [];
    for (const { life, name, watch, why } of this.#members.values()) {
      const { pid } = life;
      const uniqueId = String(life.uniqueId);
      const exit = watch?.ended();
      if (exit !== undefined) ended.push({ pid, uniqueId, name, exit });
      else escaped.push({ pid, uniqueId, name, why: why ?? "alive" });
    }
    return { ended, escaped };
  }

  /** Continues the processes that were stopped here, and closes all watches. */
  close(): void {
    for (const member of this.#members.values()) {
      if (member.stopped) this.#resume(member);
      member.watch?.close();
    }
  }

  /** Reads the process table, and adds new members of the tree. */
  #find(): { readonly living: readonly (readonly [Member, number])[]; readonly found: boolean } {
    const relatives = readRelatives(this.#table);
    const parents = parentsIn(relatives);
    const children = new Map<Relative, Relative[]>();
    for (const [child, parent] of parents) {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [child]);
      else siblings.push(child);
    }
    const known = this.#members.size;
    if (known === 0) this.#admitRoot(relatives, parents);
    for (const relative of relatives) {
      if (!this.#members.has(relative.uniqueId) && this.#isOrphan(relative, parents)) {
        this.#admit(relative, 1);
      }
    }
    const tree = relatives.filter(({ uniqueId }) => this.#members.has(uniqueId));
    const living: [Member, number][] = [];
    for (const relative of tree) {
      const member = this.#members.get(relative.uniqueId)!;
      if (relative.status !== SZOMB) living.push([member, relative.status]);
      if (relative.processGroupId === relative.pid) this.#groups.set(relative.pid, member);
      for (const child of children.get(relative) ?? []) {
        if (this.#members.has(child.uniqueId)) continue;
        this.#admit(child, member.depth + 1);
        tree.push(child);
      }
    }
    return { living, found: this.#members.size > known };
  }

  #admitRoot(relatives: readonly Relative[], parents: ReadonlyMap<Relative, Relative>): void {
    const { pid, uniqueId } = this.#root;
    const root = relatives.find((relative) => relative.uniqueId === uniqueId);
    if (root === undefined) throw new ProcessGoneError(DOING, pid);
    this.#admit(root, 0);
    const parent = parents.get(root);
    let above = parent && parents.get(parent);
    for (; above !== undefined; above = parents.get(above)) this.#adopters.add(above.uniqueId);
  }

  #admit({ pid, uniqueId, name }: Relative, depth: number): void {
    const life = new Life(pid, uniqueId, this.#root.system);
    const why = pid === this.#caller ? "caller" : pid <= 1 ? "system" : undefined;
    const watch = why === undefined ? watchLife(life) : undefined;
    this.#members.set(uniqueId, { life, name, depth, watch, stopped: false, why });
  }

  /** True for a process of a group of the tree that was adopted by an ancestor of the tree. */
  #isOrphan(relative: Relative, parents: ReadonlyMap<Relative, Relative>): boolean {
    const { pid, uniqueId, processGroupId } = relative;
    const leader = this.#groups.get(processGroupId);
    if (leader === undefined || pid === processGroupId) return false;
    const parent = parents.get(relative);
    return uniqueId > leader.life.uniqueId && parent !== undefined &&
      this.#adopters.has(parent.uniqueId);
  }

  /** Sends a signal, or notes why it cannot be sent; returns true if it was sent. */
  #send(member: Member, signal: SignalName): boolean {
    if (member.watch === undefined) return false;
    const { pid, uniqueId, system } = member.life;
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

  /** Continues a process, if it exists and may be signalled. */
  #resume(member: Member): void {
    if (member.watch === undefined) return;
    const { pid, uniqueId, system } = member.life;
    try {
      signalProcess(pid, uniqueId, "SIGCONT", system);
      member.stopped = false;
    } catch {
      // The process has ended, or cannot be continued; that must not keep the others stopped.
    }
  }

  #pause(): Promise<true> {
    const until = performance.now() + PAUSE;
    const look = () => performance.now() >= until || undefined;
    return waitFor(look, { ref: true, signal: this.#signal });
  }
}
