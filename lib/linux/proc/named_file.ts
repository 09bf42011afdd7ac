import type { NamedFile } from "../../system/facts.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { linksOf, MASK, mountOf } from "../sys/statx.ts";
import { pathLength } from "./link_path.ts";
import type { ProcFile } from "./proc_fs.ts";
import type { World } from "./world.ts";

/**
 * Makes a function that finds the file to which a link of a process leads. Its parameters name the
 * link as those of `ProcFs.link()` do, and it returns the same negated errnos: `-ENAMETOOLONG` for
 * a path that does not fit into the kernel's buffer.
 */
export function namedFile(
  { fs, libc }: World,
): (pid: number, file: ProcFile, item?: number, rest?: ProcFile) => NamedFile | DarwinAnswer {
  const measure = pathLength(libc);

  return (pid, file, item, rest) => {
    const length = fs.link(pid, file, item, rest);
    if (length < 0) return length;
    const mask = MASK.NLINK | MASK.INO | MASK.MNT_ID;
    const error = fs.stat(mask, pid, file, item, rest);
    // In a copied tree, or if the file system does not respond, only the text is known.
    if (error < 0) return { path: fs.target.slice(0, length), deleted: undefined };
    const { view } = fs.statx;
    const end = measure(fs.target, length, view);
    const mountId = mountOf(view);
    return {
      path: fs.target.slice(0, end),
      deleted: end < length || linksOf(view) === 0,
      ...(mountId !== undefined && { mountId }),
    };
  };
}
