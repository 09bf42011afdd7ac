import { PROX_FDTYPE_PSHM, PROX_FDTYPE_VNODE } from "../abi/fd_info.ts";
import {
  PROC_PIDPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDVNODEPATHINFO,
} from "../abi/pid_info.ts";
import type { VnodeInfoPath } from "../abi/vnode_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { regions } from "../calls/regions.ts";
import { ShortAnswerError } from "../calls/reply.ts";
import { hasThreadIn } from "../libproc/own_directory.ts";
import { checkOptions, object, path as checkPath, shown, text } from "../system/arguments.ts";
import { ERRNO, isShortage, SystemCallError } from "../system/errors.ts";
import type { FileId, NamedFile } from "../system/facts.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import { PORT_PROTOCOLS, type PortProtocol } from "../system/transports.ts";
import { type Descriptor, joined, Scan, SOCKETS } from "./descriptors.ts";
import { DESCRIPTOR_OPTIONS, type DescriptorOptions, pidsOf } from "./pids.ts";
import { type Missing, missingOf } from "./errors.ts";
import { nameIn } from "./fields/name.ts";
import { foundPath } from "./paths.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps, STRIDE } from "./slices.ts";
import { type OpenSocket, portsOf } from "./sockets.ts";
import { decodeText } from "./texts.ts";
import { type UnownedSocket, walkMachine } from "./unowned.ts";

/** The target of {@linkcode whoHas}: exactly one of the five members. */
export type Held =
  /** A file, whatever its names. For the file of a UNIX-domain socket, also the socket. */
  | { readonly path: string }
  /** A file system: the one that contains this path, or the one on this block device. */
  | { readonly mount: string }
  /** A directory, and everything below it. */
  | { readonly below: string }
  /** A local port of any protocol, or of one protocol. `"tcp"` includes multipath TCP. */
  | { readonly port: number; readonly protocol?: PortProtocol }
  /**
   * The name that a UNIX-domain socket is bound to: a path, or `@` followed by an abstract name.
   */
  | { readonly socket: string };

/** The way in which a process uses a file other than by descriptors. */
export type FileUse =
  /** The working directory of the process, or of a thread that has its own working directory. */
  | "cwd"
  /** The root directory, if it is not that of the system. */
  | "root"
  /** The program that the process runs. */
  | "executable"
  /** A file that is mapped into memory, such as a library. */
  | "mapped";

/** A process that uses the target, or a socket whose process is unknown. */
export interface Holder {
  /** The process id; undefined if the process is unknown. */
  readonly pid: number | undefined;
  /** The name of the process; undefined if it is unknown. */
  readonly name: string | undefined;
  /** The descriptors through which the process uses the target. */
  readonly descriptors: readonly Descriptor[];
  /** The other ways in which the process uses a file. */
  readonly as: readonly FileUse[];
  /** The socket whose process is unknown; undefined if `pid` is defined. */
  readonly socket: OpenSocket | undefined;
  /**
   * The reasons why `pid` and `name` are undefined. `pid` is `"denied"` if the socket may belong to
   * a process that this user cannot inspect or see. `pid` is absent if the kernel itself holds the
   * socket.
   */
  readonly missing: { readonly [N in "pid" | "name"]?: Missing };
}

