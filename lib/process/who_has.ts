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

/** What {@linkcode whoHas} looks for: exactly one of the five. */
export type Held =
  /** A file, whatever its names; for that of a UNIX-domain socket also the socket. */
  | { readonly path: string }
  /** A file system: the one that this path is in, or the one on this block device. */
  | { readonly mount: string }
  /** A directory, and whatever is in it or further down. */
  | { readonly below: string }
  /** A local port of any protocol, or of one of them; those of `"tcp"` are multipath TCP's, too. */
  | { readonly port: number; readonly protocol?: PortProtocol }
  /** The name that a UNIX-domain socket is bound to: a path, or `@` and an abstract name. */
  | { readonly socket: string };

/** How a process uses a file other than by descriptors. */
export type FileUse =
  /** It is the working directory, or that of a thread that has one of its own. */
  | "cwd"
  /** It is the root directory, and not the system's. */
  | "root"
  /** It is the program that the process runs. */
  | "executable"
  /** It is mapped into memory, as libraries are. */
  | "mapped";

/** A process that uses what was looked for, or a socket whose process is unknown. */
export interface Holder {
  /** The process id; undefined if the process is unknown. */
  readonly pid: number | undefined;
  /** The name of the process; undefined if it is unknown. */
  readonly name: string | undefined;
  /** The descriptors by which the process uses it. */
  readonly descriptors: readonly Descriptor[];
  /** The other ways in which the process uses a file. */
  readonly as: readonly FileUse[];
  /** The socket whose process is unknown; undefined if `pid` is there. */
  readonly socket: OpenSocket | undefined;
  /**
   * Why `pid` and `name` are undefined. `pid` is `"denied"` if a process may hold the socket that this
   * user may not inspect or does not see; it is absent if the kernel itself holds the socket.
   */
  readonly missing: { readonly [N in "pid" | "name"]?: Missing };
}

/**
 * Finds the processes that use a file, a file system, a directory with all below it, a port or a
 * UNIX-domain socket.
 *
 * - `path`: the processes that have the file open, have it as working or root directory, run it or have
 *   it mapped. The file is identified by its device and inode number, whatever its name. For the file of
 *   a UNIX-domain socket they are also those that have a socket that is bound to it: the listening one,
 *   and the connections that were accepted from it. Their `peers` are the clients.
 * - `mount`: the processes that use any file of the file system likewise, so that it cannot be unmounted.
 *   The files are identified by their device, and with btrfs, bcachefs and overlayfs by their mount too, as
 *   there their devices differ. The bind mounts of a file system are one with it. What the kernel itself
 *   uses is not found: swap files, loop devices, mounts on it. A UNIX-domain socket counts if it is bound to
 *   a path there.
 * - `below`: the processes that use that directory or anything below it, by the paths that the kernel has
 *   for their files. A deleted file is found by the path that it had. A path that leads to another file
 *   here, as in another mount namespace, is left out; so is a file that is below the directory by another
 *   mount or by a hard link only.
 * - `port`: the processes that have a socket bound to that local port, listening or connected.
 * - `socket`: the processes that have a UNIX-domain socket of that name, likewise. The name is the one that
 *   the socket was bound to, or any path of the same file.
 *
 * On Linux the kernel reports the file of each UNIX-domain socket of the caller's network namespace, so a
 * socket is found by its file after that was renamed, and if it was bound by a relative name. Elsewhere the
 * name that the socket was bound to must still lead to the file.
 *
 * Processes that this user may not inspect are left out. On Linux, their sockets in the caller's network
 * namespace are found nevertheless, and so are those of the kernel itself: each is a holder without a
 * `pid`. On macOS, and if `pids` are given, they are left out.
 *
 * @param what What to look for: exactly one of `path`, `mount`, `below`, `port` and `socket`.
 * @param options The processes to inspect, and the system.
 * @returns The processes in ascending order, then the sockets without a known process.
 * @throws {SystemCallError} The path leads nowhere (`ENOENT`, `EACCES`...), `below` is not a directory
 * (`ENOTDIR`), the processes cannot be listed, or there are too many open files.
 * @throws {TypeError} `what` has none or several of the five, or one that is not a string; `pids` is
 * not an array, or `system` is not a system.
 * @throws {RangeError} A path is empty or contains a NUL, a port is not an integer from 1 to 65535
 * (4294967294 for `"vsock"`), a protocol is unknown, or a process id is not an integer from 0 to
 * 2147483647.
 * @throws {FfiError} The system's library cannot be opened.
 *
 * @example Which processes have a port
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
 * Finds the processes that use a file, a port and the like, as {@linkcode whoHas} does, without
 * blocking: the event loop gets a turn every few milliseconds.
 *
 * @param what What to look for.
 * @param options The processes to inspect, the system, and a signal that stops the work.
 * @returns A promise of the holders. It rejects with the reason of the signal, and with the errors that
 * {@linkcode whoHas} throws.
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

/** The steps of {@linkcode whoHas}. */
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

