import { DIGIT_0, MINUS, SPACE } from "./bytes.ts";

const TWO_64 = 2 ** 64;
const CLOSE = 41;

/**
 * Where `)` is looked for backwards from: a pid has at most 7 digits and a name at most 63 bytes, so
 * the last `)` before here ends the name, whatever the name holds.
 */
const NAME_END = 127;

/**
 * The fields of `/proc/PID/stat` that are read, by their numbers in proc_pid_stat(5). In the places
 * that no number takes, {@linkcode parseStat} stores the bounds of the name.
 */
export const STAT = {
  /** Where the name starts in the line. */
  name: 0,
  /** The process id. */
  pid: 1,
  /** Where the name ends in the line: the place of the `)` behind it. */
  name_end: 2,
  /** The state, as the code of its letter. */
  state: 3,
  /** The parent's process id. */
  ppid: 4,
  /** The process group id. */
  pgrp: 5,
  /** The session id. */
  session: 6,
  /** The controlling terminal's device number, 0 for none. */
  tty_nr: 7,
  /** The process group in the foreground of the terminal, -1 for none. */
  tpgid: 8,
  /** A set of the kernel's `PF_*`. */
  flags: 9,
  /** Page faults that needed no disk. */
  minflt: 10,
  /** Page faults that waited for a disk. */
  majflt: 12,
  /** Such page faults of children that were waited for. */
  cmajflt: 13,
  /** Time on a processor in user mode, in ticks. */
  utime: 14,
  /** Time on a processor in the kernel, in ticks. */
  stime: 15,
  /** Time in user mode of children that were waited for, in ticks. */
  cutime: 16,
  /** Time in the kernel of children that were waited for, in ticks. */
  cstime: 17,
  /** The priority it is scheduled with: 0 to 39, below 0 for a real-time thread. */
  priority: 18,
  /** How nice it is, from -20 to 19. */
  nice: 19,
  /** How many threads the process has. */
  num_threads: 20,
  /** When it began, in ticks since the machine started. */
  starttime: 22,
  /** The size of its address space, in bytes. */
  vsize: 23,
  /** Its resident memory in pages, without what the processors have not added up yet. */
  rss: 24,
  /** Where its program's code starts: 1 where the kernel refuses it, 0 without a program. */
  startcode: 26,
  /** Where that code ends. */
  endcode: 27,
  /** Where its stack starts; 0 where the kernel refuses it. */
  startstack: 28,
  /** The signal that the parent gets at the end; -1 for a thread other than the leader. */
  exit_signal: 38,
  /** The real-time priority, 1 to 99; 0 for none. */
  rt_priority: 40,
  /** The scheduling policy, a `SCHED_*` number. */
  policy: 41,
  /** Where its program's data starts; 0 where the kernel refuses it. */
  start_data: 45,
  /** Where that data ends. */
  end_data: 46,
  /** Where its heap starts. */
  start_brk: 47,
  /** Where its arguments start. */
  arg_start: 48,
  /** Where its arguments end. */
  arg_end: 49,
  /** Where its environment starts; 0 until an exec has put it there. */
  env_start: 50,
  /** Where that ends. */
  env_end: 51,
  /** How it ended, as `wait()` reports it; the signal that stopped it while it is stopped. */
  exit_code: 52,
} as const;

/**
 * Reads the fields of `/proc/PID/stat` into `fields`, each at its number; of the name, its place.
 *
 * @param text The line.
 * @param length How many bytes it has.
 * @param last The number of the last field that is wanted.
 * @returns Whether the line has them all.
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
    // No number of the kernel has more than 64 bits.
    if (value > TWO_64) return false;
    fields[field] = negative ? -value : value;
    at++;
  }
  return true;
}

/** Set in the flags of a thread that has begun to end: it has let go of its memory and its files. */
export const PF_EXITING = 0x4;
/** Set in the flags of a process that has run no program since it was made. */
export const PF_FORKNOEXEC = 0x40;
/** Set in the flags of the kernel's own threads. */
const PF_KTHREAD = 0x200000;

/** True if the fields that {@linkcode parseStat} read are those of one of the kernel's own threads. */
export function isKernelThread(fields: Float64Array): boolean {
  return (fields[STAT.flags]! & PF_KTHREAD) !== 0;
}
