import type { Census } from "./census.ts";
import type { Confinement, ProcessDetails } from "./details.ts";

/**
 * What this module asks of a host beside `__proc_info()`: the ids of the caller, where a path leads,
 * the unit of time, and what programs were started with.
 */
export interface Host {
  /** The process id of the caller. */
  pid(): number;
  /** The parent process id of the caller. */
  ppid(): number;
  /** The process group id of the caller. */
  pgrp(): number;
  /** The effective user id of the caller. */
  euid(): number;
  /** The real user id of the caller. */
  ruid(): number;
  /** The id of the calling thread: on macOS its 64-bit id, on Linux its `gettid()`. */
  threadId(): bigint;
  /** The device number of the terminal at `path`, unsigned; a negated errno where there is none. */
  terminal(path: string): number;
  /**
   * Which file is at `path`; links are followed.
   *
   * @throws {SystemCallError} It cannot be looked at: `ENOENT`, `EACCES`...
   */
  fileId(path: string): FileId;
  /**
   * What the kernel's units of time are worth.
   *
   * @throws {SystemCallError} The system does not say.
   */
  timebase(): Timebase;
  /**
   * What a process was started with.
   *
   * @throws {SystemCallError} `ESRCH` there is no such process or it has ended, `EPERM` it is another
   * user's.
   */
  arguments(pid: number): ArgumentBytes;
  /** What the host knows of a process beside; nothing of one that is not there. */
  details(pid: number): ProcessDetails;
  /** What shuts a process in, as far as the host has such things; nothing of one that is not there. */
  confinement(pid: number): Confinement;
  /**
   * The file of the program that a process runs.
   *
   * @throws {SystemCallError} `ESRCH` there is no such process, or it has ended, `EPERM` it is another
   * user's, `ENOENT` it runs no file, as kernel threads do, or the system has lost its name.
   */
  executable(pid: number): ExecutableFile;
  /** The path of the terminal that has a device number, as in `/dev/pts/3`; undefined if none has. */
  terminalPath(device: number): string | undefined;
  /** What names the time since this machine was started: no two such times have the same. */
  bootId(): string;
  /** The name of a user; undefined if the system knows none. */
  userName(userId: number): string | undefined;
  /** The id of a user; undefined if the system knows none. */
  userId(name: string): number | undefined;
  /**
   * Sends a signal to whatever process has an id: kill(2).
   *
   * @param signal Darwin's number of it.
   * @throws {SystemCallError} `ESRCH` there is no such process, `EPERM` it may not be signalled,
   * `ENOTSUP` this system has no such signal.
   */
  kill(pid: number, signal: number): void;
  /**
   * Watches for the end of the process that has an id now.
   *
   * @throws {SystemCallError} `ESRCH` there is no such process, `EMFILE` there are too many open files.
   */
  watchExit(pid: number): ExitWatch;
  /**
   * Reads all processes of the host with less work than through `__proc_info()`, where the system has
   * such a way.
   */
  readonly census?: () => Census;
}

/** The file of a program. */
export interface ExecutableFile {
  /** Its path, without what the system adds for a file that was deleted. */
  readonly path: Uint8Array;
  /** How many names the file has: 0 once it was deleted. Undefined where the system does not say. */
  readonly links: number | undefined;
}

/** Stands for one process until it is closed, whoever has the id later. */
export interface ExitWatch {
  /** How the process has ended; undefined as long as it has not. Never waits. */
  ended(): Ending | undefined;
  /** Ends the watch. Closing twice does nothing. */
  close(): void;
}

/** How a process has ended. */
export interface Ending {
  /** What `wait()` would tell, with Darwin's numbers of signals; undefined where the kernel does not. */
  readonly status: number | undefined;
}

/** Which file: two that agree in both are one. */
export interface FileId {
  /** The device number of its volume, unsigned, as `vst_dev` has it. */
  readonly device: number;
  /** Its inode number, as `vst_ino` has it. */
  readonly inode: bigint;
}

/**
 * The length of one unit of the kernel's clock (`mach_absolute_time()`): `numer / denom`
 * nanoseconds.
 */
export interface Timebase {
  /** The numerator. */
  readonly numer: number;
  /** The denominator. */
  readonly denom: number;
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
