import type {
  Accounting,
  ArgumentBytes,
  DescriptorFacts,
  DescriptorScan,
  ExitWatch,
  FileAt,
  FileSystemId,
  KernelEvents,
  Limit,
  LimitName,
  Limits,
  ListenerScan,
  MachineFacts,
  NamedFile,
  NamedRegion,
  NamespaceKind,
  NewPids,
  Privileges,
  SignalSets,
  SocketScan,
  Timebase,
  UsedFile,
} from "./facts.ts";
import {
  checkOptions,
  id,
  int32,
  object,
  oneOf,
  path,
  shown,
  uint32,
  uint64,
  withoutNul,
  word32,
} from "./arguments.ts";
import { ERRNO, SystemCallError } from "./errors.ts";
import { checkedBuffer, checkedKernel, type Kernel } from "./kernel.ts";
import { kernelDescriptors } from "./kernel_descriptors.ts";
import { countDescriptors, kernelTable } from "./kernel_table.ts";
import { DARWIN_SIGNAL_NUMBERS } from "./signal_number.ts";
import type { TableReader, TableReaderOptions } from "./table.ts";

/**
 * A system whose processes can be queried: its kernel, and the facts that `__proc_info()` does not
 * report.
 *
 * Each query about a process is one method, which reads what that query needs and nothing else.
 * Methods throw a `SystemCallError`: `ESRCH` if there is no such process or it has ended, `EPERM`
 * if this user is denied, and `ENOTSUP` if the system does not support the query. The error numbers
 * are Darwin's.
 */
export interface System extends Disposable {
  /** `__proc_info()`, or a function that returns the same results. */
  readonly kernel: Kernel;
  /**
   * Reads what `sysctl()` reports of processes under `KERN_PROC`: a `struct kinfo_proc` for each.
   * It reports all processes to every user, first the living ones, then zombies. On macOS, pid 0,
   * the kernel itself, is one of them.
   *
   * @param what A `KERN_PROC_*` number.
   * @param value The id or the device number that `what` takes.
   * @param buffer The memory for the structs. Null queries the required size, which includes room
   * for some more structs.
   * @returns The number of bytes, which is 0 for an id that no process has, or a negated Darwin
   * errno. `-ENOMEM` means that the buffer is too small, and holds as many whole structs as fit.
   * `-ENOTSUP` means that the kernel's struct is a different one.
   */
  kernProc(what: number, value: number, buffer: Uint8Array | null): number;

  /** Returns the pid of the caller. */
  pid(): number;
  /** Returns the pid of the caller's parent. */
  ppid(): number;
  /** Returns the process group id of the caller. */
  pgrp(): number;
  /** Returns the effective user id of the caller. */
  euid(): number;
  /** Returns the real user id of the caller. */
  ruid(): number;
  /** Returns the id of the calling thread: its 64-bit id on macOS, its `gettid()` on Linux. */
  threadId(): bigint;

  /** Returns the length of the kernel's unit of time. */
  timebase(): Timebase;
  /** Returns an id of the current boot: each start of the machine has a different one. */
  bootId(): string;
  /** Returns the size of a page, in bytes. */
  pageBytes(): number;
  /** Returns the size of the machine's memory, in bytes. */
  memoryBytes(): number;
  /** Returns the load of the machine, as far as the system reports it. */
  machine(): MachineFacts;

  /**
   * Returns the name of a user; undefined if the system does not know the user. It may query other
   * machines.
   */
  userName(userId: number): string | undefined;
  /**
   * Returns the id of a user; undefined if the system does not know the user. It may query other
   * machines.
   */
  userId(name: string): number | undefined;
  /**
   * Returns the device number of the terminal at a path, unsigned.
   *
   * @throws {SystemCallError} The path does not lead to a terminal: `ENOENT` or `ENOTTY`.
   */
  terminal(path: string): number;
  /**
   * Returns the path of the terminal with a device number, such as `/dev/pts/3`; undefined if no
   * terminal has it.
   *
   * The path is in the caller's file system. Linux numbers the terminals of each container from 0,
   * so the device number of a process in another container may belong to a different terminal here.
   */
  terminalPath(device: number): string | undefined;
  /** Returns the identity of the file at a path. Follows symbolic links. */
  fileId(path: string): FileAt;
  /**
   * Returns the file system that contains a path, or for a block device the file system on it.
   * Follows symbolic links.
   */
  fileSystem(path: string): FileSystemId;

