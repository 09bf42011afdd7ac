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

/** States, as `/proc/PID/stat` gives them. */
export const STATE = {
  /** Ready to run: R. */
  running: 82,
  /** Waiting for a device, which no signal ends: D. */
  uninterruptible: 68,
  /** Stopped by a signal: T. */
  stopped: 84,
  /** Stopped by a debugger: t. */
  tracing: 116,
  /** Ended, and not waited for: Z. */
  zombie: 90,
  /** Waited for: X. */
  dead: 88,
} as const;

/**
 * True if the fields of a thread are of one that has ended, or has begun to: it has no memory and no files
 * any more.
 */
export function isEnded(fields: Float64Array): boolean {
  const state = fields[STAT.state];
  return state === STATE.zombie || state === STATE.dead ||
    (fields[STAT.flags]! & PF_EXITING) !== 0;
}

/** How often a process is looked at that seems to be ending. */
const LOOKS = 8;
/** Differs from every id that can be queried: those are neither 0 nor negative. */
const NOT_HELD = NaN;
/** A thread that does not lead its process has this exit signal. */
const NO_LEADER = -1;
/** A kernel thread's name may be longer than the 15 bytes that others have. */
const NAME_SIZE = 64;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;
/** No program of 64 bits has its stack below. */
const TWO_32 = 2 ** 32;
/** The start of the code when the kernel refuses to report it. */
const REFUSED = 1;

const readers = new WeakMap<World, ProcessReader>();

/** The reader of a world, one for all who answer from it. */
export function readerOf(world: World): ProcessReader {
  let reader = readers.get(world);
  if (reader === undefined) readers.set(world, reader = new ProcessReader(world));
  return reader;
}

/**
 * Reads what answers about a process start from: its `stat` and `status`, and its processor time.
 *
 * What is read stays until the next question. Answers are 0 or a negated Darwin errno: `-ESRCH` for a
 * process that is not there or goes while it is read, also for the id of a thread, under which `/proc`
 * shows a process too; `-EPERM` for what the kernel refuses.
 */
export class ProcessReader {
  /** The fields of `stat`, by the indices in {@linkcode STAT}. */
  readonly stat: Float64Array = new Float64Array(STAT.exit_code + 1);
  /** The numbers of `status`, by the indices in {@linkcode STATUS}. */
  readonly status: Float64Array = new Float64Array(STATUS_COUNT);
  /** The numbers of `schedstat` of the living threads, summed, at the places that `SCHEDSTAT` gives. */
  readonly schedstat: Float64Array = new Float64Array(SCHEDSTAT_COUNT);
  /** The name, {@linkcode ProcessReader.nameLength} bytes. */
  readonly name: Uint8Array = new Uint8Array(NAME_SIZE);
  /** How many bytes the name has. */
  nameLength = 0;
  /** The place in the text of `status` where {@linkcode ProcessReader.readStatus} stopped. */
  statusEnd = 0;
  /**
   * The thread whose files are read: the process's own id, but for a process whose first thread has
   * ended. That one's memory, descriptors and links are found in the folder of another thread only.
   */
  thread = 0;
  /** Processor time in user mode, in nanoseconds: whole ticks. */
  user = 0;
  /** Processor time in the kernel, in nanoseconds: whole ticks. */
  system = 0;
  /** Processor time in both, in nanoseconds: at least the sum of the two, and exact if the ids are local. */
  total = 0;
  /** The size of the address space, in bytes. */
  virtualBytes = 0;
  /** What of it is resident, in bytes. */
  residentBytes = 0;
  /** Processor time of the living threads in user mode, in nanoseconds: whole ticks. */
  threadsUser = 0;
  /** Processor time of the living threads in the kernel, in nanoseconds: whole ticks. */
  threadsSystem = 0;
  /**
   * True if the process of {@linkcode ProcessReader.startOf} is a zombie, or about to become one: its
   * memory is gone already, and arguments look as if there were none.
   */
  hasEnded = false;
  /** How many threads were running when they were looked at. */
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

  /** Reads from a world; {@linkcode readerOf} gives the one that is there already. */
  constructor(world: World) {
    this.#world = world;
    this.#fs = world.fs;
  }

  /** The functions of the C library about time and processes. */
  get clock(): Clock {
    return this.#clock ??= openClock(this.#world.libc.more);
  }

  /** Nanoseconds of a tick. */
  get tick(): number {
    return this.#tick ||= NANOSECONDS / this.clock.sysconf(SC_CLK_TCK);
  }

  /** Bytes of a page. */
  get page(): number {
    return this.#page ||= this.clock.sysconf(SC_PAGESIZE);
  }

  /**
   * When the machine started by the calendar's clock, in microseconds since 1970. It is found once, so
   * that the time at which a process began does not change as the clock is adjusted.
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

  /** The nanoseconds that the kernel adds to the starts of processes for this one. */
  get offset(): number {
    this.#learnOffset();
    const { seconds, nanoseconds } = this.#offset!;
    return seconds * NANOSECONDS + nanoseconds;
  }