/** Returns the search, or throws an error that names what is wrong with it. */
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

/** Passes on a path that is not empty. */
function named(name: string, path: string): string {
  if (checkPath(name, path) !== "") return path;
  throw new RangeError(`Cannot pass ${name} as it must not be empty: current value is ""`);
}

/** The highest port of the protocols of the Internet. */
const PORT_MAX = 65535;
/** The highest port of a `vsock`: one more stands for any. */
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

/** A test of the sockets of processes, and of those whose process is unknown. */
type SocketTest = (socket: OpenSocket, pid: number | undefined) => boolean;

/** Makes a test of UNIX-domain sockets: true for those of a name. */
function isNamed(name: string, system: System): SocketTest {
  const file = isAbstract(name) ? undefined : fileAt(name, system);
  const isBound = file && isBoundTo(file, system);
  return (socket, pid) => socket.path === name || isBound?.(socket, pid) === true;
}

/** Makes a test of sockets: true for those of the UNIX domain that are bound to a file. */
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

/** The path that a name leads to from the working directory of a process; undefined if it is unknown. */
function pathFrom(pid: number, name: string, system: System): string | undefined {
  const folders = ifKnown(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  return folders && `${folders.pvi_cdir.vip_path}/${name}`;
}

/** The file at a path; undefined if there is none, or if it is unknown. */
function fileAt(path: string, system: System): FileId | undefined {
  const found = lookUp(path, system);
  return typeof found === "number" ? undefined : found;
}

/** The file at a path, or the error number with the reason. */
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

/** A process that was found, while more of it is being found. */
interface Found {
  readonly pid: number;
  readonly descriptors: Descriptor[];
  readonly as: FileUse[];
}

/** The name that a file has, or had. */
interface FileName {
  readonly path: string | undefined;
  readonly deleted: boolean | undefined;
}

/** A file that a process uses, and what takes a question to find out about it. */
interface SearchedFile extends FileId {
  readonly name: () => FileName;
  readonly mountId: () => number | undefined;
}

/** True for the files that are looked for. */
interface Search {
  (file: SearchedFile): boolean;
  /** True if that is one file, whatever its names. */
  readonly isOneFile?: boolean;
  /** True for the UNIX-domain sockets that are bound to that file; undefined if it is another file. */
  readonly isBound?: SocketTest | undefined;
}

/** Makes a test of files: true for the one at a path. */
function isFileAt(path: string, system: System): Search {
  const found = system.fileId(path);
  const isBound = found.isSocket ? isBoundTo(found, system) : undefined;
  return Object.assign((file: SearchedFile) => isSameFile(file, found), {
    isOneFile: true,
    isBound,
  });
}

/** Makes a test of files: true for those of a file system. */
function isOn(path: string, system: System): Search {
  const { device, mountId } = system.fileSystem(path);
  return (file) => file.device === device || (mountId !== undefined && file.mountId() === mountId);
}

/** Makes a test of files: true for a directory and for what is below it. */
function isBelow(path: string, system: System): Search {
  // What is not a directory is ENOTDIR by this path.
  const top = system.fileId(path.endsWith("/") ? path : `${path}/`);
  const parents = new Map<string, Parent>();

  function parentAt(path: string): Parent {
    let parent = parents.get(path);
    if (parent === undefined) parents.set(path, parent = lookAt(path));
    return parent;
  }

  /** Looks at a directory, which may be gone, and at those above it. */
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
    // In another mount namespace the path may be that of another file.
    if (typeof here !== "number") return isSameFile(here, file);
    // For a file that cannot be read, only the device shows that.
    return here === ERRNO.EACCES && parent.device === file.device;
  };
}

