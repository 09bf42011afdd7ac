import type { NewPids } from "../system/facts.ts";
import { decimalAt } from "./parse/bytes.ts";
import { LoadAverage } from "./proc/load_average.ts";
import { procFile } from "./proc/proc_fs.ts";
import type { World } from "./proc/world.ts";

const PID_MAX_FILE = procFile("sys/kernel/pid_max");
/** No id below this one is given out after the kernel has come to `pid_max` and begins again. */
const RESERVED_PIDS = 300;
/** So many ids are always looked at one by one: that takes less than to find out how many processes there are. */
const FEW = 64;
/** How many processes are listed in the time that one id takes that is looked at. */
const LISTED_MEANWHILE = 4;

/** Closes a file that was not closed. */
const dropped = new FinalizationRegistry<() => void>((close) => close());

/**
 * Finds new ids by the one that was given out last in the reader's process namespace: the kernel gives them
 * out in ascending order, begins again at `pid_max`, and passes over those that are in use. Only who may
 * choose an id for a new process (`clone3()` with `set_tid`) does not move it.
 *
 * Undefined if that is not known, as in another `/proc` than the caller's own.
 */
export function newPids(world: World): NewPids | undefined {
  const { fs } = world;
  const average = new LoadAverage(world);
  let pids = new Int32Array(FEW);
  let open = true;

  /** Adds the ids of a range; returns how many there are then. */
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
    // The kernel came to the end meanwhile, or somebody has set the next id back.
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
