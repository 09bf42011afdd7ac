import type { NamedFile } from "../../system/facts.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { linksOf, MASK, mountOf } from "../sys/statx.ts";
import { pathLength } from "./link_path.ts";
import type { ProcFile } from "./proc_fs.ts";
import type { World } from "./world.ts";

/**
 * Makes a function that finds the file that a link of a process leads to. The link is named as
 * `ProcFs.link()` takes it, and answers are negated errnos as there: `-ENAMETOOLONG` for a path that
 * the kernel has no room for.
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
    // In a copied tree, or on a file system that does not answer, only the text is known.
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
