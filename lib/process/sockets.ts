import {
  INI_IPV4,
  INI_IPV6,
  type InSockInfo,
  type InSockInfoAddr,
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
} from "../abi/in_sockinfo.ts";
import {
  type NdrvInfo,
  socketFdInfo,
  type SocketInfo,
  socketInfo,
  SOCKINFO_GENERIC,
  SOI_S_ISCONNECTED,
  type VsockSockInfo,
} from "../abi/socket_info.ts";
import { unSockInfo } from "../abi/un_sockinfo.ts";
import { offsetsOf } from "../layout/offsets.ts";
import { NO_UNIT } from "../system/interface_name.ts";
import {
  familyTransport,
  inetTransport,
  type PortProtocol,
  type Transport,
  TRANSPORTS,
} from "../system/transports.ts";
import { known } from "../system/known.ts";

/** The address family of a socket. */
export type SocketFamily =
  /** UNIX-domain sockets, with paths and names of this machine. */
  | "unix"
  /** IPv4. */
  | "inet"
  /** IPv6, and IPv4 in mapped addresses. */
  | "inet6"
  /**
   * Sockets of the kernel. On macOS, they carry its events and controls. On Linux, they are those
   * of netlink.
   */
  | "system"
  /** The routing table. */
  | "route"
  /** The keys of IPsec. */
  | "key"
  /** The packets of a network interface. */
  | "packet"
  /** Virtual machines and their host. */
  | "vsock"
  /** Any other family. */
  | "other";

/** The type of a socket. */
export type SocketType =
  | "stream"
  | "datagram"
  | "raw"
  | "reliableDatagram"
  | "sequencedPacket"
  /** Datagrams over a connection: DCCP. */
  | "connectedDatagram";

/** The protocols that have a name here. `protocolNumber` has the number of any protocol. */
export type SocketProtocol =
  // The protocols of the Internet. A raw socket can have any of them.
  | "tcp"
  | "mptcp"
  | "udp"
  | "udpLite"
  | "sctp"
  | "dccp"
  | "icmp"
  | "icmp6"
  | "igmp"
  | "ipip"
  | "gre"
  | "esp"
  | "ah"
  | "ospf"
  | "pim"
  | "vrrp"
  /** Any protocol: the program writes the IP headers itself. */
  | "raw"
  // The frames that a packet socket receives: all, or those of one protocol.
  | "all"
  | "ipv4"
  | "ipv6"
  | "arp"
  | "vlan"
  | "llc"
  | "lldp"
  | "eapol"
  | "ptp"
  | "pppoeDiscovery"
  | "pppoeSession"
  // The parts of the Linux kernel that a netlink socket communicates with.
  | "route"
  | "userSocket"
  | "sockDiag"
  | "xfrm"
  | "selinux"
  | "iscsi"
  | "audit"
  | "fibLookup"
  | "connector"
  | "netfilter"
  | "kobjectUevent"
  | "generic"
  | "scsiTransport"
  | "ecryptfs"
  | "rdma"
  | "crypto"
  | "smc";

/** The state of a TCP socket. */
export type TcpState =
  /** The socket has no connection. */
  | "closed"
  /** The socket waits for connections. */
  | "listen"
  /** The socket has requested a connection. */
  | "synSent"
  /** The socket has answered the request for a connection. */
  | "synReceived"
  /** The socket is connected. */
  | "established"
  /** The other side has ended its stream. */
  | "closeWait"
  /** This side has ended its stream. The end is not acknowledged yet. */
  | "finWait1"
  /** Both sides have ended their streams. The end of this side is not acknowledged yet. */
  | "closing"
  /**
   * Both sides have ended their streams, the other side first. The last acknowledgement is missing.
   */
  | "lastAck"
  /** This side has ended its stream. The other side has not. */
  | "finWait2"
  /** The connection has ended. Its ports are reserved for a while. */
  | "timeWait";

/**
 * A socket. A member is absent if the socket has no such property, or if the system does not report
 * it.
 */
