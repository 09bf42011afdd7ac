import type { DarwinAnswer } from "../sys/errno.ts";
import { LoadAverage } from "./load_average.ts";
import type { World } from "./world.ts";

/**
 * The longest time that a new process takes to appear in `/proc` after its id was assigned, in
 * milliseconds.
 */
const APPEARS_MS = 1000;
/** The number of ids that can be listed in the time of reading one id. */
const LISTED_MEANWHILE = 6;
/** Up to this many new ids are always read, even if there are few processes to list. */
const FEW = 16;

/**
 * The age at which the list is read in full again, in milliseconds. A process that is restored from
 * a checkpoint requests its id by number, so it does not get one of those assigned in order.
 */
const LISTED_AGE_MS = 10_000;

/** Ids that were assigned in a row: those after `after`, up to and including `last`. */
interface Given {
  readonly after: number;
  readonly last: number;
  readonly atMs: number;
}

/**
 * Lists the processes repeatedly. It does not read the whole list if few ids have been assigned
 * since the last time.
 *
 * The kernel assigns ids in ascending order, and `/proc/loadavg` ends with the newest one. So the
 * id of a new process lies between the newest id of the last time and the newest one now. Such an
 * id may also be that of a thread, of a process that has ended, or of a process that is not shown
 * yet.
 */
export class PidList {
  /**
   * The ids, in ascending order: those of processes, and new ids that may be those of processes.
   */
  pids: Int32Array = new Int32Array(1024);
  readonly #world: World;
  readonly #average: LoadAverage;
  #count = 0;
  #spare = new Int32Array(1024);
  #newest = -1;
  #listedAtMs = -Infinity;
  /**
   * The time from which the list is complete: processes that got their ids before the first list
   * have appeared by then.
   */
  #wholeAtMs = Infinity;
  #isWhole = false;
  #given: Given[] = [];
  readonly #gone = new Set<number>();

  /** Creates a list of the processes of a world. */
  constructor(world: World) {
    this.#world = world;
    this.#average = new LoadAverage(world);
  }

  /** Stores the ids in `pids` and returns their number. */
  list(): DarwinAnswer {
    const nowMs = performance.now();
    const before = this.#newest;
    const newest = this.#newest = this.#average.read() ? this.#average.newestPid : -1;
    if (newest < 0 || before < 0 || newest < before) this.#begin(nowMs);
    else if (newest > before) this.#given.push({ after: before, last: newest, atMs: nowMs });
    const isOld = nowMs - this.#listedAtMs >= LISTED_AGE_MS;
    const listsAll = !this.#isWhole || isOld || this.#areMany();
    const answer = listsAll ? this.#listAll(nowMs) : this.#merge();
    if (answer >= 0 && this.#given.length > 0) {
      this.#given = this.#given.filter(({ atMs }) => nowMs - atMs < APPEARS_MS);
    }
    return answer;
  }

  /** Records that an id of the list is not that of a process. */
  drop(pid: number): void {
    this.#gone.add(pid);
  }

  /** Closes open files. The next call of `list()` reads the whole list. */
  dispose(): void {
    this.#average.close();
    this.#newest = -1;
  }

  /**
   * Reads the whole list until it is complete: on the first call, or after ids have started from
   * the lowest again.
   */
  #begin(nowMs: number): void {
    this.#given = [];
    this.#isWhole = false;
    this.#wholeAtMs = nowMs + APPEARS_MS;
  }

  /** True if reading the assigned ids would take longer than listing all processes. */
  #areMany(): boolean {
    let looks = 0;
    for (const { after, last } of this.#given) looks += last - after;
    return looks > FEW && looks * LISTED_MEANWHILE > this.#count;
  }

  #listAll(nowMs: number): DarwinAnswer {
    const { fs } = this.#world;
    const count = fs.list();
    if (count < 0) return count;
    this.#count = 0;
    this.#room(count);
    this.pids.set(fs.pids.subarray(0, count));
    this.#count = count;
    this.#gone.clear();
    this.#isWhole = nowMs >= this.#wholeAtMs;
    this.#listedAtMs = nowMs;
    return count;
  }

  /** Removes the ids that are gone and adds those that were assigned. Returns the number of ids. */
  #merge(): DarwinAnswer {
    if (this.#given.length === 0 && this.#gone.size === 0) return this.#count;
    const { pids } = this;
    const count = this.#count;
    let more = 0;
    for (const { after, last } of this.#given) more += last - after;
    if (this.#spare.length < count + more) this.#spare = new Int32Array((count + more) * 2);
    const to = this.#spare;
    let at = 0, length = 0;
    // Listed ids within an assigned range are skipped: the range contains them.
    const keep = (end: number) => {
      for (; at < count && pids[at]! <= end; at++) {
        if (!this.#gone.has(pids[at]!)) to[length++] = pids[at]!;
      }
    };
    for (const { after, last } of this.#given) {
      keep(after);
      for (let pid = after + 1; pid <= last; pid++) to[length++] = pid;
      while (at < count && pids[at]! <= last) at++;
    }
    keep(Infinity);
    this.#spare = pids as Int32Array<ArrayBuffer>;
    this.pids = to;
    this.#gone.clear();
    return this.#count = length;
  }

  /** Makes room for `count` ids. */
  #room(count: number): void {
    if (this.pids.length < count) this.pids = new Int32Array(count * 2);
  }
}
