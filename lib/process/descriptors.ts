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
import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import { listPids } from "../calls/list_pids.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { id } from "../system/arguments.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import { type Block, block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import type { Struct } from "../layout/struct.ts";
import { type Missing, missingOf } from "./errors.ts";
import { known } from "./known.ts";
import { ZOMBIES_TOO } from "./life.ts";
import { describeSocket, type OpenSocket, type Text, textOf } from "./sockets.ts";
import { type Source, sourceOf, type SourceOptions } from "./source.ts";
import { SZOMB } from "./state.ts";

/** What a descriptor is open on. */
export type DescriptorType =
  /** A file. */
  | "file"
  /** A directory. */
  | "directory"
  /** A device that is read byte by byte: a terminal, `/dev/null`. */
  | "characterDevice"
  /** A device that is read block by block: a disk. */
  | "blockDevice"
  /** A symbolic link itself. */
  | "symbolicLink"
  /** The file that a UNIX-domain socket is bound to, not the socket. */
  | "socketFile"
  /** A pipe that has a path. */
  | "fifo"
  /** A pipe without a name. */
  | "pipe"
  /** A socket. */
  | "socket"
  /** A kqueue; on Linux an epoll. */
  | "kqueue"
  /** A POSIX semaphore. */
  | "semaphore"
  /** POSIX shared memory. */
  | "sharedMemory"
  /** What hears of changes to files: fsevents on macOS, inotify and fanotify on Linux. */
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
  /** Anything else; on Linux its kind is in the path, as in `anon_inode:[io_uring]`. */
  | "other";

/** What may be done through a descriptor, and how. */
export interface DescriptorAccess {
  /** Whether it can be read from. */
  readonly read: boolean;
  /** Whether it can be written to. */
  readonly write: boolean;
  /** Whether every write goes to the end. */
  readonly append: boolean;
  /** Whether reads and writes fail where they would have to wait. */
  readonly nonBlocking: boolean;
}

/** One end of a pipe. */
export interface PipeEnd {
  /** A number that no other end of a pipe has: for comparing only. */
  readonly id: bigint;
  /** The number of the other end. */
  readonly peerId: bigint;
}

/** Where a descriptor is. */
export interface DescriptorPlace {
  /** The process. */
  readonly pid: number;
  /** The descriptor. */
  readonly fd: number;
}

/**
 * An open descriptor of a process. What it does not have, or the system does not tell, is left out: of a
 * descriptor that this user may not look at, all but its type.
 */
export interface Descriptor {
  /** The process. */
  readonly pid: number;
  /** The descriptor. */
  readonly fd: number;
  /** What it is open on. */
  readonly type: DescriptorType;
  /** What may be done through it. */
  readonly access?: DescriptorAccess;
  /** Whether `exec()` closes it. */
  readonly closeOnExec?: boolean;
  /** The position of files, devices and shared memory, in bytes. */
  readonly offset?: number;
  /** The path that the file has now, or had when it was deleted. Longer ones are cut to 1,023 bytes. */
  readonly path?: string;
  /** The bytes of `path`, where they are no UTF-8: it has U+FFFD in their places. */
  readonly pathBytes?: Uint8Array;
  /** Whether the file has no name any more. */
  readonly deleted?: boolean;
  /** The device number of the volume that a file is on. */
  readonly device?: number;
  /** The inode number of a file. */
  readonly inode?: bigint;
  /** The length of a file or of shared memory, in bytes. */
  readonly sizeBytes?: number;
  /** The device number that a device has itself. */
  readonly specialDevice?: number;
  /** The name of a semaphore or of shared memory, as in `/name`. */
  readonly name?: string;
  /** The socket. */
  readonly socket?: OpenSocket;
  /** The end of a pipe. */
  readonly pipe?: PipeEnd;
  /**
   * The descriptors at the other end of a pipe, of a fifo or of a connection, among those that were
   * read: every one that leads there. Told by {@linkcode descriptors} and {@linkcode whoHas}.
   */
  readonly peers?: readonly DescriptorPlace[];
}

/** What {@linkcode descriptors} reads. */
export interface DescriptorOptions extends SourceOptions {
  /** The processes; all when left out. */
  readonly pids?: readonly number[];
}

/** The descriptors of many processes. */
export interface DescriptorGraph {
  /** The descriptors, by process and number. */
  readonly descriptors: readonly Descriptor[];
  /** The processes whose descriptors could not be read, and why. */
  readonly missing: readonly MissingProcess[];
}

/** A process of which something could not be read. */
export interface MissingProcess {
  /** The process. */
  readonly pid: number;
  /** Why. */
  readonly why: Missing;
}

/**
 * Reads the open descriptors of all processes, and joins the ends of pipes and connections.
 *
 * The ends of a UNIX-domain connection and of a pipe know each other. Those of TCP and of UDP sockets
 * that are connected to each other have the same addresses the other way round; on Linux, such with
 * loopback addresses count only within one network namespace.
 *
 * A descriptor that is closed meanwhile is left out, and a process that ends goes to `missing`. Without
 * privilege the descriptors of one's own processes are told; on Linux a UNIX-domain connection in another
 * network namespace does not tell its other end.
 *
 * @param options Which processes are read, and who is asked.
 * @throws {ProcInfoError} The processes cannot be listed, or there are too many open files.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {RangeError} A process id is no integer from 0 to 2147483647.
 *
 * @example Who is at the other end
 * ```ts
 * import { descriptors } from "@libproc/libproc";
 *
 * const graph = descriptors();
 * for (const { pid, fd, type, peers = [] } of graph.descriptors) {
 *   for (const peer of peers) console.log(`${pid}:${fd} ${type} ${peer.pid}:${peer.fd}`);
 * }
 * ```
 */
export function descriptors(options: DescriptorOptions = {}): DescriptorGraph {
  const source = sourceOf(options);
  const { descriptors, missing } = scan(source.kernel, pidsOf(options, source.kernel));
  return { descriptors: joined(descriptors, source), missing };
}

/**
 * Reads the open descriptors of one process, in ascending order; without `peers`.
 *
 * @throws {ProcInfoError} `ESRCH` there is no such process, or it is a zombie, `EPERM` it is another
 * user's, `EMFILE` there are too many open files.
 */
export function descriptorsOf(pid: number, { kernel }: Source): Descriptor[] {
  const reader = new DescriptorReader(kernel);
  const count = reader.list(pid);
  if (count < 0) throw listError(pid, -count);
  const found: Descriptor[] = [];
  if (!reader.readAll(pid, count, undefined, found)) throw listError(pid, ERRNO.ESRCH);
  return found;
}

/** The processes that are meant, in ascending order. */
export function pidsOf({ pids }: DescriptorOptions, kernel: Kernel): Iterable<number> {
  if (pids === undefined) return listPids(PROC_ALL_PIDS, 0, kernel).sort();
  pids.forEach((pid, i) => id(`pids[${i}]`, pid));
  return Int32Array.from(new Set(pids)).sort();
}

/** What {@linkcode scan} finds. */
export interface Scan {
  readonly descriptors: Descriptor[];
  readonly missing: MissingProcess[];
}

/**
 * Reads the descriptors of many processes.
 *
 * @param types The `PROX_FDTYPE_*` that are wanted; all when left out.
 */
export function scan(
  kernel: Kernel,
  pids: Iterable<number>,
  types?: ReadonlySet<number>,
): Scan {
  const reader = new DescriptorReader(kernel);
  const descriptors: Descriptor[] = [];
  const missing: MissingProcess[] = [];
  for (const pid of pids) {
    const before = descriptors.length;
    const count = reader.list(pid);
    const answer = count < 0 || reader.readAll(pid, count, types, descriptors)
      ? count
      : -ERRNO.ESRCH;
    if (answer >= 0) continue;
    // What was read of a process before it ended is not what it had.
    descriptors.length = before;
    missing.push({ pid, why: whyOf(pid, -answer, kernel) });
  }
  return { descriptors, missing };
}

/** Why the descriptors of a process cannot be listed. */
function whyOf(pid: number, errno: number, kernel: Kernel): Missing {
  const why = missingOf(errno) ?? "unsupported";
  return why === "gone" && isZombie(pid, kernel) ? "zombie" : why;
}

function listError(pid: number, errno: number): ProcInfoError {
  return new ProcInfoError(errno, PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS);
}

/** Whether an errno says that something is used up, which is no matter of what was asked about. */
export function isShortage(errno: number): boolean {
  return errno === ERRNO.EMFILE || errno === ERRNO.ENFILE || errno === ERRNO.ENOMEM ||
    errno === ERRNO.ENOBUFS;
}

function isZombie(pid: number, kernel: Kernel): boolean {
  try {
    return pidInfo(pid, PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO, kernel).pbsi_status === SZOMB;
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

/** What is left out of a {@linkcode Descriptor} that names its process, its number and its type. */
type Description = Omit<Descriptor, "pid" | "fd">;

/** How descriptors of a kind are asked for and put into words. */
interface Kind {
  /** The `PROC_PIDFD*` number. */
  readonly flavor: number;
  /** How many bytes are written. */
  readonly size: number;
  /** Decodes the answer. */
  readonly describe: (answer: Block) => Description;
}

function kind<T extends { readonly pfi: ProcFileInfo }>(
  flavor: number,
  type: Struct<T>,
  describe: (info: T, answer: Block) => Description,
): Kind {
  return {
    flavor,
    size: type.size,
    describe: (answer) => describe(type.decodeBlock(answer, 0), answer),
  };
}

const KINDS: Readonly<Record<number, Kind>> = {
  [PROX_FDTYPE_VNODE]: kind(PROC_PIDFDVNODEPATHINFO, vnodeFdInfoWithPath, (info, answer) => {
    return describeVnode(info.pfi, info.pvip, answer);
  }),
  [PROX_FDTYPE_SOCKET]: kind(PROC_PIDFDSOCKETINFO, socketFdInfo, ({ pfi, psi }, answer) => ({
    type: "socket",
    ...openOf(pfi),
    socket: describeSocket(psi, answer.bytes),
  })),
  [PROX_FDTYPE_PIPE]: kind(PROC_PIDFDPIPEINFO, pipeFdInfo, ({ pfi, pipeinfo }) => ({
    type: "pipe",
    ...openOf(pfi),
    pipe: { id: pipeinfo.pipe_handle, peerId: pipeinfo.pipe_peerhandle },
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
    // Where it is no file, only its length is told.
    const file = vst_ino === 0n ? undefined : { device: vst_dev >>> 0, inode: vst_ino };
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

/** The types of descriptors of which no more is told, or could not be told. */
const BARE_TYPES: Readonly<Record<number, DescriptorType>> = {
  [PROX_FDTYPE_ATALK]: "other",
  // Which kind of file it is, only the file itself would tell.
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

/** What `vi_type` says a file is. */
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

/** What has a path and is no file. */
const ANONYMOUS_TYPES: Readonly<Record<string, DescriptorType>> = {
  "anon_inode:[eventfd]": "eventCounter",
  "anon_inode:[timerfd]": "timer",
  "anon_inode:[signalfd]": "signals",
  "anon_inode:[pidfd]": "process",
};

const SEEKABLE: ReadonlySet<DescriptorType> = new Set(["file", "blockDevice", "characterDevice"]);

/** What is known of an open file whatever it is. */
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

/** The position; none where it takes more bits than a number of bytes would. */
function offsetOf({ fi_offset }: ProcFileInfo): { offset?: number } {
  const offset = Number(fi_offset);
  return Number.isSafeInteger(offset) ? { offset } : {};
}

function describeVnode(
  pfi: ProcFileInfo,
  { vip_vi: { vi_stat, vi_type }, vip_path }: VnodeInfoPath,
  answer: Block,
): Description {
  const path = vip_path === "" ? undefined : pathOf(vip_path, answer);
  const type = VNODE_TYPES[vi_type] ?? ANONYMOUS_TYPES[vip_path] ?? "other";
  const isFile = VNODE_TYPES[vi_type] !== undefined;
  const isDevice = type === "blockDevice" || type === "characterDevice";
  return known<Description>({
    type,
    ...openOf(pfi),
    offset: SEEKABLE.has(type) ? offsetOf(pfi).offset : undefined,
    path: path?.text,
    pathBytes: path?.bytes,
    deleted: isFile ? vi_stat.vst_nlink === 0 : undefined,
    device: isFile ? vi_stat.vst_dev >>> 0 : undefined,
    inode: isFile ? vi_stat.vst_ino : undefined,
    sizeBytes: type === "file" ? Number(vi_stat.vst_size) : undefined,
    specialDevice: isDevice ? vi_stat.vst_rdev >>> 0 : undefined,
    name: undefined,
    socket: undefined,
    pipe: undefined,
    peers: undefined,
  });
}

let pathPlace: number | undefined;

/** A path that was decoded, with its bytes where they are no UTF-8. */
function pathOf(text: string, { bytes }: Block): Text {
  if (!text.includes("\uFFFD")) return { text, bytes: undefined };
  pathPlace ??= offsetsOf(vnodeFdInfoWithPath).pvip + offsetsOf(vnodeInfoPath).vip_path;
  const path = bytes.subarray(pathPlace);
  return textOf(path.subarray(0, path.indexOf(0)));
}

/** Asks for descriptors of processes, with memory of its own. */
export class DescriptorReader {
  readonly #kernel: Kernel;
  readonly #answers = new Map<number, Block>();
  #rows = block(ROWS * PROC_PIDLISTFD_SIZE);

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Lists the descriptors of a process; returns how many there are, or a negated errno.
   *
   * @throws {ProcInfoError} Something is used up, which is no matter of the process.
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
      // The list is cut without a word where the room ends.
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
   * @param types Which are wanted; all when undefined.
   * @param to Where they are added.
   * @returns Whether the process was there all the time.
   */
  readAll(
    pid: number,
    count: number,
    types: ReadonlySet<number> | undefined,
    to: Descriptor[],
  ): boolean {
    for (let i = 0; i < count; i++) {
      const fdtype = this.typeAt(i);
      if (types !== undefined && !types.has(fdtype)) continue;
      const fd = this.fdAt(i);
      const description = this.#read(pid, fd, fdtype);
      if (description === "gone") return false;
      if (description !== "closed") to.push({ pid, fd, ...description });
    }
    return true;
  }

  /** Asks for the answer of a flavor about a descriptor; a number is the errno of a refusal. */
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
    if (typeof answer !== "number") return kind.describe(answer);
    switch (answer) {
      case ERRNO.ESRCH:
        return "gone";
      case ERRNO.EBADF:
      case ERRNO.ENOTSOCK:
        return "closed";
      default:
        // It is there, and no more is told of it.
        return bare;
    }
  }
}

/** Tells each descriptor which ones are at its other end. */
export function joined(found: readonly Descriptor[], { host }: Source): Descriptor[] {
  const networks = new Map<number, string>();
  /** The network namespace of a process, where the host has such things. */
  function networkOf(pid: number): string {
    let network = networks.get(pid);
    if (network === undefined) {
      network = `${host.confinement(pid).namespaces?.net ?? ""}`;
      networks.set(pid, network);
    }
    return network;
  }

  const holders = new Map<string, DescriptorPlace[]>();
  const ends = found.map((descriptor) => endsOf(descriptor, networkOf));
  ends.forEach((end, i) => {
    const { pid, fd } = found[i]!;
    for (const key of end?.own ?? []) {
      const places = holders.get(key);
      if (places === undefined) holders.set(key, [{ pid, fd }]);
      else places.push({ pid, fd });
    }
  });
  return found.map((descriptor, i) => {
    const { others = [] } = ends[i] ?? {};
    if (others.length === 0) return descriptor;
    const { pid, fd } = descriptor;
    const peers = others.flatMap((key) => holders.get(key) ?? [])
      // A fifo that is opened for reading and writing is no peer of itself.
      .filter((place) => descriptor.type !== "fifo" || place.pid !== pid || place.fd !== fd);
    return { ...descriptor, peers };
  });
}

/** What an end is known by, and what its other end is. */
interface Ends {
  readonly own: readonly string[];
  readonly others: readonly string[];
}

/** The ends that a descriptor leads to; undefined where it is no end of anything. */
function endsOf(
  { pid, type, socket, pipe, access, device, inode }: Descriptor,
  networkOf: (pid: number) => string,
): Ends | undefined {
  if (pipe !== undefined) return { own: [`pipe ${pipe.id}`], others: [`pipe ${pipe.peerId}`] };
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
  const { protocol, localAddress, localPort, remoteAddress, remotePort } = socket;
  if (protocol !== "tcp" && protocol !== "udp") return undefined;
  if (localPort === undefined || remotePort === undefined) return undefined;
  // IPv4 has another form at an end that is a socket of IPv6.
  const here = localAddress!.replace(MAPPED, ""), there = remoteAddress!.replace(MAPPED, "");
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
