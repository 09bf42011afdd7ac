import { abortSignal, checkOptions, flag, id, object, text, uint64 } from "../system/arguments.ts";
import { optional } from "../system/errors.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { type Descriptor, descriptorsOf, type DetailOptions, isFile } from "./descriptors.ts";
import { asked, type Missing, ProcessError, ProcessGoneError } from "./errors.ts";
import { type Exit, waitForLife } from "./exit.ts";
import { type FieldName, fieldsNamed, type GroupName } from "./fields/mod.ts";
import {
  type ControlGroups,
  controlGroupsOf,
  namespacesOf,
  type ProcessNamespaces,
} from "./groups.ts";
import { known } from "../system/known.ts";
import { Life } from "./life.ts";
import {
  limitsOf,
  type ProcessLimit,
  type ProcessLimitName,
  type ProcessLimits,
  setLimitOf,
} from "./limits.ts";
import { type RegionInfo, regionsOf } from "./regions.ts";
import { ancestorsOf, childrenOf, parentOf } from "./relatives.ts";
import type { ProcessRow } from "./row.ts";
import { type SignalName, signalProcess } from "./signals.ts";
import type { ProcessState } from "./state.ts";
import { type ThreadInfo, threadsOf } from "./threads.ts";
import { CpuMeter } from "./usage.ts";

/** What identifies a process among all others, earlier and later ones too. */
export interface ProcessIdentity {
  /** The process id. */
  readonly pid: number;
  /** The identity, in decimal digits: no other process has the same until the machine starts again. */
  readonly uniqueId: string;
  /** Identifies the time since the machine started; absent if the system does not report it. */
  readonly bootId?: string;
}

/** The fields of {@linkcode Process.info}. */
export type InfoField =
  | "uniqueId"
  | "parentPid"
  | "processGroupId"
  | "sessionId"
  | "name"
  | "state"
  | "userId"
  | "groupId"
  | "realUserId"
  | "realGroupId"
  | "startedAt"
  | "terminalDevice"
  | "sessionLeader"
  | "nice"
  | "kernelThread"
  | "is64Bit"
  | "translated"
  | "traced"
  | "exiting";

const INFO: readonly InfoField[] = [
  "uniqueId",
  "parentPid",
  "processGroupId",
  "sessionId",
  "name",
  "state",
  "userId",
  "groupId",
  "realUserId",
  "realGroupId",
  "startedAt",
  "terminalDevice",
  "sessionLeader",
  "nice",
  "kernelThread",
  "is64Bit",
  "translated",
  "traced",
  "exiting",
];

/** The fields of {@linkcode Process.memory}. */
export type MemoryField =
  | "residentBytes"
  | "virtualBytes"
  | "footprintBytes"
  | "peakBytes"
  | "wiredBytes";

const MEMORY: readonly MemoryField[] = [
  "residentBytes",
  "virtualBytes",
  "footprintBytes",
  "peakBytes",
  "wiredBytes",
];

/** The fields of {@linkcode Process.resourceUsage}. */
export type UsageField =
  | "userTimeNs"
  | "systemTimeNs"
  | "cpuTimeNs"
  | "childUserTimeNs"
  | "childSystemTimeNs"
  | "footprintBytes"
  | "pageFaults"
  | "majorPageFaults"
  | "readBytes"
  | "writtenBytes"
  | "interruptWakeups"
  | "packageWakeups"
  | "instructions"
  | "cycles"
  | "energyNanojoules";

const USAGE: readonly UsageField[] = [
  "userTimeNs",
  "systemTimeNs",
  "cpuTimeNs",
  "childUserTimeNs",
  "childSystemTimeNs",
  "footprintBytes",
  "pageFaults",
  "majorPageFaults",
  "readBytes",
  "writtenBytes",
  "interruptWakeups",
  "packageWakeups",
  "instructions",
  "cycles",
  "energyNanojoules",
];

/** The fields of {@linkcode Process.credentials}. */
export type CredentialField =
  | "userId"
  | "groupId"
  | "userName"
  | "realUserId"
  | "savedUserId"
  | "realGroupId"
  | "savedGroupId"
  | "supplementaryGroupIds"
  | "effectiveCapabilities"
  | "permittedCapabilities"
  | "inheritableCapabilities"
  | "boundingCapabilities"
  | "ambientCapabilities"
  | "noNewPrivileges"
  | "systemCallFilter"
  | "securityLabel";

