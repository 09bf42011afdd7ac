import { object, oneOf, uint64 } from "../system/arguments.ts";
import type { Limit, LimitName as SystemLimitName } from "../system/facts.ts";
import type { TrackedProcess } from "./tracked_process.ts";

/** The name of a resource limit. On macOS, the limits of processes are unavailable. */
export type ProcessLimitName =
  /** The processor time, in seconds. */
  | "cpuSeconds"
  /** The size of files that the process writes, in bytes. */
  | "fileBytes"
  /** The size of the data, in bytes. */
  | "dataBytes"
  /** The size of the stack, in bytes. */
  | "stackBytes"
  /** The size of a core dump, in bytes. */
  | "coreBytes"
  /** The resident memory, in bytes. On Linux, this limit has no effect. */
  | "residentBytes"
  /** The size of the address space, in bytes. */
  | "virtualBytes"
  /** One more than the highest file descriptor that the process can open. */
  | "openFiles"
  /** The number of processes of the real user. On Linux, it limits the number of threads. */
  | "processes"
  /** On Linux, the memory that is locked into RAM, in bytes. */
  | "lockedBytes"
  /** On Linux, the number of file locks and leases. On Linux, this limit is no longer enforced. */
  | "fileLocks"
  /** On Linux, the number of signals that are queued for the real user. */
  | "pendingSignals"
  /** On Linux, the size of the POSIX message queues of the real user, in bytes. */
  | "messageQueueBytes"
  /** On Linux, 20 minus the lowest nice value that the process can set. */
  | "niceCeiling"
  /** On Linux, the highest real-time priority that the process can set. */
  | "realtimePriority"
  /**
   * On Linux, the processor time under a real-time policy without a blocking system call, in
   * microseconds.
   */
  | "realtimeMicroseconds";

/** A resource limit of a process. */
export interface ProcessLimit {
  /** The limit that is enforced; undefined if it is unlimited. */
  readonly soft: number | undefined;
  /** The maximum to which the process can raise the soft limit; undefined if it is unlimited. */
  readonly hard: number | undefined;
}

/** The limits of a process. Limits that the system does not report are omitted. */
export type ProcessLimits = { readonly [N in ProcessLimitName]?: ProcessLimit };

const NAMES: Readonly<Record<SystemLimitName, ProcessLimitName>> = {
  cpu: "cpuSeconds",
  fsize: "fileBytes",
  data: "dataBytes",
  stack: "stackBytes",
  core: "coreBytes",
  rss: "residentBytes",
  as: "virtualBytes",
  nofile: "openFiles",
  nproc: "processes",
  memlock: "lockedBytes",
  locks: "fileLocks",
  sigpending: "pendingSignals",
  msgqueue: "messageQueueBytes",
  nice: "niceCeiling",
  rtprio: "realtimePriority",
  rttime: "realtimeMicroseconds",
};

/** The names of the limits: those of the system, each with that of this module. */
export const LIMIT_NAMES = Object.entries(NAMES) as readonly [SystemLimitName, ProcessLimitName][];

/** Reads the limits of a process, which may be a zombie. */
export function limitsOf(tracked: TrackedProcess): ProcessLimits {
  const limits = tracked.present("read the limits of", () => tracked.system.limits(tracked.pid));
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [NAMES[name as SystemLimitName], bounds(limit)]),
  );
}

function bounds({ current, maximum }: Limit): ProcessLimit {
  return { soft: bound(current), hard: bound(maximum) };
}

function bound(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** Sets a limit of a living process. */
export function setLimitOf(
  tracked: TrackedProcess,
  name: ProcessLimitName,
  limit: ProcessLimit,
): void {
  oneOf("name", LIMIT_NAMES.map(([, ours]) => ours), name);
  const [theirs] = LIMIT_NAMES.find(([, ours]) => ours === name)!;
  const soft = amount("soft", limit), hard = amount("hard", limit);
  if (hard !== undefined && (soft === undefined || soft > hard)) {
    throw new RangeError(
      `Cannot pass limit.soft as it must be at most limit.hard, which is ${hard}: current value is ${soft}`,
    );
  }
  const both = { current: soft, maximum: hard };
  tracked.living("set the limits of", () => tracked.system.setLimit(tracked.pid, theirs, both));
}

/**
 * Returns a part of the limit to set. A part that is omitted is an error, and does not mean
 * unlimited.
 */
function amount(part: keyof ProcessLimit, limit: ProcessLimit): bigint | undefined {
  if (!(part in object("limit", limit))) {
    throw new TypeError(`Cannot pass limit as it must have ${part}, which may be undefined`);
  }
  const { [part]: value } = limit;
  return value === undefined ? undefined : uint64(`limit.${part}`, value);
}