  /** Returns the arguments that a process was started with; `EAGAIN` in the middle of an exec. */
  arguments(pid: number): ArgumentBytes;
  /**
   * Returns the environment that a process was started with, such as `PATH=/bin`; `EAGAIN` in the
   * middle of an exec.
   */
  environment(pid: number): readonly Uint8Array[];
  /**
   * Returns the file of the program that a process runs; `ENOENT` for a process without one, such
   * as a kernel thread.
   */
  executable(pid: number): NamedFile;
  /**
   * Returns the path of a file that a process uses, even if the path does not fit into
   * `vnode_info_path`, or if the file has lost it and has others. `ENAMETOOLONG` if the path is
   * longer than the system reports.
   */
  file(pid: number, file: UsedFile): NamedFile;
  /**
   * Returns the memory regions of a process that have a file or a name. Paths are found as in
   * `file()`.
   */
  namedRegions(pid: number): readonly NamedRegion[];
  /** Returns further facts about a descriptor; `EBADF` or `ESRCH` if it was closed. */
  descriptorFacts(pid: number, fd: number): DescriptorFacts;
  /** Returns the session id of a process. */
  sessionId(pid: number): number;
  /**
   * Returns the processor time of a process in user mode and in the kernel together, in
   * nanoseconds, if that is more exact than the two times of `__proc_info()`. It includes threads
   * that have ended.
   *
   * @param threadId The thread to query. Default: all threads of the process.
   */
  cpuTimeNs(pid: number, threadId?: number): number;
  /** Returns the number of open file descriptors of a process. */
  descriptorCount(pid: number): number;
  /** Returns the highest open file descriptor of a process; -1 if it has none. */
  highestDescriptor(pid: number): number;
  /** Returns the resource limits of a process. */
  limits(pid: number): Limits;
  /**
   * Sets a resource limit of a process with prlimit(2), which Linux has. The pid 0 never means the
   * caller.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system does not have this call, `ESRCH` if there is
   * no such process, `EPERM` if this user lacks permission. Raising a maximum, and setting limits
   * of other users' processes, requires privileges.
   */
  setLimit(pid: number, name: LimitName, limit: Limit): void;
  /** Returns the ignored, caught and pending signals of a process. */
  signals(pid: number): SignalSets;
  /** Returns counts and sizes of a process for accounting. */
  accounting(pid: number): Accounting;
  /**
   * Returns the number of bytes that a process read and wrote by system calls, for files of any
   * kind.
   */
  ioBytes(pid: number): bigint;
  /**
   * Returns the control groups of a process: the path of each hierarchy by its controllers, "" for
   * v2.
   */
  controlGroups(pid: number): Readonly<Record<string, string>>;
  /** Returns the inode number of a namespace of a process. */
  namespace(pid: number, kind: NamespaceKind): number;
  /** Returns the pid of a process in each of its pid namespaces, starting with the reader's own. */
  namespacePids(pid: number): readonly number[];
  /** Returns the privileges of a process. */
  privileges(pid: number): Privileges;
  /**
   * Returns the label of a process from the security module, such as `unconfined`; undefined if it
   * has none.
   */
  securityLabel(pid: number): string | undefined;

  /**
   * Creates a reader of many processes, which reads them with as little work as the system allows.
   */
  table(options?: TableReaderOptions): TableReader;
  /**
   * Creates a reader of the descriptors of processes, which reads them with as little work as the
   * system allows.
   */
  descriptors(): DescriptorScan;
  /**
   * Creates a scan for listening sockets that reads less of each socket than `__proc_info()`;
   * undefined if the system does not support it.
   */
  listeners(): ListenerScan | undefined;
  /**
   * Creates a scan of the sockets in the caller's network namespace, whichever process holds them.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system does not list them.
   */
  sockets(): SocketScan;
  /**
   * Returns the network interface that a socket of a process is bound to, such as `eth0`; undefined
   * if it is not bound to one. The name is that in the network namespace of the socket.
   */
  socketInterface(pid: number, fd: number): string | undefined;

