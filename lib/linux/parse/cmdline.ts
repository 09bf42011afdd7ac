/** What a process was started with, as far as the kernel still knows when it has been written over. */
export interface OriginalArguments {
  /** How many arguments there were. */
  readonly count: number;
  /** How many bytes they took, the NUL behind each included. */
  readonly size: number;
}

/** The strings in a list in which each ends in a NUL, the last one perhaps not. */
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
 * A title that runs on into the environment is longer than they were, and a shorter one, which is
 * filled up with NULs, has another number of strings. Where the kernel does not report their original place,
 * only a line without a NUL at its end, as older kernels give a long title, is known to be one.
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
 * The content of `/proc/PID/cmdline`: the arguments of a process, or in their place the
 * title that it wrote over them.
 */
export function argumentsIn(
  line: Uint8Array,
  original: OriginalArguments | undefined,
): { readonly arguments: readonly Uint8Array[]; readonly title: Uint8Array | undefined } {
  const strings = splitStrings(line);
  const title = isTitle(line, original, strings) ? strings[0] : undefined;
  return { arguments: title === undefined ? strings : [title], title };
}