/**
 * Finds the processes that use a file, a file system, a directory with everything below it, a port
 * or a UNIX-domain socket.
 *
 * - `path`: the processes that have the file open, use it as working or root directory, run it or
 *   have it mapped. The file is identified by its device and inode number, whatever its name. For
 *   the file of a UNIX-domain socket, the processes that have a socket bound to it are also found:
 *   the listening socket, and the connections that were accepted from it. The `peers` of these
 *   sockets are the clients.
 * - `mount`: the processes that use any file of the file system in these ways, and thus prevent
 *   unmounting. The files are identified by their device, and with btrfs, bcachefs and overlayfs
 *   also by their mount, as their devices differ. Bind mounts of the file system are included. Uses
 *   by the kernel itself are not found: swap files, loop devices and mounts on the file system. A
 *   UNIX-domain socket is found if it is bound to a path in the file system.
 * - `below`: the processes that use the directory or anything below it, according to the paths that
 *   the kernel has for their files. A deleted file is found by its last path. A file is not found
 *   if its path leads to another file here, as in another mount namespace, or if it is below the
 *   directory only through another mount or a hard link.
 * - `port`: the processes that have a socket bound to the local port, listening or connected.
 * - `socket`: the processes that have a UNIX-domain socket with the name, listening or connected.
 *   The name is the one that the socket was bound to, or any path of the same file.
 *
 * On Linux, the kernel reports the file of each UNIX-domain socket in the caller's network
 * namespace. Such a socket is found even if its file was renamed, or if it was bound by a relative
 * name. On Linux, a socket in another network namespace is found only if the name that it was bound
 * to still leads to the file. On macOS, a socket is found only if the name that it was bound to
 * still leads to the file.
 *
 * Processes that this user cannot inspect are omitted. On Linux, their sockets in the caller's
 * network namespace are still found, and so are the sockets of the kernel itself: each is a holder
 * without a `pid`. On macOS, these sockets are omitted. They are also omitted if `pids` are given.
 *
 * @param what The target: exactly one of `path`, `mount`, `below`, `port` and `socket`.
 * @param options The processes to inspect, and the system.
 * @returns The processes in ascending order, followed by the sockets without a known process.
 * @throws {SystemCallError} The path cannot be resolved (`ENOENT`, `EACCES`...), `below` is not a
 * directory (`ENOTDIR`), the processes cannot be listed, or there are too many open files.
 * @throws {TypeError} `what` does not have exactly one of the five members, or has one that is not
 * a string; `pids` is not an array, or `system` is not a system.
 * @throws {RangeError} A path is empty or contains a NUL, a port is not an integer from 1 to 65535
 * (4294967294 for `"vsock"`), a protocol is unknown, or a process id is not an integer from 0 to
 * 2147483647.
 * @throws {FfiError} The system's library cannot be opened.
 *
 * @example Which processes use a port
 * ```ts
 * import { whoHas } from "@libproc/libproc";
 *
 * for (const { pid, name, missing } of whoHas({ port: 8080, protocol: "tcp" })) {
 *   console.log(pid ?? missing.pid, name);
 * }
 * ```
 *
 * @example Which processes use a directory, or anything below it
 * ```ts
 * import { whoHas } from "@libproc/libproc";
 *
 * for (const { pid, as, descriptors } of whoHas({ below: "/tmp" })) {
 *   console.log(pid, as.join(), descriptors.map(({ path }) => path).join());
 * }
 * ```
 */
export function whoHas(what: Held, options: DescriptorOptions = {}): Holder[] {
  return atOnce(holderSteps(what, checkOptions(options, DESCRIPTOR_OPTIONS)));
}

/**
 * Finds the processes that use a file, a port and the like asynchronously, as {@linkcode whoHas}
 * does. The event loop runs every few milliseconds.
 *
 * @param what The target.
 * @param options The processes to inspect, the system, and a signal that stops the work.
 * @returns A promise of the holders. It rejects with the reason of the signal, or with the errors
 * that {@linkcode whoHas} throws.
 *
 * @example
 * ```ts
 * import { whoHasAsync } from "@libproc/libproc";
 *
 * const holders = await whoHasAsync({ path: "/" }, { signal: AbortSignal.timeout(60_000) });
 * console.log(holders.length);
 * ```
 */
export async function whoHasAsync(
  what: Held,
  options: DescriptorOptions & AsyncOptions = {},
): Promise<Holder[]> {
  checkOptions(options, ["signal", ...DESCRIPTOR_OPTIONS]);
  return await inSlices(holderSteps(what, options), options);
}

/** Performs the steps of {@linkcode whoHas}. */
export function* holderSteps(what: Held, options: DescriptorOptions): Steps<Holder[]> {
  const search = searchOf(what);
  const system = systemIn(options);
  if ("path" in search) return yield* fileHolders(isFileAt(search.path, system), system, options);
  if ("mount" in search) return yield* fileHolders(isOn(search.mount, system), system, options);
  if ("below" in search) return yield* fileHolders(isBelow(search.below, system), system, options);
  if ("socket" in search) {
    return yield* socketHolders("unix", isNamed(search.socket, system), system, options);
  }
  const { port, protocol } = search;
  const isMeant = (socket: OpenSocket) => {
    if (socket.localPort !== port) return false;
    const ports = portsOf(socket);
    return ports !== undefined && (protocol === undefined || ports === protocol);
  };
  return yield* socketHolders("inet", isMeant, system, options);
}

