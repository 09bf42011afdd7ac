import type { Block } from "../layout/block.ts";
import { ERRNO, optional, SystemCallError } from "../system/errors.ts";
import type { BoundSockets, FileId, SocketKind, SocketScan } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { TRANSPORTS } from "../system/transports.ts";
import { inetSocket, unixName, unixSocket } from "./answer/socket_record.ts";
import { type SocketWriter, socketWriter } from "./answer/socket_writer.ts";
import {
  addFromFile,
  INET_PROTOCOLS,
  type InetProtocol,
  usedProtocols,
} from "./proc/socket_tables.ts";
import type { World } from "./proc/world.ts";
import { type LinuxAnswer, toDarwin } from "./sys/errno.ts";
import { InetTable, isShortage, type SockDiag, sockDiag, UnixTable } from "./sys/netlink.ts";
import { INET_RECORD, UNIX_DIAG } from "./sys/sock_diag.ts";
import { AF_INET, AF_INET6 } from "./sys/socket_address.ts";
import { openSocketCalls } from "./sys/socket.ts";
import { IPPROTO_TCP, SOCK_DGRAM, SOCK_STREAM, TCP_LISTEN } from "./sys/socket_options.ts";
import { kernelDevice } from "./sys/statx.ts";

/**
 * The Internet protocols, in groups that are read one after the other. The TCP tables list the
 * sockets of multipath TCP as their own, so multipath TCP is read first.
 */
const GROUPS: readonly (readonly NamedProtocol[])[] = groupsOf(INET_PROTOCOLS);

function groupsOf(protocols: typeof INET_PROTOCOLS): NamedProtocol[][] {
  const groups = new Map<string, NamedProtocol[]>();
  for (const [name, of] of Object.entries(protocols)) {
    // One query covers both families.
    const group = of.transport === "tcp" ? of.transport : name;
    groups.set(group, [...groups.get(group) ?? [], { name, ...of }]);
  }
  return [...groups.values()].sort(([a], [b]) =>
    Number(b!.transport === "mptcp") - Number(a!.transport === "mptcp")
  );
}

/** A protocol and the kernel's name for it. */
interface NamedProtocol extends InetProtocol {
  readonly name: string;
}

/** The inode of the initial pid namespace of a machine (include/linux/proc_ns.h). */
const FIRST_PID_NAMESPACE = 0xeffffffc;
const INIT = 1;
const UNKNOWN = -1;

/**
 * Returns a scan of the sockets of this process's network namespace. It reads sock_diag or, if that
 * is refused, the files in `/proc/net`. It does not read those for UNIX-domain sockets, as they
 * lack the peers.
 *
 * @param namespace The function that reads a namespace of a process.
 * @throws {SystemCallError} `ENOTSUP` if `/proc` does not show the pid namespace of this process,
 * as the processes there may be in any network namespace.
 */
export function linuxSockets(world: World, namespace: System["namespace"]): SocketScan {
  if (world.fs.local) return new LinuxSockets(world, namespace);
  throw new SystemCallError("list the sockets of another /proc", "socket", ERRNO.ENOTSUP);
}

/** The selection of Internet sockets to read. */
interface Search {
  readonly listening: boolean;
  readonly isWanted: (inode: number) => boolean;
}

class LinuxSockets implements SocketScan {
  readonly #world: World;
  readonly #diag: SockDiag;
  readonly #to: SocketWriter = socketWriter();
  readonly #namespace: System["namespace"];

  constructor(world: World, namespace: System["namespace"]) {
    this.#world = world;
    this.#namespace = namespace;
    this.#diag = sockDiag(world.libc, openSocketCalls(world.libc.more));
  }

