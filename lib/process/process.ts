import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { id, uint64 } from "../system/arguments.ts";
import { type ArgumentInfo, argumentsOf, environmentBytesOf, environmentOf } from "./arguments.ts";
import {
  type ControlGroups,
  controlGroupsOf,
  namespacesOf,
  type ProcessNamespaces,
} from "./confinement.ts";
import { credentialsOf, type ProcessCredentials } from "./credentials.ts";
import { type Descriptor, descriptorsOf } from "./descriptors.ts";
import {
  AccessDeniedError,
  asked,
  type Missing,
  NotSupportedError,
  ProcessGoneError,
  ZombieError,
} from "./errors.ts";
import { type Exit, waitForLife } from "./exit.ts";
import { type ExecutableInfo, executableOf } from "./executable.ts";
import { infoOf, nameOf, type ProcessInfo, stateOf } from "./info.ts";
import { known } from "./known.ts";
import { Life, optional, ZOMBIES_TOO } from "./life.ts";
import { limitsOf, type ProcessLimits } from "./limits.ts";
import { rootDirectoryOf, workingDirectoryOf } from "./paths.ts";
import { type RegionInfo, regionsOf } from "./regions.ts";
import { childrenOf, parentOf } from "./relatives.ts";
import { type SignalName, signalProcess } from "./signals.ts";
import { sourceOf, type SourceOptions } from "./source.ts";
import { type ProcessState, SRUN } from "./state.ts";
import { type PriorityInfo, priorityOf, type TerminalInfo, terminalOf } from "./terminal.ts";
import { type ThreadInfo, threadsOf } from "./threads.ts";
import {
  CpuMeter,
  memoryOf,
  type MemoryUsage,
  type ResourceUsage,
  resourceUsageOf,
} from "./usage.ts";

/** Which life of which process: what tells a process from every other, before it and after it. */
export interface ProcessLife {
  /** The process id. */
  readonly pid: number;
  /** Names this life of the process: no other has the same number until the machine starts anew. */
  readonly uniqueId: bigint;
  /** Names the time since the machine started; left out where the system does not tell. */
  readonly bootId?: string;
}

/** What becomes of a {@linkcode Process} in JSON. */
export type ProcessJson =
  & Partial<Omit<ProcessInfo, "pid" | "uniqueId" | "state">>
  & {
    /** The process id. */
    readonly pid: number;
    /** Names this life of the process: a number, in decimal digits. */
    readonly uniqueId: string;
    /** What the process is doing, or why that is not known. */
    readonly state?: ProcessState | Missing;
    /** Names the time since the machine started; left out where the system does not tell. */
    readonly bootId?: string;
  };

/** Which children are found. */
export interface ChildrenOptions {
  /** Whether their children are found as well, and theirs. Default: false. */
  readonly recursive?: boolean;
}

/** How {@linkcode Process.wait} waits. */
export interface ProcessWaitOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the program goes on as long as it waits, even if nothing else keeps it. Default: true. */
  readonly ref?: boolean;
}

/**
 * Opens a process, which may be a zombie.
 *
 * Nothing is held open: the process is known again by its number that no other has.
 *
 * @param pid The process.
 * @param options Who is asked; this host when left out.
 * @throws {ProcessGoneError} No process has the id.
 * @throws {AccessDeniedError} The system refuses even that to this user.
 * @throws {RangeError} `pid` is no process id.
 *
 * @example
 * ```ts
 * import { openProcess } from "@libproc/libproc";
 * import process from "node:process";
 *
 * const self = openProcess(process.pid);
 * console.log(self.name(), self.memory().residentBytes, self.parent()?.name());
 * ```
 *
 * @example Processes that end
 * ```ts
 * import { openProcess, ProcessGoneError } from "@libproc/libproc";
 *
 * try {
 *   console.log(openProcess(2147483647).name());
 * } catch (error) {
 *   if (!(error instanceof ProcessGoneError)) throw error;
 *   console.log(error.message); // Cannot find process 2147483647: there is no such process...
 * }
 * ```
 */
export function openProcess(pid: number, options: SourceOptions = {}): Process {
  id("pid", pid);
  const source = sourceOf(options);
  const { p_uniqueid } = asked(
    "find",
    pid,
    () => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, source.kernel),
  );
  return new Process({ pid, uniqueId: p_uniqueid }, source);
}

