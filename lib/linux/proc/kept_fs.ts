import { ERRNO, isShortage } from "../../system/errors.ts";
import type { Block } from "../../layout/block.ts";
import { bytesOf, decimalAt } from "../parse/bytes.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { type KeptCalls, openKeptCalls } from "../sys/kept.ts";
import type { Libc } from "../sys/libc.ts";
import { MASK, sizeOf, statxBlock } from "../sys/statx.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc_fs.ts";

/**
 * The files that can be kept open: each read returns current data of the process for which they
 * were opened. Files that show an address space, such as `environ` and `maps`, keep showing that of
 * an earlier program.
 */
const FILES = ["stat", "statm", "status", "io", "schedstat", "cmdline"].map(procFile);
/**
 * The index of the file that is opened before any other. It shows whether the process still exists.
 */
const ANCHOR = 0;
/** The index of the file that shows it at the lowest cost. */
const CHEAPEST = 1;
const FOLDER_FILE = procFile("");
/** The index of the directory of the process, after the files. */
const FOLDER = FILES.length;
const PLACES = FOLDER + 1;
const NO_PLACE = -1;

/** The value for a descriptor that is not open. */
const CLOSED = -1;
/** The value for a file that this user is not permitted to open. */
const REFUSED = -2;

const NOTHING: ProcFile = new Uint8Array(0);
const OWN_DESCRIPTORS = bytesOf("/proc/self/fd\0");
const FD = procFile("fd");
const ONE = 1n;
/** More digits than any pid has. */
const LONGEST_PID = 16;

/** The maximum age of the last count of free descriptors, in milliseconds. */
const COUNT_AGE_MS = 20;
/**
 * The time after which the descriptors of a process that has not been read may be closed in favor
 * of others, in milliseconds.
 */
const UNUSED_MS = 10_000;

/**
 * The errors with which such a file can fail. Any other error shows that the descriptor no longer
 * refers to the file.
 */
const OF_THE_FILE: ReadonlySet<number> = new Set([
  ERRNO.EACCES,
  ERRNO.EPERM,
  ERRNO.ENOMEM,
  ERRNO.EINTR,
]);

/** The descriptors of one process, and the time of their last use. */
class Entry {
  /** The pid of the process; NaN once nothing is kept for it. */
  pid: number;
  /**
   * The process that was read after this one the last time. Finding it here is faster than by its
   * pid.
   */
  next: Entry | undefined;
  readonly fds: number[] = new Array<number>(PLACES).fill(CLOSED);
  readonly firstPass: number;
  pass = 0;
  usedAtMs = 0;
  start: number | undefined;

  constructor(pid: number, firstPass: number) {
    this.pid = pid;
    this.firstPass = firstPass;
  }
}

/**
 * A process file system that keeps files of processes open and reads them again from the start.
 * This takes less than half the time of opening them.
 *
 * An open file refers to the process for which it was opened. Once that process has been waited
 * for, reads fail, even if another process has the pid. So the results for a pid are those of the
 * same process as before if a kept file can be read afterwards. See {@linkcode KeptFs.prove}.
 *
 * The descriptors of a process are kept once it is read in a second pass. At most half of the
 * descriptors that are otherwise free are kept, so that the program can always open as many more.
 */
export class KeptFs implements ProcFs {
  readonly #fs: ProcFs;
  readonly #libc: Libc;
  readonly #calls: KeptCalls;
  readonly #most: number;
  readonly #entries = new Map<number, Entry>();
  readonly #places = new Map<ProcFile, number>();
  readonly #byte = new Uint8Array(new ArrayBuffer(1));
  #own: Block | undefined;
  /** The size of the buffer for reads, and the same size as C requires it. */
  #room = 0;
  #size = 0n;
  /** The number of open descriptors, and its limit. */
  #open = 0;
  #limit = 0;
  #countedAtMs = -Infinity;
  #evictedAtMs = -Infinity;
  #pass = 0;
  /** The number of processes with kept descriptors that were read in this pass. */
  #visited = 0;
  #nowMs = 0;
  #pid = NaN;
  #entry: Entry | undefined;
  #proven = false;

