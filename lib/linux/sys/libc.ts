import type { Library, Pointer, Symbols } from "../../../ffi/adapter.ts";
import type { Architecture } from "./architecture.ts";
import { completed } from "./complete.ts";
import type { LinuxAnswer } from "./errno.ts";
import { withStatx } from "./stat.ts";

/**
 * Returns the paths of the C library on Linux, the most likely one first.
 *
 * Two C libraries in one program would break it. A program on musl is not at risk: musl resolves
 * every name and path of a C library to itself. A program on glibc is at risk, so musl comes last:
 * `libc.so.6` always opens there before any path of musl is tried. If only paths that the user
 * permits are opened, `libc.so.6` may not be among them. In that case `libc` must be known, so that
 * only the paths of the right library remain.
 *
 * @param libc The kind of the C library, if it is known.
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

// `open` is variadic. Its variant for checked builds is not. That one has no mode, which is not
// needed because nothing is created here.
const FILES = {
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
  // Not `memcpy`: a runtime that compiles its bindings may have its own.
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
 * The flags with which files are opened: `O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY`. Opening a
 * pipe without a writer must not block. These flags are the same on all architectures;
 * `O_DIRECTORY` and similar ones are not.
 */
export const READING = 0o2000000 | 0o4000 | 0o400;
const AT_FDCWD = -100;
/** The flag of `statx()` that prevents following a link at the end of the path. */
export const AT_SYMLINK_NOFOLLOW = 0x100;

/**
 * The functions of the C library of Linux that this module uses. Where C returns -1 and sets
 * `errno`, these return the negated errno.
 *
 * Paths are bytes with a terminating NUL.
 */
export interface Libc {
  /** Opens a file or directory for reading. Never blocks. */
  open(path: Uint8Array): LinuxAnswer;
  /** Reads up to `size` bytes. `size` is a bigint of at most the buffer's length. */
  read(fd: number, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Closes a descriptor. */
  close(fd: number): LinuxAnswer;
  /** Reads entries of a directory. */
  getdents64(fd: number, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Fills the `struct statx` of statx.ts. Follows links unless `flags` prevent it. */
  statx(path: Uint8Array, mask: number, to: Uint8Array, flags?: number): LinuxAnswer;
  /** Reads the target of a link. A target that does not fit is truncated. */
  readlink(path: Uint8Array, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Fills the `struct statfs` of statfs.ts. */
  statfs(path: Uint8Array, to: Uint8Array): LinuxAnswer;
  /** The parts for binding further functions of the library and for copying the thread's errno. */
  readonly more: More;
  /** Returns the functions for the ids of the calling process. */
  users(): Symbols<typeof USERS>;
}

/**
 * The parts from which a further group of functions is made, in a file of its own. Its symbols are
 * bound when they are first needed, and its errno is copied as in {@linkcode openLibc}.
 */
export interface More {
  /** The library, with replacements for functions that it lacks. */
  readonly library: Library;
  /** The processor for which the library is built. */
  readonly architecture: Architecture;
  /** `void *memmove(void *to, const void *from, size_t n)` */
  readonly memmove: Symbols<typeof FILES>["memmove"];
  /** The address of the thread's `errno`. */
  readonly location: Pointer;
}

/**
 * Binds the functions of the C library.
 *
 * @throws {FfiError} The library cannot be opened.
 */
export function openLibc(host: Library, architecture: Architecture): Libc {
  const library = withStatx(completed(host, architecture), architecture);
  const { __errno_location, memmove, __open_2, read, close, getdents64, statx, readlink, statfs } =
    library.bind(FILES);
  // The address belongs to the thread and never changes. A worker opens the library again.
  const location = __errno_location() as Pointer;
  const errno = new Int32Array(new ArrayBuffer(4));

  // Each method below makes its call and copies errno without entering another JavaScript function.
  // A garbage collection can run when a function is entered, and its own failed calls change errno.
  // Each symbol also has its own call site, because calls are several times slower otherwise.
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
