/**
 * What a host knows of a process beside what `__proc_info()` says. Whatever it does not know, or is
 * not allowed to tell, is left out.
 */
export interface ProcessDetails {
  /** The session id. */
  readonly sessionId?: number;
  /** The file mode creation mask. */
  readonly umask?: number;
  /** The supplementary group ids. */
  readonly groups?: readonly number[];
  /** The highest descriptor in use; -1 if none is. */
  readonly highestDescriptor?: number;
  /** Its limits. */
  readonly limits?: Partial<Readonly<Record<LimitName, Limit>>>;
  /** The signals that it ignores: bit n - 1 for signal n. */
  readonly ignoredSignals?: bigint;
  /** The signals that it handles itself. */
  readonly caughtSignals?: bigint;
  /** The signals that wait to be delivered, to the process or to its first thread. */
  readonly pendingSignals?: bigint;
  /** Bytes that it read and wrote by system calls, from whatever. */
  readonly ioBytes?: bigint;
  /** Page faults without input or output. */
  readonly minorFaults?: bigint;
  /** The same of its children that ended and were waited for. */
  readonly childMinorFaults?: bigint;
  /** Page faults with input or output of those children. */
  readonly childMajorFaults?: bigint;
  /** Context switches that its threads asked for; of its first thread where there are several. */
  readonly voluntarySwitches?: bigint;
  /** Context switches that were forced on it, likewise. */
  readonly involuntarySwitches?: bigint;
  /** The most memory that was resident at once, in bytes. */
  readonly maxResidentBytes?: number;
  /** Resident memory that no file backs, in bytes. */
  readonly residentDataBytes?: number;
  /** The size of its data in virtual memory, in bytes. */
  readonly dataBytes?: number;
  /** The size of its program text, in bytes. */
  readonly textBytes?: number;
  /** The size of a page, in bytes. */
  readonly pageBytes?: number;
  /** The memory of the host, in bytes. */
  readonly memoryBytes?: number;
}

/** A limit that a process runs under; undefined is none. */
export interface Limit {
  /** The limit in force. */
  readonly current: bigint | undefined;
  /** The most that it can be raised to. */
  readonly maximum: bigint | undefined;
}

/** The limits, by the names of getrlimit(2). */
export type LimitName =
  | "cpu"
  | "fsize"
  | "data"
  | "stack"
  | "core"
  | "rss"
  | "as"
  | "nofile"
  | "nproc";

/**
 * What shuts a process in. Whatever a system does not have, or does not tell, is left out: on macOS all.
 *
 * On Linux namespaces, capabilities and the filter of system calls belong to a thread; these are the
 * first one's, or those of a living one once the first has ended.
 */
export interface Confinement {
  /** The control groups it is in: the path of each hierarchy by its controllers, "" for cgroup v2. */
  readonly controlGroups?: Readonly<Record<string, string>>;
  /** The namespaces it is in: the inode of each by its kind, as in `pid` and `net`. */
  readonly namespaces?: Readonly<Record<string, bigint>>;
  /** Its process id in each process namespace that it is in, the outermost of the reader first. */
  readonly namespacePids?: readonly number[];
  /** Its capabilities: bit n for capability n. */
  readonly capabilities?: Capabilities;
  /** Whether it may gain no privileges by executing a file. */
  readonly noNewPrivileges?: boolean;
  /** How its system calls are filtered. */
  readonly systemCallFilter?: "none" | "strict" | "filter";
  /** What the security module says it is, as in `unconfined`. */
  readonly securityLabel?: string;
}

/** Sets of capabilities: bit n for capability n, as capabilities(7) counts them. */
export interface Capabilities {
  /** What counts when a permission is checked. */
  readonly effective: bigint;
  /** What may be made effective. */
  readonly permitted: bigint;
  /** What is kept by executing a file that allows it. */
  readonly inheritable: bigint;
  /** What can be gained at all. */
  readonly bounding: bigint;
  /** What is kept by executing any file. */
  readonly ambient: bigint;
}

/** What a process was started with, as bytes without their NULs. */
export interface ArgumentBytes {
  /** The path that was given to `exec()`; undefined where the system does not keep it. */
  readonly executablePath: Uint8Array | undefined;
  /**
   * The arguments, empty ones too; the first is the name that the program goes by. Where there is a
   * title it stands here alone.
   */
  readonly arguments: readonly Uint8Array[];
  /** The environment, as in `PATH=/bin`; undefined where the system withholds it. */
  readonly environment: readonly Uint8Array[] | undefined;
  /**
   * What the process wrote over its arguments, as `setproctitle()` does: they are lost then. Undefined
   * where it wrote nothing, or the system does not let us tell.
   */
  readonly title: Uint8Array | undefined;
}

/** The file of a program. */
export interface ExecutableFile {
  /** Its path, without what the system adds for a file that was deleted. */
  readonly path: Uint8Array;
  /**
   * How many names the file has: 0 once it was deleted. Undefined where the system does not say.
   *
   * macOS has no path for a deleted program, and there the names of the file are counted that is found
   * at the path.
   */
  readonly links: number | undefined;
}
