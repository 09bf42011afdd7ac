import { PROX_FDTYPE_PSHM, PROX_FDTYPE_SOCKET, PROX_FDTYPE_VNODE } from "../abi/fd_info.ts";
import {
  PROC_PIDPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDVNODEPATHINFO,
} from "../abi/pid_info.ts";
import type { VnodeInfo } from "../abi/vnode_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { regions } from "../calls/regions.ts";
import { ShortAnswerError } from "../calls/reply.ts";
import { path as checkPath } from "../system/arguments.ts";
import { ERRNO, isShortage, SystemCallError } from "../system/errors.ts";
import type { FileId } from "../system/facts.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import { hasThreadIn } from "../libproc/own_directory.ts";
import { type Descriptor, joined, Scan } from "./descriptors.ts";
import { type DescriptorOptions, pidsOf } from "./pids.ts";
import { type Missing, missingOf } from "./errors.ts";
import { nameIn } from "./fields/name.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps, STRIDE } from "./slices.ts";
import type { OpenSocket } from "./sockets.ts";
import { walkMachine } from "./unowned.ts";

/** What {@linkcode whoHas} looks for: exactly one of the three. */
export type Held =
  /** A file, whatever its names. */
  | { readonly path: string }
  /** A local port of TCP and UDP, or of one of them. */
  | { readonly port: number; readonly protocol?: "tcp" | "udp" }
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
 * Finds the processes that use a file, a port or a UNIX-domain socket.
 *
 * - `path`: the processes that have the file open, have it as working or root directory, run it or have
 *   it mapped. The file is identified by its device and inode number, whatever its name.
 * - `port`: the processes that have a socket bound to that local port, listening or connected.
 * - `socket`: the processes that have a UNIX-domain socket of that name: the listening one, and the
 *   connections that were accepted from it. Their `peers` are the clients. The name is the one that the
 *   socket was bound to, or another path of the same file.
 *
 * Processes that this user may not inspect are left out. On Linux, their sockets in the caller's network
 * namespace are found nevertheless, and so are those of the kernel itself: each is a holder without a
 * `pid`. On macOS, and if `pids` are given, they are left out.
 *
 * @param what The file, the port or the name to look for; exactly one of `path`, `port` and `socket`.
 * @param options The processes to inspect, and the system.
 * @returns The processes in ascending order, then the sockets without a known process.
 * @throws {SystemCallError} The path leads nowhere (`ENOENT`, `EACCES`...), the processes cannot be
 * listed, or there are too many open files.
 * @throws {TypeError} `what` has none or several of the three, or one that is not a string; `pids` is
 * not an array, or `system` is not a system.
 * @throws {RangeError} A path contains a NUL, a port is not an integer from 1 to 65535, a protocol is
 * neither `"tcp"` nor `"udp"`, or a process id is not an integer from 0 to 2147483647.
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
 * @example Which processes use a directory
 * ```ts
 * import { whoHas } from "@libproc/libproc";
 *
 * for (const { pid, as, descriptors } of whoHas({ path: "/" })) {
 *   console.log(pid, as.join(), descriptors.length);
 * }
 * ```
 */
export function whoHas(what: Held, options: DescriptorOptions = {}): Holder[] {
  return atOnce(holderSteps(what, options));
}

/**
 * Finds the processes that use a file, a port or a UNIX-domain socket, as {@linkcode whoHas} does,
 * without blocking: the event loop gets a turn every few milliseconds.
 *
 * @param what The file, the port or the name to look for.
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
export function whoHasAsync(
  what: Held,
  options: DescriptorOptions & AsyncOptions = {},
): Promise<Holder[]> {
  return inSlices(holderSteps(what, options), options);
}

/** The steps of {@linkcode whoHas}. */
export function* holderSteps(what: Held, options: DescriptorOptions): Steps<Holder[]> {
  const search = searchOf(what);
  const system = systemIn(options);
  if ("path" in search) return yield* fileHolders(search.path, system, options);
  if ("socket" in search) {
    return yield* socketHolders("unix", isNamed(search.socket, system), system, options);
  }
  const { port, protocol } = search;
  const isMeant = (socket: OpenSocket) =>
    socket.localPort === port &&
    (protocol === undefined ? isTransport(socket.protocol) : socket.protocol === protocol);
  return yield* socketHolders("inet", isMeant, system, options);
}

