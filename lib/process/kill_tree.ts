import { PROC_FLAG_SYSTEM } from "../abi/bsd_info.ts";
import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import type { Census } from "../system/table.ts";
import { id } from "../system/arguments.ts";
import { censusOf } from "./census.ts";
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
import { type SignalName, signalNumber, signalProcess } from "./signals.ts";
import { sourceOf, type SourceOptions } from "./source.ts";
import { SZOMB } from "./state.ts";
import { parentsIn, readRelatives, type Relative } from "./tree.ts";
import { waitFor } from "./waits.ts";

/** How a tree of processes is ended when its guard is disposed of. */
export interface GuardOptions extends SourceOptions {
  /** What the processes get first. Default: `"SIGTERM"`. */
  readonly signal?: SignalName;
  /** How long they may take to end, in milliseconds, before they get `SIGKILL`. Default: 2000. */
  readonly grace?: number;
}

/** How {@linkcode killTree} ends a tree of processes. */
export interface KillTreeOptions extends GuardOptions {
  /**
   * Gives up: no process stays stopped, none gets a further signal, and the promise rejects with the
   * signal's reason.
   */
  readonly abort?: AbortSignal;
}

/** A process that has ended. */
export interface EndedProcess {
  /** The process id it had. */
  readonly pid: number;
  /** Names the life that has ended. */
  readonly uniqueId: bigint;
  /** The name of its program. */
  readonly name: string;
  /** How it ended, as far as the kernel tells. */
  readonly exit: Exit;
}

/** Why a process of a tree has not ended. */
export type EscapeReason =
  /** The caller may not signal it, or the system has no such signal. */
  | Exclude<Missing, "gone" | "zombie">
  /** It got `SIGKILL` and has not ended yet: it waits in the kernel for a device, as a rule. */
  | "alive"
  /** It is the calling process, which gets no signal. */
  | "caller"
  /** It is the first process, or part of the kernel. */
  | "system";

/** A process of a tree that has not ended. */
export interface EscapedProcess {
  /** The process id. */
  readonly pid: number;
  /** Names this life of the process. */
  readonly uniqueId: bigint;
  /** The name of its program. */
  readonly name: string;
  /** Why it has not ended. */
  readonly why: EscapeReason;
}

/** What became of the processes of a tree. */
export interface KillReport {
  /** Those that have ended, parents before children; zombies that were there before are among them. */
  readonly ended: readonly EndedProcess[];
  /** Those that have not, in the same order. */
  readonly escaped: readonly EscapedProcess[];
}

/**
 * Ends a process and all that it has started.
 *
 * First the tree is frozen: the process and all below it get `SIGSTOP`, from the top, until the process
 * table shows no further one. So none can be born unseen, or be put under another parent as its own
 * ends. Then all get the signal, children first, and run on, so that they can act on it. Those that
 * have not ended after the time of grace are frozen again, with what they have started meanwhile,
 * and get `SIGKILL`.
 *
 * Every signal goes to one life of a process, never to another that has come to have its id. The
 * calling process, the first process and those of the kernel get none, also where they are in the tree.
 *
 * A process that had left the tree before is not in it: a daemon, whose parent has ended. But where a
 * process of the tree leads a process group, members of the group that were adopted by an ancestor
 * are taken for the tree's, unless the adopter is the very parent of `pid`. What a process starts and
 * leaves behind as it acts on the signal escapes likewise.
 *
 * If the caller itself is ended while the tree is frozen, the tree stays so.
 *
 * @param pid The process.
 * @param options With what, and how patiently.
 * @returns What has ended and what has not.
 * @throws {ProcessGoneError} It rejects where there is no such process.
 * @throws {RangeError} It rejects where `pid` is no process id, or that of the calling process or of one
 * of the system's, or where an option is out of range.
 *
 * @example End a server with its workers
 * ```ts ignore
 * import { killTree } from "@libproc/libproc";
 *
 * const { ended, escaped } = await killTree(4242, { grace: 5000 });
 * for (const { pid, exit } of ended) console.log(pid, exit.signal ?? exit.code);
 * for (const { pid, why } of escaped) console.error(pid, why);
 * ```
 */
