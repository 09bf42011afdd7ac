const SPACE = 32;
const MINUS = 45;
const DIGIT_0 = 48;
const CLOSE = 41;

/**
 * Where `)` is looked for backwards from: a pid has at most 7 digits and a name at most 63 bytes, so
 * the last `)` before here ends the name, whatever the name holds.
 */
const NAME_END = 127;

/** The fields of `/proc/PID/stat` that are read, by their numbers in proc_pid_stat(5). */
export const STAT = {
  /** The process id. */
  pid: 1,
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
} as const;

/**
 * Reads the fields of `/proc/PID/stat` into `fields`, each at its number, all but the name.
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
  let pid = 0;
  for (let i = 0; i < length && text[i]! > SPACE; i++) pid = pid * 10 + text[i]! - DIGIT_0;
  fields[STAT.pid] = pid;
  let at = Math.min(length, NAME_END) - 1;
  while (at >= 0 && text[at] !== CLOSE) at--;
  if (at < 0) return false;
  at += 2;
  fields[STAT.state] = text[at]!;
  at += 2;
  for (let field: number = STAT.ppid; field <= last; field++) {
    if (at >= length) return false;
    const negative = text[at] === MINUS;
    if (negative) at++;
    let value = 0;
    for (; at < length && text[at]! > SPACE; at++) value = value * 10 + text[at]! - DIGIT_0;
    fields[field] = negative ? -value : value;
    at++;
  }
  return true;
}