function isTransport(protocol: OpenSocket["protocol"]): boolean {
  return protocol === "tcp" || protocol === "udp";
}

/** Returns the search, or throws an error that names what is wrong with it. */
function searchOf(what: Held): Held {
  const given: Readonly<Partial<Record<string, unknown>>> = what ?? {};
  const keys = ["path", "port", "socket"].filter((key) => given[key] !== undefined);
  if (keys.length !== 1) {
    throw new TypeError(
      "Cannot pass what as it must have exactly one of path, port and socket: " +
        `it has ${keys.length === 0 ? "none" : keys.join(" and ")}`,
    );
  }
  if ("path" in what && what.path !== undefined) return { path: checkPath("path", what.path) };
  if ("port" in what && what.port !== undefined) return { ...what, ...checkPort(what) };
  const { socket } = what as { readonly socket: string };
  if (typeof socket !== "string") {
    throw new TypeError(`Cannot pass socket as it must be a name: it is ${typeof socket}`);
  }
  if (socket === "") {
    throw new RangeError(`Cannot pass socket as it must not be empty: current value is ""`);
  }
  return { socket: isAbstract(socket) ? `\0${socket.slice(1)}` : checkPath("socket", socket) };
}

function checkPort(
  { port, protocol }: { readonly port: number; readonly protocol?: "tcp" | "udp" },
): { port: number } {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    const value = typeof port === "string" ? JSON.stringify(port) : String(port);
    throw new RangeError(
      `Cannot pass port as it must be an integer from 1 to 65535: current value is ${value}`,
    );
  }
  if (protocol !== undefined && !isTransport(protocol)) {
    throw new RangeError(
      `Cannot pass protocol as it must be "tcp" or "udp": current value is ${
        JSON.stringify(protocol)
      }`,
    );
  }
  return { port };
}

function isAbstract(socket: string): boolean {
  return socket.startsWith("@") || socket.startsWith("\0");
}

/** Makes a test of UNIX-domain sockets: true for those of a name. */
function isNamed(name: string, system: System): (socket: OpenSocket) => boolean {
  const file = isAbstract(name) ? undefined : fileAt(name, system);
  const files = new Map<string, boolean>();
  return ({ path }) => {
    if (path === undefined || path === name) return path === name;
    if (file === undefined || !path.startsWith("/")) return false;
    let isSame = files.get(path);
    if (isSame === undefined) {
      const other = fileAt(path, system);
      isSame = other?.inode === file.inode && other.device === file.device;
      files.set(path, isSame);
    }
    return isSame;
  };
}

/** The file at a path; undefined if there is none, or if it is unknown. */
function fileAt(path: string, system: System): FileId | undefined {
  return path.includes("\0") ? undefined : ifKnown(() => system.fileId(path));
}

/** A process that was found, while more of it is being found. */
interface Found {
  readonly pid: number;
  readonly descriptors: Descriptor[];
  readonly as: FileUse[];
}

function* socketHolders(
  kind: "inet" | "unix",
  isMeant: (socket: OpenSocket) => boolean,
  system: System,
  options: DescriptorOptions,
): Steps<Holder[]> {
  const scan = new Scan(system, SOCKETS);
  const unowned = yield* walkMachine(system, options, [kind], scan);
  const found = new Map<number, Found>();
  for (const descriptor of yield* joined(scan.descriptors, system)) {
    if (descriptor.socket === undefined || !isMeant(descriptor.socket)) continue;
    holderOf(found, descriptor.pid).descriptors.push(descriptor);
  }
  const others = unowned.filter(({ socket }) => isMeant(socket)).map((
    { socket, missing },
  ): Holder => ({ pid: undefined, name: undefined, descriptors: [], as: [], socket, missing }));
  return [...named(found, system), ...others];
}

