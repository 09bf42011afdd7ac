/**
 * What a system reports beside `__proc_info()`: the shapes of its answers.
 *
 * @module
 */

import type { Block } from "../layout/block.ts";

/** How much of a space is used. */
export interface SpaceUse {
  /** The size of the space, in bytes. */
  readonly totalBytes: number;
  /** How much of it is used, in bytes: what programs cannot get without swapping. */
  readonly usedBytes: number;
}

/** The times of all processors together since the machine was started, in a unit of the system. */
export interface ProcessorTimes {
  /** How long they were busy. */
  readonly busy: number;
  /** How long they were busy or idle. */
  readonly total: number;
}

/** How busy a machine is. What is undefined is unknown. */
export interface MachineFacts {
  /** How many threads ran or waited for a processor, on average over 1, 5 and 15 minutes. */
  readonly loadAverages: readonly [number, number, number] | undefined;
  /** How long ago the machine was started, in milliseconds. */
  readonly uptimeMs: number | undefined;
  /** How many processors are online. */
  readonly processorCount: number | undefined;
  /** Their times; between two readings, the share of `busy` in `total` is how busy they were. */
  readonly processorTimes: ProcessorTimes | undefined;
  /** The memory. */
  readonly memory: SpaceUse | undefined;
  /** What memory is swapped to; its size is 0 if there is none. */
  readonly swap: SpaceUse | undefined;
}

/** Which file: two that agree in both are one. */
export interface FileId {
  /** The device number of its volume, unsigned, as `vst_dev` has it. */
  readonly device: number;
  /** Its inode number, as `vst_ino` has it. */
  readonly inode: bigint;
}

