import type { DarwinAnswer } from "../sys/errno.ts";
import { LoadAverage } from "./load_average.ts";
import type { World } from "./world.ts";

/** How long it may take until the process is shown that an id was given to, in milliseconds. */
const APPEARS_MS = 1000;
/** One look at an id takes as long as it takes to list this many. */
const LISTED_MEANWHILE = 6;
/** How many ids are looked at rather than all of them listed, however few there are. */
const FEW = 16;

/**
 * After how long all are listed again, in milliseconds: a process that is restored from a checkpoint requests
 * its id by number, and takes none of those that are given out in order.
 */
const LISTED_AGE_MS = 10_000;

/** Ids that were given out in a row, up to and with the last. */
interface Given {
  readonly after: number;
  readonly last: number;
  readonly atMs: number;
}

/**
 * Lists the processes again and again, without reading the whole list if few ids were given out since.
 *
 * The kernel gives ids out in ascending order, and `/proc/loadavg` ends in the newest one. So a process that
 * is new has an id between the newest of the last time and that of now. Such an id may also be that of a
 * thread, or of a process that has ended, or of one that is not shown yet.
 */
export class PidList {
  /** The ids, in ascending order: those of processes, and new ones that may be. */
  pids: Int32Array = new Int32Array(1024);
  readonly #world: World;
  readonly #average: LoadAverage;
  #count = 0;
  #spare = new Int32Array(1024);
  #newest = -1;
  #listedAtMs = -Infinity;
  /** When the list is whole: processes that got their ids before the first list are shown by then. */
  #wholeAtMs = Infinity;
  #isWhole = false;
  #given: Given[] = [];
  readonly #gone = new Set<number>();

  /** Lists the processes of a world. */
  constructor(world: World) {
    this.#world = world;
    this.#average = new LoadAverage(world);
  }

  /** Leaves ids in `pids`; returns how many. */
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

  /** Notes that an id of the list is not that of a process. */
  drop(pid: number): void {
    this.#gone.add(pid);
  }

  /** Closes what is open; the next list is a new one. */
  dispose(): void {
    this.#average.close();
    this.#newest = -1;
  }

  /** Lists all until the list is whole: it is the first, or ids have started from the lowest again. */
  #begin(nowMs: number): void {
    this.#given = [];
    this.#isWhole = false;
    this.#wholeAtMs = nowMs + APPEARS_MS;
  }

  /** True if it takes longer to look at the ids that were given out than to list all. */
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

  /** Leaves out the ids that are gone, and adds those that were given out; returns how many there are. */
  #merge(): DarwinAnswer {
    if (this.#given.length === 0 && this.#gone.size === 0) return this.#count;
    const { pids } = this;
    const count = this.#count;
    let more = 0;
    for (const { after, last } of this.#given) more += last - after;
    if (this.#spare.length < count + more) this.#spare = new Int32Array((count + more) * 2);
    const to = this.#spare;
    let at = 0, length = 0;
    // Ids between those that were given out are found again among them.
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

  /** Makes room for ids. */
  #room(count: number): void {
    if (this.pids.length < count) this.pids = new Int32Array(count * 2);
  }
}
