import { SystemCallError } from "../../system/errors.ts";

/**
 * The result of a Linux call: 0 or more, or a negated Linux errno. The compiler rejects it where a
 * {@linkcode DarwinAnswer} is required, and the reverse. A plain number is accepted as either.
 */
export type LinuxAnswer = number & { readonly errno?: "linux" };

/** The result of a function outside of `sys`: 0 or more, or a negated Darwin errno. */
export type DarwinAnswer = number & { readonly errno?: "darwin" };

/** The errnos of Linux that `sys` compares, by their names (asm-generic/errno.h). */
export const LINUX = {
  /** Operation not permitted. */
  EPERM: 1,
  /** No such file or directory. */
  ENOENT: 2,
  /** No such process. */
  ESRCH: 3,
  /** No such device or address. */
  ENXIO: 6,
  /** Bad file descriptor. */
  EBADF: 9,
  /** Out of memory. */
  ENOMEM: 12,
  /** The system has too many open files. */
  ENFILE: 23,
  /** The process has too many open files. */
  EMFILE: 24,
  /** Function not implemented by the kernel or the C library. */
  ENOSYS: 38,
  /** Not enough buffer space. */
  ENOBUFS: 105,
} as const;

/**
 * The Darwin errno for each Linux errno that differs. Up to 34, both systems agree except for 11,
 * which is `EAGAIN` on Linux and `EDEADLK` on Darwin.
 */
const TO_DARWIN: Readonly<Record<number, number>> = {
  11: 35, // EAGAIN
  35: 11, // EDEADLK
  36: 63, // ENAMETOOLONG
  37: 77, // ENOLCK
  38: 78, // ENOSYS
  39: 66, // ENOTEMPTY
  40: 62, // ELOOP
  42: 91, // ENOMSG
  43: 90, // EIDRM
  61: 93, // ENODATA, which is ENOATTR on Darwin
  62: 101, // ETIME
  71: 100, // EPROTO
  74: 94, // EBADMSG
  75: 84, // EOVERFLOW
  84: 92, // EILSEQ
  87: 68, // EUSERS
  88: 38, // ENOTSOCK
  89: 39, // EDESTADDRREQ
  90: 40, // EMSGSIZE
  91: 41, // EPROTOTYPE
  92: 42, // ENOPROTOOPT
  93: 43, // EPROTONOSUPPORT
  94: 44, // ESOCKTNOSUPPORT
  95: 45, // EOPNOTSUPP, which is Linux's ENOTSUP too
  96: 46, // EPFNOSUPPORT
  97: 47, // EAFNOSUPPORT
  98: 48, // EADDRINUSE
  99: 49, // EADDRNOTAVAIL
  100: 50, // ENETDOWN
  101: 51, // ENETUNREACH
  102: 52, // ENETRESET
  103: 53, // ECONNABORTED
  104: 54, // ECONNRESET
  105: 55, // ENOBUFS
  106: 56, // EISCONN
  107: 57, // ENOTCONN
  108: 58, // ESHUTDOWN
  110: 60, // ETIMEDOUT
  111: 61, // ECONNREFUSED
  112: 64, // EHOSTDOWN
  113: 65, // EHOSTUNREACH
  114: 37, // EALREADY
  115: 36, // EINPROGRESS
  116: 70, // ESTALE
  122: 69, // EDQUOT
  125: 89, // ECANCELED
};

const LAST_COMMON = 34;
const EIO = 5;

/**
 * Converts a negated Linux errno to the negated Darwin errno of the same name, or to `-EIO` if
 * Darwin does not have that name.
 */
export function toDarwin(answer: LinuxAnswer): DarwinAnswer {
  const errno = -answer;
  return -(TO_DARWIN[errno] ?? (errno <= LAST_COMMON ? errno : EIO));
}

/** Converts a result if it is a negated errno. */
export function converted(answer: LinuxAnswer): DarwinAnswer {
  return answer < 0 ? toDarwin(answer) : answer as number;
}

/** Creates the error of a Linux call that returned a negated errno. */
export function linuxError(doing: string, call: string, answer: LinuxAnswer): SystemCallError {
  return darwinError(doing, call, toDarwin(answer));
}

/** Creates the error of a result that is a negated Darwin errno. */
export function darwinError(doing: string, call: string, answer: DarwinAnswer): SystemCallError {
  return new SystemCallError(doing, call, -answer);
}
