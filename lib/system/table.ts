import type { ArgumentBytes, NamedFile, Privileges } from "./facts.ts";

/** The options of a table reader. */
export interface TableReaderOptions {
  /**
   * The number of file descriptors that may stay open to speed up repeated reads of the same
   * processes. A system without a use for them keeps none. At most half of the free descriptors are
   * used. Default: 0.
   */
  readonly keep?: number;
}

/**
 * Reads facts about many processes, one process after another, with as little work as the system
 * allows.
 *
 * A method returns 0 or a negated Darwin errno, which is also `-ESRCH` for a fact that a zombie no
 * longer has. The members below a method are valid after that method returned 0, and until the next
 * process is read.
 */
export interface TableReader extends Disposable {
  /**
   * Declares the methods that will be called for each process from now on, so that few system calls
   * suffice.
   *
   * @param facts The methods that will be called. Repeating the last declaration is cheap if it is
   * the same array.
   * @param alone True if no other method will be called. {@linkcode TableReader.revisit} can then
   * read their values before it reads the process.
   */
  expect(facts: readonly TableFact[], alone: boolean): void;
  /** Begins a pass. The time limit for waiting for processes in the middle of an exec restarts. */
  begin(): void;
  /**
   * Ends a pass over all processes of interest. Descriptors of processes that were not read in it
   * are closed, and cached values are discarded.
   */
  end(): void;
  /** Closes the descriptors that are kept for a process. */
  forget(pid: number): void;
  /** The pids that {@linkcode TableReader.list} or {@linkcode TableReader.listChildren} found. */
  readonly pids: Int32Array;
  /** Stores the pids of all processes in `pids` and returns their number. */
  list(): number;

  /**
   * Stores the pids of the children of a process in `pids` and returns their number. The list is
   * complete if each of them, once it is read, still has the process as its parent. `-EAGAIN` means
   * that the children must be listed again, `-ENOTSUP` that {@linkcode TableReader.list} must be
   * used instead. The reader may move away from its current process.
   */
  listChildren(pid: number): number;

  /**
   * Moves to a process, which may be a zombie. All other methods report on this process.
   *
   * @param pid The process.
   * @param last True if its arguments will be read. Default: false.
   * @param compared True if {@linkcode TableReader.compare} will be called. Default: false.
   */
  read(pid: number, last?: boolean, compared?: boolean): number;
  /**
   * Moves to a process as {@linkcode TableReader.read} does, but may skip the first read of a
   * process whose descriptors are kept. Such a process may no longer exist: its values are valid
   * only if {@linkcode TableReader.compare} returns 0 afterwards.
   */
  revisit(pid: number): number;
  /**
   * Returns true if a process exists that has used exactly this much processor time. If it had used
   * as much at an earlier reading, none of its threads has run since. The check costs less than
   * reading the process, and does not move the reader. Returns false if the time is unknown or the
   * check would not be faster.
   *
   * @param pid The process.
   * @param cpuTimeNs Its processor time at the earlier reading, in nanoseconds.
   */
  rests(pid: number, cpuTimeNs: number): boolean;
  /**
   * The time at which the process was read or found at rest, by the clock of `performance.now()`.
   */
  readonly readAtMs: number;
  /** The process id of the parent. */
  readonly parentPid: number;
  /** The process group id. */
  readonly processGroupId: number;
  /** The lower half of the process's identity, `p_uniqueid`. */
  readonly uniqueLow: number;
  /** The upper half of `p_uniqueid`. */
  readonly uniqueHigh: number;
  /**
   * The status, with the numbers of `pbi_status`: 1 being created, 2 running, 3 sleeping, 4
   * stopped, 5 zombie.
   */
  readonly status: number;
  /** True if `parentPid` may be the pid of the tracer, which macOS reports as the parent. */
  readonly hasTracerAsParent: boolean;
  /** True for a process that is part of the kernel. */
  readonly kernelThread: boolean;
  /** True if Rosetta translates its instructions. */
  readonly translated: boolean;

  /** Reads the start time, the nice value and the terminal. */
  readBeginning(): number;
  /** The start time, in milliseconds since 1970; NaN if it is unavailable. */
  readonly startedAt: number;
  /** The device number of the controlling terminal; -1 if there is none. */
  readonly terminalDevice: number;
  /** The foreground process group of the terminal; -1 if there is none. */
  readonly foregroundProcessGroupId: number;
  /** True for a session leader. */
  readonly sessionLeader: boolean;
  /** The nice value. */
  readonly nice: number;

  /** Reads the session. */
  readSession(): number;
  /** The session id. */
  readonly sessionId: number;

  /** Reads the name. */
  readName(): number;
  /** The buffer with the name, which has `nameLength` bytes. */
  readonly name: Uint8Array;
  /** The length of the name, in bytes. */
  readonly nameLength: number;

  /** Reads the effective user and group. */
  readUser(): number;
  /** The effective user id. */
  readonly userId: number;
  /** The effective group id. */
  readonly groupId: number;

  /** Reads the real, effective and saved ids. */
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

  /** Reads the flags. */
  readFlags(): number;
  /** The flags: `PROC_FLAG_*`, as in `pbi_flags`. */
  readonly flags: number;

  /** Reads the memory. Fails for zombies. */
  readMemory(): number;
  /** The resident memory, in bytes. */
  readonly residentBytes: number;
  /** The size of the address space, in bytes. */
  readonly virtualBytes: number;

