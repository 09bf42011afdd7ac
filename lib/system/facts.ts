/**
 * The shapes of the facts that a system reports in addition to `__proc_info()`.
 *
 * @module
 */

import type { Block } from "../layout/block.ts";

/** The size of a space and how much of it is used. */
export interface SpaceUse {
  /** The size of the space, in bytes. */
  readonly totalBytes: number;
  /** The used part, in bytes: what programs cannot get without swapping. */
  readonly usedBytes: number;
}

/** The times of all processors together since the machine was started, in a unit of the system. */
export interface ProcessorTimes {
  /** The time for which they were busy. */
  readonly busy: number;
  /** The time for which they were busy or idle. */
  readonly total: number;
}

/** The load of a machine. Members that are unknown are undefined. */
export interface MachineFacts {
  /**
   * The numbers of threads that ran or waited for a processor, averaged over 1, 5 and 15 minutes.
   */
  readonly loadAverages: readonly [number, number, number] | undefined;
  /** The time since the machine was started, in milliseconds. */
  readonly uptimeMs: number | undefined;
  /** The number of processors that are online. */
  readonly processorCount: number | undefined;
  /**
   * The processor times. The increase of `busy` between two readings, divided by that of `total`,
   * is the utilization.
   */
  readonly processorTimes: ProcessorTimes | undefined;
  /** The memory. */
  readonly memory: SpaceUse | undefined;
  /** The swap space; its size is 0 if there is none. */
  readonly swap: SpaceUse | undefined;
}

/** The identity of a file: two files are the same if both members are equal. */
export interface FileId {
  /** The device number of its volume, unsigned, as in `vst_dev`. */
  readonly device: number;
  /** Its inode number, as in `vst_ino`. */
  readonly inode: bigint;
}

