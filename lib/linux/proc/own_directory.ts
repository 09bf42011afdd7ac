import { STAT } from "../parse/stat.ts";
import { isSameFile, MASK, statxBlock } from "../sys/statx.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf } from "./process.ts";
import type { World } from "./world.ts";

const TASK = procFile("task");
/** The link to the working directory of a process or a thread. */
export const CWD: Uint8Array = procFile("cwd");

/**
 * Makes a function that reports if one of the threads of the process that was read last has a working
 * directory other than the process's, as after `unshare(CLONE_FS)`. False where that is refused.
 *
 * It looks at every thread, as the kernel keeps no count; a process of one thread costs nothing.
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
      // One that has ended meanwhile has none.
      if (tid === thread || tid === pid || find(pid, tid) < 0) continue;
      if (!isSameFile(fs.statx.view, shared.view)) return true;
    }
    return false;
  };
}
