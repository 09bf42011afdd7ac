import { DESCRIPTOR_OPTIONS } from "./pids.ts";
import { checkOptions } from "../system/arguments.ts";
import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import {
  PROX_FDTYPE_ATALK,
  PROX_FDTYPE_CHANNEL,
  PROX_FDTYPE_FSEVENTS,
  PROX_FDTYPE_KQUEUE,
  PROX_FDTYPE_NETPOLICY,
  PROX_FDTYPE_NEXUS,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSEM,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
} from "../abi/fd_info.ts";
import { PROC_FP_CLEXEC, procFileInfo } from "../abi/file_info.ts";
import { PROC_PIDLISTFDS, PROC_PIDT_SHORTBSDINFO } from "../abi/pid_info.ts";
import { pipeFdInfo, pipeInfo } from "../abi/pipe_info.ts";
import { psemFdInfo } from "../abi/psem_info.ts";
import { pshmFdInfo } from "../abi/pshm_info.ts";
import { socketFdInfo } from "../abi/socket_info.ts";
import { vinfoStat, vnodeFdInfoWithPath, vnodeInfo, vnodeInfoPath } from "../abi/vnode_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { ERRNO, isShortage, optional, ProcInfoError, SystemCallError } from "../system/errors.ts";
import type { DescriptorScan, NamedFile } from "../system/facts.ts";
import { FD_FLAVORS } from "../system/kernel_descriptors.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import type { Block } from "../layout/block.ts";
import { getU64, offsetsOf } from "../layout/offsets.ts";
import { type Missing, missingOf } from "./errors.ts";
import { detailsOf, type FileLock, type WatchedDescriptor } from "./details.ts";
import { foundPath } from "./paths.ts";
import type { DescriptorOptions } from "./pids.ts";
import { ZOMBIES_TOO } from "./tracked_process.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps, STRIDE } from "./slices.ts";
import { describeSocket, type OpenSocket, portsOf, type Text, textOf } from "./sockets.ts";
import type { SignalName } from "./signals.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import { decodeText } from "./texts.ts";
import { type UnownedSocket, type Walker, walkMachine } from "./unowned.ts";

/** The type of the object that a descriptor refers to. */
export type DescriptorType =
  /** A regular file. */
  | "file"
  /** A directory. */
  | "directory"
  /** A character device, such as a terminal or `/dev/null`. */
  | "characterDevice"
  /** A block device, such as a disk. */
  | "blockDevice"
  /** A symbolic link itself. */
  | "symbolicLink"
  /** The file that a UNIX-domain socket is bound to, not the socket. */
  | "socketFile"
  /** A pipe that has a path. */
  | "fifo"
  /** A pipe without a path. */
  | "pipe"
  /** A socket. */
  | "socket"
  /** A kqueue. On Linux, an epoll instance. */
  | "kqueue"
  /** A POSIX semaphore. */
  | "semaphore"
  /** POSIX shared memory. */
  | "sharedMemory"
  /**
   * Notifications about file changes. On macOS, this is fsevents. On Linux, this is inotify or
   * fanotify.
   */
  | "fileSystemEvents"
  /** A session of network policies. */
  | "networkPolicy"
  /** A Skywalk channel. */
  | "channel"
  /** A Skywalk nexus controller. */
  | "nexus"
  /** On Linux, a counter of events, created by `eventfd()`. */
  | "eventCounter"
  /** On Linux, a timer, created by `timerfd_create()`. */
  | "timer"
  /** On Linux, a descriptor from which signals are read, created by `signalfd()`. */
  | "signals"
  /** On Linux, a process, opened by `pidfd_open()`. */
  | "process"
  /** On Linux, memory without a path that is used as a file, created by `memfd_create()`. */
  | "memoryFile"
  /** Any other type. On Linux, `path` has the kind, as in `anon_inode:[io_uring]`. */
  | "other";

/** The flags that a descriptor was opened with. */
export interface DescriptorAccess {
  /** True if it is open for reading. */
  readonly read: boolean;
  /** True if it is open for writing. */
  readonly write: boolean;
  /** True if every write appends to the end of the file. */
  readonly append: boolean;
  /** True if reads and writes fail instead of blocking. */
  readonly nonBlocking: boolean;
}

