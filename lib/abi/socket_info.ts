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
  /** What is in it, in bytes. */
  readonly sbi_cc: number;
  /** What it may hold, in bytes. */
  readonly sbi_hiwat: number;
  /** The memory that it takes, in bytes. */
  readonly sbi_mbcnt: number;
  /** The memory that it may take, in bytes. */
  readonly sbi_mbmax: number;
  /** How many bytes must be in it, or free in it, before a waiting program goes on. */
  readonly sbi_lowat: number;
  /** The kernel's flags: a set of `SB_*`. */
  readonly sbi_flags: number;
  /** The time-out of reads or writes, in clock ticks; 0 for none. */
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
  /** The unit of the interface, the number at the end of its name; on Linux 0xffffffff for none. */
  readonly ndrvsi_if_unit: number;
  /** The name of the interface without the unit, cut to 15 bytes: `en` of `en0`. */
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

/** `struct kern_event_info`: which events of the kernel a socket hears. */
export interface KernEventInfo {
  /** The vendor; 0 for all. */
  readonly kesi_vendor_code_filter: number;
  /** The class; 0 for all. */
  readonly kesi_class_filter: number;
  /** The subclass; 0 for all. */
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
  /** The size of the buffer for receiving, in bytes. */
  readonly kcsi_recvbufsize: number;
  /** The size of the buffer for sending, in bytes. */
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

/** The members of the union in {@linkcode SocketInfo}: which is there depends on `soi_kind`. */
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
  /** Attributes. Always 0: the kernel never fills them in. */
  readonly soi_stat: VinfoStat;
  /** A number for the socket: a kernel address, hashed. Good for comparing only. */
  readonly soi_so: bigint;
  /** A number for the protocol's part of it: a kernel address, hashed. Good for comparing only. */
  readonly soi_pcb: bigint;
  /** The type: 1 stream, 2 datagram, 3 raw. */
  readonly soi_type: number;
  /** The protocol: 6 TCP, 17 UDP in the Internet's families. */
  readonly soi_protocol: number;
  /** The address family: 1 UNIX, 2 IPv4, 30 IPv6, 32 system. */
  readonly soi_family: number;
  /** The low 16 bits of its options: a set of `SO_*`. */
  readonly soi_options: number;
  /** How long closing waits for what is to be sent, in clock ticks. */
  readonly soi_linger: number;
  /** A set of `SOI_S_*`. */
  readonly soi_state: number;
  /** How many connections wait to be accepted. */
  readonly soi_qlen: number;
  /** How many connections are still being made, to a socket that listens. */
  readonly soi_incqlen: number;
  /** How many connections may wait. */
  readonly soi_qlimit: number;
  /** The time-out of a connection, in clock ticks. */
  readonly soi_timeo: number;
  /** The error that the next call will report: an errno, or 0. */
  readonly soi_error: number;
  /** How far ahead the out-of-band mark lies, in bytes; 0 without one. */
  readonly soi_oobmark: number;
  /** What was received and not read. */
  readonly soi_rcv: SockbufInfo;
  /** What was written and not sent. */
  readonly soi_snd: SockbufInfo;
  /** Which member of `soi_proto` is there: a `SOCKINFO_*` value. */
  readonly soi_kind: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
  /** What the protocol adds. */
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

/** `struct socket_fdinfo`: what `PROC_PIDFDSOCKETINFO` and `PROC_PIDFILEPORTSOCKETINFO` write. */
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

/** Nothing is added: any other protocol. */
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
/** No descriptor leads to it. */
export const SOI_S_NOFDREF = 1;
/** Connected. */
export const SOI_S_ISCONNECTED = 2;
/** Being connected. */
export const SOI_S_ISCONNECTING = 4;
/** Being disconnected. */
export const SOI_S_ISDISCONNECTING = 8;
/** Can send no more. */
export const SOI_S_CANTSENDMORE = 16;
/** Can receive no more. */
export const SOI_S_CANTRCVMORE = 32;
/** The next byte to be read is the out-of-band mark. */
export const SOI_S_RCVATMARK = 64;
/** Made by a privileged process. */
export const SOI_S_PRIV = 128;
/** Does not block. */
export const SOI_S_NBIO = 256;
/** Sends a signal when there is something to do. */
export const SOI_S_ASYNC = 512;
/** A connection that is still being made, in the queue of a socket that listens. */
export const SOI_S_INCOMP = 2048;
/** A connection that is made, in the queue of a socket that listens. */
export const SOI_S_COMP = 4096;
/** Disconnected. */
export const SOI_S_ISDISCONNECTED = 8192;
/** Being closed, while calls that block in it are woken. */
export const SOI_S_DRAINING = 16384;
