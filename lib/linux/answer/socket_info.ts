import { INI_IPV4 } from "../../abi/in_sockinfo.ts";
import {
  SOI_S_ASYNC,
  SOI_S_ISCONNECTED,
  SOI_S_ISCONNECTING,
  SOI_S_NBIO,
} from "../../abi/socket_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { findTableLine, findUnixLine, UNIX_LINE } from "../parse/net.ts";
import { FD, type FoundDescriptor, O_ASYNC, O_NONBLOCK, O_PATH } from "../proc/descriptor.ts";
import { duplicate } from "../proc/duplicate.ts";
import { procFile } from "../proc/proc_fs.ts";
import { refused } from "../proc/process.ts";
import {
  INET_PROTOCOLS,
  type InetProtocol,
  OTHER_PROTOCOLS,
  socketTables,
} from "../proc/socket_tables.ts";
import type { World } from "../proc/world.ts";
import { converted, type DarwinAnswer, type LinuxAnswer, toDarwin } from "../sys/errno.ts";
import { isShortage, sockDiag } from "../sys/netlink.ts";
import { INET_RECORD, UNIX_DIAG } from "../sys/sock_diag.ts";
import { FIONREAD, SIOCGIFNAME, type SocketCalls, TIOCOUTQ } from "../sys/socket.ts";
import {
  ADDRESS_SIZE,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  ifreq,
  sockaddr,
  sockaddrIn,
  sockaddrIn6,
  sockaddrLl,
  sockaddrVm,
  SUN_PATH_MAX,
} from "../sys/socket_address.ts";
import {
  IP_TOS,
  IP_TTL,
  IPPROTO_MPTCP,
  IPV6_CHECKSUM,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  linger,
  MPTCP_INFO,
  mptcpInfo,
  SK_MEMINFO,
  SO_ACCEPTCONN,
  SO_BINDTOIFINDEX,
  SO_BROADCAST,
  SO_COOKIE,
  SO_DEBUG,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MEMINFO,
  SO_OOBINLINE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SO_TIMESTAMP,
  SO_TYPE,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_MPTCP,
  SOL_RAW,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CLOSE,
  TCP_INFO,
  TCP_LISTEN,
  TCP_SYN_SENT,
  tcpInfo,
} from "../sys/socket_options.ts";
import { timeval } from "../sys/time.ts";
import {
  inetQueues,
  inetSocket,
  NO_CHECKSUM,
  NO_PORT,
  receivingIn,
  sendingIn,
  socketMemory,
  unixName,
  unixQueues,
  unixSocket,
  XNU_ACCEPTCONN,
} from "./socket_record.ts";
import { type SocketWriter, socketWriter } from "./socket_writer.ts";

// XNU's options, by the numbers in `soi_options` (bsd/sys/socket.h).
const XNU_DEBUG = 0x1;
const XNU_REUSEADDR = 0x4;
const XNU_KEEPALIVE = 0x8;
const XNU_DONTROUTE = 0x10;
const XNU_BROADCAST = 0x20;
const XNU_LINGER = 0x80;
const XNU_OOBINLINE = 0x100;
const XNU_REUSEPORT = 0x200;
const XNU_TIMESTAMP = 0x400;

/** The low-water mark of the send buffer, which the kernel reports as 1 for every socket. */
const SNDLOWAT = 1;
const SS_CONNECTING = 2;
const SS_CONNECTED = 3;

const PROTOCOL_NAME = new TextEncoder().encode("system.sockprotoname\0");
const NET_UNIX = procFile("net/unix");
const NET_NETLINK = procFile("net/netlink");
const NET_PACKET = procFile("net/packet");
/** The index of the hexadecimal column of `net/packet`. */
const PACKET_PROTOCOL = 3;
const AT_SIGN = 0x40;
const MICROSECONDS = 1e6;
const TCPV4 = INET_PROTOCOLS["TCP"]!;
const TCPV6 = INET_PROTOCOLS["TCPv6"]!;