/**
 * One life of a process: {@linkcode openProcess} opens it.
 *
 * Every method is about this life alone. Once it is over, each throws {@linkcode ProcessGoneError},
 * also where another process has come to have the id. A zombie still tells its ids, name, state,
 * credentials, parent, terminal, priority and what it used; for what it has lost, methods throw
 * {@linkcode ZombieError}. What the system refuses is {@linkcode AccessDeniedError}, and what it does not
 * have {@linkcode NotSupportedError}. Any other failure, such as too many open files, is the
 * `SystemCallError` that it was, and an answer that the kernel cut short a `ShortAnswerError`.
 *
 * Of other users' processes macOS tells anybody what `info()`, `name()`, `status()`, `executable()`,
 * `credentials()`, `parent()` and `children()` say, and the rest to root alone. Linux tells anybody all
 * but the executable, the directories, the environment, descriptors, regions, namespaces, and what was
 * read and written.
 *
 * @example
 * ```ts
 * import { openProcess } from "@libproc/libproc";
 * import process from "node:process";
 *
 * using self = openProcess(process.pid);
 * for (const { id, name, state, cpuTimeNs } of self.threads()) {
 *   console.log(id, name, state, cpuTimeNs / 1e6, "ms");
 * }
 * console.log(JSON.stringify(self));
 * ```
 */
export class Process implements Disposable {
  /** The process id. */
  readonly pid: number;
  /** Names this life of the process: no other has the same number until the machine starts anew. */
  readonly uniqueId: bigint;
  readonly #life: Life;
  readonly #meter = new CpuMeter();
  readonly #disposal = new AbortController();

  /**
   * Stands for a process that was seen before; nothing is asked about it yet.
   *
   * @param life Which life of which process, as {@linkcode Process.identity} told it.
   * @param options Who is asked; this host when left out.
   * @throws {ProcessGoneError} The machine has been started anew since.
   * @throws {RangeError} `pid` is no process id, or `uniqueId` no number of 64 bits.
   */
  constructor(life: ProcessLife, options: SourceOptions = {}) {
    this.pid = id("pid", life.pid);
    this.uniqueId = uint64("uniqueId", life.uniqueId);
    this.#life = new Life(this.pid, this.uniqueId, sourceOf(options));
    const bootId = life.bootId === undefined ? undefined : bootIdOf(this.#life);
    if (bootId !== undefined && bootId !== life.bootId) {
      throw new ProcessGoneError("find", this.pid);
    }
  }

  /** The life, to ask about. */
  get #open(): Life {
    this.#disposal.signal.throwIfAborted();
    return this.#life;
  }

