import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { SK_MEMINFO, TCP_CLOSE } from "./socket_options.ts";

/** `struct nlmsghdr` (linux/netlink.h), up to the last member that is used. */
export interface Nlmsghdr {
  readonly nlmsg_len: number;
  readonly nlmsg_type: number;
  readonly nlmsg_flags: number;
}

/** The layout of {@linkcode Nlmsghdr}. */
export const nlmsghdr: Struct<Nlmsghdr> = struct("nlmsghdr", { size: 16, align: 4 }, (c) => ({
  nlmsg_len: c.u32(),
  nlmsg_type: c.u16(),
  nlmsg_flags: c.u16(),
}));

/** `struct nlattr` (linux/netlink.h). */
export interface Nlattr {
  readonly nla_len: number;
  readonly nla_type: number;
}

/** The layout of {@linkcode Nlattr}. */
export const nlattr: Struct<Nlattr> = struct("nlattr", { size: 4, align: 2 }, (c) => ({
  nla_len: c.u16(),
  nla_type: c.u16(),
}));

/** `struct inet_diag_sockid` (linux/inet_diag.h). Ports and addresses are in network byte order. */
export interface InetDiagSockid {
  readonly idiag_sport: number;
  readonly idiag_dport: number;
  readonly idiag_src: Uint8Array;
  readonly idiag_dst: Uint8Array;
  readonly idiag_if: number;
  readonly idiag_cookie: readonly number[];
}

/** The layout of {@linkcode InetDiagSockid}. */
export const inetDiagSockid: Struct<InetDiagSockid> = struct(
  "inet_diag_sockid",
  { size: 48, align: 4 },
  (c) => ({
    idiag_sport: c.u16(),
    idiag_dport: c.u16(),
    idiag_src: c.bytes(16),
    idiag_dst: c.bytes(16),
    idiag_if: c.u32(),
    idiag_cookie: c.array(2, (c) => c.u32()),
  }),
);

/** `struct inet_diag_req` (linux/inet_diag.h), the old type of request. */
export interface InetDiagReq {
  readonly idiag_family: number;
  readonly idiag_src_len: number;
  readonly idiag_dst_len: number;
  readonly idiag_ext: number;
  readonly id: InetDiagSockid;
  readonly idiag_states: number;
  readonly idiag_dbs: number;
}

/** The layout of {@linkcode InetDiagReq}. */
export const inetDiagReq: Struct<InetDiagReq> = struct(
  "inet_diag_req",
  { size: 60, align: 4 },
  (c) => ({
    idiag_family: c.u8(),
    idiag_src_len: c.u8(),
    idiag_dst_len: c.u8(),
    idiag_ext: c.u8(),
    id: c.struct(inetDiagSockid),
    idiag_states: c.u32(),
    idiag_dbs: c.u32(),
  }),
);

/** `struct inet_diag_req_v2` (linux/inet_diag.h). */
export interface InetDiagReqV2 {
  readonly sdiag_family: number;
  readonly sdiag_protocol: number;
  readonly idiag_ext: number;
  readonly pad: number;
  readonly idiag_states: number;
  readonly id: InetDiagSockid;
}

/** The layout of {@linkcode InetDiagReqV2}. */
export const inetDiagReqV2: Struct<InetDiagReqV2> = struct(
  "inet_diag_req_v2",
  { size: 56, align: 4 },
  (c) => ({
    sdiag_family: c.u8(),
    sdiag_protocol: c.u8(),
    idiag_ext: c.u8(),
    pad: c.u8(),
    idiag_states: c.u32(),
    id: c.struct(inetDiagSockid),
  }),
);

/**
 * `struct inet_diag_msg` (linux/inet_diag.h): the description of a socket, before its attributes.
 */
export interface InetDiagMsg {
  readonly idiag_family: number;
  readonly idiag_state: number;
  readonly idiag_timer: number;
  readonly idiag_retrans: number;
  readonly id: InetDiagSockid;
  readonly idiag_expires: number;
  readonly idiag_rqueue: number;
  readonly idiag_wqueue: number;
  readonly idiag_uid: number;
  readonly idiag_inode: number;
}