/** Writes the `struct socket_fdinfo` of the descriptor that was found last. */
export interface SocketAnswer {
  /** The writer of the struct. */
  readonly to: SocketWriter;
  /** The struct. */
  readonly block: Block;
  /** Begins the struct with the facts about the open file. Returns 0 or a negated errno. */
  begin(): DarwinAnswer;
  /** Writes the socket. Returns 0 or a negated errno. */
  describe(): DarwinAnswer;
  /** Does both. Returns 0 or a negated errno. */
  write(): DarwinAnswer;
}

/**
 * Returns the writer for `PROC_PIDFDSOCKETINFO`.
 *
 * It duplicates the socket into this process and queries the duplicate, which takes the least time
 * and works in every network namespace. The queries must not change the socket. `SO_ERROR` is never
 * read, as that clears the error for the owner. Nothing is received, not even with `MSG_PEEK`. Only
 * sockets are duplicated, as closing a file would release the locks that this process has on it.
 *
 * If the kernel refuses a duplicate, the tables of sockets have most of the facts.
 */
export function socketAnswer(
  { fs, libc }: World,
  calls: SocketCalls,
  descriptors: FoundDescriptor,
): SocketAnswer {
  const to = socketWriter();
  const diag = sockDiag(libc, calls);
  const tables = socketTables(fs, diag);
  const value = block(256);
  const length = new Int32Array(new ArrayBuffer(4));
  const local = block(ADDRESS_SIZE);
  const remote = block(ADDRESS_SIZE);
  const interfaceName = new Uint8Array(new ArrayBuffer(16));
  const protocolName = new Uint8Array(new ArrayBuffer(64));
  const protocolNameSize = BigInt(protocolName.byteLength);
  const line = new Uint32Array(UNIX_LINE.size);
  const { sa_data } = offsetsOf(sockaddr);
  const { sin_port, sin_addr } = offsetsOf(sockaddrIn);
  const { sin6_addr } = offsetsOf(sockaddrIn6);
  const { svm_cid, svm_port } = offsetsOf(sockaddrVm);
  const { sll_protocol, sll_ifindex, sll_hatype } = offsetsOf(sockaddrLl);
  const { ifr_name, ifr_ifindex } = offsetsOf(ifreq);
  const tcpi = offsetsOf(tcpInfo);
  const mptcpi = offsetsOf(mptcpInfo);
  const { tv_sec, tv_usec } = offsetsOf(timeval);
  const { l_onoff, l_linger } = offsetsOf(linger);
  const columns = new Float64Array(10);
  /** Returns the places of the addresses of both sides, in `local` and `remote`. */
  const sides = (port: number, address: number) => ({
    here: { bytes: local.bytes, port, address },
    there: { bytes: remote.bytes, port, address },
  });
  const endpoints = { v4: sides(sin_port, sin_addr), v6: sides(sin_port, sin6_addr) };
  // Raw sockets have the protocol in place of the port.
  const rawEndpoints = { v4: sides(NO_PORT, sin_addr), v6: sides(NO_PORT, sin6_addr) };
  let localLength = 0, remoteLength = 0;
  let receiving = 0, sending = 0;

  /** Reads an option into `value`. Returns its size in bytes, or a negated errno. */
  function option(fd: number, level: number, name: number, size: number): LinuxAnswer {
    length[0] = size;
    const error = calls.getsockopt(fd, level, name, value.bytes, length);
    return error < 0 ? error : length[0]!;
  }

  /** Returns the value of a numeric option; 0 if the socket does not have it. */
  function number(fd: number, level: number, name: number): number {
    return option(fd, level, name, 4) < 4 ? 0 : value.view.getInt32(0, true);
  }

  /** Returns a timeout, in seconds. */
  function timeout(fd: number, name: number): number {
    if (option(fd, SOL_SOCKET, name, timeval.size) < timeval.size) return 0;
    const { view } = value;
    return view.getUint32(tv_sec, true) + view.getUint32(tv_usec, true) / MICROSECONDS;
  }

  /** Writes everything that is known about the socket `fd` of this process. */
  function describe(fd: number): DarwinAnswer {
    const { inode } = descriptors;
    const type = option(fd, SOL_SOCKET, SO_TYPE, 4);
    if (type < 0) return toDarwin(type);
    const kind = value.view.getInt32(0, true);
    length[0] = ADDRESS_SIZE;
    localLength = calls.getsockname(fd, local.bytes, length) < 0 ? 0 : length[0]!;
    length[0] = ADDRESS_SIZE;
    remoteLength = calls.getpeername(fd, remote.bytes, length) < 0 ? 0 : length[0]!;
    const family = localLength >= sa_data
      ? local.view.getUint16(0, true)
      : number(fd, SOL_SOCKET, SO_DOMAIN);
    // A packet socket has its protocol in its address.
    const protocol = family === AF_PACKET
      ? local.view.getUint16(sll_protocol, false)
      : number(fd, SOL_SOCKET, SO_PROTOCOL);
    to.socket(inode, family, kind, protocol);
    const options = describeOptions(fd);
    describeBuffers(fd);
    switch (family) {
      case AF_INET:
      case AF_INET6:
        return describeInet(fd, family === AF_INET6, kind, protocol, options);
      case AF_UNIX:
        return describeUnix();
      case AF_VSOCK:
        describeVsock();
        break;
      case AF_PACKET:
        return describePacket(fd);
    }
    if (remoteLength > 0 && family !== AF_NETLINK) to.addState(SOI_S_ISCONNECTED);
    to.queued(receiving, sending);
    return 0;
  }

  function describeOptions(fd: number): number {
    let options = 0;
    for (let i = 0; i < OPTIONS.length; i += 2) {
      if (number(fd, SOL_SOCKET, OPTIONS[i]!) !== 0) options |= OPTIONS[i + 1]!;
    }
    let seconds = 0;
    if (option(fd, SOL_SOCKET, SO_LINGER, linger.size) === linger.size) {
      if (value.view.getInt32(l_onoff, true) !== 0) options |= XNU_LINGER;
      seconds = value.view.getInt32(l_linger, true);
    }
    to.options(options, seconds);
    to.lowWater(number(fd, SOL_SOCKET, SO_RCVLOWAT), SNDLOWAT);
    to.timeouts(timeout(fd, SO_RCVTIMEO), timeout(fd, SO_SNDTIMEO));
    return options;
  }

  /**
   * Writes the limits of the buffers and the memory that they take. The latter is also kept as the
   * number of bytes in the queues.
   */
  function describeBuffers(fd: number): void {
    if (option(fd, SOL_SOCKET, SO_MEMINFO, SK_MEMINFO.size) === SK_MEMINFO.size) {
      receiving = receivingIn(value.view, 0);
      sending = sendingIn(value.view, 0);
      socketMemory(to, value.view, 0);
      return;
    }
    receiving = sending = 0;
    to.limits(number(fd, SOL_SOCKET, SO_RCVBUF), 0, number(fd, SOL_SOCKET, SO_SNDBUF), 0);
  }

  function describeInet(
    fd: number,
    v6: boolean,
    type: number,
    protocol: number,
    options: number,
  ): DarwinAnswer {
    const { v4, v6: six } = type === SOCK_RAW ? rawEndpoints : endpoints;
    const { here, there } = v6 ? six : v4;
    const connected = remoteLength > 0;
    const dual = v6 && number(fd, SOL_IPV6, IPV6_V6ONLY) === 0;
    const flags = to.inet(v6, here, connected ? there : null, dual);
    if (option(fd, SOL_SOCKET, SO_COOKIE, 8) === 8) {
      to.generation(value.view.getUint32(0, true), value.view.getUint32(4, true));
    }
    if (flags & INI_IPV4) to.v4(number(fd, SOL_IP, IP_TTL), number(fd, SOL_IP, IP_TOS));
    if (v6) {
      const hops = number(fd, SOL_IPV6, IPV6_UNICAST_HOPS);
      const checksum = type === SOCK_RAW ? number(fd, SOL_RAW, IPV6_CHECKSUM) : NO_CHECKSUM;
      to.v6(hops, checksum);
    }
    to.interfaceIndex(number(fd, SOL_SOCKET, SO_BINDTOIFINDEX));
    if (protocol === IPPROTO_MPTCP) return describeMptcp(fd, v6);
    if (type === SOCK_STREAM && option(fd, SOL_TCP, TCP_INFO, tcpInfo.size) === tcpInfo.size) {
      return describeTcp(options);
    }
    if (connected) to.addState(SOI_S_ISCONNECTED);
    to.queued(receiving, sending);
    return 0;
  }

  /** Writes the rest of a multipath TCP socket, which consists of several TCP sockets. */
  function describeMptcp(fd: number, v6: boolean): DarwinAnswer {
    const { inode } = descriptors;
    // A TCP query would create a TCP socket in a socket that is neither bound nor connected.
    const isIdle = remoteLength === 0 && local.view.getUint16(sin_port, true) === 0;
    if (isIdle || option(fd, SOL_TCP, TCP_INFO, tcpInfo.size) !== tcpInfo.size) {
      to.tcp(inode, TCP_CLOSE, 0);
      return 0;
    }
    const mss = value.view.getUint32(tcpi.tcpi_snd_mss, true);
    let state = value.view.getUint8(tcpi.tcpi_state);
    if (state === TCP_LISTEN) return describeTcp(0);
    // The connection continues even if its first TCP socket has ended.
    if (option(fd, SOL_MPTCP, MPTCP_INFO, mptcpInfo.size) === mptcpInfo.size) {
      const found = diag.mptcp(v6, value.view.getUint32(mptcpi.mptcpi_token, true), inode);
      if (found < 0) return toDarwin(found);
      if (found > 0) state = diag.record.view.getUint8(INET_RECORD.state);
    }
    to.tcp(inode, state, mss);
    to.queued(bytesQueued(fd, FIONREAD) ?? receiving, bytesQueued(fd, TIOCOUTQ) ?? sending);
    return 0;
  }

  /** Returns the number of bytes in a queue; undefined if the socket does not count them. */
  function bytesQueued(fd: number, request: bigint): number | undefined {
    return calls.ioctl(fd, request, value.bytes) < 0 ? undefined : value.view.getInt32(0, true);
  }

  /** Writes the rest of a TCP socket from the `struct tcp_info` in `value`. */
  function describeTcp(options: number): DarwinAnswer {
    const { inode, task } = descriptors;
    const state = value.view.getUint8(tcpi.tcpi_state);
    const mss = value.view.getUint32(tcpi.tcpi_snd_mss, true);
    to.tcp(inode, state, mss);
    if (state === TCP_LISTEN) {
      to.queue(
        value.view.getUint32(tcpi.tcpi_unacked, true),
        value.view.getUint32(tcpi.tcpi_sacked, true),
      );
      return 0;
    }
    // If the queues are empty and no timer runs, the tables report nothing more.
    const idle = receiving === 0 && sending === 0 && (options & XNU_KEEPALIVE) === 0;
    if (idle || state === TCP_CLOSE) return 0;
    const found = remoteLength > 0 ? diag.tcp(local.bytes, remote.bytes, inode) : 0;
    if (found < 0) return toDarwin(found);
    if (found > 0) {
      inetQueues(to, diag.record.view, 0);
      return 0;
    }
    const of = local.view.getUint16(0, true) === AF_INET6 ? TCPV6 : TCPV4;
    const at = tables.find(of, descriptors.pid, descriptors.fd, task, inode, remoteLength > 0);
    if (at < 0) {
      to.queued(receiving, sending);
      return at === -ERRNO.EPERM ? 0 : at;
    }
    const { bytes, view } = tables.block;
    inetQueues(to, view, at);
    // A socket does not report the address to which it is connecting.
    if (state === TCP_SYN_SENT) {
      const { here } = of.v6 ? endpoints.v6 : endpoints.v4;
      const there = { bytes, port: at + INET_RECORD.dport, address: at + INET_RECORD.dst };
      to.inet(of.v6, here, there, false);
      to.tcp(inode, state, mss);
    }
    return 0;
  }

  function describeUnix(): DarwinAnswer {
    // Options report neither the peer nor the number of waiting connections.
    const found = diag.unix(descriptors.inode);
    if (found < 0) return toDarwin(found);
    to.unix(found > 0 ? diag.unixFields[UNIX_DIAG.peer]! : 0);
    to.unixAddress(false, local.bytes, sa_data, localLength - sa_data);
    to.unixAddress(true, remote.bytes, sa_data, remoteLength - sa_data);
    if (remoteLength > 0) to.addState(SOI_S_ISCONNECTED);
    if (found > 0) unixQueues(to, diag.unixFields);
    return 0;
  }

  function describeVsock(): void {
    const { view: here } = local;
    const { view: there } = remote;
    const connected = remoteLength > 0;
    to.vsock(
      here.getUint32(svm_cid, true),
      here.getUint32(svm_port, true),
      connected ? there.getUint32(svm_cid, true) : 0,
      connected ? there.getUint32(svm_port, true) : 0,
    );
  }

  /**
   * Writes the rest of a packet socket. The socket itself reports the name of the interface, as it
   * is in the right network namespace.
   */
  function describePacket(fd: number): DarwinAnswer {
    const index = local.view.getInt32(sll_ifindex, true);
    interfaceName.fill(0);
    if (index > 0 && localLength > 0) {
      value.view.setInt32(ifr_ifindex, index, true);
      if (calls.ioctl(fd, SIOCGIFNAME, value.bytes) >= 0) {
        interfaceName.set(value.bytes.subarray(ifr_name, ifr_name + interfaceName.length));
      }
    }
    to.packet(local.view.getUint16(sll_hatype, true), interfaceName);
    to.queued(receiving, sending);
    return 0;
  }

  /** Writes a socket that may not be duplicated, with the values of the tables of sockets. */
  function describeFromOutside(): DarwinAnswer {
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    const path = fs.path(descriptors.task, FD, descriptors.fd);
    const size = calls.getxattr(path, PROTOCOL_NAME, protocolName, protocolNameSize);
    if (size < 0) return toDarwin(size) === -ERRNO.ENOENT ? descriptors.gone() : -ERRNO.EPERM;
    // A NUL follows the name. The cost of a string is small here: the rest takes much longer.
    const name = String.fromCharCode(...protocolName.subarray(0, size - 1));
    const inet = INET_PROTOCOLS[name];
    if (inet !== undefined) return tableInet(inet);
    const transport = OTHER_PROTOCOLS[name];
    switch (transport) {
      case "unix":
        return tableUnix();
      case "netlink":
        return tableNetlink();
      case "packet":
        return tablePacket();
      case "vsock":
      case undefined:
        // These sockets are not in any table.
        return -ERRNO.EPERM;
      default:
        return transport satisfies never;
    }
  }

  function tableInet(of: InetProtocol): DarwinAnswer {
    const { inode, task } = descriptors;
    const at = tables.find(of, descriptors.pid, descriptors.fd, task, inode, false);
    if (at < 0) return at;
    inetSocket(to, of, tables.block, at);
    return 0;
  }

  function tableUnix(): DarwinAnswer {
    const { inode } = descriptors;
    const found = diag.unix(inode);
    if (found < 0) return toDarwin(found);
    if (found === 0) return fileUnix();
    const { unixFields: fields, message } = diag;
    const peer = fields[UNIX_DIAG.peer]!;
    unixSocket(to, inode, fields, message);
    if (peer === 0) return 0;
    const other = diag.unix(peer);
    if (other <= 0) return converted(other);
    unixName(to, true, fields, message);
    return 0;
  }

  function fileUnix(): DarwinAnswer {
    const { inode, task } = descriptors;
    const size = fs.readAll(task, NET_UNIX);
    if (size < 0) return size === -ERRNO.ESRCH ? -ERRNO.EPERM : refused(size);
    if (findUnixLine(fs.text, size, inode, line) !== 1) return -ERRNO.EPERM;
    to.socket(inode, AF_UNIX, line[UNIX_LINE.type]!, 0);
    to.unix(0);
    if (line[UNIX_LINE.listens] !== 0) to.options(XNU_ACCEPTCONN, 0);
    const state = line[UNIX_LINE.state];
    if (state === SS_CONNECTED) to.addState(SOI_S_ISCONNECTED);
    if (state === SS_CONNECTING) to.addState(SOI_S_ISCONNECTING);
    const name = line[UNIX_LINE.name]!;
    const nameLength = line[UNIX_LINE.name_length]!;
    if (nameLength > 0 && fs.text[name] === AT_SIGN) fs.text[name] = 0;
    to.unixAddress(false, fs.text, name, Math.min(nameLength, SUN_PATH_MAX));
    return 0;
  }

  function tableNetlink(): DarwinAnswer {
    const { inode, task } = descriptors;
    const size = fs.readAll(task, NET_NETLINK);
    if (size < 0) return size === -ERRNO.ESRCH ? -ERRNO.EPERM : refused(size);
    if (!findTableLine(fs.text, size, inode, columns)) return -ERRNO.EPERM;
    // The table does not report the type, which makes no difference to the kernel.
    to.socket(inode, AF_NETLINK, 0, columns[1]!);
    to.queued(columns[4]!, columns[5]!);
    return 0;
  }

  function tablePacket(): DarwinAnswer {
    const { inode, task } = descriptors;
    const size = fs.readAll(task, NET_PACKET);
    if (size < 0) return size === -ERRNO.ESRCH ? -ERRNO.EPERM : refused(size);
    if (!findTableLine(fs.text, size, inode, columns, PACKET_PROTOCOL)) return -ERRNO.EPERM;
    to.socket(inode, AF_PACKET, columns[2]!, columns[PACKET_PROTOCOL]!);
    interfaceName.fill(0);
    to.packet(0, interfaceName);
    to.queued(columns[6]!, 0);
    return 0;
  }

  /** Writes the socket of the descriptor that was found. */
  function describeFound(): DarwinAnswer {
    // `pidfd_open()` takes only pids of the caller's own namespace. For all system calls, a
    // descriptor that was opened with `O_PATH` is not a socket.
    if (!fs.local || (descriptors.flags & O_PATH) !== 0) return describeFromOutside();
    const copy = duplicate(libc, calls, descriptors.pid, descriptors.task, descriptors.fd);
    if (copy >= 0) {
      const error = describe(copy);
      libc.close(copy);
      return error;
    }
    const error = toDarwin(copy);
    if (error === -ERRNO.ESRCH || error === -ERRNO.EBADF) return descriptors.gone();
    return isShortage(copy) ? error : describeFromOutside();
  }

  /** Clears the struct, and writes the facts about the open file. */
  function begin(): DarwinAnswer {
    to.clear();
    const error = descriptors.fileInfo(to.block.view);
    if (error < 0) return error;
    const { flags } = descriptors;
    to.addState((flags & O_NONBLOCK ? SOI_S_NBIO : 0) | (flags & O_ASYNC ? SOI_S_ASYNC : 0));
    return 0;
  }

  return {
    to,
    block: to.block,
    begin,
    describe: describeFound,
    write: () => begin() || describeFound(),
  };
}

/** The numeric options of Linux, each followed by the bit that XNU has for it. */
const OPTIONS: readonly number[] = [
  [SO_DEBUG, XNU_DEBUG],
  [SO_ACCEPTCONN, XNU_ACCEPTCONN],
  [SO_REUSEADDR, XNU_REUSEADDR],
  [SO_KEEPALIVE, XNU_KEEPALIVE],
  [SO_DONTROUTE, XNU_DONTROUTE],
  [SO_BROADCAST, XNU_BROADCAST],
  [SO_OOBINLINE, XNU_OOBINLINE],
  [SO_REUSEPORT, XNU_REUSEPORT],
  [SO_TIMESTAMP, XNU_TIMESTAMP],
].flat();