  /** The ticks by which starts are shifted for this process, and which are not reported. */
  get shift(): number {
    this.#learnOffset();
    return this.#shift;
  }

  /**
   * Finds out by how many ticks the starts of processes are shifted for this process, before they are
   * read: a new reader must not change the identity of a process. An offset that is not a whole number of ticks
   * leaves the start uncertain by one.
   */
  #learnOffset(): void {
    if (this.#offset !== undefined) return;
    this.#offset = bootOffset(this.#fs);
    const { seconds, nanoseconds } = this.#offset;
    if (seconds === 0 && nanoseconds === 0) return;
    this.#shift = Math.floor(seconds * (NANOSECONDS / this.tick) + nanoseconds / this.tick);
  }

  /** Parses a line of `stat` with the start of the process as the machine counts it. */
  #parse(length: number, last: number, fields: Float64Array): boolean {
    const parsed = parseStat(this.#fs.text, length, last, fields);
    if (this.#shift !== 0) fields[STAT.starttime]! -= this.#shift;
    return parsed;
  }

  /**
   * Reads `stat`.
   *
   * @param zombies Whether a zombie is one of the processes that are requested.
   * @param last The last field that is wanted, at least {@linkcode STAT.policy}. Of zombies and stopped
   * processes `exit_code` is read too; of others it is 0.
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
   * Reads `stat` once. What it finds takes more looks if no thread seems to live of several, or none is
   * counted: a thread that executes a program is taking over the id, or all are ending. A zombie takes two.
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
    // One that has been waited for meanwhile: its times and counts are 0 as well.
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
      // The threads were looked for in the same memory.
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
   * Takes on what another way of reading found of a process, as far as its name depends on it: its first
   * thread runs, and is not one of the kernel's.
   */
  assume(pid: number, name: Uint8Array, length: number): void {
    this.#held = NOT_HELD;
    this.thread = pid;
    this.stat[STAT.flags] = 0;
    for (let i = 0; i < length; i++) this.name[i] = name[i]!;
    this.nameLength = length;
  }

  /**
   * Holds on to the process that was read last: until {@linkcode ProcessReader.release}, or until another
   * is read, questions about it use what was read.
   */
  hold(pid: number): void {
    this.#threadsHeld = false;
    this.#held = pid;
  }

  /** Holds on to a process that another reader has read last, likewise. */
  holdAs(other: ProcessReader, pid: number): void {
    this.stat.set(other.stat);
    this.name.set(other.name);
    this.nameLength = other.nameLength;
    this.thread = other.thread;
    this.#heldLast = other.#heldLast;
    this.hold(pid);
  }

  /** Ends what {@linkcode ProcessReader.hold} began. */
  release(): void {
    this.#held = NOT_HELD;
  }

  /**
   * The thread whose files are read of the process that is held; `-ESRCH` for a zombie, and undefined for
   * a process that is not held.
   */
  heldThread(pid: number): DarwinAnswer | undefined {
    if (this.#held !== pid) return undefined;
    return this.isZombie ? -ERRNO.ESRCH : this.thread;
  }

  /**
   * XNU's rule of permission: 0 for root and about processes of the caller's effective user, else
   * `-EPERM`. It is for what Linux has no rule about, as it has no answer. A copied tree permits every query.
   */
  sameUser(pid: number): DarwinAnswer {
    if (!this.#fs.mounted) return 0;
    const user = this.#world.libc.users().geteuid();
    if (user === 0) return 0;
    const owner = this.#fs.owner(pid);
    if (owner < 0) return refused(owner);
    return owner === user ? 0 : -ERRNO.EPERM;
  }

  /** True if a process of {@linkcode ProcessReader.read} is a zombie. */
  get isZombie(): boolean {
    return this.stat[STAT.state] === STATE.zombie;
  }

  /** True if the program of a process is known to be one of 32 bits. */
  get isNarrow(): boolean {
    const stack = this.stat[STAT.startstack]!;
    return stack > 0 && stack < TWO_32;
  }

  /** True if the kernel withholds the addresses of the program. */
  get isOpaque(): boolean {
    return this.stat[STAT.startcode] === REFUSED;
  }

  /**
   * Finds a running thread of a process whose first thread has ended, and takes from it what the
   * first one has no more. Counts and times are the whole process's in either's line. Answers 1, 0 if
   * there is none, or a negated errno.
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
      // Only the first thread's flag states if the process has executed a file.
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

  /** Reads a file of the process that was read last into the memory of the file system. */
  readFile(pid: number, file: ProcFile): DarwinAnswer {
    const length = this.thread === pid
      ? this.#fs.read(pid, file)
      : this.#fs.read(pid, TASK, this.thread, file);
    return length < 0 ? refused(length) : length;
  }

  /** As {@linkcode ProcessReader.readFile}, but 0 for a file that this system's processes lack. */
  readIfAny(pid: number, thread: number, file: ProcFile): DarwinAnswer {
    const fs = this.#fs;
    if (this.#absent.has(file)) return 0;
    const length = thread === pid ? fs.read(pid, file) : fs.read(pid, TASK, thread, file);
    if (length !== -ERRNO.ESRCH) return length < 0 ? refused(length) : length;
    if (fs.self >= 0 && fs.read(fs.self, file) !== -ERRNO.ESRCH) return length;
    if (fs.self >= 0) this.#absent.add(file);
    // In a copied tree a file may be missing from one process alone.
    return fs.read(pid, STAT_FILE) < 0 ? length : 0;
  }

  /** Leaves the numbers in a folder of the process that was read last in `fs.pids`. */
  entries(pid: number, folder: ProcFile): DarwinAnswer {
    const fs = this.#fs;
    if (this.thread === pid) return refused(fs.entries(pid, folder));
    return refused(fs.entries(pid, TASK, this.thread, folder));
  }

  /** Reads what a link of the process that was read last points to. */
  readLink(pid: number, link: ProcFile): DarwinAnswer {
    const length = this.thread === pid
      ? this.#fs.link(pid, link)
      : this.#fs.link(pid, TASK, this.thread, link);
    return length < 0 ? refused(length) : length;
  }

  /**
   * Finds the processor times of the process that was read last.
   *
   * The kernel adjusts the two parts so that neither ever decreases, for all readers, and returns
   * them in whole ticks. Their sum in nanoseconds cannot be divided further without one of the shares
   * becoming less at times, so the parts stay as they are.
   *
   * @param precise The sum by the clock of the process, if it was read before. Default: it is read now.
   */
  readTimes(pid: number, precise: number = this.preciseTime(pid)): void {
    const { stat, tick } = this;
    this.user = stat[STAT.utime]! * tick;
    this.system = stat[STAT.stime]! * tick;
    this.total = Math.max(precise, this.user + this.system);
  }

  /** The processor time of a process by its clock, in nanoseconds; not above 0 if it cannot be read. */
  preciseTime(pid: number): number {
    return this.#fs.local ? this.clock.processTime(pid) : 0;
  }

  /**
   * Reads the memory of the process that was read last: that of `statm`, as the resident memory in `stat`
   * lacks what the processors have not added to the sum yet. A copied tree may have that alone.
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

  /** Reads the memory that the first thread of a process has, which need not have been read before. */
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
   * Adds up `schedstat` and the times of the threads that live in the process that was read last, and
   * counts how many of them run. {@linkcode ProcessReader.readTimes} comes before.
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
      // No other thread has used anything, or a copied tree lacks the folder.
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
   * When a process started, in ticks: with its id, which no other process has had together with it.
   * Nothing that {@linkcode ProcessReader.read} left is touched.
   */
  startOf(pid: number): DarwinAnswer {
    if (this.#held === pid) {
      this.hasEnded = this.isZombie;
      return this.stat[STAT.starttime]!;
    }
    this.#learnOffset();
    const start = this.#lookAtStart(pid);
    // A thread that executes a program may take over the id just now.
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
    // Its first thread may have ended without the others.
    this.hasEnded = isEnded(other) &&
      (other[STAT.num_threads]! <= 1 || !this.#livesInOthers(pid));
    return start;
  }

  /** True for a process whose first thread has ended while another runs. */
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

  /** True if a process, also one that is held, has ended by now, or has begun to end. */
  isEnding(pid: number): boolean {
    const held = this.#held;
    this.#held = NOT_HELD;
    const start = this.startOf(pid);
    this.#held = held;
    return start < 0 || this.hasEnded;
  }

  /**
   * True if an id is that of a process, for less than it takes to read `stat`. A process that is not
   * there, or is a thread, is `-ESRCH`.
   */
  find(pid: number): DarwinAnswer {
    if (this.#held === pid) return 0;
    if (pid <= 0 || pid > PID_MAX) return -ERRNO.ESRCH;
    if (!this.#fs.local) {
      const start = this.startOf(pid);
      return start < 0 ? start : 0;
    }
    // Only processes have such a clock. That of the calling thread is taken to be its process's.
    if (this.clock.processTime(pid) < 0) return -ERRNO.ESRCH;
    this.#self ||= this.clock.thread();
    return pid === this.#self && pid !== this.#fs.self ? -ERRNO.ESRCH : 0;
  }
}

/** What a process whose first thread has ended has from another thread. */
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

/** What `/proc` refuses to one who is not privileged is what XNU calls `EPERM`. */
export function refused(answer: DarwinAnswer): DarwinAnswer {
  return answer === -ERRNO.EACCES ? -ERRNO.EPERM : answer;
}

/** When the machine started by the calendar's clock: all who read by the same library agree on it. */
const machineStarts = new WeakMap<Libc, number>();

/** Reads one clock between two looks at the other, a few times, and trusts the closest pair. */
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