export interface OpenSocket {
  /**
   * The identity of the socket, in decimal digits. No other socket of this machine has the same
   * one.
   */
  readonly id: string;
  /** The address family. */
  readonly family: SocketFamily;
  /** The type. */
  readonly type?: SocketType;
  /** The protocol of an Internet, packet or netlink socket, if it has a name here. */
  readonly protocol?: SocketProtocol;
  /**
   * The number of the protocol in its family; 0 if the family has only one. For a packet socket, it
   * is the EtherType of the frames that it receives, or 0 if it receives none.
   */
  readonly protocolNumber: number;
  /** True for a listening socket. */
  readonly listening: boolean;
  /** True for a connected socket. */
  readonly connected: boolean;
  /** The state of a TCP socket. */
  readonly state?: TcpState;
  /**
   * The address that the socket is bound to. An IPv4 address is written as `127.0.0.1`, and an IPv6
   * address as `::1`, in the form of RFC 5952. An IPv4 address of an IPv6 socket is written as
   * `::ffff:127.0.0.1`. A link-local address has the index of the interface, as in `fe80::1%2`. For
   * `vsock`, it is the context id, which is absent if the socket is bound to all of them.
   */
  readonly localAddress?: string;
  /**
   * The port that the socket is bound to. For a `datagram` socket of ICMP, it is the identifier of
   * the echo requests.
   */
  readonly localPort?: number;
  /** The address that the socket is connected to, in the form of `localAddress`. */
  readonly remoteAddress?: string;
  /** The port that the socket is connected to. */
  readonly remotePort?: number;
  /** True if an IPv6 socket that is bound to all addresses also accepts IPv4. */
  readonly dualStack?: boolean;
  /**
   * The name that a UNIX-domain socket is bound to: a path, or an abstract name, which starts with
   * a NUL. Bytes that are not UTF-8 become U+FFFD.
   */
  readonly path?: string;
  /** The bytes of `path`, in hexadecimal digits. Absent if `path` is the exact name. */
  readonly pathHex?: string;
  /** The name that the other end of a UNIX-domain socket is bound to, in the form of `path`. */
  readonly remotePath?: string;
  /** The bytes of `remotePath`, in hexadecimal digits. Absent if `remotePath` is the exact name. */
  readonly remotePathHex?: string;
  /** The `id` of the other end of a UNIX-domain socket. */
  readonly peerId?: string;
  /**
   * The network interface that the socket is bound to, in the network namespace of the socket. On
   * Linux, {@linkcode descriptors} and {@linkcode whoHas} report it for Internet sockets
   * (`SO_BINDTODEVICE`). On macOS, it is absent for Internet sockets.
   */
  readonly interfaceName?: string;
  /** The kernel control that a socket is connected to, as in `com.apple.net.utun_control`. */
  readonly controlName?: string;
  /** The number of bytes that were received and are not read yet. */
  readonly receiveQueueBytes: number;
  /** The number of bytes that were written and are not yet sent or not yet acknowledged. */
  readonly sendQueueBytes: number;
  /** The size of the receive buffer, in bytes. */
  readonly receiveBufferBytes?: number;
  /** The size of the send buffer, in bytes. */
  readonly sendBufferBytes?: number;
  /** The number of connections that wait to be accepted, for a listening socket. */
  readonly pendingConnections?: number;
  /** The maximum number of connections that may wait to be accepted, for a listening socket. */
  readonly backlog?: number;
}

// Darwin's numbers (bsd/sys/socket.h), which every kernel here reports.
const AF_INET = 2;
const AF_INET6 = 30;
const FAMILIES: Readonly<Record<number, SocketFamily>> = {
  1: "unix",
  [AF_INET]: "inet",
  17: "route",
  27: "packet",
  29: "key",
  [AF_INET6]: "inet6",
  32: "system",
  40: "vsock",
};
const TYPES: readonly (SocketType | undefined)[] = [
  undefined,
  "stream",
  "datagram",
  "raw",
  "reliableDatagram",
  "sequencedPacket",
  "connectedDatagram",
];

/** The protocols of a raw socket that are not transports (bsd/netinet/in.h). */
const RAW_PROTOCOLS: Readonly<Record<number, SocketProtocol>> = {
  2: "igmp",
  4: "ipip",
  41: "ipv6",
  47: "gre",
  50: "esp",
  51: "ah",
  89: "ospf",
  103: "pim",
  112: "vrrp",
  255: "raw",
};

