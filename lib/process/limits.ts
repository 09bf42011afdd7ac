import { object, oneOf, uint64 } from "../system/arguments.ts";
import type { Limit, LimitName as SystemLimitName } from "../system/facts.ts";
import type { Life } from "./life.ts";

/** A limit of resources; bytes, seconds or a count. */
export type ProcessLimitName =
  /** Processor time, in seconds. */
  | "cpuSeconds"
  /** The size of a file that is written, in bytes. */
  | "fileBytes"
  /** The size of the data, in bytes. */
  | "dataBytes"
  /** The size of the stack, in bytes. */
  | "stackBytes"
  /** The size of a memory dump, in bytes. */
  | "coreBytes"
  /** Resident memory, in bytes; Linux does not heed it. */
  | "residentBytes"
  /** The size of the address space, in bytes. */
  | "virtualBytes"
  /** One more than the highest number of a descriptor. */
  | "openFiles"
  /** Processes of the real user, on Linux threads. */
  | "processes"
  /** Memory that is locked into RAM, in bytes. Linux. */
  | "lockedBytes"
  /** File locks and leases, which Linux no longer limits. Linux. */
  | "fileLocks"
  /** Signals that are queued for the real user. Linux. */
  | "pendingSignals"
  /** POSIX message queues of the real user, in bytes. Linux. */
  | "messageQueueBytes"
  /** The lowest nice value that the process may set is 20 less this number. Linux. */
  | "niceCeiling"
  /** The highest real-time priority that the process may set. Linux. */
  | "realtimePriority"
  /** Processor time without a blocking call under a real-time policy, in microseconds. Linux. */
  | "realtimeMicroseconds";

/** A resource limit of a process. */
export interface ProcessLimit {
  /** The limit in force; undefined if it is unlimited. */
  readonly soft: number | undefined;
  /** The maximum to which the process may raise it; undefined if it is unlimited. */
  readonly hard: number | undefined;
}

/** The limits of a process; those that the system does not report are left out. */
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

/** The limits, by the names that the system has and by those of this module. */
export const LIMIT_NAMES = Object.entries(NAMES) as readonly [SystemLimitName, ProcessLimitName][];

/** Reads the limits of a process, also of a zombie. */
export function limitsOf(life: Life): ProcessLimits {
  const limits = life.present("read the limits of", () => life.system.limits(life.pid));
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

/** Sets a limit of a process that runs. */
export function setLimitOf(life: Life, name: ProcessLimitName, limit: ProcessLimit): void {
  oneOf("name", LIMIT_NAMES.map(([, ours]) => ours), name);
  const [theirs] = LIMIT_NAMES.find(([, ours]) => ours === name)!;
  const soft = amount("soft", limit), hard = amount("hard", limit);
  if (hard !== undefined && (soft === undefined || soft > hard)) {
    throw new RangeError(
      `Cannot pass limit.soft as it must be at most limit.hard, which is ${hard}: current value is ${soft}`,
    );
  }
  const both = { current: soft, maximum: hard };
  life.living("set the limits of", () => life.system.setLimit(life.pid, theirs, both));
}

/** A part of a limit that is to be set. That which is left out is not taken for unlimited. */
function amount(part: keyof ProcessLimit, limit: ProcessLimit): bigint | undefined {
  if (!(part in object("limit", limit))) {
    throw new TypeError(`Cannot pass limit as it must have ${part}, which may be undefined`);
  }
  const { [part]: value } = limit;
  return value === undefined ? undefined : uint64(`limit.${part}`, value);
}