/** One end of a pipe. */
export interface PipeEnd {
  /**
   * Identifies the pipe: both ends have the same decimal number.
   *
   * On Linux, it is the inode number, as in `pipe:[4711]`. On macOS, it is the lower of the numbers
   * of the two ends, or the number of the remaining end once the other is closed.
   */
  readonly id: string;
  /** Identifies this end: every end of a pipe has a decimal number of its own. */
  readonly endId: string;
  /** Identifies the other end; absent if the kernel reports that the other end is closed. */
  readonly peerEndId?: string;
}

/** The process and the number of a file descriptor. */
export interface DescriptorPlace {
  /** The process id. */
  readonly pid: number;
  /** The number of the descriptor. */
  readonly fd: number;
}

/**
 * An open file descriptor of a process.
 *
 * A member is absent if it does not apply to the descriptor or if the system does not report it. A
 * descriptor that this user cannot inspect has only its type.
 */
export interface Descriptor {
  /** The process id. */
  readonly pid: number;
  /** The number of the descriptor. */
  readonly fd: number;
  /** The type of the object that it refers to. */
  readonly type: DescriptorType;
  /** The flags that it was opened with. */
  readonly access?: DescriptorAccess;
  /** True if `exec()` closes it. */
  readonly closeOnExec?: boolean;
  /** The file position, in bytes, for files, devices and shared memory. */
  readonly offset?: number;
  /**
   * The current path of the file, or its last path if it was deleted. Bytes that are not UTF-8 are
   * replaced by U+FFFD.
   *
   * On Linux, a path of more than 4,095 bytes is absent. On macOS, a path of more than 1,023 bytes
   * is absent.
   *
   * The path is valid in the mount namespace of the process. In another mount namespace it may lead
   * to another file; `device` and `inode` identify the file.
   */
  readonly path?: string;
  /** The bytes of `path` as hexadecimal digits; absent if `path` is the exact name. */
  readonly pathHex?: string;
  /** True if the file no longer has the path: it was deleted, or another file took its name. */
  readonly deleted?: boolean;
  /** The device number of the volume that contains a file. */
  readonly device?: number;
  /** The inode number of a file, as a decimal number. */
  readonly inode?: string;
  /** The length of a file or of shared memory, in bytes. */
  readonly sizeBytes?: number;
  /** The device number of a device. */
  readonly specialDevice?: number;
  /**
   * The name of a semaphore or of shared memory, as in `/name`, or the name that a memory file was
   * given.
   */
  readonly name?: string;
  /** The socket. */
  readonly socket?: OpenSocket;
  /** The end of the pipe. */
  readonly pipe?: PipeEnd;
  /**
   * The descriptors at the other end of a pipe, a fifo or a connection.
   *
   * Only descriptors that were read are included: those of one process, or those of all processes
   * for {@linkcode descriptors} and {@linkcode whoHas}. With details, the other descriptors of the
   * same eventfd are also included.
   */
  readonly peers?: readonly DescriptorPlace[];
  /**
   * With details: the descriptors that a kqueue watches. Its events without a descriptor, such as
   * signals, processes and timers, are omitted. On Linux, these are the descriptors that an epoll
   * instance watches.
   */
  readonly watches?: readonly WatchedDescriptor[];
  /**
   * On Linux, with details: the objects that an inotify or fanotify descriptor watches.
   *
   * A file has a device number and an inode number, as the kernel does not report its path. A whole
   * file system has only a device number. A mount has only its id in `/proc/PID/mountinfo`.
   */
  readonly watchedFiles?: readonly {
    readonly device?: number;
    readonly inode?: string;
    readonly mountId?: number;
  }[];
  /** On Linux, with details: the value of an eventfd, as a decimal number. */
  readonly counter?: string;
  /**
   * On Linux 5.2 and later, with details: identifies the counter of an eventfd, which several
   * descriptors can share.
   */
  readonly counterId?: string;
  /**
   * On Linux, with details: the pid of the process that a pidfd refers to. Absent if the process
   * was waited for, or if it is in a PID namespace that the reader cannot see.
   */
  readonly processId?: number;
  /**
   * On Linux, with details: the settings of a timerfd. Times are in nanoseconds, and absent if they
   * are not set.
   */
  readonly timer?: {
    /** The clock of the timer, as in `"monotonic"`. */
    readonly clock: string;
    /** The number of expirations since the last read. */
    readonly expirations: number;
    /** The time until the next expiration. */
    readonly remainingNs?: number;
    /** The time between expirations. */
    readonly intervalNs?: number;
  };
  /** On Linux, with details: the signals that a signalfd receives. */
  readonly signals?: readonly SignalName[];
  /**
   * On Linux, with details: the locks on a file that were placed through this open file
   * description. Empty if there are none.
   */
  readonly locks?: readonly FileLock[];
}

