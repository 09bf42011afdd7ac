import { DESCRIPTOR_OPTIONS } from "./pids.ts";
import { checkOptions } from "../system/arguments.ts";
import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { PROX_FDTYPE_SOCKET } from "../abi/fd_info.ts";
import { inSockInfo, tcpSockInfo, TSI_S_LISTEN } from "../abi/in_sockinfo.ts";
import { PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE } from "../abi/pid_fd_info.ts";
import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import { PROC_PIDLISTFDS } from "../abi/pid_info.ts";
import {
  socketFdInfo,
  socketInfo,
  SOCKINFO_IN,
  SOCKINFO_TCP,
  SOCKINFO_VSOCK,
  vsockSockInfo,
} from "../abi/socket_info.ts";
import { type Block, block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import { ERRNO, isShortage, ProcInfoError } from "../system/errors.ts";
import type { ListenerScan } from "../system/facts.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import { inetTransport, type PortProtocol, TRANSPORTS } from "../system/transports.ts";
import type { DescriptorPlace } from "./descriptors.ts";
import type { DescriptorOptions } from "./pids.ts";
import { missingOf } from "./errors.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps, STRIDE } from "./slices.ts";
import { describeSocket, type OpenSocket, portsOf } from "./sockets.ts";
import { identity, type UnownedSocket, type Walker, walkMachine } from "./unowned.ts";

/** A socket that listens on a port, or a UDP or UDP-Lite socket that is bound and not connected. */
export interface ListeningPort {
  /** The protocol of the port. It is `"tcp"` for multipath TCP, which listens on TCP ports. */
  readonly protocol: PortProtocol;
  /** The family of the socket. */
  readonly family: "inet" | "inet6" | "vsock";
  /**
   * The address that the socket is bound to, as in `127.0.0.1`. `0.0.0.0` and `::` mean all
   * addresses. For `vsock`, it is the context id, and `*` means all context ids.
   */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** True for an IPv6 socket that also accepts IPv4. */
  readonly dualStack: boolean;
  /** The number of connections that wait to be accepted; absent for datagram sockets. */
  readonly pendingConnections?: number;
  /**
   * The maximum number of connections that can wait to be accepted; absent for datagram sockets.
   */
  readonly backlog?: number;
  /**
   * The lowest pid of the processes that hold the socket; undefined if no such process is known.
   */
  readonly pid: number | undefined;
  /** The lowest descriptor of the socket in that process; undefined if `pid` is undefined. */
  readonly fd: number | undefined;
  /** All descriptors of the socket, sorted by pid and number. Processes can share a socket. */
  readonly holders: readonly DescriptorPlace[];
  /**
   * The reason why `pid` and `fd` are undefined. `pid` is `"denied"` if the socket may belong to a
   * process that this user cannot inspect or see. Empty if `pid` is defined, or if the kernel
   * itself holds the socket.
   */
  readonly missing: UnownedSocket["missing"];
}

/**
 * Lists the ports on which sockets listen. Included are the listening sockets of TCP, multipath
 * TCP, SCTP, DCCP and `vsock`, and the sockets of UDP and UDP-Lite that are bound and not
 * connected.
 *
 * Each socket is listed once. Several sockets can share a port (`SO_REUSEPORT`).
 *
 * The processes are found by their descriptors. On Linux, every port of the caller's network
 * namespace is listed: `pid` and `fd` are undefined if the process cannot be inspected or if the
 * kernel itself holds the port. On Linux, ports of other network namespaces are listed if their
 * processes can be inspected. On macOS, only the ports of processes that can be inspected are
 * listed. This also applies if `pids` are given.
 *
 * @param options The processes to inspect, and the system.
 * @returns The ports in ascending order. Sockets on the same port are sorted by pid.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {RangeError} A process id is not an integer from 0 to 2147483647.
 * @throws {TypeError} `pids` is not an array, or `system` is not a system.
 *
 * @example Which ports are in use
 * ```ts
 * import { listeningPorts } from "@libproc/libproc";
 *
 * for (const { protocol, address, port, pid, missing } of listeningPorts()) {
 *   console.log(protocol, address, port, pid ?? missing.pid ?? "kernel");
 * }
 * ```
 */
export function listeningPorts(options: DescriptorOptions = {}): ListeningPort[] {
  return atOnce(ports(checkOptions(options, DESCRIPTOR_OPTIONS)));
}

/**
 * Lists the ports on which sockets listen asynchronously, as {@linkcode listeningPorts} does. The
 * event loop runs every few milliseconds.
 *
 * @param options The processes to inspect, the system, and a signal that stops the work.
 * @returns A promise of the ports. It rejects with the reason of the signal, or with the errors
 * that {@linkcode listeningPorts} throws.
 *
 * @example
 * ```ts
 * import { listeningPortsAsync } from "@libproc/libproc";
 *
 * const ports = await listeningPortsAsync();
 * console.log(ports.some(({ port }) => port === 8080));
 * ```
 */
export async function listeningPortsAsync(
  options: DescriptorOptions & AsyncOptions = {},
): Promise<ListeningPort[]> {
  checkOptions(options, ["signal", ...DESCRIPTOR_OPTIONS]);
  return await inSlices(ports(options), options);
}

function* ports(options: DescriptorOptions): Steps<ListeningPort[]> {
  const system = systemIn(options);
  const ports = new Ports(system);
  const unowned = yield* walkMachine(system, options, ["listening"], ports);
  for (const { socket, missing } of unowned) ports.addUnowned(socket, missing);
  return ports.sorted();
}

/** A port whose holders are not all found yet. */
interface Found {
  readonly port: Omit<ListeningPort, "pid" | "fd" | "holders">;
  readonly holders: DescriptorPlace[];
}

/** Collects the ports. */
class Ports implements Walker {
  isDenied = false;
  readonly listed: Map<string, OpenSocket> = new Map();
  /** The ports that were found, by the identity of the socket. */
  readonly #found = new Map<string, Found>();
  /** The descriptors of sockets that could not be read. */
  readonly #unread = new Map<string, DescriptorPlace[]>();
  /** The sockets that are not listed. */
  readonly #others = new Set<string>();
  readonly #system: System;
  readonly #answer: Block = block(PROC_PIDFDSOCKETINFO_SIZE);

  constructor(system: System) {
    this.#system = system;
    isListener ??= listenerTest();
  }

  walk(pids: Iterable<number>): Steps<void> {
    const scan = this.#system.listeners();
    return scan === undefined ? this.#addEach(pids) : this.#addFound(pids, scan);
  }

  held(): ReadonlySet<string> {
    return new Set([...this.#found.keys(), ...this.#others]);
  }

  /** Adds the port of a socket that was not found by a walk. */
  addUnowned(socket: OpenSocket, missing: ListeningPort["missing"]): void {
    const holders = this.#unread.get(socket.id) ?? [];
    this.#found.set(socket.id, {
      port: portOf(socket, holders.length > 0 ? {} : missing),
      holders,
    });
  }

  /** Returns the ports in the order of the result. */
  sorted(): ListeningPort[] {
    return Array.from(this.#found.values(), ({ port, holders }): ListeningPort => {
      holders.sort((a, b) => a.pid - b.pid || a.fd - b.fd);
      const { missing, ...rest } = port;
      return { ...rest, pid: holders[0]?.pid, fd: holders[0]?.fd, holders, missing };
    }).sort((a, b) =>
      a.port - b.port || order(a.pid, b.pid) || order(a.fd, b.fd) ||
      (a.protocol === b.protocol ? 0 : a.protocol < b.protocol ? -1 : 1)
    );
  }

  /** Reads each socket of each process. */
  *#addEach(pids: Iterable<number>): Steps<void> {
    const scan = this.#system.descriptors();
    for (const pid of pids) {
      let answer = scan.begin(pid);
      for (let i = 1; answer >= 0; i++) {
        answer = scan.next();
        if (answer <= 0) break;
        if (scan.type === PROX_FDTYPE_SOCKET) {
          const error = scan.read();
          if (error === 0) this.#addAnswer(pid, scan.fd, scan.answer);
          else if (isShortage(-error)) throw socketError(-error, pid);
          else this.#note(-error);
          if (error === -ERRNO.ESRCH) break;
        }
        if (i % STRIDE === 0) yield;
      }
      if (isShortage(-answer)) throw scanError(-answer);
      this.#note(-answer);
      yield;
    }
  }

  /** Queries each socket that a scan finds once, unless it is in `listed`. */
  *#addFound(pids: Iterable<number>, scan: ListenerScan): Steps<void> {
    for (const pid of pids) {
      const error = scan.add(pid);
      if (isShortage(-error)) throw scanError(-error);
      this.#note(-error);
      yield;
    }
    const count = scan.finish();
    if (count < 0) throw scanError(-count);
    for (let i = 0; i < count; i++) {
      if (i % STRIDE === STRIDE - 1) yield;
      const pid = scan.pids[i]!, fd = scan.fds[i]!, socket = `${scan.sockets[i]!}`;
      const known = this.#found.get(socket);
      if (known !== undefined) {
        known.holders.push({ pid, fd });
        continue;
      }
      const listed = this.listed.get(socket);
      if (listed !== undefined) {
        this.#found.set(socket, { port: portOf(listed, {}), holders: [{ pid, fd }] });
      } else if (this.#add(pid, fd) !== 0) {
        const places = this.#unread.get(socket);
        if (places === undefined) this.#unread.set(socket, [{ pid, fd }]);
        else places.push({ pid, fd });
      }
    }
  }

  /** Records that something cannot be inspected. */
  #note(errno: number): void {
    if (missingOf(errno) === "denied") this.isDenied = true;
  }

  /** Queries a socket, and adds its port if it listens; returns 0 or an error number. */
  #add(pid: number, fd: number): number {
    const answer = this.#system.kernel.procInfo(
      PROC_INFO_CALL_PIDFDINFO,
      pid,
      PROC_PIDFDSOCKETINFO,
      BigInt(fd),
      this.#answer.bytes,
    );
    if (isShortage(-answer)) throw socketError(-answer, pid);
    if (answer !== PROC_PIDFDSOCKETINFO_SIZE) return answer < 0 ? -answer : ERRNO.EIO;
    this.#addAnswer(pid, fd, this.#answer);
    return 0;
  }

  /** Adds the port of a `struct socket_fdinfo` if it listens. */
  #addAnswer(pid: number, fd: number, answer: Block): void {
    const socket = identity(answer.view);
    if (!isListener!(answer.view)) {
      this.#others.add(socket);
      return;
    }
    const known = this.#found.get(socket);
    if (known !== undefined) {
      known.holders.push({ pid, fd });
      return;
    }
    const { psi } = socketFdInfo.decodeBlock(answer, 0);
    const port = portOf(describeSocket(psi, answer.bytes), {});
    this.#found.set(socket, { port, holders: [{ pid, fd }] });
  }
}

