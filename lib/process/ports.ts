import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { PROX_FDTYPE_SOCKET } from "../abi/fd_info.ts";
import { inSockInfo, tcpSockInfo, TSI_S_LISTEN } from "../abi/in_sockinfo.ts";
import { PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE } from "../abi/pid_fd_info.ts";
import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import { PROC_PIDLISTFDS } from "../abi/pid_info.ts";
import { socketFdInfo, socketInfo, SOCKINFO_IN, SOCKINFO_TCP } from "../abi/socket_info.ts";
import type { ListenerScan } from "../system/system.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import { offsetsOf } from "../layout/offsets.ts";
import {
  type DescriptorOptions,
  type DescriptorPlace,
  DescriptorReader,
  pidsOf,
} from "./descriptors.ts";
import { describeSocket } from "./sockets.ts";
import { sourceOf } from "./source.ts";

/** A port that somebody waits on: a TCP socket that listens, or a UDP socket that is bound. */
export interface ListeningPort {
  /** The protocol. */
  readonly protocol: "tcp" | "udp";
  /** The family of the socket. */
  readonly family: "inet" | "inet6";
  /** The address that it is bound to, as in `127.0.0.1`; `0.0.0.0` and `::` are all of them. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** Whether a socket of IPv6 takes IPv4, too. */
  readonly dualStack: boolean;
  /** How many connections may wait to be accepted; of TCP only. */
  readonly backlog?: number;
  /** The process that holds the socket; of several the one with the lowest id. */
  readonly pid: number;
  /** Its descriptor of the socket; of several the lowest. */
  readonly fd: number;
  /** Every descriptor of the socket, by process and number: workers may share it with their parent. */
  readonly holders: readonly DescriptorPlace[];
}

/**
 * Lists the ports that processes wait on: TCP sockets that listen, and UDP sockets that are bound and
 * not connected.
 *
 * Each socket is listed once, by port; several sockets may share a port (`SO_REUSEPORT`). What is known
 * is known through the descriptors of processes, so without privilege the ports of other users' processes
 * are not listed, nor are those that the kernel holds itself. On Linux the ports of every network
 * namespace are listed whose processes may be seen.
 *
 * @param options Which processes are looked at, and who is asked.
 * @throws {ProcInfoError} The processes cannot be listed, or there are too many open files.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {RangeError} A process id is no integer from 0 to 2147483647.
 *
 * @example Who listens
 * ```ts
 * import { listeningPorts } from "@libproc/libproc";
 *
 * for (const { protocol, address, port, pid } of listeningPorts()) {
 *   console.log(protocol, address, port, pid);
 * }
 * ```
 */
export function listeningPorts(options: DescriptorOptions = {}): ListeningPort[] {
  const { kernel, host } = sourceOf(options);
  const ports = new Ports(new DescriptorReader(kernel));
  const pids = pidsOf(options, kernel);
  const own = options.kernel === undefined && options.host === undefined;
  const listeners = own ? host.listeners?.() : undefined;
  if (listeners === undefined) ports.addEach(pids);
  else ports.addFound(pids, listeners);
  return [...ports.found.values()].sort((a, b) => a.port - b.port || a.pid - b.pid || a.fd - b.fd);
}

/** The ports that are found. */
class Ports {
  /** By the socket. */
  readonly found: Map<bigint, Found> = new Map();
  readonly #reader: DescriptorReader;

  constructor(reader: DescriptorReader) {
    this.#reader = reader;
    isListener ??= listenerTest();
  }

  /** Asks about each socket of each process. */
  addEach(pids: Iterable<number>): void {
    const reader = this.#reader;
    for (const pid of pids) {
      const count = reader.list(pid);
      for (let i = 0; i < count; i++) {
        if (reader.typeAt(i) !== PROX_FDTYPE_SOCKET) continue;
        if (!this.#add(pid, reader.fdAt(i))) break;
      }
    }
  }

  /** Asks about the sockets that the host finds, each of them once. */
  addFound(pids: Iterable<number>, listeners: ListenerScan): void {
    const count = listeners.find(pids);
    if (count < 0) {
      throw new ProcInfoError(-count, PROC_INFO_CALL_PIDINFO, PROC_ALL_PIDS, PROC_PIDLISTFDS);
    }
    for (let i = 0; i < count; i++) {
      const pid = listeners.pids[i]!, fd = listeners.fds[i]!;
      const known = this.found.get(BigInt(listeners.sockets[i]!));
      if (known !== undefined) known.holders.push({ pid, fd });
      else this.#add(pid, fd);
    }
  }

  /** Adds the port of a socket, if it is one; returns whether the process is there. */
  #add(pid: number, fd: number): boolean {
    const answer = this.#reader.ask(pid, fd, PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE);
    if (typeof answer === "number") return answer !== ERRNO.ESRCH;
    if (!isListener!(answer.view)) return true;
    const { psi } = socketFdInfo.decodeBlock(answer, 0);
    const known = this.found.get(psi.soi_so);
    if (known !== undefined) {
      known.holders.push({ pid, fd });
      return true;
    }
    const { protocol, family, localAddress, localPort, dualStack, backlog } = describeSocket(
      psi,
      answer.bytes,
    );
    this.found.set(psi.soi_so, {
      protocol: protocol === "udp" ? "udp" : "tcp",
      family: family === "inet6" ? "inet6" : "inet",
      address: localAddress!,
      port: localPort!,
      dualStack: dualStack === true,
      ...(backlog !== undefined && { backlog }),
      pid,
      fd,
      holders: [{ pid, fd }],
    });
    return true;
  }
}

/** Made once, as finding the places in the struct takes longer than a few sockets do. */
let isListener: ((socket: DataView) => boolean) | undefined;

/** A port whose holders are still being found. */
interface Found extends ListeningPort {
  readonly holders: DescriptorPlace[];
}

const IPPROTO_UDP = 17;
const ADDRESS_SIZE = 16;

/** Tells, of a `struct socket_fdinfo`, whether somebody waits on a port of it, without decoding it. */
function listenerTest(): (socket: DataView) => boolean {
  const soi = offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi);
  const tcp = offsetsOf(tcpSockInfo, soi.soi_proto);
  const inet = offsetsOf(inSockInfo, soi.soi_proto);
  return (socket) => {
    if (socket.getUint16(inet.insi_lport, true) === 0) return false;
    switch (socket.getInt32(soi.soi_kind, true)) {
      case SOCKINFO_TCP:
        return socket.getInt32(tcp.tcpsi_state, true) === TSI_S_LISTEN;
      case SOCKINFO_IN: {
        if (socket.getInt32(soi.soi_protocol, true) !== IPPROTO_UDP) return false;
        if (socket.getUint16(inet.insi_fport, true) !== 0) return false;
        for (let i = 0; i < ADDRESS_SIZE; i += 4) {
          if (socket.getUint32(inet.insi_faddr + i, true) !== 0) return false;
        }
        return true;
      }
      default:
        return false;
    }
  };
}
