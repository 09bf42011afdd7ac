import { ERRNO, isShortage } from "../../system/errors.ts";
import type { Block } from "../../layout/block.ts";
import { bytesOf, decimalAt } from "../parse/bytes.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { type KeptCalls, openKeptCalls } from "../sys/kept.ts";
import type { Libc } from "../sys/libc.ts";
import { MASK, sizeOf, statxBlock } from "../sys/statx.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc_fs.ts";

/**
 * The files that may stay open: each read of them is of the present, and of the process that they were
 * opened for. Files that show an address space, as `environ` and `maps` do, keep the one of an earlier
 * program.
 */
const FILES = ["stat", "statm", "status", "io", "schedstat", "cmdline"].map(procFile);
/** The file that is opened before any other, and shows whether the process is still there. */
const ANCHOR = 0;
/** The file that shows it at the lowest cost. */
const CHEAPEST = 1;
const FOLDER_FILE = procFile("");
/** The place of the folder of the process, behind the files. */
const FOLDER = FILES.length;
const PLACES = FOLDER + 1;
const NO_PLACE = -1;

/** A descriptor that is not open. */
const CLOSED = -1;
/** A file that this user may not open. */
const REFUSED = -2;

const NOTHING: ProcFile = new Uint8Array(0);
const OWN_DESCRIPTORS = bytesOf("/proc/self/fd\0");
const FD = procFile("fd");
const ONE = 1n;
/** More than the digits of any process id. */
const LONGEST_PID = 16;

/** How old the last count of the free descriptors may be, in milliseconds. */
const COUNT_AGE_MS = 20;
/** How long a process must not have been read for its descriptors to be closed in favor of others. */
const UNUSED_MS = 10_000;

/** Errors that such a file has; with any other, the descriptor is not that of the file. */
const OF_THE_FILE: ReadonlySet<number> = new Set([
  ERRNO.EACCES,
  ERRNO.EPERM,
  ERRNO.ENOMEM,
  ERRNO.EINTR,
]);

/** The descriptors of one process, and when they were used last. */
class Entry {
  /** The process; NaN once nothing is kept for it any more. */
  pid: number;
  /** The process that was read after it the last time, which is found faster than by its id. */
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
 * A process file system that keeps files of processes open, and reads them again from their start: that
 * takes less than half as long as to open them.
 *
 * An open file stands for the process that it was opened for: once that has been waited for, reads fail,
 * also if another process has the id. So an answer about an id is one about the same process as before if
 * a file that was kept can be read afterwards: see {@linkcode KeptFs.prove}.
 *
 * Descriptors are kept of a process that is read in a second pass, and at the most half of those that are
 * free otherwise, so that the program can always open as many more.
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
  /** The size of the memory that is read into, as C takes it. */
  #room = 0;
  #size = 0n;
  /** How many descriptors are open, and how many may be. */
  #open = 0;
  #limit = 0;
  #countedAtMs = -Infinity;
  #evictedAtMs = -Infinity;
  #pass = 0;
  /** How many processes of those that something is kept for were read in this pass. */
  #visited = 0;
  #nowMs = 0;
  #pid = NaN;
  #entry: Entry | undefined;
  #proven = false;

  /**
   * @param fs The file system that is mounted.
   * @param libc The functions it is read with.
   * @param most How many descriptors are kept at the most.
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

  /** Ends a pass over all processes that are of interest: what is kept of others is closed. */
  end(): void {
    if (this.#visited === this.#entries.size) return;
    for (const [pid, entry] of this.#entries) {
      if (entry.pass !== this.#pass) this.forget(pid);
    }
  }

  /** Closes what is kept of a process. */
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

  /** True if a file of the process is kept, so that {@linkcode KeptFs.prove} can answer about it. */
  keeps(pid: number): boolean {
    return this.#entryOf(pid)?.fds[ANCHOR]! >= 0;
  }

  /** Goes on to keep what is kept of a process that need not be read in this pass. */
  visit(pid: number): void {
    const entry = this.#entryOf(pid);
    if (entry !== undefined && entry.pass !== this.#pass) this.#visit(entry);
  }

  /** Remembers when the process started whose files are kept. */
  noteStart(pid: number, start: number): void {
    if (this.keeps(pid)) this.#entry!.start = start;
  }

  /** When the process started whose files are kept; undefined if none are, or it was not noted. */
  startOf(pid: number): number | undefined {
    return this.keeps(pid) ? this.#entry!.start : undefined;
  }

  /** Notes that a process was queried in another way, which has to be proven. */
  doubt(): void {
    this.#proven = false;
  }

  /**
   * True if all answers up to now were about the process whose file is kept: 0, or `-ESRCH` if it has been
   * waited for.
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

  /** The descriptor of a file of a process, which is opened if it may be kept; below 0 if it is not. */
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

  /** Opens a file or the folder of a process to be kept. */
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
    // Another process may have come to have the id between the two.
    if (place !== ANCHOR && this.#calls.pread(entry.fds[ANCHOR]!, this.#byte, ONE) < 0) {
      this.#close(fd);
      this.forget(pid);
      return CLOSED;
    }
    return entry.fds[place] = fd;
  }

  /** Reads a file that is kept; undefined if it has to be read in the ordinary way. */
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
      // A longer one is read in the ordinary way, which makes room.
      return length < this.#room ? length as number : undefined;
    }
    const error = toDarwin(length);
    if (OF_THE_FILE.has(-error)) return error;
    if (error === -ERRNO.ESRCH) this.forget(pid);
    else this.#lose(pid);
    return undefined;
  }

  /**
   * Forgets the descriptors of a process of which the program has closed one: their numbers may stand for
   * other files by now, so they are not closed.
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

  /** True if one more descriptor may be kept. */
  #hasRoom(): boolean {
    if (this.#open < this.#limit) return true;
    if (this.#nowMs - this.#evictedAtMs < UNUSED_MS) return false;
    this.#evictedAtMs = this.#nowMs;
    for (const [pid, { usedAtMs }] of this.#entries) {
      if (this.#nowMs - usedAtMs >= UNUSED_MS) this.forget(pid);
    }
    return this.#open < this.#limit;
  }

  /** Finds out how many descriptors may be kept, and closes those beyond. */
  #limitOpen(): void {
    this.#countedAtMs = this.#nowMs;
    const limit = this.#calls.descriptorLimit();
    const others = Math.max(0, this.#ownCount() - this.#open);
    const free = limit < 0 ? 0 : Math.max(0, limit - others);
    this.#limit = Math.min(this.#most, Math.floor(free / 2));
    this.#shrink(this.#limit);
  }

  /** Closes descriptors until no more than `most` are open. */
  #shrink(most: number): void {
    this.#limit = Math.min(this.#limit, most);
    if (this.#open <= most) return;
    for (const pid of this.#entries.keys()) {
      if (this.#open <= most) return;
      this.forget(pid);
    }
  }

  /** How many descriptors this process has open; infinitely many if that is not known. */
  #ownCount(): number {
    const { view, bytes } = this.#own ??= statxBlock();
    if (this.#libc.statx(OWN_DESCRIPTORS, MASK.SIZE, bytes) === 0) {
      // The kernel has put the number here since 6.2.
      const count = sizeOf(view);
      if (count > 0) return count;
    }
    const count = this.#fs.self < 0 ? -1 : this.#fs.entries(this.#fs.self, FD);
    return count < 0 ? Infinity : count;
  }
}
