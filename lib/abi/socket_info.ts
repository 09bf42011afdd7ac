/**
 * Sockets: `PROC_PIDFDSOCKETINFO` and `PROC_PIDFILEPORTSOCKETINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import type { Union } from "../layout/cursor.ts";
import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type InSockInfo, inSockInfo, type TcpSockInfo, tcpSockInfo } from "./in_sockinfo.ts";
import { type UnSockInfo, unSockInfo } from "./un_sockinfo.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct sockbuf_info`: one of the two buffers of a socket. */
export interface SockbufInfo {
  /** The data in the buffer, in bytes. */
  readonly sbi_cc: number;
  /** The data that the buffer can hold, in bytes. */
  readonly sbi_hiwat: number;
  /** The memory that the buffer uses, in bytes. */
  readonly sbi_mbcnt: number;
  /** The memory that the buffer can use, in bytes. */
  readonly sbi_mbmax: number;
  /**
   * The number of bytes that must be in the buffer, or free in it, before a waiting program
   * continues.
   */
  readonly sbi_lowat: number;
  /** The flags that the kernel keeps for the buffer: a set of `SB_*`. */
  readonly sbi_flags: number;
  /** The timeout of reads or writes, in clock ticks; 0 without a timeout. */
  readonly sbi_timeo: number;
}

/** The layout of {@linkcode SockbufInfo}. */
export const sockbufInfo: Struct<SockbufInfo> = struct(
  "sockbuf_info",
  { size: 24, align: 4 },
  (c): SockbufInfo => ({
    sbi_cc: c.u32(),
    sbi_hiwat: c.u32(),
    sbi_mbcnt: c.u32(),
    sbi_mbmax: c.u32(),
    sbi_lowat: c.u32(),
    sbi_flags: c.i16(),
    sbi_timeo: c.i16(),
  }),
);

/** `struct ndrv_info`: a raw socket of a network driver. */
export interface NdrvInfo {
  /** The family of the interface. */
  readonly ndrvsi_if_family: number;
  /**
   * The unit of the interface, which is the number at the end of its name. On Linux, 0xffffffff
   * without one.
   */
  readonly ndrvsi_if_unit: number;
  /** The name of the interface without the unit, cut to 15 bytes: `en` for `en0`. */
  readonly ndrvsi_if_name: string;
}

/** The layout of {@linkcode NdrvInfo}. */
export const ndrvInfo: Struct<NdrvInfo> = struct(
  "ndrv_info",
  { size: 24, align: 4 },
  (c): NdrvInfo => ({
    ndrvsi_if_family: c.u32(),
    ndrvsi_if_unit: c.u32(),
    ndrvsi_if_name: c.chars(16),
  }),
);

/** `struct kern_event_info`: the kernel events that a socket receives. */
export interface KernEventInfo {
  /** The vendor of the events; 0 for all. */
  readonly kesi_vendor_code_filter: number;
  /** The class of the events; 0 for all. */
  readonly kesi_class_filter: number;
  /** The subclass of the events; 0 for all. */
  readonly kesi_subclass_filter: number;
}

/** The layout of {@linkcode KernEventInfo}. */
export const kernEventInfo: Struct<KernEventInfo> = struct(
  "kern_event_info",
  { size: 12, align: 4 },
  (c): KernEventInfo => ({
    kesi_vendor_code_filter: c.u32(),
    kesi_class_filter: c.u32(),
    kesi_subclass_filter: c.u32(),
  }),
);

/** `struct kern_ctl_info`: a socket of a kernel control. */
export interface KernCtlInfo {
  /** The id of the control. */
  readonly kcsi_id: number;
  /** The unit that the control was registered with. */
  readonly kcsi_reg_unit: number;
  /** The flags that the control was registered with. */
  readonly kcsi_flags: number;
  /** The size of the receive buffer, in bytes. */
  readonly kcsi_recvbufsize: number;
  /** The size of the send buffer, in bytes. */
  readonly kcsi_sendbufsize: number;
  /** The unit that the socket is connected to. */
  readonly kcsi_unit: number;
  /** The name of the control, cut to 95 bytes. */
  readonly kcsi_name: string;
}

/** The layout of {@linkcode KernCtlInfo}. */
export const kernCtlInfo: Struct<KernCtlInfo> = struct(
  "kern_ctl_info",
  { size: 120, align: 4 },
  (c): KernCtlInfo => ({
    kcsi_id: c.u32(),
    kcsi_reg_unit: c.u32(),
    kcsi_flags: c.u32(),
    kcsi_recvbufsize: c.u32(),
    kcsi_sendbufsize: c.u32(),
    kcsi_unit: c.u32(),
    kcsi_name: c.chars(96),
  }),
);

