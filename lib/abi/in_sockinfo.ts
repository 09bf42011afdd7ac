/**
 * Internet sockets and TCP: a `socket_info` with a `soi_kind` of `SOCKINFO_IN` or `SOCKINFO_TCP`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import type { Union } from "../layout/cursor.ts";
import { type Struct, struct } from "../layout/struct.ts";
import { type In4In6Addr, in4In6Addr, type In6Addr, in6Addr } from "./socket_address.ts";

/**
 * The members of the unions in {@linkcode InSockInfo}. `insi_vflag` determines which one is
 * present.
 */
export interface InSockInfoAddr {
  /** An IPv4 address. Present if {@linkcode INI_IPV4} alone is set. */
  readonly ina_46?: In4In6Addr;
  /**
   * An IPv6 address. Present if {@linkcode INI_IPV6} is set. If both flags are set, it has all the
   * bits of the address, and an IPv4 address is in its last 4 bytes.
   */
  readonly ina_6?: In6Addr;
}

/** The attributes of {@linkcode InSockInfo} that only IPv4 has. */
export interface InSockInfoV4 {
  /** The type of service. */
  readonly in4_tos: number;
}

/** The attributes of {@linkcode InSockInfo} that only IPv6 has. */
export interface InSockInfoV6 {
  /** The hop limit. Always 0: see `in6_hops`. */
  readonly in6_hlim: number;
  /** The offset of the checksum in a packet of a raw socket, in bytes; -1 without a checksum. */
  readonly in6_cksum: number;
  /** The interface index. Always 0. */
  readonly in6_ifindex: number;
  /** The hop limit that the program set; -1 for the default of the system. */
  readonly in6_hops: number;
}

/** `struct in_sockinfo`: an IPv4 or IPv6 socket. */
export interface InSockInfo {
  /** The remote port: 16 bits in network byte order, so port 80 is 0x5000. */
  readonly insi_fport: number;
  /** The local port: 16 bits in network byte order, so port 80 is 0x5000. */
  readonly insi_lport: number;
  /** The generation number of the socket, which changes when the socket does. */
  readonly insi_gencnt: bigint;
  /** The flags that the kernel keeps for the socket: a set of `INP_*`. */
  readonly insi_flags: number;
  /** The flow label. Always 0. */
  readonly insi_flow: number;
  /** A set of {@linkcode INI_IPV4} and {@linkcode INI_IPV6}. */
  readonly insi_vflag: number;
  /** The time to live. */
  readonly insi_ip_ttl: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
  /** The remote address. */
  readonly insi_faddr: InSockInfoAddr;
  /** The local address. */
  readonly insi_laddr: InSockInfoAddr;
  /** The attributes that only IPv4 has. */
  readonly insi_v4: InSockInfoV4;
  /** The attributes that only IPv6 has. */
  readonly insi_v6: InSockInfoV6;
}

const ADDR: Union<InSockInfoAddr> = {
  size: 16,
  align: 4,
  members: {
    ina_46: (c) => c.struct(in4In6Addr),
    ina_6: (c) => c.struct(in6Addr),
  },
};

function addrMember(vflag: number): keyof InSockInfoAddr | null {
  if (vflag & INI_IPV6) return "ina_6";
  return vflag & INI_IPV4 ? "ina_46" : null;
}

const inSockInfoV4: Struct<InSockInfoV4> = struct(
  "",
  { size: 1, align: 1 },
  (c): InSockInfoV4 => ({
    in4_tos: c.u8(),
  }),
);

const inSockInfoV6: Struct<InSockInfoV6> = struct(
  "",
  { size: 12, align: 4 },
  (c): InSockInfoV6 => ({
    in6_hlim: c.u8(),
    in6_cksum: c.i32(),
    in6_ifindex: c.u16(),
    in6_hops: c.i16(),
  }),
);