/** Returns the target, or throws an error that names the invalid member. */
function searchOf(what: Held): Held {
  const given: Readonly<Partial<Record<string, unknown>>> = { ...object("what", what) };
  const keys = ["path", "mount", "below", "port", "socket"].filter((key) =>
    given[key] !== undefined
  );
  if (keys.length !== 1) {
    throw new TypeError(
      "Cannot pass what as it must have exactly one of path, mount, below, port and socket: " +
        `it has ${keys.length === 0 ? "none" : keys.join(" and ")}`,
    );
  }
  if ("path" in what && what.path !== undefined) return { path: checkPath("path", what.path) };
  if ("mount" in what && what.mount !== undefined) return { mount: named("mount", what.mount) };
  if ("below" in what && what.below !== undefined) return { below: named("below", what.below) };
  if ("port" in what && what.port !== undefined) return { ...what, ...checkPort(what) };
  const { socket } = what as { readonly socket: string };
  text("socket", socket);
  return { socket: isAbstract(socket) ? `\0${socket.slice(1)}` : named("socket", socket) };
}

/** Returns a path after checking that it is not empty. */
function named(name: string, path: string): string {
  if (checkPath(name, path) !== "") return path;
  throw new RangeError(`Cannot pass ${name} as it must not be empty: current value is ""`);
}

/** The highest port of the Internet protocols. */
const PORT_MAX = 65535;
/** The highest port of a `vsock`. The next number means any port. */
const VSOCK_PORT_MAX = 0xfffffffe;

function checkPort(
  { port, protocol }: { readonly port: number; readonly protocol?: PortProtocol },
): { port: number } {
  const most = protocol === "vsock" ? VSOCK_PORT_MAX : PORT_MAX;
  if (!Number.isInteger(port) || port < 1 || port > most) {
    throw new RangeError(
      `Cannot pass port as it must be an integer from 1 to ${most}: current value is ${
        shown(port)
      }`,
    );
  }
  if (protocol !== undefined && !PORT_PROTOCOLS.includes(protocol)) {
    const names = PORT_PROTOCOLS.map((name) => JSON.stringify(name));
    throw new RangeError(
      `Cannot pass protocol as it must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}: ` +
        `current value is ${shown(protocol)}`,
    );
  }
  return { port };
}

function isAbstract(socket: string): boolean {
  return socket.startsWith("@") || socket.startsWith("\0");
}

/** Tests a socket of a process, or one whose process is unknown. */
type SocketTest = (socket: OpenSocket, pid: number | undefined) => boolean;

/** Creates a test for UNIX-domain sockets that have a name. */
function isNamed(name: string, system: System): SocketTest {
  const file = isAbstract(name) ? undefined : fileAt(name, system);
  const isBound = file && isBoundTo(file, system);
  return (socket, pid) => socket.path === name || isBound?.(socket, pid) === true;
}

/** Creates a test for UNIX-domain sockets that are bound to a file. */
function isBoundTo(file: FileId, system: System): SocketTest {
  const known = ifKnown(() => system.sockets().boundTo(file));
  const files = new Map<string, boolean>();
  return ({ id, family, path }, pid) => {
    if (family !== "unix" || path === undefined || isAbstract(path)) return false;
    if (known?.these.has(Number(id))) return true;
    if (known?.others.has(Number(id))) return false;
    const whole = path.startsWith("/") ? path : pid && pathFrom(pid, path, system);
    if (!whole) return false;
    let isSame = files.get(whole);
    if (isSame === undefined) {
      const other = fileAt(whole, system);
      isSame = other !== undefined && isSameFile(other, file);
      files.set(whole, isSame);
    }
    return isSame;
  };
}

/**
 * Returns the path of a name that is relative to the working directory of a process; undefined if
 * it is unknown.
 */
