import type { ArgumentBytes, NamedFile, Privileges } from "./facts.ts";

/** How a table reads. */
export interface TableReaderOptions {
  /**
   * How many file descriptors it may keep open, so that processes that are read again are read faster. It
   * keeps none if the system has no use for it, and never more than half of those that are free. Default: 0.
   */
  readonly keep?: number;
}

/**
 * Reads facts about many processes, one process after another, with as little work as the system
 * allows.
 *
 * A method answers 0 or a negated Darwin errno: `-ESRCH` also for what a zombie has lost. The members
 * below a method have values only after it answered 0, and until the next process is read.
 */
export interface TableReader extends Disposable {
  /**
   * Declares the queries about each process from now on, so that they can be answered with as few calls
   * as possible.
   *
   * @param facts The methods that will be called. The last declaration is recognized by the array.
   * @param alone True if there will be no other query. Then {@linkcode TableReader.revisit} may read what they
   * need before it looks at the process.
   */
  expect(facts: readonly TableFact[], alone: boolean): void;
  /** Begins a pass: how long it may wait for processes in the middle of an exec counts from here. */
  begin(): void;
  /**
   * Ends a pass over all processes of interest: nothing is kept open for others, and whatever is read from
   * here on is read again.
   */
  end(): void;
  /** Closes what is kept open for a process. */
  forget(pid: number): void;
  /** The ids that {@linkcode TableReader.list} or {@linkcode TableReader.listChildren} found. */
  readonly pids: Int32Array;
  /** Leaves the ids of all processes in `pids`; returns how many. */
  list(): number;

  /**
   * Leaves the ids of the children of a process in `pids`; returns how many. They are all if each of them,
   * once it is read, still names the process as its parent. `-EAGAIN` means that they should be listed again,
   * `-ENOTSUP` that {@linkcode TableReader.list} is to be used. It may move away from the process that was
   * read.
   */
  listChildren(pid: number): number;

  /**
   * Moves to a process, which may be a zombie. All other methods are about it.
   *
   * @param pid The process.
   * @param last Whether its arguments will be queried. Default: false.
   * @param compared Whether {@linkcode TableReader.compare} will be called. Default: false.
   */
  read(pid: number, last?: boolean, compared?: boolean): number;
  /**
   * Moves to a process as {@linkcode TableReader.read} does, but may leave out the first look at one that is
   * kept: it is not known to be there, and what is read of it is only to be believed if
   * {@linkcode TableReader.compare} answers 0 afterwards.
   */
  revisit(pid: number): number;
  /**
   * Returns true if a process is there that has used exactly this much processor time, for less than it
   * takes to read it: if it had used as much at an earlier reading, no thread of it has run since. It moves
   * to no process. False if that is unknown, or cannot be found out faster.
   *
   * @param pid The process.
   * @param cpuTimeNs Its processor time at the earlier reading, in nanoseconds.
   */
  rests(pid: number, cpuTimeNs: number): boolean;
  /** When the process was read, or was seen to rest, by the clock of `performance.now()`. */
  readonly readAtMs: number;
  /** The process id of the parent. */
  readonly parentPid: number;
  /** The process group id. */
  readonly processGroupId: number;
  /** The lower half of the process's identity, `p_uniqueid`. */
  readonly uniqueLow: number;
  /** The higher half of it. */
  readonly uniqueHigh: number;
  /** The status, as `pbi_status` has it: 1 being made, 2 running, 3 asleep, 4 stopped, 5 zombie. */
  readonly status: number;
  /** True if `parentPid` may be the id of its tracer, as macOS reports it. */
  readonly hasTracerAsParent: boolean;
  /** True for a process that is part of the kernel. */
  readonly kernelThread: boolean;
  /** True if Rosetta translates its instructions. */
  readonly translated: boolean;

  /** Reads the time of its start, its nice value and its terminal. */
  readBeginning(): number;
  /** When it started, in milliseconds since 1970; NaN if nothing reports it. */
  readonly startedAt: number;
  /** The device number of the controlling terminal; -1 without one. */
  readonly terminalDevice: number;
  /** The process group in the foreground of the terminal; -1 without one. */
  readonly foregroundProcessGroupId: number;
  /** True for a session leader. */
  readonly sessionLeader: boolean;
  /** The nice value. */
  readonly nice: number;

  /** Reads its session. */
  readSession(): number;
  /** The session id. */
  readonly sessionId: number;

  /** Reads its name. */
  readName(): number;
  /** The name, in `nameLength` bytes. */
  readonly name: Uint8Array;
  /** How many bytes the name has. */
  readonly nameLength: number;

  /** Reads its effective user and group. */
  readUser(): number;
  /** The effective user id. */
  readonly userId: number;
  /** The effective group id. */
  readonly groupId: number;

  /** Reads its real, effective and saved ids. */
  readCredentials(): number;
  /** The real user id. */
  readonly realUserId: number;
  /** The effective user id. */
  readonly effectiveUserId: number;
  /** The saved user id. */
  readonly savedUserId: number;
  /** The real group id. */
  readonly realGroupId: number;
  /** The effective group id. */
  readonly effectiveGroupId: number;
  /** The saved group id. */
  readonly savedGroupId: number;

  /** Reads its flags. */
  readFlags(): number;
  /** The flags, as `pbi_flags` has them: `PROC_FLAG_*`. */
  readonly flags: number;

