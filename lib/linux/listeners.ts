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

/** The datagram protocols with ports. A connected socket of these does not listen. */
const DATAGRAMS: ReadonlySet<number> = new Set(
  PORTED_PROTOCOLS.flatMap(({ type, protocol }) => type === SOCK_DGRAM ? protocol : []),
);
/**
 * The protocols whose tables have a single line for each socket. Those of SCTP can have several.
 */
const ONE_LINE: ReadonlySet<number> = new Set(
  PORTED_PROTOCOLS.flatMap(({ transport, diag }) => transport === "sctp" ? [] : diag ?? []),
);

/**
 * Returns a scan for descriptors of sockets that may be listening. It makes two or three system
 * calls for each socket, while `PROC_PIDFDSOCKETINFO` makes twenty. Both query a duplicate of the
 * descriptor, so the network namespaces of the socket and of its process make no difference.
 *
 * If there are more than a few sockets, the tables of this process's network namespace show which
 * of them certainly do not listen, and the scan does not query those. If the kernel refuses a
 * duplicate, the tables are the only source.
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
  /** The indices of the sockets that were kept without a query. */
  readonly #unqueried: number[] = [];
  /**
   * The sockets that do not listen according to the tables; undefined until the tables are read.
   */
  #others: ReadonlySet<number> | undefined;
  readonly #effort: SocketEffort;
  #pid = 0;
  #task = 0;
  /** The index of the first socket of the process, and the index after its last one. */
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
    // `/proc` also has a folder for the id of a thread that is not the leader.
    if (this.#end > this.#start && this.#descriptors.taskOf(pid) >= 0) this.#start = this.#sift();
    return 0;
  }

  finish(): number {
    return this.#unqueried.length > 0 ? this.#leaveOut() : this.#start;
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

  /**
   * Removes the sockets of the process that do not listen. Returns the index after the remaining
   * ones.
   */
  #sift(): number {
    const { local } = this.#world.fs;
    // `pidfd_open()` takes only pids of the caller's own namespace.
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
      this.#unqueried.push(kept);
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

  /** Returns true if a socket may be listening, by a descriptor of this process. */
  #mayWait(fd: number): boolean {
    const accepts = this.#option(fd, SO_ACCEPTCONN);
    if (accepts !== 0) return true;
    const protocol = this.#option(fd, SO_PROTOCOL);
    // A protocol of another family may have the same number, which cannot omit a listening socket.
    if (!DATAGRAMS.has(protocol)) return protocol < 0;
    this.#length[0] = ADDRESS_SIZE;
    return this.#calls.getpeername(fd, this.#address, this.#length) < 0;
  }

  /** Returns the value of a numeric option, or a number below 0 if it is not reported. */
  #option(fd: number, name: number): LinuxAnswer {
    this.#length[0] = OPTION_SIZE;
    const error = this.#calls.getsockopt(fd, SOL_SOCKET, name, this.#bytes, this.#length);
    if (error < 0) return error;
    return this.#length[0] === OPTION_SIZE ? this.#value[0]! : UNREPORTED;
  }

  /** Returns the sockets that do not listen according to the tables. */
  #othersNow(): ReadonlySet<number> {
    if (this.#others !== undefined) return this.#others;
    const others = new Set<number>();
    sockDiag(this.#world.libc, this.#calls).addOthers(ONE_LINE, others);
    return this.#others = others;
  }

  /**
   * Removes the sockets that were not queried and do not listen according to the tables. Returns
   * the number of the remaining ones.
   */
  #leaveOut(): number {
    const others = this.#othersNow();
    let kept = 0;
    let next = 0;
    for (let at = 0; at < this.#start; at++) {
      const unqueried = at === this.#unqueried[next];
      if (unqueried) next++;
      if (!unqueried || !others.has(this.sockets[at]!)) this.#keep(at, kept++);
    }
    return kept;
  }
}

function grown<T extends Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