const CREDENTIALS: readonly CredentialField[] = [
  "userId",
  "groupId",
  "userName",
  "realUserId",
  "savedUserId",
  "realGroupId",
  "savedGroupId",
  "supplementaryGroupIds",
  "effectiveCapabilities",
  "permittedCapabilities",
  "inheritableCapabilities",
  "boundingCapabilities",
  "ambientCapabilities",
  "noNewPrivileges",
  "systemCallFilter",
  "securityLabel",
];

/** The fields of {@linkcode Process.priority}. */
export type PriorityField = "nice" | "basePriority" | "schedulingPolicy";

const PRIORITY: readonly PriorityField[] = ["nice", "basePriority", "schedulingPolicy"];

/** Where a file is, or was. */
export interface PathInfo {
  /** Its path, or the last one if it was deleted; without the suffix that Linux adds then. */
  readonly path: string;
  /**
   * True if the file has lost that path since: it was deleted, or another file took its name. Undefined
   * if the system does not report it.
   */
  readonly deleted: boolean | undefined;
}

/** The controlling terminal of a process. */
export interface TerminalInfo {
  /** Its device number. */
  readonly device: number;
  /** Its path, as in `/dev/pts/3`; undefined if no path leads to it. */
  readonly path: string | undefined;
  /** The process group in its foreground; undefined without one. */
  readonly foregroundProcessGroupId: number | undefined;
  /** True if the process is in that group. */
  readonly foreground: boolean;
  /** True if the process is the session leader. */
  readonly sessionLeader: boolean;
}

/** A {@linkcode Process} in JSON: its identity, and what `info()` returns. */
export type ProcessJson =
  & ProcessIdentity
  & Omit<ProcessRow<InfoField>, "uniqueId" | "missing">
  & {
    /** Why fields have no value, by their names. */
    readonly missing: { readonly [N in InfoField]?: Missing };
  };

/** Which children are found. */
export interface ChildrenOptions {
  /** True if their children are found as well, and theirs. Default: false. */
  readonly recursive?: boolean;
}

/** How {@linkcode Process.wait} waits. */
export interface ProcessWaitOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** True to keep the program running while it waits, even if nothing else does. Default: true. */
  readonly ref?: boolean;
}

/** Closes the files of processes that are not referred to any more. */
const unused = new FinalizationRegistry<Life>((life) => life.forget());

/**
 * Opens a process, which may be a zombie.
 *
 * The process is recognized by its identity. On Linux, if it is read again and again, some of its files
 * stay open until it is disposed of or collected; all processes together keep 48 descriptors at most. A worker must
 * dispose of its processes before it ends: what it keeps stays open otherwise.
 *
 * @param pid The process id.
 * @param options The system to query.
 * @throws {ProcessGoneError} There is no such process.
 * @throws {AccessDeniedError} The system refuses even that to this user.
 * @throws {RangeError} `pid` is not a process id.
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
 * @example A process that has ended
 * ```ts
 * import { openProcess, ProcessGoneError } from "@libproc/libproc";
 *
 * try {
 *   console.log(openProcess(2147483647).name());
 * } catch (error) {
 *   if (!(error instanceof ProcessGoneError)) throw error;
 *   console.log(error.missing); // gone
 * }
 * ```
 */
export function openProcess(pid: number, options: SystemOptions = {}): Process {
  id("pid", pid);
  const system = systemAlone(options);
  return processOf(asked("find", pid, () => Life.at(pid, system)).life);
}

/**
 * One process: {@linkcode openProcess} opens it.
 *
 * Every method is about this process alone. Once it has ended, each throws
 * {@linkcode ProcessGoneError}, also if another process reuses its id. A zombie still has its ids, name,
 * state, credentials, parent, terminal, priority and what it used; for what it has lost, methods throw
 * {@linkcode ZombieError}. {@linkcode AccessDeniedError} means that the system refuses something to this
 * user, {@linkcode ProcessStartingError} that the process is in the middle of an exec, and
 * {@linkcode NotSupportedError} that the system has no such thing: the property `missing` of each is the
 * word that a row would have. Other failures, such as too many open files, are the `SystemCallError`
 * that they were, and an answer that the kernel cut short is a `ShortAnswerError`, or a
 * `SystemCallError` with the code `EIO`.
 *
 * Methods that return a row report fields without a value as undefined, and why in `missing`, as
 * `processes()` does.
 *
 * Of other users' processes macOS reports the ids, the name, the start, the executable, the credentials,
 * the terminal, the nice value, the parent and the children to every user, also of programs with the
 * set-user-ID bit, and the rest to root alone. Linux reports everything to every user but the executable, the directories, the environment, descriptors, regions, namespaces, and what was read
 * and written.
 *
 * @example
 * ```ts
 * import { openProcess } from "@libproc/libproc";
 * import process from "node:process";
 *
 * using self = openProcess(process.pid);
 * console.log(self.read("name", "residentBytes", "cpuTimeNs"));
 * for (const { id, name, state, cpuTimeNs } of self.threads()) {
 *   console.log(id, name, state, cpuTimeNs / 1e6, "ms");
 * }
 * console.log(JSON.stringify(self));
 * ```
 */
