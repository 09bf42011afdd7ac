/**
 * What this module asks of a host beside `__proc_info()`: the ids of the calling process and the
 * device of a terminal.
 *
 * Answers that can fail are negated Darwin error numbers, as from a kernel.
 */
export interface Host {
  /** The process id of the caller. */
  pid(): number;
  /** The parent process id of the caller. */
  ppid(): number;
  /** The process group id of the caller. */
  pgrp(): number;
  /** The effective user id of the caller. */
  euid(): number;
  /** The real user id of the caller. */
  ruid(): number;
  /** The device number of the terminal at `path`, unsigned; a negated errno where there is none. */
  terminal(path: string): number;
}
