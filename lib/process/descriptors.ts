import { DESCRIPTOR_OPTIONS } from "./pids.ts";
import { checkOptions } from "../system/arguments.ts";
import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { channelFdInfo } from "../abi/channel_info.ts";
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
import { PROC_FP_CLEXEC, type ProcFileInfo } from "../abi/file_info.ts";
import { kqueueFdInfo } from "../abi/kqueue_info.ts";
import {
  PROC_PIDFDCHANNELINFO,
  PROC_PIDFDKQUEUEINFO,
  PROC_PIDFDPIPEINFO,
  PROC_PIDFDPSEMINFO,
  PROC_PIDFDPSHMINFO,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDFDVNODEPATHINFO,
} from "../abi/pid_fd_info.ts";
import { PROC_PIDLISTFD_SIZE, PROC_PIDLISTFDS, PROC_PIDT_SHORTBSDINFO } from "../abi/pid_info.ts";
import { pipeFdInfo } from "../abi/pipe_info.ts";
import { psemFdInfo } from "../abi/psem_info.ts";
import { pshmFdInfo } from "../abi/pshm_info.ts";
import { socketFdInfo } from "../abi/socket_info.ts";
import { vnodeFdInfoWithPath, type VnodeInfoPath, vnodeInfoPath } from "../abi/vnode_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { ERRNO, isShortage, optional, ProcInfoError, SystemCallError } from "../system/errors.ts";
import type { NamedFile } from "../system/facts.ts";
import type { Kernel } from "../system/kernel.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import { type Block, block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import type { Struct } from "../layout/struct.ts";
import { type Missing, missingOf } from "./errors.ts";
import { type Details, detailsOf, type FileLock, type WatchedDescriptor } from "./details.ts";
import { known } from "../system/known.ts";
import { foundPath } from "./paths.ts";
import type { DescriptorOptions } from "./pids.ts";
import { ZOMBIES_TOO } from "./life.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps, STRIDE } from "./slices.ts";
import { describeSocket, type OpenSocket, portsOf, type Text, textOf } from "./sockets.ts";
import type { SignalName } from "./signals.ts";
import { SZOMB } from "./state.ts";
import { type UnownedSocket, type Walker, walkMachine } from "./unowned.ts";

/** What a descriptor is open on. */
export type DescriptorType =
  /** A regular file. */
  | "file"
  /** A directory. */
  | "directory"
  /** A character device, as a terminal or `/dev/null`. */
  | "characterDevice"
  /** A block device, as a disk. */
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
  /** A kqueue; on Linux an epoll. */
  | "kqueue"
  /** A POSIX semaphore. */
  | "semaphore"
  /** POSIX shared memory. */
  | "sharedMemory"
  /** Notifications about changes of files: fsevents on macOS, inotify and fanotify on Linux. */
  | "fileSystemEvents"
  /** A session of network policies. */
  | "networkPolicy"
  /** A Skywalk channel. */
  | "channel"
  /** A Skywalk nexus controller. */
  | "nexus"
  /** Linux: a counter of events, `eventfd()`. */
  | "eventCounter"
  /** Linux: a timer, `timerfd_create()`. */
  | "timer"
  /** Linux: signals to be read, `signalfd()`. */
  | "signals"
  /** Linux: a process, `pidfd_open()`. */
  | "process"
  /** Linux: memory without a path that is used as a file, `memfd_create()`. */
  | "memoryFile"
  /** Anything else; on Linux the path has its kind, as in `anon_inode:[io_uring]`. */
  | "other";

/** The flags that a descriptor was opened with. */
export interface DescriptorAccess {
  /** True if it is open for reading. */
  readonly read: boolean;
  /** True if it is open for writing. */
  readonly write: boolean;
  /** True if every write goes to the end. */
  readonly append: boolean;
  /** True if reads and writes fail where they would have to wait. */
  readonly nonBlocking: boolean;
}

/** One end of a pipe. */
export interface PipeEnd {
  /** Identifies this end: no other end of a pipe has the same decimal number. */
  readonly id: string;
  /** Identifies the other end. */
  readonly peerId: string;
}

/** The process and the number of a descriptor. */
export interface DescriptorPlace {
  /** The process id. */
  readonly pid: number;
  /** The number of the descriptor. */
  readonly fd: number;
}

/**
 * An open descriptor of a process.
 *
 * A member is absent if the descriptor has no such thing or the system does not report it. A descriptor
 * that this user may not inspect has its type only.
 */
