import type { Missing } from "./errors.ts";
import type { ProcessState } from "./state.ts";

/** What is known of a process, in the groups in which it is asked for. */
export interface Groups {
  /** Its ids. */
  readonly ids: IdsGroup;
  /** Its name. */
  readonly names: NamesGroup;
  /** What it is doing. */
  readonly state: StateGroup;
  /** When it started. */
  readonly start: StartGroup;
  /** The user it acts for. */
  readonly user: UserGroup;
  /** All its users and groups. */
  readonly credentials: CredentialsGroup;
  /** Its terminal. */
  readonly terminal: TerminalGroup;
  /** How nice it is. */
  readonly priority: PriorityGroup;
  /** Its processor time. */
  readonly cpu: CpuGroup;
  /** Its memory. */
  readonly memory: MemoryGroup;
  /** The memory that it alone is charged for. */
  readonly footprint: FootprintGroup;
  /** Its threads. */
  readonly threads: ThreadsGroup;
  /** What it read from disks and wrote to them. */
  readonly io: IoGroup;
  /** The file of its program. */
  readonly executable: ExecutableGroup;
  /** Its directories. */
  readonly cwd: CwdGroup;
  /** What it was started with. */
  readonly args: ArgsGroup;
  /** The environment it was started with, which may hold secrets. */
  readonly environment: EnvironmentGroup;
}

/** The name of a group of what is known of a process. */
export type Group = keyof Groups;

/** What is read when nothing is asked for. */
export type DefaultGroup =
  | "ids"
  | "names"
  | "state"
  | "start"
  | "user"
  | "cpu"
  | "memory"
  | "threads";

/** What is read when nothing is asked for. */
export const DEFAULT_GROUPS: readonly DefaultGroup[] = [
  "ids",
  "names",
  "state",
  "start",
  "user",
  "cpu",
  "memory",
  "threads",
];

/** All groups. */
export const ALL_GROUPS: readonly Group[] = [
  ...DEFAULT_GROUPS,
  "credentials",
  "terminal",
  "priority",
  "footprint",
  "io",
  "executable",
  "cwd",
  "args",
  "environment",
];

/**
 * What was read of one process: for each group that was asked for its values, or why there are none.
 *
 * @typeParam G The groups that were asked for.
 */
export type ProcessSnapshot<G extends Group = DefaultGroup> =
  & {
    /** The process id. */
    readonly pid: number;
  }
  & { readonly [N in G]: Groups[N] | Missing };

/** Ids of a process. Other users' are told, too. */
export interface IdsGroup {
  /** The process id of the parent; 0 for the first process. */
  readonly parentPid: number;
  /** The process group. */
  readonly processGroupId: number;
  /** Names this life of the process: no other has the same number until the machine starts anew. */
  readonly uniqueId: bigint;
}

/** The name of a process. Other users' are told, too. */
export interface NamesGroup {
  /**
   * The name of the program, up to 31 bytes. Of other users' processes macOS tells 15 bytes; Linux
   * tells more than 15 where the command line starts with the same.
   */
  readonly name: string;
}

/** What a process is doing. On macOS, of other users' processes only root is told. */
export interface StateGroup {
  /** What the process is doing; on Linux what its first thread that lives is doing, as `ps` has it. */
  readonly state: ProcessState;
}

/** When a process started. On macOS, of other users' processes only root is told. */
export interface StartGroup {
  /** When it started, in milliseconds since 1970. It stays the same as the clock is set. */
  readonly startedAt: number;
}

/** The user a process acts for. Other users' are told, too. */
export interface UserGroup {
  /** The effective user id. */
  readonly userId: number;
  /** The effective group id. */
  readonly groupId: number;
}

/** Users and groups of a process. Other users' are told, too. */
export interface CredentialsGroup {
  /** The user who started it. */
  readonly realUserId: number;
  /** The user it acts for. */
  readonly effectiveUserId: number;
  /** The user it may become again. */
  readonly savedUserId: number;
  /** The group that started it. */
  readonly realGroupId: number;
  /** The group it acts for. */
  readonly effectiveGroupId: number;
  /** The group it may become again. */
  readonly savedGroupId: number;
}

/** The terminal of a process. On macOS, of other users' processes only root is told. */
export interface TerminalGroup {
  /** The device number of the controlling terminal; left out without one. */
  readonly terminalDevice?: number;
  /** The process group in the foreground of that terminal; left out without one. */
  readonly foregroundProcessGroupId?: number;
  /** Whether it leads its session. */
  readonly sessionLeader: boolean;
}

/** How nice a process is. On macOS, of other users' processes only root is told. */
export interface PriorityGroup {
  /** The nice value: -20 is served first, 19 (macOS: 20) last. */
  readonly nice: number;
}

/** Processor time of a process. On macOS, of other users' processes only root is told. */
export interface CpuGroup {
  /** Time on a processor in user mode, in nanoseconds; ended threads count too. */
  readonly userTimeNs: number;
  /** Time on a processor in the kernel, in nanoseconds, likewise. */
  readonly systemTimeNs: number;
  /** The sum of the two, in nanoseconds. */
  readonly cpuTimeNs: number;
}

/** Memory of a process. On macOS, of other users' processes only root is told. */
export interface MemoryGroup {
  /** The memory that is resident, in bytes; memory shared with others counts in each. */
  readonly residentBytes: number;
  /** The size of the address space, in bytes. */
  readonly virtualBytes: number;
}

/** The memory that a process alone is charged for. Of other users' processes macOS tells only root. */
export interface FootprintGroup {
  /**
   * In bytes: what Activity Monitor shows. On Linux the memory that no file backs, with what of it was
   * swapped out.
   */
  readonly footprintBytes: number;
}

/** The threads of a process. On macOS, of other users' processes only root is told. */
export interface ThreadsGroup {
  /** How many there are. */
  readonly threadCount: number;
}

/** What a process moved from and to disks. Of other users' processes only root is told. */
export interface IoGroup {
  /** Bytes read. */
  readonly readBytes: number;
  /** Bytes written. */
  readonly writtenBytes: number;
}

/** The file of a process's program. On Linux, of other users' processes only root is told. */
export interface ExecutableGroup {
  /** Its path. */
  readonly executablePath: string;
  /** Whether the file was deleted since; left out where the system does not say. */
  readonly deleted?: boolean;
}

/** The directories of a process. Of other users' processes only root is told. */
export interface CwdGroup {
  /**
   * The path of its working directory; left out where the directory has none any more, or one that is
   * too long to be told.
   */
  readonly workingDirectory?: string;
  /** The path of its root directory, likewise. */
  readonly rootDirectory?: string;
}

/** What a process was started with. On macOS, of other users' processes only root is told. */
export interface ArgsGroup {
  /** The arguments, empty ones too; the first is the name that the program goes by. */
  readonly arguments: readonly string[];
  /** What the process wrote over its arguments, where it did and the system lets us tell. */
  readonly title?: string;
}

/** The environment that a process was started with. Of other users' processes only root is told. */
export interface EnvironmentGroup {
  /** The environment, as in `PATH=/bin`. */
  readonly environment: readonly string[];
}
