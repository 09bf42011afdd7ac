import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { MAPS, MAPS_FIELDS, parseMapsLine } from "../parse/maps.ts";
import { learnSmaps, parseSmaps, skipSmaps, SMAPS_FIELDS } from "../parse/smaps.ts";
import { NEWLINE } from "../parse/bytes.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { FileId } from "../sys/statx.ts";
import { procFile, type ProcFs } from "./proc_fs.ts";
import { refused } from "./process.ts";

const MAPS_FILE = procFile("maps");
const SMAPS_FILE = procFile("smaps");

/**
 * The kernel's half of the address space starts here; `[vsyscall]` of x86-64, which all share, lies in it.
 * Programs have addresses below 2^52 on arm64, and below 2^56 on x86-64.
 */
const KERNEL = 2 ** 63;
/**
 * Addresses are compared as doubles, which hold every multiple of this. It is the smallest page: all others
 * are multiples of it, 16 and 64 KiB on arm64.
 */
const SMALLEST_PAGE = 4096;
const TWO_32 = 2 ** 32;
/** How often regions are read again if there are none: only the kernel's own threads have none. */
const TRIES = 8;

/** For how long a reading serves, in milliseconds. */
const SERVES = 100;
/** ... and if that is more, for how often the time that it took. */
const SERVES_TIMES = 10;

/**
 * One reading of a process's regions, and how far a walk has come in it.
 *
 * A walk requests each region at the address at which the last one ended. To read all of them for each
 * would take a time that grows with the square of their number, so a walk is continued in the reading
 * that was made for its start.
 *
 * That is sound because each answer is one that the kernel gave, of a moment that is at most `SERVES`
 * ago: a caller cannot distinguish it from the answer to a call that was made then, as regions come and go
 * between any two calls. A query of any other address is not a walk, and is answered from a reading
 * of its own; so is the one after an end, an error, or a question about another process.
 */
export class RegionReading implements FileId {
  /** The values of the line of the region, by the indices in {@linkcode MAPS}. */
  readonly line: Float64Array = new Float64Array(MAPS_FIELDS);
  /** The values of `smaps`, by the indices in `SMAPS`. */
  readonly use: Float64Array = new Float64Array(SMAPS_FIELDS);
  /** The text, in which the names of the regions stand. */
  text: Uint8Array = new Uint8Array(new ArrayBuffer(8192));
  /** The id under which `/proc` shows the memory. */
  task = -1;
  /**
   * True if the file of the region is, or may be, another than when this was last made false. Most
   * files are mapped in several regions, one behind the other.
   */
  isOtherFile = true;

  readonly #fs: ProcFs;
  readonly #living: (pid: number) => DarwinAnswer;
  readonly #counts: boolean;
  readonly #arg = block(8);
  readonly #places = new Int32Array(SMAPS_FIELDS);
  #length = 0;
  /** The process whose walk may be continued, or -1. */
  #pid = -1;
  /** Where the next region is in the text. */
  #next = 0;
  /** The address at which the last answer ended. */
  #end = 0;
  #until = 0;

  /**
   * Reads from `maps`, or if `counts` is true from `smaps`, which takes the kernel much longer as it
   * looks at every page.
   *
   * @param living Finds the thread whose files are read of a process.
   */
  constructor(fs: ProcFs, living: (pid: number) => DarwinAnswer, counts: boolean) {
    this.#fs = fs;
    this.#living = living;
    this.#counts = counts;
  }

  /** The part of the number of the file's device that names the driver. */
  get major(): number {
    return this.line[MAPS.major]!;
  }

  /** The part that names the device. */
  get minor(): number {
    return this.line[MAPS.minor]!;
  }

  /** The low 32 bits of the file's inode number. */
  get inodeLow(): number {
    return this.line[MAPS.inodeLow]!;
  }

  /** Its high 32 bits. */
  get inodeHigh(): number {
    return this.line[MAPS.inodeHigh]!;
  }

  /** True if there is a file behind the region. */
  get hasFile(): boolean {
    const { line } = this;
    return line[MAPS.inodeLow] !== 0 || line[MAPS.inodeHigh] !== 0 || line[MAPS.major] !== 0 ||
      line[MAPS.minor] !== 0;
  }

  /**
   * Finds the region at an address, or the next one above it, or the next that has a file.
   *
   * @returns 0, or a negated Darwin errno: `-EINVAL` where there is none.
   */
  find(pid: number, arg: bigint, filesOnly: boolean): DarwinAnswer {
    const { view } = this.#arg;
    view.setBigUint64(0, arg, true);
    const low = view.getUint32(0, true);
    const address = low - low % SMALLEST_PAGE + view.getUint32(4, true) * TWO_32;
    const walks = this.#pid === pid && this.#end === address && performance.now() < this.#until;
    const error = walks ? 0 : this.read(pid);
    if (error < 0) return error;
    const { line } = this;
    while (this.#parse()) {
      if (line[MAPS.end]! > address && (!filesOnly || this.hasFile)) {
        this.#finish();
        this.#pid = pid;
        this.#end = line[MAPS.end]!;
        return 0;
      }
      this.#skip();
    }
    this.#pid = -1;
    return -ERRNO.EINVAL;
  }

  /** Leaves the regions of a task in `fs.text`; returns their length or a negated errno. */
  #readAll(task: DarwinAnswer): DarwinAnswer {
    if (task < 0) return task;
    return refused(this.#fs.readAll(task, this.#counts ? SMAPS_FILE : MAPS_FILE));
  }

  /** Reads the regions again, for {@linkcode RegionReading.next} to go through from the first. */
  read(pid: number): DarwinAnswer {
    this.#pid = -1;
    const start = performance.now();
    let task = this.#living(pid);
    let length = this.#readAll(task);
    // The file is of the memory that was there when it was opened: after an exec there is another one.
    for (let left = TRIES; length === 0 && left > 0; left--) {
      task = this.#living(pid);
      length = this.#readAll(task);
    }
    if (length < 0) return length;
    if (this.text.length < length) this.text = new Uint8Array(new ArrayBuffer(length * 2));
    this.text.set(this.#fs.text.subarray(0, length));
    this.line.fill(0);
    this.task = task;
    this.#length = length;
    this.#next = 0;
    if (this.#counts) learnSmaps(this.text, this.text.indexOf(NEWLINE) + 1, length, this.#places);
    const end = performance.now();
    this.#until = end + Math.max(SERVES, (end - start) * SERVES_TIMES);
    return 0;
  }

  /** Goes to the next region; whether there is one. */
  next(): boolean {
    if (!this.#parse()) return false;
    this.#finish();
    return true;
  }

  #parse(): boolean {
    if (this.#next >= this.#length) return false;
    const { line } = this;
    this.#next = parseMapsLine(this.text, this.#next, this.#length, line);
    if (line[MAPS.sameFile] === 0) this.isOtherFile = true;
    return line[MAPS.start]! < KERNEL;
  }

  #finish(): void {
    if (!this.#counts) return;
    this.#next = parseSmaps(this.text, this.#next, this.#length, this.#places, this.use);
  }

  #skip(): void {
    if (!this.#counts) return;
    this.#next = skipSmaps(this.text, this.#next, this.#length, this.#places);
  }
}
