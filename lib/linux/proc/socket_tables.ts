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

/** An Internet protocol, and where Linux lists its sockets for processes that do not hold them. */
export interface InetProtocol {
  readonly transport: ListedTransport;
  /**
   * The type of the socket: 1 stream, 2 datagram, 3 raw. It is 0 if the tables do not report it.
   */
  readonly type: number;
  /** The protocol, or -1 for raw sockets, which have it in place of the port. */
  readonly protocol: number;
  /** True for IPv6. */
  readonly v6: boolean;
  /** The number of the protocol in sock_diag; undefined if sock_diag does not support it. */
  readonly diag?: number | undefined;
  /** The file that lists the sockets of a network namespace; undefined if no file does. */
  readonly file?: ProcFile;
}

/** The transports that have tables of Internet sockets. */
type ListedTransport = Exclude<Transport, OtherTransport>;
/** All other transports. */
export type OtherTransport = "vsock" | "packet" | "netlink" | "unix";

/** The names that the kernel uses for a transport and its files, for IPv4 and for IPv6. */
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
  // The files of TCP list the connections of a multipath socket under its inode.
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
  // SCTP has stream sockets and sockets of sequenced packets.
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

/** The Internet protocols by the names that the kernel uses for them. */
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
 * Returns the number of sockets of each protocol in this process's network namespace, by the
 * kernel's name. Internet sockets count once they are bound. A number is -1 if the kernel does not
 * count the sockets of the protocol. Returns undefined if the file cannot be read.
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
 * Makes a function that tests a protocol by the kernel's name. It returns false if this process's
 * network namespace certainly has no bound socket of the protocol. A query about a protocol that
 * the kernel lacks takes very long. So does one about multipath TCP, whose table is large even when
 * it is empty.
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

/** The number of sockets that are always queried one by one. */
const FEW_SOCKETS = 8;
/** The number of processes above which a caller is assumed to query all of them. */
const FEW_PROCESSES = 4;
/** The number of sockets that can be read as part of a whole table in the time of one query. */
const TIMES = 16;

/** Decides when reading all sockets of the tables takes less time than further queries. */
export class SocketEffort {
  readonly #fs: ProcFs;
  #processes = 0;
  #queried = 0;
  #all = -1;

  /** Starts with no query counted. */
  constructor(fs: ProcFs) {
    this.#fs = fs;
  }

  /** Counts a process. */
  addProcess(): void {
    this.#processes++;
  }

  /** Counts a socket that is to be queried. Returns true if all sockets should be read instead. */
  addSocket(): boolean {
    if (++this.#queried <= FEW_SOCKETS) return false;
    if (this.#processes > FEW_PROCESSES) return true;
    if (this.#all < 0) this.#all = tabledSockets(this.#fs);
    return this.#queried * TIMES > this.#all;
  }
}

/** Returns the number of sockets in the tables that are read at once. */
function tabledSockets(fs: ProcFs): number {
  const counts = socketCounts(fs);
  if (counts === undefined) return Infinity;
  return ["TCP", "TCPv6", "UDP", "UDPv6", "UNIX", "UNIX-STREAM"]
    .reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}

/** The protocols whose sockets have ports. */
export const PORTED_PROTOCOLS: readonly InetProtocol[] = Object.values(INET_PROTOCOLS)
  .filter(({ transport }) => TRANSPORTS[transport].ports !== undefined);

/** The names that the kernel uses for all other transports. */
const OTHERS: Readonly<Record<OtherTransport, readonly string[]>> = {
  vsock: ["AF_VSOCK"],
  packet: ["PACKET"],
  netlink: ["NETLINK"],
  unix: ["UNIX", "UNIX-STREAM"],
};

/** The other transports by the names that the kernel uses for them. */
export const OTHER_PROTOCOLS: Readonly<Record<string, OtherTransport>> = Object.fromEntries(
  (Object.entries(OTHERS) as [OtherTransport, readonly string[]][])
    .flatMap(([transport, names]) => names.map((name) => [name, transport])),
);

/** The time for which a walk can reuse a table, in milliseconds. */
const KEPT = 100;

/**
 * Finds Internet sockets in the tables of a network namespace. It reads the tables of this
 * process's own namespace through sock_diag, which reports more, and then the files of the other
 * process's namespace.
 *
 * The kernel cannot be queried for a single socket by its inode, so the whole table is read. A
 * caller that walks the sockets of a process would take a time that grows with the square of their
 * number. Therefore a table is reused for 100 milliseconds while the descriptors of one process are
 * requested in ascending order. A repeated query is not part of a walk and reads the table again.
 * So does a query about a socket that the kept table lacks.
 */
export interface SocketTables {
  /** The table in which the last socket was found, in the layout of `INET_RECORD`. */
  readonly block: Block;
  /**
   * Finds a socket by its inode. Returns its offset in the table, or a negated Darwin errno:
   * `-EPERM` if no table has the socket.
   *
   * @param pid The pid of the process. Together with its descriptor `fd`, it determines whether
   * this query is part of a walk.
   * @param task The id under which `/proc` shows the files of the process.
   * @param elsewhere Whether the socket is known to be in another network namespace than this
   * process.
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

/** A table, and the time until which it can be reused. */
interface Kept {
  readonly table: InetTable;
  until: number;
}

/** Creates {@linkcode SocketTables}. */
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

  /**
   * Returns the offset of a socket in a table. Returns -1 if the table does not have it or is too
   * old.
   */
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
      // The old type of request for TCP returns both address families.
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

/**
 * Adds the sockets of the file that lists those in the network namespace of a process. Returns 0 or
 * a negated Darwin errno.
 */
export function addFromFile(
  table: InetTable,
  fs: ProcFs,
  { v6, file }: InetProtocol,
  task: number,
): DarwinAnswer {
  if (file === undefined) return 0;
  const length = fs.readAll(task, file);
  // A kernel without the protocol does not have the file.
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