/** The layout of {@linkcode InetDiagMsg}. */
export const inetDiagMsg: Struct<InetDiagMsg> = struct(
  "inet_diag_msg",
  { size: 72, align: 4 },
  (c) => ({
    idiag_family: c.u8(),
    idiag_state: c.u8(),
    idiag_timer: c.u8(),
    idiag_retrans: c.u8(),
    id: c.struct(inetDiagSockid),
    idiag_expires: c.u32(),
    idiag_rqueue: c.u32(),
    idiag_wqueue: c.u32(),
    idiag_uid: c.u32(),
    idiag_inode: c.u32(),
  }),
);

/** `struct unix_diag_req` (linux/unix_diag.h). */
export interface UnixDiagReq {
  readonly sdiag_family: number;
  readonly sdiag_protocol: number;
  readonly pad: number;
  readonly udiag_states: number;
  readonly udiag_ino: number;
  readonly udiag_show: number;
  readonly udiag_cookie: readonly number[];
}

/** The layout of {@linkcode UnixDiagReq}. */
export const unixDiagReq: Struct<UnixDiagReq> = struct(
  "unix_diag_req",
  { size: 24, align: 4 },
  (c) => ({
    sdiag_family: c.u8(),
    sdiag_protocol: c.u8(),
    pad: c.u16(),
    udiag_states: c.u32(),
    udiag_ino: c.u32(),
    udiag_show: c.u32(),
    udiag_cookie: c.array(2, (c) => c.u32()),
  }),
);

/**
 * `struct unix_diag_msg` (linux/unix_diag.h): the description of a socket, before its attributes.
 */
export interface UnixDiagMsg {
  readonly udiag_family: number;
  readonly udiag_type: number;
  readonly udiag_state: number;
  readonly pad: number;
  readonly udiag_ino: number;
  readonly udiag_cookie: readonly number[];
}

/** The layout of {@linkcode UnixDiagMsg}. */
export const unixDiagMsg: Struct<UnixDiagMsg> = struct(
  "unix_diag_msg",
  { size: 16, align: 4 },
  (c) => ({
    udiag_family: c.u8(),
    udiag_type: c.u8(),
    udiag_state: c.u8(),
    pad: c.u8(),
    udiag_ino: c.u32(),
    udiag_cookie: c.array(2, (c) => c.u32()),
  }),
);

/** `struct unix_diag_vfs` (linux/unix_diag.h): the file to which a socket is bound. */
export interface UnixDiagVfs {
  readonly udiag_vfs_ino: number;
  readonly udiag_vfs_dev: number;
}

/** The layout of {@linkcode UnixDiagVfs}. */
export const unixDiagVfs: Struct<UnixDiagVfs> = struct(
  "unix_diag_vfs",
  { size: 8, align: 4 },
  (c) => ({
    udiag_vfs_ino: c.u32(),
    udiag_vfs_dev: c.u32(),
  }),
);

/** Returns the offset of the next message or attribute after one of a given length. */
export function aligned(length: number): number {
  return length + 3 & ~3;
}

const msg = offsetsOf(inetDiagMsg);
const id = offsetsOf(inetDiagSockid, msg.id);

/**
 * An Internet socket as sock_diag reports it: `struct inet_diag_msg`, followed by the values of its
 * attributes. Ports and addresses are in network byte order. All other numbers are in the byte
 * order of the machine.
 */
