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
 * A system whose processes can be queried: the kernel, and what `__proc_info()` does not report.
 *
 * Each question about a process is one method, which reads what that question needs and nothing else.
 * Methods throw a `SystemCallError`: `ESRCH` if there is no such process, or it has ended; `EPERM` if
 * this user is denied; `ENOTSUP` if the system has no such thing. The error numbers are Darwin's.
 */
export interface System extends Disposable {
  /** `__proc_info()`, or what answers like it. */
  readonly kernel: Kernel;
  /**
   * What `sysctl()` reports of processes under `KERN_PROC`, or what answers like it: a `struct
   * kinfo_proc` of each, to every user and about every process, the living ones first, then zombies. On
   * macOS pid 0, the kernel itself, is among them.
   *
   * @param what A `KERN_PROC_*` number.
   * @param value The id or the device number that it takes.
   * @param buffer Where the structs go. Null queries the size that is needed, with room for some more.
   * @returns How many bytes there are: 0 for an id that no process has. Or a negated Darwin errno:
   * `-ENOMEM` if the buffer is too short, which then holds as many whole structs as fit; `-ENOTSUP` from
   * a kernel whose struct is another one.
   */
  kernProc(what: number, value: number, buffer: Uint8Array | null): number;

  /** The process id of the caller. */
  pid(): number;
  /** The process id of the caller's parent. */
  ppid(): number;
  /** The process group id of the caller. */
  pgrp(): number;
  /** The effective user id of the caller. */
  euid(): number;
  /** The real user id of the caller. */
  ruid(): number;
  /** The id of the calling thread: on macOS its 64-bit id, on Linux its `gettid()`. */
  threadId(): bigint;

  /** The length of the kernel's unit of time. */
  timebase(): Timebase;
  /** Identifies the time since the machine was started: no two such times have the same id. */
  bootId(): string;
  /** The size of a page, in bytes. */
  pageBytes(): number;
  /** The memory of the machine, in bytes. */
  memoryBytes(): number;
  /** How busy the machine is, as far as the system reports it. */
  machine(): MachineFacts;

  /** The name of a user; undefined if the system knows none. It may query other machines. */
  userName(userId: number): string | undefined;
  /** The id of a user; undefined if the system knows none. It may query other machines. */
  userId(name: string): number | undefined;
  /**
   * The device number of the terminal at a path, unsigned.
   *
   * @throws {SystemCallError} `ENOENT`, `ENOTTY`: the path leads to no terminal.
   */
  terminal(path: string): number;
  /**
   * The path of the terminal with a device number, as in `/dev/pts/3`; undefined if none has it.
   *
   * The path is one of the caller's file system. Linux numbers the terminals of each container
   * from 0, so the number of another container's process may belong to another terminal here.
   */
  terminalPath(device: number): string | undefined;
  /** The file at a path; links are followed. */
  fileId(path: string): FileAt;
  /** The file system that a path is in, or if it is a block device, the one on it; links are followed. */
  fileSystem(path: string): FileSystemId;

  /** The arguments that a process was started with; `EAGAIN` in the middle of an exec. */
  arguments(pid: number): ArgumentBytes;
  /** The environment that a process was started with, as in `PATH=/bin`; `EAGAIN` likewise. */
  environment(pid: number): readonly Uint8Array[];
  /** The file of the program that a process runs; `ENOENT` if it runs none, as kernel threads. */
  executable(pid: number): NamedFile;
  /**
   * The path of a file that a process uses: also one that has no room in `vnode_info_path`, and one that
   * the file has lost while it has others. `ENAMETOOLONG` if the path is longer than the system reports.
   */
  file(pid: number, file: UsedFile): NamedFile;
  /** The regions of a process's memory that have a file, whose path is found likewise, or a name. */
  namedRegions(pid: number): readonly NamedRegion[];
  /** What else is known of a descriptor; `EBADF` or `ESRCH` if it was closed. */
  descriptorFacts(pid: number, fd: number): DescriptorFacts;
  /** The session id of a process. */
  sessionId(pid: number): number;
  /**
   * The processor time of a process in user mode and in the kernel together, in nanoseconds, where that is
   * more exact than the two that `__proc_info()` reports; its ended threads are included.
   *
   * @param threadId The thread of it that is queried. Default: all of them.
   */
  cpuTimeNs(pid: number, threadId?: number): number;
  /** The number of open file descriptors of a process. */
  descriptorCount(pid: number): number;
  /** The highest open file descriptor of a process; -1 if it has none. */
  highestDescriptor(pid: number): number;
  /** The resource limits of a process. */
  limits(pid: number): Limits;
  /**
   * Sets a resource limit of the process that has an id: prlimit(2), which Linux has. The id 0 never
   * means the caller.
   *
   * @throws {SystemCallError} `ENOTSUP` if this system has no such call, `ESRCH` if there is no such
   * process, `EPERM` if this user may not: it takes privileges to raise a maximum, and for the processes of
   * other users.
   */
  setLimit(pid: number, name: LimitName, limit: Limit): void;
  /** The ignored, caught and pending signals of a process. */
  signals(pid: number): SignalSets;
  /** The counts and sizes of a process for accounting. */
  accounting(pid: number): Accounting;
  /** The bytes that a process read and wrote by system calls, of any kind of file. */
  ioBytes(pid: number): bigint;
  /** The control groups of a process: the path of each hierarchy by its controllers, "" for v2. */
  controlGroups(pid: number): Readonly<Record<string, string>>;
  /** The inode of a namespace of a process. */
  namespace(pid: number, kind: NamespaceKind): number;
  /** The process id of a process in each of its process namespaces, the reader's own first. */
  namespacePids(pid: number): readonly number[];
  /** What a process may do. */
  privileges(pid: number): Privileges;
  /** The label that the security module gives a process, as in `unconfined`; undefined if it gives none. */
  securityLabel(pid: number): string | undefined;

