import {
  INI_IPV4,
  INI_IPV6,
  inSockInfo,
  type InSockInfoV6,
  tcpSockInfo,
  TSI_S__CLOSE_WAIT,
  TSI_S_CLOSED,
  TSI_S_CLOSING,
  TSI_S_ESTABLISHED,
  TSI_S_FIN_WAIT_1,
  TSI_S_FIN_WAIT_2,
  TSI_S_LAST_ACK,
  TSI_S_LISTEN,
  TSI_S_SYN_RECEIVED,
  TSI_S_SYN_SENT,
  TSI_S_TIME_WAIT,
  TSI_T_2MSL,
  TSI_T_KEEP,
  TSI_T_PERSIST,
  TSI_T_REXMT,
} from "../../abi/in_sockinfo.ts";
import { PROC_PIDFDSOCKETINFO_SIZE } from "../../abi/pid_fd_info.ts";
import {
  ndrvInfo,
  sockbufInfo,
  socketFdInfo,
  socketInfo,
  SOCKINFO_IN,
  SOCKINFO_NDRV,
  SOCKINFO_TCP,
  SOCKINFO_UN,
  SOCKINFO_VSOCK,
  SOI_S_CANTRCVMORE,
  SOI_S_CANTSENDMORE,
  SOI_S_ISCONNECTED,
  SOI_S_ISCONNECTING,
  vsockSockInfo,
} from "../../abi/socket_info.ts";
import { unSockInfo } from "../../abi/un_sockinfo.ts";
import { NO_UNIT } from "../../system/interface_name.ts";
import { decimalAt, DIGIT_0, isDigit } from "../parse/bytes.ts";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
} from "../sys/socket_address.ts";
import { type Block, block } from "../../layout/block.ts";
import { type Offsets, offsetsOf, setU64 } from "../../layout/offsets.ts";
import type { Struct } from "../../layout/struct.ts";

/** Darwin's address families, by Linux's. Families without a counterpart are 0, `AF_UNSPEC`. */
const FAMILIES: Readonly<Record<number, number>> = {
  [AF_UNIX]: 1,
  [AF_INET]: 2,
  [AF_INET6]: 30,
  [AF_NETLINK]: 32, // AF_SYSTEM
  [AF_PACKET]: 27, // AF_NDRV
  [AF_VSOCK]: 40,
};

/** XNU's numbers of the TCP states, by Linux's numbers. */
const TCP_STATES: readonly number[] = [
  TSI_S_CLOSED,
  TSI_S_ESTABLISHED,
  TSI_S_SYN_SENT,
  TSI_S_SYN_RECEIVED,
  TSI_S_FIN_WAIT_1,
  TSI_S_FIN_WAIT_2,
  TSI_S_TIME_WAIT,
  TSI_S_CLOSED,
  TSI_S__CLOSE_WAIT,
  TSI_S_LAST_ACK,
  TSI_S_LISTEN,
  TSI_S_CLOSING,
  TSI_S_SYN_RECEIVED,
];
/** The bits of `soi_state` by XNU's number of the TCP state, for sockets that have a descriptor. */
const SOCKET_STATES: Readonly<Record<number, number>> = {
  [TSI_S_SYN_SENT]: SOI_S_ISCONNECTING,
  [TSI_S_SYN_RECEIVED]: SOI_S_ISCONNECTING,
  [TSI_S_ESTABLISHED]: SOI_S_ISCONNECTED,
  [TSI_S__CLOSE_WAIT]: SOI_S_ISCONNECTED | SOI_S_CANTRCVMORE,
  [TSI_S_FIN_WAIT_1]: SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE,
  [TSI_S_FIN_WAIT_2]: SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE,
  [TSI_S_CLOSING]: SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE | SOI_S_CANTRCVMORE,
  [TSI_S_LAST_ACK]: SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE | SOI_S_CANTRCVMORE,
};
/** XNU's timers, by Linux's numbers of timers. */
const TIMERS: readonly number[] = [-1, TSI_T_REXMT, TSI_T_KEEP, TSI_T_2MSL, TSI_T_PERSIST];

/** The maximum of an `int16_t`. */
const INT16_MAX = 0x7fff;
/** The maximum of a `u_short`. */
const UINT16_MAX = 0xffff;
/** The number of XNU's clock ticks in a second. */
const HZ = 100;