/** The option to read details of descriptors. */
export interface DetailOptions {
  /**
   * True to read the members of {@linkcode Descriptor} that are marked "with details". This takes
   * an additional read for each file, eventfd, pidfd and the like. Default: false.
   */
  readonly details?: boolean;
}

/** Returns true if details are requested. */
function hasDetails({ details = false }: DetailOptions): boolean {
  if (typeof details === "boolean") return details;
  throw new TypeError(`Cannot pass details as it must be a boolean: it is ${typeof details}`);
}

/** The descriptors of many processes. */
export interface DescriptorGraph {
  /** The descriptors, sorted by pid and number. */
  readonly descriptors: readonly Descriptor[];
  /** The processes whose descriptors could not be read. */
  readonly missing: readonly MissingProcess[];
  /** The sockets that no descriptor in `descriptors` refers to. */
  readonly unowned: readonly UnownedSocket[];
}

/** A process whose descriptors could not be read. */
export interface MissingProcess {
  /** The process id. */
  readonly pid: number;
  /** The reason why it could not be read. */
  readonly why: Missing;
}

/**
 * Reads the open descriptors of all processes, and joins the ends of pipes and connections.
 *
 * A UNIX-domain socket and a pipe identify their other end. Other connected sockets with ports,
 * such as those of TCP, multipath TCP, UDP and `vsock`, are joined by their addresses. On Linux,
 * loopback addresses are joined only within one network namespace.
 *
 * A descriptor that is closed during the call is absent. A process that ends during the call is in
 * `missing`, and so is a process that this user cannot inspect. On Linux, the other end of a
 * UNIX-domain connection is unavailable if the connection is in another network namespace than the
 * caller.
 *
 * On Linux, `unowned` contains the Internet and UNIX-domain sockets of the caller's network
 * namespace that are held by the kernel itself, or by processes that this user cannot inspect. On
 * macOS, `unowned` is empty. It is also empty if `pids` are given.
 *
 * @param options The processes to inspect, and the system.
 * @returns The descriptors, the processes whose descriptors could not be read, and the sockets
 * without an owner.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {RangeError} A process id is not an integer from 0 to 2147483647.
 * @throws {TypeError} `pids` is not an array, or `system` is not a system.
 *
 * @example Which processes are connected
 * ```ts
 * import { descriptors } from "@libproc/libproc";
 *
 * const graph = descriptors();
 * for (const { pid, fd, type, peers = [] } of graph.descriptors) {
 *   for (const peer of peers) console.log(`${pid}:${fd} ${type} ${peer.pid}:${peer.fd}`);
 * }
 * ```
 */
export function descriptors(options: DescriptorOptions & DetailOptions = {}): DescriptorGraph {
  return atOnce(graph(checkOptions(options, ["details", ...DESCRIPTOR_OPTIONS])));
}

/**
 * Reads the open descriptors of all processes asynchronously, as {@linkcode descriptors} does. The
 * event loop runs every few milliseconds.
 *
 * Whatever changes during the call may be reported in its state before or after the change.
 *
 * @param options The processes to inspect, the system, and a signal that stops the work.
 * @returns A promise of the graph. It rejects with the reason of the signal, or with the errors
 * that {@linkcode descriptors} throws.
 *
 * @example With a time limit
 * ```ts
 * import { descriptorsAsync } from "@libproc/libproc";
 *
 * const graph = await descriptorsAsync({ signal: AbortSignal.timeout(10_000) });
 * console.log(graph.descriptors.length);
 * ```
 */
export async function descriptorsAsync(
  options: DescriptorOptions & DetailOptions & AsyncOptions = {},
): Promise<DescriptorGraph> {
  checkOptions(options, ["signal", "details", ...DESCRIPTOR_OPTIONS]);
  return await inSlices(graph(options), options);
}

/** Reads only the descriptors of sockets, as {@linkcode descriptors} does. */
export function socketDescriptors(options: DescriptorOptions = {}): DescriptorGraph {
  return atOnce(graph(options, SOCKETS));
}

/** The `PROX_FDTYPE_*` number of sockets. */
export const SOCKETS: ReadonlySet<number> = new Set([PROX_FDTYPE_SOCKET]);

