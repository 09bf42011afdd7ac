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
 * Makes a function that finds the id under which `/proc` shows the memory, directories and files of
 * a process: the pid, or the id of a living thread if the thread group leader has ended.
 *
 * The function returns `-ESRCH` if no thread of the process runs, or if the id is that of a thread
 * other than the leader. `/proc` has a directory for such a thread too, but its process has another
 * pid.
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
    // A process with one thread keeps its directory until it is a zombie, even while it is ending.
    return isDead(fields[STAT.state]!) ? -ERRNO.ESRCH : pid;
  };
}
