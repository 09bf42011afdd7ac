import type { Library, Pointer, Symbols } from "../../ffi/adapter.ts";

/** The paths of the library with the system calls of macOS. */
export const LIBSYSTEM_PATHS: readonly string[] = ["/usr/lib/libSystem.B.dylib"];

const SYMBOLS = {
  /**
   * `int __proc_info(int callnum, int pid, int flavor, uint64_t arg, void *buffer, int buffersize)`
   */
  __proc_info: { parameters: ["i32", "i32", "i32", "u64", "buffer", "i32"], result: "i32" },
  /** `int *__error(void)` */
  __error: { parameters: [], result: "pointer" },
  // Not memcpy: a runtime that compiles its bindings may define a function with that name.
  /** `void *memmove(void *to, const void *from, size_t n)` */
  memmove: { parameters: ["buffer", "pointer", "u64"], result: "pointer" },
} as const;

const EXTENDED = {
  /**
   * `int __proc_info_extended_id(int32_t callnum, int32_t pid, uint32_t flavor, uint32_t flags,
   * uint64_t ext_id, uint64_t arg, user_addr_t buffer, int32_t buffersize)`, since macOS 11
   */
  __proc_info_extended_id: {
    parameters: ["i32", "i32", "i32", "u32", "u64", "u64", "buffer", "i32"],
    result: "i32",
  },
} as const;

const ADDRESS = {
  /** As above, but returns an address: the only way to get the address of JavaScript memory. */
  memmove: { parameters: ["buffer", "buffer", "u64"], result: "u64" },
} as const;

const SESSION = {
  /** `pid_t getsid(pid_t pid)` */
  getsid: { parameters: ["i32"], result: "i32" },
} as const;

const SIGNALS = {
  /** `int kill(pid_t pid, int signal)` */
  kill: { parameters: ["i32", "i32"], result: "i32" },
} as const;

const EVENTS = {
  /** `int kqueue(void)` */
  kqueue: { parameters: [], result: "i32" },
  /**
   * `int kevent(int kq, const struct kevent *changes, int n, struct kevent *events, int m,
   * const struct timespec *timeout)`
   */
  kevent: { parameters: ["i32", "buffer", "i32", "buffer", "i32", "buffer"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
} as const;

const DEVICES = {
  /** `char *devname_r(dev_t device, mode_t type, char *to, int n)` */
  devname_r: { parameters: ["i32", "u32", "buffer", "i32"], result: "pointer" },
} as const;

const USERS = {
  /**
   * `int getpwuid_r(uid_t uid, struct passwd *to, char *texts, size_t n, struct passwd **found)`
   */
  getpwuid_r: { parameters: ["u32", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  /**
   * `int getpwnam_r(const char *name, struct passwd *to, char *texts, size_t n,
   * struct passwd **found)`
   */
  getpwnam_r: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  /** `size_t strnlen(const char *text, size_t n)`, for text at an address that C returned */
  strnlen: { parameters: ["u64", "u64"], result: "u64" },
  /** `void *memmove(void *to, const void *from, size_t n)`, for an address that C returned */
  memmove: { parameters: ["buffer", "u64", "u64"], result: "u64" },
} as const;

const IDS = {
  /** `pid_t getpid(void)` */
  getpid: { parameters: [], result: "i32" },
  /** `pid_t getppid(void)` */
  getppid: { parameters: [], result: "i32" },
  /** `pid_t getpgrp(void)` */
  getpgrp: { parameters: [], result: "i32" },
  /** `uid_t geteuid(void)` */
  geteuid: { parameters: [], result: "i32" },
  /** `uid_t getuid(void)` */
  getuid: { parameters: [], result: "i32" },
} as const;

const SYSCTL = {
  /**
   * `int sysctl(int *name, u_int namelen, void *oldp, size_t *oldlenp, void *newp, size_t newlen)`
   */
  sysctl: { parameters: ["buffer", "u32", "buffer", "buffer", "buffer", "u64"], result: "i32" },
  /**
   * `int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen)`
   */
  sysctlbyname: { parameters: ["buffer", "buffer", "buffer", "buffer", "u64"], result: "i32" },
} as const;

const TIMEBASE = {
  /** `kern_return_t mach_timebase_info(struct { uint32_t numer, denom; } *info)` */
  mach_timebase_info: { parameters: ["buffer"], result: "i32" },
} as const;

const THREAD = {
  /** `int pthread_threadid_np(pthread_t thread, uint64_t *id)`; NULL means the calling thread. */
  pthread_threadid_np: { parameters: ["pointer", "buffer"], result: "i32" },
} as const;

// The stat() that fills a struct stat with 64-bit inode numbers. Its name depends on the processor.
const STAT = { parameters: ["buffer", "buffer"], result: "i32" } as const;
const STAT_X64 = { stat$INODE64: STAT } as const;
const STAT_ARM64 = { stat: STAT } as const;

/** The functions of libSystem, in groups that are bound on first use. */
export interface LibSystem {
  /** `__proc_info()`, and the functions to read its errors. */
  readonly call: Symbols<typeof SYMBOLS>;
  /** The address of this thread's `errno`. */
  readonly errno: Pointer;
  /** `__proc_info_extended_id()`; null on macOS before 11. */
  extended(): Symbols<typeof EXTENDED> | null;
  /** Returns the address of memory, which must have a buffer of its own: other memory may move. */
  address(memory: Uint8Array): bigint;
  /** The ids of the calling process. */
  ids(): Symbols<typeof IDS>;
  /** `int stat(const char *path, struct stat *buf)` with 64-bit inode numbers. */
  stat(): Symbols<typeof STAT_ARM64>["stat"];
  /** `sysctl()` and `sysctlbyname()`. */
  sysctl(): Symbols<typeof SYSCTL>;
  /** `mach_timebase_info()`. */
  timebase(): Symbols<typeof TIMEBASE>["mach_timebase_info"];
  /** `pthread_threadid_np()`. */
  threadId(): Symbols<typeof THREAD>["pthread_threadid_np"];
  /** `getsid()`. */
  session(): Symbols<typeof SESSION>["getsid"];
  /** `kill()`. */
  kill(): Symbols<typeof SIGNALS>["kill"];
  /** `kqueue()`, `kevent()` and `close()`. */
  events(): Symbols<typeof EVENTS>;
  /** `devname_r()`. */
  deviceName(): Symbols<typeof DEVICES>["devname_r"];
  /** The functions that find users. */
  users(): Symbols<typeof USERS>;
}

/**
 * Returns the functions of libSystem, or of a substitute for it.
 *
 * @throws {FfiError} The library cannot be opened.
 */
export function openLibSystem(library: Library): LibSystem {
  const call = library.bind(SYMBOLS);
  let copy: Symbols<typeof ADDRESS> | undefined;
  return {
    call,
    errno: call.__error() as Pointer,
    extended: () => library.tryBind(EXTENDED),
    address(memory) {
      copy ??= library.bind(ADDRESS);
      return copy.memmove(memory, memory, 0n);
    },
    ids: () => library.bind(IDS),
    stat: () => library.tryBind(STAT_X64)?.stat$INODE64 ?? library.bind(STAT_ARM64).stat,
    sysctl: () => library.bind(SYSCTL),
    timebase: () => library.bind(TIMEBASE).mach_timebase_info,
    threadId: () => library.bind(THREAD).pthread_threadid_np,
    session: () => library.bind(SESSION).getsid,
    kill: () => library.bind(SIGNALS).kill,
    events: () => library.bind(EVENTS),
    deviceName: () => library.bind(DEVICES).devname_r,
    users: () => library.bind(USERS),
  };
}