function* graph(
  options: DescriptorOptions & DetailOptions,
  types?: ReadonlySet<number>,
): Steps<DescriptorGraph> {
  const system = systemIn(options);
  const scan = new Scan(system, types, hasDetails(options));
  const unowned = yield* walkMachine(system, options, ["inet", "unix"], scan);
  const descriptors = yield* joined(scan.descriptors, system);
  return { descriptors, missing: scan.missing, unowned };
}

/**
 * Reads the open descriptors of one process, in ascending order. Their `peers` are other
 * descriptors of this process.
 *
 * @throws {ProcInfoError} `ESRCH` if the process does not exist or is a zombie; `EPERM` if this
 * user cannot inspect it; `EMFILE` if there are too many open files.
 */
export function descriptorsOf(
  pid: number,
  system: System,
  options: DetailOptions = {},
): Descriptor[] {
  const reader = new DescriptorReader(system, hasDetails(options));
  const found: Descriptor[] = [];
  const errno = atOnce(reader.readAll(pid, undefined, found));
  if (errno !== 0) throw listError(pid, errno);
  return atOnce(joined(found, system));
}

/**
 * Returns true for a descriptor of a file: a regular file, a directory, a device, a symbolic link,
 * a fifo with a path or the file of a socket. Returns false for pipes, sockets, shared memory and
 * anything else without a file.
 */
export function isFile({ type }: Descriptor): boolean {
  return FILE_TYPES.has(type);
}

/** Reads the descriptors of many processes. */
export class Scan implements Walker {
  /** The descriptors that were read. */
  readonly descriptors: Descriptor[] = [];
  /** The processes that could not be read. */
  readonly missing: MissingProcess[] = [];
  readonly #system: System;
  readonly #reader: DescriptorReader;
  readonly #types: ReadonlySet<number> | undefined;
  #walks = 0;

  /**
   * Starts a scan for descriptors of the given `PROX_FDTYPE_*` numbers, or of all types if `types`
   * is undefined. Details are read if `details` is true.
   */
  constructor(system: System, types?: ReadonlySet<number>, details = false) {
    this.#system = system;
    this.#reader = new DescriptorReader(system, details);
    this.#types = types;
  }

