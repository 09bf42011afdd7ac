/**
 * The fields of descriptors, for the commands that list them.
 *
 * @module
 */
import type { Descriptor } from "../process/descriptors.ts";
import type { OpenSocket } from "../process/sockets.ts";
import { type Fields, size } from "./table.ts";

/** The fields of a descriptor. */
export const DESCRIPTOR_FIELDS: Fields<Descriptor> = {
  pid: { title: "PID", value: ({ pid }) => pid, right: true },
  fd: { title: "FD", value: ({ fd }) => fd, right: true },
  type: { title: "TYPE", value: ({ type }) => type },
  mode: { title: "MODE", value: modeOf },
  cloexec: {
    title: "CLOEXEC",
    value: ({ closeOnExec }) => closeOnExec,
    text: ({ closeOnExec }) => closeOnExec === undefined ? undefined : closeOnExec ? "yes" : "no",
  },
  offset: { title: "OFFSET", value: ({ offset }) => offset, right: true },
  size: {
    title: "SIZE",
    value: ({ sizeBytes }) => sizeBytes,
    text: ({ sizeBytes }) => size(sizeBytes),
    right: true,
  },
  device: { title: "DEVICE", value: ({ device }) => device, right: true },
  inode: { title: "INODE", value: ({ inode }) => inode, right: true },
  deleted: {
    title: "DELETED",
    value: ({ deleted }) => deleted,
    text: ({ deleted }) => deleted === undefined ? undefined : deleted ? "yes" : "no",
  },
  path: { title: "PATH", value: ({ path }) => path },
  protocol: {
    title: "PROTOCOL",
    value: ({ socket }) => socket && (socket.protocol ?? socket.family),
  },
  local: {
    title: "LOCAL",
    value: ({ socket }) => socket && localOf(socket),
    text: ({ socket }) => socket && abstractAsAt(localOf(socket)),
  },
  remote: {
    title: "REMOTE",
    value: ({ socket }) => socket && remoteOf(socket),
    text: ({ socket }) => socket && abstractAsAt(remoteOf(socket)),
  },
  state: { title: "STATE", value: ({ socket }) => socket && stateOf(socket) },
  received: {
    title: "RECV-Q",
    value: ({ socket }) => socket?.receiveQueueBytes,
    right: true,
  },
  sent: { title: "SEND-Q", value: ({ socket }) => socket?.sendQueueBytes, right: true },
  peers: {
    title: "PEERS",
    value: ({ peers }) => peers?.map(({ pid, fd }) => `${pid}/${fd}`),
  },
  name: { title: "NAME", value: nameOf },
};

function modeOf({ access }: Descriptor): string | undefined {
  if (access === undefined) return undefined;
  const { read, write, append } = access;
  return `${read ? "r" : ""}${write ? (append ? "a" : "w") : ""}` || undefined;
}

function localOf({ localAddress, localPort, path }: OpenSocket): string | undefined {
  return path ?? place(localAddress, localPort);
}

function remoteOf({ remoteAddress, remotePort, remotePath }: OpenSocket): string | undefined {
  return remotePath ?? place(remoteAddress, remotePort);
}

/** The name of a UNIX-domain socket as `who` takes it: those that are no paths start with `@`. */
function abstractAsAt(name: string | undefined): string | undefined {
  return name?.replace(/^\0/, "@");
}

function stateOf({ state, listening, connected }: OpenSocket): string | undefined {
  return state ?? (listening ? "listen" : connected ? "connected" : undefined);
}

/** An address and a port, as in `127.0.0.1:80` and `[::1]:80`. */
export function place(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What a descriptor is open on, in the words of people. */
function nameOf({ path, name, socket, pipe, deleted }: Descriptor): string | undefined {
  if (socket !== undefined) {
    const local = abstractAsAt(localOf(socket)), remote = abstractAsAt(remoteOf(socket));
    const ends = remote === undefined ? local : `${local ?? "*"} -> ${remote}`;
    return [socket.protocol ?? socket.family, ends, stateOf(socket)].filter((part) =>
      part !== undefined
    ).join(" ");
  }
  if (pipe !== undefined) return `pipe ${pipe.id}`;
  return path !== undefined && deleted ? `${path} (deleted)` : path ?? name;
}
