import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import type { More } from "./libc.ts";

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

// It is variadic. On the processors of Linux that the runtimes are made for, an argument of such a
// function is passed as that of any other, which it is not on arm64 macOS.
const CONTROL = {
  /** `int ioctl(int fd, unsigned long request, ...)` */
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
} as const;

const WAIT = {
  /** `int waitid(idtype_t type, id_t id, siginfo_t *to, int options)` */
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
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

/** Linux's number for a function that the C library lacks: too old a version of it. */
const ENOSYS = 38;

// struct pollfd.
const POLLFD_SIZE = 8;
const POLL_EVENTS = 4;
const POLL_REVENTS = 6;
const POLLIN = 1;

// struct pidfd_info, which is asked for with PIDFD_GET_INFO.
const PIDFD_INFO_SIZE = 64;
const PIDFD_GET_INFO = 0xc040ff0bn;
const PI_MASK = 0;
const PI_EXIT_CODE = 60;
const PIDFD_INFO_EXIT = 8;

// siginfo_t, and how waitid() is told that the child is to stay as it is.
const SIGINFO_SIZE = 128;
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;
const CLD_EXITED = 1;
const CLD_DUMPED = 3;
const CORE_DUMPED = 0x80;
const P_PIDFD = 3;
const WEXITED_NOHANG_NOWAIT_ALL = 0x41000005;

/** What is not known, from {@linkcode ProcessCalls.pidfdStatus} and its like. */
export const UNKNOWN = -1;

/**
 * Functions of the C library about processes, each group of them bound when it is first called.
 *
 * Where C fails these answer the negated errno, which is `-ENOSYS` where the library is too old to
 * have the function.
 */
export interface ProcessCalls {
  /** Sends a signal, or with 0 only asks whether it may be sent. */
  kill(pid: number, signal: number): number;
  /** A descriptor that stands for one process, also when its id has been used again. */
  pidfdOpen(pid: number): number;
  /** Sends a signal to the process of a descriptor, which may also be that of its `/proc` folder. */
  pidfdSendSignal(pidfd: number, signal: number): number;
  /** Whether all threads of the process of a descriptor have ended: 1 or 0. Never waits. */
  pidfdEnded(pidfd: number): number;
  /**
   * The 16 bits that `wait()` has told of the process of a descriptor, whoever waited for it;
   * {@linkcode UNKNOWN} before that, and where the kernel is older than Linux 6.15.
   */
  pidfdStatus(pidfd: number): number;
  /**
   * The 16 bits that `wait()` would tell of the process of a descriptor, which stays as it is;
   * {@linkcode UNKNOWN} where it is no child of this process, or lives.
   */
  pidfdChildStatus(pidfd: number): number;
  /** Asks the kernel's log; see klogctl(2). */
  klogctl(action: number, to: Uint8Array | null, size: number): number;
  /** Names the calling thread. The name ends in a NUL and has at most 15 bytes before it. */
  setThreadName(name: Uint8Array): number;
  /** Makes a timer from the 64 bytes of `struct sigevent`; its number is left in the 8 of `timer`. */
  timerCreate(clock: number, event: Uint8Array, timer: Uint8Array): number;
  /** Ends a timer. */
  timerDelete(timer: bigint): number;
}

/** The functions of {@linkcode ProcessCalls}. */
export function openProcessCalls({ library, memmove, location }: More): ProcessCalls {
  const errno = new Int32Array(new ArrayBuffer(4));
  let kill: Symbols<typeof KILL> | undefined;
  let pidfd: Symbols<typeof PIDFD> | null | undefined;
  let poll: Symbols<typeof POLL> | undefined;
  let control: Symbols<typeof CONTROL> | undefined;
  let wait: Symbols<typeof WAIT> | undefined;
  let log: Symbols<typeof LOG> | undefined;
  let name: Symbols<typeof NAME> | null | undefined;
  let timer: Symbols<typeof TIMER> | null | undefined;

  // As in libc.ts, nothing comes between a call and the copy of its errno.
  return {
    kill(pid, signal) {
      kill ??= library.bind(KILL);
      const answer = kill.kill(pid, signal);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdOpen(pid) {
      if (pidfd === undefined) pidfd = library.tryBind(PIDFD);
      if (pidfd === null) return -ENOSYS;
      const answer = pidfd.pidfd_open(pid, 0);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdSendSignal(fd, signal) {
      if (pidfd === undefined) pidfd = library.tryBind(PIDFD);
      if (pidfd === null) return -ENOSYS;
      const answer = pidfd.pidfd_send_signal(fd, signal, null, 0);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdEnded(fd) {
      poll ??= library.bind(POLL);
      const { bytes, view } = block(POLLFD_SIZE);
      view.setInt32(0, fd, true);
      view.setInt16(POLL_EVENTS, POLLIN, true);
      const answer = poll.poll(bytes, 1n, 0);
      if (answer >= 0) return view.getInt16(POLL_REVENTS, true) & POLLIN;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    pidfdStatus(fd) {
      control ??= library.bind(CONTROL);
      const { bytes, view } = block(PIDFD_INFO_SIZE);
      view.setUint32(PI_MASK, PIDFD_INFO_EXIT, true);
      if (control.ioctl(fd, PIDFD_GET_INFO, bytes) < 0) return UNKNOWN;
      const told = view.getUint32(PI_MASK, true) & PIDFD_INFO_EXIT;
      return told ? view.getUint16(PI_EXIT_CODE, true) : UNKNOWN;
    },
    pidfdChildStatus(fd) {
      wait ??= library.bind(WAIT);
      const { bytes, view } = block(SIGINFO_SIZE);
      if (wait.waitid(P_PIDFD, fd, bytes, WEXITED_NOHANG_NOWAIT_ALL) < 0) return UNKNOWN;
      if (view.getInt32(SI_PID, true) === 0) return UNKNOWN;
      const code = view.getInt32(SI_CODE, true);
      const status = view.getInt32(SI_STATUS, true);
      if (code === CLD_EXITED) return (status & 0xff) << 8;
      return status | (code === CLD_DUMPED ? CORE_DUMPED : 0);
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
      // This one returns its errno.
      return name === null ? -ENOSYS : -name.pthread_setname_np(name.pthread_self(), text);
    },
    timerCreate(clock, event, id) {
      if (timer === undefined) timer = library.tryBind(TIMER);
      if (timer === null) return -ENOSYS;
      const answer = timer.timer_create(clock, event, id);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    timerDelete(id) {
      if (timer === undefined) timer = library.tryBind(TIMER);
      if (timer === null) return -ENOSYS;
      const answer = timer.timer_delete(id);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}
