import { ERRNO } from "../../system/errors.ts";
import type { World } from "./world.ts";
import {
  type Clock,
  CLOCK_BOOTTIME,
  CLOCK_REALTIME,
  openClock,
  PID_MAX,
  SC_CLK_TCK,
  SC_PAGESIZE,
} from "../sys/clock.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { Libc } from "../sys/libc.ts";
import { parseSchedstat, SCHEDSTAT, SCHEDSTAT_COUNT } from "../parse/schedstat.ts";
import { parseStatm, STATM } from "../parse/statm.ts";
import { parseStat, PF_EXITING, PF_FORKNOEXEC, STAT } from "../parse/stat.ts";
import { parseStatusHead, STATUS, STATUS_COUNT } from "../parse/status.ts";
import type { ClockOffset } from "../parse/time_offsets.ts";
import { bootOffset } from "./boot_offset.ts";
import { type ProcFile, procFile, type ProcFs } from "./proc_fs.ts";

const STAT_FILE = procFile("stat");
const STATUS_FILE = procFile("status");
const STATM_FILE = procFile("statm");
const SCHEDSTAT_FILE = procFile("schedstat");
const TASK = procFile("task");

/** The states in `/proc/PID/stat`, as the codes of their letters. */
export const STATE = {
  /** Running or ready to run: R. */
  running: 82,
  /** Waiting for a device, which no signal interrupts: D. */
  uninterruptible: 68,
  /** Stopped by a signal: T. */
  stopped: 84,
  /** Stopped by a debugger: t. */
  tracing: 116,
  /** Ended, but not yet waited for: Z. */
  zombie: 90,
  /** Ended and waited for: X. */
  dead: 88,
} as const;

/**
 * True if the fields are those of a thread that has ended or is ending. It has lost its memory and
 * its files, or is about to lose them.
 */
export function isEnded(fields: Float64Array): boolean {
  const state = fields[STAT.state];
  return state === STATE.zombie || state === STATE.dead ||
    (fields[STAT.flags]! & PF_EXITING) !== 0;
}

/** The number of attempts to read a process that seems to be ending. */
const LOOKS = 8;
/** The value if no process is held: NaN differs from every id that can be queried. */
const NOT_HELD = NaN;
/** The exit signal of a thread that is not a thread group leader. */
const NO_LEADER = -1;
/** The size of the longest name. The name of a kernel thread can exceed the 15 bytes of others. */
const NAME_SIZE = 64;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;
/** The stack of a 64-bit program never starts below this address. */
const TWO_32 = 2 ** 32;
/** The start of the code if the kernel refuses to report it. */
const REFUSED = 1;

const readers = new WeakMap<World, ProcessReader>();

/** Returns the reader of a world. All queries of that world share it. */
export function readerOf(world: World): ProcessReader {
  let reader = readers.get(world);
  if (reader === undefined) readers.set(world, reader = new ProcessReader(world));
  return reader;
}

/**
 * Reads the data from which queries about a process start: `stat`, `status` and the processor time.
 *
 * The fields keep their values until the next query. Results are 0 or a negated Darwin errno.
 * `-ESRCH` means that the process does not exist or ended while it was read, or that the id is that
 * of a thread, for which `/proc` has a directory too. `-EPERM` means that the kernel denies access.
 */
export class ProcessReader {
  /** The fields of `stat`, by the indices in {@linkcode STAT}. */
  readonly stat: Float64Array = new Float64Array(STAT.exit_code + 1);
  /** The numbers of `status`, by the indices in {@linkcode STATUS}. */
  readonly status: Float64Array = new Float64Array(STATUS_COUNT);
  /** The numbers of `schedstat`, summed over the living threads, by the indices in `SCHEDSTAT`. */
  readonly schedstat: Float64Array = new Float64Array(SCHEDSTAT_COUNT);
  /** The name, in the first {@linkcode ProcessReader.nameLength} bytes. */
  readonly name: Uint8Array = new Uint8Array(NAME_SIZE);
  /** The length of the name, in bytes. */
  nameLength = 0;
  /** The offset in the text of `status` at which {@linkcode ProcessReader.readStatus} stopped. */
  statusEnd = 0;
  /**
   * The id of the thread whose files are read. It is the pid unless the thread group leader has
   * ended: the memory, descriptors and links are then only in the directory of another thread.
   */
  thread = 0;
  /** The processor time in user mode, in nanoseconds: a whole number of ticks. */
  user = 0;
  /** The processor time in the kernel, in nanoseconds: a whole number of ticks. */
  system = 0;
  /**
   * The processor time in both modes, in nanoseconds. It is at least the sum of the two, and exact
   * if the pids are local.
   */
  total = 0;
  /** The size of the address space, in bytes. */
  virtualBytes = 0;
  /** The resident memory, in bytes. */
  residentBytes = 0;
  /**
   * The processor time of the living threads in user mode, in nanoseconds: a whole number of ticks.
   */
  threadsUser = 0;
  /**
   * The processor time of the living threads in the kernel, in nanoseconds: a whole number of
   * ticks.
   */
  threadsSystem = 0;
  /**
   * True if the process of {@linkcode ProcessReader.startOf} is a zombie or about to become one. It
   * has already lost its memory, and its arguments read as empty.
   */
  hasEnded = false;
  /** The number of threads that were running when they were read. */
  running = 0;

