import { bytesOf, isAt } from "../parse/bytes.ts";
import type { Libc } from "../sys/libc.ts";
import { isSameFile, linksOf, MASK, statxBlock } from "../sys/statx.ts";

/** The suffix that the kernel appends to a path whose name has been unlinked. */
const DELETED = bytesOf(" (deleted)");
/** More than the longest path that a system call accepts. */
const PATH_SIZE = 4096 + 1;

/** True if a path of `length` bytes ends with the suffix of unlinked names. */
export function endsDeleted(path: Uint8Array, length: number): boolean {
  const end = length - DELETED.length;
  return end > 0 && isAt(path, end, length, DELETED);
}

/** Returns a path without the suffix that {@linkcode endsDeleted} detects. */
export function withoutDeleted(path: Uint8Array): Uint8Array {
  return path.subarray(0, path.length - DELETED.length);
}

/**
 * Returns the number of bytes of a path to write to a struct. It is 0 if the file has lost this
 * name but has other links: the struct could not show that the path leads elsewhere. A file without
 * links keeps its path.
 *
 * @param end The result of {@linkcode pathLength} for the `length` bytes of the path.
 */
export function lengthKept(end: number, length: number, file: DataView): number {
  return end < length && linksOf(file) > 0 ? 0 : end;
}

/**
 * Makes a function that returns the length of a path without the `" (deleted)"` that the kernel
 * appends to a path whose name has been unlinked. A file whose name really ends with that text
 * keeps it.
 *
 * @returns The function. Its parameters are the path, the length of the path, and the
 * `struct statx` of the file with its links, device and inode. The struct is null if it is unknown;
 * it would be known if the path led to the file.
 */
export function pathLength(
  libc: Libc,
): (path: Uint8Array, length: number, file: DataView | null) => number {
  const path = new Uint8Array(new ArrayBuffer(PATH_SIZE));
  const named = statxBlock();

  return (from, length, file) => {
    if (!endsDeleted(from, length)) return length;
    const end = length - DELETED.length;
    if (file === null || linksOf(file) === 0 || length >= PATH_SIZE) return end;
    // The file has links: under this name, or under others, which the kernel does not report.
    path.set(from.subarray(0, length));
    path[length] = 0;
    const error = libc.statx(path, MASK.INO, named.bytes);
    return error === 0 && isSameFile(named.view, file) ? length : end;
  };
}