export interface Descriptor {
  /** The process id. */
  readonly pid: number;
  /** The number of the descriptor. */
  readonly fd: number;
  /** What it is open on. */
  readonly type: DescriptorType;
  /** The flags that it was opened with. */
  readonly access?: DescriptorAccess;
  /** True if `exec()` closes it. */
  readonly closeOnExec?: boolean;
  /** The file position in bytes, of files, devices and shared memory. */
  readonly offset?: number;
  /**
   * The path that the file has now, or had when it was deleted; absent if it is longer than 4,095 bytes
   * (macOS: 1,023). Bytes that are not UTF-8 are U+FFFD.
   *
   * It is the path that the process itself would use: in another mount namespace it may lead to another
   * file than here, which `device` and `inode` show.
   */
  readonly path?: string;
  /** The bytes of `path` as hexadecimal digits; absent if `path` is the exact name. */
  readonly pathHex?: string;
  /** True if the file has lost that path since: it was deleted, or another file took its name. */
  readonly deleted?: boolean;
  /** The device number of the volume of a file. */
  readonly device?: number;
  /** The inode number of a file, as a decimal number. */
  readonly inode?: string;
  /** The length of a file or of shared memory, in bytes. */
  readonly sizeBytes?: number;
  /** The device number of a device. */
  readonly specialDevice?: number;
  /** The name of a semaphore or of shared memory, as in `/name`; that which a memory file was given. */
  readonly name?: string;
  /** The socket. */
  readonly socket?: OpenSocket;
  /** The end of a pipe. */
  readonly pipe?: PipeEnd;
  /**
   * Every descriptor at the other end of a pipe, of a fifo or of a connection, among those that were
   * read: those of the one process, or of all of {@linkcode descriptors} and {@linkcode whoHas}. With
   * details, also every other descriptor of the same eventfd.
   */
  readonly peers?: readonly DescriptorPlace[];
  /**
   * With details: what a kqueue watches, on Linux an epoll. Of a kqueue, what is no descriptor is left out:
   * signals, processes, timers.
   */
  readonly watches?: readonly WatchedDescriptor[];
  /**
   * With details, on Linux: what an inotify or a fanotify watches. A file has a device number and an inode
   * number, and the kernel reports no path; a whole file system has a device number alone, and a mount
   * its id in `/proc/PID/mountinfo`.
   */
  readonly watchedFiles?: readonly {
    readonly device?: number;
    readonly inode?: string;
    readonly mountId?: number;
  }[];
  /** With details, on Linux: the value of an eventfd, as a decimal number. */
  readonly counter?: string;
  /**
   * With details, since Linux 5.2: identifies the counter of an eventfd, which several descriptors may
   * have.
   */
  readonly counterId?: string;
  /**
   * With details, on Linux: the id of the process of a pidfd; absent after it was waited for, or if it is
   * in a process namespace that the reader does not see.
   */
  readonly processId?: number;
  /** With details, on Linux: a timer. Times are in nanoseconds, and absent if they are not set. */
  readonly timer?: {
    /** The clock it runs by, as in `"monotonic"`. */
    readonly clock: string;
    /** How often it has expired since it was read last. */
    readonly expirations: number;
    /** The time to the next expiration. */
    readonly remainingNs?: number;
    /** The time between expirations. */
    readonly intervalNs?: number;
  };
  /** With details, on Linux: the signals that a signalfd receives. */
  readonly signals?: readonly SignalName[];
  /**
   * With details, on Linux: the locks on a file that were taken through this open file. Empty if there are
   * none.
   */
  readonly locks?: readonly FileLock[];
}

/** Whether details of descriptors are read. */
export interface DetailOptions {
  /**
   * Whether the members of a {@linkcode Descriptor} are read that are there with details. That costs
   * another look at each file, eventfd, pidfd and the like. Default: false.
   */
  readonly details?: boolean;
}

/** Returns whether details are asked for. */
function hasDetails({ details = false }: DetailOptions): boolean {
  if (typeof details === "boolean") return details;
  throw new TypeError(`Cannot pass details as it must be a boolean: it is ${typeof details}`);
}

/** The descriptors of many processes. */
export interface DescriptorGraph {
  /** The descriptors, by process id and number. */
  readonly descriptors: readonly Descriptor[];
  /** The processes whose descriptors could not be read. */
  readonly missing: readonly MissingProcess[];
  /** The sockets to which no descriptor in `descriptors` leads. */
  readonly unowned: readonly UnownedSocket[];
}