  readonly #fs: ProcFs;
  readonly #world: World;
  readonly #other: Float64Array = new Float64Array(STAT.arg_end + 1);
  readonly #one: Float64Array = new Float64Array(SCHEDSTAT_COUNT);
  readonly #sizes: Float64Array = new Float64Array(STATM.resident + 1);
  readonly #absent = new Set<ProcFile>();
  #held = NOT_HELD;
  #heldLast = 0;
  #threadsHeld = false;
  #looks = 1;
  #clock: Clock | undefined;
  #tick = 0;
  #page = 0;
  #started = 0;
  #self = 0;
  #offset: ClockOffset | undefined;
  #shift = 0;

  /** Creates a reader of a world. {@linkcode readerOf} returns the shared one. */
  constructor(world: World) {
    this.#world = world;
    this.#fs = world.fs;
  }

  /** The functions of the C library for time and processes. */
  get clock(): Clock {
    return this.#clock ??= openClock(this.#world.libc.more);
  }

  /** The duration of a tick, in nanoseconds. */
  get tick(): number {
    return this.#tick ||= NANOSECONDS / this.clock.sysconf(SC_CLK_TCK);
  }

  /** The size of a page, in bytes. */
  get page(): number {
    return this.#page ||= this.clock.sysconf(SC_PAGESIZE);
  }

  /**
   * The boot time of the machine by the realtime clock, in microseconds since 1970. It is
   * determined once, so that the start time of a process does not change when the clock is
   * adjusted.
   */
  get started(): number {
    if (this.#started === 0) {
      this.#learnOffset();
      const { seconds, nanoseconds } = this.#offset!;
      const { libc } = this.#world;
      const start = machineStarts.get(libc) ?? machineStart(this.clock);
      machineStarts.set(libc, start);
      this.#started = start + seconds * MICROSECONDS + nanoseconds / 1000;
    }
    return this.#started;
  }

  /**
   * The nanoseconds that the kernel adds to the start times of processes when this process reads
   * them.
   */
  get offset(): number {
    this.#learnOffset();
    const { seconds, nanoseconds } = this.#offset!;
    return seconds * NANOSECONDS + nanoseconds;
  }

  /**
   * The number of ticks by which start times are shifted for this process. It is removed from
   * reported start times.
   */
  get shift(): number {
    this.#learnOffset();
    return this.#shift;
  }

  /**
   * Determines the number of ticks by which start times are shifted for this process. This comes
   * before any start time is read: a new reader must not change the identity of a process. If the
   * offset is not a whole number of ticks, start times are uncertain by one tick.
   */
  #learnOffset(): void {
    if (this.#offset !== undefined) return;
    this.#offset = bootOffset(this.#fs);
    const { seconds, nanoseconds } = this.#offset;
    if (seconds === 0 && nanoseconds === 0) return;
    this.#shift = Math.floor(seconds * (NANOSECONDS / this.tick) + nanoseconds / this.tick);
  }