  /**
   * Returns the signals of this system: element `n - 1` is Darwin's number of the signal with the
   * number `n` here. For a signal that Darwin lacks, it is a number above 31.
   *
   * A system made of a kernel alone has Darwin's signals with Darwin's numbers.
   */
  signalNumbers(): readonly number[];
  /**
   * Sends a signal to a process, as kill(2). A zombie accepts the signal and remains a zombie. The
   * ids 0 and -1 never mean groups.
   *
   * @param signal The number of the signal as in {@linkcode System.signalNumbers}: Darwin's number,
   * or a number above 31. 0 only checks whether a signal can be sent.
   * @param idVersion The `p_idversion` that the process must have. Linux compares it and sends the
   * signal in one step; macOS ignores it. Default: any.
   * @throws {SystemCallError} `EINVAL` if there is no such signal, `ENOTSUP` if this system lacks
   * it, `ESRCH` if there is no such process or its version differs, `EPERM` if this user may not
   * signal it.
   */
  kill(pid: number, signal: number, idVersion?: number): void;
  /** Watches for the end of the process that has a pid now. A zombie has already ended. */
  watchExit(pid: number): ExitWatch;
  /** Starts to watch for the pids of new processes; undefined if the system does not support it. */
  newPids(): NewPids | undefined;
  /**
   * Starts to receive the kernel's events of processes that start, execute programs and end.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system does not support it, `EPERM` if this user
   * lacks permission. The message states what is missing.
   */
  kernelEvents(): KernelEvents;
}

/** The options of functions that query a system. */
export interface SystemOptions {
  /** The system to query. Default: this host. */
  readonly system?: System;
}

/**
 * Creates a system from a kernel alone: a scripted, recorded or replayed one.
 *
 * Such a system supports only what `__proc_info()` reports: the kernel, the count of descriptors,
 * the table, the descriptors and the signal numbers, which are Darwin's on every host.
 * `listeners()` and `newPids()` return undefined. All other members fail with `ENOTSUP`, including
 * `kernProc()`.
 *
 * @param kernel The kernel.
 * @returns A system that queries this kernel.
 *
 * @example
 * ```ts
 * import { processes, systemOf } from "@libproc/libproc";
 * import { scriptedKernel } from "@libproc/libproc/testing";
 *
 * const kernel = scriptedKernel([
 *   { callnum: 1, pid: 1, answer: new Uint8Array(0) },
 * ]);
 * console.log(processes({ system: systemOf(kernel) })); // []
 * ```
 */
export function systemOf(kernel: Kernel): System {
  const system: System = {
    ...members(unknown),
    kernel,
    kernProc: () => -ERRNO.ENOTSUP,
    descriptorCount: (pid) => countDescriptors(kernel, pid),
    table: () => kernelTable(system),
    descriptors: () => kernelDescriptors(system.kernel),
    listeners: () => undefined,
    newPids: () => undefined,
    signalNumbers: () => DARWIN_SIGNAL_NUMBERS,
    [Symbol.dispose]: () => {},
  };
  return disposable(system);
}

function unknown(): never {
  throw new SystemCallError("query the system of this kernel", "system", ERRNO.ENOTSUP);
}

function disposed(): never {
  throw new TypeError("Cannot query a system that was disposed of");
}

type Members = Omit<System, "kernel" | typeof Symbol.dispose>;

/** Returns all members with the same implementation; the compiler demands that none is missing. */
function members(refuse: () => never): Members {
  return {
    kernProc: refuse,
    pid: refuse,
    ppid: refuse,
    pgrp: refuse,
    euid: refuse,
    ruid: refuse,
    threadId: refuse,
    timebase: refuse,
    bootId: refuse,
    pageBytes: refuse,
    memoryBytes: refuse,
    machine: refuse,
    userName: refuse,
    userId: refuse,
    terminal: refuse,
    terminalPath: refuse,
    fileId: refuse,
    fileSystem: refuse,
    arguments: refuse,
    environment: refuse,
    executable: refuse,
    file: refuse,
    namedRegions: refuse,
    descriptorFacts: refuse,
    sessionId: refuse,
    cpuTimeNs: refuse,
    descriptorCount: refuse,
    highestDescriptor: refuse,
    limits: refuse,
    setLimit: refuse,
    signals: refuse,
    accounting: refuse,
    ioBytes: refuse,
    controlGroups: refuse,
    namespace: refuse,
    namespacePids: refuse,
    privileges: refuse,
    securityLabel: refuse,
    table: refuse,
    descriptors: refuse,
    listeners: refuse,
    sockets: refuse,
    socketInterface: refuse,
    signalNumbers: refuse,
    kill: refuse,
    watchExit: refuse,
    newPids: refuse,
    kernelEvents: refuse,
  };
}

type Any = (...args: unknown[]) => unknown;
/** A check for each member that takes arguments; the compiler demands that none is missing. */
type Checks = {
  readonly [N in keyof Members as Required<Parameters<Members[N]>> extends [] ? never : N]: (
    ...args: Parameters<Members[N]>
  ) => Parameters<Members[N]>;
};

