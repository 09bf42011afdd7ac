import type { NamedFile } from "../../system/facts.ts";
import { ERRNO } from "../../system/errors.ts";
import { isKernelThread } from "../parse/stat.ts";
import { type DarwinAnswer, darwinError } from "../sys/errno.ts";
import { namedFile } from "./named_file.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf, refused } from "./process.ts";
import type { World } from "./world.ts";

const EXE = procFile("exe");
const TASK = procFile("task");

/** Makes a function that finds the executable file of a process. */
export function executableFinder(world: World): (pid: number) => NamedFile {
  const reader = readerOf(world);
  const find = programFinder(world);

  /** Returns the file, or a negated errno. */
  function fileOf(pid: number): NamedFile | DarwinAnswer {
    const error = reader.read(pid, false);
    if (error < 0) return error;
    const file = find(pid);
    return file === -ERRNO.ESRCH && isKernelThread(reader.stat) ? -ERRNO.ENOENT : file;
  }

  return (pid) => {
    const file = fileOf(pid);
    if (typeof file !== "number") return file;
    throw darwinError(`find the program of process ${pid}`, "readlink", file);
  };
}

/**
 * Makes a function that finds the executable file of the process that was read last. It also
 * returns `-ESRCH` if that process does not run a program.
 */
export function programFinder(world: World): (pid: number) => NamedFile | DarwinAnswer {
  const reader = readerOf(world);
  let find: ReturnType<typeof namedFile> | undefined;

  return (pid) => {
    find ??= namedFile(world);
    const { thread } = reader;
    const found = thread === pid ? find(pid, EXE) : find(pid, TASK, thread, EXE);
    return typeof found === "number" ? refused(found) : found;
  };
}
