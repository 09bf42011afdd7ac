import { socketFdInfo, socketInfo } from "../abi/socket_info.ts";
import type { Block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import { optional } from "../system/errors.ts";
import type { SocketKind } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { type DescriptorOptions, pidsOf } from "./pids.ts";
import type { Missing } from "./errors.ts";
import { type Steps, STRIDE } from "./slices.ts";
import { describeSocket, type OpenSocket } from "./sockets.ts";

/** A socket without a descriptor that could be read. */
export interface UnownedSocket {
  /** The socket. */
  readonly socket: OpenSocket;
  /**
   * `pid` is `"denied"` if the socket may belong to a process that this user may not inspect or
   * does not see. It is absent if the kernel itself holds the socket, as for NFS and WireGuard.
   */
  readonly missing: { readonly [N in "pid"]?: Missing };
}

/** Inspects the descriptors of processes. */
export interface Walker {
  /** Inspects processes, in addition to those of earlier walks. */
  walk(pids: Iterable<number>): Steps<void>;
  /** True if a descriptor of a socket may have been missed for lack of privilege. */
  readonly isDenied: boolean;
  /** Returns the identities of the sockets to which descriptors lead. */
  held(): ReadonlySet<string>;
  /** The map that receives the sockets that exist before the walk, by their identities. */
  readonly listed?: Map<string, OpenSocket>;
}

/**
 * Inspects the processes that the options name, and finds the sockets that belong to none of them.
 *
 * A socket is only reported as unowned if it exists before and after the walk. Any other may have
 * been opened in a process that was already inspected, or closed before its process was inspected.
 *
 * @param kinds The sockets to look for.
 * @returns The sockets. Empty if the options name processes, or if the system cannot list sockets.
 */
export function* walkMachine(
  system: System,
  options: DescriptorOptions,
  kinds: readonly SocketKind[],
  walker: Walker,
): Steps<UnownedSocket[]> {
  const scan = options.pids === undefined ? optional(() => system.sockets()) : undefined;
  if (scan === undefined) {
    yield* walker.walk(pidsOf(options, system));
    return [];
  }
  let count = 0;
  const listed = new Map(kinds.map((kind) => [kind, new Set<string>()]));
  for (const [kind, before] of listed) {
    const isWanted = (id: number) => {
      before.add(`${id}`);
      return walker.listed !== undefined;
    };
    for (const answer of scan.read(kind, isWanted)) {
      const socket = socketIn(answer);
      walker.listed!.set(socket.id, socket);
      if (++count % STRIDE === 0) yield;
    }
    yield;
  }
  const pids = pidsOf(options, system);
  yield* walker.walk(pids);
  let held = walker.held();
  const found: OpenSocket[] = [];
  for (const [kind, before] of listed) {
    for (const id of held) before.delete(id);
    // Usually every socket has a process, so no socket needs to be listed again.
    if (before.size === 0) continue;
    const isWanted = (id: number) => before.has(`${id}`);
    for (const answer of scan.read(kind, isWanted)) {
      // Another scan can overwrite the memory of the answer.
      found.push(socketIn(answer));
      if (++count % STRIDE === 0) yield;
    }
    yield;
  }
  if (found.length === 0) return [];
  // A process may have ended and left its sockets to a child that was not listed yet.
  const walked = new Set(pids);
  const added = pidsOf(options, system).filter((pid) => !walked.has(pid));
  if (added.length > 0) {
    yield* walker.walk(added);
    held = walker.held();
  }
  const missing = walker.isDenied || !scan.ownersListed ? { pid: "denied" as const } : {};
  return found.filter(({ id }) => !held.has(id)).map((socket) => ({ socket, missing }));
}

/**
 * Finds the remains of TCP connections that have ended, in the caller's network namespace. The list
 * is empty if the system cannot list them.
 */
export function endedConnections(system: System): UnownedSocket[] {
  const scan = optional(() => system.sockets());
  if (scan === undefined) return [];
  return Array.from(
    scan.read("timeWait", () => true),
    (answer) => ({ socket: socketIn(answer), missing: {} }),
  );
}

function socketIn(answer: Block): OpenSocket {
  return describeSocket(socketFdInfo.decodeBlock(answer, 0).psi, answer.bytes);
}

let identityPlace: number | undefined;

/** Returns the `soi_so` of a `struct socket_fdinfo`, in the form of {@linkcode OpenSocket}. */
export function identity(view: DataView): string {
  identityPlace ??= offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi).soi_so;
  return `${view.getBigUint64(identityPlace, true)}`;
}