  /**
   * Tells which life of which process this is, so that it can be found again.
   *
   * `new Process(identity)` does; `toJSON()` gives the same with `uniqueId` as a text.
   *
   * @returns What tells it from every other process, without a question about the process.
   */
  identity(): ProcessLife {
    return known<ProcessLife>({
      pid: this.pid,
      uniqueId: this.uniqueId,
      bootId: bootIdOf(this.#open),
    });
  }

  /**
   * Tells whether the process lives. A zombie does not.
   *
   * @throws {AccessDeniedError} The system does not tell this user.
   */
  isRunning(): boolean {
    const life = this.#open;
    return life.about("find the state of", () => life.vitality()) === "living";
  }

  /**
   * Reads what is known of the process at once, also of a zombie.
   *
   * @throws {ProcessGoneError} It has ended.
   */
  info(): ProcessInfo {
    return infoOf(this.#open);
  }

  /**
   * Reads what the process is doing.
   *
   * macOS says of nearly every process that it is running: whether it is, only its threads tell, and of
   * other users' processes only root.
   *
   * @returns Its state; `"gone"` once it has ended and been waited for.
   * @throws {AccessDeniedError} It is another user's, and may be running or not.
   * @throws {NotSupportedError} The system says nothing sensible.
   */
  status(): ProcessState | "gone" {
    const life = this.#open;
    const doing = "read the state of";
    let status: number;
    let state: ProcessState | undefined;
    try {
      status = life.about(doing, () => life.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO).pbsi_status);
      state = life.about(doing, () => stateOf(life, status));
    } catch (error) {
      if (error instanceof ProcessGoneError) return "gone";
      throw error;
    }
    if (state !== undefined) return state;
    if (status === SRUN) throw new AccessDeniedError(doing, this.pid);
    throw new NotSupportedError(doing, this.pid);
  }

  /**
   * Reads the name of the program, also of a zombie.
   *
   * It is what the kernel knows, up to 31 bytes. Where it keeps only 15, the name is completed from the
   * command line or the path of the program, as far as they start with the same.
   *
   * @throws {ProcessGoneError} It has ended.
   */
  name(): string {
    return nameOf(this.#open);
  }

  /**
   * Finds the file of the program.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   * @throws {NotSupportedError} It runs no file, as the kernel does; or macOS has lost the name, as it
   * does once the file is deleted.
   */
  executable(): ExecutableInfo {
    return executableOf(this.#open);
  }

  /**
   * Reads the arguments that the process was started with: all of them, empty ones too.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  arguments(): ArgumentInfo {
    return argumentsOf(this.#open);
  }

  /**
   * Reads the environment that the process was started with. Mind that it may hold secrets.
   *
   * Of variables that stand there twice it is the first, as `getenv()` finds it. What has no name or no
   * `=` is left out; {@linkcode Process.environmentBytes} has it all.
   *
   * @throws {AccessDeniedError} The system withholds it, as macOS does for programs that are part of it.
   * @throws {ProcessGoneError | ZombieError} As every method does.
   */
  environment(): Readonly<Record<string, string>> {
    return environmentOf(this.#open);
  }

  /**
   * Reads the environment that the process was started with as the kernel has it, as in `PATH=/bin`.
   *
   * @returns Bytes without their NULs, which need not be UTF-8.
   * @throws {AccessDeniedError} The system withholds it, as macOS does for programs that are part of it.
   * @throws {ProcessGoneError | ZombieError} As every method does.
   */
  environmentBytes(): readonly Uint8Array[] {
    return environmentBytesOf(this.#open);
  }

  /**
   * Reads the path of the working directory.
   *
   * @throws {NotSupportedError} The directory has lost its name, or it is longer than 1022 bytes.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  workingDirectory(): string {
    return workingDirectoryOf(this.#open);
  }

  /**
   * Reads the path of the root directory: `/` but for processes that `chroot()` shuts in.
   *
   * @throws {NotSupportedError} The directory has lost its name, or it is longer than 1022 bytes.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  rootDirectory(): string {
    return rootDirectoryOf(this.#open);
  }

  /**
   * Finds the parent, which takes the process over if the one that made it has ended.
   *
   * @returns The parent; undefined for the first process, and where this user may not see it.
   * @throws {ProcessGoneError} The process has ended.
   */
  parent(): Process | undefined {
    const life = this.#open;
    const parent = parentOf(life);
    return parent && new Process(parent, life.source);
  }

  /**
   * Finds the children that this user may see, zombies too: `status()` tells them apart.
   *
   * A child is known by the number of its parent, so that no other process that has come to have an id
   * is taken for one. A process that this one traces is no child of it.
   *
   * @param options Whether the children of children are found as well; a parent comes before its
   * children.
   * @throws {ProcessGoneError} The process has ended.
   */
  children({ recursive = false }: ChildrenOptions = {}): Process[] {
    const life = this.#open;
    return childrenOf(life, recursive).map((child) => new Process(child, life.source));
  }

  /**
   * Reads the threads. One that ends meanwhile is left out.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  threads(): ThreadInfo[] {
    return threadsOf(this.#open);
  }

  /**
   * Reads the memory map, from the lowest address to the highest.
   *
   * Each region is one question, so a process that runs on may have changed between two of them.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  regions(): RegionInfo[] {
    return regionsOf(this.#open);
  }

  /**
   * Reads what the process has open.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  files(): Descriptor[] {
    const life = this.#open;
    return life.living("read the descriptors of", () => descriptorsOf(life.pid, life.source));
  }

  /**
   * Reads what the process has open that is a socket.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  sockets(): Descriptor[] {
    return this.files().filter(({ type }) => type === "socket");
  }

  /**
   * Reads what the process has used since it started, also of a zombie.
   *
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  resourceUsage(): ResourceUsage {
    return resourceUsageOf(this.#open);
  }

  /**
   * Measures the share of processor time that the process took since the last time that this object was
   * asked. Each object measures on its own.
   *
   * @returns Percent of one processor, so that two that are busy make 200; undefined the first time, and
   * where no time has passed.
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   *
   * @example
   * ```ts
   * import { openProcess } from "@libproc/libproc";
   * import process from "node:process";
   *
   * const self = openProcess(process.pid);
   * self.cpuPercent(); // undefined: it starts to measure
   * for (let i = 0; i < 1e7; i++);
   * console.log(self.cpuPercent()?.toFixed(0)); // 100 or so
   * ```
   */
  cpuPercent(): number | undefined {
    return this.#meter.look(this.#open);
  }

  /**
   * Reads the sizes of the memory.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  memory(): MemoryUsage {
    return memoryOf(this.#open);
  }

  /**
   * Reads the limits that the process runs under, also of a zombie.
   *
   * @throws {NotSupportedError} The system does not tell the limits of a process, as macOS.
   * @throws {ProcessGoneError} It has ended.
   */
  limits(): ProcessLimits {
    return limitsOf(this.#open);
  }

  /**
   * Reads the users and groups that the process acts for, and on Linux what it may do; also of a zombie.
   *
   * @throws {ProcessGoneError} It has ended.
   */
  credentials(): ProcessCredentials {
    return credentialsOf(this.#open);
  }

  /**
   * Reads the control groups that the process is in, and finds the container that they name; also of a
   * zombie.
   *
   * @throws {NotSupportedError} The system has none, as macOS.
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  controlGroup(): ControlGroups {
    return controlGroupsOf(this.#open);
  }

  /**
   * Reads the namespaces that the process is in.
   *
   * @throws {NotSupportedError} The system has none, as macOS.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  namespaces(): ProcessNamespaces {
    return namespacesOf(this.#open);
  }

  /**
   * Finds the terminal that controls the process, also of a zombie.
   *
   * @returns The terminal; undefined if there is none.
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  terminal(): TerminalInfo | undefined {
    return terminalOf(this.#open);
  }

  /**
   * Reads how urgent the process is, also of a zombie.
   *
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  priority(): PriorityInfo {
    return priorityOf(this.#open);
  }

  /**
   * Sends a signal to the process, which may be the caller itself, and never to another.
   *
   * @param signal The signal: its name, or Darwin's number, which is not Linux's in every case.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   * @throws {NotSupportedError} This system has no such signal.
   * @throws {RangeError} There is no such signal.
   */
  signal(signal: SignalName | number): void {
    const { pid, uniqueId, source } = this.#open;
    signalProcess(pid, uniqueId, signal, source);
  }

  /**
   * Stops the process until it is told to resume: `SIGSTOP`.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  stop(): void {
    this.signal("SIGSTOP");
  }

  /**
   * Lets the process go on that was stopped: `SIGCONT`.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  resume(): void {
    this.signal("SIGCONT");
  }

  /**
   * Asks the process to end: `SIGTERM`.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  terminate(): void {
    this.signal("SIGTERM");
  }

  /**
   * Waits until the process has ended; it need not be a child. A zombie has ended.
   *
   * @param options What ends the wait, and whether it holds the program.
   * @returns How it has ended, as far as the kernel tells.
   * @throws {ProcessGoneError} It rejects where the process had ended before.
   * @throws {RangeError} It rejects where it is the calling process.
   */
  async wait({ signal, ...options }: ProcessWaitOptions = {}): Promise<Exit> {
    const disposal = this.#disposal.signal;
    return await waitForLife(this.#open, {
      ...options,
      signal: signal === undefined ? disposal : AbortSignal.any([signal, disposal]),
    });
  }

  /**
   * Ends all waits of this object, which reject, and lets it answer no more: from then on methods throw a
   * `TypeError`. The process goes on.
   */
  [Symbol.dispose](): void {
    if (this.#disposal.signal.aborted) return;
    this.#disposal.abort(
      new TypeError(`Cannot ask about process ${this.pid} as it was disposed of`),
    );
  }

  /**
   * Gives what `info()` and `identity()` give, for JSON: `uniqueId` is a text, and where `info()` would
   * throw, `state` says why. `BigInt(uniqueId)` makes an identity of it again.
   *
   * @throws {TypeError} It was disposed of.
   */
  toJSON(): ProcessJson {
    const { bootId } = this.identity();
    const found = { pid: this.pid, uniqueId: `${this.uniqueId}` };
    try {
      return known<ProcessJson>({ ...this.info(), ...found, bootId });
    } catch (error) {
      const state = missingFor(error);
      if (state === undefined) throw error;
      return known<ProcessJson>({ ...found, state, bootId });
    }
  }
}

/** Undefined where the system does not tell. */
function bootIdOf({ pid, source: { host } }: Life): string | undefined {
  return asked("find", pid, () => optional(() => host.bootId()));
}

/** What an error of this module says of a process. */
function missingFor(error: unknown): Missing | undefined {
  if (error instanceof ProcessGoneError) return "gone";
  if (error instanceof ZombieError) return "zombie";
  if (error instanceof AccessDeniedError) return "denied";
  return error instanceof NotSupportedError ? "unsupported" : undefined;
}
