import { type Struct, struct } from "../../layout/struct.ts";

// Levels and names of options (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h).
export const SOL_SOCKET = 1;
export const SO_DEBUG = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_DONTROUTE = 5;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_RCVLOWAT = 18;
export const SO_BINDTODEVICE = 25;
export const SO_RCVBUFFORCE = 33;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_TIMESTAMP = 29;
export const SO_ACCEPTCONN = 30;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_MEMINFO = 55;
export const SO_COOKIE = 57;
export const SO_BINDTOIFINDEX = 62;
export const SOL_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const SOL_IPV6 = 41;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_V6ONLY = 26;
export const SOL_RAW = 255;
export const IPV6_CHECKSUM = 7;
export const SOL_TCP = 6;
export const TCP_INFO = 11;
export const SOL_NETLINK = 270;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const SOL_MPTCP = 284;
export const MPTCP_INFO = 1;

// Types of sockets, and protocols.
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_DCCP = 6;
export const IPPROTO_TCP = 6;
export const IPPROTO_RAW = 255;
export const IPPROTO_MPTCP = 262;

// States of TCP (net/tcp_states.h). Other protocols use some of them too.
export const TCP_ESTABLISHED = 1;
export const TCP_SYN_SENT = 2;
export const TCP_CLOSE = 7;
export const TCP_LISTEN = 10;

/** `struct linger` (sys/socket.h). */
export interface Linger {
  readonly l_onoff: number;
  readonly l_linger: number;
}

/** The layout of {@linkcode Linger}. */
export const linger: Struct<Linger> = struct("linger", { size: 8, align: 4 }, (c) => ({
  l_onoff: c.i32(),
  l_linger: c.i32(),
}));

/**
 * The offsets of the 32-bit numbers of `SO_MEMINFO`, in bytes: `SK_MEMINFO_*` (linux/sock_diag.h).
 */
export const SK_MEMINFO = {
  RMEM_ALLOC: 0,
  RCVBUF: 4,
  WMEM_ALLOC: 8,
  SNDBUF: 12,
  WMEM_QUEUED: 20,
  /** The size of the nine numbers, in bytes. */
  size: 36,
} as const;

/** `struct tcp_info` (linux/tcp.h), up to the last member that is read. Newer kernels extend it. */
export interface TcpInfo {
  readonly tcpi_state: number;
  readonly tcpi_ca_state: number;
  readonly tcpi_retransmits: number;
  readonly tcpi_probes: number;
  readonly tcpi_backoff: number;
  readonly tcpi_options: number;
  readonly tcpi_rto: number;
  readonly tcpi_ato: number;
  readonly tcpi_snd_mss: number;
  readonly tcpi_rcv_mss: number;
  readonly tcpi_unacked: number;
  readonly tcpi_sacked: number;
}

/** The layout of {@linkcode TcpInfo}. */
export const tcpInfo: Struct<TcpInfo> = struct("tcp_info", { size: 32, align: 8 }, (c) => ({
  tcpi_state: c.u8(),
  tcpi_ca_state: c.u8(),
  tcpi_retransmits: c.u8(),
  tcpi_probes: c.u8(),
  tcpi_backoff: c.u8(),
  tcpi_options: c.u8(),
  tcpi_rto: c.u32(),
  tcpi_ato: c.u32(),
  tcpi_snd_mss: c.u32(),
  tcpi_rcv_mss: c.u32(),
  tcpi_unacked: c.u32(),
  tcpi_sacked: c.u32(),
}));

/**
 * `struct mptcp_info` (linux/mptcp.h), up to the last member that is read. Newer kernels extend it.
 */
export interface MptcpInfo {
  readonly mptcpi_subflows: number;
  readonly mptcpi_add_addr_signal: number;
  readonly mptcpi_add_addr_accepted: number;
  readonly mptcpi_subflows_max: number;
  readonly mptcpi_add_addr_signal_max: number;
  readonly mptcpi_add_addr_accepted_max: number;
  readonly mptcpi_flags: number;
  readonly mptcpi_token: number;
}

/** The layout of {@linkcode MptcpInfo}. */
export const mptcpInfo: Struct<MptcpInfo> = struct("mptcp_info", { size: 16, align: 8 }, (c) => ({
  mptcpi_subflows: c.u8(),
  mptcpi_add_addr_signal: c.u8(),
  mptcpi_add_addr_accepted: c.u8(),
  mptcpi_subflows_max: c.u8(),
  mptcpi_add_addr_signal_max: c.u8(),
  mptcpi_add_addr_accepted_max: c.u8(),
  mptcpi_flags: c.u32(),
  mptcpi_token: c.u32(),
}));
