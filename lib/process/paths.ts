import { isShortage, SystemCallError } from "../system/errors.ts";
import type { NamedFile } from "../system/facts.ts";

/** The path of a file, if it is known. */
export interface FoundPath {
  /** The path, or the last path if the file was deleted; undefined if it is unknown. */
  readonly path: Uint8Array | undefined;
  /** True if the file no longer has the path; undefined if the system does not report it. */
  readonly deleted: boolean | undefined;
}

/**
 * The maximum length of a path in `vnode_info_path` that is certainly complete. If a path exceeds
 * 1,023 bytes, the struct has the last components that fit. A component has at most 255 bytes.
 */
const SURELY_WHOLE = 1023 - 256;

/** Returns true if a path of `vnode_info_path` may be the end of a longer path. */
export function mayBeCut(path: Uint8Array): boolean {
  return path.length > SURELY_WHOLE;
}

/**
 * Finds the path of a file whose `vnode_info_path` is known.
 *
 * @param path The path in the struct, empty if it has none.
 * @param links The number of links of the file.
 * @param query Queries the system for the path. It is called only if the struct does not have the
 * path.
 */
export function foundPath(path: Uint8Array, links: number, query: () => NamedFile): FoundPath {
  const deleted = links === 0;
  if (path.length > 0 && !mayBeCut(path)) return { path, deleted };
  try {
    return query();
  } catch (error) {
    if (!(error instanceof SystemCallError) || isShortage(error.errno)) throw error;
    return { path: undefined, deleted };
  }
}