/** A process of which something could not be read. */
export interface MissingProcess {
  /** The process id. */
  readonly pid: number;
  /** Why it could not be read. */
  readonly why: Missing;
}

/**
 * Reads the open descriptors of all processes, and joins the ends of pipes and connections.
 *
 * A UNIX-domain socket and a pipe identify their other end. Other connected sockets with ports, as those of
 * TCP, multipath TCP, UDP and `vsock`, are joined by their addresses; on Linux, loopback addresses are
 * joined within one network namespace only.
 *
 * A descriptor that is closed meanwhile is absent. A process that ends meanwhile is in `missing`, as are
 * the processes of other users if this user may not inspect them. On Linux, the other end of a
 * UNIX-domain connection in another network namespace may be unavailable without privilege.
 *
 * The sockets of processes that this user may not inspect are in `unowned`, and so are those that the
 * kernel holds itself. That needs Linux: the Internet and UNIX-domain sockets of the caller's network
 * namespace are reported. It is empty on macOS, and if `pids` are given.
 *
 * @param options The processes to inspect, and the system.
 * @returns The descriptors, the processes without them and the sockets without an owner.
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
 * Reads the open descriptors of all processes, as {@linkcode descriptors} does, without blocking: the
 * event loop gets a turn every few milliseconds.
 *
 * What changes meanwhile may be reported as it was before the change or after it.
 *
 * @param options The processes to inspect, the system, and a signal that stops the work.
 * @returns A promise of the graph. It rejects with the reason of the signal, and with the errors that
 * {@linkcode descriptors} throws.
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

function* graph(options: DescriptorOptions & DetailOptions): Steps<DescriptorGraph> {
  const system = systemIn(options);
  const scan = new Scan(system, undefined, hasDetails(options));
  const unowned = yield* walkMachine(system, options, ["inet", "unix"], scan);
  const descriptors = yield* joined(scan.descriptors, system);
  return { descriptors, missing: scan.missing, unowned };
}

/**
 * Reads the open descriptors of one process, in ascending order. Their `peers` are those of this process.
 *
 * @throws {ProcInfoError} `ESRCH` if there is no such process, or it is a zombie; `EPERM` if this user
 * may not inspect it; `EMFILE` if there are too many open files.
 */
export function descriptorsOf(
  pid: number,
  system: System,
  options: DetailOptions = {},
): Descriptor[] {
  const reader = new DescriptorReader(system, hasDetails(options));
  const count = reader.list(pid);
  if (count < 0) throw listError(pid, -count);
  const found: Descriptor[] = [];
  if (!atOnce(reader.readAll(pid, count, undefined, found))) throw listError(pid, ERRNO.ESRCH);
  return atOnce(joined(found, system));
}

