import { abortSignal, checkOptions, flag, id, object, text, uint64 } from "../system/arguments.ts";
import { optional } from "../system/errors.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { type Descriptor, descriptorsOf, type DetailOptions, isFile } from "./descriptors.ts";
import { attempt, type Missing, ProcessError, ProcessGoneError } from "./errors.ts";
import { type Exit, waitForProcess } from "./exit.ts";
import { type FieldName, fieldsNamed, type GroupName } from "./fields/mod.ts";
import {
  type ControlGroups,
  controlGroupsOf,
  namespacesOf,
  type ProcessNamespaces,
} from "./groups.ts";
import { known } from "../system/known.ts";
import { TrackedProcess } from "./tracked_process.ts";
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

/** The identity of a process, which no earlier or later process has. */
export interface ProcessIdentity {
  /** The process id. */
  readonly pid: number;
  /**
   * The identity, in decimal digits. No other process has the same one until the machine restarts.
   */
  readonly uniqueId: string;
  /** The id of the current boot of the machine. Absent if the system does not report it. */
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

/** The path of a file. */
export interface PathInfo {
  /**
   * The path, or the last path of a deleted file. On Linux, the suffix that the kernel adds to the
   * path of a deleted file is removed.
   */
  readonly path: string;
  /**
   * True if the file no longer has that path because it was deleted or another file took its name.
   * Undefined if the system does not report it.
   */
  readonly deleted: boolean | undefined;
}

/** The controlling terminal of a process. */
export interface TerminalInfo {
  /** The device number. */
  readonly device: number;
  /** The path, as in `/dev/pts/3`. Undefined if no path leads to the terminal. */
  readonly path: string | undefined;
  /** The id of the foreground process group. Undefined if there is none. */
  readonly foregroundProcessGroupId: number | undefined;
  /** True if the process is in the foreground process group. */
  readonly foreground: boolean;
  /** True if the process is the session leader. */
  readonly sessionLeader: boolean;
}

/** The JSON of a {@linkcode Process}: its identity, and the result of `info()`. */
export type ProcessJson =
  & ProcessIdentity
  & Omit<ProcessRow<InfoField>, "uniqueId" | "missing">
  & {
    /** The reasons why fields have no value, by their names. */
    readonly missing: { readonly [N in InfoField]?: Missing };
  };

/** The options of `Process.children()`. */
export interface ChildrenOptions {
  /** True to also find the children of children, at any depth. Default: false. */
  readonly recursive?: boolean;
}

/** The options of {@linkcode Process.wait}. */
export interface ProcessWaitOptions {
  /** The signal that ends the wait. The promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** True if the wait alone keeps the program running. Default: true. */
  readonly ref?: boolean;
}

/** The registry that closes the files of processes that are no longer referenced. */
const unused = new FinalizationRegistry<TrackedProcess>((tracked) => tracked.forget());

/**
 * Opens a process, which may be a zombie.
 *
 * The process is recognized by its identity. On Linux, some of its files stay open if it is read
 * repeatedly, until it is disposed of or garbage-collected. On Linux, all processes together keep
 * at most 48 file descriptors open. A worker must dispose of its processes before it ends.
 * Otherwise their files stay open.
 *
 * @param pid The process id.
 * @param options The system to query.
 * @throws {ProcessGoneError} There is no such process.
 * @throws {AccessDeniedError} The system does not let this user see the process.
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
  return processOf(attempt("find", pid, () => TrackedProcess.at(pid, system)).tracked);
}

/**
 * One process, which {@linkcode openProcess} opens.
 *
 * Every method is about this process alone. Once the process has ended, methods throw
 * {@linkcode ProcessGoneError}, even if another process reuses its pid. Only `isRunning()`,
 * `identity()` and `toJSON()` still return a value.
 *
 * A zombie still has its ids, name, state, credentials, parent, terminal, priority and resource
 * usage. Methods throw {@linkcode ZombieError} for what it has lost. {@linkcode AccessDeniedError}
 * means that the system denies something to this user. {@linkcode ProcessStartingError} means that
 * the process is in the middle of an exec. {@linkcode NotSupportedError} means that the system does
 * not support something. The property `missing` of each error is the word that a row would have.
 *
 * Other failures, such as too many open files, are reported as the original `SystemCallError`. A
 * reply that the kernel cut short is reported as a `ShortAnswerError`, or as a `SystemCallError`
 * with the code `EIO`.
 *
 * Methods that return a row report fields without a value as undefined. As in `processes()`,
 * `missing` states why.
 *
 * On macOS, every user can read the ids, the flags, the name, the start, the executable, the
 * credentials, the terminal, the nice value, the parent and the children of processes of other
 * users. On macOS, the same holds for programs with the set-user-ID bit. On macOS, every user can
 * also read that a process is stopped or a zombie. On macOS, only root can read all other facts
 * about them. On Linux, only root can read the executable, the directories, the environment, the
 * descriptors, the regions, the namespaces, the transfers and the shares of memory of processes of
 * other users. On Linux, every user can read all other facts about them.
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
  /**
   * The identity, in decimal digits. No other process has the same one until the machine restarts.
   */
  readonly uniqueId: string;
  readonly #tracked: TrackedProcess;
  // Created on first use, as many processes are found and never queried.
  #meter: CpuMeter | undefined;
  #disposal: AbortController | undefined;
  #isUsed = false;
  #isDisposed = false;