const ADDRESS_SIZE = 16;
const V4_IN_V6 = 12;
/** The size of the family in a UNIX-domain address. On Linux, up to 108 bytes follow it. */
const SUN_PATH = 2;
/** The maximum number of digits of a unit. */
const UNIT_DIGITS = 9;

// The families of `struct ifnet` (bsd/net/kpi_interface.h), by Linux's types of hardware.
const IFNET_FAMILY: Readonly<Record<number, number>> = { 1: 2, 512: 6, 772: 1 };

/** The bytes of an address and a port, in network byte order. */
export interface Endpoint {
  /** The memory that contains the address and the port. */
  readonly bytes: Uint8Array;
  /** The offset of the port; -1 for a raw socket, which has no port. */
  readonly port: number;
  /** The offset of the address. */
  readonly address: number;
}

/** Fills a `struct socket_fdinfo`, except for its `pfi`. */
export interface SocketWriter {
  /** The struct. */
  readonly block: Block;
  /** Fills the struct with zeros. */
  clear(): void;
  /** Writes the members that all sockets have. The family is Linux's number. */
  socket(inode: number, family: number, type: number, protocol: number): void;
  /** Adds bits to `soi_state`. */
  addState(bits: number): void;
  /** Writes `soi_options`, and the number of seconds for which closing waits. */
  options(bits: number, linger: number): void;
  /** Writes the number of connections that wait to be accepted, and the limit of that number. */
  queue(length: number, limit: number): void;
  /** Writes the numbers of bytes in the buffers. */
  queued(receive: number, send: number): void;
  /** Writes the limits of the buffers and the memory that they take, in bytes. */
  limits(receive: number, receiveTaken: number, send: number, sendTaken: number): void;
  /** Writes the numbers of bytes that wake a reader and a writer. */
  lowWater(receive: number, send: number): void;
  /** Writes the timeouts, in seconds. */
  timeouts(receive: number, send: number): void;
  /**
   * Writes the addresses of an Internet socket. Returns its `INI_*` flags.
   *
   * @param dual True if an IPv6 socket also takes IPv4 when it is bound to all addresses.
   */
  inet(v6: boolean, local: Endpoint, remote: Endpoint | null, dual: boolean): number;
  /** Writes the number that an Internet socket has in its network namespace. */
  generation(low: number, high: number): void;
  /** Writes the TTL and the type of service of IPv4 packets. */
  v4(ttl: number, tos: number): void;
  /** Writes the hop limit of IPv6 packets, and the offset of the checksum of a raw socket. */
  v6(hops: number, checksum: number): void;
  /**
   * Writes the index of the network interface that an Internet socket is bound to; 0 if it is not
   * bound.
   */
  interfaceIndex(index: number): void;
  /** Makes an Internet socket a TCP socket. The state is Linux's number. */
  tcp(inode: number, state: number, mss: number): void;
  /** Writes the running timer, by Linux's number, and the milliseconds until it expires. */
  timer(timer: number, milliseconds: number): void;
  /** Makes the socket a UNIX-domain socket. `peer` is the socket that it is connected to, or 0. */
  unix(peer: number): void;
  /** Writes the address of a UNIX-domain socket or of its peer. */
  unixAddress(remote: boolean, from: Uint8Array, start: number, length: number): void;
  /** Makes the socket a virtual machine socket. */
  vsock(localCid: number, localPort: number, remoteCid: number, remotePort: number): void;
  /** Makes the socket a packet socket of an interface. `name` has 16 bytes and may be empty. */
  packet(hardware: number, name: Uint8Array): void;
}