/** EtherTypes, and the numbers that the kernel uses in their place (linux/if_ether.h). */
const ETHER_TYPES: Readonly<Record<number, SocketProtocol>> = {
  0x3: "all",
  0x4: "llc",
  0x800: "ipv4",
  0x806: "arp",
  0x8100: "vlan",
  0x86dd: "ipv6",
  0x8863: "pppoeDiscovery",
  0x8864: "pppoeSession",
  0x888e: "eapol",
  0x88cc: "lldp",
  0x88f7: "ptp",
};

/** The protocols of netlink, by their numbers (linux/netlink.h). */
const NETLINK_PROTOCOLS: Readonly<Record<number, SocketProtocol>> = {
  0: "route",
  2: "userSocket",
  4: "sockDiag",
  6: "xfrm",
  7: "selinux",
  8: "iscsi",
  9: "audit",
  10: "fibLookup",
  11: "connector",
  12: "netfilter",
  15: "kobjectUevent",
  16: "generic",
  18: "scsiTransport",
  19: "ecryptfs",
  20: "rdma",
  21: "crypto",
  22: "smc",
};

/** Returns the name of a protocol of a family; undefined if it has none here. */
function protocolOf({ soi_kind, soi_protocol }: SocketInfo, family: SocketFamily) {
  switch (family) {
    case "inet":
    case "inet6":
      return inetTransport(soi_protocol) ?? RAW_PROTOCOLS[soi_protocol];
    case "packet":
      return ETHER_TYPES[soi_protocol];
    case "system":
      // On macOS, the sockets of this family are all of another kind.
      return soi_kind === SOCKINFO_GENERIC ? NETLINK_PROTOCOLS[soi_protocol] : undefined;
    default:
      return undefined;
  }
}

/** Returns the transport of a socket; undefined if it has no name here. */
function transportOf(
  { family, type, protocolNumber }: OpenSocket,
): Transport | undefined {
  if (family !== "inet" && family !== "inet6") return familyTransport(family);
  return type === "raw" ? "raw" : inetTransport(protocolNumber);
}

/** Returns the protocol whose ports a socket has; undefined if it has no ports. */
export function portsOf(socket: OpenSocket): PortProtocol | undefined {
  const transport = transportOf(socket);
  return transport && TRANSPORTS[transport].ports;
}
const SO_ACCEPTCONN = 0x2;

const TCP_STATES: Readonly<Record<number, TcpState>> = {
  [TSI_S_CLOSED]: "closed",
  [TSI_S_LISTEN]: "listen",
  [TSI_S_SYN_SENT]: "synSent",
  [TSI_S_SYN_RECEIVED]: "synReceived",
  [TSI_S_ESTABLISHED]: "established",
  [TSI_S__CLOSE_WAIT]: "closeWait",
  [TSI_S_FIN_WAIT_1]: "finWait1",
  [TSI_S_CLOSING]: "closing",
  [TSI_S_LAST_ACK]: "lastAck",
  [TSI_S_FIN_WAIT_2]: "finWait2",
  [TSI_S_TIME_WAIT]: "timeWait",
};

const ADDRESS_SIZE = 16;
const V4_IN_V6 = 12;
/** The offset of `sun_path` in a UNIX-domain address. */
const SUN_PATH = 2;
/** The size of a UNIX-domain address in the struct. */
const SUN_SIZE = 255;
/** The port or the context id of a `vsock` socket that is not bound. */
const VSOCK_ANY = 0xffffffff;

/**
 * Describes a socket by names.
 *
 * @param info The socket.
 * @param bytes The `struct socket_fdinfo` that `info` was decoded from. A UNIX-domain address can
 * be longer than the member of the struct, and may not be UTF-8.
 * @param interfaceOf Finds the name of the interface to which an Internet socket is bound.
 */