/**
 * True for a descriptor of a file: a regular file, a directory, a device, a symbolic link, a fifo with
 * a path or the file of a socket. False for pipes, sockets, shared memory, and whatever has no file.
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

  /** Starts a scan for descriptors of some `PROX_FDTYPE_*`, undefined for all; `details` are read on demand. */
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
      const count = reader.list(pid);
      const isRead = count >= 0 && (yield* reader.readAll(pid, count, this.#types, descriptors));
      if (!isRead) {
        // A process that ended meanwhile had more than was read of it.
        descriptors.length = before;
        this.missing.push({ pid, why: whyOf(pid, count < 0 ? -count : ERRNO.ESRCH, this.#system) });
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
    return new Set(this.descriptors.flatMap(({ socket }) => socket === undefined ? [] : socket.id));
  }
}

/** Why the descriptors of a process cannot be listed. */
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

// Flags of an open file in XNU's form (bsd/sys/fcntl.h).
const FREAD = 0x1;
const FWRITE = 0x2;
const FNONBLOCK = 0x4;
const FAPPEND = 0x8;

/** The first list has room for so many descriptors. */
const ROWS = 8192;

/** A {@linkcode Descriptor} without its process and its number. */
type Description = Omit<Descriptor, "pid" | "fd" | keyof Details>;

/** Questions about a descriptor that only some answers need. */
interface Questions {
  /** The path of the file. */
  readonly path: () => NamedFile;
  /** The network interface that a socket is bound to; undefined if it is unknown. */
  readonly interfaceName: () => string | undefined;
}

/** How descriptors of a kind are queried and described. */
interface Kind {
  /** The `PROC_PIDFD*` number. */
  readonly flavor: number;
  /** How many bytes are written. */
  readonly size: number;
  /** Decodes the answer; `ask` asks the system for more. */
  readonly describe: (answer: Block, ask: Questions) => Description;
}

function kind<T extends { readonly pfi: ProcFileInfo }>(
  flavor: number,
  type: Struct<T>,
  describe: (info: T, answer: Block, ask: Questions) => Description,
): Kind {
  return {
    flavor,
    size: type.size,
    describe: (answer, ask) => describe(type.decodeBlock(answer, 0), answer, ask),
  };
}

const KINDS: Readonly<Record<number, Kind>> = {
  [PROX_FDTYPE_VNODE]: kind(PROC_PIDFDVNODEPATHINFO, vnodeFdInfoWithPath, (info, answer, ask) => {
    return describeVnode(info.pfi, info.pvip, answer, ask.path);
  }),
  [PROX_FDTYPE_SOCKET]: kind(PROC_PIDFDSOCKETINFO, socketFdInfo, (info, answer, ask) => ({
    type: "socket",
    ...openOf(info.pfi),
    socket: describeSocket(info.psi, answer.bytes, ask.interfaceName),
  })),
  [PROX_FDTYPE_PIPE]: kind(PROC_PIDFDPIPEINFO, pipeFdInfo, ({ pfi, pipeinfo }) => ({
    type: "pipe",
    ...openOf(pfi),
    pipe: { id: `${pipeinfo.pipe_handle}`, peerId: `${pipeinfo.pipe_peerhandle}` },
  })),
  [PROX_FDTYPE_KQUEUE]: kind(PROC_PIDFDKQUEUEINFO, kqueueFdInfo, ({ pfi }) => ({
    type: "kqueue",
    ...openOf(pfi),
  })),
  [PROX_FDTYPE_PSEM]: kind(PROC_PIDFDPSEMINFO, psemFdInfo, ({ pfi, pseminfo }) => ({
    type: "semaphore",
    ...openOf(pfi),
    name: pseminfo.psem_name,
  })),
  [PROX_FDTYPE_PSHM]: kind(PROC_PIDFDPSHMINFO, pshmFdInfo, ({ pfi, pshminfo }) => {
    const { vst_dev, vst_ino, vst_nlink, vst_size } = pshminfo.pshm_stat;
    // Without a file only its length is known.
    const file = vst_ino === 0n ? undefined : { device: vst_dev >>> 0, inode: `${vst_ino}` };
    return {
      type: "sharedMemory",
      ...openOf(pfi),
      ...offsetOf(pfi),
      name: pshminfo.pshm_name,
      ...(file && { ...file, deleted: vst_nlink === 0 }),
      sizeBytes: Number(vst_size),
    };
  }),
  [PROX_FDTYPE_CHANNEL]: kind(PROC_PIDFDCHANNELINFO, channelFdInfo, ({ pfi }) => ({
    type: "channel",
    ...openOf(pfi),
  })),
};

/** The types of descriptors about which nothing else is known. */
const BARE_TYPES: Readonly<Record<number, DescriptorType>> = {
  [PROX_FDTYPE_ATALK]: "other",
  // The kind of file is part of what could not be read.
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

/** What has a path and is not a file, by the path. */
const ANONYMOUS_TYPES: Readonly<Record<string, DescriptorType>> = {
  "anon_inode:[eventfd]": "eventCounter",
  "anon_inode:[timerfd]": "timer",
  "anon_inode:[signalfd]": "signals",
  "anon_inode:[pidfd]": "process",
};

/** How the paths of memory files start, which have no links. */
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

const SEEKABLE: ReadonlySet<DescriptorType> = new Set(["file", "blockDevice", "characterDevice"]);

/** What every kind of open file has. */
function openOf(
  { fi_openflags, fi_status }: ProcFileInfo,
): { access: DescriptorAccess; closeOnExec: boolean } {
  return {
    access: {
      read: (fi_openflags & FREAD) !== 0,
      write: (fi_openflags & FWRITE) !== 0,
      append: (fi_openflags & FAPPEND) !== 0,
      nonBlocking: (fi_openflags & FNONBLOCK) !== 0,
    },
    closeOnExec: (fi_status & PROC_FP_CLEXEC) !== 0,
  };
}

/** The file position; absent if it is out of the range of exact numbers, as some devices have it. */
function offsetOf({ fi_offset }: ProcFileInfo): { offset?: number } {
  const offset = Number(fi_offset);
  return Number.isSafeInteger(offset) ? { offset } : {};
}

function describeVnode(
  pfi: ProcFileInfo,
  { vip_vi: { vi_stat, vi_type }, vip_path }: VnodeInfoPath,
  answer: Block,
  askPath: () => NamedFile,
): Description {
  const type = VNODE_TYPES[vi_type] ?? ANONYMOUS_TYPES[vip_path] ?? "other";
  const isFile = VNODE_TYPES[vi_type] !== undefined;
  if (vi_stat.vst_nlink === 0 && type === "file" && vip_path.startsWith(MEMORY_FILE)) {
    return {
      type: "memoryFile",
      ...openOf(pfi),
      ...offsetOf(pfi),
      name: vip_path.slice(MEMORY_FILE.length),
      device: vi_stat.vst_dev >>> 0,
      inode: `${vi_stat.vst_ino}`,
      sizeBytes: Number(vi_stat.vst_size),
    };
  }
  const isDevice = type === "blockDevice" || type === "characterDevice";
  const found = isFile ? pathOf(vip_path, vi_stat.vst_nlink, answer, askPath) : undefined;
  const kind = vip_path === "" ? undefined : { text: vip_path, hex: undefined };
  const path = isFile ? found?.path : kind;
  return known<Description>({
    type,
    ...openOf(pfi),
    offset: SEEKABLE.has(type) ? offsetOf(pfi).offset : undefined,
    path: path?.text,
    pathHex: path?.hex,
    deleted: found?.deleted,
    device: isFile ? vi_stat.vst_dev >>> 0 : undefined,
    inode: isFile ? `${vi_stat.vst_ino}` : undefined,
    sizeBytes: type === "file" ? Number(vi_stat.vst_size) : undefined,
    specialDevice: isDevice ? vi_stat.vst_rdev >>> 0 : undefined,
    name: undefined,
    socket: undefined,
    pipe: undefined,
    peers: undefined,
  });
}

let pathPlace: number | undefined;

/** A text of so many characters is surely the whole path, however many bytes they are. */
const PLAIN = 255;

/** The path of a file, with its bytes if they are not UTF-8, and whether the file has lost it. */
function pathOf(
  text: string,
  links: number,
  { bytes }: Block,
  ask: () => NamedFile,
): { readonly path: Text | undefined; readonly deleted: boolean | undefined } {
  // As a rule it is short, and needs no second look.
  if (text !== "" && text.length <= PLAIN && !text.includes("\uFFFD")) {
    return { path: { text, hex: undefined }, deleted: links === 0 };
  }
  pathPlace ??= offsetsOf(vnodeFdInfoWithPath).pvip + offsetsOf(vnodeInfoPath).vip_path;
  const from = bytes.subarray(pathPlace);
  const { path, deleted } = foundPath(from.subarray(0, from.indexOf(0)), links, ask);
  return { path: path && textOf(path), deleted };
}

/** Queries descriptors of processes, with memory of its own. */
export class DescriptorReader {
  readonly #kernel: Kernel;
  readonly #system: System;
  readonly #details: boolean;
  readonly #answers = new Map<number, Block>();
  #rows = block(ROWS * PROC_PIDLISTFD_SIZE);

  constructor(system: System, details = false) {
    this.#kernel = system.kernel;
    this.#system = system;
    this.#details = details;
  }

  /**
   * Lists the descriptors of a process; returns how many there are, or a negated errno.
   *
   * @throws {ProcInfoError} The system has run out of something.
   */
  list(pid: number): number {
    for (;;) {
      const { bytes } = this.#rows;
      const written = this.#kernel.procInfo(
        PROC_INFO_CALL_PIDINFO,
        pid,
        PROC_PIDLISTFDS,
        0n,
        bytes,
      );
      if (written < 0) {
        if (isShortage(-written)) throw listError(pid, -written);
        return written;
      }
      // A list that fills the room may have been cut.
      if (written + PROC_PIDLISTFD_SIZE <= bytes.byteLength) {
        return Math.floor(written / PROC_PIDLISTFD_SIZE);
      }
      this.#rows = block(bytes.byteLength * 2);
    }
  }

  /** A descriptor of the last list. */
  fdAt(i: number): number {
    return this.#rows.view.getInt32(i * PROC_PIDLISTFD_SIZE, true);
  }

  /** Its `PROX_FDTYPE_*`. */
  typeAt(i: number): number {
    return this.#rows.view.getUint32(i * PROC_PIDLISTFD_SIZE + 4, true);
  }

  /**
   * Reads the descriptors of the last list.
   *
   * @param types The `PROX_FDTYPE_*` that are read; undefined means all.
   * @param to Receives them.
   * @returns True if the process was there all the time.
   */
  *readAll(
    pid: number,
    count: number,
    types: ReadonlySet<number> | undefined,
    to: Descriptor[],
  ): Steps<boolean> {
    for (let i = 0; i < count; i++) {
      if (i % STRIDE === STRIDE - 1) yield;
      const fdtype = this.typeAt(i);
      if (types !== undefined && !types.has(fdtype)) continue;
      const fd = this.fdAt(i);
      const description = this.#read(pid, fd, fdtype);
      if (description === "gone") return false;
      if (description === "closed") continue;
      const found = { pid, fd, ...description };
      to.push(this.#details ? { ...found, ...detailsOf(found, this.#system) } : found);
    }
    return true;
  }

  /** Returns the answer to a flavor about a descriptor, or the error number of a refusal. */
  ask(pid: number, fd: number, flavor: number, size: number): Block | number {
    let answer = this.#answers.get(flavor);
    if (answer === undefined) this.#answers.set(flavor, answer = block(size));
    const written = this.#kernel.procInfo(
      PROC_INFO_CALL_PIDFDINFO,
      pid,
      flavor,
      BigInt(fd),
      answer.bytes,
    );
    if (written === size) return answer;
    const errno = written < 0 ? -written : 0;
    if (isShortage(errno)) {
      throw new ProcInfoError(errno, PROC_INFO_CALL_PIDFDINFO, pid, flavor);
    }
    return errno;
  }

  #read(pid: number, fd: number, fdtype: number): Description | "closed" | "gone" {
    const bare: Description = { type: BARE_TYPES[fdtype] ?? "other" };
    const kind = KINDS[fdtype];
    if (kind === undefined) return bare;
    const answer = this.ask(pid, fd, kind.flavor, kind.size);
    if (typeof answer !== "number") {
      return kind.describe(answer, {
        path: () => this.#system.file(pid, { fd }),
        interfaceName: () => interfaceOf(pid, fd, this.#system),
      });
    }
    switch (answer) {
      case ERRNO.ESRCH:
        return "gone";
      case ERRNO.EBADF:
      case ERRNO.ENOTSOCK:
        return "closed";
      default:
        // It is open, and nothing else is known about it.
        return bare;
    }
  }
}

/** The interface that a socket is bound to; undefined if it is unknown, or the socket is closed. */
function interfaceOf(pid: number, fd: number, system: System): string | undefined {
  try {
    return system.socketInterface(pid, fd) || undefined;
  } catch (error) {
    if (error instanceof SystemCallError && !isShortage(error.errno)) return undefined;
    throw error;
  }
}

/** Adds to each descriptor those at its other end. */
export function* joined(found: readonly Descriptor[], system: System): Steps<Descriptor[]> {
  const networks = new Map<number, string>();
  /** The network namespace of a process; "" if the system has none, or does not report it. */
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
    const peers = others.flatMap((key) => holders.get(key) ?? [])
      // A fifo that is opened for reading and writing is not a peer of itself, nor is a counter.
      .filter((place) => !OWN_PEERS.has(descriptor.type) || place.pid !== pid || place.fd !== fd);
    all.push({ ...descriptor, peers });
  }
  return all;
}

/** What is at its own other end. */
const OWN_PEERS: ReadonlySet<DescriptorType> = new Set(["fifo", "eventCounter"]);

function namespaceOf(pid: number, system: System): number | undefined {
  try {
    return optional(() => system.namespace(pid, "net"));
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === ERRNO.ESRCH) return undefined;
    throw error;
  }
}

/** What identifies an end, and its other end. */
interface Ends {
  readonly own: readonly string[];
  readonly others: readonly string[];
}

/** The ends that a descriptor leads to; undefined if it is not an end of anything. */
function endsOf(
  { pid, type, socket, pipe, access, device, inode, counterId }: Descriptor,
  networkOf: (pid: number) => string,
): Ends | undefined {
  if (pipe !== undefined) return { own: [`pipe ${pipe.id}`], others: [`pipe ${pipe.peerId}`] };
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
  // A socket of IPv6 has IPv4 addresses in another form.
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
