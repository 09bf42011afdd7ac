import { decimalAt, isDigit, SLASH, SPACE } from "./bytes.ts";

/** The indices of the numbers that {@linkcode parseLoadavg} reads from `/proc/loadavg`. */
export const LOADAVG = {
  /** The number of threads on the machine, in all namespaces. */
  threads: 0,
  /** The id that was assigned last in the reader's pid namespace. */
  newestPid: 1,
} as const;

/** The number of values that {@linkcode parseLoadavg} reads. */
export const LOADAVG_COUNT = 2;

/**
 * Parses `/proc/loadavg`, such as `0.20 0.18 0.12 1/80 11206`, into `fields`. Returns false if the
 * file has another form.
 */
export function parseLoadavg(text: Uint8Array, length: number, fields: Float64Array): boolean {
  let slash = 0;
  while (slash < length && text[slash] !== SLASH) slash++;
  let space = slash + 1;
  while (space < length && text[space] !== SPACE) space++;
  if (space + 1 >= length || !isDigit(text[slash + 1]!) || !isDigit(text[space + 1]!)) return false;
  fields[LOADAVG.threads] = decimalAt(text, slash + 1, length);
  fields[LOADAVG.newestPid] = decimalAt(text, space + 1, length);
  return true;
}
