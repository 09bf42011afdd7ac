import { STAT } from "../parse/stat.ts";
import { isSameFile, MASK, statxBlock } from "../sys/statx.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf } from "./process.ts";
import type { World } from "./world.ts";

const TASK = procFile("task");
/** The link to the working directory of a process or a thread. */
export const CWD: Uint8Array = procFile("cwd");

/**
 * Makes a function that returns true if a thread of the process that was read last has another
 * working directory than the process, as after `unshare(CLONE_FS)`. The function returns false if
 * the kernel denies access.
 *
 * It reads every thread, because the kernel does not count such threads. Nothing is read for a
 * process with one thread.
 */
export function ownDirectoryFinder(world: World): (pid: number) => boolean {
  const { fs } = world;
  const reader = readerOf(world);
  const shared = statxBlock();

  function find(pid: number, tid: number): number {
    return tid === pid ? fs.stat(MASK.INO, pid, CWD) : fs.stat(MASK.INO, pid, TASK, tid, CWD);
  }

  return (pid) => {
    const { thread } = reader;
    if (reader.stat[STAT.num_threads]! <= 1 || find(pid, thread) < 0) return false;
    shared.bytes.set(fs.statx.bytes);
    const count = fs.entries(pid, TASK);
    for (let i = 0; i < count; i++) {
      const tid = fs.pids[i]!;
      // A thread that has ended meanwhile does not have a working directory.
      if (tid === thread || tid === pid || find(pid, tid) < 0) continue;
      if (!isSameFile(fs.statx.view, shared.view)) return true;
    }
    return false;
  };
}