  /** Makes a reader of many processes, which reads them with as little work as the system allows. */
  table(options?: TableReaderOptions): TableReader;
  /** Makes a reader of the descriptors of processes, with as little work as the system allows. */
  descriptors(): DescriptorScan;
  /**
   * Makes a scan for listening sockets that reads less of each socket than `__proc_info()`; undefined
   * if the system has no such way.
   */
  listeners(): ListenerScan | undefined;
  /**
   * Makes a scan of the sockets of the caller's network namespace, whatever process holds them.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system does not list them.
   */
  sockets(): SocketScan;
  /**
   * The network interface that a socket of a process is bound to, as in `eth0`, in the words of the
   * network namespace of the socket; undefined if it is not bound to one.
   */
  socketInterface(pid: number, fd: number): string | undefined;

  /**
   * The signals of this system: element `n - 1` is Darwin's number of the signal that has number `n`
   * here. A signal that Darwin lacks has a number above 31 instead.
   *
   * A system of a lone kernel has Darwin's signals under Darwin's numbers.
   */
  signalNumbers(): readonly number[];
  /**
   * Sends a signal to the process that has an id: kill(2). A zombie takes it, and stays one. The ids
   * 0 and -1 are never taken for groups.
   *
   * @param signal The signal's number, as {@linkcode System.signalNumbers} returns it: Darwin's number,
   * or a number above 31; 0 only checks whether a signal could be sent.
   * @param idVersion The `p_idversion` that the process must have. Linux compares it and sends in one
   * step; macOS ignores it. Default: any.
   * @throws {SystemCallError} `EINVAL` if there is no such signal, `ENOTSUP` if this system lacks it,
   * `ESRCH` if there is no such process or its version differs, `EPERM` if this user may not signal it.
   */
  kill(pid: number, signal: number, idVersion?: number): void;
  /** Watches for the end of the process that has an id now. A zombie has ended already. */
  watchExit(pid: number): ExitWatch;
  /**
   * Begins to find the ids that are given to new processes; undefined if the system has no such way.
   */
  newPids(): NewPids | undefined;
  /**
   * Begins to receive what the kernel reports of processes that start, execute programs and end.
   *
   * @throws {SystemCallError} `ENOTSUP` if the system has no such way, `EPERM` if this user may not use it;
   * the message states what is missing.
   */
  kernelEvents(): KernelEvents;
}

/** The system that a function queries. */
export interface SystemOptions {
  /** The system to query. Default: this host. */
  readonly system?: System;
}

/**
 * Makes a system of a kernel alone: a scripted, recorded or replayed one.
 *
 * What `__proc_info()` does not report is `ENOTSUP` there, `sysctl()` included: all members are but the kernel, the count of
 * descriptors, the table, the descriptors, and the listeners and new ids, which are undefined. The
 * numbers of signals are Darwin's, on every host.
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

/** All members, each of which does the same: the compiler demands that none is missing. */
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
/** One for each member that takes arguments: the compiler demands that none is missing. */
type Checks = {
  readonly [N in keyof Members as Required<Parameters<Members[N]>> extends [] ? never : N]: (
    ...args: Parameters<Members[N]>
  ) => Parameters<Members[N]>;
};

const ofProcess = (pid: number): [number] => [int32("pid", pid)];

/** Pass on the arguments of members, or throw an error that names the one that is wrong. */
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

const LIMITS: readonly LimitName[] = [
  ...["cpu", "fsize", "data", "stack", "core", "rss", "as", "nofile", "nproc"] as const,
];

const NAMESPACES: readonly NamespaceKind[] = [
  ...["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] as const,
];

/** The members of a system that take arguments, each of which checks them first. */
function checked(system: System): Partial<Members> {
  return Object.fromEntries(
    Object.entries(CHECKS).map(([name, check]) => {
      const [pass, member] = [check, system[name as keyof Members]] as unknown as [Any, Any];
      return [name, (...args: unknown[]) => member(...pass(...args) as unknown[])];
    }),
  );
}

/**
 * A handle of a system. Its members check their arguments; once it is disposed of, every member throws,
 * and the system goes on.
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
