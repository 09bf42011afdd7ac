import type { Symbols } from "../../ffi/adapter.ts";
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