export async function killTree(pid: number, options: KillTreeOptions = {}): Promise<KillReport> {
  const request = requestOf(options);
  options.abort?.throwIfAborted();
  return await killLife(findRoot(pid, options), request, options);
}

/**
 * Ends a process and all that it has started when the guard is disposed of, as {@linkcode killTree}
 * does; nothing if the process has ended by then, also when another has its id.
 *
 * @param pid The process.
 * @param options With what, and how patiently.
 * @throws {ProcessGoneError} There is no such process.
 * @throws {RangeError} As from {@linkcode killTree}.
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
  const request = requestOf(options);
  const root = findRoot(pid, options);
  return {
    async [Symbol.asyncDispose]() {
      try {
        await killLife(root, request, options);
      } catch (error) {
        if (!(error instanceof ProcessGoneError)) throw error;
      }
    },
  };
}

const DOING = "end the tree of";

/** Options that were checked. */
interface Request {
  readonly signal: number;
  readonly grace: number;
  readonly abort: AbortSignal | undefined;
}

function requestOf({ signal = "SIGTERM", grace = 2000, abort }: KillTreeOptions): Request {
  if (typeof grace !== "number" || !(grace >= 0)) {
    throw new RangeError(
      `Cannot pass grace as it must be a number of milliseconds from 0: current value is ${grace}`,
    );
  }
  return { signal: signalNumber(signal), grace, abort };
}

/** Finds the process that is meant, and refuses those that must not end. */
function findRoot(pid: number, options: SourceOptions): Life {
  id("pid", pid);
  const source = sourceOf(options);
  const root = asked(DOING, pid, () => {
    if (pid === source.host.pid()) refuse(pid, "another than the calling process");
    const identity = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, source.kernel);
    return new Life(pid, identity.p_uniqueid, source);
  });
  if (isSystem(root)) refuse(pid, "no process of the system");
  return root;
}

function refuse(pid: number, kind: string): never {
  throw new RangeError(`Cannot ${DOING} process ${pid} as it must be ${kind}`);
}

/** Whether a process is the first one, or part of the kernel. */
function isSystem(life: Life): boolean {
  if (life.pid <= 1) return true;
  const { pbsi_flags } = life.about(DOING, () => life.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO));
  return (pbsi_flags & PROC_FLAG_SYSTEM) !== 0;
}

/** The number of the state of a process that is stopped. */
const SSTOP = 4;

const SIGKILL = 9;
const SIGSTOP = 17;
const SIGCONT = 19;

/** How many milliseconds processes may take to end once they got `SIGKILL`. */
const LAST_GRACE = 2000;