function pathFrom(pid: number, name: string, system: System): string | undefined {
  const folders = ifKnown(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  return folders && `${folders.pvi_cdir.vip_path}/${name}`;
}

/** Returns the file at a path; undefined if it does not exist or is unknown. */
function fileAt(path: string, system: System): FileId | undefined {
  const found = lookUp(path, system);
  return typeof found === "number" ? undefined : found;
}

/** Returns the file at a path, or the error number with the reason. */
function lookUp(path: string, system: System): FileId | number {
  if (path.includes("\0")) return ERRNO.ENOENT;
  try {
    return system.fileId(path);
  } catch (error) {
    const errno = errnoIn(error);
    if (errno === undefined) throw error;
    return errno;
  }
}

/** A process that was found, and its uses so far. */
interface Found {
  readonly pid: number;
  readonly descriptors: Descriptor[];
  readonly as: FileUse[];
}

/** The current or last name of a file. */
interface FileName {
  readonly path: string | undefined;
  readonly deleted: boolean | undefined;
}

/** A file that a process uses, with functions for the facts that require further queries. */
interface SearchedFile extends FileId {
  readonly name: () => FileName;
  readonly mountId: () => number | undefined;
}

/** Tests if a file is searched for. */
interface Search {
  (file: SearchedFile): boolean;
  /** True if the search is for one file, whatever its names. */
  readonly isOneFile?: boolean;
  /**
   * Tests if a UNIX-domain socket is bound to the file; undefined if the file is not that of a
   * socket.
   */
  readonly isBound?: SocketTest | undefined;
}

/** Creates a test for the file at a path. */
function isFileAt(path: string, system: System): Search {
  const found = system.fileId(path);
  const isBound = found.isSocket ? isBoundTo(found, system) : undefined;
  return Object.assign((file: SearchedFile) => isSameFile(file, found), {
    isOneFile: true,
    isBound,
  });
}

/** Creates a test for the files of a file system. */
function isOn(path: string, system: System): Search {
  const { device, mountId } = system.fileSystem(path);
  return (file) => file.device === device || (mountId !== undefined && file.mountId() === mountId);
}

/** Creates a test for a directory and everything below it. */
function isBelow(path: string, system: System): Search {
  // With a trailing slash, the path of anything but a directory fails with `ENOTDIR`.
  const top = system.fileId(path.endsWith("/") ? path : `${path}/`);
  const parents = new Map<string, Parent>();

  function parentAt(path: string): Parent {
    let parent = parents.get(path);
    if (parent === undefined) parents.set(path, parent = lookAt(path));
    return parent;
  }

  /** Reads a directory, which may no longer exist, and those above it. */
  function lookAt(path: string): Parent {
    const id = fileAt(path, system);
    if (id !== undefined && isSameFile(id, top)) return { isIn: true, device: id.device };
    const above = path === "/" ? undefined : parentAt(parentOf(path));
    return { isIn: above?.isIn ?? false, device: id?.device ?? above?.device };
  }

  return (file) => {
    if (isSameFile(file, top)) return true;
    const { path, deleted } = file.name();
    if (path === undefined || !path.startsWith("/") || path === "/") return false;
    const parent = parentAt(parentOf(path));
    if (!parent.isIn) return false;
    const here = deleted || path.includes("\uFFFD") ? ERRNO.EACCES : lookUp(path, system);
    // In another mount namespace, the path may lead to another file.
    if (typeof here !== "number") return isSameFile(here, file);
    // If the file here cannot be read, only the device shows that.
    return here === ERRNO.EACCES && parent.device === file.device;
  };
}

/** A directory above a file. */
interface Parent {
  /** True if it is the directory that is searched for, or is below it. */
  readonly isIn: boolean;
  /** The device of the nearest directory that still exists. */
  readonly device: number | undefined;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}

function isSameFile(a: FileId, b: FileId): boolean {
  return a.inode === b.inode && a.device === b.device;
}

function* socketHolders(
  kind: "inet" | "unix",
  isMeant: SocketTest,
  system: System,
  options: DescriptorOptions,
): Steps<Holder[]> {
  const scan = new Scan(system, SOCKETS);
  const unowned = yield* walkMachine(system, options, [kind], scan);
  const found = new Map<number, Found>();
  for (const descriptor of yield* joined(scan.descriptors, system)) {
    const { pid, socket } = descriptor;
    if (socket === undefined || !isMeant(socket, pid)) continue;
    holderOf(found, pid).descriptors.push(descriptor);
  }
  return [...holdersIn(found, system), ...unownedHolders(unowned, isMeant)];
}

/** Returns the matching sockets whose process is unknown. */
function unownedHolders(unowned: readonly UnownedSocket[], isMeant: SocketTest): Holder[] {
  return unowned.filter(({ socket }) => isMeant(socket, undefined)).map(({ socket, missing }) => ({
    pid: undefined,
    name: undefined,
    descriptors: [],
    as: [],
    socket,
    missing,
  }));
}

function* fileHolders(
  isMeant: Search,
  system: System,
  options: DescriptorOptions,
): Steps<Holder[]> {
  const pids = pidsOf(options, system);
  const found = new Map<number, Found>();
  const { isOneFile, isBound } = isMeant;
  const scan = new Scan(system, isOneFile && !isBound ? FILES : FILES_AND_SOCKETS);
  const unowned = isBound ? yield* walkMachine(system, options, ["unix"], scan) : [];
  if (!isBound) yield* scan.walk(pids);
  for (const descriptor of yield* joined(scan.descriptors, system)) {
    const { pid, socket } = descriptor;
    const file = socket && isBound ? undefined : searchedIn(descriptor, system);
    if (file ? isMeant(file) : socket && isBound?.(socket, pid)) {
      holderOf(found, pid).descriptors.push(descriptor);
    }
  }
  for (const pid of pids) {
    const uses = yield* usesOf(pid, isMeant, system);
    if (uses.length > 0) holderOf(found, pid).as.push(...uses);
    yield;
  }
  return [...holdersIn(found, system), ...(isBound ? unownedHolders(unowned, isBound) : [])];
}

/**
 * Returns the file of a descriptor, or the file that a UNIX-domain socket is bound to; undefined if
 * there is no file.
 */
function searchedIn(descriptor: Descriptor, system: System): SearchedFile | undefined {
  const { pid, fd, device, inode, path, deleted, socket } = descriptor;
  if (device !== undefined && inode !== undefined) {
    return {
      device,
      inode: BigInt(inode),
      name: () => ({ path, deleted }),
      mountId: () => ifKnown(() => system.file(pid, { fd }).mountId),
    };
  }
  if (socket?.path?.startsWith("/") !== true) return undefined;
  const bound = socket.path, file = fileAt(bound, system);
  return file && {
    ...file,
    name: () => ({ path: bound, deleted: false }),
    mountId: () => ifKnown(() => system.fileSystem(bound).mountId),
  };
}

const FILES: ReadonlySet<number> = new Set([PROX_FDTYPE_VNODE, PROX_FDTYPE_PSHM]);
const FILES_AND_SOCKETS: ReadonlySet<number> = new Set([...FILES, ...SOCKETS]);

function holderOf(found: Map<number, Found>, pid: number): Found {
  let holder = found.get(pid);
  if (holder === undefined) found.set(pid, holder = { pid, descriptors: [], as: [] });
  return holder;
}

function holdersIn(found: ReadonlyMap<number, Found>, system: System): Holder[] {
  const table = system.table();
  return [...found.values()].sort((a, b) => a.pid - b.pid).map((holder): Holder => {
    const name = table.read(holder.pid) || nameIn(table);
    if (typeof name === "number" && isShortage(-name)) {
      throw new SystemCallError(`read the name of process ${holder.pid}`, "open", -name);
    }
    return typeof name === "string" ? { ...holder, name, socket: undefined, missing: {} } : {
      ...holder,
      name: undefined,
      socket: undefined,
      missing: { name: missingOf(-name) ?? "unsupported" },
    };
  });
}

/** Returns the ways in which a process uses matching files other than by descriptors. */
function* usesOf(pid: number, isMeant: Search, system: System): Steps<FileUse[]> {
  const uses: FileUse[] = [];
  // The kernel does not use files as processes do. On macOS, a query about its memory leaves a
  // crash report.
  if (pid === 0) return uses;
  const folders = ifKnown(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  if (folders === undefined) return uses;
  for (const [use, vnode] of [["cwd", folders.pvi_cdir], ["root", folders.pvi_rdir]] as const) {
    const query = () => system.file(pid, use);
    const file: SearchedFile = {
      ...idOf(vnode),
      name: () => fileNameIn(vnode, query),
      mountId: () => ifKnown(() => query().mountId),
    };
    // A process that has not called chroot() has no root directory of its own.
    if (vnode.vip_vi.vi_type !== NONE && isMeant(file)) uses.push(use);
  }
  const isInThread = (vnode: VnodeInfoPath) =>
    isMeant({
      ...idOf(vnode),
      name: () => fileNameIn(vnode, unsupportedOf(pid)),
      mountId: () => undefined,
    });
  if (!uses.includes("cwd") && ifKnown(() => hasThreadIn(pid, isInThread, system))) {
    uses.unshift("cwd");
  }
  uses.push(...yield* mappedUses(pid, isMeant, system));
  return uses;
}

/** Returns how a process maps matching files: as its program, or otherwise. */
function* mappedUses(pid: number, isMeant: Search, system: System): Steps<FileUse[]> {
  const uses = new Set<FileUse>();
  let count = 0, last: VnodeInfoPath | undefined;
  try {
    for (
      const { prp_prinfo, prp_vip: vnode } of regions(pid, PROC_PIDREGIONPATHINFO2, { system })
    ) {
      if (++count % STRIDE === 0) yield;
      // Most files are mapped in several consecutive regions.
      if (last !== undefined && isSameVnode(last, vnode)) continue;
      last = vnode;
      const query = () => mappedAt(pid, prp_prinfo.pri_address, system);
      const file: SearchedFile = {
        ...idOf(vnode),
        name: () => fileNameIn(vnode, query),
        mountId: () => ifKnown(() => system.fileSystem(vnode.vip_path).mountId),
      };
      if (!isMeant(file)) continue;
      // The kernel reports both paths in the same form, so equal paths mean the same file.
      const program = ifKnown(() => pidInfo(pid, PROC_PIDPATHINFO, 0n, { system }));
      uses.add(program === vnode.vip_path ? "executable" : "mapped");
      if (isMeant.isOneFile || uses.size === 2) break;
    }
  } catch (error) {
    if (errnoIn(error) === undefined) throw error;
  }
  return [...uses].sort();
}

/** Returns the file that is mapped at an address. */
export function mappedAt(pid: number, address: bigint, system: System): NamedFile {
  const found = system.namedRegions(pid).find((region) => region.address === address);
  if (found?.file !== undefined) return found.file;
  throw new SystemCallError(`find a file of process ${pid}`, "read", ERRNO.ENOENT);
}

/** Creates a query for the directory of a thread, which fails: only `__proc_info()` reports it. */
function unsupportedOf(pid: number): () => never {
  return () => {
    throw new SystemCallError(`find a thread's directory of ${pid}`, "readlink", ERRNO.ENOTSUP);
  };
}

/** The `vi_type` of an absent file. */
const NONE = 0;

function idOf({ vip_vi: { vi_stat: { vst_dev, vst_ino } } }: VnodeInfoPath): FileId {
  return { device: vst_dev >>> 0, inode: vst_ino };
}

/** Returns true if both are the same file with the same path. */
export function isSameVnode(a: VnodeInfoPath, b: VnodeInfoPath): boolean {
  const { vst_dev, vst_ino } = a.vip_vi.vi_stat;
  const other = b.vip_vi.vi_stat;
  return vst_ino === other.vst_ino && vst_dev === other.vst_dev && a.vip_path === b.vip_path;
}

/** Returns the path of a file, and whether the file has lost the path. */
export function fileNameIn(
  { vip_path, vip_vi: { vi_stat } }: VnodeInfoPath,
  query: () => NamedFile,
): FileName {
  const { path, deleted } = foundPath(new TextEncoder().encode(vip_path), vi_stat.vst_nlink, query);
  return { path: path && decodeText(path), deleted };
}

/** Returns the result of a query; undefined if it is denied, or if the process has ended. */
export function ifKnown<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    if (errnoIn(error) === undefined) throw error;
    return undefined;
  }
}

/** Returns the number of an error about a process or a file; undefined for any other error. */
function errnoIn(error: unknown): number | undefined {
  if (error instanceof ShortAnswerError) return ERRNO.ENOTSUP;
  if (error instanceof SystemCallError && !isShortage(error.errno)) return error.errno;
  return undefined;
}