function* fileHolders(
  path: string,
  system: System,
  options: DescriptorOptions,
): Steps<Holder[]> {
  const file = system.fileId(path);
  const inode = `${file.inode}`;
  const pids = pidsOf(options, system);
  const found = new Map<number, Found>();
  const scan = new Scan(system, FILES);
  yield* scan.walk(pids);
  for (const descriptor of yield* joined(scan.descriptors, system)) {
    if (descriptor.inode !== inode || descriptor.device !== file.device) continue;
    holderOf(found, descriptor.pid).descriptors.push(descriptor);
  }
  for (const pid of pids) {
    const uses = yield* usesOf(pid, file, system);
    if (uses.length > 0) holderOf(found, pid).as.push(...uses);
    yield;
  }
  return named(found, system);
}

const SOCKETS: ReadonlySet<number> = new Set([PROX_FDTYPE_SOCKET]);
const FILES: ReadonlySet<number> = new Set([PROX_FDTYPE_VNODE, PROX_FDTYPE_PSHM]);

function holderOf(found: Map<number, Found>, pid: number): Found {
  let holder = found.get(pid);
  if (holder === undefined) found.set(pid, holder = { pid, descriptors: [], as: [] });
  return holder;
}

function named(found: ReadonlyMap<number, Found>, system: System): Holder[] {
  const table = system.table();
  return [...found.values()].sort((a, b) => a.pid - b.pid).map((holder): Holder => {
    const name = table.read(holder.pid) || nameIn(table);
    return typeof name === "string" ? { ...holder, name, socket: undefined, missing: {} } : {
      ...holder,
      name: undefined,
      socket: undefined,
      missing: { name: missingOf(-name) ?? "unsupported" },
    };
  });
}

/** How a process uses a file other than by descriptors. */
function* usesOf(pid: number, file: FileId, system: System): Steps<FileUse[]> {
  const isMeant = ({ vi_stat: { vst_dev, vst_ino } }: VnodeInfo) =>
    vst_ino === file.inode && vst_dev >>> 0 === file.device;
  const uses: FileUse[] = [];
  // The kernel does not use files as processes do, and a query about its memory leaves a crash report.
  if (pid === 0) return uses;
  const folders = ifKnown(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  if (folders === undefined) return uses;
  const inThread = () => ifKnown(() => hasThreadIn(pid, isMeant, system));
  if (isMeant(folders.pvi_cdir.vip_vi) || inThread()) uses.push("cwd");
  if (isMeant(folders.pvi_rdir.vip_vi)) uses.push("root");
  const mapped = yield* mappedPath(pid, isMeant, system);
  if (mapped === undefined) return uses;
  // Both names are those that the process itself would use, so they mean the same file.
  const program = ifKnown(() => pidInfo(pid, PROC_PIDPATHINFO, 0n, { system }));
  uses.push(program === mapped ? "executable" : "mapped");
  return uses;
}

/** The path of the first region whose file is meant; undefined if there is none, or it is unknown. */
function* mappedPath(
  pid: number,
  isMeant: (file: VnodeInfo) => boolean,
  system: System,
): Steps<string | undefined> {
  try {
    let count = 0;
    for (const { prp_vip } of regions(pid, PROC_PIDREGIONPATHINFO2, { system })) {
      if (isMeant(prp_vip.vip_vi)) return prp_vip.vip_path;
      if (++count % STRIDE === 0) yield;
    }
  } catch (error) {
    if (errnoIn(error) === undefined) throw error;
  }
  return undefined;
}

/** The answer to a query; undefined if it is refused, or the process has ended. */
function ifKnown<T>(query: () => T): T | undefined {
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
