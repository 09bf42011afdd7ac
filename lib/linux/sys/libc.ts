import type { Library, Pointer, Symbols } from "../../../ffi/adapter.ts";
import type { Architecture } from "./architecture.ts";
import { completed } from "./complete.ts";
import type { LinuxAnswer } from "./errno.ts";
import { withStatx } from "./stat.ts";

/**
 * The places of the C library on Linux, the likeliest first.
 *
 * Two of them in one program would break it. That is not a danger to a program on musl, which uses itself for every name
 * and path of a C library for itself. To one on glibc it is, so musl comes last: whether `libc.so.6` opens is
 * not left to chance there. Where only paths that the user permits are opened, the first may not be among
 * them, and only those of the right library are left.
 *
 * @param libc Which it is, if that is known.
 */
export function libcPaths(
  { machine }: Architecture,
  libc: "glibc" | "musl" | undefined,
): readonly string[] {
  const musl = [
    `libc.musl-${machine}.so.1`,
    ...["/lib", "/usr/lib"].flatMap((folder) =>
      [`libc.musl-${machine}.so.1`, `ld-musl-${machine}.so.1`].map((name) => `${folder}/${name}`)
    ),
  ];
  const glibc = [
    "libc.so.6",
    `/lib/${machine}-linux-gnu/libc.so.6`,
    `/usr/lib/${machine}-linux-gnu/libc.so.6`,
    "/lib64/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
  ];
  if (libc === undefined) return [...glibc, ...musl];
  return libc === "musl" ? musl : glibc;
}

// `open` is variadic. Its sibling for checked builds is not: it takes no mode, and needs none as nothing is
// created here.
const FILES = {
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
  // Not memcpy: a runtime that compiles what it binds may have one of its own.
  /** `void *memmove(void *to, const void *from, size_t n)` */
  memmove: { parameters: ["buffer", "pointer", "u64"], result: "pointer" },
  /** `int __open_2(const char *path, int flags)` */
  __open_2: { parameters: ["buffer", "i32"], result: "i32" },
  /** `ssize_t read(int fd, void *to, size_t n)` */
  read: { parameters: ["i32", "buffer", "u64"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
  /** `ssize_t getdents64(int fd, void *to, size_t n)` */
  getdents64: { parameters: ["i32", "buffer", "u64"], result: "i32" },
  /** `int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to)` */
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  /** `ssize_t readlink(const char *path, char *to, size_t n)` */
  readlink: { parameters: ["buffer", "buffer", "u64"], result: "i32" },
  /** `int statfs(const char *path, struct statfs *to)` */
  statfs: { parameters: ["buffer", "buffer"], result: "i32" },
} as const;

const USERS = {
  /** `pid_t getpid(void)` */
  getpid: { parameters: [], result: "i32" },
  /** `uid_t geteuid(void)` */
  geteuid: { parameters: [], result: "i32" },
  /** `uid_t getuid(void)` */
  getuid: { parameters: [], result: "i32" },
} as const;

/**
 * How files are opened: `O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY`: a pipe without a writer must not be waited for. These
 * agree on all architectures; `O_DIRECTORY` and its like do not.
 */
export const READING = 0o2000000 | 0o4000 | 0o400;
const AT_FDCWD = -100;
/** A flag of `statx()`: a link at the end of the path is not followed. */
export const AT_SYMLINK_NOFOLLOW = 0x100;

/**
 * What this module uses of the C library of Linux. Where C answers -1 and sets `errno`, these answer
 * the negated errno.
 *
 * Paths are bytes that end in a NUL.
 */
export interface Libc {
  /** Opens a file or folder for reading, which never waits. */
  open(path: Uint8Array): LinuxAnswer;
  /** Reads up to `size` bytes, a bigint of the buffer's length at most. */
  read(fd: number, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Closes a descriptor. */
  close(fd: number): LinuxAnswer;
  /** Reads entries of a folder. */
  getdents64(fd: number, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Fills the `struct statx` of statx.ts, following links unless `flags` state otherwise. */
  statx(path: Uint8Array, mask: number, to: Uint8Array, flags?: number): LinuxAnswer;
  /** Reads where a link points to; what does not fit is cut. */
  readlink(path: Uint8Array, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Fills the `struct statfs` of statfs.ts. */
  statfs(path: Uint8Array, to: Uint8Array): LinuxAnswer;
  /** Binds further functions of the library, and copies the thread's errno after one has failed. */
  readonly more: More;
  /** The ids of the calling process. */
  users(): Symbols<typeof USERS>;
}

/**
 * What a further group of functions is made with, in a file of its own: its symbols are bound when it
 * is first needed, and its errno is copied as in {@linkcode openLibc}.
 */
export interface More {
  /** The library, and what it lacks. */
  readonly library: Library;
  /** The processor that it is built for. */
  readonly architecture: Architecture;
  /** `void *memmove(void *to, const void *from, size_t n)` */
  readonly memmove: Symbols<typeof FILES>["memmove"];
  /** The address of the thread's `errno`. */
  readonly location: Pointer;
}

/**
 * The functions of the C library.
 *
 * @throws {FfiError} It cannot be opened.
 */
export function openLibc(host: Library, architecture: Architecture): Libc {
  const library = withStatx(completed(host, architecture), architecture);
  const { __errno_location, memmove, __open_2, read, close, getdents64, statx, readlink, statfs } =
    library.bind(FILES);
  // The address is the thread's own and never moves; a worker opens the library again.
  const location = __errno_location() as Pointer;
  const errno = new Int32Array(new ArrayBuffer(4));

  // Below, each call is made and its errno copied in one stretch that enters no other JavaScript
  // function: a garbage collection may run at a function's entry, and it fails calls of its own.
  // Each symbol has a call site of its own too, without which calls are several times slower.
  return {
    open(path) {
      const answer = __open_2(path, READING);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    read(fd, to, size) {
      const answer = read(fd, to, size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    close(fd) {
      const answer = close(fd);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    getdents64(fd, to, size) {
      const answer = getdents64(fd, to, size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    statx(path, mask, to, flags = 0) {
      const answer = statx(AT_FDCWD, path, flags, mask, to);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    readlink(path, to, size) {
      const answer = readlink(path, to, size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    statfs(path, to) {
      const answer = statfs(path, to);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    more: { library, architecture, memmove, location },
    users: () => library.bind(USERS),
  };
}
