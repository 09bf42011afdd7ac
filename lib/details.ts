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
