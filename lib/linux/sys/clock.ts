import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import type { More } from "./libc.ts";

const CLOCK = {
  /** `int clock_gettime(clockid_t clock, struct timespec *to)` */
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

const CONFIGURATION = {
  /** `long sysconf(int name)` */
  sysconf: { parameters: ["i32"], result: "i32" },
} as const;

const NAMES = {
  /** `int uname(struct utsname *to)` */
  uname: { parameters: ["buffer"], result: "i32" },
} as const;

const THREAD = {
  /** `pid_t gettid(void)` */
  gettid: { parameters: [], result: "i32" },
} as const;

const WAIT = {
  /** `int waitid(idtype_t type, id_t id, siginfo_t *to, int options)` */
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
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

// struct utsname: six texts of 65 bytes.
const UTSNAME_SIZE = 390;
const UTS_MACHINE = 260;

const P_PID = 1;
/** Any child that has ended and was not waited for; it stays so. */
const WEXITED_NOHANG_NOWAIT_ALL = 0x41000005;
const SIGINFO_SIZE = 128;
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;
const CLD_EXITED = 1;
const CLD_DUMPED = 3;
const CORE_DUMPED = 0x80;

/** A child that has not ended, from {@linkcode Clock.waitStatus}. */
export const ALIVE = 0x10000;

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
  processTime(pid: number): number;
  /** The time of a clock, in microseconds. */
  now(clock: number): number;
  /** A number that the system tells, `SC_CLK_TCK` or `SC_PAGESIZE`. */
  sysconf(name: number): number;
  /** What the system calls its processor, as in `"x86_64"`. */
  machine(): string;
  /** The id of the calling thread. */
  thread(): number;
  /**
   * The 16 bits that `wait()` would tell of a child, which stays as it is, or {@linkcode ALIVE}.
   * `-ECHILD` where it is no child.
   */
  waitStatus(pid: number): number;
  /** Reads up to 4096 bytes of another process's memory into `memory`; returns how many. */
  readMemory(pid: number, address: number, size: number): number;
  /** What {@linkcode Clock.readMemory} read. */
  readonly memory: DataView;
}

/** The functions of {@linkcode Clock}. */
export function openClock({ library, memmove, location }: More): Clock {
  const errno = new Int32Array(new ArrayBuffer(4));
  const time = block(16);
  const words = new Uint32Array(time.bytes.buffer);
  const memory = block(MEMORY_SIZE);
  const local = block(16);
  const remote = block(16);
  let clock: Symbols<typeof CLOCK> | undefined;
  let configuration: Symbols<typeof CONFIGURATION> | undefined;
  let wait: Symbols<typeof WAIT> | undefined;
  let transfer: Symbols<typeof MEMORY> | undefined;
  let info: ReturnType<typeof block> | undefined;

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
      return (words[0]! + words[1]! * TWO_32) * NANOSECONDS + words[2]!;
    },

    now(which) {
      clock ??= library.bind(CLOCK);
      const answer = clock.clock_gettime(which, time.bytes);
      if (answer < 0) {
        memmove(errno, location, 4n);
        return -errno[0]!;
      }
      return (words[0]! + words[1]! * TWO_32) * 1e6 + words[2]! / 1000;
    },

    sysconf(name) {
      configuration ??= library.bind(CONFIGURATION);
      return configuration.sysconf(name);
    },

    machine() {
      const names = new Uint8Array(new ArrayBuffer(UTSNAME_SIZE));
      library.bind(NAMES).uname(names);
      const end = names.indexOf(0, UTS_MACHINE);
      return new TextDecoder().decode(names.subarray(UTS_MACHINE, end));
    },

    thread: () => library.bind(THREAD).gettid(),

    waitStatus(pid) {
      wait ??= library.bind(WAIT);
      info ??= block(SIGINFO_SIZE);
      info.bytes.fill(0);
      const answer = wait.waitid(P_PID, pid, info.bytes, WEXITED_NOHANG_NOWAIT_ALL);
      if (answer < 0) {
        memmove(errno, location, 4n);
        return -errno[0]!;
      }
      const { view } = info;
      if (view.getInt32(SI_PID, true) === 0) return ALIVE;
      const code = view.getInt32(SI_CODE, true);
      const status = view.getInt32(SI_STATUS, true);
      if (code === CLD_EXITED) return (status & 0xff) << 8;
      return status | (code === CLD_DUMPED ? CORE_DUMPED : 0);
    },

    readMemory(pid, address, size) {
      if (transfer === undefined) {
        transfer = library.bind(MEMORY);
        const place = library.bind(ADDRESS).memmove(memory.bytes, memory.bytes, 0n);
        local.view.setBigUint64(0, place, true);
      }
      const bytes = Math.min(size, MEMORY_SIZE);
      local.view.setUint32(8, bytes, true);
      remote.view.setUint32(0, address % TWO_32, true);
      remote.view.setUint32(4, address / TWO_32, true);
      remote.view.setUint32(8, bytes, true);
      const answer = transfer.process_vm_readv(pid, local.bytes, 1n, remote.bytes, 1n, 0n);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}
