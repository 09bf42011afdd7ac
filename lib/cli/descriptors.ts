/**
 * The fields of descriptors, for the commands that list them.
 *
 * @module
 */
import { type Descriptor, descriptors, socketDescriptors } from "../process/descriptors.ts";
import type { Details } from "../process/details.ts";
import { type Missing, ProcessGoneError } from "../process/errors.ts";
import type { FieldName } from "../process/fields/mod.ts";
import { usedFilesOf } from "../process/file_uses.ts";
import { openProcess } from "../process/process.ts";
import { processes } from "../process/rows.ts";
import type { OpenSocket } from "../process/sockets.ts";
import type { FileUse } from "../process/who_has.ts";
import { endedConnections } from "../process/unowned.ts";
import { id } from "../system/arguments.ts";
import { known } from "../system/known.ts";
import { systemIn } from "../system/open.ts";
import { type Call, EXIT, number, type Options, refused } from "./command.ts";
import { SELECT_OPTIONS } from "./conditions.ts";
import { readFor, type Row, selectionOf } from "./select.ts";
import { fieldNames, type Fields, plain, printRows } from "./table.ts";

/** An object whose process may be unknown, with the reason. */
interface Owned {
  readonly missing?: { readonly pid?: Missing };
}

/** A descriptor, or a socket whose process is unknown. */
export interface DescriptorRow extends Omit<Descriptor, "pid" | "fd">, Owned {
  readonly pid?: number;
  readonly fd?: number;
  /** The use of a file that is not open. */
  readonly as?: FileUse;
  /** The row of its process. */
  readonly of?: Row;
}

/** The short forms of the uses of files that are not open. */
const SHORT_USES: Readonly<Record<FileUse, string>> = {
  cwd: "cwd",
  root: "root",
  executable: "exe",
  mapped: "mem",
};

