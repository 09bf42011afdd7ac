import { ERRNO } from "../../system/errors.ts";
import { type Transport, TRANSPORTS } from "../../system/transports.ts";
import type { Block } from "../../layout/block.ts";
import { parseInetLine } from "../parse/net.ts";
import { converted, type DarwinAnswer } from "../sys/errno.ts";
import { InetTable, type SockDiag } from "../sys/netlink.ts";
import { INET_RECORD } from "../sys/sock_diag.ts";
import { AF_INET, AF_INET6 } from "../sys/socket_address.ts";
import {
  IPPROTO_MPTCP,
  IPPROTO_RAW,
  IPPROTO_TCP,
  SOCK_DCCP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../sys/socket_options.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc_fs.ts";
import { refused } from "./process.ts";
import { isLinuxSince } from "./release.ts";

/** How Linux shows the Internet sockets of a transport to those who hold none of them. */
export interface InetProtocol {
  readonly transport: ListedTransport;
  /** The kind of socket: 1 stream, 2 datagram, 3 raw; 0 if no table has it. */
  readonly type: number;
  /** The protocol, or -1 for raw sockets, which have it in the place of the port. */
  readonly protocol: number;
  /** True if it is of IPv6. */
  readonly v6: boolean;
  /** The number by which sock_diag knows it; undefined if it does not. */
  readonly diag?: number | undefined;
  /** The file that lists those of a network namespace; undefined if there is none. */
  readonly file?: ProcFile;
}

/** The transports of which there are tables of Internet sockets. */
type ListedTransport = Exclude<Transport, OtherTransport>;
/** All others. */
export type OtherTransport = "vsock" | "packet" | "netlink" | "unix";

/** The kernel's names of a transport and of its files, of IPv4 and of IPv6. */
interface InetNames {
  readonly type: number;
  readonly diag?: number | undefined;
  readonly names: readonly (readonly [name: string, v6: boolean, file?: string])[];
}

const INET: Readonly<Record<ListedTransport, InetNames>> = {
  tcp: {
    type: SOCK_STREAM,
    diag: IPPROTO_TCP,
    names: [["TCP", false, "tcp"], ["TCPv6", true, "tcp6"]],
  },
  // Its connections are in the files of TCP, under its inode.
  mptcp: {
    type: SOCK_STREAM,
    diag: IPPROTO_MPTCP,
    names: [["MPTCP", false, "tcp"], ["MPTCPv6", true, "tcp6"]],
  },
  udp: {
    type: SOCK_DGRAM,
    diag: TRANSPORTS.udp.protocol,
    names: [["UDP", false, "udp"], ["UDPv6", true, "udp6"]],
  },
  udpLite: {
    type: SOCK_DGRAM,
    diag: TRANSPORTS.udpLite.protocol,
    names: [["UDP-Lite", false, "udplite"], ["UDPLITEv6", true, "udplite6"]],
  },
  // It has streams and sequenced packets.
  sctp: {
    type: 0,
    diag: TRANSPORTS.sctp.protocol,
    names: [["SCTP", false], ["SCTPv6", true]],
  },
  dccp: {
    type: SOCK_DCCP,
    diag: TRANSPORTS.dccp.protocol,
    names: [["DCCP", false], ["DCCPv6", true]],
  },
  icmp: { type: SOCK_DGRAM, names: [["PING", false, "icmp"]] },
  icmp6: { type: SOCK_DGRAM, names: [["PINGv6", true, "icmp6"]] },
  raw: {
    type: SOCK_RAW,
    diag: IPPROTO_RAW,
    names: [["RAW", false, "raw"], ["RAWv6", true, "raw6"]],
  },
};

/** The Internet's protocols by the names that the kernel has for them. */
export const INET_PROTOCOLS: Readonly<Record<string, InetProtocol>> = Object.fromEntries(
  (Object.entries(INET) as [ListedTransport, InetNames][]).flatMap((
    [transport, { names, ...rest }],
  ) =>
    names.map(([name, v6, file]) => [name, {
      ...rest,
      transport,
      v6,
      protocol: TRANSPORTS[transport].protocol ?? -1,
      ...(file !== undefined && { file: procFile(`net/${file}`) }),
    }])
  ),
);

const PROTOCOLS = procFile("net/protocols");
const decoder = new TextDecoder();

/**
 * How many sockets this process's network namespace has of each protocol, by the kernel's name: those of the
 * Internet count once they are bound. Undefined if that is unknown; -1 if the kernel does not count them.
 */
function socketCounts(fs: ProcFs): ReadonlyMap<string, number> | undefined {
  const length = fs.local ? fs.readAll(fs.self, PROTOCOLS) : -ERRNO.ENOTSUP;
  if (length < 0) return undefined;
  const lines = decoder.decode(fs.text.subarray(0, length)).split("\n");
  return new Map(lines.map((line) => {
    const [name = "", , count] = line.split(/ +/, 3);
    return [name, Number(count)];
  }));
}

/**
 * Makes a test of a protocol by the kernel's name: false if this process's network namespace surely has no
 * socket of it that is bound. A query about a protocol that the kernel lacks takes very long, and so does
 * multipath TCP, whose table is large even when it is empty.
 */
export function usedProtocols(fs: ProcFs): (name: string) => boolean {
  const counts = socketCounts(fs);
  if (counts === undefined) return () => true;
  // The kernel counts the sockets of multipath TCP since 6.2.
  const multipathIsCounted = isLinuxSince(fs, 6, 2);
  return (name) =>
    counts.has(name) &&
    (counts.get(name) !== 0 || (name.startsWith("MPTCP") && !multipathIsCounted));
}

/** The number of sockets that are queried one by one in any case. */
const FEW_SOCKETS = 8;
/** In so many processes it is not yet known that all of them are looked at. */
const FEW_PROCESSES = 4;
/** The time of one query of a socket, in readings of a socket together with all others. */
const TIMES = 16;

/** Decides when it takes less time to read all sockets of the tables than to query further ones. */
export class SocketEffort {
  readonly #fs: ProcFs;
  #processes = 0;
  #asked = 0;
  #all = -1;

  /** Begins with nothing queried. */
  constructor(fs: ProcFs) {
    this.#fs = fs;
  }

  /** Counts a process. */
  addProcess(): void {
    this.#processes++;
  }

  /** Counts a socket that is to be queried; returns true if all should be read instead. */
  addSocket(): boolean {
    if (++this.#asked <= FEW_SOCKETS) return false;
    if (this.#processes > FEW_PROCESSES) return true;
    if (this.#all < 0) this.#all = tabledSockets(this.#fs);
    return this.#asked * TIMES > this.#all;
  }
}

/** How many sockets are in the tables that are read at once. */
function tabledSockets(fs: ProcFs): number {
  const counts = socketCounts(fs);
  if (counts === undefined) return Infinity;
  return ["TCP", "TCPv6", "UDP", "UDPv6", "UNIX", "UNIX-STREAM"]
    .reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}

/** The protocols whose sockets have ports. */
export const PORTED_PROTOCOLS: readonly InetProtocol[] = Object.values(INET_PROTOCOLS)
  .filter(({ transport }) => TRANSPORTS[transport].ports !== undefined);

/** The names that the kernel has for all other transports. */
const OTHERS: Readonly<Record<OtherTransport, readonly string[]>> = {
  vsock: ["AF_VSOCK"],
  packet: ["PACKET"],
  netlink: ["NETLINK"],
  unix: ["UNIX", "UNIX-STREAM"],
};

/** Those transports by their names. */
export const OTHER_PROTOCOLS: Readonly<Record<string, OtherTransport>> = Object.fromEntries(
  (Object.entries(OTHERS) as [OtherTransport, readonly string[]][])
    .flatMap(([transport, names]) => names.map((name) => [name, transport])),
);

/** How long a table may be used again while a walk goes on, in milliseconds. */
const KEPT = 100;

/**
 * Finds Internet sockets in the tables of a network namespace: in those of this process's own, of
 * for which sock_diag reports more, or else in the files of the other process's.
 *
 * The kernel has no way to request one socket of a table by its inode, so all of it is read. For a
 * caller who walks the sockets of a process that would take a time that grows with the square of their
 * number: while the descriptors of one process are requested in ascending order, a table is used again
 * for 100 milliseconds. The same query made twice is not a walk, and reads again; so does one about a
 * socket that a kept table has not.
 */
export interface SocketTables {
  /** The table in which the last socket was found, in the form of `INET_RECORD`. */
  readonly block: Block;
  /**
   * Finds a socket by its inode; returns where in the table, or a negated Darwin errno: `-EPERM`
   * where no table has it.
   *
   * @param pid The process, and `fd` its descriptor, which determine if this is a walk.
   * @param task The id under which `/proc` shows its files.
   * @param elsewhere Whether it is known not to be in this process's own network namespace.
   */
  find(
    of: InetProtocol,
    pid: number,
    fd: number,
    task: number,
    inode: number,
    elsewhere: boolean,
  ): DarwinAnswer;
}

/** A table, and until when it may be used again. */
interface Kept {
  readonly table: InetTable;
  until: number;
}

/** Makes {@linkcode SocketTables}. */
export function socketTables(fs: ProcFs, diag: SockDiag): SocketTables {
  const tables = new Map<string, Kept>();
  let walked = -1, last = -1;
  let block: Block | undefined;

  function keptOf(name: string): Kept {
    let kept = tables.get(name);
    if (kept === undefined) tables.set(name, kept = { table: new InetTable(), until: 0 });
    return kept;
  }

  function fillFromDiag({ table }: Kept, number: number, v6: boolean): DarwinAnswer {
    if (number === IPPROTO_TCP) return converted(diag.dumpTcp(table));
    return converted(diag.dump(v6 ? AF_INET6 : AF_INET, number, table));
  }

  /** Where a table has a socket, or -1. */
  function lookUp({ table, until }: Kept, inode: number): number {
    if (performance.now() >= until) return -1;
    block = table.block;
    return table.find(inode);
  }

  return {
    get block() {
      return block!;
    },
    find(of, pid, fd, task, inode, elsewhere) {
      if (pid !== walked || fd <= last) { for (const kept of tables.values()) kept.until = 0; }
      walked = pid;
      last = fd;
      // The old question for TCP answers for both families.
      const { transport, diag: number, v6 } = of;
      const ours = keptOf(transport === "tcp" ? transport : `${transport} ${v6}`);
      const theirs = keptOf(`${transport} ${v6} of the process`);
      const diagnosed = number !== undefined && !elsewhere;
      let at = diagnosed ? lookUp(ours, inode) : -1;
      if (at < 0) at = lookUp(theirs, inode);
      if (at < 0 && diagnosed) {
        ours.table.clear();
        const error = fillFromDiag(ours, number, v6);
        if (error < 0) return error;
        ours.until = performance.now() + KEPT;
        at = lookUp(ours, inode);
      }
      if (at < 0) {
        theirs.table.clear();
        const error = addFromFile(theirs.table, fs, of, task);
        if (error < 0) return error;
        theirs.until = performance.now() + KEPT;
        at = lookUp(theirs, inode);
      }
      return at < 0 ? -ERRNO.EPERM : at;
    },
  };
}

/** Adds the sockets of the file that lists those in the network namespace of a process; returns 0. */
export function addFromFile(
  table: InetTable,
  fs: ProcFs,
  { v6, file }: InetProtocol,
  task: number,
): DarwinAnswer {
  if (file === undefined) return 0;
  const length = fs.readAll(task, file);
  // A kernel without the protocol has no such file.
  if (length < 0) return length === -ERRNO.ESRCH ? 0 : refused(length);
  for (let next = 0;;) {
    const at = table.next();
    const { view } = table.block;
    next = parseInetLine(fs.text, length, next, v6, view, at, INET_RECORD);
    if (next < 0) return 0;
    view.setUint8(at + INET_RECORD.family, v6 ? AF_INET6 : AF_INET);
    table.add();
  }
}
