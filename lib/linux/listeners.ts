import type { ListenerScan } from "../system/facts.ts";
import { ERRNO } from "../system/errors.ts";
import { refused } from "./proc/process.ts";
import type { World } from "./proc/world.ts";
import { descriptorsOf } from "./proc/descriptor.ts";
import { pidfdOf } from "./proc/duplicate.ts";
import { PORTED_PROTOCOLS, SocketEffort } from "./proc/socket_tables.ts";
import { fdWalker } from "./proc/fd_walk.ts";
import { NO_PIDFD } from "./proc/signal.ts";
import { type DarwinAnswer, type LinuxAnswer, toDarwin } from "./sys/errno.ts";
import { openSocketCalls } from "./sys/socket.ts";
import { sockDiag } from "./sys/netlink.ts";
import { ADDRESS_SIZE } from "./sys/socket_address.ts";
import { SO_ACCEPTCONN, SO_PROTOCOL, SOCK_DGRAM, SOL_SOCKET } from "./sys/socket_options.ts";
import { FD_LINK, parseFdLink, parseLinkInode } from "./parse/fd_link.ts";

const OPTION_SIZE = 4;
const ALL = Infinity;
const UNREPORTED = -1;

/** Protocols of datagrams with ports, in which a connected socket does not listen. */
const DATAGRAMS: ReadonlySet<number> = new Set(
  PORTED_PROTOCOLS.flatMap(({ type, protocol }) => type === SOCK_DGRAM ? protocol : []),
);
/** Protocols of which a table has but one line about a socket: one of SCTP may have several. */
const ONE_LINE: ReadonlySet<number> = new Set(
  PORTED_PROTOCOLS.flatMap(({ transport, diag }) => transport === "sctp" ? [] : diag ?? []),
);

/**
 * Finds the descriptors of sockets on which somebody may wait, by two or three questions to each
 * socket: `PROC_PIDFDSOCKETINFO` makes twenty. They are made on a duplicate, as there, so that it makes
 * no difference which network namespace a socket is in, or its process.
 *
 * If they are more than a few, the tables of this process's network namespace list sockets on which surely
 * no process waits, so that these are not queried. If the kernel refuses a duplicate, the tables are the only source.
 */
export function linuxListeners(world: World): ListenerScan {
  return new LinuxListeners(world);
}

class LinuxListeners implements ListenerScan {
  pids: Int32Array = new Int32Array(256);
  fds: Int32Array = new Int32Array(256);
  sockets: Uint32Array = new Uint32Array(256);

  readonly #world: World;
  readonly #calls: ReturnType<typeof openSocketCalls>;
  readonly #descriptors: ReturnType<typeof descriptorsOf>;
  readonly #walker: ReturnType<typeof fdWalker>;
  readonly #value: Int32Array = new Int32Array(new ArrayBuffer(OPTION_SIZE));
  readonly #bytes: Uint8Array = new Uint8Array(this.#value.buffer);
  readonly #address: Uint8Array = new Uint8Array(new ArrayBuffer(ADDRESS_SIZE));
  readonly #length: Int32Array = new Int32Array(new ArrayBuffer(4));
  /** Those that were kept without a query, by their places. */
  readonly #unasked: number[] = [];
  /** The sockets on which no process waits, once the tables were read. */
  #others: ReadonlySet<number> | undefined;
  readonly #effort: SocketEffort;
  #pid = 0;
  #task = 0;
  /** Where the sockets of the process start, and where they end. */
  #start = 0;
  #end = 0;