export const INET_RECORD = {
  /** The address family in Linux's numbers, 8 bits: 2 or 10. */
  family: msg.idiag_family,
  /** The state of TCP in Linux's numbers, 8 bits. Other protocols use 1 and 7. */
  state: msg.idiag_state,
  /**
   * The timer that runs, 8 bits: 1 for retransmission, 2 for keepalive, 3 for TIME_WAIT, 4 for
   * probes.
   */
  timer: msg.idiag_timer,
  /** The local port, 16 bits. */
  sport: id.idiag_sport,
  /** The remote port, 16 bits. */
  dport: id.idiag_dport,
  /** The local address, 4 or 16 bytes. */
  src: id.idiag_src,
  /** The remote address, 4 or 16 bytes. */
  dst: id.idiag_dst,
  /** The number of the socket in its network namespace, 64 bits. It is 0 if it is unknown. */
  cookie: id.idiag_cookie,
  /** The time until the timer expires, in milliseconds, 32 bits. */
  expires: msg.idiag_expires,
  /** The number of bytes to be read, or of connections to be accepted, 32 bits. */
  rqueue: msg.idiag_rqueue,
  /**
   * The number of bytes that are not acknowledged, or the maximum number of connections that can
   * wait to be accepted, 32 bits.
   */
  wqueue: msg.idiag_wqueue,
  /** The inode, 32 bits. */
  inode: msg.idiag_inode,
  /** `INET_DIAG_SKMEMINFO`: the numbers of `SK_MEMINFO`. */
  skmem: inetDiagMsg.size,
  /** 1 if `skmem` is filled, 8 bits. */
  hasSkmem: inetDiagMsg.size + SK_MEMINFO.size,
  /** `INET_DIAG_SKV6ONLY`, 8 bits: 2 for yes, 1 for no, 0 if it is not reported. */
  v6only: inetDiagMsg.size + SK_MEMINFO.size + 1,
  /** 1 if it is an association of SCTP, 8 bits. A socket can have several. */
  isAssociation: inetDiagMsg.size + SK_MEMINFO.size + 2,
  /** The size of a record, in bytes. */
  size: inetDiagMsg.size + SK_MEMINFO.size + 4,
} as const;

const INET_DIAG_SKMEMINFO = 7;
const INET_DIAG_SKV6ONLY = 11;
/** The remote addresses of an association of SCTP. */
const INET_DIAG_PEERS = 13;

/**
 * The states of TCP that represent the states of an association of SCTP (linux/sctp/constants.h):
 * closed, COOKIE_WAIT, COOKIE_ECHOED, ESTABLISHED, and the four of its shutdown.
 */
const SCTP_STATES: readonly number[] = [7, 2, 2, 1, 4, 5, 8, 9];

const { nla_len, nla_type } = offsetsOf(nlattr);
/** The bits of a type without its flags. */
const NLA_TYPE_MASK = 0x3fff;

/**
 * Copies a message about an Internet socket.
 *
 * @param from The message.
 * @param start The offset of its content, after the header.
 * @param end The offset of its end.
 * @param to Receives the {@linkcode INET_RECORD}.
 * @param at The offset of the record in `to`.
 * @returns True if the message is long enough.
 */
export function copyInetMessage(
  from: DataView,
  start: number,
  end: number,
  to: DataView,
  at: number,
): boolean {
  if (end - start < inetDiagMsg.size) return false;
  copyWords(from, start, to, at, inetDiagMsg.size);
  to.setUint8(at + INET_RECORD.hasSkmem, 0);
  to.setUint8(at + INET_RECORD.v6only, 0);
  to.setUint8(at + INET_RECORD.isAssociation, 0);
  for (let next = start + inetDiagMsg.size; next + nlattr.size <= end;) {
    const length = from.getUint16(next + nla_len, true);
    if (length < nlattr.size || next + length > end) break;
    const type = from.getUint16(next + nla_type, true) & NLA_TYPE_MASK;
    if (type === INET_DIAG_SKMEMINFO && length >= nlattr.size + SK_MEMINFO.size) {
      copyWords(from, next + nlattr.size, to, at + INET_RECORD.skmem, SK_MEMINFO.size);
      to.setUint8(at + INET_RECORD.hasSkmem, 1);
    } else if (type === INET_DIAG_SKV6ONLY && length > nlattr.size) {
      to.setUint8(at + INET_RECORD.v6only, from.getUint8(next + nlattr.size) === 0 ? 1 : 2);
    } else if (type === INET_DIAG_PEERS) {
      to.setUint8(at + INET_RECORD.isAssociation, 1);
      const state = from.getUint8(start + msg.idiag_state);
      to.setUint8(at + INET_RECORD.state, SCTP_STATES[state] ?? TCP_CLOSE);
    }
    next += aligned(length);
  }
  return true;
}