export class Process implements Disposable {
  /** The process id. */
  readonly pid: number;
  /** The identity, in decimal digits: no other process has the same until the machine starts again. */
  readonly uniqueId: string;
  readonly #life: Life;
  // Many processes are found that are not requested either.
  #meter: CpuMeter | undefined;
  #disposal: AbortController | undefined;
  #isUsed = false;
  #isDisposed = false;

  /**
   * Stands for a process that was seen before; it is not queried yet.
   *
   * @param identity The process, as {@linkcode Process.identity} returned it.
   * @param options The system to query.
   * @throws {ProcessGoneError} The machine has been started again since.
   * @throws {RangeError} `pid` is not a process id, or `uniqueId` not a number of 64 bits.
   * @throws {TypeError} `uniqueId` is not a string.
   */
  constructor(identity: ProcessIdentity, options: SystemOptions = {}) {
    if (identity instanceof Life) {
      this.pid = identity.pid;
      this.uniqueId = String(identity.uniqueId);
      this.#life = identity;
      return;
    }
    this.pid = id("pid", object("identity", identity).pid);
    const uniqueId = identityOf(identity.uniqueId);
    this.uniqueId = String(uniqueId);
    this.#life = new Life(this.pid, uniqueId, systemAlone(options));
    if (identity.bootId !== undefined) text("bootId", identity.bootId);
    const bootId = identity.bootId === undefined ? undefined : bootIdOf(this.#life);
    if (bootId !== undefined && bootId !== identity.bootId) {
      throw new ProcessGoneError("find", this.pid);
    }
  }

  /** The process, as long as this was not disposed of. */
  get #open(): Life {
    if (this.#isDisposed) throw this.#disposed;
    if (!this.#isUsed) {
      this.#isUsed = true;
      unused.register(this, this.#life);
    }
    return this.#life;
  }

  get #disposed(): TypeError {
    return new TypeError(`Cannot query process ${this.pid} as it was disposed of`);
  }

  /**
   * Returns what identifies this process, so that `new Process(identity)` finds it again. The process
   * is not queried.
   */
  identity(): ProcessIdentity {
    return known<ProcessIdentity>({
      pid: this.pid,
      uniqueId: this.uniqueId,
      bootId: bootIdOf(this.#open),
    });
  }

  /**
   * Reads fields of the process, all in one look.
   *
   * @typeParam F The fields that are read.
   * @param fields Names of fields, or of groups of fields.
   * @returns The fields; those without a value are undefined, and `missing` reports why.
   * @throws {ProcessGoneError} It has ended, and its parent has waited for it.
   * @throws {AccessDeniedError} Nothing of it may be read.
   * @throws {RangeError} A field does not exist, or is named twice.
   *
   * @example
   * ```ts
   * import { openProcess } from "@libproc/libproc";
   * import process from "node:process";
   *
   * const { residentBytes, cpuTimeNs } = openProcess(process.pid).read("residentBytes", "cpuTimeNs");
   * console.log(residentBytes, cpuTimeNs);
   * ```
   */
  read<const F extends FieldName | GroupName>(...fields: F[]): ProcessRow<F> {
    const names = fieldsNamed(fields);
    return this.#open.read("read", names) as unknown as ProcessRow<F>;
  }

  /** Returns true if the process runs: it has not ended. A zombie has. */
  isRunning(): boolean {
    const life = this.#open;
    return life.about("find the state of", () => life.vitality()) === "living";
  }

  /**
   * Reads what is known of the process at once, also of a zombie.
   *
   * @throws {ProcessGoneError} It has ended.
   */
  info(): ProcessRow<InfoField> {
    return this.#open.read("read", INFO);
  }

  /**
   * Reads the state of the process.
   *
   * macOS reports nearly every process as running: whether it is, only its threads show, and of other
   * users' processes only to root.
   *
   * @throws {ProcessGoneError} It has ended, and its parent has waited for it.
   * @throws {AccessDeniedError} It is another user's, and may be running or not.
   * @throws {NotSupportedError} The system reports no sensible state.
   */
  state(): ProcessState {
    return this.#open.value("read the state of", "state");
  }

  /**
   * Reads the name of the program, also of a zombie: up to 31 bytes.
   *
   * If the kernel keeps only 15, the name is completed from the command line or the path of the program,
   * as far as they start with the same.
   *
   * @throws {ProcessGoneError} It has ended.
   */
  name(): string {
    return this.#open.value("read the name of", "name");
  }

  /**
   * Finds the file of the program.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   * @throws {NotSupportedError} It runs no file, as kernel threads; or macOS has lost the path, which it
   * does once the file is deleted.
   */
  executable(): PathInfo {
    const { executablePath, executableDeleted } = this.#open.required(
      "find the executable of",
      "executablePath",
      ["executablePath", "executableDeleted"],
    );
    return { path: executablePath!, deleted: executableDeleted };
  }

  /**
   * Reads the arguments that the process was started with: all of them, empty ones too. Kernel threads
   * have none. If the process wrote a title over them, that is the only one.
   *
   * @throws {ProcessStartingError} It is still in the middle of an exec after 10 ms.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  arguments(): readonly string[] {
    return this.#open.value("read the arguments of", "arguments");
  }

  /**
   * Reads the arguments as the kernel has them, without their NULs: they may not be UTF-8.
   *
   * @throws {ProcessError} As from {@linkcode Process.arguments}.
   */
  argumentBytes(): readonly Uint8Array[] {
    const life = this.#open;
    return life.living(
      "read the arguments of",
      () => life.system.arguments(life.pid).arguments,
    );
  }

  /**
   * Reads the environment that the process was started with. It may hold secrets.
   *
   * Of variables that occur twice it has the first, as `getenv()` finds it. Entries without a name or
   * without `=` are left out; {@linkcode Process.environmentBytes} has them all.
   *
   * @throws {AccessDeniedError} The system withholds it, as macOS does for programs that are part of it.
   * @throws {ProcessStartingError} It is still in the middle of an exec after 10 ms.
   * @throws {ProcessGoneError | ZombieError} As every method does.
   */
  environment(): Readonly<Record<string, string>> {
    const variables = new Map<string, string>();
    for (const text of this.#open.value("read the environment of", "environment")) {
      const end = text.indexOf("=");
      const name = text.slice(0, end);
      if (end > 0 && !variables.has(name)) variables.set(name, text.slice(end + 1));
    }
    // It may have a variable of any name, "__proto__" too.
    return Object.fromEntries(variables);
  }

  /**
   * Reads the environment as the kernel has it, as in `PATH=/bin`, without the NULs: it may not be UTF-8.
   *
   * @throws {ProcessError} As from {@linkcode Process.environment}.
   */
  environmentBytes(): readonly Uint8Array[] {
    const life = this.#open;
    return life.living("read the environment of", () => life.system.environment(life.pid));
  }

  /**
   * Finds the working directory. Its path is the one that the process itself would use: in another mount
   * namespace it may lead to another directory than here.
   *
   * @throws {NotSupportedError} The system has no path of it, or one of more than 4,095 bytes (macOS:
   * 1,023).
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  workingDirectory(): PathInfo {
    const { workingDirectory, workingDirectoryDeleted } = this.#open.required(
      "find the working directory of",
      "workingDirectory",
      ["workingDirectory", "workingDirectoryDeleted"],
    );
    return { path: workingDirectory!, deleted: workingDirectoryDeleted };
  }

  /**
   * Finds the root directory, likewise: `/` unless `chroot()` has changed it.
   *
   * @throws {NotSupportedError} As from {@linkcode Process.workingDirectory}.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  rootDirectory(): PathInfo {
    const { rootDirectory, rootDirectoryDeleted } = this.#open.required(
      "find the root directory of",
      "rootDirectory",
      ["rootDirectory", "rootDirectoryDeleted"],
    );
    return { path: rootDirectory!, deleted: rootDirectoryDeleted };
  }

  /**
   * Finds the parent, which takes the process over if the one that made it has ended.
   *
   * @returns The parent; undefined for the first process, and where this user may not see it.
   * @throws {ProcessGoneError} The process has ended.
   */
  parent(): Process | undefined {
    const parent = parentOf(this.#open);
    return parent && processOf(parent);
  }

  /**
   * Finds the parents up to the first process, the nearest first: who started this process, and who
   * started that one.
   *
   * @returns The parents that this user may see; none for the first process.
   * @throws {ProcessGoneError} The process has ended.
   */
  ancestors(): Process[] {
    return ancestorsOf(this.#open).map(processOf);
  }

  /**
   * Finds the children that this user may see, including zombies: `state()` distinguishes them.
   *
   * A child is known by the number of its parent, so that no other process that has come to have an id
   * is mistaken for one. A process that this one traces is not a child of it.
   *
   * @param options Whether the children of children are found as well; a parent comes before its
   * children.
   * @throws {ProcessGoneError} The process has ended.
   */
  children(options: ChildrenOptions = {}): Process[] {
    const { recursive = false } = checkOptions(options, ["recursive"]);
    flag("recursive", recursive);
    return childrenOf(this.#open, recursive).map(processOf);
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
   * Reads the open file descriptors.
   *
   * @param options Whether details are read: what an epoll watches, which locks are held and the like.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   * @throws {TypeError} `details` is not a boolean.
   */
  descriptors(options: DetailOptions = {}): Descriptor[] {
    const { details = false } = checkOptions(options, ["details"]);
    flag("details", details);
    const life = this.#open;
    return life.living(
      "read the descriptors of",
      () => descriptorsOf(life.pid, life.system, options),
    );
  }

  /**
   * Reads the open file descriptors of files: regular files, directories, devices, and what else has a
   * path in a file system.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  files(): Descriptor[] {
    return this.descriptors().filter(isFile);
  }

  /**
   * Reads the open file descriptors of sockets.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  sockets(): Descriptor[] {
    return this.descriptors().filter(({ type }) => type === "socket");
  }

  /**
   * Reads what the process has used since it started, also of a zombie: that still has its processor times
   * and those of its children.
   *
   * What Linux keeps of each thread alone is not among it, as it takes two files a thread to read:
   * `process.read("contextSwitches", "runnableTimeNs")` reads that.
   *
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  resourceUsage(): ProcessRow<UsageField> {
    return this.#open.required("read the resource usage of", "cpuTimeNs", USAGE);
  }

  /**
   * Measures the share of processor time that the process took since the last time that this object was
   * queried. Each object measures on its own.
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
    return (this.#meter ??= new CpuMeter()).look(this.#open);
  }

  /**
   * Reads the sizes of the memory.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  memory(): ProcessRow<MemoryField> {
    return this.#open.required("read the memory of", "residentBytes", MEMORY);
  }

  /**
   * Reads the limits that the process runs under, also of a zombie.
   *
   * @throws {NotSupportedError} The system does not report the limits of a process: macOS.
   * @throws {ProcessGoneError} It has ended.
   */
  limits(): ProcessLimits {
    return limitsOf(this.#open);
  }

  /**
   * Sets a limit of the process, on Linux.
   *
   * The call takes the id of the process. It is compared with the identity right before, which leaves the
   * time of one system call in which the process may end and another may get its id.
   *
   * @param name The limit, as {@linkcode Process.limits} has it.
   * @param limit Both parts of it; undefined is unlimited.
   * @throws {AccessDeniedError} It takes privileges to raise `hard`, and for processes of other users.
   * @throws {NotSupportedError} The system has no such call, as macOS; or the process is in another `/proc`.
   * @throws {ProcessGoneError | ZombieError} As every method does.
   * @throws {RangeError} There is no such limit, or `soft` is above `hard`.
   *
   * @example
   * ```ts
   * import { openProcess } from "@libproc/libproc";
   * import process from "node:process";
   *
   * if (process.platform === "linux") {
   *   const self = openProcess(process.pid);
   *   const { hard } = self.limits().openFiles!;
   *   self.setLimit("openFiles", { soft: Math.min(1024, hard ?? 1024), hard });
   * }
   * ```
   */
  setLimit(name: ProcessLimitName, limit: ProcessLimit): void {
    setLimitOf(this.#open, name, limit);
  }

  /**
   * Reads the users and groups of the process, and on Linux its privileges; also of a zombie.
   *
   * @throws {ProcessGoneError} It has ended.
   */
  credentials(): ProcessRow<CredentialField> {
    return this.#open.required("read the credentials of", "realUserId", CREDENTIALS);
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
   * Finds the controlling terminal of the process, also of a zombie.
   *
   * @returns The terminal; undefined without one.
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  terminal(): TerminalInfo | undefined {
    const row = this.#open.required("read the terminal of", "sessionLeader", [
      "sessionLeader",
      "terminalDevice",
      "terminalPath",
      "foregroundProcessGroupId",
      "processGroupId",
    ]);
    const { terminalDevice: device, foregroundProcessGroupId, processGroupId } = row;
    if (device === undefined) return undefined;
    return {
      device,
      path: row.terminalPath,
      foregroundProcessGroupId,
      foreground: foregroundProcessGroupId === processGroupId,
      sessionLeader: row.sessionLeader === true,
    };
  }

  /**
   * Reads the nice value and the scheduling of the process; of a zombie the nice value alone.
   *
   * @throws {ProcessGoneError | AccessDeniedError} As every method does.
   */
  priority(): ProcessRow<PriorityField> {
    return this.#open.required("read the priority of", "nice", PRIORITY);
  }

  /**
   * Sends a signal to the process, which may be the caller itself, and never to another.
   *
   * @param signal The signal: its name, or the number that it has on this system.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   * @throws {NotSupportedError} This system lacks the signal.
   * @throws {RangeError | TypeError} There is no such signal.
   */
  signal(signal: SignalName | number): void {
    const { pid, uniqueId, system } = this.#open;
    signalProcess(pid, uniqueId, signal, system);
  }

  /**
   * Stops the process until it is resumed: `SIGSTOP`.
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
   * Requests the process to end: `SIGTERM`.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  terminate(): void {
    this.signal("SIGTERM");
  }

  /**
   * Ends the process at once: `SIGKILL`.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As every method does.
   */
  kill(): void {
    this.signal("SIGKILL");
  }

  /**
   * Waits until the process has ended; it need not be a child. A zombie has ended.
   *
   * @param options What ends the wait, and whether it holds the program.
   * @returns How it has ended, as far as the kernel reports.
   * @throws {ProcessGoneError} It rejects where the process had ended before.
   * @throws {RangeError} It rejects where it is the calling process.
   */
  async wait(options: ProcessWaitOptions = {}): Promise<Exit> {
    const { signal, ref = true } = checkOptions(options, ["signal", "ref"]);
    abortSignal("signal", signal);
    flag("ref", ref);
    const life = this.#open;
    const disposal = (this.#disposal ??= new AbortController()).signal;
    return await waitForLife(life, {
      ref,
      signal: signal === undefined ? disposal : AbortSignal.any([signal, disposal]),
    });
  }

  /**
   * Closes what is kept open for this object, and ends all its waits, which reject: from then on methods
   * throw a `TypeError`. The process goes on.
   */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#life.forget();
    this.#disposal?.abort(this.#disposed);
  }

  /**
   * Returns the identity and what `info()` returns, for JSON. If the process has ended, the fields are
   * absent and `missing` reports why.
   *
   * @throws {TypeError} It was disposed of.
   */
  toJSON(): ProcessJson {
    const identity = this.identity();
    try {
      return { ...this.info(), ...identity };
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      const fields = INFO.filter((name) => name !== "uniqueId");
      const missing = Object.fromEntries(fields.map((name) => [name, error.missing]));
      return { ...identity, missing } as unknown as ProcessJson;
    }
  }

  /** What `console.log()` shows: the id, the name and the state. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    try {
      const { name, state, missing } = this.read("name", "state");
      return `Process ${this.pid} (${name ?? missing.name}, ${state ?? missing.state})`;
    } catch (error) {
      const why = error instanceof ProcessError ? error.missing : "disposed";
      return `Process ${this.pid} (${why})`;
    }
  }
}

/** A process that this user may query. */
function processOf(life: Life): Process {
  // The constructor takes it as it is: there is nothing to check.
  return new Process(life as unknown as ProcessIdentity);
}

/** Reads an identity from decimal digits. */
export function identityOf(uniqueId: string): bigint {
  if (!/^\d{1,20}$/.test(text("uniqueId", uniqueId))) {
    throw new RangeError(
      `Cannot pass uniqueId as it must be a number of 64 bits in decimal digits: current value is ${
        JSON.stringify(uniqueId)
      }`,
    );
  }
  return uint64("uniqueId", BigInt(uniqueId));
}

/** Undefined if the system does not report it. */
function bootIdOf({ pid, system }: Life): string | undefined {
  return asked("find", pid, () => optional(() => system.bootId()));
}