/** Makes a {@linkcode SocketWriter}. */
export function socketWriter(): SocketWriter {
  const scratch = block(PROC_PIDFDSOCKETINFO_SIZE);
  const { bytes, view } = scratch;
  const soi = offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi);
  const rcv = offsetsOf(sockbufInfo, soi.soi_rcv);
  const snd = offsetsOf(sockbufInfo, soi.soi_snd);
  const proto = soi.soi_proto;
  const tcp = offsetsOf(tcpSockInfo, proto);
  const ini = offsetsOf(inSockInfo, tcp.tcpsi_ini);
  const in6 = membersOf<InSockInfoV6>(inSockInfo, "insi_v6", tcp.tcpsi_ini);
  const un = offsetsOf(unSockInfo, proto);
  const vsock = offsetsOf(vsockSockInfo, proto);
  const ndrv = offsetsOf(ndrvInfo, proto);

  function setKind(kind: number): void {
    view.setInt32(soi.soi_kind, kind, true);
  }

  function addState(bits: number): void {
    view.setUint16(soi.soi_state, view.getUint16(soi.soi_state, true) | bits, true);
  }

  function setAddress(to: number, { bytes: from, address }: Endpoint, v6: boolean): void {
    // An IPv4 address is in the last 4 bytes. The prefix of a mapped address is omitted.
    const start = v6 ? 0 : V4_IN_V6;
    for (let i = start; i < ADDRESS_SIZE; i++) bytes[to + i] = from[address + i - start]!;
  }

  function setPort(to: number, { bytes: from, port }: Endpoint): void {
    if (port < 0) return;
    bytes[to] = from[port]!;
    bytes[to + 1] = from[port + 1]!;
  }

  return {
    block: scratch,

    clear() {
      bytes.fill(0);
    },

    socket(inode, family, type, protocol) {
      setU64(view, soi.soi_so, inode);
      setU64(view, soi.soi_pcb, inode);
      view.setInt32(soi.soi_type, type, true);
      view.setInt32(soi.soi_protocol, protocol, true);
      view.setInt32(soi.soi_family, FAMILIES[family] ?? 0, true);
    },

    addState,

    options(bits, linger) {
      view.setInt16(soi.soi_options, bits, true);
      view.setInt16(soi.soi_linger, short(linger * HZ), true);
    },

    queue(length, limit) {
      view.setInt16(soi.soi_qlen, short(length), true);
      view.setInt16(soi.soi_qlimit, short(limit), true);
    },

    queued(receive, send) {
      view.setUint32(rcv.sbi_cc, receive, true);
      view.setUint32(snd.sbi_cc, send, true);
    },

    limits(receive, receiveTaken, send, sendTaken) {
      view.setUint32(rcv.sbi_hiwat, receive, true);
      view.setUint32(rcv.sbi_mbmax, receive, true);
      view.setUint32(rcv.sbi_mbcnt, receiveTaken, true);
      view.setUint32(snd.sbi_hiwat, send, true);
      view.setUint32(snd.sbi_mbmax, send, true);
      view.setUint32(snd.sbi_mbcnt, sendTaken, true);
    },

    lowWater(receive, send) {
      view.setUint32(rcv.sbi_lowat, receive, true);
      view.setUint32(snd.sbi_lowat, send, true);
    },

    timeouts(receive, send) {
      view.setInt16(rcv.sbi_timeo, short(Math.ceil(receive * HZ)), true);
      view.setInt16(snd.sbi_timeo, short(Math.ceil(send * HZ)), true);
    },

    inet(v6, local, remote, dual) {
      setKind(SOCKINFO_IN);
      const mapped = v6 && (isMapped(local) || remote !== null && isMapped(remote));
      const all = v6 && dual && hasPort(local) && isAll(local);
      const flags = !v6 || mapped ? INI_IPV4 : all ? INI_IPV4 | INI_IPV6 : INI_IPV6;
      view.setUint8(ini.insi_vflag, flags);
      setPort(ini.insi_lport, local);
      setAddress(ini.insi_laddr, mapped ? lastBytes(local) : local, v6 && !mapped);
      if (remote !== null) {
        setPort(ini.insi_fport, remote);
        setAddress(ini.insi_faddr, mapped ? lastBytes(remote) : remote, v6 && !mapped);
      }
      return flags;
    },

    generation(low, high) {
      view.setUint32(ini.insi_gencnt, low, true);
      view.setUint32(ini.insi_gencnt + 4, high, true);
    },

    v4(ttl, tos) {
      view.setUint8(ini.insi_ip_ttl, ttl);
      view.setUint8(ini.insi_v4, tos);
    },

    v6(hops, checksum) {
      view.setInt16(in6.in6_hops, hops, true);
      view.setInt32(in6.in6_cksum, checksum, true);
    },

    interfaceIndex(index) {
      // A higher index does not fit, and its low bits would be the index of another interface.
      if (index <= UINT16_MAX) view.setUint16(in6.in6_ifindex, index, true);
    },

    tcp(inode, state, mss) {
      setKind(SOCKINFO_TCP);
      const xnu = TCP_STATES[state] ?? TSI_S_CLOSED;
      view.setInt32(tcp.tcpsi_state, xnu, true);
      view.setInt32(tcp.tcpsi_mss, mss, true);
      setU64(view, tcp.tcpsi_tp, inode);
      addState(SOCKET_STATES[xnu] ?? 0);
    },

    timer(timer, milliseconds) {
      const index = TIMERS[timer] ?? -1;
      if (index >= 0) view.setInt32(tcp.tcpsi_timer + 4 * index, milliseconds, true);
    },

    unix(peer) {
      setKind(SOCKINFO_UN);
      setU64(view, un.unsi_conn_so, peer);
      setU64(view, un.unsi_conn_pcb, peer);
    },

    unixAddress(remote, from, start, length) {
      const to = remote ? un.unsi_caddr : un.unsi_addr;
      // The length of a path may include a NUL at its end. In an abstract address, it is part of
      // the address.
      const end = length > 1 && from[start] !== 0 && from[start + length - 1] === 0
        ? length - 1
        : length;
      if (end <= 0) return;
      bytes[to] = SUN_PATH + end;
      bytes[to + 1] = AF_UNIX;
      for (let i = 0; i < end; i++) bytes[to + SUN_PATH + i] = from[start + i]!;
    },

    vsock(localCid, localPort, remoteCid, remotePort) {
      setKind(SOCKINFO_VSOCK);
      view.setUint32(vsock.local_cid, localCid, true);
      view.setUint32(vsock.local_port, localPort, true);
      view.setUint32(vsock.remote_cid, remoteCid, true);
      view.setUint32(vsock.remote_port, remotePort, true);
    },

    packet(hardware, name) {
      setKind(SOCKINFO_NDRV);
      if (name[0] === 0) return;
      view.setUint32(ndrv.ndrvsi_if_family, IFNET_FAMILY[hardware] ?? 0, true);
      const end = name.indexOf(0), start = unitStart(name, end);
      const unit = start < end ? decimalAt(name, start, end) : NO_UNIT;
      view.setUint32(ndrv.ndrvsi_if_unit, unit, true);
      bytes.set(name.subarray(0, start), ndrv.ndrvsi_if_name);
    },
  };
}

