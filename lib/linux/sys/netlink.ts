import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { LINUX, type LinuxAnswer } from "./errno.ts";
import type { Libc } from "./libc.ts";
import type { SocketCalls } from "./socket.ts";
import {
  aligned,
  copyInetMessage,
  INET_RECORD,
  inetDiagReq,
  inetDiagReqV2,
  inetDiagSockid,
  nlattr,
  nlmsghdr,
  parseUnixMessage,
  UNIX_DIAG,
  unixDiagMsg,
  unixDiagReq,
} from "./sock_diag.ts";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  sockaddr,
  sockaddrIn,
  sockaddrIn6,
} from "./socket_address.ts";
import {
  IPPROTO_MPTCP,
  IPPROTO_TCP,
  SOCK_CLOEXEC,
  SOCK_RAW,
  TCP_LISTEN,
} from "./socket_options.ts";

const NETLINK_SOCK_DIAG = 4;
const MSG_DONTWAIT = 0x40;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
/** The table changed while it was dumped, so sockets may be missing. */
const NLM_F_DUMP_INTR = 0x10;
/** The old type of request, which dumps IPv4 and IPv6 in one walk. */
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;

/** Matches any cookie and any state. */
const ANY = 0xffffffff;
/** The bit of `INET_DIAG_SKMEMINFO`. */
const EXT_SKMEMINFO = 1 << 6;
/**
 * All states except SYN_RECV, TIME_WAIT and NEW_SYN_RECV, in which no descriptor refers to the
 * socket.
 */
const STATES = ~(1 << 3 | 1 << 6 | 1 << 12) & 0xfff;
/** The bit of the state LISTEN. */
const LISTEN_STATE = 1 << 10;
/** The bit of the state TIME_WAIT. */
const TIME_WAIT_STATE = 1 << 6;
/** The offset for the cookie of a connection without a socket. Inode numbers are lower. */
const ENDED = 2 ** 32;

/** The bits of `UDIAG_SHOW_NAME`, `_PEER`, `_RQLEN` and `_MEMINFO`. */
const SHOW = 1 | 4 | 0x10 | 0x20;
const UDIAG_SHOW_VFS = 2;

/** The attribute for the number of a protocol that does not fit into the member of the request. */
const INET_DIAG_REQ_PROTOCOL = 3;
const PROTOCOL_MAX = 255;

const REPLY = 65536;
const REPLY_SIZE = BigInt(REPLY);
const REQUEST = 128;
/** The offset of the content of a message. */
const BODY = nlmsghdr.size;
const OLD_REQUEST_SIZE = BigInt(BODY + inetDiagReq.size);
/** The offset of the attribute of a request. */
const ATTRIBUTE = BODY + inetDiagReqV2.size;
const ATTRIBUTE_SIZE = nlattr.size + 4;
const UNIX_REQUEST_SIZE = BigInt(BODY + unixDiagReq.size);
const ATTEMPTS = 3;

/** Sockets by their inodes, each in the layout of {@linkcode INET_RECORD}. */
export class InetTable {
  /** The sockets, one after the other. */
  block: Block = block(64 * INET_RECORD.size);
  readonly #places = new Map<number, number>();
  readonly #keepsEnded: boolean;
  #end = 0;

  /**
   * Creates a table. With `keepsEnded`, it keeps connections without a socket, by their cookies.
   */
  constructor(keepsEnded = false) {
    this.#keepsEnded = keepsEnded;
  }

  /**
   * Makes room for another socket and returns its offset. The socket is only added by
   * {@linkcode add}.
   */
  next(): number {
    if (this.#end + INET_RECORD.size > this.block.bytes.length) {
      const more = block(this.block.bytes.length * 4);
      more.bytes.set(this.block.bytes);
      this.block = more;
    }
    return this.#end;
  }

  /** Adds the socket that was written at the offset from {@linkcode next}. */
  add(): void {
    const at = this.#end;
    const { view } = this.block;
    let inode = view.getUint32(at + INET_RECORD.inode, true);
    if (inode === 0 && this.#keepsEnded) {
      inode = ENDED + view.getUint32(at + INET_RECORD.cookie, true);
    }
    // A connection that no process has accepted yet has an inode of 0.
    if (inode === 0) return;
    const known = this.#places.get(inode);
    // An SCTP socket that listens can have associations too: its own record takes precedence.
    if (
      known !== undefined && view.getUint8(at + INET_RECORD.isAssociation) !== 0 &&
      view.getUint8(known + INET_RECORD.state) === TCP_LISTEN
    ) return;
    this.#places.set(inode, at);
    this.#end += INET_RECORD.size;
  }

