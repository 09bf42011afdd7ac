import { ERRNO } from "../../system/errors.ts";
import { type Block, block } from "../../layout/block.ts";
import { toDarwin } from "./errno.ts";
import type { Libc } from "./libc.ts";
import type { SocketCalls } from "./socket.ts";
import {
  aligned,
  copyInetMessage,
  INET_RECORD,
  NLMSG,
  parseUnixMessage,
  UNIX_DIAG,
} from "../parse/sock_diag.ts";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const MSG_DONTWAIT = 0x40;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
/** The table changed while it was dumped: something may be missing. */
const NLM_F_DUMP_INTR = 0x10;
/** The old type of request, which dumps IPv4 and IPv6 in one walk. */
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;

// struct inet_diag_req, and struct inet_diag_req_v2, behind the header.
const OLD_EXT = 3;
const OLD_STATES = 52;
const OLD_SIZE = 60;
const V2_PROTOCOL = 1;
const V2_EXT = 2;
const V2_STATES = 4;
const V2_ID = 8;
const V2_SIZE = 56;
// struct inet_diag_sockid.
const ID_DPORT = 2;
const ID_SRC = 4;
const ID_DST = 20;
const ID_INTERFACE = 36;
const ID_COOKIE = 40;
/** Any cookie, and any state. */
const ANY = 0xffffffff;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
// struct sockaddr_in and struct sockaddr_in6.
const SIN_PORT = 2;
const SIN_ADDR = 4;
const SIN6_ADDR = 8;
const SIN6_SCOPE_ID = 24;
/** The bit of INET_DIAG_SKMEMINFO. */
const EXT_SKMEMINFO = 1 << 6;
/** All but SYN_RECV, TIME_WAIT and NEW_SYN_RECV: a descriptor leads to none of these. */
const STATES = ~(1 << 3 | 1 << 6 | 1 << 12) & 0xfff;
/** The bit of the state LISTEN. */
const LISTEN_STATE = 1 << 10;

// struct unix_diag_req, behind the header.
const UNIX_STATES = 4;
const UNIX_INO = 8;
const UNIX_SHOW = 12;
const UNIX_COOKIE = 16;
const UNIX_SIZE = 24;
/** Where the inode is in a `struct unix_diag_msg`. */
const UNIX_DIAG_INODE = 4;
/** UDIAG_SHOW_NAME, _PEER, _RQLEN and _MEMINFO. */
const SHOW = 1 | 4 | 0x10 | 0x20;

const REPLY = 65536;
const REPLY_SIZE = BigInt(REPLY);
const REQUEST = 128;
const OLD_REQUEST_SIZE = BigInt(NLMSG.size + OLD_SIZE);
const V2_REQUEST_SIZE = BigInt(NLMSG.size + V2_SIZE);
const UNIX_REQUEST_SIZE = BigInt(NLMSG.size + UNIX_SIZE);
const ATTEMPTS = 3;

/** Sockets by their inodes, each in the form of {@linkcode INET_RECORD}. */
export class InetTable {
  /** The sockets, one behind the other. */
  block: Block = block(64 * INET_RECORD.size);
  readonly #places = new Map<number, number>();
  #end = 0;

  /** Makes room for one more; returns where it goes. It counts when {@linkcode add} is called. */
  next(): number {
    if (this.#end + INET_RECORD.size > this.block.bytes.length) {
      const more = block(this.block.bytes.length * 4);
      more.bytes.set(this.block.bytes);
      this.block = more;
    }
    return this.#end;
  }

  /** Counts what was written where {@linkcode next} said. */
  add(): void {
    const at = this.#end;
    const inode = this.block.view.getUint32(at + INET_RECORD.inode, true);
    // 0 is a connection that no process has accepted yet.
    if (inode === 0) return;
    this.#places.set(inode, at);
    this.#end += INET_RECORD.size;
  }

  /** Where the socket with an inode is, or -1. */
  find(inode: number): number {
    return this.#places.get(inode) ?? -1;
  }

  /** Forgets them all. */
  clear(): void {
    this.#places.clear();
    this.#end = 0;
  }
}

/**
 * Asks the kernel about sockets of the network namespace that this process is in.
 *
 * A kernel that knows no such question, or refuses it, is one in whose tables nothing is found: there
 * are other sources. Answers below 0 are other failures, as negated Darwin errnos.
 */
