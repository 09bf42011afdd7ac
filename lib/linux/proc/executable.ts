import type { ExecutableFile } from "../../system/facts.ts";
import { ERRNO, SystemCallError } from "../../system/errors.ts";
import type { World } from "./world.ts";
import { type VnodeWriter, vnodeWriter } from "../answer/vnode.ts";
import { STAT } from "../parse/stat.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf, refused } from "./process.ts";

const EXE = procFile("exe");
const TASK = procFile("task");

// struct statx.
const STATX_NLINK = 0x4;
const STATX_INO = 0x100;
const STX_NLINK = 16;

/** Set on a process that is ending, which has let go of its program before it is a zombie. */
const PF_EXITING = 0x4;

/** Finds the file of a process's program. */
export function executableFinder(world: World): (pid: number) => ExecutableFile {
  const reader = readerOf(world);
  const find = programFinder(world);

  /** The file, or a negated errno. */
  function fileOf(pid: number): ExecutableFile | number {
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
    throw new SystemCallError(`find the program of process ${pid}`, "readlink", -file);
  };
}

/**
 * Makes a function that finds the file of the program of the process that was read last. It answers
 * `-ESRCH` also where that runs none.
 */
export function programFinder(world: World): (pid: number) => ExecutableFile | number {
  const { fs, libc } = world;
  const reader = readerOf(world);
  let writer: VnodeWriter | undefined;

  return (pid) => {
    const length = reader.readLink(pid, EXE);
    if (length < 0) return length;
    const mask = STATX_NLINK | STATX_INO;
    const error = refused(
      reader.thread === pid
        ? fs.stat(mask, pid, EXE)
        : fs.stat(mask, pid, TASK, reader.thread, EXE),
    );
    // Of a copied tree, or a file system that does not answer, nothing is known but the text.
    if (error < 0) return { path: fs.target.slice(0, length), links: undefined };
    const { view } = fs.statx;
    const links = view.getUint32(STX_NLINK, true);
    writer ??= vnodeWriter(libc);
    const end = writer.nameLength(fs.target, length, view);
    return { path: fs.target.slice(0, end), links };
  };
}
