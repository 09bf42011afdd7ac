import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { wordOffsetsOf, wordsOf } from "../../layout/words.ts";
import type { LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";
import { timespec } from "./time.ts";
import { childStatusReader, P_PID } from "./wait.ts";

const CLOCK = {
  /** `int clock_gettime(clockid_t clock, struct timespec *to)` */
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

const CONFIGURATION = {
  /** `long sysconf(int name)` */
  sysconf: { parameters: ["i32"], result: "i32" },
} as const;

const THREAD = {
  /** `pid_t gettid(void)` */
  gettid: { parameters: [], result: "i32" },
} as const;

const MEMORY = {
  /**
   * `ssize_t process_vm_readv(pid_t pid, const struct iovec *to, unsigned long n,
   * const struct iovec *from, unsigned long m, unsigned long flags)`
   */
  process_vm_readv: {
    parameters: ["i32", "buffer", "u64", "buffer", "u64", "u64"],
    result: "i32",
  },
} as const;

const ADDRESS = {
  /** `void *memmove(void *to, const void *from, size_t n)`, for the address that it returns. */
  memmove: { parameters: ["buffer", "buffer", "u64"], result: "u64" },
} as const;

/** The calendar's clock. */
export const CLOCK_REALTIME = 0;
/** The clock that runs from the start of the machine, through its sleep too. */
export const CLOCK_BOOTTIME = 7;

/** Ticks in a second. */
export const SC_CLK_TCK = 2;
/** Bytes of a page. */
export const SC_PAGESIZE = 30;
/** The pages of memory that the machine has. */
export const SC_PHYS_PAGES = 85;

/** No process has a higher id: `PID_MAX_LIMIT`. */
export const PID_MAX = 0x3fffff;

/** `struct iovec` (sys/uio.h). */
export interface Iovec {
  readonly iov_base: bigint;
  readonly iov_len: bigint;
}

/** The layout of {@linkcode Iovec}. */
export const iovec: Struct<Iovec> = struct("iovec", { size: 16, align: 8 }, (c) => ({
  iov_base: c.u64(),
  iov_len: c.u64(),
}));

const NANOSECONDS = 1e9;
const TWO_32 = 2 ** 32;
/** Bytes that one {@linkcode Clock.memory} reads at the most. */
const MEMORY_SIZE = 4096;

/**
 * Functions of the C library about time and single processes, each bound when it is first called.
 *
 * Where C fails these answer the negated errno. Process ids are those of the caller's namespace.
 */
export interface Clock {
  /** The time that a process has been on processors, in nanoseconds; its ended threads count too. */
  processTime(pid: number): LinuxAnswer;
  /** The time of a clock, in microseconds. */
  now(clock: number): LinuxAnswer;
  /** A number that the system reports, `SC_CLK_TCK` or `SC_PAGESIZE`. */
  sysconf(name: number): LinuxAnswer;
  /** The id of the calling thread. */
  thread(): number;
  /**
   * The 16 bits that `wait()` would report of a child, which stays as it is, or `ALIVE` of wait.ts.
   * `-ECHILD` if it is not a child.
   */
  waitStatus(pid: number): LinuxAnswer;
  /** Reads up to 4096 bytes of another process's memory into `memory`; returns how many. */
  readMemory(pid: number, address: number, size: number): LinuxAnswer;
  /** What {@linkcode Clock.readMemory} read. */
  readonly memory: DataView;
}

/** The functions of {@linkcode Clock}. */
export function openClock(more: More): Clock {
  const { library, memmove, location } = more;
  const errno = new Int32Array(new ArrayBuffer(4));
  const time = block(timespec.size);
  const words = wordsOf(time);
  const { tv_sec, tv_nsec } = wordOffsetsOf(timespec);
  const memory = block(MEMORY_SIZE);
  const local = block(iovec.size);
  const remote = block(iovec.size);
  const { iov_base, iov_len } = offsetsOf(iovec);
  let clock: Symbols<typeof CLOCK> | undefined;
  let configuration: Symbols<typeof CONFIGURATION> | undefined;
  let childStatus: ReturnType<typeof childStatusReader> | undefined;
  let transfer: Symbols<typeof MEMORY> | undefined;

  // As in libc.ts, nothing comes between a call and the copy of its errno.
  return {
    memory: memory.view,

    processTime(pid) {
      clock ??= library.bind(CLOCK);
      // How the kernel numbers the clocks of processes: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
      const answer = clock.clock_gettime(~pid << 3 | 2, time.bytes);
      if (answer < 0) {
        memmove(errno, location, 4n);
        return -errno[0]!;
      }
      return (words[tv_sec]! + words[tv_sec + 1]! * TWO_32) * NANOSECONDS + words[tv_nsec]!;
    },

    now(which) {
      clock ??= library.bind(CLOCK);
      const answer = clock.clock_gettime(which, time.bytes);
      if (answer < 0) {
        memmove(errno, location, 4n);
        return -errno[0]!;
      }
      return (words[tv_sec]! + words[tv_sec + 1]! * TWO_32) * 1e6 + words[tv_nsec]! / 1000;
    },

    sysconf(name) {
      configuration ??= library.bind(CONFIGURATION);
      return configuration.sysconf(name);
    },

    thread: () => library.bind(THREAD).gettid(),

    waitStatus(pid) {
      childStatus ??= childStatusReader(more);
      return childStatus(P_PID, pid);
    },

    readMemory(pid, address, size) {
      if (transfer === undefined) {
        transfer = library.bind(MEMORY);
        const place = library.bind(ADDRESS).memmove(memory.bytes, memory.bytes, 0n);
        local.view.setBigUint64(iov_base, place, true);
      }
      const bytes = Math.min(size, MEMORY_SIZE);
      setU64(local.view, iov_len, bytes);
      setU64(remote.view, iov_base, address);
      setU64(remote.view, iov_len, bytes);
      const answer = transfer.process_vm_readv(pid, local.bytes, 1n, remote.bytes, 1n, 0n);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}
