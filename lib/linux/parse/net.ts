import { COLON, decimalAt, hexDigit, lineAfter, SPACE } from "./bytes.ts";

/**
 * The unit of `tm->when`, in milliseconds. It is a hundredth of a second, regardless of the unit
 * that the kernel uses internally.
 */
const MILLISECONDS = 10;

/** The offsets at which {@linkcode parseInetLine} stores values, as in `INET_RECORD`. */
export interface InetPlaces {
  readonly state: number;
  readonly timer: number;
  readonly sport: number;
  readonly dport: number;
  readonly src: number;
  readonly dst: number;
  readonly expires: number;
  readonly rqueue: number;
  readonly wqueue: number;
  readonly inode: number;
  readonly size: number;
}

/**
 * Parses the next line of `/proc/PID/net/{tcp,udp,raw,icmp,udplite}`, or of the same file with a 6.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param start The offset to start from: 0, or the result of the last call.
 * @param v6 Whether the addresses are IPv6.
 * @param to Receives the socket in the layout of sock_diag. Values that the line does not have
 * become 0, and so does the family.
 * @param at The offset of the socket in `to`.
 * @param place The offset of each member in that layout.
 * @returns The offset for the next call, or -1 if there are no more whole lines.
 */
export function parseInetLine(
  text: Uint8Array,
  length: number,
  start: number,
  v6: boolean,
  to: DataView,
  at: number,
  place: InetPlaces,
): number {
  const words = v6 ? 4 : 1;
  // "  sl: LOCAL:PORT REMOTE:PORT ST TX:RX TR:WHEN RETRNSMT UID TIMEOUT INODE ..."
  const leastWidth = 2 + 2 * (8 * words + 6) + 3 + 18 + 3;
  for (let line = start === 0 ? lineAfter(text, 0, length) : start; line < length;) {
    const next = lineAfter(text, line, length);
    let from = line;
    while (from < next && text[from] !== COLON) from++;
    if (from + leastWidth >= next) {
      line = next;
      continue;
    }
    from += 2;
    for (let i = 0; i < place.size; i += 4) to.setUint32(at + i, 0, true);
    for (let i = 0; i < words; i++, from += 8) {
      to.setUint32(at + place.src + 4 * i, hex(text, from, 8), true);
    }
    to.setUint16(at + place.sport, hex(text, from + 1, 4), false);
    from += 6;
    for (let i = 0; i < words; i++, from += 8) {
      to.setUint32(at + place.dst + 4 * i, hex(text, from, 8), true);
    }
    to.setUint16(at + place.dport, hex(text, from + 1, 4), false);
    from += 6;
    to.setUint8(at + place.state, hex(text, from, 2));
    from += 3;
    to.setUint32(at + place.wqueue, hex(text, from, 8), true);
    to.setUint32(at + place.rqueue, hex(text, from + 9, 8), true);
    from += 18;
    to.setUint8(at + place.timer, hex(text, from, 2));
    from += 3;
    let end = from;
    while (end < next && text[end]! > SPACE) end++;
    to.setUint32(at + place.expires, hex(text, from, end - from) * MILLISECONDS, true);
    from = columnAfter(text, next, end, 3);
    to.setUint32(at + place.inode, decimalAt(text, from, next), true);
    return next;
  }
  return -1;
}

/** The indices of the values that {@linkcode findUnixLine} stores. */
export const UNIX_LINE = {
  /** Not 0 if the socket is listening. */
  listens: 0,
  /** The type: 1 stream, 2 datagram, 5 sequenced packets. */
  type: 1,
  /** The state: 1 not connected, 2 being connected, 3 connected, 4 being disconnected. */
  state: 2,
  /** The offset of the address in the text. */
  name: 3,
  /** The length of the address; 0 without one. Each NUL of an abstract address is an `@`. */
  name_length: 4,
  /** The number of values. */
  size: 5,
} as const;

// The offsets in `POINTER: REFCOUNT PROTOCOL FLAGS TYPE ST INODE PATH`, after the colon.
const UNIX_FLAGS = 20;
const UNIX_TYPE = 29;
const UNIX_STATE = 34;
const UNIX_INODE = 37;
const UNIX_ACCEPTS = 0x10000;