  *walk(pids: Iterable<number>): Steps<void> {
    const { descriptors } = this;
    const reader = this.#reader;
    for (const pid of pids) {
      const before = descriptors.length;
      const errno = yield* reader.readAll(pid, this.#types, descriptors);
      if (errno !== 0) {
        // If a process ended meanwhile, only some of its descriptors were read.
        descriptors.length = before;
        this.missing.push({ pid, why: whyOf(pid, errno, this.#system) });
      }
      yield;
    }
    if (this.#walks++ === 0) return;
    descriptors.sort((a, b) => a.pid - b.pid || a.fd - b.fd);
    this.missing.sort((a, b) => a.pid - b.pid);
  }

  get isDenied(): boolean {
    return this.missing.some(({ why }) => why === "denied") ||
      this.descriptors.some(({ type, socket }) => type === "socket" && socket === undefined);
  }

  held(): ReadonlySet<string> {
    const held = new Set<string>();
    for (const { socket } of this.descriptors) if (socket !== undefined) held.add(socket.id);
    return held;
  }
}

/** Returns the reason why the descriptors of a process cannot be listed. */
function whyOf(pid: number, errno: number, system: System): Missing {
  const why = missingOf(errno) ?? "unsupported";
  return why === "gone" && isZombie(pid, system) ? "zombie" : why;
}

function listError(pid: number, errno: number): ProcInfoError {
  return new ProcInfoError(errno, PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS);
}

function isZombie(pid: number, system: System): boolean {
  try {
    return pidInfo(pid, PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO, { system }).pbsi_status === SZOMB;
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return false;
  }
}

// The flags of an open file, as XNU defines them (bsd/sys/fcntl.h).
const FREAD = 0x1;
const FWRITE = 0x2;
const FNONBLOCK = 0x4;
const FAPPEND = 0x8;

const TWO_32 = 2 ** 32;

/** Reads the values of a descriptor that only some descriptions need. */
interface Questions {
  /** Returns the path of the file. */
  path(pid: number, fd: number): NamedFile;
  /** Returns the network interface that a socket is bound to; undefined if it is unknown. */
  interfaceName(pid: number, fd: number): string | undefined;
}

/**
 * Describes a descriptor from the answer of a scan, and queries the system through `query` for the
 * rest. Each object is created by one literal, because copying objects takes longer than all other
 * work here.
 */
type Describe = (pid: number, fd: number, answer: Block, query: Questions) => Descriptor;

/** The functions that describe descriptors, by `PROX_FDTYPE_*`. */
const KINDS: Readonly<Record<number, Describe>> = {
  [PROX_FDTYPE_VNODE]: describeVnode,
  [PROX_FDTYPE_SOCKET]: (pid, fd, answer, query) => ({
    pid,
    fd,
    type: "socket",
    access: accessIn(answer),
    closeOnExec: closesOnExec(answer),
    socket: describeSocket(
      socketFdInfo.decodeBlock(answer, 0).psi,
      answer.bytes,
      () => query.interfaceName(pid, fd),
    ),
  }),
  [PROX_FDTYPE_PIPE]: (pid, fd, answer) => ({
    pid,
    fd,
    type: "pipe",
    access: accessIn(answer),
    closeOnExec: closesOnExec(answer),
    pipe: pipeEnd(
      decimal(answer, places!.pipe_handle),
      decimal(answer, places!.pipe_peerhandle),
    ),
  }),
  [PROX_FDTYPE_KQUEUE]: (pid, fd, answer) => ({
    pid,
    fd,
    type: "kqueue",
    access: accessIn(answer),
    closeOnExec: closesOnExec(answer),
  }),
  [PROX_FDTYPE_PSEM]: (pid, fd, answer) => ({
    pid,
    fd,
    type: "semaphore",
    access: accessIn(answer),
    closeOnExec: closesOnExec(answer),
    name: psemFdInfo.decodeBlock(answer, 0).pseminfo.psem_name,
  }),
  [PROX_FDTYPE_PSHM](pid, fd, answer) {
    const { pshm_name, pshm_stat } = pshmFdInfo.decodeBlock(answer, 0).pshminfo;
    const { vst_dev, vst_ino, vst_nlink, vst_size } = pshm_stat;
    // Without a file, only the length is known.
    const file = vst_ino === 0n ? undefined : { device: vst_dev >>> 0, inode: `${vst_ino}` };
    const offset = offsetIn(answer);
    return {
      pid,
      fd,
      type: "sharedMemory",
      access: accessIn(answer),
      closeOnExec: closesOnExec(answer),
      ...(offset !== undefined && { offset }),
      name: pshm_name,
      ...(file && { ...file, deleted: vst_nlink === 0 }),
      sizeBytes: Number(vst_size),
    };
  },
  [PROX_FDTYPE_CHANNEL]: (pid, fd, answer) => ({
    pid,
    fd,
    type: "channel",
    access: accessIn(answer),
    closeOnExec: closesOnExec(answer),
  }),
};

/** The types of descriptors for which only the type is known. */
const BARE_TYPES: Readonly<Record<number, DescriptorType>> = {
  [PROX_FDTYPE_ATALK]: "other",
  // The kind of file is among the values that could not be read.
  [PROX_FDTYPE_VNODE]: "other",
  [PROX_FDTYPE_SOCKET]: "socket",
  [PROX_FDTYPE_PSHM]: "sharedMemory",
  [PROX_FDTYPE_PSEM]: "semaphore",
  [PROX_FDTYPE_KQUEUE]: "kqueue",
  [PROX_FDTYPE_PIPE]: "pipe",
  [PROX_FDTYPE_FSEVENTS]: "fileSystemEvents",
  [PROX_FDTYPE_NETPOLICY]: "networkPolicy",
  [PROX_FDTYPE_CHANNEL]: "channel",
  [PROX_FDTYPE_NEXUS]: "nexus",
};

/** The types of files by `vi_type`. */
const VNODE_TYPES: readonly (DescriptorType | undefined)[] = [
  undefined,
  "file",
  "directory",
  "blockDevice",
  "characterDevice",
  "symbolicLink",
  "socketFile",
  "fifo",
];

/** The types of objects that have a path but are not files, by path. */
const ANONYMOUS_TYPES: Readonly<Record<string, DescriptorType>> = {
  "anon_inode:[eventfd]": "eventCounter",
  "anon_inode:[timerfd]": "timer",
  "anon_inode:[signalfd]": "signals",
  "anon_inode:[pidfd]": "process",
};

/** The prefix of the paths of memory files. Their files have no links. */
const MEMORY_FILE = "/memfd:";

/** See {@linkcode isFile}. */
const FILE_TYPES: ReadonlySet<DescriptorType> = new Set([
  "file",
  "directory",
  "characterDevice",
  "blockDevice",
  "symbolicLink",
  "socketFile",
  "fifo",
]);

/**
 * Computed once, as finding the offsets in the structs takes longer than reading a few descriptors.
 */
let places: ReturnType<typeof placesInAnswers> | undefined;

/**
 * Returns the offsets of the members that describe most descriptors. Decoding whole structs takes
 * several times as long, and few of their members are used.
 */
function placesInAnswers() {
  // All answers begin with the same struct.
  const { pfi, pvip } = offsetsOf(vnodeFdInfoWithPath);
  const { vip_vi, vip_path } = offsetsOf(vnodeInfoPath, pvip);
  const { vi_stat, vi_type } = offsetsOf(vnodeInfo, vip_vi);
  return {
    ...offsetsOf(procFileInfo, pfi),
    ...offsetsOf(pipeInfo, offsetsOf(pipeFdInfo).pipeinfo),
    ...offsetsOf(vinfoStat, vi_stat),
    vi_type,
    vip_path,
  };
}

function accessIn({ view }: Block): DescriptorAccess {
  const flags = view.getUint32(places!.fi_openflags, true);
  return {
    read: (flags & FREAD) !== 0,
    write: (flags & FWRITE) !== 0,
    append: (flags & FAPPEND) !== 0,
    nonBlocking: (flags & FNONBLOCK) !== 0,
  };
}

function closesOnExec({ view }: Block): boolean {
  return (view.getUint32(places!.fi_status, true) & PROC_FP_CLEXEC) !== 0;
}

/**
 * Returns the file position. Undefined if it exceeds the range of exact integers, as for some
 * devices.
 */
function offsetIn({ view }: Block): number | undefined {
  return exactly(view, places!.fi_offset);
}

/** Reads a signed 64-bit integer; undefined if a number cannot represent it exactly. */
function exactly(view: DataView, at: number): number | undefined {
  const value = view.getUint32(at, true) + view.getInt32(at + 4, true) * TWO_32;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Reads an unsigned 64-bit integer as a decimal number. */
function decimal({ view }: Block, at: number): string {
  const value = getU64(view, at);
  return Number.isSafeInteger(value) ? `${value}` : `${view.getBigUint64(at, true)}`;
}

function pipeEnd(endId: string, peerEndId: string): PipeEnd {
  if (peerEndId === "0") return { id: endId, endId };
  const id = endId.length - peerEndId.length || (endId < peerEndId ? -1 : 1);
  return { id: id < 0 ? endId : peerEndId, endId, peerEndId };
}

function describeVnode(pid: number, fd: number, answer: Block, query: Questions): Descriptor {
  const { view } = answer;
  const at = places!;
  const type = VNODE_TYPES[view.getInt32(at.vi_type, true)];
  const text = textAt(answer.bytes, at.vip_path);
  const access = accessIn(answer), closeOnExec = closesOnExec(answer);
  if (type === undefined) {
    const type = ANONYMOUS_TYPES[text] ?? "other";
    return text === ""
      ? { pid, fd, type, access, closeOnExec }
      : { pid, fd, type, access, closeOnExec, path: text };
  }
  const links = view.getUint16(at.vst_nlink, true);
  const device = view.getUint32(at.vst_dev, true), inode = decimal(answer, at.vst_ino);
  const offset = offsetIn(answer);
  if (type === "file" && links === 0 && text.startsWith(MEMORY_FILE)) {
    return {
      pid,
      fd,
      type: "memoryFile",
      access,
      closeOnExec,
      ...(offset !== undefined && { offset }),
      name: text.slice(MEMORY_FILE.length),
      device,
      inode,
      sizeBytes: getU64(view, at.vst_size),
    };
  }
  // Most paths are short, and need no further query.
  const isPlain = text !== "" && text.length <= PLAIN && !text.includes("\uFFFD");
  if (isPlain && type === "file" && offset !== undefined) {
    return {
      pid,
      fd,
      type,
      access,
      closeOnExec,
      offset,
      path: text,
      deleted: links === 0,
      device,
      inode,
      sizeBytes: getU64(view, at.vst_size),
    };
  }
  const { path, deleted } = isPlain
    ? { path: { text, hex: undefined }, deleted: links === 0 }
    : pathOf(links, answer, () => query.path(pid, fd));
  const found: Writable<Descriptor> = { pid, fd, type, access, closeOnExec };
  if (offset !== undefined && SEEKABLE.has(type)) found.offset = offset;
  if (path !== undefined) found.path = path.text;
  if (path?.hex !== undefined) found.pathHex = path.hex;
  if (deleted !== undefined) found.deleted = deleted;
  found.device = device;
  found.inode = inode;
  if (type === "file") found.sizeBytes = getU64(view, at.vst_size);
  if (type === "blockDevice" || type === "characterDevice") {
    found.specialDevice = view.getUint32(at.vst_rdev, true);
  }
  return found;
}

const SEEKABLE: ReadonlySet<DescriptorType> = new Set(["file", "blockDevice", "characterDevice"]);

type Writable<T> = { -readonly [N in keyof T]: T[N] };

/** Reads the text at an offset, up to a NUL. */
function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return end === at ? "" : decodeText(bytes.subarray(at, end < 0 ? bytes.length : end));
}

/** A path of at most this many characters is complete, however many bytes it takes. */
const PLAIN = 255;

/**
 * Returns the path of a file, with its bytes if they are not UTF-8, and whether the file has lost
 * the path.
 */
function pathOf(
  links: number,
  { bytes }: Block,
  query: () => NamedFile,
): { readonly path: Text | undefined; readonly deleted: boolean | undefined } {
  const from = bytes.subarray(places!.vip_path);
  const { path, deleted } = foundPath(from.subarray(0, from.indexOf(0)), links, query);
  return { path: path && textOf(path), deleted };
}

/** Reads the descriptors of processes. */
export class DescriptorReader implements Questions {
  readonly #system: System;
  readonly #scan: DescriptorScan;
  readonly #details: boolean;

  constructor(system: System, details = false) {
    this.#system = system;
    this.#scan = system.descriptors();
    this.#details = details;
    places ??= placesInAnswers();
  }

  /**
   * Reads the descriptors of a process.
   *
   * @param types The `PROX_FDTYPE_*` numbers to read; undefined for all.
   * @param to Receives the descriptors.
   * @returns 0, or the error number with the reason why some descriptors were not read.
   * @throws {ProcInfoError} The system has run out of a resource.
   */
  *readAll(
    pid: number,
    types: ReadonlySet<number> | undefined,
    to: Descriptor[],
  ): Steps<number> {
    const scan = this.#scan;
    let answer = scan.begin(pid);
    for (let i = 1; answer >= 0; i++) {
      answer = scan.next();
      if (answer <= 0) break;
      const { fd, type } = scan;
      if (types === undefined || types.has(type)) {
        const found = this.#read(pid, fd, type);
        if (found === "gone") return ERRNO.ESRCH;
        if (found !== "closed") {
          to.push(this.#details ? { ...found, ...detailsOf(found, this.#system) } : found);
        }
      }
      if (i % STRIDE === 0) yield;
    }
    if (isShortage(-answer)) throw listError(pid, -answer);
    return -answer;
  }

  /** Reads the current descriptor of the scan. */
  #read(pid: number, fd: number, type: number): Descriptor | "closed" | "gone" {
    const describe = KINDS[type];
    const answer = describe === undefined ? -ERRNO.ENOTSUP : this.#scan.read();
    switch (answer) {
      case 0:
        return describe!(pid, fd, this.#scan.answer, this);
      case -ERRNO.ESRCH:
        return "gone";
      case -ERRNO.EBADF:
        return "closed";
    }
    if (isShortage(-answer)) {
      throw new ProcInfoError(-answer, PROC_INFO_CALL_PIDFDINFO, pid, FD_FLAVORS[type]!.flavor);
    }
    // It is open, but only its type is known.
    return { pid, fd, type: BARE_TYPES[type] ?? "other" };
  }

  path(pid: number, fd: number): NamedFile {
    return this.#system.file(pid, { fd });
  }

  interfaceName(pid: number, fd: number): string | undefined {
    return interfaceOf(pid, fd, this.#system);
  }
}

/**
 * Returns the interface that a socket is bound to. Undefined if it is unknown or the socket is
 * closed.
 */
function interfaceOf(pid: number, fd: number, system: System): string | undefined {
  try {
    return system.socketInterface(pid, fd);
  } catch (error) {
    if (error instanceof SystemCallError && !isShortage(error.errno)) return undefined;
    throw error;
  }
}

/** Adds the descriptors at the other end to each descriptor. */
export function* joined(found: readonly Descriptor[], system: System): Steps<Descriptor[]> {
  const networks = new Map<number, string>();
  /**
   * Returns the network namespace of a process; "" if the system does not have or report network
   * namespaces.
   */
  function networkOf(pid: number): string {
    let network = networks.get(pid);
    if (network === undefined) networks.set(pid, network = `${namespaceOf(pid, system) ?? ""}`);
    return network;
  }

  const holders = new Map<string, DescriptorPlace[]>();
  const ends: (Ends | undefined)[] = [];
  for (const descriptor of found) {
    if (ends.length % STRIDE === STRIDE - 1) yield;
    const end = endsOf(descriptor, networkOf);
    ends.push(end);
    if (end === undefined) continue;
    const { pid, fd } = descriptor;
    for (const key of end.own) {
      const places = holders.get(key);
      if (places === undefined) holders.set(key, [{ pid, fd }]);
      else places.push({ pid, fd });
    }
  }
  const all: Descriptor[] = [];
  for (const descriptor of found) {
    if (all.length % STRIDE === STRIDE - 1) yield;
    const { others = [] } = ends[all.length] ?? {};
    if (others.length === 0) {
      all.push(descriptor);
      continue;
    }
    const { pid, fd } = descriptor;
    const places = others.length === 1
      ? holders.get(others[0]!)?.slice() ?? []
      : others.flatMap((key) => holders.get(key) ?? []);
    // A fifo that is open for reading and writing is not its own peer, nor is a counter.
    const peers = OWN_PEERS.has(descriptor.type)
      ? places.filter((place) => place.pid !== pid || place.fd !== fd)
      : places;
    all.push({ ...descriptor, peers });
  }
  return all;
}

/** The types whose descriptors can match themselves as their other end. */
const OWN_PEERS: ReadonlySet<DescriptorType> = new Set(["fifo", "eventCounter"]);

function namespaceOf(pid: number, system: System): number | undefined {
  try {
    return optional(() => system.namespace(pid, "net"));
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === ERRNO.ESRCH) return undefined;
    throw error;
  }
}

/** The keys that identify an end, and those that identify its other end. */
interface Ends {
  readonly own: readonly string[];
  readonly others: readonly string[];
}

/** Returns the ends that a descriptor refers to; undefined if it does not refer to an end. */
function endsOf(
  { pid, type, socket, pipe, access, device, inode, counterId }: Descriptor,
  networkOf: (pid: number) => string,
): Ends | undefined {
  if (pipe !== undefined) {
    const { endId, peerEndId } = pipe;
    return {
      own: [`pipe ${endId}`],
      others: peerEndId === undefined ? [] : [`pipe ${peerEndId}`],
    };
  }
  if (counterId !== undefined) {
    return { own: [`counter ${counterId}`], others: [`counter ${counterId}`] };
  }
  if (type === "fifo") {
    const read = `fifo ${device} ${inode} read`, write = `fifo ${device} ${inode} write`;
    const ends = (reading: string, writing: string) => [
      ...(access?.read ? [reading] : []),
      ...(access?.write ? [writing] : []),
    ];
    return { own: ends(read, write), others: ends(write, read) };
  }
  if (socket === undefined) return undefined;
  if (socket.family === "unix") {
    const own = [`unix ${socket.id}`];
    if (socket.peerId !== undefined) return { own, others: [`unix ${socket.peerId}`] };
    return { own, others: [] };
  }
  const { localAddress = "", localPort, remoteAddress = "", remotePort } = socket;
  const protocol = portsOf(socket);
  if (protocol === undefined) return undefined;
  if (localPort === undefined || remotePort === undefined) return undefined;
  // An IPv6 socket has IPv4 addresses in mapped form.
  const here = localAddress.replace(MAPPED, ""), there = remoteAddress.replace(MAPPED, "");
  const network = LOOPBACK.test(here) ? networkOf(pid) : "";
  const key = (from: string, fromPort: number, to: string, toPort: number) =>
    `${protocol} ${network} ${from} ${fromPort} ${to} ${toPort}`;
  return {
    own: [key(here, localPort, there, remotePort)],
    others: [key(there, remotePort, here, localPort)],
  };
}

const MAPPED = /^::ffff:(?=\d+\.)/;
const LOOPBACK = /^127\.|^::1$/;