/** Which file a path leads to. */
export interface FileAt extends FileId {
  /** True if it is the file that a UNIX-domain socket is bound to. */
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

/** What a process was started with, as bytes without their NULs. */
export interface ArgumentBytes {
  /** The path that was given to `exec()`; undefined on Linux, which does not keep it. */
  readonly executablePath: Uint8Array | undefined;
  /**
   * The arguments, empty ones too. The first is the name that the program goes by. If the process
   * wrote a title over its arguments, the title is the only element.
   */
  readonly arguments: readonly Uint8Array[];
  /**
   * The text that the process wrote over its arguments, as `setproctitle()` does. Undefined if it wrote
   * none, or if the system does not let the caller find out.
   */
  readonly title: Uint8Array | undefined;
}

/** Which file system: what its files have in common. */
export interface FileSystemId {
  /** The device number of its volume. */
  readonly device: number;
  /**
   * The id of the mount. Undefined unless its files may have other device numbers than the mount, as in
   * subvolumes of btrfs and in the layers of overlayfs.
   */
  readonly mountId: number | undefined;
}

/** Where a file is, or was. */
export interface NamedFile {
  /** Its whole path, or the last one if it was deleted; without the suffix that Linux adds then. */
  readonly path: Uint8Array;
  /**
   * True if the file lost that path since: it was deleted, or another file took its name. It may have
   * other names. Undefined if the system does not report it.
   *
   * macOS has no path for a deleted program, and reports false for the file that is found at the path.
   */
  readonly deleted: boolean | undefined;
  /** The id of the mount that it is on; undefined if the system does not report it. */
  readonly mountId?: number;
}

/** A file that a process uses: its working directory, its root directory or an open descriptor. */
export type UsedFile = "cwd" | "root" | { readonly fd: number };

/** A region of memory that has a file or a name. */
export interface NamedRegion {
  /** The address at which the region starts. */
  readonly address: bigint;
  /** The file that is mapped there; undefined without one. */
  readonly file: NamedFile | undefined;
  /** The name of a region without a file, as in `[stack]`; undefined with one. */
  readonly name: string | undefined;
}

/** What a system reports of a descriptor beside `__proc_info()`. A member is absent without such a thing. */
export interface DescriptorFacts {
  /** The counter of an eventfd. */
  readonly eventCounter?: {
    /** Which counter it is, among all of the machine; undefined before Linux 5.2. */
    readonly id: number | undefined;
    /** Its value. */
    readonly value: bigint;
  };
  /** The process of a pidfd; -1 after it was waited for, 0 if the reader does not see it. */
  readonly processId?: number;
  /** What an inotify or fanotify watches. */
  readonly watchedFiles?: readonly WatchedFileId[];
  /** A timerfd. */
  readonly timer?: {
    /** The `CLOCK_*` number of its clock. */
    readonly clock: number;
    /** How often it has expired since it was read last. */
    readonly expirations: bigint;
    /** The time to the next expiration, in nanoseconds; 0 if it is not set. */
    readonly remainingNs: bigint;
    /** The time between expirations, in nanoseconds; 0 if it expires once. */
    readonly intervalNs: bigint;
  };
  /** The signals of a signalfd: bit n - 1 stands for signal n, by the host's own numbers. */
  readonly signals?: bigint;
  /** The locks on a file that were taken through this open file. */
  readonly locks?: readonly LockFact[];
}

/** A watched file, file system or mount. */
export interface WatchedFileId {
  /** The device number; undefined if a mount is watched. */
  readonly device: number | undefined;
  /** The inode number; undefined if more than a file is watched. */
  readonly inode: bigint | undefined;
  /** The id of a watched mount; undefined if none is. */
  readonly mountId: number | undefined;
}

/** A file lock. */
export interface LockFact {
  /** How it was taken: by `flock()`, `fcntl()` for the process or for the open file, or as a lease. */
  readonly kind: "flock" | "posix" | "openFile" | "lease";
  /** True if it excludes all others. */
  readonly exclusive: boolean;
  /** Its first byte. */
  readonly start: bigint;
  /** Its last byte; undefined for the end of the file, wherever that is. */
  readonly end: bigint | undefined;
}

/** A resource limit; undefined means unlimited. */
export interface Limit {
  /** The limit in force, `rlim_cur`. */
  readonly current: bigint | undefined;
  /** The maximum to which the process may raise it, `rlim_max`. */
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
  | "nproc"
  | "memlock"
  | "locks"
  | "sigpending"
  | "msgqueue"
  | "nice"
  | "rtprio"
  | "rttime";

/** The resource limits of a process; those that the system does not report are absent. */
export type Limits = Partial<Readonly<Record<LimitName, Limit>>>;

/** The signals of a process: bit n - 1 stands for signal n, by the host's own numbers. */
export interface SignalSets {
  /** The ignored signals. */
  readonly ignored: bigint;
  /** The signals with a handler. */
  readonly caught: bigint;
  /**
   * The pending signals, of the process or of its first thread; undefined if the system does not report
   * them.
   */
  readonly pending: bigint | undefined;
}

/** Counts and sizes for accounting. Those that the system does not keep are absent. */
export interface Accounting {
  /** The file mode creation mask. */
  readonly umask?: number;
  /** Page faults without input or output. */
  readonly minorFaults?: bigint;
  /** The same of children that ended and were waited for. */
  readonly childMinorFaults?: bigint;
  /** Page faults with input or output of those children. */
  readonly childMajorFaults?: bigint;
  /** Voluntary context switches of the first thread. */
  readonly voluntarySwitches?: bigint;
  /** Involuntary context switches of the first thread. */
  readonly involuntarySwitches?: bigint;
  /** The highest resident size so far, in bytes. */
  readonly maxResidentBytes?: number;
  /** Resident memory without a file behind it, in bytes. */
  readonly residentDataBytes?: number;
  /** The size of the data in virtual memory, in bytes. */
  readonly dataBytes?: number;
  /** The size of the program text, in bytes. */
  readonly textBytes?: number;
}

/** The kinds of namespaces; see namespaces(7). */
export type NamespaceKind = "cgroup" | "ipc" | "mnt" | "net" | "pid" | "time" | "user" | "uts";

/** The sets of capabilities of a process: bit n stands for capability n of capabilities(7). */
export interface CapabilityBits {
  /** The set that permission checks use. */
  readonly effective: bigint;
  /** The set that may be made effective. */
  readonly permitted: bigint;
  /** The set that is kept when the process executes a file that allows it. */
  readonly inheritable: bigint;
  /** The upper limit of what can be gained. */
  readonly bounding: bigint;
  /** The set that is kept when the process executes any file. */
  readonly ambient: bigint;
}

/**
 * What a process may do. On Linux these belong to a thread: to the first one, or after its end to one
 * that still runs.
 */
export interface Privileges {
  /** The supplementary group ids. macOS reports 15 at most. */
  readonly groups: readonly number[];
  /** The capabilities; undefined if the kernel has none. */
  readonly capabilities: CapabilityBits | undefined;
  /** True if executing a file cannot add privileges; undefined if the kernel does not report it. */
  readonly noNewPrivileges: boolean | undefined;
  /** How system calls are filtered; undefined if the kernel does not report it. */
  readonly systemCallFilter: "none" | "strict" | "filter" | undefined;
}

/** Stands for one process until it is closed, whichever process has the id later. */
export interface ExitWatch {
  /**
   * How the process has ended; undefined while it has not. Never waits.
   *
   * An ending without a status may get one: on Linux, the status of another user's process is
   * available after its parent has waited for it. With a status the watch is closed. On macOS a process
   * may be listed among the living for a moment after this method reports its end.
   */
  ended(): Ending | undefined;
  /** Ends the watch, which reports nothing new afterwards. Closing twice does nothing. */
  close(): void;
}

/** How a process has ended. */
export interface Ending {
  /**
   * The status that `wait()` would return, with Darwin's signal numbers; undefined if the kernel
   * withholds it.
   *
   * macOS reports it to the parent and to those who may signal the process, and of a zombie to everybody.
   * Linux reports it to
   * everybody since 6.15; before that only for zombies, to the parent and to those who may debug the
   * process.
   */
  readonly status: number | undefined;
}

/**
 * Finds the ids that a system gives to new processes and threads, for much less than it takes to list all
 * processes.
 */
export interface NewPids {
  /**
   * The ids that {@linkcode NewPids.look} found, in the order in which they were given. Some may belong to
   * threads, and some to nothing any more.
   */
  readonly pids: Int32Array;
  /**
   * True if threads may have ended, or an id may have been given out of order, between the last two looks:
   * the number of the machine's threads has changed.
   */
  readonly moved: boolean;
  /**
   * Finds the ids that were given since the last look. Returns how many; -1 if they are so many that it
   * takes less to list the processes, or if the system does not report them this time.
   */
  look(): number;
  /** Ends it. Closing twice does nothing. */
  close(): void;
}

/** What happened to a process, as the kernel reports it. */
export type KernelEvent =
  | {
    /** A process started. */
    readonly type: "start";
    /** Its id. */
    readonly pid: number;
    /** The process id of its parent. */
    readonly parentPid: number;
  }
  | {
    /** A process executed a program. */
    readonly type: "exec";
    /** Its id. */
    readonly pid: number;
  }
  | {
    /**
     * The first thread of a process ended, or with another `threadId` a further one. The process ends with
     * its last thread.
     */
    readonly type: "exit";
    /** The id of the process. */
    readonly pid: number;
    /** The id of the thread. */
    readonly threadId: number;
    /** The status that `wait()` would return if the process ended, with Darwin's signal numbers. */
    readonly status: number;
  };

/** Receives what the kernel reports of processes. */
export interface KernelEvents {
  /**
   * True if the kernel had no room for an event. Reading does not reset it; {@linkcode KernelEvents.read}
   * sets it again.
   */
  readonly lost: boolean;
  /** The events since the last call, in the order of the kernel, as far as it has stored them. Never waits. */
  read(): readonly KernelEvent[];
  /** Ends it. Closing twice does nothing. */
  close(): void;
}

/** The sockets that a {@linkcode SocketScan} reads. */
export type SocketKind =
  /** Internet sockets with a port that listen, or of datagrams those that are bound and not connected. */
  | "listening"
  /** Internet sockets. */
  | "inet"
  /** What is left of connections of TCP that have ended, `TIME_WAIT`: no descriptor leads to it. */
  | "timeWait"
  /** UNIX-domain sockets. */
  | "unix";

/** Reads the sockets of the caller's network namespace, including those of other users' processes. */
export interface SocketScan {
  /**
   * True if the caller sees every process that may hold one of the sockets. False for a caller without
   * privilege and in a container: processes outside of it may share its network namespace.
   */
  readonly ownersListed: boolean;
  /**
   * Reads the wanted sockets, those left out to which no descriptor can lead, as a connection that was not
   * accepted yet. Each step returns a `struct socket_fdinfo`, all but its `pfi`, in memory that the next
   * step of any reading overwrites. Its `soi_qlimit` is -1 if it is unknown.
   *
   * @param isWanted True for the `soi_so` of a socket to be read.
   * @throws {SystemCallError} The system has run out of something.
   */
  read(kind: SocketKind, isWanted: (identity: number) => boolean): Iterable<Block>;
  /**
   * Finds the UNIX-domain sockets that are bound to a file, whatever its names are now, by their `soi_so`.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system does not report the files of sockets, others if it
   * has run out of something.
   */
  boundTo(file: FileId): BoundSockets;
}

/** Which UNIX-domain sockets are bound to a file. A socket in neither of the two may be. */
export interface BoundSockets {
  /** Those that are. */
  readonly these: ReadonlySet<number>;
  /** Those that are bound to another file. */
  readonly others: ReadonlySet<number>;
}

/** Finds, among the sockets of many processes, the few that may be listening. */
export interface ListenerScan {
  /** The processes of the sockets that were found. */
  readonly pids: Int32Array;
  /** Their file descriptors. */
  readonly fds: Int32Array;
  /** Their sockets, as `soi_so` identifies them. */
  readonly sockets: Uint32Array;
  /**
   * Adds every descriptor of a socket that listens, or that is bound to a port of datagrams and not
   * connected, to `pids`, `fds` and `sockets`, in ascending order. Others may be among them, so `PROC_PIDFDSOCKETINFO` has the last
   * word. A process that has ended adds none.
   *
   * @returns 0, or a negated Darwin errno: `-EPERM` if the process may not be inspected, others if the
   * system has run out of something.
   */
  add(pid: number): number;
  /** Ends the scan; returns how many descriptors were found, or a negated Darwin errno. */
  finish(): number;
}

/**
 * Reads the descriptors of processes, one process after the other.
 *
 * Answers that can fail are negated Darwin errnos. Between {@linkcode DescriptorScan.next} and
 * {@linkcode DescriptorScan.read} no other query of the system is permitted: they share its memory.
 */
export interface DescriptorScan {
  /** The number of the descriptor. */
  readonly fd: number;
  /** Its `PROX_FDTYPE_*`. */
  readonly type: number;
  /**
   * What {@linkcode DescriptorScan.read} read: the struct of the flavor that reports most about the type,
   * as `struct vnode_fdinfowithpath` of a file. It is overwritten by the next one.
   *
   * A system may leave out what is not part of a `Descriptor`: the `vinfo_stat` of a pipe, and of a socket
   * what {@linkcode SocketScan.read} leaves out.
   */
  readonly answer: Block;
  /** Turns to a process; returns 0, or an errno: `-ESRCH` if there is none, `-EPERM` if it is refused. */
  begin(pid: number): number;
  /**
   * Turns to the next descriptor of the process, in ascending order; returns 1, or 0 if there is none, or an
   * errno: `-ESRCH` if the process has ended, so that some of its descriptors were not there any more.
   */
  next(): number;
  /**
   * Reads the descriptor; returns 0, or an errno: `-EBADF` if it was closed, `-ESRCH` if the process has
   * ended. All others mean that only its type is known, or that the system has run out of something.
   */
  read(): number;
}
