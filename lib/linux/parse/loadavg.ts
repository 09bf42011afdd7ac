import { decimalAt, isDigit, SLASH, SPACE } from "./bytes.ts";

/** The numbers of `/proc/loadavg` that {@linkcode parseLoadavg} reads, by their places. */
export const LOADAVG = {
  /** The number of threads on the machine, whatever namespaces they are in. */
  threads: 0,
  /** The id that was given out last in the reader's process namespace. */
  newestPid: 1,
} as const;

/** How many numbers {@linkcode parseLoadavg} reads. */
export const LOADAVG_COUNT = 2;

/**
 * Reads `/proc/loadavg`, as in `0.20 0.18 0.12 1/80 11206`, into `fields`. Returns false if it has another
 * form.
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
