/**
 * The fields of descriptors, for the commands that list them.
 *
 * @module
 */
import { type Descriptor, descriptors } from "../process/descriptors.ts";
import type { Details } from "../process/details.ts";
import type { Process } from "../process/process.ts";
import type { Missing } from "../process/errors.ts";
import { known } from "../system/known.ts";
import type { OpenSocket } from "../process/sockets.ts";
import { type Call, EXIT } from "./command.ts";
import { fieldNames, type Fields } from "./table.ts";

/** Something whose process may be unknown, with the reason. */
interface Owned {
  readonly missing?: { readonly pid?: Missing };
}

/** A descriptor, or a socket whose process is unknown. */
export interface DescriptorRow extends Omit<Descriptor, "pid" | "fd">, Owned {
  readonly pid?: number;
  readonly fd?: number;
}

/** The fields of a descriptor. */
export const DESCRIPTOR_FIELDS: Fields<DescriptorRow> = {
  pid: {
    title: "PID",
    value: ({ pid }) => pid,
    missing: ({ missing }) => missing?.pid,
    unit: "none",
  },
  fd: { title: "FD", value: ({ fd }) => fd, missing: ({ missing }) => missing?.pid, unit: "none" },
  type: { title: "TYPE", value: ({ type }) => type },
  mode: { title: "MODE", value: modeOf },
  cloexec: { title: "CLOEXEC", value: ({ closeOnExec }) => closeOnExec },
  offset: { title: "OFFSET", value: ({ offset }) => offset, unit: "none" },
  size: { title: "SIZE", value: ({ sizeBytes }) => sizeBytes, unit: "bytes" },
  device: { title: "DEVICE", value: ({ device }) => device, unit: "none" },
  inode: { title: "INODE", value: ({ inode }) => inode, unit: "none" },
  deleted: { title: "DELETED", value: ({ deleted }) => deleted },
  path: { title: "PATH", value: ({ path }) => path },
  family: { title: "FAMILY", value: ({ socket }) => socket?.family },
  kind: { title: "KIND", value: ({ socket }) => socket?.type },
  protocol: {
    title: "PROTOCOL",
    value: ({ socket }) => socket && protocolOf(socket),
  },
  interface: { title: "INTERFACE", value: ({ socket }) => socket?.interfaceName },
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
  received: { title: "RECV-Q", value: ({ socket }) => socket?.receiveQueueBytes, unit: "none" },
  sent: { title: "SEND-Q", value: ({ socket }) => socket?.sendQueueBytes, unit: "none" },
  peers: {
    title: "PEERS",
    value: ({ peers }) => peers?.map(({ pid, fd }) => `${pid}/${fd}`),
  },
  details: { title: "DETAILS", value: detailsOf, text: detailsText },
  name: { title: "NAME", value: nameOf },
};

/** The details of a descriptor, by their names; undefined if it has none. */
function detailsOf(row: DescriptorRow): Details | undefined {
  const { watches, watchedFiles, counter, counterId, processId, timer, signals } = row;
  // A file without locks is like any other.
  const locks = row.locks?.length === 0 ? undefined : row.locks;
  const details = known<Details>({
    watches,
    watchedFiles,
    counter,
    counterId,
    processId,
    timer,
    signals,
    locks,
  });
  return Object.keys(details).length === 0 ? undefined : details;
}