async function killLife(
  root: Life,
  { signal, grace, abort }: Request,
  options: SourceOptions,
): Promise<KillReport> {
  const tree = new Tree(root, censusOf(options), abort);
  try {
    await tree.freeze();
    tree.signal(signal);
    await tree.ends(signal === SIGKILL ? LAST_GRACE : grace);
    if (signal !== SIGKILL && tree.isAlive) {
      await tree.freeze();
      tree.signal(SIGKILL);
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
  /** How far below the root it was found. */
  readonly depth: number;
  /** What tells of its end; undefined where it must not end. */
  readonly watch: LifeWatch | undefined;
  /** Whether it was running until it was stopped here. */
  stopped: boolean;
  /** Why it does not get its signals. */
  why: Exclude<EscapeReason, "alive"> | undefined;
}

/** How many times the table is looked at, and how many milliseconds lie between. */
const ROUNDS = 64;
const PAUSE = 1;

/** A process and all below it, which are stopped and ended. */
class Tree {
  readonly #root: Life;
  readonly #census: Census;
  readonly #abort: AbortSignal | undefined;
  readonly #caller: number;
  /** All processes that were found, parents before children, by their numbers. */
  readonly #members = new Map<bigint, Member>();
  /** The groups that members lead, by their ids. */
  readonly #groups = new Map<number, Member>();
  /** Who may have adopted orphans of the tree. */
  readonly #adopters = new Set<bigint>();

  constructor(root: Life, census: Census, abort: AbortSignal | undefined) {
    this.#root = root;
    this.#census = census;
    this.#abort = abort;
    this.#caller = root.source.host.pid();
  }

  /** Stops all, until nothing is born any more. */
  async freeze(): Promise<void> {
    let stopped = false;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await this.#pause();
      const { living, found } = this.#find();
      // What was born before all had stopped is in a table that was read afterwards.
      if (stopped && !found) return;
      stopped = !found;
      for (const [member, status] of living) {
        if (member.why !== undefined || status === SSTOP) continue;
        stopped = false;
        if (this.#send(member, SIGSTOP)) member.stopped = true;
      }
    }
  }

  /** Sends a signal to all, the children first, and lets them run on. */
  signal(number: number): void {
    this.#abort?.throwIfAborted();
    const members = [...this.#members.values()].sort((a, b) => b.depth - a.depth);
    for (const member of members) this.#send(member, number);
    for (const member of members) this.#resume(member);
  }

  /** Waits for the end of all, for some milliseconds. */
  async ends(patience: number): Promise<void> {
    const until = performance.now() + patience;
    const look = () => !this.isAlive || performance.now() >= until || undefined;
    if (look()) return;
    await waitFor(look, { ref: true, signal: this.#abort });
  }

  /** Whether any that gets its signals has not ended. */
  get isAlive(): boolean {
    for (const { watch, why } of this.#members.values()) {
      if (why === undefined && watch?.ended() === undefined) return true;
    }
    return false;
  }

  report(): KillReport {
    const ended: EndedProcess[] = [];
    const escaped: EscapedProcess[] = [];
    for (const { life: { pid, uniqueId }, name, watch, why } of this.#members.values()) {
      const exit = watch?.ended();
      if (exit !== undefined) ended.push({ pid, uniqueId, name, exit });
      else escaped.push({ pid, uniqueId, name, why: why ?? "alive" });
    }
    return { ended, escaped };
  }

  /** Leaves no process stopped that was running before. */
  close(): void {
    for (const member of this.#members.values()) {
      if (member.stopped) this.#resume(member);
      member.watch?.close();
    }
  }

  /** Looks at the table, and takes in who is in the tree and was not known. */
  #find(): { readonly living: readonly (readonly [Member, number])[]; readonly found: boolean } {
    const relatives = readRelatives(this.#census);
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
    const life = new Life(pid, uniqueId, this.#root.source);
    const why = pid === this.#caller ? "caller" : pid <= 1 ? "system" : undefined;
    const watch = why === undefined ? watchLife(life) : undefined;
    this.#members.set(uniqueId, { life, name, depth, watch, stopped: false, why });
  }

  /** Whether a process is in a group of the tree's, but was adopted by one above it. */
  #isOrphan(relative: Relative, parents: ReadonlyMap<Relative, Relative>): boolean {
    const { pid, uniqueId, processGroupId } = relative;
    const leader = this.#groups.get(processGroupId);
    if (leader === undefined || pid === processGroupId) return false;
    const parent = parents.get(relative);
    return uniqueId > leader.life.uniqueId && parent !== undefined &&
      this.#adopters.has(parent.uniqueId);
  }

  /** Sends a signal, or remembers why it cannot be sent; tells whether it was. */
  #send(member: Member, number: number): boolean {
    if (member.watch === undefined) return false;
    const { pid, uniqueId, source } = member.life;
    try {
      signalProcess(pid, uniqueId, number, source);
      member.why = undefined;
      return true;
    } catch (error) {
      if (error instanceof AccessDeniedError) member.why = "denied";
      else if (error instanceof NotSupportedError) member.why = "unsupported";
      else if (!(error instanceof ProcessError)) throw error;
      return false;
    }
  }

  /** Lets a process run on, if it is there and may be told. */
  #resume(member: Member): void {
    if (member.watch === undefined) return;
    const { pid, uniqueId, source } = member.life;
    try {
      signalProcess(pid, uniqueId, SIGCONT, source);
      member.stopped = false;
    } catch {
      // It has ended, or nothing can be done for it; the others must not wait for that.
    }
  }

  #pause(): Promise<true> {
    const until = performance.now() + PAUSE;
    const look = () => performance.now() >= until || undefined;
    return waitFor(look, { ref: true, signal: this.#abort });
  }
}
