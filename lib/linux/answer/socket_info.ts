import { PROX_FDTYPE_SOCKET } from "../../abi/fd_info.ts";
import { INI_IPV4 } from "../../abi/in_sockinfo.ts";
import { PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE } from "../../abi/pid_fd_info.ts";
import {
  SOI_S_ASYNC,
  SOI_S_CANTRCVMORE,
  SOI_S_CANTSENDMORE,
  SOI_S_ISCONNECTED,
  SOI_S_ISCONNECTING,
  SOI_S_NBIO,
} from "../../abi/socket_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { toDarwin } from "../sys/errno.ts";
import type { SocketCalls } from "../sys/socket.ts";
import { isShortage, sockDiag } from "../sys/netlink.ts";
import { findTableLine, findUnixLine, UNIX_LINE } from "../parse/net.ts";
import { INET_RECORD, UNIX_DIAG } from "../parse/sock_diag.ts";
import { procFile } from "../proc/proc_fs.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { type Descriptors, FD, fdOf, O_ASYNC, O_NONBLOCK } from "../proc/descriptor.ts";
import { refused } from "../proc/living.ts";
import { INET_PROTOCOLS, type InetProtocol, socketTables } from "../proc/socket_tables.ts";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  socketWriter,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_LISTEN,
  TCP_SYN_SENT,
} from "./socket_writer.ts";

// Levels and names of options (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h).
const SOL_SOCKET = 1;
const SO_DEBUG = 1;
const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const SO_DONTROUTE = 5;
const SO_BROADCAST = 6;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_KEEPALIVE = 9;
const SO_OOBINLINE = 10;
const SO_LINGER = 13;
const SO_REUSEPORT = 15;
const SO_RCVLOWAT = 18;
/** What the kernel answers for every socket when it is asked. */
const SNDLOWAT = 1;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const SO_TIMESTAMP = 29;
const SO_ACCEPTCONN = 30;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;
const SO_MEMINFO = 55;
const SO_COOKIE = 57;
const SO_NETNS_COOKIE = 71;
const SOL_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const SOL_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const SOL_RAW = 255;
const IPV6_CHECKSUM = 7;
const SOL_TCP = 6;
const TCP_INFO = 11;

// XNU's options, by the numbers in `soi_options` (bsd/sys/socket.h).
const XNU_DEBUG = 0x1;
const XNU_ACCEPTCONN = 0x2;
const XNU_REUSEADDR = 0x4;
const XNU_KEEPALIVE = 0x8;
const XNU_DONTROUTE = 0x10;
const XNU_BROADCAST = 0x20;
const XNU_LINGER = 0x80;
const XNU_OOBINLINE = 0x100;
const XNU_REUSEPORT = 0x200;
const XNU_TIMESTAMP = 0x400;

// Numbers of SK_MEMINFO_*, in bytes.
const SK_MEMINFO = { rmem: 0, rcvbuf: 4, wmem: 8, sndbuf: 12, wqueued: 20, size: 36 };

// struct tcp_info, as far as it is read.
const TCPI_STATE = 0;
const TCPI_SND_MSS = 16;
const TCPI_UNACKED = 24;
const TCPI_SACKED = 28;
const TCPI_READ = 32;

const ADDRESS = 128;
// struct sockaddr_in, sockaddr_in6, sockaddr_vm and sockaddr_ll.
const SA_DATA = 2;
const SIN_PORT = 2;
const SIN_ADDR = 4;
const SIN6_ADDR = 8;
const SIN6_SCOPE_ID = 24;
const SVM_PORT = 4;
const SVM_CID = 8;
const SLL_IFINDEX = 4;
const SLL_HATYPE = 8;

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_DGRAM_CLOEXEC = SOCK_DGRAM | 0o2000000;
const SHUT_RECEIVING = 1;
const SHUT_SENDING = 2;
const SS_CONNECTING = 2;
const SS_CONNECTED = 3;

