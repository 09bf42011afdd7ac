import type { ArgumentBytes, ExecutableFile } from "./details.ts";

/**
 * Reads what is asked most often about many processes, one after another, with as little work as the
 * system allows.
 *
 * Questions answer 0 or a negated Darwin errno. What was read stays until the next process, and is only
 * good after the answer 0.
 */
export interface Census {
  /** What {@linkcode Census.list} found. */
  readonly pids: Int32Array;
  /** Leaves the ids of all processes in `pids`; returns how many. */
  list(): number;
  /**
   * Reads a process, also a zombie: its ids and its status. The other questions are about it.
   *
   * @param withArguments Whether its arguments will be asked for. Default: false.
   */
  read(pid: number, withArguments?: boolean): number;
  /** Asks when it started, how nice it is, and for its terminal. */
  readBeginning(): number;
  /** Asks for its name. */
  readName(): number;
  /** Asks for its effective user and group. */
  readUser(): number;
  /** Asks for its memory and its threads. A zombie has none: `ESRCH`. */
  readTask(): number;
  /** Asks for its processor time. Not of a zombie: `ESRCH`. */
  readTimes(): number;
  /** Asks for the file of its program. Not of a zombie. */
  readExecutable(): number;
  /** Asks for its arguments, which must have been announced as it was read. Not of a zombie. */
  readArguments(): number;
  /**
   * Compares: 0 if the process is still the one that was read, `-ESRCH` if there is none, or another,
   * or it lived and does no more.
   */
  compare(): number;

  /** The process id of the parent. */
  readonly parentPid: number;
  /** The process group. */
  readonly processGroupId: number;
  /** The lower half of the number that names this life of the process. */
  readonly uniqueLow: number;
  /** The higher half of it. */
  readonly uniqueHigh: number;
  /** The status, as `pbi_status` has it: 1 being made, 2 running, 3 asleep, 4 stopped, 5 zombie. */
  readonly status: number;

  /** When it started, in milliseconds since 1970; NaN where nothing says it. */
  readonly startedAt: number;
  /** The device number of the controlling terminal; -1 without one. */
  readonly terminalDevice: number;
  /** The process group in the foreground of the terminal; -1 without one. */
  readonly foregroundProcessGroupId: number;
  /** Whether it leads its session. */
  readonly sessionLeader: boolean;
  /** The nice value. */
  readonly nice: number;

  /** The name, as many bytes as {@linkcode Census.nameLength} says. */
  readonly name: Uint8Array;
  /** How many bytes the name has. */
  readonly nameLength: number;

  /** The effective user. */
  readonly userId: number;
  /** The effective group. */
  readonly groupId: number;

  /** Resident memory, in bytes. */
  readonly residentBytes: number;
  /** The size of the address space, in bytes. */
  readonly virtualBytes: number;
  /** How many threads it has. */
  readonly threadCount: number;
  /** How many of its threads are running, 0 or more. */
  readonly runningCount: number;

  /** Processor time in user mode, in nanoseconds. */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds. */
  readonly systemTimeNs: number;

  /** The file of its program. */
  readonly executable: ExecutableFile;
  /** Its arguments, and what it wrote over them. */
  readonly arguments: Pick<ArgumentBytes, "arguments" | "title">;
}
