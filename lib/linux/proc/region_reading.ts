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
 * The start of the kernel's half of the address space. The region `[vsyscall]` of x86-64, which all
 * processes share, lies in it. Programs have addresses below 2^52 on arm64, and below 2^56 on
 * x86-64.
 */
const KERNEL = 2 ** 63;
/**
 * The smallest page size. Addresses are compared as doubles, which can hold every multiple of it.
 * All other page sizes are multiples of it: 16 and 64 KiB on arm64.
 */
const SMALLEST_PAGE = 4096;
const TWO_32 = 2 ** 32;
/** The number of retries if a process seems to have no regions: only kernel threads have none. */
const TRIES = 8;

/** The time for which a reading can be reused, in milliseconds. */
const SERVES = 100;
/** The same time as a multiple of the duration of the reading. The longer of the two applies. */
const SERVES_TIMES = 10;

/**
 * One reading of the regions of a process, and the position of a walk in it.
 *
 * A walk requests each region at the end address of the previous one. If each request read all
 * regions, the time would grow with the square of their number. So a walk continues in the reading
 * that was made for its start.
 *
 * The results stay valid: the kernel reported each of them, at a moment that is at most `SERVES`
 * ago, or `SERVES_TIMES` the duration of the reading if that is longer. A caller cannot distinguish
 * it from the result of a call made at that moment, because regions change between any two calls. A
 * query of any other address is not part of a walk, and gets a reading of its own. So does a query
 * after the last region, after an error, or about another process.
 */
export class RegionReading implements FileId {
  /** The values of the region's line in `maps`, by the indices in {@linkcode MAPS}. */
  readonly line: Float64Array = new Float64Array(MAPS_FIELDS);
  /** The values of the region in `smaps`, by the indices in `SMAPS`. */
  readonly use: Float64Array = new Float64Array(SMAPS_FIELDS);
  /** The text, which contains the names of the regions. */
  text: Uint8Array = new Uint8Array(new ArrayBuffer(8192));
  /** The id under which `/proc` shows the memory of the process. */
  task = -1;
  /**
   * True if the file of the region has changed, or may have changed, since this was last set to
   * false. Most files are mapped in several consecutive regions.
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
  /** The offset of the next region in the text. */
  #next = 0;
  /** The end address of the last region returned. */
  #end = 0;
  #until = 0;

  /**
   * Creates a reading of `maps`, or of `smaps` if `counts` is true. Reading `smaps` takes much
   * longer, because the kernel examines every page.
   *
   * @param living Returns the thread whose files are read for a process.
   */
  constructor(fs: ProcFs, living: (pid: number) => DarwinAnswer, counts: boolean) {
    this.#fs = fs;
    this.#living = living;
    this.#counts = counts;
  }

  /** The major device number of the file, which identifies the driver. */
  get major(): number {
    return this.line[MAPS.major]!;
  }

  /** The minor device number of the file, which identifies the device. */
  get minor(): number {
    return this.line[MAPS.minor]!;
  }

  /** The low 32 bits of the file's inode number. */
  get inodeLow(): number {
    return this.line[MAPS.inodeLow]!;
  }

  /** The high 32 bits of the file's inode number. */
  get inodeHigh(): number {
    return this.line[MAPS.inodeHigh]!;
  }

  /** True if the region maps a file. */
  get hasFile(): boolean {
    const { line } = this;
    return line[MAPS.inodeLow] !== 0 || line[MAPS.inodeHigh] !== 0 || line[MAPS.major] !== 0 ||
      line[MAPS.minor] !== 0;
  }

  /**
   * Finds the region at an address, or the next one above it. With `filesOnly`, finds the next
   * region that maps a file.
   *
   * @returns 0, or a negated Darwin errno: `-EINVAL` if there is no such region.
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

  /**
   * Reads the regions of a task into `fs.text`. Returns the length of the text or a negated errno.
   */
  #readAll(task: DarwinAnswer): DarwinAnswer {
    if (task < 0) return task;
    return refused(this.#fs.readAll(task, this.#counts ? SMAPS_FILE : MAPS_FILE));
  }

  /** Reads the regions again. {@linkcode RegionReading.next} then starts from the first one. */
  read(pid: number): DarwinAnswer {
    this.#pid = -1;
    const start = performance.now();
    let task = this.#living(pid);
    let length = this.#readAll(task);
    // The open file shows the memory that the process had when it was opened. After `execve()`, the
    // process has another one, and the file is empty.
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

  /** Moves to the next region. Returns false if there are no more regions. */
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
