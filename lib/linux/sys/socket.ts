import type { Symbols } from "../../../ffi/adapter.ts";
import type { LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";

const DESCRIPTORS = {
  /** `ssize_t readlinkat(int dir, const char *path, char *to, size_t n)` */
  readlinkat: { parameters: ["i32", "buffer", "buffer", "u64"], result: "i32" },
} as const;

const THREADS = {
  /** `int tgkill(pid_t process, pid_t thread, int signal)` */
  tgkill: { parameters: ["i32", "i32", "i32"], result: "i32" },
} as const;

const PIDFD = {
  /** `int pidfd_open(pid_t pid, unsigned flags)` */
  pidfd_open: { parameters: ["i32", "u32"], result: "i32" },
  /** `int pidfd_getfd(int pidfd, int fd, unsigned flags)` */
  pidfd_getfd: { parameters: ["i32", "i32", "u32"], result: "i32" },
} as const;

const SOCKETS = {
  /** `int getsockopt(int fd, int level, int name, void *value, socklen_t *length)` */
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  /** `int getsockname(int fd, struct sockaddr *address, socklen_t *length)` */
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** `int getpeername(int fd, struct sockaddr *address, socklen_t *length)` */
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
} as const;

// As in process.ts, it is harmless that `ioctl` is variadic.
const CONTROL = {
  /** `int ioctl(int fd, unsigned long request, ...)` */
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
} as const;

const OPTIONS = {
  /** `int setsockopt(int fd, int level, int name, const void *value, socklen_t length)` */
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
} as const;

const NETLINK = {
  /** `int socket(int family, int type, int protocol)` */
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  /** `ssize_t send(int fd, const void *from, size_t n, int flags)` */
  send: { parameters: ["i32", "buffer", "u64", "i32"], result: "i32" },
  /** `ssize_t recv(int fd, void *to, size_t n, int flags)` */
  recv: { parameters: ["i32", "buffer", "u64", "i32"], result: "i32" },
} as const;

const NAMES = {
  /** `ssize_t getxattr(const char *path, const char *name, void *to, size_t n)` */
  getxattr: { parameters: ["buffer", "buffer", "buffer", "u64"], result: "i32" },
} as const;

// Requests (asm-generic/ioctls.h, linux/sockios.h).
/** The number of bytes that can be read. */
export const FIONREAD = 0x541bn;
/** The number of bytes that have been sent but not acknowledged. */
export const TIOCOUTQ = 0x5411n;
/** The name of the network interface with an index: `struct ifreq`. */
export const SIOCGIFNAME = 0x8910n;

/**
 * Functions of the C library for descriptors and sockets, each group bound on its first call.
 *
 * They return the negated errno if C fails.
 */
export interface SocketCalls {
  /**
   * Reads the target of the link `name` in an open directory. A target that does not fit is
   * truncated.
   */
  readlinkat(folder: number, name: Uint8Array, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Sends a signal to a thread. With signal 0, only checks whether it belongs to the process. */
  tgkill(process: number, thread: number, signal: number): LinuxAnswer;
  /** Opens a pidfd of a process or, with `PIDFD_THREAD`, of a thread. */
  pidfdOpen(pid: number, flags: number): LinuxAnswer;
  /** Duplicates the descriptor `fd` of another process into this one. */
  pidfdGetfd(pidfd: number, fd: number): LinuxAnswer;
  /**
   * Reads an option of a socket. `length` has the size of `value`, and then the number of bytes
   * used.
   */
  getsockopt(
    fd: number,
    level: number,
    name: number,
    value: Uint8Array,
    length: Int32Array,
  ): LinuxAnswer;
  /** Sets an option of a socket whose value is one `int`. */
  setsockopt(fd: number, level: number, name: number, value: Int32Array): LinuxAnswer;
  /**
   * Reads the address of a socket. `length` has the size of `address`, and then that of the result.
   */
  getsockname(fd: number, address: Uint8Array, length: Int32Array): LinuxAnswer;
  /** Reads the address to which a socket is connected. `length` is the same as above. */
  getpeername(fd: number, address: Uint8Array, length: Int32Array): LinuxAnswer;
  /** Reads a number or a struct about a socket. The caller must know its size. */
  ioctl(fd: number, request: bigint, value: Uint8Array): LinuxAnswer;
  /** Creates a socket. */
  socket(family: number, type: number, protocol: number): LinuxAnswer;
  /** Sends a message. */
  send(fd: number, from: Uint8Array, size: bigint, flags: number): LinuxAnswer;
  /** Receives a message. The part that does not fit is lost. */
  recv(fd: number, to: Uint8Array, size: bigint, flags: number): LinuxAnswer;
  /** Reads an extended attribute of the file to which `path` leads. */
  getxattr(path: Uint8Array, name: Uint8Array, to: Uint8Array, size: bigint): LinuxAnswer;
}

const opened = new WeakMap<More, SocketCalls>();

/**
 * Binds the functions of {@linkcode SocketCalls}. Binding is slow, so all users of a library share
 * them.
 */
export function openSocketCalls(more: More): SocketCalls {
  let calls = opened.get(more);
  if (calls === undefined) opened.set(more, calls = bindSocketCalls(more));
  return calls;
}

function bindSocketCalls({ library, memmove, location }: More): SocketCalls {
  const errno = new Int32Array(new ArrayBuffer(4));
  let descriptors: Symbols<typeof DESCRIPTORS> | undefined;
  let threads: Symbols<typeof THREADS> | undefined;
  let pidfd: Symbols<typeof PIDFD> | undefined;
  let sockets: Symbols<typeof SOCKETS> | undefined;
  let control: Symbols<typeof CONTROL> | undefined;
  let options: Symbols<typeof OPTIONS> | undefined;
  let netlink: Symbols<typeof NETLINK> | undefined;
  let names: Symbols<typeof NAMES> | undefined;

  // As in libc.ts, nothing runs between a call and the copy of its errno.
  return {
    readlinkat(folder, name, to, size) {
      descriptors ??= library.bind(DESCRIPTORS);
      const answer = descriptors.readlinkat(folder, name, to, size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    tgkill(process, thread, signal) {
      threads ??= library.bind(THREADS);
      const answer = threads.tgkill(process, thread, signal);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdOpen(pid, flags) {
      pidfd ??= library.bind(PIDFD);
      const answer = pidfd.pidfd_open(pid, flags);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdGetfd(fd, other) {
      pidfd ??= library.bind(PIDFD);
      const answer = pidfd.pidfd_getfd(fd, other, 0);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    getsockopt(fd, level, name, value, length) {
      sockets ??= library.bind(SOCKETS);
      const answer = sockets.getsockopt(fd, level, name, value, length);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    setsockopt(fd, level, name, value) {
      options ??= library.bind(OPTIONS);
      const answer = options.setsockopt(fd, level, name, value, value.byteLength);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    getsockname(fd, address, length) {
      sockets ??= library.bind(SOCKETS);
      const answer = sockets.getsockname(fd, address, length);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    getpeername(fd, address, length) {
      sockets ??= library.bind(SOCKETS);
      const answer = sockets.getpeername(fd, address, length);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    ioctl(fd, request, value) {
      control ??= library.bind(CONTROL);
      const answer = control.ioctl(fd, request, value);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    socket(family, type, protocol) {
      netlink ??= library.bind(NETLINK);
      const answer = netlink.socket(family, type, protocol);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    send(fd, from, size, flags) {
      netlink ??= library.bind(NETLINK);
      const answer = netlink.send(fd, from, size, flags);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    recv(fd, to, size, flags) {
      netlink ??= library.bind(NETLINK);
      const answer = netlink.recv(fd, to, size, flags);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    getxattr(path, name, to, size) {
      names ??= library.bind(NAMES);
      const answer = names.getxattr(path, name, to, size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}
