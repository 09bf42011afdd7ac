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

/** The realtime clock of the calendar. */
export const CLOCK_REALTIME = 0;
/** The clock that counts from boot, including the time that the machine sleeps. */
export const CLOCK_BOOTTIME = 7;

/** The `sysconf()` name of the number of ticks in a second. */
export const SC_CLK_TCK = 2;
/** The `sysconf()` name of the page size, in bytes. */
export const SC_PAGESIZE = 30;
/** The `sysconf()` name of the number of pages of physical memory. */
export const SC_PHYS_PAGES = 85;

/** The highest possible pid, one below `PID_MAX_LIMIT`. */
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
/** The maximum number of bytes of one read into {@linkcode Clock.memory}. */
const MEMORY_SIZE = 4096;

/**
 * Functions of the C library for time and single processes, each bound on its first call.
 *
 * They return the negated errno if C fails. Pids are those of the caller's namespace.
 */
export interface Clock {
  /**
   * Returns the processor time of a process, in nanoseconds, including that of threads that have
   * ended.
   */
  processTime(pid: number): LinuxAnswer;
  /** Returns the time of a clock, in microseconds. */
  now(clock: number): LinuxAnswer;
  /** Returns a value of the system, such as `SC_CLK_TCK` or `SC_PAGESIZE`. */
  sysconf(name: number): LinuxAnswer;
  /** Returns the id of the calling thread. */
  thread(): number;
  /**
   * Returns the 16 bits that `wait()` would report for a child, or `ALIVE` of wait.ts. The child
   * stays unchanged. Returns `-ECHILD` if the process is not a child.
   */
  waitStatus(pid: number): LinuxAnswer;
  /**
   * Reads up to 4096 bytes of another process's memory into `memory`. Returns the number of bytes.
   */
  readMemory(pid: number, address: number, size: number): LinuxAnswer;
  /** The bytes that {@linkcode Clock.readMemory} has read. */
  readonly memory: DataView;
}

/** Binds the functions of {@linkcode Clock}. */
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

  // As in libc.ts, nothing runs between a call and the copy of its errno.
  return {
    memory: memory.view,

    processTime(pid) {
      clock ??= library.bind(CLOCK);
      // The kernel's number for the clock of a process: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
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