  /** Reads its memory. Not of zombies. */
  readMemory(): number;
  /** Resident memory, in bytes. */
  readonly residentBytes: number;
  /** The size of the address space, in bytes. */
  readonly virtualBytes: number;

  /** Reads its threads and its scheduling. Not of zombies. */
  readTask(): number;
  /** The number of threads. */
  readonly threadCount: number;
  /** The number of running threads; 1 or more stands for any. */
  readonly runningCount: number;
  /** The base priority, 0 to 127. */
  readonly basePriority: number;
  /** Mach's number of the scheduling policy. */
  readonly policy: number;

  /** Reads its processor time in user mode and in the kernel. */
  readModes(): number;
  /** Processor time in user mode, in nanoseconds. */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds. */
  readonly systemTimeNs: number;

  /** Reads its processor time. */
  readTimes(): number;
  /** Processor time in both, in nanoseconds: at least the sum of the two, if those were announced. */
  readonly cpuTimeNs: number;

  /** Reads the processor times of its children that have ended and were waited for. */
  readChildTimes(): number;
  /** Their time in user mode, in nanoseconds; NaN if nothing reports it. */
  readonly childUserTimeNs: number;
  /** Their time in the kernel, in nanoseconds; NaN likewise. */
  readonly childSystemTimeNs: number;

  /** Reads its page faults. Not of zombies. */
  readFaults(): number;
  /** The number of page faults. */
  readonly pageFaults: number;
  /** The number of those that had to wait for a disk. */
  readonly majorPageFaults: number;

  /** Reads how its threads are given processors. Not of zombies. */
  readSwitches(): number;
  /** How many times a processor switched to one of its threads. */
  readonly contextSwitches: number;
  /** The time that its threads ran or waited for a processor, in nanoseconds; NaN if unknown. */
  readonly runnableTimeNs: number;

  /** Reads what it costs the hardware. NaN stands for what is not counted. */
  readCounters(): number;
  /** How many times it woke a processor by an interrupt. */
  readonly interruptWakeups: number;
  /** How many times it woke a whole package of processors. */
  readonly packageWakeups: number;
  /** Its instructions. */
  readonly instructions: number;
  /** Its cycles. */
  readonly cycles: number;
  /** Its energy, in nanojoules. */
  readonly energyNanojoules: number;

  /** Reads how long its threads wait for processors. Not of zombies. */
  readRunDelay(): number;
  /** The time that its living threads have waited, in nanoseconds. */
  readonly runDelayNs: number;

  /** Reads the memory that it is charged for. Not of zombies. */
  readFootprint(): number;
  /** The footprint, in bytes. */
  readonly footprintBytes: number;
  /** The highest footprint (macOS) or resident size (Linux) so far, in bytes; -1 if unknown. */
  readonly peakBytes: number;
  /** The memory that is locked in place, in bytes. */
  readonly wiredBytes: number;

  /** Reads its shares of the memory that is resident or swapped out. Not of zombies. */
  readShares(): number;
  /** Resident memory, each page divided by the number of its users, in bytes. */
  readonly proportionalBytes: number;
  /** Resident memory that no other process uses, in bytes. */
  readonly uniqueBytes: number;
  /** Memory that is swapped out, each page divided by the number of its users, in bytes. */
  readonly swappedBytes: number;

  /** Reads what it transferred from and to disks. Not of zombies. */
  readTransfers(): number;
  /** Bytes read from disks. */
  readonly readBytes: number;
  /** Bytes written to disks. */
  readonly writtenBytes: number;

  /** Reads what it transferred by system calls. Not of zombies. */
  readCalls(): number;
  /** Bytes that it read by system calls. */
  readonly inputBytes: number;
  /** Bytes that it wrote by system calls. */
  readonly outputBytes: number;
  /** The number of system calls that read. */
  readonly inputCalls: number;
  /** The number of system calls that write. */
  readonly outputCalls: number;

  /** Reads what it may do. */
  readPrivileges(): number;
  /** What it may do. */
  readonly privileges: Privileges;

  /** Finds the file of its program. Not of zombies. */
  readExecutable(): number;
  /** The file of its program. */
  readonly executable: NamedFile;

  /**
   * Reads its arguments, which must have been announced as it was read. `-EAGAIN` in the middle of an
   * exec. Not of zombies.
   */
  readArguments(): number;
  /** The arguments, and the title that the process wrote over them. */
  readonly arguments: Pick<ArgumentBytes, "arguments" | "title">;

  /**
   * Until {@linkcode TableReader.release}, or until another process is read, queries of the system and
   * its kernel about the process may rely on what was read of it.
   *
   * @param asksSystem Whether they will be queried: otherwise only the reader will be.
   */
  hold(asksSystem: boolean): void;
  /** Ends what {@linkcode TableReader.hold} began. */
  release(): void;
  /**
   * Compares: 0 if the id still belongs to the process that was read; `-ESRCH` if there is no such
   * process, if another has the id, or if it was alive and is no longer.
   *
   * @param thorough Whether the process is looked at again: needed if a fact was missing, as it may
   * have become a zombie. Otherwise only a reused id is found. Default: true.
   */
  compare(thorough?: boolean): number;
}

/** A method of {@linkcode TableReader} that reads facts about the process that it stands on. */
export type TableFact = {
  [N in keyof TableReader]: TableReader[N] extends () => number ? N : never;
}[Exclude<keyof TableReader, "list">];
