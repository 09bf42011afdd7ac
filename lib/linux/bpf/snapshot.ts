import type { BpfIterator, IteratorMemory } from "./bpf.ts";
import { KIND, NAME, nameRecord, TASK, taskRecord, THREAD, threadRecord } from "./tasks.ts";

const WORD = 4;
const TASK_WORDS = taskRecord.size / WORD;
/** How many words the records of each kind have. */
const WORDS: readonly number[] = [
  TASK_WORDS,
  threadRecord.size / WORD,
  nameRecord.size / WORD,
];
const TWO_32 = 2 ** 32;

/** More than any process has threads. */
const ENDED = -(1 << 24);

/** The first process of a namespace: without it there are no others. */
const FIRST = 1;
const NOTHING: IteratorMemory = { bytes: new Uint8Array(0), words: new Uint32Array(0) };

/** What one run of the program over the tasks wrote, by processes. */
export class Snapshot {
  /** When it was taken, by the clock of `performance.now()`. */
  readAtMs = 0;
  /** The process ids, in ascending order. */
  pids: Int32Array<ArrayBuffer> = new Int32Array(1024);
  /** Where the record of each process is, in words; -1 for one that the program was not shown. */
  places: Int32Array = new Int32Array(1024);
  /** What the threads beside the first ran, in nanoseconds. */
  ran: Float64Array = new Float64Array(1024);
  /** What they waited, likewise. */
  waited: Float64Array = new Float64Array(1024);
  /** How many threads there are of which this is known. */
  #threads = new Int32Array(1024);
  #count = 0;
  #end = 0;
  #memory = NOTHING;
  #next = 0;
  /** The iterator whose memory it is. */
  #tasks: BpfIterator | undefined;

  /** The records, in words. */
  get words(): Uint32Array {
    return this.#memory.words;
  }

  /** The records, in bytes. */
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** Takes a snapshot by an iterator; returns how many processes there are, or a negated errno. */
  read(tasks: BpfIterator): number {
    this.readAtMs = performance.now();
    const size = tasks.run();
    if (size < 0) return size;
    this.#memory = tasks.take();
    this.#tasks = tasks;
    const end = this.#end = size / WORD;
    this.#begin(Math.ceil(end / TASK_WORDS) + 1);
    const { words, pids, places } = this;
    const threads = this.#threads;
    let count = 0;
    let hasThreads = false;
    // Kernels that keep the first process from such programs exist; all that reads processes finds it.
    if (end > 0 && words[TASK.pid] !== FIRST) {
      pids[0] = FIRST;
      places[count++] = -1;
    }
    for (let at = 0; at < end;) {
      const kind = words[at + TASK.kind]!;
      if (kind === KIND.task) {
        pids[count] = words[at + TASK.pid]!;
        places[count] = at;
        threads[count++] = 1;
      } else if (kind === KIND.thread) hasThreads = true;
      at += WORDS[kind]!;
    }
    this.#count = count;
    this.ran.fill(0, 0, count);
    this.waited.fill(0, 0, count);
    if (hasThreads) this.#addThreads(end);
    return count;
  }

  #addThreads(end: number): void {
    const { words, places, ran, waited } = this;
    const threads = this.#threads;
    let row = -1;
    for (let at = 0; at < end;) {
      const kind = words[at + THREAD.kind]!;
      const start = at;
      at += WORDS[kind]!;
      if (kind !== KIND.thread) continue;
      // They follow their process, as a rule.
      const pid = words[start + THREAD.pid]!;
      if (this.pids[row] !== pid) row = this.#rowOf(pid, 0);
      if (row < 0 || places[row]! < 0) continue;
      const place = places[row]!;
      ran[row]! += number(words, start + THREAD.ran);
      waited[row]! += number(words, start + THREAD.waited);
      // The time of a thread that ends is added to that of those that have.
      const isSame = words[start + THREAD.ended] === words[place + TASK.ended] &&
        words[start + THREAD.ended + 1] === words[place + TASK.ended + 1];
      threads[row]! += isSame ? 1 : ENDED;
    }
  }

  /** The place of the record of the longer name of the process whose record is at a place, or 0. */
  nameOf(place: number): number {
    const at = place + TASK_WORDS;
    return at < this.#end && this.words[at + NAME.kind] === KIND.name ? at : 0;
  }

  /** True if the threads of a process were all seen, and none ended meanwhile. */
  isWhole(row: number): boolean {
    return this.#threads[row] === this.words[this.places[row]! + TASK.threads];
  }

  /** The row of a process that is behind those that were taken before; below 0 if there is none. */
  take(pid: number): number {
    const next = this.#next;
    const isNext = next < this.#count && this.pids[next] === pid;
    const row = isNext ? next : this.#rowOf(pid, next);
    if (row < 0) return row;
    this.#next = row + 1;
    return this.places[row]! < 0 ? -1 : row;
  }

  /** The row of a process from a row on; below 0 if there is none. */
  #rowOf(pid: number, from: number): number {
    const { pids } = this;
    let low = from;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pids[middle]! < pid) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && pids[low] === pid ? low : -1;
  }

  /** Gives the memory of the snapshot to the next one: no row is found from here on. */
  drop(): void {
    if (this.#memory === NOTHING) return;
    this.#tasks?.give(this.#memory);
    this.#memory = NOTHING;
    this.#count = this.#end = 0;
  }

  #begin(most: number): void {
    this.#next = 0;
    this.#count = 0;
    if (most <= this.pids.length) return;
    const room = most + (most >> 2);
    this.pids = new Int32Array(room);
    this.places = new Int32Array(room);
    this.#threads = new Int32Array(room);
    this.ran = new Float64Array(room);
    this.waited = new Float64Array(room);
  }
}

function number(words: Uint32Array, at: number): number {
  return words[at]! + words[at + 1]! * TWO_32;
}