  /** Parses a line of `stat`, and removes the shift from the start time of the process. */
  #parse(length: number, last: number, fields: Float64Array): boolean {
    const parsed = parseStat(this.#fs.text, length, last, fields);
    if (this.#shift !== 0) fields[STAT.starttime]! -= this.#shift;
    return parsed;
  }

  /**
   * Reads `stat`.
   *
   * @param zombies Whether zombies are requested too. Otherwise a zombie is `-ESRCH`.
   * @param last The last field to read, at least {@linkcode STAT.policy}. `exit_code` is also read
   * for zombies and stopped processes; it is 0 for others.
   */
  read(pid: number, zombies: boolean, last: number = STAT.policy): DarwinAnswer {
    if (this.#held === pid && last <= this.#heldLast) {
      return this.isZombie && !zombies ? -ERRNO.ESRCH : 0;
    }
    this.#held = NOT_HELD;
    this.#heldLast = last;
    this.#learnOffset();
    let answer = this.#look(pid, zombies, last);
    for (let looked = 1; looked < this.#looks; looked++) answer = this.#look(pid, zombies, last);
    return answer;
  }

  /**
   * Reads `stat` once, and sets the number of attempts that its result requires. The process is
   * read several times if it has no threads, or if none of several threads seems to be alive: a
   * thread other than the leader is calling `execve()`, or all of them are ending. A zombie is read
   * twice.
   */
  #look(pid: number, zombies: boolean, last: number): DarwinAnswer {
    const { stat } = this;
    const fs = this.#fs;
    this.#looks = 1;
    const length = fs.read(pid, STAT_FILE);
    if (length < 0) return refused(length);
    const { text } = fs;
    if (!this.#parse(length, last, stat)) return -ERRNO.ESRCH;
    if (stat[STAT.exit_signal] === NO_LEADER) return -ERRNO.ESRCH;
    // The process has been waited for meanwhile: its times and counts are 0 too.
    if (stat[STAT.num_threads] === 0) {
      this.#looks = LOOKS;
      return -ERRNO.ESRCH;
    }
    const start = stat[STAT.name]!;
    const size = Math.min(stat[STAT.name_end]! - start, NAME_SIZE);
    for (let i = 0; i < size; i++) this.name[i] = text[start + i]!;
    this.nameLength = size;
    this.thread = pid;
    stat[STAT.exit_code] = 0;
    const state = stat[STAT.state];
    const hasOthers = stat[STAT.num_threads]! > 1;
    if (state === STATE.stopped || state === STATE.tracing) {
      this.#parse(length, STAT.exit_code, stat);
    } else if (state === STATE.zombie || (hasOthers && stat[STAT.flags]! & PF_EXITING)) {
      const living = hasOthers ? this.#readLiving(pid, last) : 0;
      if (living !== 0) return Math.min(living, 0);
      if (state !== STATE.zombie) return 0;
      this.#looks = hasOthers ? LOOKS : 2;
      if (!zombies) return -ERRNO.ESRCH;
      // The search for living threads has overwritten the text.
      const again = hasOthers ? fs.read(pid, STAT_FILE) : length;
      if (again < 0) return refused(again);
      this.#parse(again, STAT.exit_code, stat);
    } else if (state === STATE.dead) {
      this.#looks = LOOKS;
      return -ERRNO.ESRCH;
    }
    return 0;
  }

  /**
   * Sets the fields on which the name of a process depends, as another method has read them. The
   * process must not be a kernel thread, and its thread group leader must run.
   */
  assume(pid: number, name: Uint8Array, length: number): void {
    this.#held = NOT_HELD;
    this.thread = pid;
    this.stat[STAT.flags] = 0;
    for (let i = 0; i < length; i++) this.name[i] = name[i]!;
    this.nameLength = length;
  }

  /**
   * Holds the process that was read last. Queries about it use the data already read until
   * {@linkcode ProcessReader.release}, or until another process is read.
   */
  hold(pid: number): void {
    this.#threadsHeld = false;
    this.#held = pid;
  }

  /** Holds the process that another reader has read last. */
  holdAs(other: ProcessReader, pid: number): void {
    this.stat.set(other.stat);
    this.name.set(other.name);
    this.nameLength = other.nameLength;
    this.thread = other.thread;
    this.#heldLast = other.#heldLast;
    this.hold(pid);
  }

  /** Ends the effect of {@linkcode ProcessReader.hold}. */
  release(): void {
    this.#held = NOT_HELD;
  }

  /**
   * Returns the thread whose files are read for the process that is held, or `-ESRCH` if it is a
   * zombie. Returns undefined if the process is not held.
   */
  heldThread(pid: number): DarwinAnswer | undefined {
    if (this.#held !== pid) return undefined;
    return this.isZombie ? -ERRNO.ESRCH : this.thread;
  }

  /**
   * Applies XNU's permission rule. Returns 0 for root and for processes of the caller's effective
   * user, and `-EPERM` otherwise. It serves queries for which Linux has no rule, because it does
   * not support them. A copied tree permits every query.
   */
  sameUser(pid: number): DarwinAnswer {
    if (!this.#fs.mounted) return 0;
    const user = this.#world.libc.users().geteuid();
    if (user === 0) return 0;
    const owner = this.#fs.owner(pid);
    if (owner < 0) return refused(owner);
    return owner === user ? 0 : -ERRNO.EPERM;
  }

  /** True if the process that {@linkcode ProcessReader.read} has read is a zombie. */
  get isZombie(): boolean {
    return this.stat[STAT.state] === STATE.zombie;
  }

  /** True if the process is known to run a 32-bit program. */
  get isNarrow(): boolean {
    const stack = this.stat[STAT.startstack]!;
    return stack > 0 && stack < TWO_32;
  }

  /** True if the kernel withholds the addresses of the program. */
  get isOpaque(): boolean {
    return this.stat[STAT.startcode] === REFUSED;
  }

  /**
   * Finds a running thread of a process whose leader has ended, and copies the fields that the
   * leader has lost. Counts and times in the line of either thread are those of the whole process.
   * Returns 1, 0 if no thread runs, or a negated errno.
   */
  #readLiving(pid: number, last: number): DarwinAnswer {
    const { stat } = this;
    const fs = this.#fs;
    const other = this.#other;
    const count = fs.entries(pid, TASK);
    if (count < 0 && count !== -ERRNO.ESRCH) return refused(count);
    for (let i = 0; i < count; i++) {
      const thread = fs.pids[i]!;
      if (thread === pid) continue;
      const length = fs.read(pid, TASK, thread, STAT_FILE);
      if (length < 0 && length !== -ERRNO.ESRCH) return refused(length);
      if (length < 0 || !parseStat(fs.text, length, last, other)) continue;
      if (isEnded(other)) continue;
      const executed = stat[STAT.flags]! & PF_FORKNOEXEC;
      for (const field of OF_THREAD) stat[field] = other[field]!;
      // Only the flag of the leader shows whether the process has executed a file.
      stat[STAT.flags] = (stat[STAT.flags]! & ~PF_FORKNOEXEC | executed) >>> 0;
      this.thread = thread;
      return 1;
    }
    return 0;
  }

  /** Reads the first lines of `status` of the process that was read last. */
  readStatus(pid: number): DarwinAnswer {
    const fs = this.#fs;
    const length = this.readFile(pid, STATUS_FILE);
    if (length < 0) return length;
    this.statusEnd = parseStatusHead(fs.text, length, this.status);
    if (this.statusEnd < 0 || this.status[STATUS.tgid] !== pid) return -ERRNO.ESRCH;
    return length;
  }

  /** Reads a file of the process that was read last into `text` of the file system. */
  readFile(pid: number, file: ProcFile): DarwinAnswer {
    const length = this.thread === pid
      ? this.#fs.read(pid, file)
      : this.#fs.read(pid, TASK, this.thread, file);
    return length < 0 ? refused(length) : length;
  }

  /**
   * Reads a file of a thread like {@linkcode ProcessReader.readFile}, but returns 0 if this system
   * does not have that file for any process.
   */
  readIfAny(pid: number, thread: number, file: ProcFile): DarwinAnswer {
    const fs = this.#fs;
    if (this.#absent.has(file)) return 0;
    const length = thread === pid ? fs.read(pid, file) : fs.read(pid, TASK, thread, file);
    if (length !== -ERRNO.ESRCH) return length < 0 ? refused(length) : length;
    if (fs.self >= 0 && fs.read(fs.self, file) !== -ERRNO.ESRCH) return length;
    if (fs.self >= 0) this.#absent.add(file);
    // In a copied tree, a file may be missing for one process only.
    return fs.read(pid, STAT_FILE) < 0 ? length : 0;
  }

  /**
   * Stores the numeric names in a directory of the process that was read last in `fs.pids`. Returns
   * their number.
   */
  entries(pid: number, folder: ProcFile): DarwinAnswer {
    const fs = this.#fs;
    if (this.thread === pid) return refused(fs.entries(pid, folder));
    return refused(fs.entries(pid, TASK, this.thread, folder));
  }

  /** Reads the target of a link of the process that was read last. */
  readLink(pid: number, link: ProcFile): DarwinAnswer {
    const length = this.thread === pid
      ? this.#fs.link(pid, link)
      : this.#fs.link(pid, TASK, this.thread, link);
    return length < 0 ? refused(length) : length;
  }

  /**
   * Determines the processor times of the process that was read last.
   *
   * The kernel adjusts the two parts such that neither ever decreases for any reader, and reports
   * them in whole ticks. If their sum in nanoseconds were divided further, one of the parts would
   * decrease at times. So the parts stay unchanged.
   *
   * @param precise The sum by the processor clock of the process, if it was read before. Default:
   * it is read now.
   */
  readTimes(pid: number, precise: number = this.preciseTime(pid)): void {
    const { stat, tick } = this;
    this.user = stat[STAT.utime]! * tick;
    this.system = stat[STAT.stime]! * tick;
    this.total = Math.max(precise, this.user + this.system);
  }

  /**
   * Returns the processor time of a process by its processor clock, in nanoseconds. The result is
   * not above 0 if the clock cannot be read.
   */
  preciseTime(pid: number): number {
    return this.#fs.local ? this.clock.processTime(pid) : 0;
  }

  /**
   * Reads the memory of the process that was read last, from `statm`. The resident memory in `stat`
   * lacks the counts that the processors have not yet added to the sum. A copied tree may have only
   * `stat`.
   */
  readSizes(pid: number): DarwinAnswer {
    const { stat } = this;
    this.virtualBytes = stat[STAT.vsize]!;
    this.residentBytes = 0;
    // Kernel threads have no address space.
    if (this.virtualBytes === 0) return 0;
    const length = this.readIfAny(pid, this.thread, STATM_FILE);
    if (length < 0) return length;
    if (length === 0) this.residentBytes = stat[STAT.rss]! * this.page;
    else this.#parseSizes(length);
    return 0;
  }

  /**
   * Reads the `statm` of the thread group leader of a process, which need not have been read
   * before.
   */
  readStatm(pid: number): DarwinAnswer {
    const length = this.#fs.read(pid, STATM_FILE);
    if (length > 0) this.#parseSizes(length);
    return refused(length);
  }

  #parseSizes(length: number): void {
    const sizes = this.#sizes;
    parseStatm(this.#fs.text, length, sizes);
    this.virtualBytes = sizes[STATM.size]! * this.page;
    this.residentBytes = sizes[STATM.resident]! * this.page;
  }

  /**
   * Sums `schedstat` and the times of the living threads of the process that was read last, and
   * counts the running threads. {@linkcode ProcessReader.readTimes} must be called before.
   */
  readThreads(pid: number): DarwinAnswer {
    if (this.#held === pid && this.#threadsHeld) return 0;
    const error = this.#sumThreads(pid);
    this.#threadsHeld = error === 0 && this.#held === pid;
    return error;
  }

  #sumThreads(pid: number): DarwinAnswer {
    const { stat, schedstat } = this;
    const fs = this.#fs;
    const one = this.#one;
    const other = this.#other;
    this.threadsUser = 0;
    this.threadsSystem = 0;
    if (stat[STAT.num_threads]! <= 1) {
      this.running = stat[STAT.state] === STATE.running ? 1 : 0;
      let length = this.readIfAny(pid, pid, SCHEDSTAT_FILE);
      if (length < 0) return length;
      parseSchedstat(fs.text, length, schedstat);
      // The times of the process apply if no other thread has used any, or if a copied tree lacks
      // the directory.
      let times = stat;
      if (schedstat[SCHEDSTAT.ran]! < this.total) {
        length = fs.read(pid, TASK, pid, STAT_FILE);
        if (length < 0 && length !== -ERRNO.ESRCH) return refused(length);
        if (length > 0 && parseStat(fs.text, length, STAT.stime, other)) times = other;
      }
      this.#addTimes(times);
      return 0;
    }
    schedstat.fill(0);
    this.running = 0;
    const count = fs.entries(pid, TASK);
    if (count < 0) return refused(count);
    for (let i = 0; i < count; i++) {
      const thread = fs.pids[i]!;
      let length = fs.read(pid, TASK, thread, STAT_FILE);
      if (length < 0) {
        if (length === -ERRNO.ESRCH) continue;
        return refused(length);
      }
      if (!parseStat(fs.text, length, STAT.stime, other)) continue;
      const state = other[STAT.state];
      if (state === STATE.zombie || state === STATE.dead) continue;
      length = this.readIfAny(pid, thread, SCHEDSTAT_FILE);
      if (length < 0) {
        if (length === -ERRNO.ESRCH) continue;
        return length;
      }
      if (state === STATE.running) this.running++;
      this.#addTimes(other);
      parseSchedstat(fs.text, length, one);
      for (let field = 0; field < SCHEDSTAT_COUNT; field++) schedstat[field]! += one[field]!;
    }
    return 0;
  }

  #addTimes(fields: Float64Array): void {
    this.threadsUser += fields[STAT.utime]! * this.tick;
    this.threadsSystem += fields[STAT.stime]! * this.tick;
  }

  /**
   * Returns the start time of a process, in ticks. No other process has had both the same pid and
   * the same start time. The data that {@linkcode ProcessReader.read} left stays unchanged.
   */
  startOf(pid: number): DarwinAnswer {
    if (this.#held === pid) {
      this.hasEnded = this.isZombie;
      return this.stat[STAT.starttime]!;
    }
    this.#learnOffset();
    const start = this.#lookAtStart(pid);
    // A thread other than the leader may be calling `execve()` at this moment.
    return start === -ERRNO.ESRCH ? this.#lookAtStart(pid) : start;
  }

  #lookAtStart(pid: number): DarwinAnswer {
    const fs = this.#fs;
    const length = fs.read(pid, STAT_FILE);
    if (length < 0) return refused(length);
    const other = this.#other;
    if (!this.#parse(length, STAT.exit_signal, other)) return -ERRNO.ESRCH;
    if (other[STAT.exit_signal] === NO_LEADER || other[STAT.num_threads] === 0) return -ERRNO.ESRCH;
    if (other[STAT.state] === STATE.dead) return -ERRNO.ESRCH;
    const start = other[STAT.starttime]!;
    // The leader may have ended before the other threads.
    this.hasEnded = isEnded(other) &&
      (other[STAT.num_threads]! <= 1 || !this.#livesInOthers(pid));
    return start;
  }

  /** True if a thread of a process runs, although its leader has ended. */
  #livesInOthers(pid: number): boolean {
    const fs = this.#fs;
    const other = this.#other;
    const count = fs.entries(pid, TASK);
    for (let i = 0; i < count; i++) {
      const length = fs.read(pid, TASK, fs.pids[i]!, STAT_FILE);
      if (length >= 0 && parseStat(fs.text, length, STAT.flags, other) && !isEnded(other)) {
        return true;
      }
    }
    return false;
  }

  /** True if a process has ended or begun to end. A process that is held is read again too. */
  isEnding(pid: number): boolean {
    const held = this.#held;
    this.#held = NOT_HELD;
    const start = this.startOf(pid);
    this.#held = held;
    return start < 0 || this.hasEnded;
  }

  /**
   * Checks whether an id is that of a process, at less cost than reading `stat`. Returns 0, or
   * `-ESRCH` if the process does not exist or the id is that of a thread other than the leader.
   */
  find(pid: number): DarwinAnswer {
    if (this.#held === pid) return 0;
    if (pid <= 0 || pid > PID_MAX) return -ERRNO.ESRCH;
    if (!this.#fs.local) {
      const start = this.startOf(pid);
      return start < 0 ? start : 0;
    }
    // Only processes have such a clock. The id of the calling thread counts as that of its process.
    if (this.clock.processTime(pid) < 0) return -ERRNO.ESRCH;
    this.#self ||= this.clock.thread();
    return pid === this.#self && pid !== this.#fs.self ? -ERRNO.ESRCH : 0;
  }
}

/** The fields that another thread provides if the leader has ended. */
const OF_THREAD: readonly number[] = [
  STAT.state,
  STAT.flags,
  STAT.priority,
  STAT.nice,
  STAT.vsize,
  STAT.rss,
  STAT.startcode,
  STAT.endcode,
  STAT.startstack,
  STAT.rt_priority,
  STAT.policy,
  STAT.start_data,
  STAT.end_data,
  STAT.start_brk,
  STAT.arg_start,
  STAT.arg_end,
];

/** Converts `EACCES`, with which `/proc` denies access to unprivileged users, to XNU's `EPERM`. */
export function refused(answer: DarwinAnswer): DarwinAnswer {
  return answer === -ERRNO.EACCES ? -ERRNO.EPERM : answer;
}

/** The boot times by the realtime clock. All readers that use the same library share one. */
const machineStarts = new WeakMap<Libc, number>();

/**
 * Determines the boot time: reads the realtime clock between two reads of the boot clock several
 * times, and uses the result of the shortest interval.
 */
function machineStart(clock: Clock): number {
  let start = 0;
  let closest = Infinity;
  for (let i = 0; i < 8; i++) {
    const before = clock.now(CLOCK_BOOTTIME);
    const calendar = clock.now(CLOCK_REALTIME);
    const after = clock.now(CLOCK_BOOTTIME);
    if (after - before >= closest) continue;
    closest = after - before;
    start = calendar - (before + after) / 2;
  }
  return start;
}
