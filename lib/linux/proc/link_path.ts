import { bytesOf, isAt } from "../parse/bytes.ts";
import type { Libc } from "../sys/libc.ts";
import { isSameFile, linksOf, MASK, statxBlock } from "../sys/statx.ts";

/** What the kernel puts behind the path of a file that has lost the name. */
const DELETED = bytesOf(" (deleted)");
/** More than the kernel takes. */
const PATH_SIZE = 4096 + 1;

/** True if a path of `length` bytes ends as those of deleted files do. */
export function endsDeleted(path: Uint8Array, length: number): boolean {
  const end = length - DELETED.length;
  return end > 0 && isAt(path, end, length, DELETED);
}

/** A path without what {@linkcode endsDeleted} finds. */
export function withoutDeleted(path: Uint8Array): Uint8Array {
  return path.subarray(0, path.length - DELETED.length);
}

/**
 * How many bytes of a path the structs get: none of one that the file has lost while it has others, as
 * they could not show that it leads elsewhere. They have the path of a file without links.
 *
 * @param end What {@linkcode pathLength} returned of the path's `length` bytes.
 */
export function lengthKept(end: number, length: number, file: DataView): number {
  return end < length && linksOf(file) > 0 ? 0 : end;
}

/**
 * Makes a function that returns how long a path is without the `" (deleted)"` that the kernel puts
 * behind one that the file has lost. A file that is really named so keeps it.
 *
 * @returns The function. It takes the path, its length, and the `struct statx` of the file itself with
 * its links, device and inode; null if that is not known, which it would be if the path led to it.
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
    // It has links: under this very name, or under others, which the kernel does not report.
    path.set(from.subarray(0, length));
    path[length] = 0;
    const error = libc.statx(path, MASK.INO, named.bytes);
    return error === 0 && isSameFile(named.view, file) ? length : end;
  };
}
