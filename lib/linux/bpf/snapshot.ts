import type { BpfIterator, IteratorMemory } from "./bpf.ts";
import { KIND, NAME, nameRecord, TASK, taskRecord, THREAD, threadRecord } from "./tasks.ts";

const WORD = 4;
const TASK_WORDS = taskRecord.size / WORD;
/** The size of each kind of record, in words. */
const WORDS: readonly number[] = [
  TASK_WORDS,
  threadRecord.size / WORD,
  nameRecord.size / WORD,
];
const TWO_32 = 2 ** 32;

/** The number that makes the thread count of a process invalid: no process has so many threads. */
const ENDED = -(1 << 24);

/** The pid of a namespace's init process, without which the namespace has no processes. */
const FIRST = 1;
const NOTHING: IteratorMemory = { bytes: new Uint8Array(0), words: new Uint32Array(0) };

/** The output of one run of the program for all tasks, by process. */
export class Snapshot {
  /** The time at which the snapshot was taken, by the clock of `performance.now()`. */
  readAtMs = 0;
  /** The pids, in ascending order. */
  pids: Int32Array<ArrayBuffer> = new Int32Array(1024);
  /**
   * The place of the record of each process, in words; -1 for a process that the kernel hid from
   * the program.
   */
  places: Int32Array = new Int32Array(1024);
  /** The time that the threads other than the leader ran, in nanoseconds. */
  ran: Float64Array = new Float64Array(1024);
  /** The time that these threads waited for a processor, in nanoseconds. */
  waited: Float64Array = new Float64Array(1024);
  /** The number of threads of each process whose times are known. */
  #threads = new Int32Array(1024);
  #count = 0;
  #end = 0;
  #memory = NOTHING;
  #next = 0;
  /** The iterator that the memory is returned to. */
  #tasks: BpfIterator | undefined;

  /** The records, in words. */
  get words(): Uint32Array {
    return this.#memory.words;
  }

  /** The records, in bytes. */
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** Takes a snapshot with an iterator. Returns the number of processes, or a negated errno. */
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
    // Some kernels hide the init process from such programs, although it can be read in other ways.
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
      // Usually, the threads follow their process.
      const pid = words[start + THREAD.pid]!;
      if (this.pids[row] !== pid) row = this.#rowOf(pid, 0);
      if (row < 0 || places[row]! < 0) continue;
      const place = places[row]!;
      ran[row]! += number(words, start + THREAD.ran);
      waited[row]! += number(words, start + THREAD.waited);
      // The time of a thread that ends is added to the sum for ended threads.
      const isSame = words[start + THREAD.ended] === words[place + TASK.ended] &&
        words[start + THREAD.ended + 1] === words[place + TASK.ended + 1];
      threads[row]! += isSame ? 1 : ENDED;
    }
  }

  /** Returns the place of the name record that belongs to the task record at a place, or 0. */
  nameOf(place: number): number {
    const at = place + TASK_WORDS;
    return at < this.#end && this.words[at + NAME.kind] === KIND.name ? at : 0;
  }

  /** Returns true if all threads of a process were seen and none of them ended in the meantime. */
  isWhole(row: number): boolean {
    return this.#threads[row] === this.words[this.places[row]! + TASK.threads];
  }

  /**
   * Returns the row of a process that comes after the ones taken before; below 0 if there is none.
   */
  take(pid: number): number {
    const next = this.#next;
    const isNext = next < this.#count && this.pids[next] === pid;
    const row = isNext ? next : this.#rowOf(pid, next);
    if (row < 0) return row;
    this.#next = row + 1;
    return this.places[row]! < 0 ? -1 : row;
  }

  /** Returns the row of a process at or after a given row; below 0 if there is none. */
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

  /** Gives the memory back to the iterator, for the next snapshot. No rows are found afterwards. */
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