export function describeSocket(
  info: SocketInfo,
  bytes: Uint8Array,
  interfaceOf?: () => string | undefined,
): OpenSocket {
  const { pri_tcp, pri_un, pri_ndrv, pri_kern_ctl, pri_vsock } = info.soi_proto;
  const inet = pri_tcp?.tcpsi_ini ?? info.soi_proto.pri_in;
  const listening = (info.soi_options & SO_ACCEPTCONN) !== 0 ||
    pri_tcp?.tcpsi_state === TSI_S_LISTEN;
  const family = FAMILIES[info.soi_family] ?? "other";
  return known<OpenSocket>({
    id: `${info.soi_so}`,
    family,
    type: TYPES[info.soi_type],
    protocol: protocolOf(info, family),
    protocolNumber: info.soi_protocol,
    listening,
    connected: (info.soi_state & SOI_S_ISCONNECTED) !== 0,
    state: pri_tcp && TCP_STATES[pri_tcp.tcpsi_state],
    ...NO_ADDRESS,
    ...(inet && describeInet(inet, info.soi_family === AF_INET6)),
    ...(pri_vsock && describeVsock(pri_vsock)),
    ...(pri_un && describeUnix(bytes, pri_un.unsi_conn_so)),
    interfaceName: inet
      ? inet.insi_v6.in6_ifindex === 0 ? undefined : interfaceOf?.()
      : pri_ndrv && interfaceName(pri_ndrv),
    controlName: pri_kern_ctl?.kcsi_name || undefined,
    receiveQueueBytes: info.soi_rcv.sbi_cc,
    sendQueueBytes: info.soi_snd.sbi_cc,
    // Every buffer has some room, so 0 means that the size is unknown.
    receiveBufferBytes: info.soi_rcv.sbi_hiwat || undefined,
    sendBufferBytes: info.soi_snd.sbi_hiwat || undefined,
    pendingConnections: listening ? info.soi_qlen : undefined,
    backlog: listening && info.soi_qlimit >= 0 ? info.soi_qlimit : undefined,
  });
}

/** The members of {@linkcode OpenSocket} that only some families have. */
type Addresses = {
  [
    N in
      | "localAddress"
      | "localPort"
      | "remoteAddress"
      | "remotePort"
      | "dualStack"
      | "path"
      | "pathHex"
      | "remotePath"
      | "remotePathHex"
      | "peerId"
  ]: OpenSocket[N] | undefined;
};

const NO_ADDRESS: Addresses = {
  localAddress: undefined,
  localPort: undefined,
  remoteAddress: undefined,
  remotePort: undefined,
  dualStack: undefined,
  path: undefined,
  pathHex: undefined,
  remotePath: undefined,
  remotePathHex: undefined,
  peerId: undefined,
};

/** Returns the addresses of an Internet socket. */
export function describeInet(info: InSockInfo, v6: boolean): Partial<Addresses> {
  const localPort = portOf(info.insi_lport);
  const remotePort = portOf(info.insi_fport);
  const scope = info.insi_v6.in6_ifindex;
  const local = addressOf(info, info.insi_laddr, v6, scope);
  const remote = addressOf(info, info.insi_faddr, v6, scope);
  return {
    localAddress: localPort !== undefined || !local.isNone ? local.text : undefined,
    localPort,
    remoteAddress: remotePort !== undefined || !remote.isNone ? remote.text : undefined,
    remotePort,
    dualStack: v6 && localPort !== undefined && local.isNone
      ? (info.insi_vflag & (INI_IPV4 | INI_IPV6)) === (INI_IPV4 | INI_IPV6)
      : undefined,
  };
}

/** An address as text. `isNone` is true if it is all zero. */
interface Address {
  readonly text: string;
  readonly isNone: boolean;
}

function addressOf(
  { insi_vflag }: InSockInfo,
  { ina_46, ina_6 }: InSockInfoAddr,
  v6: boolean,
  scope: number,
): Address {
  if (ina_46 !== undefined) {
    const { s_addr } = ina_46.i46a_addr4;
    const text = [0, 8, 16, 24].map((shift) => s_addr >>> shift & 0xff).join(".");
    return { text: v6 ? `::ffff:${text}` : text, isNone: s_addr === 0 };
  }
  const bytes = ina_6?.__u6_addr.__u6_addr8 ?? new Uint8Array(ADDRESS_SIZE);
  const isNone = bytes.every((byte) => byte === 0);
  if (v6 || insi_vflag & INI_IPV6) return { text: ipv6Text(bytes, scope), isNone };
  return { text: bytes.subarray(V4_IN_V6).join("."), isNone };
}