/** `struct vsock_sockinfo`: a socket between a virtual machine and its host. macOS 11. */
export interface VsockSockInfo {
  /** The context id of this side. */
  readonly local_cid: number;
  /** The port of this side. */
  readonly local_port: number;
  /** The context id of the other side. */
  readonly remote_cid: number;
  /** The port of the other side. */
  readonly remote_port: number;
}

/** The layout of {@linkcode VsockSockInfo}. */
export const vsockSockInfo: Struct<VsockSockInfo> = struct(
  "vsock_sockinfo",
  { size: 16, align: 4 },
  (c): VsockSockInfo => ({
    local_cid: c.u32(),
    local_port: c.u32(),
    remote_cid: c.u32(),
    remote_port: c.u32(),
  }),
);

/**
 * The members of the union in {@linkcode SocketInfo}. `soi_kind` determines which one is present.
 */
export interface SocketInfoProto {
  /** An Internet socket other than TCP: {@linkcode SOCKINFO_IN}. */
  readonly pri_in?: InSockInfo;
  /** A TCP socket: {@linkcode SOCKINFO_TCP}. */
  readonly pri_tcp?: TcpSockInfo;
  /** A UNIX-domain socket: {@linkcode SOCKINFO_UN}. */
  readonly pri_un?: UnSockInfo;
  /** A raw socket of a network driver: {@linkcode SOCKINFO_NDRV}. */
  readonly pri_ndrv?: NdrvInfo;
  /** A socket of kernel events: {@linkcode SOCKINFO_KERN_EVENT}. */
  readonly pri_kern_event?: KernEventInfo;
  /** A socket of a kernel control: {@linkcode SOCKINFO_KERN_CTL}. */
  readonly pri_kern_ctl?: KernCtlInfo;
  /** A socket between a virtual machine and its host: {@linkcode SOCKINFO_VSOCK}. */
  readonly pri_vsock?: VsockSockInfo;
}

/** `struct socket_info`: a socket. */
export interface SocketInfo {
  /** The attributes. Always 0: the kernel never fills them. */
  readonly soi_stat: VinfoStat;
  /**
   * A number that identifies the socket: a hashed kernel address. It is only useful for comparison.
   */
  readonly soi_so: bigint;
  /**
   * A number that identifies the protocol's part of the socket: a hashed kernel address. It is only
   * useful for comparison.
   */
  readonly soi_pcb: bigint;
  /** The type: 1 for stream, 2 for datagram, 3 for raw. */
  readonly soi_type: number;
  /** The protocol. In the families of the Internet, 6 is TCP and 17 is UDP. */
  readonly soi_protocol: number;
  /** The address family: 1 for UNIX, 2 for IPv4, 30 for IPv6, 32 for system. */
  readonly soi_family: number;
  /** The low 16 bits of the options: a set of `SO_*`. */
  readonly soi_options: number;
  /** The time that closing waits for unsent data, in clock ticks. */
  readonly soi_linger: number;
  /** A set of `SOI_S_*`. */
  readonly soi_state: number;
  /** The number of connections that wait to be accepted. */
  readonly soi_qlen: number;
  /** The number of connections to a listening socket that are not established yet. */
  readonly soi_incqlen: number;
  /** The number of connections that can wait. */
  readonly soi_qlimit: number;
  /** The timeout of a connection, in clock ticks. */
  readonly soi_timeo: number;
  /** The error that the next call will report: an errno, or 0. */
  readonly soi_error: number;
  /** The distance to the out-of-band mark, in bytes; 0 without one. */
  readonly soi_oobmark: number;
  /** The receive buffer: data that was received but not read. */
  readonly soi_rcv: SockbufInfo;
  /** The send buffer: data that was written but not sent. */
  readonly soi_snd: SockbufInfo;
  /** The member of `soi_proto` that is present: a `SOCKINFO_*` value. */
  readonly soi_kind: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
  /** The attributes that depend on the protocol. */
  readonly soi_proto: SocketInfoProto;
}

const PROTO: Union<SocketInfoProto> = {
  size: 528,
  align: 8,
  members: {
    pri_in: (c) => c.struct(inSockInfo),
    pri_tcp: (c) => c.struct(tcpSockInfo),
    pri_un: (c) => c.struct(unSockInfo),
    pri_ndrv: (c) => c.struct(ndrvInfo),
    pri_kern_event: (c) => c.struct(kernEventInfo),
    pri_kern_ctl: (c) => c.struct(kernCtlInfo),
    pri_vsock: (c) => c.struct(vsockSockInfo),
  },
};