function portOf(
  socket: OpenSocket,
  missing: ListeningPort["missing"],
): Found["port"] {
  const { family, localAddress = "*", localPort, dualStack, pendingConnections, backlog } = socket;
  return {
    protocol: portsOf(socket)!,
    family: family === "inet6" || family === "vsock" ? family : "inet",
    address: localAddress,
    port: localPort!,
    dualStack: dualStack === true,
    ...(pendingConnections !== undefined && { pendingConnections }),
    ...(backlog !== undefined && { backlog }),
    missing,
  };
}

/** Compares two numbers; undefined is higher than any number. */
function order(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  return a === undefined ? 1 : b === undefined ? -1 : a - b;
}

function scanError(errno: number): ProcInfoError {
  return new ProcInfoError(errno, PROC_INFO_CALL_PIDINFO, PROC_ALL_PIDS, PROC_PIDLISTFDS);
}

function socketError(errno: number, pid: number): ProcInfoError {
  return new ProcInfoError(errno, PROC_INFO_CALL_PIDFDINFO, pid, PROC_PIDFDSOCKETINFO);
}

/** Created once, as finding the offsets in the struct takes longer than testing a few sockets. */
let isListener: ((socket: DataView) => boolean) | undefined;

const SOCK_DGRAM = 2;
const SO_ACCEPTCONN = 0x2;
const ADDRESS_SIZE = 16;
/** The port of a `vsock` that is not bound. */
const VSOCK_ANY = 0xffffffff;