/** The file that a path leads to. */
export interface FileAt extends FileId {
  /** True if a UNIX-domain socket is bound to the file. */
  readonly isSocket: boolean;
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

/** The command line of a process when it was started, as bytes without their NULs. */
export interface ArgumentBytes {
  /** The path that was passed to `exec()`; undefined on Linux, which does not keep it. */
  readonly executablePath: Uint8Array | undefined;
  /**
   * The arguments, including empty ones. The first is the name of the program. If the process wrote
   * a title over its arguments, the title is the only element.
   */
  readonly arguments: readonly Uint8Array[];
  /**
   * The text that the process wrote over its arguments, as `setproctitle()` does. Undefined if it
   * wrote none, or if the system does not let the caller find out.
   */
  readonly title: Uint8Array | undefined;
}

/** The identity of a file system, which all its files share. */
export interface FileSystemId {
  /** The device number of its volume. */
  readonly device: number;
  /**
   * The id of the mount; undefined unless files in it can have other device numbers than the mount,
   * as in subvolumes of btrfs and the layers of overlayfs.
   */
  readonly mountId: number | undefined;
}

/** The current or last path of a file. */
export interface NamedFile {
  /**
   * The absolute path. If the file was deleted, it is the last path, without the suffix that Linux
   * adds.
   */
  readonly path: Uint8Array;
  /**
   * True if the file no longer has this path, because it was deleted or another file replaced it.
   * It may have other paths. Undefined if the system does not report it.
   *
   * macOS has no path for a deleted program, and reports false for the file that is found at the
   * path.
   */
  readonly deleted: boolean | undefined;
  /** The id of the mount that contains the file; undefined if the system does not report it. */
  readonly mountId?: number;
}

/** A file that a process uses: its working directory, its root directory or an open descriptor. */
export type UsedFile = "cwd" | "root" | { readonly fd: number };

/** A region of memory that has a file or a name. */
export interface NamedRegion {
  /** The address at which the region starts. */
  readonly address: bigint;
  /** The file that is mapped there; undefined if there is none. */
  readonly file: NamedFile | undefined;
  /** The name of a region without a file, such as `[stack]`; undefined if there is a file. */
  readonly name: string | undefined;
}

/**
 * The facts about a descriptor that a system reports in addition to `__proc_info()`. Members that
 * do not apply are absent.
 */
export interface DescriptorFacts {
  /** The counter of an eventfd. */
  readonly eventCounter?: {
    /** The id of the counter, unique on the machine; undefined before Linux 5.2. */
    readonly id: number | undefined;
    /** The value of the counter. */
    readonly value: bigint;
  };
  /** The process of a pidfd; -1 after the process was waited for, 0 if the reader cannot see it. */
  readonly processId?: number;
  /** The files that an inotify or fanotify descriptor watches. */
  readonly watchedFiles?: readonly WatchedFileId[];
  /** The settings and state of a timerfd. */
  readonly timer?: {
    /** The `CLOCK_*` number of its clock. */
    readonly clock: number;
    /** The number of expirations since it was last read. */
    readonly expirations: bigint;
    /** The time to the next expiration, in nanoseconds; 0 if it is not set. */
    readonly remainingNs: bigint;
    /** The time between expirations, in nanoseconds; 0 if it expires once. */
    readonly intervalNs: bigint;
  };
  /** The signals of a signalfd: bit n - 1 represents signal n, by the numbers of the host. */
  readonly signals?: bigint;
  /** The locks on a file that were taken through this open file. */
  readonly locks?: readonly LockFact[];
}

/** A watched file, file system or mount. */
export interface WatchedFileId {
  /** The device number; undefined if a mount is watched. */
  readonly device: number | undefined;
  /** The inode number; undefined if more than one file is watched. */
  readonly inode: bigint | undefined;
  /** The id of the watched mount; undefined if a file or file system is watched. */
  readonly mountId: number | undefined;
}

/** A file lock. */
export interface LockFact {
  /**
   * The call that took it: `flock()`, `fcntl()` for the process, `fcntl()` for the open file, or a
   * lease.
   */
  readonly kind: "flock" | "posix" | "openFile" | "lease";
  /** True for an exclusive lock. */
  readonly exclusive: boolean;
  /** Its first byte. */
  readonly start: bigint;
  /** Its last byte; undefined if the lock extends to the end of the file, wherever that is. */
  readonly end: bigint | undefined;
}

/** A resource limit; undefined means unlimited. */
export interface Limit {
  /** The limit in force, `rlim_cur`. */
  readonly current: bigint | undefined;
  /** The maximum to which the process may raise the limit, `rlim_max`. */
  readonly maximum: bigint | undefined;
}

/** The names of the limits, as in getrlimit(2). */
export type LimitName =
  | "cpu"
  | "fsize"
  | "data"
  | "stack"
  | "core"
  | "rss"
  | "as"
  | "nofile"
  | "nproc"
  | "memlock"
  | "locks"
  | "sigpending"
  | "msgqueue"
  | "nice"
  | "rtprio"
  | "rttime";

/** The resource limits of a process. Those that the system does not report are absent. */
export type Limits = Partial<Readonly<Record<LimitName, Limit>>>;

/** The signals of a process: bit n - 1 represents signal n, by the numbers of the host. */
export interface SignalSets {
  /** The ignored signals. */
  readonly ignored: bigint;
  /** The signals with a handler. */
  readonly caught: bigint;
  /**
   * The pending signals, of the process or of its first thread; undefined if the system does not
   * report them.
   */
  readonly pending: bigint | undefined;
}

/** Counts and sizes of a process for accounting. Those that the system does not keep are absent. */
export interface Accounting {
  /** The file mode creation mask. */
  readonly umask?: number;
  /** The page faults without input or output. */
  readonly minorFaults?: bigint;
  /** The page faults without input or output of children that ended and were waited for. */
  readonly childMinorFaults?: bigint;
  /** The page faults with input or output of children that ended and were waited for. */
  readonly childMajorFaults?: bigint;
  /** The voluntary context switches of the first thread. */
  readonly voluntarySwitches?: bigint;
  /** The involuntary context switches of the first thread. */
  readonly involuntarySwitches?: bigint;
  /** The highest resident size so far, in bytes. */
  readonly maxResidentBytes?: number;
  /** The resident private memory without a file behind it, in bytes. */
  readonly residentDataBytes?: number;
  /** The size of the data in virtual memory, in bytes. */
  readonly dataBytes?: number;
  /** The size of the program text, in bytes. */
  readonly textBytes?: number;
}

/** The kinds of namespaces; see namespaces(7). */
export type NamespaceKind = "cgroup" | "ipc" | "mnt" | "net" | "pid" | "time" | "user" | "uts";

/** The capability sets of a process: bit n represents capability n of capabilities(7). */
export interface CapabilityBits {
  /** The set that permission checks use. */
  readonly effective: bigint;
  /** The set that can be made effective. */
  readonly permitted: bigint;
  /** The set that the process keeps when it executes a file that allows it. */
  readonly inheritable: bigint;
  /** The upper limit of the capabilities that the process can gain. */
  readonly bounding: bigint;
  /** The set that the process keeps when it executes any file. */
  readonly ambient: bigint;
}

/**
 * The privileges of a process. On Linux, they belong to a thread: the first one, or after its end
 * one that still runs.
 */
export interface Privileges {
  /** The supplementary group ids. macOS reports at most 15. */
  readonly groups: readonly number[];
  /** The capability sets; undefined if the kernel has no capabilities. */
  readonly capabilities: CapabilityBits | undefined;
  /** True if executing a file cannot add privileges; undefined if the kernel does not report it. */
  readonly noNewPrivileges: boolean | undefined;
  /** The filter for system calls; undefined if the kernel does not report it. */
  readonly systemCallFilter: "none" | "strict" | "filter" | undefined;
}

/** A watch for the end of one process, which never refers to a later process with the same pid. */
export interface ExitWatch {
  /**
   * Returns how the process has ended; undefined while it is alive. Never waits.
   *
   * A result without a status may be followed by one with it. On Linux, the status of another
   * user's process is available after its parent has waited for it. The watch is closed when the
   * status is known. On macOS, a process may still be listed as alive for a moment after this
   * method reports its end.
   */
  ended(): Ending | undefined;
  /** Closes the watch. Its result does not change afterwards. Closing it twice has no effect. */
  close(): void;
}

/** The way in which a process has ended. */
export interface Ending {
  /**
   * The status that `wait()` returns, with Darwin's signal numbers; undefined if the kernel
   * withholds it.
   *
   * macOS reports it to the parent and to those who may signal the process, and reports the status
   * of zombies to every user. Linux reports it to every user since 6.15. Before that, Linux reports
   * it only for zombies, to the parent and to those who may debug the process.
   */
  readonly status: number | undefined;
}

/** Finds the ids of new processes and threads, which costs much less than to list all processes. */
export interface NewPids {
  /**
   * The ids that {@linkcode NewPids.look} found, in the order in which the system assigned them.
   * Some may belong to threads, and some may no longer be in use.
   */
  readonly pids: Int32Array;
  /**
   * True if the number of the machine's threads has changed between the last two calls of `look()`.
   * Then threads may have ended, or an id may have been assigned out of order.
   */
  readonly moved: boolean;
  /**
   * Finds the ids that were assigned since the last call. Returns their number. Returns -1 if they
   * are so many that listing the processes costs less, or if the system does not report them this
   * time.
   */
  look(): number;
  /** Stops watching. Closing it twice has no effect. */
  close(): void;
}

/** A process event, as the kernel reports it. */
export type KernelEvent =
  | {
    /** The type of the event: a process started. */
    readonly type: "start";
    /** The pid of the process. */
    readonly pid: number;
    /** The pid of its parent. */
    readonly parentPid: number;
  }
  | {
    /** The type of the event: a process executed a program. */
    readonly type: "exec";
    /** The pid of the process. */
    readonly pid: number;
  }
  | {
    /**
     * The type of the event: the first thread of a process ended, or another thread if `threadId`
     * differs from `pid`. The process ends with its last thread.
     */
    readonly type: "exit";
    /** The pid of the process. */
    readonly pid: number;
    /** The id of the thread. */
    readonly threadId: number;
    /** The status that `wait()` returns if this ended the process, with Darwin's signal numbers. */
    readonly status: number;
  };

/** Receives the kernel's process events. */
export interface KernelEvents {
  /**
   * True if the kernel dropped events for lack of room before or during the last
   * {@linkcode KernelEvents.read}, which updates it.
   */
  readonly lost: boolean;
  /**
   * Returns the events since the last call, in the kernel's order, as far as the kernel has stored
   * them. Never waits.
   */
  read(): readonly KernelEvent[];
  /** Stops receiving. Closing it twice has no effect. */
  close(): void;
}

/** The kinds of sockets that a {@linkcode SocketScan} reads. */
export type SocketKind =
  /**
   * Internet sockets with a port that listen, or if they are datagram sockets, are bound and not
   * connected.
   */
  | "listening"
  /** Internet sockets. */
  | "inet"
  /** TCP connections that have ended and are in `TIME_WAIT`. No descriptor refers to them. */
  | "timeWait"
  /** UNIX-domain sockets. */
  | "unix";

/**
 * Reads the sockets of the caller's network namespace, including those of other users' processes.
 */
export interface SocketScan {
  /**
   * True if the caller can see every process that may hold one of the sockets. False for a caller
   * without privilege. Also false in a container: processes outside of it may share its network
   * namespace.
   */
  readonly ownersListed: boolean;
  /**
   * Reads the wanted sockets. Sockets that no descriptor can refer to are omitted, such as a
   * connection that was not accepted yet. Each step returns a `struct socket_fdinfo` without its
   * `pfi`, in memory that the next step of any iteration overwrites. Its `soi_qlimit` is -1 if it
   * is unknown.
   *
   * @param isWanted Returns true for the `soi_so` of a socket to read.
   * @throws {SystemCallError} A resource of the system is exhausted.
   */
  read(kind: SocketKind, isWanted: (identity: number) => boolean): Iterable<Block>;
  /**
   * Finds the UNIX-domain sockets that are bound to a file, whatever its current names are, by
   * their `soi_so`.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system does not report the files of sockets, other
   * errors if a resource is exhausted.
   */
  boundTo(file: FileId): BoundSockets;
}

/** The UNIX-domain sockets that are bound to a file. A socket in neither set may be bound to it. */
export interface BoundSockets {
  /** The sockets that are bound to the file. */
  readonly these: ReadonlySet<number>;
  /** The sockets that are bound to another file. */
  readonly others: ReadonlySet<number>;
}

/** Finds, among the sockets of many processes, the few that may be listening. */
export interface ListenerScan {
  /** The pids of the processes with the sockets that were found. */
  readonly pids: Int32Array;
  /** The file descriptors of the sockets. */
  readonly fds: Int32Array;
  /** The sockets, as identified by `soi_so`. */
  readonly sockets: Uint32Array;
  /**
   * Adds the descriptors of listening sockets, and of datagram sockets that are bound to a port and
   * not connected, to `pids`, `fds` and `sockets`, in ascending order. Other sockets may be among
   * them: `PROC_PIDFDSOCKETINFO` must confirm each. A process that has ended adds none.
   *
   * @returns 0, or a negated Darwin errno: `-EPERM` if the process may not be inspected, others if
   * a resource is exhausted.
   */
  add(pid: number): number;
  /**
   * Ends the scan. Returns the number of descriptors that were found, or a negated Darwin errno.
   */
  finish(): number;
}

/**
 * Reads the descriptors of processes, one process after another.
 *
 * Methods return negated Darwin errnos if they fail. Between {@linkcode DescriptorScan.next} and
 * {@linkcode DescriptorScan.read} no other query of the system is permitted: they share its memory.
 */
export interface DescriptorScan {
  /** The number of the descriptor. */
  readonly fd: number;
  /** The type of the descriptor: `PROX_FDTYPE_*`. */
  readonly type: number;
  /**
   * The result of {@linkcode DescriptorScan.read}: the struct of the flavor that reports most about
   * the type, such as `struct vnode_fdinfowithpath` for a file. The next call overwrites it.
   *
   * A system may omit what is not part of a `Descriptor`: the `vinfo_stat` of a pipe, and for a
   * socket what {@linkcode SocketScan.read} omits.
   */
  readonly answer: Block;
  /**
   * Moves to a process. Returns 0, or a negated errno: `-ESRCH` if there is no such process,
   * `-EPERM` if it is denied.
   */
  begin(pid: number): number;
  /**
   * Moves to the next descriptor of the process, in ascending order. Returns 1, or 0 at the end, or
   * a negated errno: `-ESRCH` if the process has ended, so that some of its descriptors were
   * missing.
   */
  next(): number;
  /**
   * Reads the descriptor. Returns 0, or a negated errno: `-EBADF` if it was closed, `-ESRCH` if the
   * process has ended. All other errors mean that only its type is known, or that a resource is
   * exhausted.
   */
  read(): number;
}
