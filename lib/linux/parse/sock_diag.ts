/** The header of a netlink message: `struct nlmsghdr`, 16 bytes. */
export const NLMSG = {
  /** The length with the header, 32 bits. */
  len: 0,
  /** The type, 16 bits. */
  type: 4,
  /** The flags, 16 bits. */
  flags: 6,
  /** How long the header is. */
  size: 16,
} as const;

/** Where the next message or attribute starts behind one of that length. */
export function aligned(length: number): number {
  return length + 3 & ~3;
}

/**
 * An Internet socket as sock_diag tells of it: `struct inet_diag_msg`, and behind it what its
 * attributes add. Ports and addresses are in network byte order; all others are the machine's.
 */
export const INET_RECORD = {
  /** Linux's address family, 8 bits: 2 or 10. */
  family: 0,
  /** TCP's state, 8 bits, in Linux's numbers; other protocols use 1 and 7. */
  state: 1,
  /** Which timer runs, 8 bits: 1 sends again, 2 keeps alive, 3 waits in the end, 4 probes. */
  timer: 2,
  /** The local port, 16 bits. */
  sport: 4,
  /** The remote port, 16 bits. */
  dport: 6,
  /** The local address, 4 or 16 bytes. */
  src: 8,
  /** The remote address, 4 or 16 bytes. */
  dst: 24,
  /** The index of the interface, 32 bits. */
  interface: 40,
  /** The number that the socket has in its network namespace, 64 bits; 0 where it is not known. */
  cookie: 44,
  /** When the timer ends, 32 bits: in milliseconds. */
  expires: 52,
  /** Bytes to be read, or the connections to be accepted, 32 bits. */
  rqueue: 56,
  /** Bytes that are not acknowledged, or how many connections may wait, 32 bits. */
  wqueue: 60,
  /** The inode, 32 bits. */
  inode: 68,
  /** `INET_DIAG_SKMEMINFO`: nine numbers of 32 bits, `SK_MEMINFO_*`. */
  skmem: 72,
  /** Whether `skmem` is there, 8 bits. */
  hasSkmem: 108,
  /** `INET_DIAG_SKV6ONLY`, 8 bits: 2 for yes, 1 for no, 0 for not told. */
  v6only: 109,
  /** How long it is. */
  size: 112,
} as const;

const INET_DIAG_MSG_SIZE = 72;
const SKMEM_SIZE = 36;
const INET_DIAG_SKMEMINFO = 7;
const INET_DIAG_SKV6ONLY = 11;

// struct nlattr.
const NLA_LEN = 0;
const NLA_TYPE = 2;
const NLA_HEADER = 4;
/** The bits of a type that are flags of its own. */
const NLA_TYPE_MASK = 0x3fff;

/**
 * Copies an answer about an Internet socket.
 *
 * @param from The message.
 * @param start Where its content starts, behind the header.
 * @param end Where it ends.
 * @param to Where the {@linkcode INET_RECORD} goes.
 * @param at Where in it.
 * @returns Whether the message is long enough.
 */
export function copyInetMessage(
  from: DataView,
  start: number,
  end: number,
  to: DataView,
  at: number,
): boolean {
  if (end - start < INET_DIAG_MSG_SIZE) return false;
  copyWords(from, start, to, at, INET_DIAG_MSG_SIZE);
  to.setUint8(at + INET_RECORD.hasSkmem, 0);
  to.setUint8(at + INET_RECORD.v6only, 0);
  for (let next = start + INET_DIAG_MSG_SIZE; next + NLA_HEADER <= end;) {
    const length = from.getUint16(next + NLA_LEN, true);
    if (length < NLA_HEADER || next + length > end) break;
    const type = from.getUint16(next + NLA_TYPE, true) & NLA_TYPE_MASK;
    if (type === INET_DIAG_SKMEMINFO && length >= NLA_HEADER + SKMEM_SIZE) {
      copyWords(from, next + NLA_HEADER, to, at + INET_RECORD.skmem, SKMEM_SIZE);
      to.setUint8(at + INET_RECORD.hasSkmem, 1);
    } else if (type === INET_DIAG_SKV6ONLY && length > NLA_HEADER) {
      to.setUint8(at + INET_RECORD.v6only, from.getUint8(next + NLA_HEADER) === 0 ? 1 : 2);
    }
    next += aligned(length);
  }
  return true;
}

/** Places in what {@linkcode parseUnixMessage} fills. */
export const UNIX_DIAG = {
  /** The type: 1 stream, 2 datagram, 5 sequenced packets. */
  type: 0,
  /** The state: 1 connected, 10 listens, 7 neither. */
  state: 1,
  /** The low half of the number that it has in its network namespace. */
  cookie_low: 2,
  /** The high half of it. */
  cookie_high: 3,
  /** Where the address it is bound to starts, without the family. */
  name: 4,
  /** How long that address is; 0 without one. */
  name_length: 5,
  /** The inode of the socket at the other end; 0 without one. */
  peer: 6,
  /** Bytes to be read, or the connections to be accepted. */
  rqueue: 7,
  /** Memory that is not received yet, or how many connections may wait. */
  wqueue: 8,
  /** Which directions are shut: 1 receiving, 2 sending. */
  shutdown: 9,
  /** Where the nine numbers of 32 bits of `UNIX_DIAG_MEMINFO` start; 0 where they are not told. */
  meminfo: 10,
  /** How many places there are. */
  size: 11,
} as const;

const UNIX_DIAG_MSG_SIZE = 16;
const UDIAG_TYPE = 1;
const UDIAG_STATE = 2;
const UDIAG_COOKIE = 8;
const UNIX_DIAG_NAME = 0;
const UNIX_DIAG_PEER = 2;
const UNIX_DIAG_RQLEN = 4;
const UNIX_DIAG_MEMINFO = 5;
const UNIX_DIAG_SHUTDOWN = 6;

/**
 * Reads an answer about a UNIX-domain socket: `struct unix_diag_msg` and its attributes.
 *
 * @param message The message.
 * @param start Where its content starts, behind the header.
 * @param end Where it ends.
 * @param fields Where the {@linkcode UNIX_DIAG} fields go; those that are not told become 0.
 * @returns Whether the message is long enough.
 */
export function parseUnixMessage(
  message: DataView,
  start: number,
  end: number,
  fields: Uint32Array,
): boolean {
  if (end - start < UNIX_DIAG_MSG_SIZE) return false;
  fields.fill(0);
  fields[UNIX_DIAG.type] = message.getUint8(start + UDIAG_TYPE);
  fields[UNIX_DIAG.state] = message.getUint8(start + UDIAG_STATE);
  fields[UNIX_DIAG.cookie_low] = message.getUint32(start + UDIAG_COOKIE, true);
  fields[UNIX_DIAG.cookie_high] = message.getUint32(start + UDIAG_COOKIE + 4, true);
  for (let next = start + UNIX_DIAG_MSG_SIZE; next + NLA_HEADER <= end;) {
    const length = message.getUint16(next + NLA_LEN, true);
    if (length < NLA_HEADER || next + length > end) break;
    const value = next + NLA_HEADER;
    const room = length - NLA_HEADER;
    switch (message.getUint16(next + NLA_TYPE, true) & NLA_TYPE_MASK) {
      case UNIX_DIAG_NAME:
        fields[UNIX_DIAG.name] = value;
        fields[UNIX_DIAG.name_length] = room;
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
        if (room >= SKMEM_SIZE) fields[UNIX_DIAG.meminfo] = value;
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
