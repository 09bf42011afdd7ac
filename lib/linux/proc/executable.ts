import type { ExecutableFile } from "../../system/facts.ts";
import { ERRNO } from "../../system/errors.ts";
import { PF_EXITING, STAT } from "../parse/stat.ts";
import { type DarwinAnswer, darwinError } from "../sys/errno.ts";
import { linksOf, MASK } from "../sys/statx.ts";
import { pathLength } from "./link_path.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf, refused } from "./process.ts";
import type { World } from "./world.ts";

const EXE = procFile("exe");
const TASK = procFile("task");

/** Finds the file of a process's program. */
export function executableFinder(world: World): (pid: number) => ExecutableFile {
  const reader = readerOf(world);
  const find = programFinder(world);

  /** The file, or a negated errno. */
  function fileOf(pid: number): ExecutableFile | DarwinAnswer {
    const error = reader.read(pid, false);
    if (error < 0) return error;
    const file = find(pid);
    if (file !== -ERRNO.ESRCH) return file;
    const again = reader.read(pid, false);
    if (again < 0) return again;
    return reader.stat[STAT.flags]! & PF_EXITING ? -ERRNO.ESRCH : -ERRNO.ENOENT;
  }

  return (pid) => {
    const file = fileOf(pid);
    if (typeof file !== "number") return file;
    throw darwinError(`find the program of process ${pid}`, "readlink", file);
  };
}

/**
 * Makes a function that finds the file of the program of the process that was read last. It answers
 * `-ESRCH` also where that runs none.
 */
export function programFinder(world: World): (pid: number) => ExecutableFile | DarwinAnswer {
  const { fs, libc } = world;
  const reader = readerOf(world);
  let measure: ReturnType<typeof pathLength> | undefined;

  return (pid) => {
    const length = reader.readLink(pid, EXE);
    if (length < 0) return length;
    const mask = MASK.NLINK | MASK.INO;
    const error = refused(
      reader.thread === pid
        ? fs.stat(mask, pid, EXE)
        : fs.stat(mask, pid, TASK, reader.thread, EXE),
    );
    // Of a copied tree, or a file system that does not answer, nothing is known but the text.
    if (error < 0) return { path: fs.target.slice(0, length), links: undefined };
    const { view } = fs.statx;
    measure ??= pathLength(libc);
    const end = measure(fs.target, length, view);
    return { path: fs.target.slice(0, end), links: linksOf(view) };
  };
}
