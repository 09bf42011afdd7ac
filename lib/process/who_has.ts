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
import type { FileId, Host } from "../system/system.ts";
import { SystemCallError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import { procName } from "../libproc/name.ts";
import {
  type Descriptor,
  type DescriptorOptions,
  isShortage,
  joined,
  pidsOf,
  scan,
} from "./descriptors.ts";
import type { OpenSocket } from "./sockets.ts";
import { type Source, sourceOf } from "./source.ts";

/** What {@linkcode whoHas} looks for: one of the three. */
export type Held =
  /** A file, under whatever name. */
  | { readonly path: string }
  /** A port of TCP or UDP; of the one protocol only where it is said. */
  | { readonly port: number; readonly protocol?: "tcp" | "udp" }
  /** The name that a UNIX-domain socket is bound to: a path, or `@` and an abstract name. */
  | { readonly socket: string };

/** How a process uses a file beside its descriptors. */
export type FileUse =
  /** It is its working directory. */
  | "cwd"
  /** It is its root directory, and another one than the system's. */
  | "root"
  /** It is the program that it runs. */
  | "executable"
  /** It is mapped into its memory, as libraries are. */
  | "mapped";

/** A process that has what was looked for. */
export interface Holder {
  /** The process. */
  readonly pid: number;
  /** Its name; left out where it has ended since. */
  readonly name?: string;
  /** The descriptors through which it has it. */
  readonly descriptors: readonly Descriptor[];
  /** How it uses a file beside them. */
  readonly as: readonly FileUse[];
}

/**
 * Finds the processes that have a file, a port or a UNIX-domain socket.
 *
 * - `path`: who has the file open, for a working or root directory, runs it or has it mapped. It is found
 *   by its device and inode number, so also where it was opened under another name.
 * - `port`: who has a socket bound to that local port, whether it listens or is connected.
 * - `socket`: who has a UNIX-domain socket of that name: the one that listens, and the connections that
 *   were accepted from it. Their `peers` are the clients. The name is the one it was bound to, or another
 *   path of the same file.
 *
 * Processes that this user may not look at are passed over.
 *
 * @param what What is looked for; exactly one of `path`, `port` and `socket`.
 * @param options Which processes are looked at, and who is asked.
 * @returns The processes in ascending order; none where nobody has it.
 * @throws {SystemCallError} The path leads nowhere (`ENOENT`, `EACCES`...), or there are too many open
 * files.
 * @throws {TypeError} `what` has none or several of the three, or one that is no text.
 * @throws {RangeError} A path has a NUL in it, a port is no integer from 1 to 65535, or a protocol is none
 * of the two.
 * @throws {FfiError} The system's library cannot be opened.
 *
 * @example Who has a port
 * ```ts
 * import { whoHas } from "@libproc/libproc";
 *
 * for (const { pid, name } of whoHas({ port: 8080, protocol: "tcp" })) console.log(pid, name);
 * ```
 *
 * @example Who uses a directory
 * ```ts
 * import { whoHas } from "@libproc/libproc";
 *
 * for (const { pid, as, descriptors } of whoHas({ path: "/" })) {
 *   console.log(pid, as.join(), descriptors.length);
 * }
 * ```
 */
export function whoHas(what: Held, options: DescriptorOptions = {}): Holder[] {
  const search = searchOf(what);
  const source = sourceOf(options);
  if ("path" in search) return fileHolders(search.path, source, options);
  const isMeant = "port" in search
    ? ({ localPort, protocol }: OpenSocket) =>
      localPort === search.port &&
      (search.protocol === undefined ? isTransport(protocol) : protocol === search.protocol)
    : isNamed(search.socket, source.host);
  return socketHolders(isMeant, source, options);
}

function isTransport(protocol: OpenSocket["protocol"]): boolean {
  return protocol === "tcp" || protocol === "udp";
}

/** Passes on what is looked for, or throws an error that names what is wrong with it. */
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

/** Tells whether a UNIX-domain socket has a name. */
function isNamed(name: string, host: Host): (socket: OpenSocket) => boolean {
  const file = isAbstract(name) ? undefined : fileAt(name, host);
  const files = new Map<string, boolean>();
  return ({ path }) => {
    if (path === undefined || path === name) return path === name;
    if (file === undefined || !path.startsWith("/")) return false;
    let isSame = files.get(path);
    if (isSame === undefined) {
      const other = fileAt(path, host);
      isSame = other?.inode === file.inode && other.device === file.device;
      files.set(path, isSame);
    }
    return isSame;
  };
}

/** Which file is at a path; undefined if there is none, or nobody who says. */
function fileAt(path: string, host: Host): FileId | undefined {
  if (path.includes("\0")) return undefined;
  try {
    return host.fileId(path);
  } catch (error) {
    return unlessShortage(error);
  }
}

/** A process that was found, while more of it is being found. */
interface Found {
  readonly pid: number;
  readonly descriptors: Descriptor[];
  readonly as: FileUse[];
}

function socketHolders(
  isMeant: (socket: OpenSocket) => boolean,
  source: Source,
  options: DescriptorOptions,
): Holder[] {
  const pids = pidsOf(options, source.kernel);
  const { descriptors } = scan(source.kernel, pids, SOCKETS);
  const found = new Map<number, Found>();
  for (const descriptor of joined(descriptors, source)) {
    if (descriptor.socket === undefined || !isMeant(descriptor.socket)) continue;
    holderOf(found, descriptor.pid).descriptors.push(descriptor);
  }
  return named(found, source.kernel);
}

function fileHolders(path: string, source: Source, options: DescriptorOptions): Holder[] {
  const { kernel, host } = source;
  const file = host.fileId(path);
  const pids = [...pidsOf(options, kernel)];
  const found = new Map<number, Found>();
  const { descriptors } = scan(kernel, pids, FILES);
  for (const descriptor of joined(descriptors, source)) {
    if (descriptor.inode !== file.inode || descriptor.device !== file.device) continue;
    holderOf(found, descriptor.pid).descriptors.push(descriptor);
  }
  for (const pid of pids) {
    const uses = usesOf(pid, file, kernel);
    if (uses.length > 0) holderOf(found, pid).as.push(...uses);
  }
  return named(found, kernel);
}

const SOCKETS: ReadonlySet<number> = new Set([PROX_FDTYPE_SOCKET]);
const FILES: ReadonlySet<number> = new Set([PROX_FDTYPE_VNODE, PROX_FDTYPE_PSHM]);

function holderOf(found: Map<number, Found>, pid: number): Found {
  let holder = found.get(pid);
  if (holder === undefined) found.set(pid, holder = { pid, descriptors: [], as: [] });
  return holder;
}

function named(found: ReadonlyMap<number, Found>, kernel: Kernel): Holder[] {
  return [...found.values()].sort((a, b) => a.pid - b.pid).map((holder) => {
    const name = optional(() => procName(holder.pid, kernel));
    return name ? { ...holder, name } : holder;
  });
}

/** How a process uses a file beside its descriptors. */
function usesOf(pid: number, file: FileId, kernel: Kernel): FileUse[] {
  const isMeant = ({ vi_stat: { vst_dev, vst_ino } }: VnodeInfo) =>
    vst_ino === file.inode && vst_dev >>> 0 === file.device;
  const uses: FileUse[] = [];
  // The kernel is no process that uses files, and asking for its memory leaves a crash report.
  if (pid === 0) return uses;
  const folders = optional(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, kernel));
  if (folders === undefined) return uses;
  if (isMeant(folders.pvi_cdir.vip_vi)) uses.push("cwd");
  if (isMeant(folders.pvi_rdir.vip_vi)) uses.push("root");
  const mapped = optional(() => {
    for (const { prp_vip } of regions(pid, PROC_PIDREGIONPATHINFO2, kernel)) {
      if (isMeant(prp_vip.vip_vi)) return prp_vip.vip_path;
    }
    return undefined;
  });
  if (mapped === undefined) return uses;
  // Both names are those that the process itself would use, so no other file is meant by them.
  const program = optional(() => pidInfo(pid, PROC_PIDPATHINFO, 0n, kernel));
  uses.push(program === mapped ? "executable" : "mapped");
  return uses;
}

/** What is answered; undefined where it is refused, or the process has ended. */
function optional<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ShortAnswerError) return undefined;
    return unlessShortage(error);
  }
}

function unlessShortage(error: unknown): undefined {
  if (error instanceof SystemCallError && !isShortage(error.errno)) return undefined;
  throw error;
}