/** A directory above a file. */
interface Parent {
  /** True if it is the one that is looked for, or below that. */
  readonly isIn: boolean;
  /** The device of the nearest one that is still there. */
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

/** The sockets that are meant, and whose process is unknown. */
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

/** The file of a descriptor, or that which a UNIX-domain socket is bound to; undefined if it has none. */
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

/** How a process uses files other than by descriptors. */
function* usesOf(pid: number, isMeant: Search, system: System): Steps<FileUse[]> {
  const uses: FileUse[] = [];
  // The kernel does not use files as processes do, and a query about its memory leaves a crash report.
  if (pid === 0) return uses;
  const folders = ifKnown(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  if (folders === undefined) return uses;
  for (const [use, vnode] of [["cwd", folders.pvi_cdir], ["root", folders.pvi_rdir]] as const) {
    const ask = () => system.file(pid, use);
    const file: SearchedFile = {
      ...idOf(vnode),
      name: () => fileNameIn(vnode, ask),
      mountId: () => ifKnown(() => ask().mountId),
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

/** True if requested files are mapped in a process; and if its program is one of them. */
function* mappedUses(pid: number, isMeant: Search, system: System): Steps<FileUse[]> {
  const uses = new Set<FileUse>();
  let count = 0, last: VnodeInfoPath | undefined;
  try {
    for (
      const { prp_prinfo, prp_vip: vnode } of regions(pid, PROC_PIDREGIONPATHINFO2, { system })
    ) {
      if (++count % STRIDE === 0) yield;
      // Most files are mapped in several regions, one behind the other.
      if (last !== undefined && isSameVnode(last, vnode)) continue;
      last = vnode;
      const ask = () => mappedAt(pid, prp_prinfo.pri_address, system);
      const file: SearchedFile = {
        ...idOf(vnode),
        name: () => fileNameIn(vnode, ask),
        mountId: () => ifKnown(() => system.fileSystem(vnode.vip_path).mountId),
      };
      if (!isMeant(file)) continue;
      // Both names are those that the process itself would use, so they mean the same file.
      const program = ifKnown(() => pidInfo(pid, PROC_PIDPATHINFO, 0n, { system }));
      uses.add(program === vnode.vip_path ? "executable" : "mapped");
      if (isMeant.isOneFile || uses.size === 2) break;
    }
  } catch (error) {
    if (errnoIn(error) === undefined) throw error;
  }
  return [...uses].sort();
}

/** The file that is mapped at an address. */
export function mappedAt(pid: number, address: bigint, system: System): NamedFile {
  const found = system.namedRegions(pid).find((region) => region.address === address);
  if (found?.file !== undefined) return found.file;
  throw new SystemCallError(`find a file of process ${pid}`, "read", ERRNO.ENOENT);
}

/** The directories of threads that the system reports beside `__proc_info()`: none. */
function unsupportedOf(pid: number): () => never {
  return () => {
    throw new SystemCallError(`find a thread's directory of ${pid}`, "readlink", ERRNO.ENOTSUP);
  };
}

/** The type of what is not there. */
const NONE = 0;

function idOf({ vip_vi: { vi_stat: { vst_dev, vst_ino } } }: VnodeInfoPath): FileId {
  return { device: vst_dev >>> 0, inode: vst_ino };
}

/** True if both are the same file by the same path. */
export function isSameVnode(a: VnodeInfoPath, b: VnodeInfoPath): boolean {
  const { vst_dev, vst_ino } = a.vip_vi.vi_stat;
  const other = b.vip_vi.vi_stat;
  return vst_ino === other.vst_ino && vst_dev === other.vst_dev && a.vip_path === b.vip_path;
}

/** The path of a file, and whether the file has lost it. */
export function fileNameIn(
  { vip_path, vip_vi: { vi_stat } }: VnodeInfoPath,
  ask: () => NamedFile,
): FileName {
  const { path, deleted } = foundPath(new TextEncoder().encode(vip_path), vi_stat.vst_nlink, ask);
  return { path: path && decodeText(path), deleted };
}

/** The answer to a query; undefined if it is refused, or the process has ended. */
export function ifKnown<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    if (errnoIn(error) === undefined) throw error;
    return undefined;
  }
}

/** The number of an error about a process or a file; undefined for all others. */
function errnoIn(error: unknown): number | undefined {
  if (error instanceof ShortAnswerError) return ERRNO.ENOTSUP;
  if (error instanceof SystemCallError && !isShortage(error.errno)) return error.errno;
  return undefined;
}
