import { int32 } from "./arguments.ts";

/**
 * The error numbers of Darwin (bsd/sys/errno.h) that can occur. They are the same on Linux, where
 * the library translates them.
 */
export const ERRNO = {
  /** Operation not permitted. */
  EPERM: 1,
  /** No such file or directory. */
  ENOENT: 2,
  /** No such process. */
  ESRCH: 3,
  /** Interrupted. */
  EINTR: 4,
  /** Input or output error. */
  EIO: 5,
  /** Bad file descriptor. */
  EBADF: 9,
  /** No child process. */
  ECHILD: 10,
  /** Deadlock avoided. */
  EDEADLK: 11,
  /** The buffer is too small. From calls other than `__proc_info()`: out of memory. */
  ENOMEM: 12,
  /** Permission denied. */
  EACCES: 13,
  /** Bad address. */
  EFAULT: 14,
  /** Busy. */
  EBUSY: 16,
  /** No such device. */
  ENODEV: 19,
  /** Not a directory. */
  ENOTDIR: 20,
  /** Invalid argument. */
  EINVAL: 22,
  /** The system has too many open files. */
  ENFILE: 23,
  /** The process has too many open files. */
  EMFILE: 24,
  /** Not a terminal. */
  ENOTTY: 25,
  /** The file is too large. */
  EFBIG: 27,
  /** No space left. */
  ENOSPC: 28,
  /** Result out of range. */
  ERANGE: 34,
  /** Try again. */
  EAGAIN: 35,
  /** Nothing changed. */
  EALREADY: 37,
  /** Not a socket. */
  ENOTSOCK: 38,
  /** Not supported. */
  ENOTSUP: 45,
  /** No such protocol. */
  EPROTONOSUPPORT: 43,
  /** No such address family. */
  EAFNOSUPPORT: 47,
  /** Not enough buffer space. */
  ENOBUFS: 55,
  /** Timed out. */
  ETIMEDOUT: 60,
  /** Connection refused. */
  ECONNREFUSED: 61,
  /** Too many symbolic links. */
  ELOOP: 62,
  /** Name too long. */
  ENAMETOOLONG: 63,
  /** The system does not have this call. */
  ENOSYS: 78,
  /** The file is of the wrong type. */
  EFTYPE: 79,
  /** Value too large. */
  EOVERFLOW: 84,
  /** No such attribute. */
  ENOATTR: 93,
  /** Not supported on this kind of socket. */
  EOPNOTSUPP: 102,
} as const;

const MEANING: Readonly<Record<string, string>> = {
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  ESRCH: "no such process",
  EBADF: "bad file descriptor",
  ENOMEM: "the buffer is too small",
  EACCES: "permission denied",
  EFAULT: "bad address",
  EBUSY: "busy",
  EINVAL: "invalid argument",
  ENFILE: "too many open files in the system",
  EMFILE: "too many open files",
  ENOTTY: "not a terminal",
  EFBIG: "the file is too large",
  EOVERFLOW: "the buffer is too large",
  ENOTSOCK: "not a socket",
  ENOTSUP: "not supported by this system",
  ENOSYS: "this system has no such call",
  EFTYPE: "the file is of the wrong type",
};

/**
 * Returns the name of a Darwin error number, such as `"ESRCH"`, or `"E200"` for one without a name.
 */
export function errnoName(errno: number): string {
  int32("errno", errno);
  for (const [name, number] of Object.entries(ERRNO)) if (number === errno) return name;
  return `E${errno}`;
}

/** Thrown when a system call fails. */
export class SystemCallError extends Error {
  /** The name of the class. */
  override readonly name: string = "SystemCallError";
  /** The name of the error, such as `"ESRCH"`. */
  readonly code: string;
  /** The error number, which is Darwin's on every system. */
  readonly errno: number;
  /** The call that failed, such as `"__proc_info"`. */
  readonly syscall: string;

  /** Creates the error of a failed call; `doing` is its purpose, such as `"list process ids"`. */
  constructor(doing: string, syscall: string, errno: number, args = "", options?: ErrorOptions) {
    const code = errnoName(errno);
    const meaning = MEANING[code];
    super(
      `Cannot ${doing}: ${syscall}${args} failed with ${code}${meaning ? ` (${meaning})` : ""}`,
      options,
    );
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }
}

/**
 * Thrown when `__proc_info()` fails.
 *
 * @example
 * ```ts
 * import { PROC_INFO_CALL_PIDINFO, procInfo, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   procInfo(PROC_INFO_CALL_PIDINFO, -1, 3, 0n, new Uint8Array(136));
 * } catch (error) {
 *   if (error instanceof ProcInfoError) console.log(error.code, error.pid);
 * }
 * ```
 */
export class ProcInfoError extends SystemCallError {
  /** The name of the class. */
  override readonly name = "ProcInfoError";
  /** The callnum: a `PROC_INFO_CALL_*` number. */
  readonly callnum: number;
  /** The process of the query, or the argument that the callnum takes instead. */
  readonly pid: number;
  /** The flavor, or the argument that the callnum takes instead. */
  readonly flavor: number;

  /** Creates the error of one call. */
  constructor(errno: number, callnum: number, pid: number, flavor: number) {
    super("get process information", "__proc_info", errno, `(${callnum}, ${pid}, ${flavor})`);
    this.callnum = callnum;
    this.pid = pid;
    this.flavor = flavor;
  }
}

/**
 * Returns true for a Darwin error number of an exhausted resource, such as file descriptors or
 * memory. Such an error concerns the caller, not the query.
 */
export function isShortage(errno: number): boolean {
  return errno === ERRNO.EMFILE || errno === ERRNO.ENFILE || errno === ERRNO.ENOMEM ||
    errno === ERRNO.ENOBUFS;
}

/**
 * Returns the result of a query; undefined if the system denies it to this user or does not support
 * it.
 *
 * Other errors are rethrown, such as `ESRCH`.
 */
export function optional<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    if (error instanceof SystemCallError && OPTIONAL.has(error.errno)) return undefined;
    throw error;
  }
}

const OPTIONAL: ReadonlySet<number> = new Set([
  ERRNO.EPERM,
  ERRNO.EACCES,
  ERRNO.ENOTSUP,
  ERRNO.ENOSYS,
]);
