import { SOI_S_CANTRCVMORE, SOI_S_CANTSENDMORE, SOI_S_ISCONNECTED } from "../../abi/socket_info.ts";
import type { Block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import type { InetProtocol } from "../proc/socket_tables.ts";
import { INET_RECORD, inetDiagMsg, inetDiagSockid, UNIX_DIAG } from "../sys/sock_diag.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../sys/socket_address.ts";
import {
  SK_MEMINFO,
  SOCK_RAW,
  SOCK_STREAM,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_LISTEN,
} from "../sys/socket_options.ts";
import type { SocketWriter } from "./socket_writer.ts";

const { idiag_if } = offsetsOf(inetDiagSockid, offsetsOf(inetDiagMsg).id);

/** The bit of `SO_ACCEPTCONN` in `soi_options` (bsd/sys/socket.h). */
export const XNU_ACCEPTCONN = 0x2;
/** The offset of the checksum for a socket without one. */
export const NO_CHECKSUM = -1;
/** The offset of the port for an address without one. */
export const NO_PORT = -1;
const SHUT_RECEIVING = 1;
const SHUT_SENDING = 2;

/** The states of TCP in which the peer has ended its stream: CLOSE_WAIT, LAST_ACK, CLOSING. */
const ENDED: ReadonlySet<number> = new Set([8, 9, 11]);
/**
 * The states of TCP in which the beginning or the end of the socket's own stream is not
 * acknowledged: SYN_SENT, FIN_WAIT_1, LAST_ACK, CLOSING.
 */
const MARKING: ReadonlySet<number> = new Set([2, 4, 9, 11]);

/**
 * Writes an Internet socket from a table of the kernel: from the `INET_RECORD` at `at`.
 *
 * @param inode The number that identifies the socket. Default: the inode in the record.
 */
export function inetSocket(
  to: SocketWriter,
  { type, protocol, v6 }: InetProtocol,
  { bytes, view }: Block,
  at: number,
  inode: number = view.getUint32(at + INET_RECORD.inode, true),
): void {
  const state = view.getUint8(at + INET_RECORD.state);
  const raw = type === SOCK_RAW;
  const sport = at + INET_RECORD.sport, dport = at + INET_RECORD.dport;
  const here = { bytes, port: raw ? NO_PORT : sport, address: at + INET_RECORD.src };
  const there = { bytes, port: raw ? NO_PORT : dport, address: at + INET_RECORD.dst };
  // A raw socket has its protocol in place of the port.
  const number = raw ? view.getUint16(sport, false) : protocol;
  to.socket(inode, v6 ? AF_INET6 : AF_INET, type, number);
  if (view.getUint8(at + INET_RECORD.hasSkmem) !== 0) {
    socketMemory(to, view, at + INET_RECORD.skmem);
  }
  // A socket that was connected to port 0 has no peer.
  const connected = state !== TCP_LISTEN && state !== TCP_CLOSE &&
    (raw || view.getUint16(dport, true) !== 0);
  to.inet(v6, here, connected ? there : null, view.getUint8(at + INET_RECORD.v6only) === 1);
  to.generation(
    view.getUint32(at + INET_RECORD.cookie, true),
    view.getUint32(at + INET_RECORD.cookie + 4, true),
  );
  if (v6) to.v6(0, NO_CHECKSUM);
  to.interfaceIndex(view.getUint32(at + idiag_if, true));
  if (type === SOCK_STREAM) to.tcp(inode, state, 0);
  else if (connected) to.addState(SOI_S_ISCONNECTED);
  if (state === TCP_LISTEN) {
    to.options(XNU_ACCEPTCONN, 0);
    to.queue(
      view.getUint32(at + INET_RECORD.rqueue, true),
      view.getUint32(at + INET_RECORD.wqueue, true),
    );
  } else {
    inetQueues(to, view, at);
  }
}

/**
 * Writes the exact numbers of bytes in the queues of a socket, and its timer, from an
 * `INET_RECORD`.
 */
export function inetQueues(to: SocketWriter, from: DataView, at: number): void {
  const state = from.getUint8(at + INET_RECORD.state);
  const rqueue = from.getUint32(at + INET_RECORD.rqueue, true);
  const wqueue = from.getUint32(at + INET_RECORD.wqueue, true);
  // TCP also counts a byte for the beginning and for the end of a stream.
  to.queued(
    rqueue > 0 && ENDED.has(state) ? rqueue - 1 : rqueue,
    wqueue > 0 && MARKING.has(state) ? wqueue - 1 : wqueue,
  );
  to.timer(
    from.getUint8(at + INET_RECORD.timer),
    from.getUint32(at + INET_RECORD.expires, true),
  );
}

/**
 * Writes a UNIX-domain socket as the kernel describes it, except for the name of its peer.
 *
 * @param fields The fields that `parseUnixMessage()` found in `message`.
 */
export function unixSocket(
  to: SocketWriter,
  inode: number,
  fields: Uint32Array,
  message: Block,
): void {
  const peer = fields[UNIX_DIAG.peer]!;
  const meminfo = fields[UNIX_DIAG.meminfo]!;
  to.socket(inode, AF_UNIX, fields[UNIX_DIAG.type]!, 0);
  to.unix(peer);
  if (meminfo > 0) socketMemory(to, message.view, meminfo);
  if (fields[UNIX_DIAG.state] === TCP_LISTEN) to.options(XNU_ACCEPTCONN, 0);
  // A client is connected before its peer is accepted and has an inode.
  const connected = peer !== 0 || fields[UNIX_DIAG.state] === TCP_ESTABLISHED;
  if (connected) to.addState(SOI_S_ISCONNECTED);
  unixQueues(to, fields);
  unixName(to, false, fields, message);
}

/** Writes the name of a UNIX-domain socket or of its peer. */
export function unixName(
  to: SocketWriter,
  remote: boolean,
  fields: Uint32Array,
  message: Block,
): void {
  const { name, name_length } = UNIX_DIAG;
  to.unixAddress(remote, message.bytes, fields[name]!, fields[name_length]!);
}

/** Writes the queues of a UNIX-domain socket, and the directions that are shut down. */
export function unixQueues(to: SocketWriter, fields: Uint32Array): void {
  const rqueue = fields[UNIX_DIAG.rqueue]!;
  if (fields[UNIX_DIAG.state] === TCP_LISTEN) to.queue(rqueue, fields[UNIX_DIAG.wqueue]!);
  // Sent bytes are in the buffer of the peer, although their memory counts as the sender's.
  else to.queued(rqueue, 0);
  const shut = fields[UNIX_DIAG.shutdown]!;
  if (shut & SHUT_RECEIVING) to.addState(SOI_S_CANTRCVMORE);
  if (shut & SHUT_SENDING) to.addState(SOI_S_CANTSENDMORE);
}

/**
 * Writes the limits of the buffers, and the numbers of bytes in them, from the numbers of
 * `SK_MEMINFO`.
 */
export function socketMemory(to: SocketWriter, from: DataView, at: number): void {
  to.limits(
    from.getUint32(at + SK_MEMINFO.RCVBUF, true),
    receivingIn(from, at),
    from.getUint32(at + SK_MEMINFO.SNDBUF, true),
    sendingIn(from, at),
  );
}

/** Returns the number of bytes in the receive buffer. */
export function receivingIn(from: DataView, at: number): number {
  return from.getUint32(at + SK_MEMINFO.RMEM_ALLOC, true);
}

/**
 * Returns the number of bytes in the send buffer. TCP counts its queued bytes separately from those
 * that have been passed to the network.
 */
export function sendingIn(from: DataView, at: number): number {
  return from.getUint32(at + SK_MEMINFO.WMEM_QUEUED, true) ||
    from.getUint32(at + SK_MEMINFO.WMEM_ALLOC, true);
}