  /**
   * Opens a process that was seen before. The process is not queried yet.
   *
   * @param identity The process, as {@linkcode Process.identity} returned it.
   * @param options The system to query.
   * @throws {ProcessGoneError} The machine has restarted since.
   * @throws {RangeError} `pid` is not a process id, or `uniqueId` is not a number of 64 bits.
   * @throws {TypeError} `uniqueId` is not a string.
   */
  constructor(identity: ProcessIdentity, options: SystemOptions = {}) {
    if (identity instanceof TrackedProcess) {
      this.pid = identity.pid;
      this.uniqueId = String(identity.uniqueId);
      this.#tracked = identity;
      return;
    }
    this.pid = id("pid", object("identity", identity).pid);
    const uniqueId = identityOf(identity.uniqueId);
    this.uniqueId = String(uniqueId);
    this.#tracked = new TrackedProcess(this.pid, uniqueId, systemAlone(options));
    if (identity.bootId !== undefined) text("bootId", identity.bootId);
    const bootId = identity.bootId === undefined ? undefined : bootIdOf(this.#tracked);
    if (bootId !== undefined && bootId !== identity.bootId) {
      throw new ProcessGoneError("find", this.pid);
    }
  }

  /** The process. Throws if this object was disposed of. */
  get #open(): TrackedProcess {
    if (this.#isDisposed) throw this.#disposed;
    if (!this.#isUsed) {
      this.#isUsed = true;
      unused.register(this, this.#tracked);
    }
    return this.#tracked;
  }

  get #disposed(): TypeError {
    return new TypeError(`Cannot query process ${this.pid} as it was disposed of`);
  }

  /**
   * Returns the identity of this process, from which `new Process(identity)` opens it again. The
   * process is not queried.
   */
  identity(): ProcessIdentity {
    return known<ProcessIdentity>({
      pid: this.pid,
      uniqueId: this.uniqueId,
      bootId: bootIdOf(this.#open),
    });
  }

  /**
   * Reads fields of the process in one pass.
   *
   * @typeParam F The fields that are read.
   * @param fields The names of fields, or of groups of fields.
   * @returns The fields. Those without a value are undefined, and `missing` states why.
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   * @throws {AccessDeniedError} The system denies every fact about the process to this user.
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

  /** Returns true if the process has not ended. A zombie has ended. */
  isRunning(): boolean {
    const tracked = this.#open;
    return tracked.about("find the state of", () => tracked.vitality()) === "living";
  }

  /**
   * Reads the basic fields of the process in one pass. Available for zombies.
   *
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  info(): ProcessRow<InfoField> {
    return this.#open.read("read", INFO);
  }

  /**
   * Reads the state of the process.
   *
   * On macOS, nearly every process has the status of a running one. On macOS, only the threads of a
   * process show whether it runs. On macOS, only root can query the threads of processes of other
   * users.
   *
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   * @throws {AccessDeniedError} The process belongs to another user, and is running or sleeping.
   * @throws {NotSupportedError} The system reports an unknown state.
   */
  state(): ProcessState {
    return this.#open.value("read the state of", "state");
  }

  /**
   * Reads the name of the program. Available for zombies.
   *
   * If the kernel keeps only the beginning of the name, the rest comes from the path of the
   * program. On Linux, the rest can also come from the arguments.
   *
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  name(): string {
    return this.#open.value("read the name of", "name");
  }

  /**
   * Finds the executable file.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   * @throws {NotSupportedError} The process has no executable file, as a kernel thread. On macOS,
   * the path of a deleted file is unavailable.
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
   * Reads the arguments that the process was started with, including empty ones. On Linux, a kernel
   * thread has no arguments. On Linux, a title that the process wrote over its arguments is the
   * only element.
   *
   * @throws {ProcessStartingError} The process is still in the middle of an exec after 10 ms.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  arguments(): readonly string[] {
    return this.#open.value("read the arguments of", "arguments");
  }

  /**
   * Reads the arguments as the kernel has them, without their NULs. They may not be UTF-8.
   *
   * @throws {ProcessError} As from {@linkcode Process.arguments}.
   */
  argumentBytes(): readonly Uint8Array[] {
    const tracked = this.#open;
    return tracked.living(
      "read the arguments of",
      () => tracked.system.arguments(tracked.pid).arguments,
    );
  }

  /**
   * Reads the environment that the process was started with. It can contain secrets.
   *
   * If a variable occurs twice, the first one is returned, as by `getenv()`. Entries without a name
   * or without `=` are omitted. {@linkcode Process.environmentBytes} returns all entries.
   *
   * @throws {AccessDeniedError} The system withholds the environment. On macOS, the environment of
   * programs that are part of the system is withheld.
   * @throws {ProcessStartingError} The process is still in the middle of an exec after 10 ms.
   * @throws {ProcessGoneError | ZombieError} As from every method.
   */
  environment(): Readonly<Record<string, string>> {
    const variables = new Map<string, string>();
    for (const text of this.#open.value("read the environment of", "environment")) {
      const end = text.indexOf("=");
      const name = text.slice(0, end);
      if (end > 0 && !variables.has(name)) variables.set(name, text.slice(end + 1));
    }
    // A variable can have any name, even "__proto__".
    return Object.fromEntries(variables);
  }

  /**
   * Reads the environment as the kernel has it, as in `PATH=/bin`, without the NULs. It may not be
   * UTF-8.
   *
   * @throws {ProcessError} As from {@linkcode Process.environment}.
   */
  environmentBytes(): readonly Uint8Array[] {
    const tracked = this.#open;
    return tracked.living("read the environment of", () => tracked.system.environment(tracked.pid));
  }

  /**
   * Finds the working directory. Its path is the one that the process itself would use. If the
   * process is in another mount namespace, the path can lead the caller to another directory.
   *
   * @throws {NotSupportedError} The system has no path for the directory, or the path is too long.
   * On Linux, a path has up to 4,095 bytes. On macOS, a path has up to 1,023 bytes.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
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
   * Finds the root directory, which is `/` unless `chroot()` has changed it. Its path is the one
   * that the process itself would use.
   *
   * @throws {NotSupportedError} As from {@linkcode Process.workingDirectory}.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
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
   * Finds the parent. If the original parent has ended, it is the process that adopted this one.
   *
   * @returns The parent. Undefined for the first process, or if this user may not see the parent.
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  parent(): Process | undefined {
    const parent = parentOf(this.#open);
    return parent && processOf(parent);
  }

  /**
   * Finds the parent, the parent of the parent, and so on up to the first process.
   *
   * @returns The ancestors that this user may see, the nearest first. Empty for the first process.
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  ancestors(): Process[] {
    return ancestorsOf(this.#open).map(processOf);
  }

  /**
   * Finds the children that this user may see, including zombies. `state()` distinguishes them.
   *
   * The identities are compared, so a process that has reused a pid is not mistaken for a child. A
   * process that this one only traces is not a child.
   *
   * @param options Whether the children of children are found as well. A parent comes before its
   * children.
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  children(options: ChildrenOptions = {}): Process[] {
    const { recursive = false } = checkOptions(options, ["recursive"]);
    flag("recursive", recursive);
    return childrenOf(this.#open, recursive).map(processOf);
  }

  /**
   * Reads the threads. A thread that ends meanwhile is omitted.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  threads(): ThreadInfo[] {
    return threadsOf(this.#open);
  }

  /**
   * Reads the memory map, from the lowest address to the highest.
   *
   * Each region is a separate query, so a running process can change between two of them.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  regions(): RegionInfo[] {
    return regionsOf(this.#open);
  }

  /**
   * Reads the open file descriptors.
   *
   * @param options Whether details are read, such as the descriptors that an epoll watches and the
   * locks that are held.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   * @throws {TypeError} `details` is not a boolean.
   */
  descriptors(options: DetailOptions = {}): Descriptor[] {
    const { details = false } = checkOptions(options, ["details"]);
    flag("details", details);
    const tracked = this.#open;
    return tracked.living(
      "read the descriptors of",
      () => descriptorsOf(tracked.pid, tracked.system, options),
    );
  }

  /**
   * Reads the open file descriptors of regular files, directories, devices and all else that has a
   * path in a file system.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  files(): Descriptor[] {
    return this.descriptors().filter(isFile);
  }

  /**
   * Reads the open file descriptors of sockets.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  sockets(): Descriptor[] {
    return this.descriptors().filter(({ type }) => type === "socket");
  }

  /**
   * Reads the resources that the process has used since it started. A zombie still has its
   * processor times and those of its children.
   *
   * The context switches are not included, but `process.read("contextSwitches", "runnableTimeNs")`
   * reads them. On Linux, reading them opens up to two files for each thread.
   *
   * @throws {ProcessGoneError | AccessDeniedError} As from every method.
   */
  resourceUsage(): ProcessRow<UsageField> {
    return this.#open.required("read the resource usage of", "cpuTimeNs", USAGE);
  }

  /**
   * Measures the share of processor time that the process has used since the previous call. Each
   * object measures separately.
   *
   * @returns The share in percent of one processor: two busy threads make 200. Undefined for the
   * first call, or if no time has passed.
   * @throws {ProcessGoneError | AccessDeniedError} As from every method.
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
   * Reads the memory sizes of the process.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  memory(): ProcessRow<MemoryField> {
    return this.#open.required("read the memory of", "residentBytes", MEMORY);
  }

  /**
   * Reads the resource limits of the process. Available for zombies.
   *
   * @throws {NotSupportedError} On macOS, the limits of a process are unavailable.
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  limits(): ProcessLimits {
    return limitsOf(this.#open);
  }

  /**
   * Sets a resource limit of the process. On macOS, it is unsupported.
   *
   * The system call takes a pid. The identity is compared immediately before the call, which leaves
   * a race of one system call: the process can end and another process can reuse its pid.
   *
   * @param name The limit, by its name in {@linkcode Process.limits}.
   * @param limit Both parts of the limit. Undefined means unlimited.
   * @throws {AccessDeniedError} Raising `hard` and changing processes of other users require
   * privileges.
   * @throws {NotSupportedError} The system has no such call, or the process is in another `/proc`.
   * @throws {ProcessGoneError | ZombieError} As from every method.
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
   * Reads the users and groups of the process. Available for zombies. On Linux, it also reads the
   * privileges of the process.
   *
   * @throws {ProcessGoneError} The process has ended, and its parent has waited for it.
   */
  credentials(): ProcessRow<CredentialField> {
    return this.#open.required("read the credentials of", "realUserId", CREDENTIALS);
  }

  /**
   * Reads the control groups of the process, and finds the container that they name. Available for
   * zombies. On macOS, it is unsupported.
   *
   * @throws {NotSupportedError} The system has no control groups.
   * @throws {ProcessGoneError | AccessDeniedError} As from every method.
   */
  controlGroup(): ControlGroups {
    return controlGroupsOf(this.#open);
  }

  /**
   * Reads the namespaces of the process. On macOS, it is unsupported.
   *
   * @throws {NotSupportedError} The system has no namespaces.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  namespaces(): ProcessNamespaces {
    return namespacesOf(this.#open);
  }

  /**
   * Finds the controlling terminal of the process. Available for zombies.
   *
   * @returns The terminal. Undefined without a controlling terminal.
   * @throws {ProcessGoneError | AccessDeniedError} As from every method.
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
   * Reads the nice value and the scheduling of the process. A zombie has only the nice value.
   *
   * @throws {ProcessGoneError | AccessDeniedError} As from every method.
   */
  priority(): ProcessRow<PriorityField> {
    return this.#open.required("read the priority of", "nice", PRIORITY);
  }

  /**
   * Sends a signal to the process, never to another one. The process can be the caller itself.
   *
   * @param signal The name of the signal, or its number on this system.
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   * @throws {NotSupportedError} This system lacks the signal.
   * @throws {RangeError | TypeError} There is no such signal.
   */
  signal(signal: SignalName | number): void {
    const { pid, uniqueId, system } = this.#open;
    signalProcess(pid, uniqueId, signal, system);
  }

  /**
   * Sends `SIGSTOP`, which stops the process until it is resumed.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  stop(): void {
    this.signal("SIGSTOP");
  }

  /**
   * Sends `SIGCONT`, which resumes a stopped process.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  resume(): void {
    this.signal("SIGCONT");
  }

  /**
   * Sends `SIGTERM`, which requests the process to end.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  terminate(): void {
    this.signal("SIGTERM");
  }

  /**
   * Sends `SIGKILL`, which ends the process immediately.
   *
   * @throws {ProcessGoneError | ZombieError | AccessDeniedError} As from every method.
   */
  kill(): void {
    this.signal("SIGKILL");
  }

  /**
   * Waits until the process has ended. It need not be a child. A zombie has ended.
   *
   * @param options What ends the wait, and whether it keeps the program running.
   * @returns How the process has ended, as far as the kernel reports it.
   * @throws {ProcessGoneError} The promise rejects: the process had ended before, and is not a
   * zombie.
   * @throws {RangeError} The promise rejects: the process is the caller itself.
   */
  async wait(options: ProcessWaitOptions = {}): Promise<Exit> {
    const { signal, ref = true } = checkOptions(options, ["signal", "ref"]);
    abortSignal("signal", signal);
    flag("ref", ref);
    const tracked = this.#open;
    const disposal = (this.#disposal ??= new AbortController()).signal;
    return await waitForProcess(tracked, {
      ref,
      signal: signal === undefined ? disposal : AbortSignal.any([signal, disposal]),
    });
  }

  /**
   * Closes the files that are kept open for this object, and ends its waits, which reject. Methods
   * throw a `TypeError` from then on. The process itself continues.
   */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#tracked.forget();
    this.#disposal?.abort(this.#disposed);
  }

  /**
   * Returns the identity and the result of `info()`, for JSON. If the process cannot be read, as
   * after its end, the fields are absent and `missing` states why.
   *
   * @throws {TypeError} This object was disposed of.
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

  /** Returns the text that `console.log()` displays: the pid, the name and the state. */
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

/** Returns the object of a process that was found. */
function processOf(tracked: TrackedProcess): Process {
  // The constructor accepts a `TrackedProcess` as it is, without checks.
  return new Process(tracked as unknown as ProcessIdentity);
}

/** Parses an identity in decimal digits. */
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

/** Returns the id of the current boot. Undefined if the system does not report it. */
function bootIdOf({ pid, system }: TrackedProcess): string | undefined {
  return attempt("find", pid, () => optional(() => system.bootId()));
}