const ofProcess = (pid: number): [number] => [int32("pid", pid)];

/** The checks return the arguments of a member, or throw an error that names the wrong one. */
const CHECKS: Checks = {
  kernProc: (what, value, buffer) => [
    int32("what", what),
    word32("value", value),
    checkedBuffer(buffer),
  ],
  userName: (userId) => [uint32("userId", userId)],
  userId: (name) => [withoutNul("name", name)],
  terminal: (name) => [path("path", name)],
  terminalPath(device) {
    word32("device", device);
    return [device];
  },
  fileId: (name) => [path("path", name)],
  fileSystem: (name) => [path("path", name)],
  arguments: ofProcess,
  environment: ofProcess,
  executable: ofProcess,
  file(pid, file) {
    if (typeof file === "object" && file !== null) int32("file.fd", file.fd);
    else oneOf("file", USED_FILES, file);
    return [int32("pid", pid), file];
  },
  namedRegions: ofProcess,
  descriptorFacts: (pid, fd) => [int32("pid", pid), int32("fd", fd)],
  sessionId: ofProcess,
  cpuTimeNs(pid, threadId) {
    if (threadId !== undefined) int32("threadId", threadId);
    return [int32("pid", pid), threadId];
  },
  descriptorCount: ofProcess,
  highestDescriptor: ofProcess,
  limits: ofProcess,
  setLimit(pid, name, limit) {
    int32("pid", pid);
    oneOf("name", LIMITS, name);
    const bound = (part: keyof Limit) => {
      const { [part]: value } = object("limit", limit);
      return value === undefined ? undefined : uint64(`limit.${part}`, value);
    };
    const current = bound("current"), maximum = bound("maximum");
    if (maximum !== undefined && (current === undefined || current > maximum)) {
      const most = `at most limit.maximum, which is ${maximum}`;
      throw new RangeError(
        `Cannot pass limit.current as it must be ${most}: current value is ${shown(current)}`,
      );
    }
    return [pid, name, { current, maximum }];
  },
  signals: ofProcess,
  accounting: ofProcess,
  ioBytes: ofProcess,
  controlGroups: ofProcess,
  namespace: (pid, kind) => [int32("pid", pid), oneOf("kind", NAMESPACES, kind)],
  namespacePids: ofProcess,
  privileges: ofProcess,
  securityLabel: ofProcess,
  table(options = {}) {
    const { keep = 0 } = checkOptions(options, ["keep"]);
    return [{ keep: id("keep", keep) }];
  },
  socketInterface: (pid, fd) => [int32("pid", pid), int32("fd", fd)],
  kill(pid, signal, idVersion) {
    if (idVersion !== undefined) word32("idVersion", idVersion);
    return [int32("pid", pid), int32("signal", signal), idVersion];
  },
  watchExit: ofProcess,
};

const USED_FILES: readonly UsedFile[] = ["cwd", "root"];

/** The names of the limits as keys, so that the compiler demands that none is missing. */
const LIMIT_KEYS: Readonly<Record<LimitName, true>> = {
  cpu: true,
  fsize: true,
  data: true,
  stack: true,
  core: true,
  rss: true,
  as: true,
  nofile: true,
  nproc: true,
  memlock: true,
  locks: true,
  sigpending: true,
  msgqueue: true,
  nice: true,
  rtprio: true,
  rttime: true,
};
const LIMITS = Object.keys(LIMIT_KEYS) as LimitName[];

const NAMESPACES: readonly NamespaceKind[] = [
  ...["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] as const,
];

/** Returns the members of a system that take arguments, wrapped to check them first. */
function checked(system: System): Partial<Members> {
  return Object.fromEntries(
    Object.entries(CHECKS).map(([name, check]) => {
      const [pass, member] = [check, system[name as keyof Members]] as unknown as [Any, Any];
      return [name, (...args: unknown[]) => member(...pass(...args) as unknown[])];
    }),
  );
}

/**
 * Creates a handle of a system. Its members check their arguments. After the handle is disposed of,
 * all its members throw, while the system itself remains usable.
 */
export function disposable(system: System): System {
  const handle: System = {
    ...system,
    ...checked(system),
    kernel: checkedKernel(system.kernel),
    [Symbol.dispose]() {
      const kernel = { procInfo: disposed, procInfoExtendedId: disposed };
      Object.assign(handle, members(disposed), { kernel, [Symbol.dispose]: () => {} });
      system[Symbol.dispose]();
    },
  };
  return handle;
}
