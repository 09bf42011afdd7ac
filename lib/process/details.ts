import { PROC_PIDFDKQUEUE_EXTINFO } from "../abi/pid_fd_info.ts";
import type { KeventExtInfo } from "../abi/kqueue_info.ts";
import { pidFdInfo } from "../calls/pid_fd_info.ts";
import { isShortage, SystemCallError } from "../system/errors.ts";
import type { DescriptorFacts } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import type { Descriptor, DescriptorType } from "./descriptors.ts";
import { known } from "../system/known.ts";
import { type SignalName, signalName } from "./signals.ts";

/** A descriptor that a kqueue or an epoll instance watches. */
export interface WatchedDescriptor {
  /**
   * The number of the descriptor when it was added, in the process that added it. On Linux, the
   * descriptor may have been closed since, and its number reused, while the open file description
   * is still watched.
   */
  readonly fd: number;
  /** True if it is watched for data to read. */
  readonly read: boolean;
  /** True if it is watched for space to write. */
  readonly write: boolean;
}

/** A lock on a file. */
export interface FileLock {
  /**
   * How the lock was placed: by `flock()`, by `fcntl()` for the process (`"posix"`), by `fcntl()`
   * for the open file description (`"openFile"`), or as a lease.
   */
  readonly kind: "flock" | "posix" | "openFile" | "lease";
  /** True if the lock is exclusive; false if readers share it. */
  readonly exclusive: boolean;
  /** The first byte of the locked range. */
  readonly start: number;
  /** The last byte of the locked range; absent if the range extends to the end of the file. */
  readonly end?: number;
}

/** The members of a descriptor that are read if details are requested. */
export type Details = Pick<
  Descriptor,
  | "watches"
  | "watchedFiles"
  | "counter"
  | "counterId"
  | "processId"
  | "timer"
  | "signals"
  | "locks"
>;

// The filters of kqueue events (bsd/sys/event.h).
const EVFILT_READ = -1;
const EVFILT_WRITE = -2;
const EVFILT_VNODE = -4;
const EVFILT_EXCEPT = -15;
const OF_DESCRIPTORS: ReadonlySet<number> = new Set([
  EVFILT_READ,
  EVFILT_WRITE,
  EVFILT_VNODE,
  EVFILT_EXCEPT,
]);

/** The names of clocks. On Linux, they have these numbers (linux/time.h). */
const CLOCKS: Readonly<Record<number, string>> = {
  0: "realtime",
  1: "monotonic",
  7: "boottime",
  8: "realtimeAlarm",
  9: "boottimeAlarm",
};

/** The types of descriptors that have details, except kqueues. */
const DETAILED: ReadonlySet<DescriptorType> = new Set([
  "file",
  "memoryFile",
  "sharedMemory",
  "fileSystemEvents",
  "eventCounter",
  "timer",
  "signals",
  "process",
]);

/**
 * Reads the details of a descriptor. The result is empty if the descriptor was closed or the system
 * does not report its details.
 */
export function detailsOf({ pid, fd, type }: Descriptor, system: System): Details {
  try {
    if (type === "kqueue") {
      return { watches: watchesIn(pidFdInfo(pid, fd, PROC_PIDFDKQUEUE_EXTINFO, { system })) };
    }
    if (!DETAILED.has(type)) return {};
    return detailsIn(type, system.descriptorFacts(pid, fd), system);
  } catch (error) {
    if (!(error instanceof SystemCallError) || isShortage(error.errno)) throw error;
    return {};
  }
}

function watchesIn(knotes: readonly KeventExtInfo[]): WatchedDescriptor[] {
  const watched = new Map<number, { fd: number; read: boolean; write: boolean }>();
  for (const { kqext_kev: { ident, filter } } of knotes) {
    if (!OF_DESCRIPTORS.has(filter)) continue;
    const fd = Number(ident);
    let one = watched.get(fd);
    if (one === undefined) watched.set(fd, one = { fd, read: false, write: false });
    if (filter === EVFILT_READ) one.read = true;
    if (filter === EVFILT_WRITE) one.write = true;
  }
  return [...watched.values()].sort((a, b) => a.fd - b.fd);
}

function detailsIn(
  type: DescriptorType,
  found: DescriptorFacts,
  system: System,
): Details {
  const { watchedFiles, eventCounter, processId = 0, timer, signals, locks = [] } = found;
  const isFile = type === "file" || type === "memoryFile" || type === "sharedMemory";
  return known<Details>({
    watches: undefined,
    watchedFiles: type === "fileSystemEvents" ? (watchedFiles ?? []).map(watchedFile) : undefined,
    counter: eventCounter && `${eventCounter.value}`,
    counterId: eventCounter?.id === undefined ? undefined : `${eventCounter.id}`,
    processId: processId > 0 ? processId : undefined,
    timer: timer && known<NonNullable<Details["timer"]>>({
      clock: CLOCKS[timer.clock] ?? `clock ${timer.clock}`,
      expirations: Number(timer.expirations),
      remainingNs: timer.remainingNs === 0n ? undefined : Number(timer.remainingNs),
      intervalNs: timer.intervalNs === 0n ? undefined : Number(timer.intervalNs),
    }),
    signals: signals === undefined ? undefined : signalsIn(signals, system),
    locks: isFile ? locks.map(fileLock) : undefined,
  });
}

function watchedFile(
  { device, inode, mountId }: NonNullable<DescriptorFacts["watchedFiles"]>[number],
): NonNullable<Details["watchedFiles"]>[number] {
  return known<NonNullable<Details["watchedFiles"]>[number]>({
    device,
    inode: inode === undefined ? undefined : `${inode}`,
    mountId,
  });
}

function fileLock(
  { kind, exclusive, start, end }: NonNullable<DescriptorFacts["locks"]>[number],
): FileLock {
  return known<FileLock>({
    kind,
    exclusive,
    start: Number(start),
    end: end === undefined ? undefined : Number(end),
  });
}

function signalsIn(bits: bigint, system: System): SignalName[] {
  return system.signalNumbers().flatMap((number, i) =>
    bits >> BigInt(i) & 1n ? [signalName(number)] : []
  );
}