  get ownersListed(): boolean {
    // A caller without permission to inspect init lacks it for other processes too. Mounts can hide
    // processes.
    return optional(() => this.#namespace(INIT, "pid")) === FIRST_PID_NAMESPACE;
  }

  read(kind: SocketKind, isWanted: (identity: number) => boolean): Iterable<Block> {
    if (kind === "unix") return this.#unix(isWanted);
    if (kind === "timeWait") return this.#ended(isWanted);
    return this.#inet(kind === "listening", isWanted);
  }

  boundTo({ device, inode }: FileId): BoundSockets {
    const these = new Set<number>(), others = new Set<number>();
    const inodeLow = Number(BigInt.asUintN(32, inode));
    checked(this.#diag.addBound(kernelDevice(device), inodeLow, these, others));
    if (!this.#diag.refused) return { these, others };
    throw new SystemCallError("find the files of sockets", "recv", ERRNO.ENOTSUP);
  }

  *#inet(listening: boolean, isWanted: (inode: number) => boolean): Generator<Block> {
    const multipath = new Set<number>();
    const isUsed = usedProtocols(this.#world.fs);
    for (const group of GROUPS) {
      const { transport } = group[0]!;
      if (listening && TRANSPORTS[transport].ports === undefined) continue;
      if (!group.some(({ name }) => isUsed(name))) continue;
      const isNew = (inode: number) => {
        if (transport === "mptcp") multipath.add(inode);
        return (transport !== "tcp" || !multipath.has(inode)) && isWanted(inode);
      };
      yield* this.#records({ listening, isWanted: isNew }, group);
    }
  }

  /** Writes the sockets of a group of protocols, whose last member may be the one of IPv6. */
  *#records({ listening, isWanted }: Search, group: readonly InetProtocol[]): Generator<Block> {
    const table = new InetTable();
    const isRefused = this.#fill(table, group[0]!, listening);
    for (const [inode, at] of table.places()) {
      const v6 = table.block.bytes[at + INET_RECORD.family] === AF_INET6;
      const of = v6 ? group.at(-1)! : group[0]!;
      if (listening && !isListening(of, table.block, at) || !isWanted(inode)) continue;
      yield this.#write(of, table.block, at);
    }
    if (!isRefused) return;
    for (const of of group) {
      // This file is the one of TCP: the sockets are read with those of TCP.
      if (of.transport === "mptcp") return;
      const { fs } = this.#world;
      table.clear();
      addFromFile(table, fs, of, fs.self);
      const { view } = table.block;
      for (const [inode, at] of table.places()) {
        if (listening && !isListening(of, table.block, at) || !isWanted(inode)) continue;
        const found = this.#write(of, table.block, at);
        // The files do not report the limit of the queue.
        if (of.type === SOCK_STREAM && view.getUint8(at + INET_RECORD.state) === TCP_LISTEN) {
          this.#to.queue(view.getUint32(at + INET_RECORD.rqueue, true), UNKNOWN);
        }
        yield found;
      }
    }
  }

  /**
   * Adds the sockets that sock_diag reports for a protocol, or for all of TCP. Returns true if it
   * cannot report them.
   */
  #fill(table: InetTable, { diag, v6 }: InetProtocol, listening: boolean): boolean {
    if (diag === undefined) return true;
    checked(
      diag === IPPROTO_TCP
        ? this.#diag.dumpTcp(table, listening ? "listening" : undefined)
        : this.#diag.dump(v6 ? AF_INET6 : AF_INET, diag, table),
    );
    return this.#diag.refused;
  }

  /** Writes the TCP connections in `TIME_WAIT`, which only sock_diag distinguishes. */
  *#ended(isWanted: (identity: number) => boolean): Generator<Block> {
    const table = new InetTable(true);
    checked(this.#diag.dumpTcp(table, "timeWait"));
    const [v4, v6] = [INET_PROTOCOLS["TCP"]!, INET_PROTOCOLS["TCPv6"]!];
    const to = this.#to;
    for (const [identity, at] of table.places()) {
      if (!isWanted(identity)) continue;
      to.clear();
      const isV6 = table.block.bytes[at + INET_RECORD.family] === AF_INET6;
      inetSocket(to, isV6 ? v6 : v4, table.block, at, identity);
      yield to.block;
    }
  }

  #write(of: InetProtocol, from: Block, at: number): Block {
    const to = this.#to;
    to.clear();
    inetSocket(to, of, from, at);
    return to.block;
  }

  *#unix(isWanted: (inode: number) => boolean): Generator<Block> {
    const table = new UnixTable();
    checked(this.#diag.dumpUnix(table));
    const fields = new Uint32Array(UNIX_DIAG.size);
    const to = this.#to;
    for (const inode of table.inodes()) {
      if (!isWanted(inode) || !table.read(inode, fields)) continue;
      to.clear();
      unixSocket(to, inode, fields, table.block);
      if (table.read(fields[UNIX_DIAG.peer]!, fields)) unixName(to, true, fields, table.block);
      yield to.block;
    }
  }
}

/**
 * Returns true for a listening socket, and for a datagram socket that is bound and not connected.
 */
function isListening({ type }: InetProtocol, { view }: Block, at: number): boolean {
  if (type !== SOCK_DGRAM) return view.getUint8(at + INET_RECORD.state) === TCP_LISTEN;
  return view.getUint16(at + INET_RECORD.sport, true) !== 0 &&
    view.getUint16(at + INET_RECORD.dport, true) === 0;
}

function checked(answer: LinuxAnswer): void {
  if (!isShortage(answer)) return;
  throw new SystemCallError("list the sockets", "recv", -toDarwin(answer));
}