function protoMember(kind: number): keyof SocketInfoProto | null {
  switch (kind) {
    case SOCKINFO_IN:
      return "pri_in";
    case SOCKINFO_TCP:
      return "pri_tcp";
    case SOCKINFO_UN:
      return "pri_un";
    case SOCKINFO_NDRV:
      return "pri_ndrv";
    case SOCKINFO_KERN_EVENT:
      return "pri_kern_event";
    case SOCKINFO_KERN_CTL:
      return "pri_kern_ctl";
    case SOCKINFO_VSOCK:
      return "pri_vsock";
    default:
      return null;
  }
}

/** The layout of {@linkcode SocketInfo}. */
export const socketInfo: Struct<SocketInfo> = struct(
  "socket_info",
  { size: 768, align: 8 },
  (c): SocketInfo => {
    let kind: number;
    return {
      soi_stat: c.struct(vinfoStat),
      soi_so: c.u64(),
      soi_pcb: c.u64(),
      soi_type: c.i32(),
      soi_protocol: c.i32(),
      soi_family: c.i32(),
      soi_options: c.i16(),
      soi_linger: c.i16(),
      soi_state: c.i16(),
      soi_qlen: c.i16(),
      soi_incqlen: c.i16(),
      soi_qlimit: c.i16(),
      soi_timeo: c.i16(),
      soi_error: c.u16(),
      soi_oobmark: c.u32(),
      soi_rcv: c.struct(sockbufInfo),
      soi_snd: c.struct(sockbufInfo),
      soi_kind: kind = c.i32(),
      rfu_1: c.u32(),
      soi_proto: c.union(PROTO, protoMember(kind)),
    };
  },
);

/**
 * `struct socket_fdinfo`: the answer to `PROC_PIDFDSOCKETINFO` and `PROC_PIDFILEPORTSOCKETINFO`.
 */
export interface SocketFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The socket. */
  readonly psi: SocketInfo;
}

/** The layout of {@linkcode SocketFdInfo}. */
export const socketFdInfo: Struct<SocketFdInfo> = struct(
  "socket_fdinfo",
  { size: 792, align: 8 },
  (c): SocketFdInfo => ({
    pfi: c.struct(procFileInfo),
    psi: c.struct(socketInfo),
  }),
);

/** Any other protocol: no member is present. */
export const SOCKINFO_GENERIC = 0;
/** An Internet socket other than TCP: `pri_in`. */
export const SOCKINFO_IN = 1;
/** A TCP socket: `pri_tcp`. */
export const SOCKINFO_TCP = 2;
/** A UNIX-domain socket: `pri_un`. */
export const SOCKINFO_UN = 3;
/** A raw socket of a network driver: `pri_ndrv`. */
export const SOCKINFO_NDRV = 4;
/** A socket of kernel events: `pri_kern_event`. */
export const SOCKINFO_KERN_EVENT = 5;
/** A socket of a kernel control: `pri_kern_ctl`. */
export const SOCKINFO_KERN_CTL = 6;
/** A socket between a virtual machine and its host: `pri_vsock`. */
export const SOCKINFO_VSOCK = 7;
/** No descriptor refers to the socket. */
export const SOI_S_NOFDREF = 1;
/** Connected. */
export const SOI_S_ISCONNECTED = 2;
/** Being connected. */
export const SOI_S_ISCONNECTING = 4;
/** Being disconnected. */
export const SOI_S_ISDISCONNECTING = 8;
/** Closed for sending. */
export const SOI_S_CANTSENDMORE = 16;
/** Closed for receiving. */
export const SOI_S_CANTRCVMORE = 32;
/** The next byte to be read is the out-of-band mark. */
export const SOI_S_RCVATMARK = 64;
/** Created by a privileged process. */
export const SOI_S_PRIV = 128;
/** Non-blocking. */
export const SOI_S_NBIO = 256;
/** Sends a signal when it becomes ready. */
export const SOI_S_ASYNC = 512;
/** A connection that is not established yet, in the queue of a listening socket. */
export const SOI_S_INCOMP = 2048;
/** An established connection in the queue of a listening socket. */
export const SOI_S_COMP = 4096;
/** Disconnected. */
export const SOI_S_ISDISCONNECTED = 8192;
/** Being closed, while the calls that block in it are woken. */
export const SOI_S_DRAINING = 16384;
