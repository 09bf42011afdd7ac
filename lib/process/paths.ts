/** The size of a path in `vnode_info_path` without the NUL; a path that fills it may have been cut. */
const ROOM = 1023;

/** Returns a path; undefined if it is empty, or may have been cut. */
export function wholePath(path: string): string | undefined {
  return path === "" || encoder.encode(path).length >= ROOM ? undefined : path;
}

const encoder = new TextEncoder();