/**
 * Finds the line of a socket in `/proc/PID/net/unix`.
 *
 * The kernel writes the bytes of abstract addresses unchanged, including newlines. So a process can
 * bind an address that looks like the line of another socket.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param inode The inode of the socket.
 * @param fields Receives the {@linkcode UNIX_LINE} values.
 * @returns The number of lines with the inode. If there is more than one, none of them is reliable.
 */
export function findUnixLine(
  text: Uint8Array,
  length: number,
  inode: number,
  fields: Uint32Array,
): number {
  let found = 0;
  for (let line = lineAfter(text, 0, length); line < length;) {
    const colon = unixColon(text, length, line);
    const next = lineAfter(text, line, length);
    if (colon < 0) {
      line = next;
      continue;
    }
    let at = colon + UNIX_INODE;
    while (text[at] === SPACE) at++;
    if (decimalAt(text, at, length) === inode) {
      found++;
      fields[UNIX_LINE.listens] = hex(text, colon + UNIX_FLAGS, 8) & UNIX_ACCEPTS;
      fields[UNIX_LINE.type] = hex(text, colon + UNIX_TYPE, 4);
      fields[UNIX_LINE.state] = hex(text, colon + UNIX_STATE, 2);
      while (at < length && text[at]! > SPACE) at++;
      // The address ends where the next line starts. Not every newline starts one.
      let end = next;
      while (end < length && unixColon(text, length, end) < 0) end = lineAfter(text, end, length);
      const name = at + 1;
      fields[UNIX_LINE.name] = name;
      fields[UNIX_LINE.name_length] = text[at] === SPACE && end - 1 > name ? end - 1 - name : 0;
    }
    line = next;
  }
  return found;
}

/**
 * Returns the offset of the colon in a line of `/proc/net/unix`; -1 if the bytes are not such a
 * line.
 */
function unixColon(text: Uint8Array, length: number, line: number): number {
  let at = line;
  while (at < length && hexDigit(text[at]!) >= 0) at++;
  if (at === line || text[at] !== COLON || at + UNIX_INODE >= length) return -1;
  for (let i = 1; i < UNIX_INODE; i++) {
    const gap = i === 1 || i === 10 || i === 19 || i === 28 || i === 33 || i === 36;
    const byte = text[at + i]!;
    if (gap ? byte !== SPACE : hexDigit(byte) < 0) return -1;
  }
  return at;
}

/**
 * Finds the line of a socket in `/proc/PID/net/netlink` or `/proc/PID/net/packet`, whose last
 * column is the inode.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param inode The inode of the socket.
 * @param columns Receives the columns that are decimal numbers. The values of other columns are
 * meaningless.
 * @param hexadecimal The index of a column that is a hexadecimal number. Default: no column is.
 * @returns True if the file has such a line.
 */
export function findTableLine(
  text: Uint8Array,
  length: number,
  inode: number,
  columns: Float64Array,
  hexadecimal = -1,
): boolean {
  for (let line = lineAfter(text, 0, length); line < length;) {
    const next = lineAfter(text, line, length);
    let count = 0;
    for (let at = line; at < next && count < columns.length;) {
      while (at < next && text[at]! <= SPACE) at++;
      if (at >= next) break;
      const start = at;
      while (at < next && text[at]! > SPACE) at++;
      columns[count] = count === hexadecimal
        ? hex(text, start, at - start)
        : decimalAt(text, start, next);
      count++;
    }
    if (count > 0 && columns[count - 1] === inode) return true;
    line = next;
  }
  return false;
}

/** Returns the offset of the column that is `count` columns after the one that ends at `at`. */
function columnAfter(text: Uint8Array, end: number, at: number, count: number): number {
  for (let left = count;; left--) {
    while (at < end && text[at] === SPACE) at++;
    if (left === 0) return at;
    while (at < end && text[at]! > SPACE) at++;
  }
}

function hex(text: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) value = value * 16 + hexDigit(text[at + i]!);
  return value;
}