/** Asks for a descriptor that stands for a thread. */
const PIDFD_THREAD = 0o200;

const PROTOCOL_NAME = new TextEncoder().encode("system.sockprotoname\0");
const NET_UNIX = procFile("net/unix");
const NET_NETLINK = procFile("net/netlink");
const NET_PACKET = procFile("net/packet");
const AT_SIGN = 0x40;
const NO_CHECKSUM = -1;
const NO_PORT = -1;
const MICROSECONDS = 1e6;
/** The most bytes of an address on Linux. */
const SUN_PATH_MAX = 108;
/** Linux's number for a call that the C library lacks. */
const LINUX_ENOSYS = 38;
const TCPV4 = INET_PROTOCOLS["TCP"]!;
const TCPV6 = INET_PROTOCOLS["TCPv6"]!;

/**
 * Answers `PROC_PIDFDSOCKETINFO`.
 *
 * The socket is duplicated into this process and asked itself, which is the cheapest way and works in
 * every network namespace. It must leave no trace there: `SO_ERROR` is never read, as that takes the
 * error away from its owner, and nothing is received, not even with `MSG_PEEK`. Only sockets are
 * duplicated: closing a file would end the locks that this process has on it.
 *
 * Where the kernel refuses a duplicate, the tables of sockets tell most of it.
 */
