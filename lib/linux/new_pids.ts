import type { NewPids } from "../system/facts.ts";
import { decimalAt } from "./parse/bytes.ts";
import { LoadAverage } from "./proc/load_average.ts";
import { procFile } from "./proc/proc_fs.ts";
import type { World } from "./proc/world.ts";

const PID_MAX_FILE = procFile("sys/kernel/pid_max");
/** The lowest pid that the kernel allocates after it has reached `pid_max` and starts again. */
const RESERVED_PIDS = 300;
/**
 * The number of pids that are always read one by one. That takes less time than counting the
 * processes.
 */
const FEW = 64;
/** The number of processes that can be listed in the time in which one pid is read. */
const LISTED_MEANWHILE = 4;

/** Closes the files of sources that were not closed. */
const dropped = new FinalizationRegistry<() => void>((close) => close());

/**
 * Finds new pids by the last one that was allocated in the reader's pid namespace. The kernel
 * allocates pids in ascending order, starts again after `pid_max`, and skips those in use. The last
 * pid does not change for a process whose creator chooses its pid (`clone3()` with `set_tid`).
 *
 * Returns undefined if the last pid is unknown, as in a `/proc` other than the caller's own.
 */
export function newPids(world: World): NewPids | undefined {
  const { fs } = world;
  const average = new LoadAverage(world);
  let pids = new Int32Array(FEW);
  let open = true;

  /** Adds the pids of a range. Returns the new number of pids. */
  function add(count: number, first: number, last: number): number {
    for (let pid = first; pid <= last; pid++) pids[count++] = pid;
    return count;
  }

  function pidMax(): number {
    const length = fs.readRoot(PID_MAX_FILE);
    return length > 0 ? decimalAt(fs.text, 0, length) : 0;
  }

  function look(): number {
    const { newestPid: before, threads } = average;
    if (!open || !average.read()) {
      source.moved = true;
      return -1;
    }
    source.moved = average.threads !== threads;
    const now = average.newestPid;
    if (now === before) return 0;
    // The kernel has reached the end since, or a program has set the next pid back.
    const end = now > before ? now : pidMax() - 1;
    const again = now > before ? now + 1 : now < RESERVED_PIDS ? 1 : RESERVED_PIDS;
    const count = Math.max(0, end - before) + now + 1 - again;
    if (end < 0 || count > FEW && count > fs.estimate() / LISTED_MEANWHILE) return -1;
    if (count > pids.length) pids = new Int32Array(count * 2);
    return add(add(0, before + 1, end), again, now);
  }

  const source = {
    get pids() {
      return pids;
    },
    moved: false,
    look,
    close() {
      if (!open) return;
      open = false;
      dropped.unregister(source);
      average.close();
    },
  };
  dropped.register(source, () => average.close(), source);
  if (average.read()) return source;
  source.close();
  return undefined;
}