function detailsText(row: DescriptorRow): string | undefined {
  const { watches, watchedFiles, counter, counterId, processId, timer, signals, locks = [] } = row;
  const parts: string[] = [];
  if (watches !== undefined) {
    const list = watches.map(({ fd, read, write }) => `${fd}${read ? "r" : ""}${write ? "w" : ""}`);
    parts.push(`watches ${list.join(" ") || "nothing"}`);
  }
  if (watchedFiles !== undefined) {
    const list = watchedFiles.map(({ device, inode, mountId }) =>
      mountId !== undefined ? `mount ${mountId}` : [device, inode].filter(isKnown).join("/")
    );
    parts.push(`watches ${list.join(" ") || "nothing"}`);
  }
  if (counter !== undefined) {
    parts.push(`${counterId === undefined ? "" : `#${counterId} `}is ${counter}`);
  }
  if (processId !== undefined) parts.push(`process ${processId}`);
  if (timer !== undefined) parts.push(timerText(timer));
  if (signals !== undefined) parts.push(signals.join(" ") || "no signals");
  for (const { kind, exclusive, start, end } of locks) {
    const range = start === 0 && end === undefined ? "" : ` ${start}-${end ?? ""}`;
    parts.push(`${kind} ${exclusive ? "exclusive" : "shared"}${range}`);
  }
  return parts.length === 0 ? undefined : parts.join(", ");
}

function timerText(
  { clock, remainingNs, intervalNs, expirations }: NonNullable<Details["timer"]>,
): string {
  const seconds = (ns: number) => `${Number((ns / 1e9).toFixed(3))}s`;
  return [
    clock,
    remainingNs === undefined ? "not set" : `in ${seconds(remainingNs)}`,
    ...(intervalNs === undefined ? [] : [`every ${seconds(intervalNs)}`]),
    ...(expirations === 0 ? [] : [`expired ${expirations}`]),
  ].join(" ");
}

function isKnown(value: unknown): boolean {
  return value !== undefined;
}

/**
 * The descriptors of a process as rows. Their peers are those of all processes, which are inspected if
 * the command prints peers.
 */
export function descriptorsIn(
  call: Call,
  process: Process,
  shown: readonly string[],
): readonly Descriptor[] {
  const names = fieldNames(call, DESCRIPTOR_FIELDS, shown);
  const details = names.includes("details");
  const own = process.descriptors({ details });
  if (!names.includes("peers")) return own;
  const all = descriptors({ ...call.from, details }).descriptors.filter(({ pid }) =>
    pid === process.pid
  );
  return all.length > 0 ? all : own;
}

/** Warns if sockets belong to processes that this user may not inspect; returns the exit status. */
export function warnOfDenied({ output }: Call, rows: readonly Owned[], status: number): number {
  if (rows.every(({ missing }) => missing?.pid !== "denied")) return status;
  output.err("libproc: some sockets belong to processes that this user may not inspect");
  return EXIT.partly;
}

/** Which protocol a socket has, with the family of those that only their family explains. */
function protocolOf({ family, type, protocol, protocolNumber }: OpenSocket): string {
  switch (family) {
    case "inet":
    case "inet6":
      return type === "raw" ? `raw:${protocol ?? protocolNumber}` : protocol ?? family;
    case "packet":
      return `packet:${protocol ?? `0x${protocolNumber.toString(16)}`}`;
    case "system":
      return protocol === undefined ? family : `netlink:${protocol}`;
    default:
      return family;
  }
}

function modeOf({ access }: DescriptorRow): string | undefined {
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

/** The name of a UNIX-domain socket as `who` takes it: abstract names start with `@`. */
function abstractAsAt(name: string | undefined): string | undefined {
  return name?.replace(/^\0/, "@");
}

function stateOf({ state, listening, connected }: OpenSocket): string | undefined {
  return state ?? (listening ? "listen" : connected ? "connected" : undefined);
}

/** An address and a port, as in `127.0.0.1:80` and `[::1]:80`. */
export function place(address: string | undefined, port: number | undefined): string | undefined {
  if (port === undefined) return address;
  // A port of all addresses.
  if (address === undefined) return `*:${port}`;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What a descriptor is open on, in the words of people. */
function nameOf({ path, name, socket, pipe, deleted }: DescriptorRow): string | undefined {
  if (socket !== undefined) {
    const local = abstractAsAt(localOf(socket)), remote = abstractAsAt(remoteOf(socket));
    const ends = remote === undefined ? local : `${local ?? "*"} -> ${remote}`;
    const { interfaceName } = socket;
    const on = interfaceName && `on ${interfaceName}`;
    return [protocolOf(socket), ends, on, stateOf(socket)].filter((part) => part !== undefined)
      .join(" ");
  }
  if (pipe !== undefined) return `pipe ${pipe.id}`;
  return path !== undefined && deleted ? `${path} (deleted)` : path ?? name;
}
