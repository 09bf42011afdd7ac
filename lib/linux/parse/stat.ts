import { DIGIT_0, MINUS, SPACE } from "./bytes.ts";

const TWO_64 = 2 ** 64;
const CLOSE = 41;

/**
 * The offset from which `)` is searched backwards. A pid has at most 7 digits and a name at most 63
 * bytes, so the last `)` before this offset ends the name, even if the name contains others.
 */
const NAME_END = 127;

/**
 * The fields of `/proc/PID/stat` that are read, by their numbers in proc_pid_stat(5).
 * {@linkcode parseStat} stores the bounds of the name at indices that no number uses.
 */
export const STAT = {
  /** The offset of the name in the line. */
  name: 0,
  /** The pid. */
  pid: 1,
  /** The offset of the end of the name in the line: that of the `)` after it. */
  name_end: 2,
  /** The state, as the code of its letter. */
  state: 3,
  /** The pid of the parent. */
  ppid: 4,
  /** The process group id. */
  pgrp: 5,
  /** The session id. */
  session: 6,
  /** The device number of the controlling terminal; 0 if there is none. */
  tty_nr: 7,
  /** The foreground process group of the terminal; -1 if there is none. */
  tpgid: 8,
  /** The flags, a set of the kernel's `PF_*`. */
  flags: 9,
  /** The number of page faults that needed no disk. */
  minflt: 10,
  /** The number of page faults that waited for a disk. */
  majflt: 12,
  /** The number of such page faults of children that have been waited for. */
  cmajflt: 13,
  /** The processor time in user mode, in ticks. */
  utime: 14,
  /** The processor time in the kernel, in ticks. */
  stime: 15,
  /** The processor time in user mode of children that have been waited for, in ticks. */
  cutime: 16,
  /** The processor time in the kernel of children that have been waited for, in ticks. */
  cstime: 17,
  /** The scheduling priority: 0 to 39, or below 0 for a real-time thread. */
  priority: 18,
  /** The nice value, from -20 to 19. */
  nice: 19,
  /** The number of threads of the process. */
  num_threads: 20,
  /** The start time, in ticks since the machine started. */
  starttime: 22,
  /** The size of the address space, in bytes. */
  vsize: 23,
  /** The resident memory, in pages, without the counts that the processors have not yet added. */
  rss: 24,
  /** The start of the program's code: 1 if the kernel withholds it, 0 without a program. */
  startcode: 26,
  /** The end of that code. */
  endcode: 27,
  /** The start of the stack; 0 if the kernel withholds it. */
  startstack: 28,
  /** The signal that the parent receives at the end; -1 for a thread other than the leader. */
  exit_signal: 38,
  /** The real-time priority, 1 to 99; 0 if there is none. */
  rt_priority: 40,
  /** The scheduling policy, a `SCHED_*` number. */
  policy: 41,
  /** The start of the program's data; 0 if the kernel withholds it. */
  start_data: 45,
  /** The end of that data. */
  end_data: 46,
  /** The start of the heap. */
  start_brk: 47,
  /** The start of the arguments. */
  arg_start: 48,
  /** The end of the arguments. */
  arg_end: 49,
  /** The start of the environment; 0 until `execve()` has set it. */
  env_start: 50,
  /** The end of the environment. */
  env_end: 51,
  /**
   * The status that `wait()` reports after the end, or the signal that stopped a stopped process.
   */
  exit_code: 52,
} as const;

/**
 * Parses `/proc/PID/stat` into `fields`, each field at the index of its number. Only the bounds of
 * the name are stored.
 *
 * @param text The line.
 * @param length The length of the line, in bytes.
 * @param last The number of the last field to read.
 * @returns True if the line has all these fields.
 */
export function parseStat(
  text: Uint8Array,
  length: number,
  last: number,
  fields: Float64Array,
): boolean {
  let pid = 0, start = 0;
  for (; start < length && text[start]! > SPACE; start++) pid = pid * 10 + text[start]! - DIGIT_0;
  fields[STAT.pid] = pid;
  fields[STAT.name] = start + 2;
  let at = Math.min(length, NAME_END) - 1;
  while (at >= 0 && text[at] !== CLOSE) at--;
  if (at < 0) return false;
  fields[STAT.name_end] = at;
  at += 2;
  fields[STAT.state] = text[at]!;
  at += 2;
  for (let field: number = STAT.ppid; field <= last; field++) {
    if (at >= length) return false;
    const negative = text[at] === MINUS;
    if (negative) at++;
    let value = 0;
    for (; at < length && text[at]! > SPACE; at++) value = value * 10 + (text[at]! - DIGIT_0);
    // No number of the kernel exceeds 64 bits.
    if (value > TWO_64) return false;
    fields[field] = negative ? -value : value;
    at++;
  }
  return true;
}

/** The flag of a thread that has begun to end: it releases its memory and its files. */
export const PF_EXITING = 0x4;
/** The flag of a process that has not executed a program since it was created. */
export const PF_FORKNOEXEC = 0x40;
/** The flag of kernel threads. */
const PF_KTHREAD = 0x200000;

/** True if the fields that {@linkcode parseStat} has read are those of a kernel thread. */
export function isKernelThread(fields: Float64Array): boolean {
  return (fields[STAT.flags]! & PF_KTHREAD) !== 0;
}
