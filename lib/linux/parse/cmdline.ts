/**
 * The facts that the kernel still reports about the original arguments of a process after the
 * process has overwritten them.
 */
export interface OriginalArguments {
  /** The number of arguments. */
  readonly count: number;
  /** The size of the arguments in bytes, including the NUL after each. */
  readonly size: number;
}

/** Splits a list of strings with terminating NULs. The last string may lack the NUL. */
export function splitStrings(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    parts.push(bytes.slice(at, end < 0 ? bytes.length : end));
    at = end < 0 ? bytes.length : end + 1;
  }
  return parts;
}

/**
 * True if `/proc/PID/cmdline` is a title that the process wrote over its arguments.
 *
 * A title that extends into the environment is longer than the arguments were. A shorter title is
 * padded with NULs, so it has a different number of strings. If the original arguments are unknown,
 * only a line without a NUL at its end is certain to be a title: older kernels report a long title
 * in this way.
 */
export function isTitle(
  line: Uint8Array,
  original: OriginalArguments | undefined,
  strings: readonly Uint8Array[] = splitStrings(line),
): boolean {
  if (line.length === 0) return false;
  if (line.at(-1) !== 0) return true;
  if (original === undefined) return false;
  return line.length !== original.size || strings.length !== original.count;
}

/**
 * Parses the content of `/proc/PID/cmdline`: the arguments of a process, or the title that it wrote
 * over them.
 */
export function argumentsIn(
  line: Uint8Array,
  original: OriginalArguments | undefined,
): { readonly arguments: readonly Uint8Array[]; readonly title: Uint8Array | undefined } {
  const strings = splitStrings(line);
  const title = isTitle(line, original, strings) ? strings[0] : undefined;
  return { arguments: title === undefined ? strings : [title], title };
}
