import { ERRNO } from "../../system/errors.ts";
import type { Block } from "../../layout/block.ts";
import { parseInetLine } from "../parse/net.ts";
import { converted, type DarwinAnswer } from "../sys/errno.ts";
import { InetTable, type SockDiag } from "../sys/netlink.ts";
import { INET_RECORD } from "../sys/sock_diag.ts";
import { AF_INET, AF_INET6 } from "../sys/socket_address.ts";
import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../sys/socket_options.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc_fs.ts";
import { refused } from "./process.ts";

/** How Linux shows the Internet sockets of a protocol to those who hold none of them. */
export interface InetProtocol {
  /** The kind of socket: 1 stream, 2 datagram, 3 raw. */
  readonly type: number;
  /** The protocol, or -1 for raw sockets, which have it in the place of the port. */
  readonly protocol: number;
  /** Whether it is of IPv6. */
  readonly v6: boolean;
  /** Whether sock_diag is asked. */
  readonly diag: boolean;
  /** The file that lists those of a network namespace. */
  readonly file: ProcFile;
}

function protocol(
  type: number,
  number: number,
  v6: boolean,
  diag: boolean,
  file: string,
): InetProtocol {
  return { type, protocol: number, v6, diag, file: procFile(`net/${file}`) };
}

/** The protocols by the names that the kernel has for them. */
export const INET_PROTOCOLS: Readonly<Record<string, InetProtocol>> = {
  "TCP": protocol(SOCK_STREAM, IPPROTO_TCP, false, true, "tcp"),
  "TCPv6": protocol(SOCK_STREAM, IPPROTO_TCP, true, true, "tcp6"),
  "UDP": protocol(SOCK_DGRAM, IPPROTO_UDP, false, true, "udp"),
  "UDPv6": protocol(SOCK_DGRAM, IPPROTO_UDP, true, true, "udp6"),
  "UDP-Lite": protocol(SOCK_DGRAM, IPPROTO_UDPLITE, false, false, "udplite"),
  "UDPLITEv6": protocol(SOCK_DGRAM, IPPROTO_UDPLITE, true, false, "udplite6"),
  "RAW": protocol(SOCK_RAW, -1, false, false, "raw"),
  "RAWv6": protocol(SOCK_RAW, -1, true, false, "raw6"),
  "PING": protocol(SOCK_DGRAM, IPPROTO_ICMP, false, false, "icmp"),
  "PINGv6": protocol(SOCK_DGRAM, IPPROTO_ICMPV6, true, false, "icmp6"),
};

/** How long a table may be used again while a walk goes on, in milliseconds. */
const KEPT = 100;

/**
 * Finds Internet sockets in the tables of a network namespace: in those of this process's own, of
 * which sock_diag tells more, or else in the files of the other process's.
 *
 * The kernel has no way to ask for one socket of a table by its inode, so all of it is read. For a
 * caller who walks the sockets of a process that would take a time that grows with the square of their
 * number: while the descriptors of one process are asked for in ascending order, a table is used again
 * for 100 milliseconds. The same question asked twice is no walk, and reads anew; so does one about a
 * socket that a kept table has not.
 */
export interface SocketTables {
  /** The table in which the last socket was found, in the form of `INET_RECORD`. */
  readonly block: Block;
  /**
   * Finds a socket by its inode; returns where in the table, or a negated Darwin errno: `-EPERM`
   * where no table has it.
   *
   * @param pid The process, and `fd` its descriptor, which tell whether this is a walk.
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

  function fillFromDiag({ table }: Kept, { type, protocol, v6 }: InetProtocol): DarwinAnswer {
    if (type === SOCK_STREAM) return converted(diag.dumpTcp(table));
    return converted(diag.dump(v6 ? AF_INET6 : AF_INET, protocol, table));
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
      const ours = keptOf(of.type === SOCK_STREAM ? "TCP" : `${of.protocol} ${of.v6}`);
      const theirs = keptOf(`${of.type} ${of.protocol} ${of.v6} of the process`);
      const diagnosed = of.diag && !elsewhere;
      let at = diagnosed ? lookUp(ours, inode) : -1;
      if (at < 0) at = lookUp(theirs, inode);
      if (at < 0 && diagnosed) {
        ours.table.clear();
        const error = fillFromDiag(ours, of);
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
