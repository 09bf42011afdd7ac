import { UNIX_DIAG } from "./sys/sock_diag.ts";
import { inetSocket, unixName, unixSocket } from "./answer/socket_record.ts";
import type { SocketWriter } from "./answer/socket_writer.ts";
import type { ProcFs } from "./proc/proc_fs.ts";
import { INET_PROTOCOLS, usedProtocols } from "./proc/socket_tables.ts";
import type { DarwinAnswer } from "./sys/errno.ts";
import { converted } from "./sys/errno.ts";
import type { World } from "./proc/world.ts";
import { InetTable, type SockDiag, sockDiag, UnixTable } from "./sys/netlink.ts";
import { INET_RECORD } from "./sys/sock_diag.ts";
import { openSocketCalls } from "./sys/socket.ts";
import { AF_INET, AF_INET6 } from "./sys/socket_address.ts";
import { TCP_ESTABLISHED } from "./sys/socket_options.ts";

const TCPV4 = INET_PROTOCOLS["TCP"]!;
const TCPV6 = INET_PROTOCOLS["TCPv6"]!;
const UDPV4 = INET_PROTOCOLS["UDP"]!;
const UDPV6 = INET_PROTOCOLS["UDPv6"]!;
const MPTCP = INET_PROTOCOLS["MPTCP"]!.diag!;

/**
 * The time for which a dump is used: this many milliseconds, or `KEPT_TIMES` times the time that
 * the dump took if that is longer.
 */
const KEPT_MS = 100;
const KEPT_TIMES = 10;

/**
 * A recent snapshot of the TCP, UDP and UNIX-domain sockets in this process's network namespace. If
 * there are many sockets, the kernel needs much longer to report them one by one.
 */
export class SocketDump {
  readonly #fs: ProcFs;
  readonly #diag: SockDiag;
  readonly #tcp = new InetTable();
  readonly #udp4 = new InetTable();
  readonly #udp6 = new InetTable();
  readonly #multipath = new InetTable();
  readonly #unix = new UnixTable();
  readonly #fields = new Uint32Array(UNIX_DIAG.size);
  readonly #other = new Uint32Array(UNIX_DIAG.size);
  #until = 0;

  constructor({ fs, libc }: World) {
    this.#fs = fs;
    this.#diag = sockDiag(libc, openSocketCalls(libc.more));
  }

  /**
   * Reads the sockets, unless the last dump is still recent. Returns 0 or a negated Darwin errno.
   */
  refresh(): DarwinAnswer {
    const start = performance.now();
    if (start < this.#until) return 0;
    for (
      const table of [this.#tcp, this.#udp4, this.#udp6, this.#multipath, this.#unix]
    ) table.clear();
    const diag = this.#diag;
    const isUsed = usedProtocols(this.#fs);
    const error = diag.dumpTcp(this.#tcp) ||
      diag.dump(AF_INET, UDPV4.diag!, this.#udp4) ||
      diag.dump(AF_INET6, UDPV6.diag!, this.#udp6) ||
      // The TCP tables also list the sockets of multipath TCP.
      (isUsed("MPTCP") && diag.dump(AF_INET, MPTCP, this.#multipath)) ||
      (isUsed("MPTCPv6") && diag.dump(AF_INET6, MPTCP, this.#multipath)) ||
      diag.dumpUnix(this.#unix);
    const end = performance.now();
    this.#until = end + Math.max(KEPT_MS, (end - start) * KEPT_TIMES);
    return converted(error);
  }

  /**
   * Writes a socket from the dump. Returns false if the socket itself has to be queried, as the
   * dump lacks it or a part of it.
   */
  write(to: SocketWriter, inode: number): boolean {
    return this.#writeInet(to, inode) || this.#writeUnix(to, inode);
  }

  #writeInet(to: SocketWriter, inode: number): boolean {
    const tcp = this.#tcp.find(inode);
    if (tcp >= 0) {
      if (this.#multipath.find(inode) >= 0) return false;
      const { block } = this.#tcp;
      const isV6 = block.bytes[tcp + INET_RECORD.family] === AF_INET6;
      inetSocket(to, isV6 ? TCPV6 : TCPV4, block, tcp);
      return true;
    }
    const udp4 = this.#udp4.find(inode);
    if (udp4 >= 0) inetSocket(to, UDPV4, this.#udp4.block, udp4);
    const udp6 = udp4 >= 0 ? -1 : this.#udp6.find(inode);
    if (udp6 >= 0) inetSocket(to, UDPV6, this.#udp6.block, udp6);
    return udp4 >= 0 || udp6 >= 0;
  }

  #writeUnix(to: SocketWriter, inode: number): boolean {
    const fields = this.#fields;
    const table = this.#unix;
    if (!table.read(inode, fields)) return false;
    const peer = fields[UNIX_DIAG.peer]!;
    // The socket itself reports the name of a peer that was closed, or is not accepted yet.
    if (peer === 0 && fields[UNIX_DIAG.state] === TCP_ESTABLISHED) return false;
    // The peer may be in another network namespace.
    const other = this.#other;
    if (peer !== 0 && !table.read(peer, other)) return false;
    unixSocket(to, inode, fields, table.block);
    if (peer !== 0) unixName(to, true, other, table.block);
    return true;
  }
}