/** The layout of {@linkcode InSockInfo}. */
export const inSockInfo: Struct<InSockInfo> = struct(
  "in_sockinfo",
  { size: 80, align: 8 },
  (c): InSockInfo => {
    let vflag: number;
    return {
      insi_fport: c.i32(),
      insi_lport: c.i32(),
      insi_gencnt: c.u64(),
      insi_flags: c.u32(),
      insi_flow: c.u32(),
      insi_vflag: vflag = c.u8(),
      insi_ip_ttl: c.u8(),
      rfu_1: c.u32(),
      insi_faddr: c.union(ADDR, addrMember(vflag)),
      insi_laddr: c.union(ADDR, addrMember(vflag)),
      insi_v4: c.struct(inSockInfoV4),
      insi_v6: c.struct(inSockInfoV6),
    };
  },
);

/** `struct tcp_sockinfo`: a TCP socket. */
export interface TcpSockInfo {
  /** The addresses and the ports. */
  readonly tcpsi_ini: InSockInfo;
  /** The state of the connection: a `TSI_S_*` value. */
  readonly tcpsi_state: number;
  /** The timers, indexed by `TSI_T_*`, in ticks of TCP's clock; 0 for a timer that is not set. */
  readonly tcpsi_timer: readonly number[];
  /** The maximum segment size, in bytes. */
  readonly tcpsi_mss: number;
  /** The flags that the kernel keeps for the connection: a set of `TF_*`. */
  readonly tcpsi_flags: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
  /**
   * A number that identifies the connection: a hashed kernel address. It is only useful for
   * comparison.
   */
  readonly tcpsi_tp: bigint;
}

/** The layout of {@linkcode TcpSockInfo}. */
export const tcpSockInfo: Struct<TcpSockInfo> = struct(
  "tcp_sockinfo",
  { size: 120, align: 8 },
  (c): TcpSockInfo => ({
    tcpsi_ini: c.struct(inSockInfo),
    tcpsi_state: c.i32(),
    tcpsi_timer: c.array(4, (c) => c.i32()),
    tcpsi_mss: c.i32(),
    tcpsi_flags: c.u32(),
    rfu_1: c.u32(),
    tcpsi_tp: c.u64(),
  }),
);

/** The socket uses IPv4. */
export const INI_IPV4 = 1;
/** The socket uses IPv6. */
export const INI_IPV6 = 2;
/** The index of the retransmission timer. */
export const TSI_T_REXMT = 0;
/** The index of the timer that probes a closed window. */
export const TSI_T_PERSIST = 1;
/** The index of the timer that keeps a connection alive, or gives up establishing one. */
export const TSI_T_KEEP = 2;
/** The index of the timer that delays the reuse of the ports. */
export const TSI_T_2MSL = 3;
/** The number of timers. */
export const TSI_T_NTIMERS = 4;
/** Closed. */
export const TSI_S_CLOSED = 0;
/** Listening for connections. */
export const TSI_S_LISTEN = 1;
/** A connection request was sent. */
export const TSI_S_SYN_SENT = 2;
/** A connection request was received and answered. */
export const TSI_S_SYN_RECEIVED = 3;
/** Connected. */
export const TSI_S_ESTABLISHED = 4;
/** The other side has closed the connection; this side has not. */
export const TSI_S__CLOSE_WAIT = 5;
/** This side has closed the connection, which is not acknowledged yet. */
export const TSI_S_FIN_WAIT_1 = 6;
/** Both sides have closed the connection, which is not acknowledged yet. */
export const TSI_S_CLOSING = 7;
/**
 * Both sides have closed the connection, the other side first. The last acknowledgement is missing.
 */
export const TSI_S_LAST_ACK = 8;
/** This side has closed the connection; the other side has not. */
export const TSI_S_FIN_WAIT_2 = 9;
/** The connection is over. Its ports are reserved for a while. */
export const TSI_S_TIME_WAIT = 10;
/** A state that only the kernel uses. It is not part of the protocol. */
export const TSI_S_RESERVED = 11;