/**
 * Creates a test for a `struct socket_fdinfo`, which is true for a socket that
 * {@linkcode listeningPorts} lists.
 */
function listenerTest(): (socket: DataView) => boolean {
  const soi = offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi);
  const tcp = offsetsOf(tcpSockInfo, soi.soi_proto);
  const inet = offsetsOf(inSockInfo, soi.soi_proto);
  const { local_port } = offsetsOf(vsockSockInfo, soi.soi_proto);

  function isBoundOnly(socket: DataView): boolean {
    if (socket.getUint16(inet.insi_fport, true) !== 0) return false;
    for (let i = 0; i < ADDRESS_SIZE; i += 4) {
      if (socket.getUint32(inet.insi_faddr + i, true) !== 0) return false;
    }
    return true;
  }

  return (socket) => {
    const listens = (socket.getUint16(soi.soi_options, true) & SO_ACCEPTCONN) !== 0;
    switch (socket.getInt32(soi.soi_kind, true)) {
      case SOCKINFO_TCP:
        return socket.getUint16(inet.insi_lport, true) !== 0 &&
          socket.getInt32(tcp.tcpsi_state, true) === TSI_S_LISTEN;
      case SOCKINFO_IN: {
        const transport = inetTransport(socket.getInt32(soi.soi_protocol, true));
        if (transport === undefined || TRANSPORTS[transport].ports === undefined) return false;
        if (socket.getUint16(inet.insi_lport, true) === 0) return false;
        const isDatagram = socket.getInt32(soi.soi_type, true) === SOCK_DGRAM;
        return isDatagram ? isBoundOnly(socket) : listens;
      }
      case SOCKINFO_VSOCK:
        return listens && socket.getUint32(local_port, true) !== VSOCK_ANY;
      default:
        return false;
    }
  };
}
