import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import type { Limit, LimitName } from "../../system/facts.ts";
import { LINUX, type LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";

const PRLIMIT = {
  /** `int prlimit(pid_t pid, int resource, const struct rlimit *to, struct rlimit *before)` */
  prlimit: { parameters: ["i32", "i32", "buffer", "buffer"], result: "i32" },
} as const;

/** `struct rlimit` (sys/resource.h). */
export interface Rlimit {
  readonly rlim_cur: bigint;
  readonly rlim_max: bigint;
}

/** The layout of {@linkcode Rlimit}. */
export const rlimit: Struct<Rlimit> = struct("rlimit", { size: 16, align: 8 }, (c) => ({
  rlim_cur: c.u64(),
  rlim_max: c.u64(),
}));

/** The numbers `RLIMIT_*` of the limits (asm-generic/resource.h). */
export const RLIMIT: Readonly<Record<LimitName, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

const RLIM_INFINITY = 2n ** 64n - 1n;

/**
 * Sets a limit of the process with a pid; 0 is the caller. Returns the negated errno if C fails.
 */
export type SetLimit = (pid: number, name: LimitName, limit: Limit) => LinuxAnswer;

/** Binds the function of {@linkcode SetLimit}. */
export function openSetLimit({ library, memmove, location }: More): SetLimit {
  const bound: Symbols<typeof PRLIMIT> | null = library.tryBind(PRLIMIT);
  const errno = new Int32Array(new ArrayBuffer(4));
  const { bytes } = block(rlimit.size);
  return (pid, name, { current = RLIM_INFINITY, maximum = RLIM_INFINITY }) => {
    if (bound === null) return -LINUX.ENOSYS;
    rlimit.encode({ rlim_cur: current, rlim_max: maximum }, bytes);
    // As in libc.ts, nothing runs between the call and the copy of its errno.
    const answer = bound.prlimit(pid, RLIMIT[name], bytes, null);
    if (answer >= 0) return answer;
    memmove(errno, location, 4n);
    return -errno[0]!;
  };
}