/** The fields of a descriptor. */
export const DESCRIPTOR_FIELDS: Fields<DescriptorRow> = {
  pid: {
    title: "PID",
    value: ({ pid }) => pid,
    missing: ({ missing }) => missing?.pid,
    unit: "none",
  },
  command: {
    title: "COMMAND",
    value: ({ of }) => of?.name,
    missing: ({ missing }) => missing?.pid,
  },
  user: {
    title: "USER",
    value: ({ of }) => of?.userName ?? of?.userId,
    missing: ({ missing }) => missing?.pid,
  },
  fd: {
    title: "FD",
    value: ({ fd }) => fd,
    text: ({ fd, as }) => as === undefined ? plain(fd) : SHORT_USES[as],
    missing: ({ missing }) => missing?.pid,
    unit: "none",
  },
  as: { title: "AS", value: ({ as }) => as },
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

/** Returns the details of a descriptor by name; undefined if it has none. */
function detailsOf(row: DescriptorRow): Details | undefined {
  const { watches, watchedFiles, counter, counterId, processId, timer, signals } = row;
  // A file without locks has no details.
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

/** The processes that a command line selects, and what they have open. */
export interface Listing {
  /** The rows, grouped by process. */
  readonly rows: readonly DescriptorRow[];
  /** The number of selected processes. */
  readonly processes: number;
  /** The number of selected processes that this user may not inspect. */
  readonly denied: number;
}

/**
 * Lists what the selected processes have open. A single process must exist, and this user must be
 * allowed to inspect it. If there are several, those that do not meet this are omitted.
 *
 * @param shown The fields that are printed by default. Facts that no printed field needs are not
 * read.
 * @param isSockets True to list only sockets, including those of unknown processes.
 * @throws {ProcessError} The single process does not exist, or this user may not inspect it.
 */
export function listOpen(call: Call, shown: readonly string[], isSockets: boolean): Listing {
  const names = fieldNames(call, DESCRIPTOR_FIELDS, shown);
  const details = names.includes("details");
  const pids = pidsIn(call);
  const own = pids?.length === 1
    ? openProcess(pids[0]!, call.from).descriptors({ details })
    : undefined;
  const chosen = new Map(
    processesChosen(call, names, pids).map((row): [number, Row] => [row.pid, row]),
  );
  if (pids !== undefined && !isChoosing(call)) {
    const absent = pids.filter((pid) => !chosen.has(pid));
    if (own !== undefined && absent.length > 0) throw new ProcessGoneError("find", pids[0]!);
    for (const pid of absent) call.output.err(`libproc: process ${pid} was not found`);
  }
  // Peers may belong to any process.
  const wantsAll = isSockets && pids === undefined || names.includes("peers");
  const from = wantsAll ? call.from : { ...call.from, pids: [...chosen.keys()] };
  const graph = own !== undefined && !wantsAll
    ? { descriptors: own, missing: [], unowned: [] }
    : isSockets
    ? socketDescriptors(from)
    : descriptors({ ...from, details });
  const isLost = own !== undefined && !graph.descriptors.some(({ pid }) => chosen.has(pid));
  const found = isLost ? own : graph.descriptors;
  const system = systemIn(call.from);
  const rows = found.flatMap((one): DescriptorRow[] => {
    const of = chosen.get(one.pid);
    if (of === undefined || isSockets && one.type !== "socket") return [];
    return [{ ...one, of }];
  });
  if (!isSockets) {
    for (const of of chosen.values()) {
      rows.push(...usedFilesOf(of.pid, system).map((file) => ({ ...file, of })));
    }
    const order = ({ as }: DescriptorRow) =>
      as === undefined ? FILE_USES.length : FILE_USES.indexOf(as);
    rows.sort((a, b) => a.pid! - b.pid! || order(a) - order(b));
  }
  const choosesNone = pids === undefined && !isChoosing(call);
  if (isSockets && choosesNone) {
    const unowned = [...graph.unowned, ...endedConnections(system)];
    rows.push(...unowned.map((one) => ({ ...one, type: "socket" as const })));
  }
  const denied = graph.missing.filter(({ pid, why }) => why === "denied" && chosen.has(pid)).length;
  return { rows, processes: chosen.size, denied };
}

/** The order of used files. They are listed before open descriptors. */
const FILE_USES: readonly FileUse[] = ["cwd", "root", "executable", "mapped"];

/** Returns the pids of a command line; undefined if it has none. */
function pidsIn({ words }: Call): number[] | undefined {
  if (words.length === 0) return undefined;
  return words.map((word) => id("pid", number("PID", word, () => 0)));
}

/** The options that select processes, for commands that list what they have open. */
export const OWNER_OPTIONS: Options = Object.fromEntries(
  ["user", "name", "ignore-case", "container", "cgroup", "unit"].map((name) => [
    name,
    SELECT_OPTIONS[name]!,
  ]),
);

/** Returns true if options select processes. */
export function isChoosing({ options }: Call): boolean {
  return Object.keys(OWNER_OPTIONS).some((name) => options[name] !== undefined);
}

/** Returns the selected processes, with users and names only if they are printed. */
export function processesChosen(
  call: Call,
  names: readonly string[],
  pids?: readonly number[],
  more: readonly FieldName[] = [],
): Row[] {
  const options = Object.fromEntries(
    Object.keys(OWNER_OPTIONS).map((name) => [name, call.options[name]]),
  );
  const fields: FieldName[] = [
    ...more,
    ...(names.includes("user") ? ["userName" as const, "userId" as const] : []),
    ...(names.includes("command") || names.includes("name") ? ["name" as const] : []),
  ];
  const selection = selectionOf({ ...call, options: { ...options, all: true } }, pids);
  return selection.rowsIn(processes({ ...selection.options, fields: readFor(fields) }) as Row[]);
}

/** Prints a listing. Returns the exit status. */
export function printOpen(call: Call, listing: Listing, shown: readonly string[]): number {
  const { rows, processes, denied } = listing;
  const status = printRows(call, rows, DESCRIPTOR_FIELDS, shown, { denial: socketDenial });
  if (status === EXIT.partly || denied === 0) return status;
  return refused(
    call,
    `${denied} of ${processes} processes are left out, as this user may not inspect them`,
  );
}

/** Returns the message that the processes of sockets are unknown. */
export function socketDenial(count: number): string {
  const which = count === 1
    ? "1 socket belongs to a process"
    : `${count} sockets belong to processes`;
  return `${which} that this user may not inspect, shown as -`;
}

/** Returns the protocol of a socket, prefixed with the family if it is unclear without it. */
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

/** Returns the name of a UNIX-domain socket as `who` takes it: abstract names start with `@`. */
function abstractAsAt(name: string | undefined): string | undefined {
  return name?.replace(/^\0/, "@");
}

function stateOf({ state, listening, connected }: OpenSocket): string | undefined {
  return state ?? (listening ? "listen" : connected ? "connected" : undefined);
}

/** Formats an address and a port: `127.0.0.1:80`, `[::1]:80`. */
export function place(address: string | undefined, port: number | undefined): string | undefined {
  if (port === undefined) return address;
  // The port of all addresses.
  if (address === undefined) return `*:${port}`;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Describes what a descriptor refers to. */
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