/** Returns the offsets of the members of a struct that is unnamed in C. */
function membersOf<T extends object>(type: Struct<object>, name: string, base: number): Offsets<T> {
  const member = type.fields.find((field) => field.name === name);
  return Object.fromEntries(
    (member?.fields ?? []).map((field) => [field.name, base + field.offset]),
  ) as Offsets<T>;
}

function short(value: number): number {
  return Math.min(value, INT16_MAX);
}

function hasPort({ bytes, port }: Endpoint): boolean {
  return port >= 0 && (bytes[port] !== 0 || bytes[port + 1] !== 0);
}

/** Returns true if an IPv6 address is the one of all interfaces. */
function isAll({ bytes, address }: Endpoint): boolean {
  for (let i = 0; i < ADDRESS_SIZE; i++) if (bytes[address + i] !== 0) return false;
  return true;
}

/** Returns true if an IPv6 address represents an IPv4 address: `::ffff:a.b.c.d`. */
function isMapped({ bytes, address }: Endpoint): boolean {
  for (let i = 0; i < 10; i++) if (bytes[address + i] !== 0) return false;
  return bytes[address + 10] === 0xff && bytes[address + 11] === 0xff;
}

/** Returns the IPv4 address in a mapped one. */
function lastBytes({ bytes, port, address }: Endpoint): Endpoint {
  return { bytes, port, address: address + V4_IN_V6 };
}

/**
 * Returns the offset of the unit in an interface's name. The unit is the number at the end of the
 * name. Leading zeros are not part of it, so that the rest followed by the unit is the name again.
 * Returns the end of the name if it has no unit.
 */
function unitStart(name: Uint8Array, end: number): number {
  let start = end;
  for (let at = end - 1; at > 0 && end - at <= UNIT_DIGITS && isDigit(name[at]!); at--) {
    if (name[at] !== DIGIT_0 || at === end - 1) start = at;
  }
  return start;
}