/** The indices of the values that {@linkcode parseUnixMessage} stores. */
export const UNIX_DIAG = {
  /** The type: 1 stream, 2 datagram, 5 sequenced packets. */
  type: 0,
  /** The state: 1 connected, 10 listening, 7 neither. */
  state: 1,
  /** The low half of the number of the socket in its network namespace. */
  cookie_low: 2,
  /** The high half of that number. */
  cookie_high: 3,
  /** The offset of the address to which the socket is bound, without the family. */
  name: 4,
  /** The length of that address; 0 if the socket is not bound. */
  name_length: 5,
  /** The inode of the socket at the other end; 0 if there is none. */
  peer: 6,
  /** The number of bytes to be read, or of connections to be accepted. */
  rqueue: 7,
  /**
   * The memory of data that has not been received yet, or the maximum number of connections that
   * can wait to be accepted.
   */
  wqueue: 8,
  /** The directions that are shut down: 1 receiving, 2 sending. */
  shutdown: 9,
  /** The offset of the nine 32-bit numbers of `UNIX_DIAG_MEMINFO`; 0 if they are not reported. */
  meminfo: 10,
  /** Not 0 if the socket is bound to a file: `device` and `inode` are then set. */
  isBoundToFile: 11,
  /**
   * The device of that file's volume, in the kernel's own encoding: 12 bits for the major number
   * and 20 for the minor number.
   */
  device: 12,
  /** The low 32 bits of that file's inode. */
  inode: 13,
  /** The number of values. */
  size: 14,
} as const;

const udiag = offsetsOf(unixDiagMsg);
const vfs = offsetsOf(unixDiagVfs);
const UNIX_DIAG_NAME = 0;
const UNIX_DIAG_VFS = 1;
const UNIX_DIAG_PEER = 2;
const UNIX_DIAG_RQLEN = 4;
const UNIX_DIAG_MEMINFO = 5;
const UNIX_DIAG_SHUTDOWN = 6;

/**
 * Parses a message about a UNIX-domain socket: `struct unix_diag_msg` and its attributes.
 *
 * @param message The message.
 * @param start The offset of its content, after the header.
 * @param end The offset of its end.
 * @param fields Receives the {@linkcode UNIX_DIAG} values. Those that are not reported become 0.
 * @returns True if the message is long enough.
 */
export function parseUnixMessage(
  message: DataView,
  start: number,
  end: number,
  fields: Uint32Array,
): boolean {
  if (end - start < unixDiagMsg.size) return false;
  fields.fill(0);
  fields[UNIX_DIAG.type] = message.getUint8(start + udiag.udiag_type);
  fields[UNIX_DIAG.state] = message.getUint8(start + udiag.udiag_state);
  fields[UNIX_DIAG.cookie_low] = message.getUint32(start + udiag.udiag_cookie, true);
  fields[UNIX_DIAG.cookie_high] = message.getUint32(start + udiag.udiag_cookie + 4, true);
  for (let next = start + unixDiagMsg.size; next + nlattr.size <= end;) {
    const length = message.getUint16(next + nla_len, true);
    if (length < nlattr.size || next + length > end) break;
    const value = next + nlattr.size;
    const room = length - nlattr.size;
    switch (message.getUint16(next + nla_type, true) & NLA_TYPE_MASK) {
      case UNIX_DIAG_NAME:
        fields[UNIX_DIAG.name] = value;
        fields[UNIX_DIAG.name_length] = room;
        break;
      case UNIX_DIAG_VFS:
        if (room < unixDiagVfs.size) break;
        fields[UNIX_DIAG.isBoundToFile] = 1;
        fields[UNIX_DIAG.inode] = message.getUint32(value + vfs.udiag_vfs_ino, true);
        fields[UNIX_DIAG.device] = message.getUint32(value + vfs.udiag_vfs_dev, true);
        break;
      case UNIX_DIAG_PEER:
        if (room >= 4) fields[UNIX_DIAG.peer] = message.getUint32(value, true);
        break;
      case UNIX_DIAG_RQLEN:
        if (room < 8) break;
        fields[UNIX_DIAG.rqueue] = message.getUint32(value, true);
        fields[UNIX_DIAG.wqueue] = message.getUint32(value + 4, true);
        break;
      case UNIX_DIAG_MEMINFO:
        if (room >= SK_MEMINFO.size) fields[UNIX_DIAG.meminfo] = value;
        break;
      case UNIX_DIAG_SHUTDOWN:
        if (room >= 1) fields[UNIX_DIAG.shutdown] = message.getUint8(value);
        break;
    }
    next += aligned(length);
  }
  return true;
}

function copyWords(from: DataView, start: number, to: DataView, at: number, size: number): void {
  for (let i = 0; i < size; i += 4) to.setUint32(at + i, from.getUint32(start + i, true), true);
}