export function socketInfoOf(
  { fs, libc }: World,
  calls: SocketCalls,
  descriptors: Descriptors,
): Flavors {
  const to = socketWriter();
  const diag = sockDiag(libc, calls);
  const tables = socketTables(fs, diag);
  const value = block(256);
  const length = new Int32Array(new ArrayBuffer(4));
  const local = block(ADDRESS);
  const remote = block(ADDRESS);
  const interfaceName = new Uint8Array(new ArrayBuffer(16));
  const protocolName = new Uint8Array(new ArrayBuffer(64));
  const protocolNameSize = BigInt(protocolName.byteLength);
  const line = new Uint32Array(UNIX_LINE.size);
  const columns = new Float64Array(10);
  /** Where the addresses of both sides are in `local` and `remote`. */
  const sides = (port: number, address: number) => ({
    here: { bytes: local.bytes, port, address },
    there: { bytes: remote.bytes, port, address },
  });
  const endpoints = { v4: sides(SIN_PORT, SIN_ADDR), v6: sides(SIN_PORT, SIN6_ADDR) };
  // Where others have the port is the protocol.
  const rawEndpoints = { v4: sides(NO_PORT, SIN_ADDR), v6: sides(NO_PORT, SIN6_ADDR) };
  const asked = { pid: 0, fd: 0 };
  let localLength = 0, remoteLength = 0;
  let receiving = 0, sending = 0;

  /** Reads an option into `value`; returns how many bytes it has, or a negated errno. */
  function option(fd: number, level: number, name: number, size: number): number {
    length[0] = size;
    const error = calls.getsockopt(fd, level, name, value.bytes, length);
    return error < 0 ? error : length[0]!;
  }

  /** Reads an option that is one number; 0 where the socket has no such option. */
  function number(fd: number, level: number, name: number): number {
    return option(fd, level, name, 4) < 4 ? 0 : value.view.getInt32(0, true);
  }

  /** Reads a time-out, in seconds. */
  function timeout(fd: number, name: number): number {
    if (option(fd, SOL_SOCKET, name, 16) < 16) return 0;
    return value.view.getUint32(0, true) + value.view.getUint32(8, true) / MICROSECONDS;
  }

  /** Duplicates a descriptor into this process; returns it, or a negated errno of Linux. */
  function duplicate(pid: number, fd: number): number {
    const { task } = descriptors;
    const pidfd = calls.pidfdOpen(task, task === pid ? 0 : PIDFD_THREAD);
    if (pidfd < 0) return pidfd;
    const copy = calls.pidfdGetfd(pidfd, fd);
    libc.close(pidfd);
    return copy;
  }

  /** Writes all that is known of the socket `fd` of this process. */
  function describe(fd: number): number {
    const { inode } = descriptors;
    const type = option(fd, SOL_SOCKET, SO_TYPE, 4);
    if (type < 0) return toDarwin(type);
    const kind = value.view.getInt32(0, true);
    const protocol = number(fd, SOL_SOCKET, SO_PROTOCOL);
    length[0] = ADDRESS;
    localLength = calls.getsockname(fd, local.bytes, length) < 0 ? 0 : length[0]!;
    length[0] = ADDRESS;
    remoteLength = calls.getpeername(fd, remote.bytes, length) < 0 ? 0 : length[0]!;
    const family = localLength >= SA_DATA
      ? local.view.getUint16(0, true)
      : number(fd, SOL_SOCKET, SO_DOMAIN);
    to.socket(inode, family, kind, protocol);
    const options = describeOptions(fd);
    describeBuffers(fd);
    switch (family) {
      case AF_INET:
      case AF_INET6:
        return describeInet(fd, family === AF_INET6, kind, options);
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
    let linger = 0;
    if (option(fd, SOL_SOCKET, SO_LINGER, 8) === 8) {
      if (value.view.getInt32(0, true) !== 0) options |= XNU_LINGER;
      linger = value.view.getInt32(4, true);
    }
    to.options(options, linger);
    to.lowWater(number(fd, SOL_SOCKET, SO_RCVLOWAT), SNDLOWAT);
    to.timeouts(timeout(fd, SO_RCVTIMEO), timeout(fd, SO_SNDTIMEO));
    return options;
  }

  /** Writes what the buffers may hold and the memory they take, which is kept for what is in them. */
  function describeBuffers(fd: number): void {
    if (option(fd, SOL_SOCKET, SO_MEMINFO, SK_MEMINFO.size) === SK_MEMINFO.size) {
      memory(value.view, 0);
      return;
    }
    receiving = sending = 0;
    to.limits(number(fd, SOL_SOCKET, SO_RCVBUF), 0, number(fd, SOL_SOCKET, SO_SNDBUF), 0);
  }

  function memory(from: DataView, start: number): void {
    receiving = from.getUint32(start + SK_MEMINFO.rmem, true);
    // What TCP has queued is counted apart from what the network has of it.
    sending = from.getUint32(start + SK_MEMINFO.wqueued, true) ||
      from.getUint32(start + SK_MEMINFO.wmem, true);
    to.limits(
      from.getUint32(start + SK_MEMINFO.rcvbuf, true),
      receiving,
      from.getUint32(start + SK_MEMINFO.sndbuf, true),
      sending,
    );
  }

  function describeInet(fd: number, v6: boolean, type: number, options: number): number {
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
      to.v6(hops, checksum, local.view.getUint32(SIN6_SCOPE_ID, true));
    }
    if (type === SOCK_STREAM && option(fd, SOL_TCP, TCP_INFO, TCPI_READ) === TCPI_READ) {
      return describeTcp(options);
    }
    if (connected) to.addState(SOI_S_ISCONNECTED);
    to.queued(receiving, sending);
    return 0;
  }

  /** Goes on with the `struct tcp_info` in `value`. */
  function describeTcp(options: number): number {
    const { inode, task } = descriptors;
    const state = value.view.getUint8(TCPI_STATE);
    const mss = value.view.getUint32(TCPI_SND_MSS, true);
    to.tcp(inode, state, mss);
    if (state === TCP_LISTEN) {
      to.queue(value.view.getUint32(TCPI_UNACKED, true), value.view.getUint32(TCPI_SACKED, true));
      return 0;
    }
    // Nothing queued, and no timer: the tables have no more to tell.
    const idle = receiving === 0 && sending === 0 && (options & XNU_KEEPALIVE) === 0;
    if (idle || state === TCP_CLOSE) return 0;
    const found = remoteLength > 0 ? diag.tcp(local.bytes, remote.bytes, inode) : 0;
    if (found < 0) return found;
    if (found > 0) {
      describeQueues(diag.record.view, 0);
      return 0;
    }
    const of = local.view.getUint16(0, true) === AF_INET6 ? TCPV6 : TCPV4;
    const at = tables.find(of, asked.pid, asked.fd, task, inode, remoteLength > 0);
    if (at < 0) {
      to.queued(receiving, sending);
      return at === -ERRNO.EPERM ? 0 : at;
    }
    const { bytes, view } = tables.block;
    describeQueues(view, at);
    // A socket does not tell whom it asks for a connection.
    if (state === TCP_SYN_SENT) {
      const { here } = of.v6 ? endpoints.v6 : endpoints.v4;
      const there = { bytes, port: at + INET_RECORD.dport, address: at + INET_RECORD.dst };
      to.inet(of.v6, here, there, false);
      to.tcp(inode, state, mss);
    }
    return 0;
  }

  /** Writes the exact bytes in the queues of a socket in a table, and its timer. */
  function describeQueues(from: DataView, start: number): void {
    const state = from.getUint8(start + INET_RECORD.state);
    const rqueue = from.getUint32(start + INET_RECORD.rqueue, true);
    const wqueue = from.getUint32(start + INET_RECORD.wqueue, true);
    // TCP counts the byte that the beginning or the end of its stream takes.
    to.queued(
      rqueue > 0 && ENDED.has(state) ? rqueue - 1 : rqueue,
      wqueue > 0 && MARKING.has(state) ? wqueue - 1 : wqueue,
    );
    to.timer(
      from.getUint8(start + INET_RECORD.timer),
      from.getUint32(start + INET_RECORD.expires, true),
    );
  }

  function describeUnix(): number {
    // No option says which socket is at the other end, nor how many connections wait.
    const found = diag.unix(descriptors.inode);
    if (found < 0) return found;
    to.unix(found > 0 ? diag.unixFields[UNIX_DIAG.peer]! : 0);
    to.unixAddress(false, local.bytes, SA_DATA, localLength - SA_DATA);
    to.unixAddress(true, remote.bytes, SA_DATA, remoteLength - SA_DATA);
    if (remoteLength > 0) to.addState(SOI_S_ISCONNECTED);
    if (found > 0) describeUnixQueues();
    return 0;
  }

  function describeUnixQueues(): void {
    const { unixFields: fields } = diag;
    const rqueue = fields[UNIX_DIAG.rqueue]!;
    const wqueue = fields[UNIX_DIAG.wqueue]!;
    if (fields[UNIX_DIAG.state] === TCP_LISTEN) to.queue(rqueue, wqueue);
    // What was sent is in the buffer of the other end, though the memory counts as ours.
    else to.queued(rqueue, 0);
    const shut = fields[UNIX_DIAG.shutdown]!;
    if (shut & SHUT_RECEIVING) to.addState(SOI_S_CANTRCVMORE);
    if (shut & SHUT_SENDING) to.addState(SOI_S_CANTSENDMORE);
  }

  function describeVsock(): void {
    const { view: here } = local;
    const { view: there } = remote;
    const connected = remoteLength > 0;
    to.vsock(
      here.getUint32(SVM_CID, true),
      here.getUint32(SVM_PORT, true),
      connected ? there.getUint32(SVM_CID, true) : 0,
      connected ? there.getUint32(SVM_PORT, true) : 0,
    );
  }

  /** A name is looked up in this process's namespace, so only a socket of that has one. */
  function describePacket(fd: number): number {
    const index = local.view.getInt32(SLL_IFINDEX, true);
    interfaceName.fill(0);
    if (index > 0 && localLength > 0) {
      const ours = isOurs(fd);
      if (ours < 0) return ours;
      if (ours > 0) calls.ifIndexToName(index, interfaceName);
    }
    to.packet(local.view.getUint16(SLL_HATYPE, true), interfaceName);
    to.queued(receiving, sending);
    return 0;
  }

  /** Returns 1 if a socket is of this process's network namespace, or else 0. */
  function isOurs(fd: number): number {
    if (option(fd, SOL_SOCKET, SO_NETNS_COOKIE, 8) < 8) return 0;
    const low = value.view.getUint32(0, true);
    const high = value.view.getUint32(4, true);
    const own = calls.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (own < 0) return toDarwin(own);
    const size = option(own, SOL_SOCKET, SO_NETNS_COOKIE, 8);
    libc.close(own);
    if (size < 8) return 0;
    return value.view.getUint32(0, true) === low && value.view.getUint32(4, true) === high ? 1 : 0;
  }

  /** Writes what the tables of sockets tell of one that may not be duplicated. */
  function describeFromOutside(): number {
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    const path = fs.path(descriptors.task, FD, asked.fd);
    const size = calls.getxattr(path, PROTOCOL_NAME, protocolName, protocolNameSize);
    if (size < 0) return size === -ERRNO.ENOENT ? descriptors.gone() : -ERRNO.EPERM;
    // Behind the name is a NUL. That this is a string does no harm: other ways are much longer.
    const name = String.fromCharCode(...protocolName.subarray(0, size - 1));
    const inet = INET_PROTOCOLS[name];
    if (inet !== undefined) return tableInet(inet);
    if (name === "UNIX" || name === "UNIX-STREAM") return tableUnix();
    if (name === "NETLINK") return tableNetlink();
    return name === "PACKET" ? tablePacket() : -ERRNO.EPERM;
  }

  function tableInet(of: InetProtocol): number {
    const { inode, task } = descriptors;
    const at = tables.find(of, asked.pid, asked.fd, task, inode, false);
    if (at < 0) return at;
    const { bytes, view } = tables.block;
    const state = view.getUint8(at + INET_RECORD.state);
    const rqueue = view.getUint32(at + INET_RECORD.rqueue, true);
    const wqueue = view.getUint32(at + INET_RECORD.wqueue, true);
    const raw = of.type === SOCK_RAW;
    const sport = at + INET_RECORD.sport;
    const protocol = raw ? bytes[sport]! << 8 | bytes[sport + 1]! : of.protocol;
    const dport = at + INET_RECORD.dport;
    const here = { bytes, port: raw ? NO_PORT : sport, address: at + INET_RECORD.src };
    const there = { bytes, port: raw ? NO_PORT : dport, address: at + INET_RECORD.dst };
    to.socket(inode, of.v6 ? AF_INET6 : AF_INET, of.type, protocol);
    if (view.getUint8(at + INET_RECORD.hasSkmem) !== 0) memory(view, at + INET_RECORD.skmem);
    const connected = state !== TCP_LISTEN && state !== TCP_CLOSE;
    to.inet(of.v6, here, connected ? there : null, view.getUint8(at + INET_RECORD.v6only) === 1);
    to.generation(
      view.getUint32(at + INET_RECORD.cookie, true),
      view.getUint32(at + INET_RECORD.cookie + 4, true),
    );
    if (of.v6) to.v6(0, NO_CHECKSUM, 0);
    if (of.type === SOCK_STREAM) to.tcp(inode, state, 0);
    else if (connected) to.addState(SOI_S_ISCONNECTED);
    if (of.type === SOCK_STREAM && state === TCP_LISTEN) {
      to.options(XNU_ACCEPTCONN, 0);
      to.queue(rqueue, wqueue);
    } else {
      describeQueues(view, at);
    }
    return 0;
  }

  function tableUnix(): number {
    const { inode } = descriptors;
    const found = diag.unix(inode);
    if (found < 0) return found;
    if (found === 0) return fileUnix();
    const { unixFields: fields, message } = diag;
    const peer = fields[UNIX_DIAG.peer]!;
    const meminfo = fields[UNIX_DIAG.meminfo]!;
    to.socket(inode, AF_UNIX, fields[UNIX_DIAG.type]!, 0);
    to.unix(peer);
    if (meminfo > 0) memory(message.view, meminfo);
    if (fields[UNIX_DIAG.state] === TCP_LISTEN) to.options(XNU_ACCEPTCONN, 0);
    // The one who asked is connected before the other end, who accepts, has an inode.
    const connected = peer !== 0 || fields[UNIX_DIAG.state] === TCP_ESTABLISHED;
    if (connected) to.addState(SOI_S_ISCONNECTED);
    describeUnixQueues();
    to.unixAddress(false, message.bytes, fields[UNIX_DIAG.name]!, fields[UNIX_DIAG.name_length]!);
    if (peer === 0) return 0;
    const other = diag.unix(peer);
    if (other <= 0) return other;
    to.unixAddress(true, message.bytes, fields[UNIX_DIAG.name]!, fields[UNIX_DIAG.name_length]!);
    return 0;
  }

  function fileUnix(): number {
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

  function tableNetlink(): number {
    const { inode, task } = descriptors;
    const size = fs.readAll(task, NET_NETLINK);
    if (size < 0) return size === -ERRNO.ESRCH ? -ERRNO.EPERM : refused(size);
    if (!findTableLine(fs.text, size, inode, columns)) return -ERRNO.EPERM;
    // The type is not told, and to the kernel it makes no difference.
    to.socket(inode, AF_NETLINK, 0, columns[1]!);
    to.queued(columns[4]!, columns[5]!);
    return 0;
  }

  function tablePacket(): number {
    const { inode, task } = descriptors;
    const size = fs.readAll(task, NET_PACKET);
    if (size < 0) return size === -ERRNO.ESRCH ? -ERRNO.EPERM : refused(size);
    if (!findTableLine(fs.text, size, inode, columns)) return -ERRNO.EPERM;
    to.socket(inode, AF_PACKET, columns[2]!, 0);
    interfaceName.fill(0);
    to.packet(0, interfaceName);
    to.queued(columns[6]!, 0);
    return 0;
  }

  /** Writes the socket of the descriptor that was found. */
  function describeFound(): number {
    // Ids of another process namespace mean nothing to pidfd_open().
    const copy = fs.local ? duplicate(asked.pid, asked.fd) : -LINUX_ENOSYS;
    if (copy >= 0) {
      const error = describe(copy);
      libc.close(copy);
      return error;
    }
    const error = toDarwin(copy);
    if (error === -ERRNO.ESRCH || error === -ERRNO.EBADF) return descriptors.gone();
    return isShortage(error) ? error : describeFromOutside();
  }

  return {
    [PROC_PIDFDSOCKETINFO]: {
      size: PROC_PIDFDSOCKETINFO_SIZE,
      answer(pid, arg, buffer) {
        const fd = fdOf(arg);
        const type = descriptors.find(pid, fd);
        if (type < 0) return type;
        if (type !== PROX_FDTYPE_SOCKET) return -ERRNO.ENOTSOCK;
        asked.pid = pid;
        asked.fd = fd;
        to.clear();
        let error = descriptors.fileInfo(to.block.view);
        if (error < 0) return error;
        const { flags } = descriptors;
        to.addState((flags & O_NONBLOCK ? SOI_S_NBIO : 0) | (flags & O_ASYNC ? SOI_S_ASYNC : 0));
        error = describeFound();
        if (error < 0) return error;
        buffer.set(to.block.bytes);
        return PROC_PIDFDSOCKETINFO_SIZE;
      },
    },
  };
}

/** States of TCP in which the other side has ended its stream: CLOSE_WAIT, LAST_ACK, CLOSING. */
const ENDED: ReadonlySet<number> = new Set([8, 9, 11]);
/**
 * States of TCP in which the beginning or the end of the own stream is not acknowledged: SYN_SENT,
 * FIN_WAIT_1, LAST_ACK, CLOSING.
 */
const MARKING: ReadonlySet<number> = new Set([2, 4, 9, 11]);

/** Linux's options that are one number, each with the bit that XNU has for it. */
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
