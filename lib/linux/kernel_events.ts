import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { KernelEvent, KernelEvents } from "../system/facts.ts";
import type { World } from "./proc/world.ts";
import {
  CN_IDX_PROC,
  connectorRequest,
  EVENT_SIZE,
  type EventMessage,
  eventMessage,
  NETLINK_CONNECTOR,
  PROC_CN_MCAST_IGNORE,
  PROC_CN_MCAST_LISTEN,
  PROC_EVENT_EXEC,
  PROC_EVENT_EXIT,
  PROC_EVENT_FORK,
  PROC_EVENT_NONE,
} from "./sys/connector.ts";
import { type LinuxAnswer, linuxError, toDarwin } from "./sys/errno.ts";
import type { Libc } from "./sys/libc.ts";
import { toDarwinStatus } from "./sys/signal_number.ts";
import { openSocketCalls, type SocketCalls } from "./sys/socket.ts";
import { AF_NETLINK } from "./sys/socket_address.ts";
import {
  NETLINK_ADD_MEMBERSHIP,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOL_NETLINK,
  SOL_SOCKET,
} from "./sys/socket_options.ts";

const DOING = "receive events of the process connector";
const MSG_DONTWAIT = 0x40;
/**
 * The requested size of the receive buffer, in bytes. The kernel doubles it: that is enough for
 * some 20,000 events.
 */
const ROOM = 8 << 20;
/** The maximum number of events in one read. The next read continues after them. */
const MOST_EVENTS = 65536;
const SIZE = BigInt(EVENT_SIZE);
const WANTED = (PROC_EVENT_FORK | PROC_EVENT_EXEC | PROC_EVENT_EXIT) >>> 0;

/**
 * Receives events of the process connector. The connector reports only to readers in the initial
 * pid, user and network namespaces, with the pids of that pid namespace.
 *
 * @throws {SystemCallError} The events are unavailable. The message states the reason.
 */
export function kernelEvents({ fs, libc }: World): KernelEvents {
  if (!fs.local) throw refusal("the ids in this /proc are not those of the caller's namespace");
  return connectorEvents(libc, openSocketCalls(libc.more));
}

/** Ends subscriptions that were not closed. */
const dropped = new FinalizationRegistry<() => void>((end) => end());

/** Receives events of the process connector through the given calls. */
export function connectorEvents(
  libc: Pick<Libc, "close">,
  calls: Pick<SocketCalls, "socket" | "setsockopt" | "send" | "recv">,
): KernelEvents {
  const message = eventMessage();
  const { bytes } = message.block;
  const fd: number = subscribe(libc, calls, message);
  let open = true;

  const source = {
    lost: false,
    read(): readonly KernelEvent[] {
      const events: KernelEvent[] = [];
      source.lost = false;
      for (let left = MOST_EVENTS; open && left > 0; left--) {
        const length = calls.recv(fd, bytes, SIZE, MSG_DONTWAIT);
        if (length >= 0) {
          const event = eventIn(message, length);
          if (event !== undefined) events.push(event);
          continue;
        }
        const error = toDarwin(length);
        if (error === -ERRNO.EAGAIN) break;
        if (error === -ERRNO.ENOBUFS) source.lost = true;
        else if (error !== -ERRNO.EINTR) {
          throw linuxError(DOING, "recv", length);
        }
      }
      return events;
    },
    close() {
      if (!open) return;
      open = false;
      dropped.unregister(source);
      end(libc, calls, fd);
    },
  };
  dropped.register(source, () => end(libc, calls, fd), source);
  return source;
}

function eventIn(message: EventMessage, length: number): KernelEvent | undefined {
  const kind = message.kind(length);
  const threadId = message.thread();
  const pid = message.process();
  switch (kind) {
    case PROC_EVENT_FORK:
      return threadId === pid ? { type: "start", pid, parentPid: message.parent() } : undefined;
    case PROC_EVENT_EXEC:
      return { type: "exec", pid };
    case PROC_EVENT_EXIT:
      return { type: "exit", pid, threadId, status: toDarwinStatus(message.status()) };
    default:
      return undefined;
  }
}

/** Opens a socket that receives the events. Returns its descriptor. */
function subscribe(
  libc: Pick<Libc, "close">,
  calls: Pick<SocketCalls, "socket" | "setsockopt" | "send" | "recv">,
  message: EventMessage,
): number {
  const fd = calls.socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
  if (fd < 0) throw meaning("socket", fd);
  try {
    const joined = calls.setsockopt(
      fd,
      SOL_NETLINK,
      NETLINK_ADD_MEMBERSHIP,
      Int32Array.of(CN_IDX_PROC),
    );
    if (joined < 0) throw meaning("setsockopt", joined);
    const room = Int32Array.of(ROOM);
    // Without privilege, the size is limited to what the administrator allows every user.
    if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, room) < 0) {
      calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, room);
    }
    const ack = Math.floor(Math.random() * 2 ** 31);
    send(calls, fd, connectorRequest(PROC_CN_MCAST_LISTEN, ack));
    receiveAck(calls, fd, ack + 1, message);
    send(calls, fd, connectorRequest(PROC_CN_MCAST_LISTEN, ack, WANTED));
    return fd as number;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function send(calls: Pick<SocketCalls, "send">, fd: number, request: Uint8Array): void {
  const sent = calls.send(fd, request, BigInt(request.length), 0);
  if (sent < 0) throw meaning("send", sent);
}

/** Receives the answer to a request. The kernel has stored it before `send()` returns. */
function receiveAck(
  calls: Pick<SocketCalls, "recv">,
  fd: number,
  ack: number,
  message: EventMessage,
): void {
  for (;;) {
    const length = calls.recv(fd, message.block.bytes, SIZE, MSG_DONTWAIT);
    // The kernel does not answer requests from other namespaces.
    if (length < 0) throw refusal("it reports only in the first process and user namespace");
    // If another program has subscribed before, its events and answers also arrive here.
    if (message.kind(length) !== PROC_EVENT_NONE || message.ack() !== ack) continue;
    const error = message.error();
    if (error === 0) return;
    throw meaning("send", -error);
  }
}

function end(libc: Pick<Libc, "close">, calls: Pick<SocketCalls, "send">, fd: number): void {
  // The kernel counts the listeners, and does not notice when a descriptor is closed.
  const request = connectorRequest(PROC_CN_MCAST_IGNORE, 0);
  calls.send(fd, request, BigInt(request.length), 0);
  libc.close(fd);
}

/** Returns the error for a call to the connector that failed. */
function meaning(call: string, answer: LinuxAnswer): SystemCallError {
  const error = toDarwin(answer);
  switch (-error) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return refusal("before Linux 6.6 it takes the capability CAP_NET_ADMIN", call, -error);
    case ERRNO.EPROTONOSUPPORT:
    case ERRNO.EAFNOSUPPORT:
      return refusal("the kernel has none", call);
    case ERRNO.ECONNREFUSED:
      return refusal("the kernel has none, or none for this network namespace", call);
    default:
      return linuxError(DOING, call, answer);
  }
}

function refusal(why: string, call = "connector", errno: number = ERRNO.ENOTSUP): SystemCallError {
  return new SystemCallError(`${DOING} as ${why}`, call, errno);
}
