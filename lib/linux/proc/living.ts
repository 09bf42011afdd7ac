import { ERRNO } from "../../system/errors.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { parseStat, STAT } from "../parse/stat.ts";
import { procFile } from "./proc_fs.ts";
import { isEnded, readerOf, refused, STATE } from "./process.ts";
import type { World } from "./world.ts";

const STAT_FILE = procFile("stat");
const TASK = procFile("task");

/** True if a state in `/proc/PID/stat` is that of a thread that has ended. */
export function isDead(state: number): boolean {
  return state === STATE.zombie || state === STATE.dead;
}

/**
 * Finds the id under which `/proc` shows the memory, the folders and the files of a process: its own,
 * or that of a living thread once the first thread has ended.
 *
 * `-ESRCH` means that no thread of it runs, or that the id is that of a further thread: `/proc` opens
 * under it as under a process, but the process has another id.
 */
export function livingTask(world: World): (pid: number) => DarwinAnswer {
  const { fs } = world;
  const reader = readerOf(world);
  const fields = new Float64Array(STAT.exit_signal + 1);

  function anotherThread(pid: number): DarwinAnswer {
    const count = fs.entries(pid, TASK);
    for (let i = 0; i < count; i++) {
      const tid = fs.pids[i]!;
      const length = fs.read(pid, TASK, tid, STAT_FILE);
      if (length < 0 && length !== -ERRNO.ESRCH) return refused(length);
      if (length < 0 || !parseStat(fs.text, length, STAT.flags, fields)) continue;
      if (!isEnded(fields)) return tid;
    }
    return count < 0 ? refused(count) : -ERRNO.ESRCH;
  }

  return (pid) => {
    const held = reader.heldThread(pid);
    if (held !== undefined) return held;
    const length = fs.read(pid, STAT_FILE);
    if (length < 0) return refused(length);
    if (!parseStat(fs.text, length, STAT.exit_signal, fields)) return -ERRNO.ESRCH;
    if (fields[STAT.exit_signal] === -1) return -ERRNO.ESRCH;
    if (!isEnded(fields)) return pid;
    if (fields[STAT.num_threads]! > 1) return anotherThread(pid);
    // One that ends alone has its folder until it is a zombie.
    return isDead(fields[STAT.state]!) ? -ERRNO.ESRCH : pid;
  };
}