  /** Returns the offset of the socket with an inode, or -1. */
  find(inode: number): number {
    return this.#places.get(inode) ?? -1;
  }

  /** Returns the inode and the offset of each socket. */
  places(): IterableIterator<[inode: number, at: number]> {
    return this.#places.entries();
  }

  /** Removes all sockets. */
  clear(): void {
    this.#places.clear();
    this.#end = 0;
  }
}

/** UNIX-domain sockets by their inodes, each as the message that `parseUnixMessage()` parses. */
export class UnixTable {
  /** The messages, one after the other. */
  block: Block = block(16384);
  readonly #places = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  #end = 0;

  /** Adds the message in a part of `from`. It replaces an earlier message of the same socket. */
  add(from: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size < unixDiagMsg.size) return;
    const at = this.#end;
    if (at + size > this.block.bytes.length) {
      const more = block(this.block.bytes.length * 4 + size);
      more.bytes.set(this.block.bytes);
      this.block = more;
    }
    const { bytes, view } = this.block;
    for (let i = 0; i < size; i++) bytes[at + i] = from[start + i]!;
    this.#places.set(view.getUint32(at + udiag_ino, true), at);
    this.#ends.set(at, at + size);
    this.#end = at + aligned(size);
  }

  /** Reads the message of the socket with an inode. Returns false if the table does not have it. */
  read(inode: number, fields: Uint32Array): boolean {
    const at = this.#places.get(inode);
    return at !== undefined && parseUnixMessage(this.block.view, at, this.#ends.get(at)!, fields);
  }

  /** Returns the inodes of the sockets. */
  inodes(): IterableIterator<number> {
    return this.#places.keys();
  }

  /** Removes all sockets. */
  clear(): void {
    this.#places.clear();
    this.#ends.clear();
    this.#end = 0;
  }
}

const { udiag_ino } = offsetsOf(unixDiagMsg);

/**
 * Queries the kernel about sockets in the network namespace of this process.
 *
 * If the kernel does not know a request or denies it, its tables count as empty, because there are
 * other sources. Negative results are other failures.
 */
export interface SockDiag {
  /** The values that {@linkcode SockDiag.unix} found. */
  readonly unixFields: Uint32Array;
  /** The message in which {@linkcode SockDiag.unix} found them. */
  readonly message: Block;
  /** The socket that {@linkcode SockDiag.tcp} found. */
  readonly record: Block;
  /** True if the kernel denied the last dump, or does not know the request. */
  readonly refused: boolean;
  /** Finds a UNIX-domain socket by its inode. Returns 1, or 0 if there is no such socket. */
  unix(inode: number): LinuxAnswer;
  /**
   * Finds a TCP socket by its addresses, which are those of `getsockname()` and `getpeername()`.
   * Returns 1 if that socket has the inode, and 0 otherwise.
   */
  tcp(local: Uint8Array, remote: Uint8Array, inode: number): LinuxAnswer;
  /**
   * Finds a connection of multipath TCP by its token. Returns 1 if that connection has the inode,
   * and 0 otherwise.
   */
  mptcp(v6: boolean, token: number, inode: number): LinuxAnswer;
  /**
   * Adds the TCP sockets of IPv4 and IPv6 to a table: all, those that listen, or connections in
   * TIME_WAIT. Returns 0 or a negated errno.
   */
  dumpTcp(table: InetTable, which?: "listening" | "timeWait"): LinuxAnswer;
  /**
   * Adds the sockets of an address family and a protocol to a table: all, or those that listen.
   * Returns 0 or a negated errno.
   */
  dump(family: number, protocol: number, table: InetTable, listening?: boolean): LinuxAnswer;
  /** Adds the UNIX-domain sockets to a table. Returns 0 or a negated errno. */
  dumpUnix(table: UnixTable): LinuxAnswer;
  /**
   * Adds the inodes of UNIX-domain sockets, and those of the connected sockets of some protocols:
   * sockets that do not listen and have a remote port. After a failure, the inodes that were added
   * before it remain, and are correct.
   */
  addOthers(protocols: Iterable<number>, to: Set<number>): void;
  /**
   * Adds the inodes of the UNIX-domain sockets that are bound to a file. Returns 0 or a negated
   * errno.
   *
   * @param device The device of the file's volume, in the kernel's own encoding.
   * @param inode The low 32 bits of the file's inode.
   * @param bound Receives the sockets that are bound to this file.
   * @param others Receives the sockets that are bound to files with other inodes. A file with the
   * same inode number on another device is not among them: some file systems report a different
   * device than the kernel.
   */
  addBound(device: number, inode: number, bound: Set<number>, others: Set<number>): LinuxAnswer;
}