  constructor(world: World) {
    this.#world = world;
    this.#effort = new SocketEffort(world.fs);
    this.#calls = openSocketCalls(world.libc.more);
    this.#descriptors = descriptorsOf(world, this.#calls);
    this.#walker = fdWalker(world, this.#calls, this.#descriptors, {
      begin: () => this.#end = this.#start,
      take: (fd, link, length, task) => {
        if (parseFdLink(link, length) !== FD_LINK.socket) return;
        this.#task = task;
        this.#add(fd, parseLinkInode(link, length));
      },
    });
  }

  add(pid: number): DarwinAnswer {
    this.#effort.addProcess();
    this.#pid = pid;
    this.#end = this.#start;
    const count = this.#walker.walkProcess(pid, ALL);
    if (count <= 0) return refused(count);
    // It may be the id of a further thread, under which there is a folder, too.
    if (this.#end > this.#start && this.#descriptors.taskOf(pid) >= 0) this.#start = this.#sift();
    return 0;
  }

  finish(): number {
    return this.#unasked.length > 0 ? this.#leaveOut() : this.#start;
  }

  #add(fd: number, socket: number): void {
    const at = this.#end++;
    if (at === this.pids.length) {
      this.pids = grown(this.pids, new Int32Array(2 * at));
      this.fds = grown(this.fds, new Int32Array(2 * at));
      this.sockets = grown(this.sockets, new Uint32Array(2 * at));
    }
    this.pids[at] = this.#pid;
    this.fds[at] = fd;
    this.sockets[at] = socket;
  }

  /** Leaves out the sockets of the process on which no process waits; returns where the rest ends. */
  #sift(): number {
    const { local } = this.#world.fs;
    // Ids of another process namespace mean nothing to pidfd_open().
    const pidfd = local ? pidfdOf(this.#calls, this.#pid, this.#task) : NO_PIDFD;
    let kept = this.#start;
    for (let at = this.#start; at < this.#end; at++) {
      if (this.#effort.addSocket() && this.#othersNow().has(this.sockets[at]!)) continue;
      const copy = pidfd < 0 ? pidfd : this.#calls.pidfdGetfd(pidfd, this.fds[at]!);
      if (copy >= 0) {
        const waits = this.#mayWait(copy);
        this.#world.libc.close(copy);
        if (waits) this.#keep(at, kept++);
        continue;
      }
      const error = copy === NO_PIDFD ? copy : toDarwin(copy);
      if (error === -ERRNO.ESRCH || error === -ERRNO.EBADF) continue; // closed since
      this.#unasked.push(kept);
      this.#keep(at, kept++);
    }
    if (pidfd >= 0) this.#world.libc.close(pidfd);
    return kept;
  }

  #keep(at: number, to: number): void {
    this.pids[to] = this.pids[at]!;
    this.fds[to] = this.fds[at]!;
    this.sockets[to] = this.sockets[at]!;
  }

  /** True if somebody may wait on a socket of this process. */
  #mayWait(fd: number): boolean {
    const accepts = this.#option(fd, SO_ACCEPTCONN);
    if (accepts !== 0) return true;
    const protocol = this.#option(fd, SO_PROTOCOL);
    // Another family may have a protocol of the same number; no process is left out by that.
    if (!DATAGRAMS.has(protocol)) return protocol < 0;
    this.#length[0] = ADDRESS_SIZE;
    return this.#calls.getpeername(fd, this.#address, this.#length) < 0;
  }

  /** An option that is a number; below 0 where it is not reported. */
  #option(fd: number, name: number): LinuxAnswer {
    this.#length[0] = OPTION_SIZE;
    const error = this.#calls.getsockopt(fd, SOL_SOCKET, name, this.#bytes, this.#length);
    if (error < 0) return error;
    return this.#length[0] === OPTION_SIZE ? this.#value[0]! : UNREPORTED;
  }

  /** The sockets on which no process waits, by the tables. */
  #othersNow(): ReadonlySet<number> {
    if (this.#others !== undefined) return this.#others;
    const others = new Set<number>();
    sockDiag(this.#world.libc, this.#calls).addOthers(ONE_LINE, others);
    return this.#others = others;
  }

  /** Leaves out sockets that were not queried and do not listen by the tables; returns how many are left. */
  #leaveOut(): number {
    const others = this.#othersNow();
    let kept = 0;
    let next = 0;
    for (let at = 0; at < this.#start; at++) {
      const unasked = at === this.#unasked[next];
      if (unasked) next++;
      if (!unasked || !others.has(this.sockets[at]!)) this.#keep(at, kept++);
    }
    return kept;
  }
}

function grown<T extends Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