/**
 * Formats an IPv6 address as RFC 5952 recommends.
 *
 * @param bytes The 16 bytes of the address.
 * @param scope The index of the interface of a link-local address; 0 if it has none. On macOS, the
 * index is in the address itself.
 */
export function ipv6Text(bytes: Uint8Array, scope = 0): string {
  const words = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  let zone = 0;
  if ((words[0]! & 0xffc0) === 0xfe80 || (words[0]! & 0xff0f) === 0xff02) {
    zone = words[1] || scope;
    words[1] = 0;
  }
  const suffix = zone === 0 ? "" : `%${zone}`;
  const isMapped = words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0);
  if (isMapped) return `::ffff:${bytes.subarray(V4_IN_V6, ADDRESS_SIZE).join(".")}`;
  // The longest run of zeros is omitted, the first of several. A single zero is not a run.
  let start = -1, length = 1;
  for (let i = 0; i < words.length; i++) {
    let end = i;
    while (words[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
    i = Math.max(i, end);
  }
  const hex = words.map((word) => word.toString(16));
  if (start < 0) return hex.join(":") + suffix;
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}${suffix}`;
}

/**
 * Returns the port in a member of `struct in_sockinfo`, which has 16 bits in network byte order;
 * undefined if it is 0.
 */
export function portOf(member: number): number | undefined {
  return (member & 0xff) << 8 | member >>> 8 & 0xff || undefined;
}

function describeVsock(info: VsockSockInfo): Partial<Addresses> {
  const connected = info.remote_cid !== 0 || info.remote_port !== 0;
  const port = (number: number) => number === VSOCK_ANY ? undefined : number;
  const address = (cid: number) => cid === VSOCK_ANY ? undefined : `${cid}`;
  return {
    localAddress: address(info.local_cid),
    localPort: port(info.local_port),
    remoteAddress: connected ? address(info.remote_cid) : undefined,
    remotePort: connected ? port(info.remote_port) : undefined,
  };
}

let unixPlaces: { readonly local: number; readonly remote: number } | undefined;

function describeUnix(bytes: Uint8Array, peer: bigint): Partial<Addresses> {
  if (unixPlaces === undefined) {
    const { soi_proto } = offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi);
    const { unsi_addr, unsi_caddr } = offsetsOf(unSockInfo, soi_proto);
    unixPlaces = { local: unsi_addr, remote: unsi_caddr };
  }
  const local = unixName(bytes, unixPlaces.local);
  const remote = unixName(bytes, unixPlaces.remote);
  return {
    ...(local && { path: local.text, pathHex: local.hex }),
    ...(remote && { remotePath: remote.text, remotePathHex: remote.hex }),
    peerId: peer === 0n ? undefined : `${peer}`,
  };
}

/** Returns the name in the `struct sockaddr_un` at `at`, whose first byte is its length. */
function unixName(bytes: Uint8Array, at: number): Text | undefined {
  const name = bytes.subarray(at + SUN_PATH, at + Math.min(bytes[at]!, SUN_SIZE));
  if (name.byteLength === 0) return undefined;
  // Only an abstract name starts with a NUL. NULs are part of such a name.
  const end = name[0] === 0 ? -1 : name.indexOf(0);
  return textOf(end < 0 ? name : name.subarray(0, end));
}

/** Text, and its bytes if they cannot be recovered from the text. */
export interface Text {
  /** The text. Bytes that are not UTF-8 become U+FFFD. */
  readonly text: string;
  /** The bytes, in hexadecimal digits; undefined if they are UTF-8. */
  readonly hex: string | undefined;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes text without losing its bytes. */
export function textOf(bytes: Uint8Array): Text {
  const text = decoder.decode(bytes);
  const isExact = !text.includes("\uFFFD") || isSame(encoder.encode(text), bytes);
  return { text, hex: isExact ? undefined : hexOf(bytes) };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}

/** Returns the name of an interface; undefined for a socket that is not bound to one. */
function interfaceName({ ndrvsi_if_name, ndrvsi_if_unit }: NdrvInfo): string | undefined {
  if (ndrvsi_if_name === "") return undefined;
  return ndrvsi_if_unit === NO_UNIT ? ndrvsi_if_name : `${ndrvsi_if_name}${ndrvsi_if_unit}`;
}