  /** Reads the threads and their scheduling. Fails for zombies. */
  readTask(): number;
  /** The number of threads. */
  readonly threadCount: number;
  /**
   * The number of running threads. A system that cannot count them reports 1 if any thread runs.
   */
  readonly runningCount: number;
  /** The base priority, 0 to 127. */
  readonly basePriority: number;
  /** The scheduling policy, as a number of Mach. */
  readonly policy: number;

  /** Reads the processor time in user mode and in the kernel. */
  readModes(): number;
  /** The processor time in user mode, in nanoseconds. */
  readonly userTimeNs: number;
  /** The processor time in the kernel, in nanoseconds. */
  readonly systemTimeNs: number;

  /** Reads the total processor time. */
  readTimes(): number;
  /**
   * The processor time in user mode and in the kernel, in nanoseconds. It is at least the sum of
   * the two if `readModes()` was declared.
   */
  readonly cpuTimeNs: number;

  /** Reads the processor times of the children that have ended and were waited for. */
  readChildTimes(): number;
  /** The children's time in user mode, in nanoseconds; NaN if it is unavailable. */
  readonly childUserTimeNs: number;
  /** The children's time in the kernel, in nanoseconds; NaN if it is unavailable. */
  readonly childSystemTimeNs: number;

  /** Reads the page faults. Fails for zombies. */
  readFaults(): number;
  /** The number of page faults. */
  readonly pageFaults: number;
  /** The number of page faults that waited for a disk. */
  readonly majorPageFaults: number;

  /** Reads the context switches. Fails for zombies. */
  readSwitches(): number;
  /** The number of times that a processor switched to one of the threads. */
  readonly contextSwitches: number;
  /**
   * The time for which the threads ran or waited for a processor, in nanoseconds; NaN if it is
   * unavailable.
   */
  readonly runnableTimeNs: number;

  /** Reads the hardware counters. A counter is NaN if the system does not count it. */
  readCounters(): number;
  /** The number of interrupts that woke a processor for the process. */
  readonly interruptWakeups: number;
  /** The number of times that the process woke a whole package of processors. */
  readonly packageWakeups: number;
  /** The number of instructions. */
  readonly instructions: number;
  /** The number of cycles. */
  readonly cycles: number;
  /** The energy, in nanojoules. */
  readonly energyNanojoules: number;

  /** Reads the time for which the threads wait for processors. Fails for zombies. */
  readRunDelay(): number;
  /** The time for which the living threads have waited for a processor, in nanoseconds. */
  readonly runDelayNs: number;

  /** Reads the memory that is charged to the process. Fails for zombies. */
  readFootprint(): number;
  /** The footprint, in bytes. */
  readonly footprintBytes: number;
  /**
   * The highest footprint (macOS) or resident size (Linux) so far, in bytes; -1 if it is
   * unavailable.
   */
  readonly peakBytes: number;
  /** The memory that is locked in RAM, in bytes. */
  readonly wiredBytes: number;

  /** Reads the shares of resident and swapped memory. Fails for zombies. */
  readShares(): number;
  /** The resident memory, with each page divided by the number of its users, in bytes. */
  readonly proportionalBytes: number;
  /** The resident memory that no other process uses, in bytes. */
  readonly uniqueBytes: number;
  /** The swapped memory, with each page divided by the number of its users, in bytes. */
  readonly swappedBytes: number;

  /** Reads the transfers from and to disks. Fails for zombies. */
  readTransfers(): number;
  /** The bytes read from disks. */
  readonly readBytes: number;
  /** The bytes written to disks. */
  readonly writtenBytes: number;

  /** Reads the transfers by system calls. Fails for zombies. */
  readCalls(): number;
  /** The bytes read by system calls. */
  readonly inputBytes: number;
  /** The bytes written by system calls. */
  readonly outputBytes: number;
  /** The number of system calls for reading. */
  readonly inputCalls: number;
  /** The number of system calls for writing. */
  readonly outputCalls: number;

  /** Reads the privileges. */
  readPrivileges(): number;
  /** The privileges. */
  readonly privileges: Privileges;

  /** Finds the file of the program. Fails for zombies. */
  readExecutable(): number;
  /** The file of the program. */
  readonly executable: NamedFile;

  /**
   * Reads the arguments, which `read()` must have announced. `-EAGAIN` in the middle of an exec.
   * Fails for zombies.
   */
  readArguments(): number;
  /** The arguments, and the title that the process wrote over them. */
  readonly arguments: Pick<ArgumentBytes, "arguments" | "title">;

  /**
   * Lets queries about the process reuse what was already read, until
   * {@linkcode TableReader.release} is called or another process is read.
   *
   * @param needsSystem True if the system and its kernel will be queried; false if only the reader
   * will be.
   */
  hold(needsSystem: boolean): void;
  /** Ends the effect of {@linkcode TableReader.hold}. */
  release(): void;
  /**
   * Checks the identity of the process. Returns 0 if the pid still belongs to the process that was
   * read. Returns `-ESRCH` if there is no such process, if another has its pid, or if it was alive
   * and has ended.
   *
   * @param thorough True to check also if the process has become a zombie, which is necessary if a
   * fact was missing. False to find only a reused pid. Default: true.
   */
  compare(thorough?: boolean): number;
}

/** A method of {@linkcode TableReader} that reads facts about the current process. */
export type TableFact = {
  [N in keyof TableReader]: TableReader[N] extends () => number ? N : never;
}[Exclude<keyof TableReader, "list">];
