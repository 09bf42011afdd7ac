import type { Census } from "./table.ts";
import type { ArgumentBytes, Confinement, ExecutableFile, ProcessDetails } from "./details.ts";

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
  /**
   * The path of the terminal that has a device number, as in `/dev/pts/3`; undefined if none has.
   *
   * It is a path of the caller's file system that leads to that number now. On Linux the terminals of
   * containers are numbered anew in each, so that the number of another container's process may be found
   * under a path that is another terminal here.
   */
  terminalPath(device: number): string | undefined;
  /**
   * What names the time since this machine was started: no two such times have the same.
   *
   * @throws {SystemCallError} The system does not say, as a copied tree without that file.
   */
  bootId(): string;
  /**
   * The name of a user; undefined if the system knows none. It may have to ask other machines.
   *
   * @throws {SystemCallError} The system cannot look, for want of files or memory.
   */
  userName(userId: number): string | undefined;
  /**
   * The id of a user; undefined if the system knows none. It may have to ask other machines.
   *
   * @throws {SystemCallError} As from {@linkcode Host.userName}.
   */
  userId(name: string): number | undefined;
  /**
   * Sends a signal to whatever process has an id: kill(2). A zombie takes it, and stays one. Ids that
   * are no process's, as 0 and -1, are never taken for groups.
   *
   * @param signal Darwin's number of it; 0 only asks whether it could be sent.
   * @throws {SystemCallError} `ESRCH` there is no such process, `EPERM` it may not be signalled,
   * `EINVAL` there is no such signal, `ENOTSUP` this system has no such signal.
   */
  kill(pid: number, signal: number): void;
  /**
   * Watches for the end of the process that has an id now. A zombie has ended already.
   *
   * @throws {SystemCallError} `ESRCH` there is no such process, `EMFILE` there are too many open files,
   * `ENOTSUP` it is one of a copied tree.
   */
  watchExit(pid: number): ExitWatch;
  /**
   * Reads all processes of the host with less work than through `__proc_info()`, where the system has
   * such a way.
   */
  readonly census?: () => Census;
  /**
   * Finds the sockets that processes wait on with less work than by `__proc_info()`, which has to be
   * asked about every socket, where the system has such a way.
   */
  readonly listeners?: () => ListenerScan;
}

/** Finds, among the sockets of many processes, the few that may be waited on. */
export interface ListenerScan {
  /** The processes of what was found. */
  readonly pids: Int32Array;
  /** Their descriptors. */
  readonly fds: Int32Array;
  /** The sockets, as `soi_so` tells them apart. */
  readonly sockets: Uint32Array;
  /**
   * Leaves every descriptor of a TCP socket that listens and of a UDP socket that is not connected in
   * `pids`, `fds` and `sockets`, by process as handed in and by number; there may be others among them,
   * so `PROC_PIDFDSOCKETINFO` has the last word. A process that has ended or may not be looked at has
   * none.
   *
   * @returns How many descriptors, or a negated Darwin errno where something is used up.
   */
  find(pids: Iterable<number>): number;
}

/** Stands for one process until it is closed, whoever has the id later. */
export interface ExitWatch {
  /**
   * How the process has ended; undefined as long as it has not. Never waits.
   *
   * An ending without a status may get one: on Linux, how another user's process ended is told once its
   * parent has waited for it. With a status the watch is closed. On macOS a process may still be found
   * among the living a moment after it is said here to have ended.
   */
  ended(): Ending | undefined;
  /** Ends the watch, which says no more than before. Closing twice does nothing. */
  close(): void;
}

/** How a process has ended. */
export interface Ending {
  /**
   * What `wait()` would tell, with Darwin's numbers of signals; undefined where the kernel does not.
   *
   * macOS tells it to the parent, and to who may signal the process. Linux tells it to everybody as of
   * 6.15, and before that of zombies alone, to the parent and to who may debug the process.
   */
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
