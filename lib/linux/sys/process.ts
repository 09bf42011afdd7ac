import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { LINUX, type LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";
import { ALIVE, childStatusReader, P_PIDFD } from "./wait.ts";

const KILL = {
  /** `int kill(pid_t pid, int signal)` */
  kill: { parameters: ["i32", "i32"], result: "i32" },
} as const;

const PIDFD = {
  /** `int pidfd_open(pid_t pid, unsigned flags)` */
  pidfd_open: { parameters: ["i32", "u32"], result: "i32" },
  /** `int pidfd_send_signal(int pidfd, int signal, siginfo_t *info, unsigned flags)` */
  pidfd_send_signal: { parameters: ["i32", "i32", "buffer", "u32"], result: "i32" },
} as const;

const POLL = {
  /** `int poll(struct pollfd *what, nfds_t n, int milliseconds)` */
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
} as const;

// `ioctl` is variadic. On the processors for which the runtimes support Linux, a variadic argument
// is passed like any other, unlike on arm64 macOS.
const CONTROL = {
  /** `int ioctl(int fd, unsigned long request, ...)` */
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
} as const;

const LOG = {
  /** `int klogctl(int action, char *to, int size)` */
  klogctl: { parameters: ["i32", "buffer", "i32"], result: "i32" },
} as const;

const NAME = {
  /** `pthread_t pthread_self(void)` */
  pthread_self: { parameters: [], result: "u64" },
  /** `int pthread_setname_np(pthread_t thread, const char *name)` */
  pthread_setname_np: { parameters: ["u64", "buffer"], result: "i32" },
} as const;

const TIMER = {
  /** `int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)` */
  timer_create: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** `int timer_delete(timer_t timer)` */
  timer_delete: { parameters: ["u64"], result: "i32" },
} as const;

/** `struct pollfd` (poll.h). */
export interface Pollfd {
  readonly fd: number;
  readonly events: number;
  readonly revents: number;
}

/** The layout of {@linkcode Pollfd}. */
export const pollfd: Struct<Pollfd> = struct("pollfd", { size: 8, align: 4 }, (c) => ({
  fd: c.i32(),
  events: c.i16(),
  revents: c.i16(),
}));

/** `struct pidfd_info` (linux/pidfd.h) in its first version, which `PIDFD_GET_INFO` fills. */
export interface PidfdInfo {
  readonly mask: bigint;
  readonly cgroupid: bigint;
  readonly pid: number;
  readonly tgid: number;
  readonly ppid: number;
  readonly ruid: number;
  readonly rgid: number;
  readonly euid: number;
  readonly egid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly fsuid: number;
  readonly fsgid: number;
  readonly exit_code: number;
}

/** The layout of {@linkcode PidfdInfo}. */
export const pidfdInfo: Struct<PidfdInfo> = struct("pidfd_info", { size: 64, align: 8 }, (c) => ({
  mask: c.u64(),
  cgroupid: c.u64(),
  pid: c.u32(),
  tgid: c.u32(),
  ppid: c.u32(),
  ruid: c.u32(),
  rgid: c.u32(),
  euid: c.u32(),
  egid: c.u32(),
  suid: c.u32(),
  sgid: c.u32(),
  fsuid: c.u32(),
  fsgid: c.u32(),
  exit_code: c.i32(),
}));

const POLLIN = 1;
const PIDFD_GET_INFO = 0xc040ff0bn;
const PIDFD_INFO_EXIT = 8;

/**
 * The result of {@linkcode ProcessCalls.pidfdStatus} and similar functions if the status is
 * unavailable.
 */
export const UNKNOWN = -1;

/**
 * Functions of the C library for processes, each group bound on its first call.
 *
 * They return the negated errno if C fails. It is `-ENOSYS` if the library or the kernel is too old
 * to have the function.
 */
export interface ProcessCalls {
  /** Sends a signal. With signal 0, only checks whether a signal may be sent. */
  kill(pid: number, signal: number): LinuxAnswer;
  /** Opens a pidfd, a descriptor that refers to a process even after its pid has been reused. */
  pidfdOpen(pid: number): LinuxAnswer;
  /** Sends a signal to the process of a pidfd, or of a descriptor of its directory in `/proc`. */
  pidfdSendSignal(pidfd: number, signal: number): LinuxAnswer;
  /**
   * Returns 1 if all threads of the process of a pidfd have ended, and 0 otherwise. Never waits.
   */
  pidfdEnded(pidfd: number): LinuxAnswer;
  /**
   * Returns the 16 bits that `wait()` has reported to any caller for the process of a pidfd.
   * Returns {@linkcode UNKNOWN} before that, and on kernels older than Linux 6.15.
   */
  pidfdStatus(pidfd: number): LinuxAnswer;
  /**
   * Returns the 16 bits that `wait()` would report for the process of a pidfd, which stays
   * unchanged. Returns {@linkcode UNKNOWN} if it is not a child of this process, or still runs.
   */
  pidfdChildStatus(pidfd: number): LinuxAnswer;
  /** Queries the kernel's log. See klogctl(2). */
  klogctl(action: number, to: Uint8Array | null, size: number): LinuxAnswer;
  /** Names the calling thread. The name has at most 15 bytes and a terminating NUL. */
  setThreadName(name: Uint8Array): LinuxAnswer;
  /**
   * Creates a timer from the 64 bytes of `struct sigevent`. Stores its number in the 8 bytes of
   * `timer`.
   */
  timerCreate(clock: number, event: Uint8Array, timer: Uint8Array): LinuxAnswer;
  /** Deletes a timer. */
  timerDelete(timer: bigint): LinuxAnswer;
}

/** Binds the functions of {@linkcode ProcessCalls}. */
export function openProcessCalls(more: More): ProcessCalls {
  const { library, memmove, location } = more;
  const errno = new Int32Array(new ArrayBuffer(4));
  let kill: Symbols<typeof KILL> | undefined;
  let pidfd: Symbols<typeof PIDFD> | undefined;
  let poll: Symbols<typeof POLL> | undefined;
  let control: Symbols<typeof CONTROL> | undefined;
  let childStatus: ReturnType<typeof childStatusReader> | undefined;
  let log: Symbols<typeof LOG> | undefined;
  let name: Symbols<typeof NAME> | null | undefined;
  let timer: Symbols<typeof TIMER> | null | undefined;

  // As in libc.ts, nothing runs between a call and the copy of its errno.
  return {
    kill(pid, signal) {
      kill ??= library.bind(KILL);
      const answer = kill.kill(pid, signal);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdOpen(pid) {
      pidfd ??= library.bind(PIDFD);
      const answer = pidfd.pidfd_open(pid, 0);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdSendSignal(fd, signal) {
      pidfd ??= library.bind(PIDFD);
      const answer = pidfd.pidfd_send_signal(fd, signal, null, 0);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdEnded(fd) {
      poll ??= library.bind(POLL);
      const { bytes, view } = block(pollfd.size);
      const at = offsetsOf(pollfd);
      view.setInt32(at.fd, fd, true);
      view.setInt16(at.events, POLLIN, true);
      const answer = poll.poll(bytes, 1n, 0);
      if (answer >= 0) return view.getInt16(at.revents, true) & POLLIN;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdStatus(fd) {
      control ??= library.bind(CONTROL);
      const { bytes, view } = block(pidfdInfo.size);
      const { mask, exit_code } = offsetsOf(pidfdInfo);
      view.setUint32(mask, PIDFD_INFO_EXIT, true);
      if (control.ioctl(fd, PIDFD_GET_INFO, bytes) < 0) return UNKNOWN;
      const reported = view.getUint32(mask, true) & PIDFD_INFO_EXIT;
      return reported ? view.getUint16(exit_code, true) : UNKNOWN;
    },
    pidfdChildStatus(fd) {
      childStatus ??= childStatusReader(more);
      const status = childStatus(P_PIDFD, fd);
      return status < 0 || status === ALIVE ? UNKNOWN : status;
    },
    klogctl(action, to, size) {
      log ??= library.bind(LOG);
      const answer = log.klogctl(action, to, size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    setThreadName(text) {
      if (name === undefined) name = library.tryBind(NAME);
      // This function returns its errno.
      return name === null ? -LINUX.ENOSYS : -name.pthread_setname_np(name.pthread_self(), text);
    },
    timerCreate(clock, event, id) {
      if (timer === undefined) timer = library.tryBind(TIMER);
      if (timer === null) return -LINUX.ENOSYS;
      const answer = timer.timer_create(clock, event, id);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    timerDelete(id) {
      if (timer === undefined) timer = library.tryBind(TIMER);
      if (timer === null) return -LINUX.ENOSYS;
      const answer = timer.timer_delete(id);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}