export interface SockDiag {
  /** What {@linkcode SockDiag.unix} found. */
  readonly unixFields: Uint32Array;
  /** The message in which {@linkcode SockDiag.unix} found it. */
  readonly message: Block;
  /** What {@linkcode SockDiag.tcp} found. */
  readonly record: Block;
  /** Looks for a UNIX-domain socket by its inode; returns 1 if there is one, or else 0. */
  unix(inode: number): number;
  /**
   * Looks for a TCP socket by its addresses, which are those of `getsockname()` and `getpeername()`;
   * returns 1 if there is one with the inode, or else 0.
   */
  tcp(local: Uint8Array, remote: Uint8Array, inode: number): number;
  /** Adds the TCP sockets of IPv4 and IPv6 to a table; returns 0. */
  dumpTcp(table: InetTable): number;
  /** Adds the sockets of a family and a protocol to a table; returns 0. */
  dump(family: number, protocol: number, table: InetTable): number;
  /**
   * Adds the inodes of UNIX-domain sockets, and of TCP and UDP sockets on which nobody waits: those of
   * TCP that do not listen, those of UDP that are connected. Whatever fails, what was told before that
   * stays, and is true.
   */
  addOthers(to: Set<number>): void;
}

/** Asks through a netlink socket that is made for each question: none is kept open. */
export function sockDiag(libc: Libc, calls: SocketCalls): SockDiag {
  const request = block(REQUEST);
  const { bytes, view } = request;
  const message = block(REPLY);
  const record = block(INET_RECORD.size);
  const unixFields = new Uint32Array(UNIX_DIAG.size);
  let interrupted = false;

  function setHeader(size: number, type: number, flags: number): void {
    bytes.fill(0);
    view.setUint32(NLMSG.len, NLMSG.size + size, true);
    view.setUint16(NLMSG.type, type, true);
    view.setUint16(NLMSG.flags, NLM_F_REQUEST | flags, true);
  }

  /** Sends the request; returns the socket, which the caller closes, or 0 where it is refused. */
  function send(size: bigint): number {
    const fd = calls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return failure(fd);
    const sent = calls.send(fd, bytes, size, 0);
    if (sent >= 0) return fd;
    libc.close(fd);
    return failure(sent);
  }

  /** Asks for one socket; leaves the answer in `message` and returns where it ends, or 0. */
  function ask(size: bigint): number {
    const fd = send(size);
    if (fd <= 0) return fd;
    // The kernel answers while the request is sent, so there is nothing to wait for.
    const length = calls.recv(fd, message.bytes, REPLY_SIZE, MSG_DONTWAIT);
    libc.close(fd);
    if (length < NLMSG.size) return length < 0 ? failure(length) : 0;
    if (message.view.getUint16(NLMSG.type, true) !== SOCK_DIAG_BY_FAMILY) return 0;
    return Math.min(message.view.getUint32(NLMSG.len, true), length);
  }

  /** Hands over the sockets of one piece of a dump; returns whether it is the last piece. */
  function take(length: number, add: AddSocket): boolean {
    const { view: from } = message;
    for (let at = 0; at + NLMSG.size <= length;) {
      const size = from.getUint32(at + NLMSG.len, true);
      const type = from.getUint16(at + NLMSG.type, true);
      if (size < NLMSG.size || at + size > length) return true;
      if ((from.getUint16(at + NLMSG.flags, true) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
      if (type === NLMSG_DONE || type === NLMSG_ERROR) return true;
      add(from, at + NLMSG.size, at + size);
      at += aligned(size);
    }
    return false;
  }

  /** Hands over what the request asks for; some of it twice where the tables change meanwhile. */
  function dump(size: bigint, add: AddSocket): number {
    for (let attempt = 1;; attempt++) {
      const fd = send(size);
      if (fd <= 0) return fd;
      interrupted = false;
      let length: number;
      do {
        // Each piece is made while the one before it is received.
        length = calls.recv(fd, message.bytes, REPLY_SIZE, MSG_DONTWAIT);
      } while (length > 0 && !take(length, add));
      libc.close(fd);
      if (length < 0 && failure(length) < 0) return failure(length);
      if (!interrupted || attempt === ATTEMPTS) return 0;
    }
  }

  function setInetDump(family: number, protocol: number, states: number): void {
    setHeader(V2_SIZE, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
    view.setUint8(NLMSG.size, family);
    view.setUint8(NLMSG.size + V2_PROTOCOL, protocol);
    view.setUint32(NLMSG.size + V2_STATES, states, true);
  }

  return {
    unixFields,
    message,
    record,

    unix(inode) {
      setHeader(UNIX_SIZE, SOCK_DIAG_BY_FAMILY, 0);
      view.setUint8(NLMSG.size, AF_UNIX);
      view.setUint32(NLMSG.size + UNIX_STATES, ANY, true);
      view.setUint32(NLMSG.size + UNIX_INO, inode, true);
      view.setUint32(NLMSG.size + UNIX_SHOW, SHOW, true);
      view.setUint32(NLMSG.size + UNIX_COOKIE, ANY, true);
      view.setUint32(NLMSG.size + UNIX_COOKIE + 4, ANY, true);
      const end = ask(UNIX_REQUEST_SIZE);
      if (end <= 0) return end;
      return parseUnixMessage(message.view, NLMSG.size, end, unixFields) ? 1 : 0;
    },

    tcp(local, remote, inode) {
      setHeader(V2_SIZE, SOCK_DIAG_BY_FAMILY, 0);
      const v6 = local[0] === AF_INET6;
      view.setUint8(NLMSG.size, local[0]!);
      view.setUint8(NLMSG.size + V2_PROTOCOL, IPPROTO_TCP);
      view.setUint32(NLMSG.size + V2_STATES, STATES, true);
      const id = NLMSG.size + V2_ID;
      copy(local, SIN_PORT, bytes, id, 2);
      copy(remote, SIN_PORT, bytes, id + ID_DPORT, 2);
      copy(local, v6 ? SIN6_ADDR : SIN_ADDR, bytes, id + ID_SRC, v6 ? 16 : 4);
      copy(remote, v6 ? SIN6_ADDR : SIN_ADDR, bytes, id + ID_DST, v6 ? 16 : 4);
      if (v6) copy(local, SIN6_SCOPE_ID, bytes, id + ID_INTERFACE, 4);
      view.setUint32(id + ID_COOKIE, ANY, true);
      view.setUint32(id + ID_COOKIE + 4, ANY, true);
      const end = ask(V2_REQUEST_SIZE);
      if (end <= 0) return end;
      if (!copyInetMessage(message.view, NLMSG.size, end, record.view, 0)) return 0;
      // Another network namespace may have a socket of the same addresses.
      return record.view.getUint32(INET_RECORD.inode, true) === inode ? 1 : 0;
    },

    dumpTcp(table) {
      setHeader(OLD_SIZE, TCPDIAG_GETSOCK, NLM_F_DUMP);
      view.setUint8(NLMSG.size + OLD_EXT, EXT_SKMEMINFO);
      view.setUint32(NLMSG.size + OLD_STATES, STATES, true);
      return dump(OLD_REQUEST_SIZE, addTo(table));
    },

    dump(family, protocol, table) {
      setInetDump(family, protocol, STATES);
      view.setUint8(NLMSG.size + V2_EXT, EXT_SKMEMINFO);
      return dump(V2_REQUEST_SIZE, addTo(table));
    },

    addOthers(to) {
      setHeader(UNIX_SIZE, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
      view.setUint8(NLMSG.size, AF_UNIX);
      view.setUint32(NLMSG.size + UNIX_STATES, ANY, true);
      dump(UNIX_REQUEST_SIZE, (from, start, end) => {
        if (end - start >= UNIX_DIAG_INODE + 4) {
          to.add(from.getUint32(start + UNIX_DIAG_INODE, true));
        }
      });
      const add: AddSocket = (from, start, end) => {
        if (end - start < INET_RECORD.inode + 4) return;
        // Without a port at the other end it is bound as others are.
        if (from.getUint16(start + INET_RECORD.dport, true) === 0) return;
        to.add(from.getUint32(start + INET_RECORD.inode, true));
      };
      for (const protocol of [IPPROTO_TCP, IPPROTO_UDP]) {
        for (const family of [AF_INET, AF_INET6]) {
          setInetDump(family, protocol, STATES & ~LISTEN_STATE);
          dump(V2_REQUEST_SIZE, add);
        }
      }
    },
  };
}

/** Takes a socket of a dump: the content of its message, in front of its attributes. */
type AddSocket = (from: DataView, start: number, end: number) => void;

function addTo(table: InetTable): AddSocket {
  return (from, start, end) => {
    const to = table.next();
    if (copyInetMessage(from, start, end, table.block.view, to)) table.add();
  };
}

/** What a failed call means: 0 where the kernel refuses the question, which others may answer. */
function failure(answer: number): number {
  const error = toDarwin(answer);
  return isShortage(error) ? error : 0;
}

/** Whether a negated Darwin errno says that something is used up, which another way would not mend. */
export function isShortage(error: number): boolean {
  return error === -ERRNO.EMFILE || error === -ERRNO.ENFILE || error === -ERRNO.ENOMEM ||
    error === -ERRNO.ENOBUFS;
}

function copy(from: Uint8Array, start: number, to: Uint8Array, at: number, size: number): void {
  for (let i = 0; i < size; i++) to[at + i] = from[start + i]!;
}