/** The families and protocols of {@linkcode SockDiag.dump} that the kernel does not support. */
const unknown = new WeakMap<SocketCalls, Set<number>>();

/** Creates an interface that opens a netlink socket for each query. It keeps no socket open. */
export function sockDiag(libc: Libc, calls: SocketCalls): SockDiag {
  let lacking = unknown.get(calls)!;
  if (lacking === undefined) unknown.set(calls, lacking = new Set());
  const request = block(REQUEST);
  const { bytes, view } = request;
  const message = block(REPLY);
  const record = block(INET_RECORD.size);
  const unixFields = new Uint32Array(UNIX_DIAG.size);
  const { nlmsg_len, nlmsg_type, nlmsg_flags } = offsetsOf(nlmsghdr);
  const old = offsetsOf(inetDiagReq, BODY);
  const v2 = offsetsOf(inetDiagReqV2, BODY);
  const id = offsetsOf(inetDiagSockid, v2.id);
  const unix = offsetsOf(unixDiagReq, BODY);
  const attribute = offsetsOf(nlattr, ATTRIBUTE);
  const { sin_port, sin_addr } = offsetsOf(sockaddrIn);
  const { sin6_addr, sin6_scope_id } = offsetsOf(sockaddrIn6);
  const { sa_family } = offsetsOf(sockaddr);
  let interrupted = false;
  let refused = false;
  let lacks = false;

  function setHeader(size: number, type: number, flags: number): void {
    bytes.fill(0);
    view.setUint32(nlmsg_len, BODY + size, true);
    view.setUint16(nlmsg_type, type, true);
    view.setUint16(nlmsg_flags, NLM_F_REQUEST | flags, true);
  }

  /**
   * Sends the request. Returns the socket, which the caller closes, 0 if the kernel denies the
   * request, or a negated errno.
   */
  function send(size: bigint): LinuxAnswer {
    const fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return failure(fd);
    const sent = calls.send(fd, bytes, size, 0);
    if (sent >= 0) return fd;
    libc.close(fd);
    return failure(sent);
  }

  /** Requests one socket. Leaves the reply in `message` and returns the offset of its end, or 0. */
  function query(size: bigint): LinuxAnswer {
    const fd = send(size);
    if (fd <= 0) return fd;
    // The kernel replies while the request is sent, so the reply is already available.
    const length = calls.recv(fd, message.bytes, REPLY_SIZE, MSG_DONTWAIT);
    libc.close(fd);
    if (length < BODY) return length < 0 ? failure(length) : 0;
    if (message.view.getUint16(nlmsg_type, true) !== SOCK_DIAG_BY_FAMILY) return 0;
    return Math.min(message.view.getUint32(nlmsg_len, true), length);
  }

  /** Passes the sockets of one part of a dump to `add`. Returns true if it is the last part. */
  function take(length: number, add: AddSocket): boolean {
    const { view: from } = message;
    for (let at = 0; at + BODY <= length;) {
      const size = from.getUint32(at + nlmsg_len, true);
      const type = from.getUint16(at + nlmsg_type, true);
      if (size < BODY || at + size > length) return true;
      if ((from.getUint16(at + nlmsg_flags, true) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
      if (type === NLMSG_ERROR) refused = true;
      // A dump that the kernel does not support also ends with an error.
      if ((type === NLMSG_DONE || type === NLMSG_ERROR) && size >= BODY + 4) {
        const error = from.getInt32(at + BODY, true);
        if (error < 0) refused = true;
        if (error === -LINUX.ENOENT) lacks = true;
      }
      if (type === NLMSG_DONE || type === NLMSG_ERROR) return true;
      add(from, at + BODY, at + size);
      at += aligned(size);
    }
    return false;
  }

  /** Passes the requested sockets to `add`, some of them twice if the tables change meanwhile. */
  function dump(size: bigint, add: AddSocket): LinuxAnswer {
    for (let attempt = 1;; attempt++) {
      const fd = send(size);
      refused = fd <= 0;
      if (refused) return fd;
      interrupted = lacks = false;
      let length: number;
      do {
        // The kernel produces each part while the previous one is received.
        length = calls.recv(fd, message.bytes, REPLY_SIZE, MSG_DONTWAIT);
      } while (length > 0 && !take(length, add));
      libc.close(fd);
      if (length < 0) refused = true;
      if (length < 0 && failure(length) < 0) return failure(length);
      if (!interrupted || attempt === ATTEMPTS) return 0;
    }
  }

  /** Writes a request for Internet sockets. Returns its length. */
  function setInet(family: number, protocol: number, states: number, flags: number): bigint {
    const fits = protocol <= PROTOCOL_MAX;
    const size = inetDiagReqV2.size + (fits ? 0 : ATTRIBUTE_SIZE);
    setHeader(size, SOCK_DIAG_BY_FAMILY, flags);
    view.setUint8(v2.sdiag_family, family);
    view.setUint32(v2.idiag_states, states, true);
    // A kernel that does not know the attribute reads protocol 0, which it does not have either.
    if (fits) view.setUint8(v2.sdiag_protocol, protocol);
    else {
      view.setUint16(attribute.nla_len, ATTRIBUTE_SIZE, true);
      view.setUint16(attribute.nla_type, INET_DIAG_REQ_PROTOCOL, true);
      view.setUint32(ATTRIBUTE + nlattr.size, protocol, true);
    }
    return BigInt(BODY + size);
  }

  /** Passes the sockets of a family and a protocol to `add`, with attributes. */
  function dumpInet(
    family: number,
    protocol: number,
    states: number,
    attributes: number,
    add: AddSocket,
  ): LinuxAnswer {
    const question = family << 16 | protocol;
    // For each such request, the kernel starts a program that searches for a module.
    refused = lacking.has(question);
    if (refused) return 0;
    const size = setInet(family, protocol, states, NLM_F_DUMP);
    view.setUint8(v2.idiag_ext, attributes);
    const error = dump(size, add);
    if (lacks) lacking.add(question);
    return error;
  }

  /**
   * Requests one Internet socket and copies it to `record`. Returns 1 if it has the inode, and 0
   * otherwise.
   */
  function queryInet(size: bigint, inode: number): LinuxAnswer {
    const end = query(size);
    if (end <= 0) return end;
    if (!copyInetMessage(message.view, BODY, end, record.view, 0)) return 0;
    return record.view.getUint32(INET_RECORD.inode, true) === inode ? 1 : 0;
  }

  function setUnixDump(show: number): void {
    setHeader(unixDiagReq.size, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
    view.setUint8(unix.sdiag_family, AF_UNIX);
    view.setUint32(unix.udiag_states, ANY, true);
    view.setUint32(unix.udiag_show, show, true);
  }

  return {
    unixFields,
    message,
    record,
    get refused() {
      return refused;
    },

    unix(inode) {
      setHeader(unixDiagReq.size, SOCK_DIAG_BY_FAMILY, 0);
      view.setUint8(unix.sdiag_family, AF_UNIX);
      view.setUint32(unix.udiag_states, ANY, true);
      view.setUint32(unix.udiag_ino, inode, true);
      view.setUint32(unix.udiag_show, SHOW, true);
      view.setUint32(unix.udiag_cookie, ANY, true);
      view.setUint32(unix.udiag_cookie + 4, ANY, true);
      const end = query(UNIX_REQUEST_SIZE);
      if (end <= 0) return end;
      return parseUnixMessage(message.view, BODY, end, unixFields) ? 1 : 0;
    },

    tcp(local, remote, inode) {
      const family = local[sa_family]!;
      const v6 = family === AF_INET6;
      const size = setInet(family, IPPROTO_TCP, STATES, 0);
      copy(local, sin_port, bytes, id.idiag_sport, 2);
      copy(remote, sin_port, bytes, id.idiag_dport, 2);
      copy(local, v6 ? sin6_addr : sin_addr, bytes, id.idiag_src, v6 ? 16 : 4);
      copy(remote, v6 ? sin6_addr : sin_addr, bytes, id.idiag_dst, v6 ? 16 : 4);
      if (v6) copy(local, sin6_scope_id, bytes, id.idiag_if, 4);
      view.setUint32(id.idiag_cookie, ANY, true);
      view.setUint32(id.idiag_cookie + 4, ANY, true);
      // Another network namespace may have a socket with the same addresses.
      return queryInet(size, inode);
    },

    mptcp(v6, token, inode) {
      const size = setInet(v6 ? AF_INET6 : AF_INET, IPPROTO_MPTCP, STATES, 0);
      view.setUint32(id.idiag_cookie, token, true);
      return queryInet(size, inode);
    },

    dumpTcp(table, which) {
      setHeader(inetDiagReq.size, TCPDIAG_GETSOCK, NLM_F_DUMP);
      view.setUint8(old.idiag_ext, EXT_SKMEMINFO);
      const states = which === "listening"
        ? LISTEN_STATE
        : which === "timeWait"
        ? TIME_WAIT_STATE
        : STATES;
      view.setUint32(old.idiag_states, states, true);
      return dump(OLD_REQUEST_SIZE, addTo(table));
    },

    dump(family, protocol, table, listening = false) {
      const states = listening ? LISTEN_STATE : STATES;
      return dumpInet(family, protocol, states, EXT_SKMEMINFO, addTo(table));
    },

    dumpUnix(table) {
      setUnixDump(SHOW);
      const from = message.bytes;
      return dump(UNIX_REQUEST_SIZE, (_, start, end) => table.add(from, start, end));
    },

    addOthers(protocols, to) {
      setUnixDump(0);
      dump(UNIX_REQUEST_SIZE, (from, start, end) => {
        if (end - start >= udiag_ino + 4) {
          to.add(from.getUint32(start + udiag_ino, true));
        }
      });
      const add: AddSocket = (from, start, end) => {
        if (end - start < INET_RECORD.inode + 4) return;
        // A socket without a remote port is bound, but not connected.
        if (from.getUint16(start + INET_RECORD.dport, true) === 0) return;
        to.add(from.getUint32(start + INET_RECORD.inode, true));
      };
      for (const protocol of protocols) {
        for (const family of [AF_INET, AF_INET6]) {
          dumpInet(family, protocol, STATES & ~LISTEN_STATE, 0, add);
        }
      }
    },

    addBound(device, inode, bound, others) {
      setUnixDump(UDIAG_SHOW_VFS);
      return dump(UNIX_REQUEST_SIZE, (from, start, end) => {
        if (!parseUnixMessage(from, start, end, unixFields)) return;
        if (unixFields[UNIX_DIAG.isBoundToFile] === 0) return;
        const socket = from.getUint32(start + udiag_ino, true);
        if (unixFields[UNIX_DIAG.inode] !== inode) others.add(socket);
        else if (unixFields[UNIX_DIAG.device] === device) bound.add(socket);
      });
    },
  };
}

/** Receives a socket of a dump: the content of its message, which ends with the attributes. */
type AddSocket = (from: DataView, start: number, end: number) => void;

function addTo(table: InetTable): AddSocket {
  return (from, start, end) => {
    const to = table.next();
    if (copyInetMessage(from, start, end, table.block.view, to)) table.add();
  };
}

/**
 * Converts the error of a failed call: 0 if the kernel denied the query, which other sources may
 * answer, or the errno of a shortage.
 */
function failure(answer: LinuxAnswer): LinuxAnswer {
  return isShortage(answer) ? answer : 0;
}

/** True if a result reports a shortage of resources, which would affect other methods too. */
export function isShortage(answer: LinuxAnswer): boolean {
  return answer === -LINUX.EMFILE || answer === -LINUX.ENFILE || answer === -LINUX.ENOMEM ||
    answer === -LINUX.ENOBUFS;
}

function copy(from: Uint8Array, start: number, to: Uint8Array, at: number, size: number): void {
  for (let i = 0; i < size; i++) to[at + i] = from[start + i]!;
}
