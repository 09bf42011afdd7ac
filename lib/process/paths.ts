import { isShortage, SystemCallError } from "../system/errors.ts";
import type { NamedFile } from "../system/facts.ts";

/** The path of a file, as far as it is known. */
export interface FoundPath {
  /** The path, or the last one if the file was deleted; undefined if it is unknown. */
  readonly path: Uint8Array | undefined;
  /** True if the file has lost the path; undefined if the system does not report it. */
  readonly deleted: boolean | undefined;
}

/**
 * The longest path of `vnode_info_path` that is surely whole: of one that has no room in its 1,023
 * bytes it has the last names that do, and a name is 255 bytes at most.
 */
const SURELY_WHOLE = 1023 - 256;

/** True if a path of `vnode_info_path` may be the end of a longer one. */
export function mayBeCut(path: Uint8Array): boolean {
  return path.length > SURELY_WHOLE;
}

/**
 * Finds the path of a file whose `vnode_info_path` is known.
 *
 * @param path The path in it, empty if it has none.
 * @param links The number of links of the file.
 * @param query Queries the system for the path; called only if the struct does not have it.
 */
export function foundPath(path: Uint8Array, links: number, ask: () => NamedFile): FoundPath {
  const deleted = links === 0;
  if (path.length > 0 && !mayBeCut(path)) return { path, deleted };
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof SystemCallError) || isShortage(error.errno)) throw error;
    return { path: undefined, deleted };
  }
}