  /**
   * @param fs The mounted file system.
   * @param libc The functions with which it is read.
   * @param most The maximum number of descriptors to keep.
   */
  constructor(fs: ProcFs, libc: Libc, most: number) {
    this.#fs = fs;
    this.#libc = libc;
    this.#most = most;
    this.#calls = openKeptCalls(libc.more);
  }

  get pids(): Int32Array {
    return this.#fs.pids;
  }

  get text(): Uint8Array {
    return this.#fs.text;
  }

  get target(): Uint8Array {
    return this.#fs.target;
  }

  get statx(): Block {
    return this.#fs.statx;
  }

  get local(): boolean {
    return this.#fs.local;
  }

  get mounted(): boolean {
    return this.#fs.mounted;
  }

  get self(): number {
    return this.#fs.self;
  }

  /** Begins a pass over processes. */
  begin(): void {
    this.#pass++;
    this.#visited = 0;
    this.#pid = NaN;
    this.#nowMs = performance.now();
    if (this.#nowMs - this.#countedAtMs >= COUNT_AGE_MS) this.#limitOpen();
  }

  /** Ends a pass over all processes of interest. Closes the descriptors of all other processes. */
  end(): void {
    if (this.#visited === this.#entries.size) return;
    for (const [pid, entry] of this.#entries) {
      if (entry.pass !== this.#pass) this.forget(pid);
    }
  }

  /** Closes the descriptors of a process. */
  forget(pid: number): void {
    const entry = this.#entries.get(pid);
    if (entry === undefined) return;
    this.#entries.delete(pid);
    if (entry.pass === this.#pass) this.#visited--;
    entry.pid = NaN;
    entry.next = undefined;
    if (this.#pid === pid) this.#pid = NaN;
    for (const fd of entry.fds) if (fd >= 0) this.#close(fd);
  }

  /** Closes all descriptors. */
  dispose(): void {
    for (const pid of this.#entries.keys()) this.forget(pid);
  }

  /**
   * True if a file of the process is kept, so that {@linkcode KeptFs.prove} can verify its results.
   */
  keeps(pid: number): boolean {
    return this.#entryOf(pid)?.fds[ANCHOR]! >= 0;
  }

  /** Keeps the descriptors of a process that need not be read in this pass. */
  visit(pid: number): void {
    const entry = this.#entryOf(pid);
    if (entry !== undefined && entry.pass !== this.#pass) this.#visit(entry);
  }

  /** Records the start time of the process whose files are kept. */
  noteStart(pid: number, start: number): void {
    if (this.keeps(pid)) this.#entry!.start = start;
  }

  /**
   * Returns the start time of the process whose files are kept; undefined if it was not recorded,
   * or if no files are kept.
   */
  startOf(pid: number): number | undefined {
    return this.keeps(pid) ? this.#entry!.start : undefined;
  }

  /** Records that a process was queried in another way, and that the result must be verified. */
  doubt(): void {
    this.#proven = false;
  }

  /**
   * Verifies that all results up to now were those of the process whose file is kept. Returns 0, or
   * `-ESRCH` if that process has been waited for or no file is kept.
   */
  prove(pid: number): DarwinAnswer {
    const entry = this.#entryOf(pid);
    if (this.#proven) return 0;
    const cheapest = entry?.fds[CHEAPEST] ?? CLOSED;
    const fd = cheapest >= 0 ? cheapest : entry?.fds[ANCHOR] ?? CLOSED;
    if (fd < 0) return -ERRNO.ESRCH;
    if (this.#calls.pread(fd, this.#byte, ONE) < 0) {
      this.forget(pid);
      return -ERRNO.ESRCH;
    }
    this.#proven = true;
    return 0;
  }

  read(pid: number, file: ProcFile, item = -1, rest: ProcFile = NOTHING): DarwinAnswer {
    const place = item < 0 ? this.#placeOf(file) : NO_PLACE;
    const fd = place < 0 ? CLOSED : this.#descriptor(pid, place);
    if (fd >= 0) {
      const length = this.#readAgain(pid, place, fd);
      if (length !== undefined) return length;
    }
    this.#proven = false;
    const length = this.#fs.read(pid, file, item, rest);
    if (length === -ERRNO.ESRCH && place === ANCHOR) this.forget(pid);
    return length;
  }

  stat(
    mask: number,
    pid: number,
    file: ProcFile,
    item = -1,
    rest: ProcFile = NOTHING,
  ): DarwinAnswer {
    this.#proven = false;
    const fd = item < 0 && this.#placeOf(file) === FOLDER ? this.#descriptor(pid, FOLDER) : CLOSED;
    if (fd >= 0) {
      const error = this.#calls.statx(fd, mask, this.#fs.statx.bytes);
      if (error >= 0) return 0;
      this.#lose(pid);
    }
    return this.#fs.stat(mask, pid, file, item, rest);
  }

  list(): DarwinAnswer {
    this.#proven = false;
    return this.#fs.list();
  }

  entries(pid: number, folder: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer {
    this.#proven = false;
    return this.#fs.entries(pid, folder, item, rest);
  }

  readAll(
    pid: number,
    file: ProcFile,
    item?: number,
    rest?: ProcFile,
    most?: number,
  ): DarwinAnswer {
    this.#proven = false;
    return this.#fs.readAll(pid, file, item, rest, most);
  }

  readRoot(file: ProcFile): DarwinAnswer {
    return this.#fs.readRoot(file);
  }

  rootPath(file: ProcFile): Uint8Array {
    return this.#fs.rootPath(file);
  }

  link(pid: number, file: ProcFile, item?: number, rest?: ProcFile): DarwinAnswer {
    this.#proven = false;
    return this.#fs.link(pid, file, item, rest);
  }

  owner(pid: number): DarwinAnswer {
    this.#proven = false;
    return this.#fs.owner(pid);
  }

  estimate(): DarwinAnswer {
    return this.#fs.estimate();
  }

  open(pid: number, folder?: ProcFile): DarwinAnswer {
    this.#proven = false;
    return this.#fs.open(pid, folder);
  }

  path(pid: number, file: ProcFile, item?: number, rest?: ProcFile): Uint8Array {
    return this.#fs.path(pid, file, item, rest);
  }

  #placeOf(file: ProcFile): number {
    let place = this.#places.get(file);
    if (place === undefined) {
      const same = (other: ProcFile) =>
        other.length === file.length && other.every((byte, i) => byte === file[i]);
      place = same(FOLDER_FILE) ? FOLDER : FILES.findIndex(same);
      this.#places.set(file, place);
    }
    return place;
  }

  #entryOf(pid: number): Entry | undefined {
    if (pid !== this.#pid) {
      const last = this.#entry;
      const next = last?.next;
      this.#pid = pid;
      this.#entry = next?.pid === pid ? next : this.#entries.get(pid);
      if (last !== undefined) last.next = this.#entry;
      this.#proven = false;
    }
    return this.#entry;
  }

  /**
   * Returns the descriptor of a file of a process, and opens the file first if it may be kept.
   * Returns a negative number if it is not kept.
   */
  #descriptor(pid: number, place: number): number {
    const entry = this.#entryOf(pid);
    if (entry === undefined) {
      if (this.#most === 0) return CLOSED;
      const first = new Entry(pid, this.#pass);
      this.#entries.set(pid, this.#entry = first);
      this.#visit(first);
      return CLOSED;
    }
    if (entry.pass !== this.#pass) this.#visit(entry);
    const fd = entry.fds[place]!;
    return fd !== CLOSED || entry.firstPass === this.#pass ? fd : this.#keep(pid, entry, place);
  }

  #visit(entry: Entry): void {
    entry.pass = this.#pass;
    entry.usedAtMs = this.#nowMs;
    this.#visited++;
  }

  /**
   * Opens a file or the directory of a process and keeps the descriptor. Returns a negative number
   * if that is not possible.
   */
  #keep(pid: number, entry: Entry, place: number): number {
    const anchored = place === ANCHOR || entry.fds[ANCHOR]! >= 0 ||
      this.#keep(pid, entry, ANCHOR) >= 0;
    if (!anchored || !this.#hasRoom()) return CLOSED;
    const fd = this.#libc.open(this.#fs.path(pid, place === FOLDER ? FOLDER_FILE : FILES[place]!));
    if (fd < 0) {
      const error = toDarwin(fd);
      if (isShortage(-error)) this.#shrink(this.#open >> 1);
      else if (error === -ERRNO.EACCES || error === -ERRNO.EPERM) entry.fds[place] = REFUSED;
      return CLOSED;
    }
    this.#open++;
    // Another process may have got the pid between the two calls of `open()`.
    if (place !== ANCHOR && this.#calls.pread(entry.fds[ANCHOR]!, this.#byte, ONE) < 0) {
      this.#close(fd);
      this.forget(pid);
      return CLOSED;
    }
    return entry.fds[place] = fd;
  }

  /** Reads a kept file. Returns undefined if it must be read in the ordinary way. */
  #readAgain(pid: number, place: number, fd: number): DarwinAnswer | undefined {
    const { text } = this.#fs;
    if (text.byteLength !== this.#room) {
      this.#room = text.byteLength;
      this.#size = BigInt(this.#room);
    }
    const length = this.#calls.pread(fd, text, this.#size);
    if (length >= 0) {
      if (place === ANCHOR && decimalAt(text, 0, LONGEST_PID) !== pid) {
        this.#lose(pid);
        return undefined;
      }
      this.#proven = true;
      // A longer file is read in the ordinary way, which enlarges the buffer.
      return length < this.#room ? length as number : undefined;
    }
    const error = toDarwin(length);
    if (OF_THE_FILE.has(-error)) return error;
    if (error === -ERRNO.ESRCH) this.forget(pid);
    else this.#lose(pid);
    return undefined;
  }

  /**
   * Forgets the descriptors of a process after the program has closed one of them. They are not
   * closed: their numbers may refer to other files by now.
   */
  #lose(pid: number): void {
    const entry = this.#entryOf(pid);
    if (entry === undefined) return;
    for (const fd of entry.fds) if (fd >= 0) this.#open--;
    entry.fds.fill(CLOSED);
  }

  #close(fd: number): void {
    this.#libc.close(fd);
    this.#open--;
  }

  /** True if another descriptor may be kept. */
  #hasRoom(): boolean {
    if (this.#open < this.#limit) return true;
    if (this.#nowMs - this.#evictedAtMs < UNUSED_MS) return false;
    this.#evictedAtMs = this.#nowMs;
    for (const [pid, { usedAtMs }] of this.#entries) {
      if (this.#nowMs - usedAtMs >= UNUSED_MS) this.forget(pid);
    }
    return this.#open < this.#limit;
  }

  /** Determines how many descriptors may be kept, and closes the excess. */
  #limitOpen(): void {
    this.#countedAtMs = this.#nowMs;
    const limit = this.#calls.descriptorLimit();
    const others = Math.max(0, this.#ownCount() - this.#open);
    const free = limit < 0 ? 0 : Math.max(0, limit - others);
    this.#limit = Math.min(this.#most, Math.floor(free / 2));
    this.#shrink(this.#limit);
  }

  /** Closes descriptors until at most `most` are open. */
  #shrink(most: number): void {
    this.#limit = Math.min(this.#limit, most);
    if (this.#open <= most) return;
    for (const pid of this.#entries.keys()) {
      if (this.#open <= most) return;
      this.forget(pid);
    }
  }

  /** Returns the number of open descriptors of this process; infinity if it is unknown. */
  #ownCount(): number {
    const { view, bytes } = this.#own ??= statxBlock();
    if (this.#libc.statx(OWN_DESCRIPTORS, MASK.SIZE, bytes) === 0) {
      // The kernel reports the number of descriptors here since 6.2.
      const count = sizeOf(view);
      if (count > 0) return count;
    }
    const count = this.#fs.self < 0 ? -1 : this.#fs.entries(this.#fs.self, FD);
    return count < 0 ? Infinity : count;
  }
}
