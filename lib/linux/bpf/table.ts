import { wholeEnd } from "../../layout/text.ts";
import { ERRNO } from "../../system/errors.ts";
import type { ArgumentBytes, NamedFile, Privileges } from "../../system/facts.ts";
import type { TableFact, TableReader } from "../../system/table.ts";
import { SRUN, SZOMB } from "../../abi/kinfo_proc.ts";
import { flagsOf, statusOf } from "../answer/bsd_info.ts";
import { policyOf, priorityOf } from "../answer/task_info.ts";
import { uniqueHigh, uniqueLow } from "../answer/unique_id.ts";
import { PF_EXITING, STAT } from "../parse/stat.ts";
import { STATUS, STATUS_COUNT } from "../parse/status.ts";
import { CUT_NAME, type NameFinder, nameFinder } from "../proc/name.ts";
import { type ProcessReader, readerOf, STATE } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import type { BpfIterator } from "./bpf.ts";
import { KERNEL_NAME_SIZE } from "./kernel_names.ts";
import { Snapshot } from "./snapshot.ts";
import { NAME, TASK } from "./tasks.ts";

/** The flag of kernel threads. */
const PF_KTHREAD = 0x200000;

// The kernel's states (linux/sched.h), as far as `stat` distinguishes them.
const TASK_STOPPED = 0x4;
const TASK_TRACED = 0x8;
const EXIT_DEAD = 0x10;
const EXIT_ZOMBIE = 0x20;
/** The states that are reported. The highest of several states is reported. */
const REPORTED = 0x7f;
/** TASK_UNINTERRUPTIBLE | TASK_NOLOAD */
const IDLE = 0x402;
/** TASK_RTLOCK_WAIT | TASK_FROZEN, which are reported as TASK_UNINTERRUPTIBLE. */
const FROZEN = 0x9000;

/** The letter S, for every way of sleeping. */
const SLEEPING = 83;
const NICE_0 = 120;
const TWO_32 = 2 ** 32;

/**
 * Returns a reader of all processes at once. It uses the records that a BPF program writes about
 * them.
 *
 * The reader takes each process from the list once, in the order of the list: a later query reads
 * the current state. The plain reader reads facts that the program does not report, after it has
 * checked that the process is still the same. It also reads processes that were not listed, and
 * processes whose leader has ended before other threads, as the kernel keeps their facts in several
 * places.
 *
 * @param programs The programs that read all processes.
 * @param plain The reader of single processes.
 */
export function bpfTable(world: World, programs: TaskPrograms, plain: TableReader): TableReader {
  return new BpfTable(world, programs, plain);
}

/** The programs that write a record for each process. */
export interface TaskPrograms {
  /** The program that writes complete records. */
  readonly tasks: BpfIterator;
  /**
   * Loads the program that does not read address spaces. Returns undefined if the kernel refuses
   * it.
   */
  times(): BpfIterator | undefined;
}

/** The facts that require the address space of a process. */
const OF_MEMORY: readonly TableFact[] = ["readMemory", "readFootprint", "readFlags"];
/**
 * The number of times that processes are listed before the program without address spaces is
 * loaded.
 */
const FEW_LISTS = 2;

class BpfTable implements TableReader {
  readonly hasTracerAsParent = false;
  readonly translated = false;
  readAtMs = 0;
  name: Uint8Array = new Uint8Array(KERNEL_NAME_SIZE);
  nameLength = 0;
  userTimeNs = 0;
  systemTimeNs = 0;
  cpuTimeNs = 0;
  runDelayNs = 0;

  readonly #world: World;
  readonly #plain: TableReader;
  readonly #reader: ProcessReader;
  readonly #self: number;
  readonly #programs: TaskPrograms;
  readonly #snapshot = new Snapshot();
  readonly #name = this.name;
  /** Some fields in the form of {@linkcode ProcessReader}. */
  readonly #stat = new Float64Array(STAT.policy + 1);
  readonly #ids = new Float64Array(STATUS_COUNT);
  readonly #tick: number;
  readonly #page: number;
  /** The time at which the machine started, in microseconds since 1970. */
  #started = 0;
  #words: Uint32Array = new Uint32Array(0);
  #bytes: Uint8Array = new Uint8Array(0);
  #pids: Int32Array = new Int32Array(0);
  #pid = 0;
  #row = 0;
  /** The place of the record of the process; below 0 if the plain reader reads the process. */
  #at = -1;
  /** True if the user and system times will be queried. */
  #expectsModes = false;
  /** True if facts about the address space will be queried. */
  #expectsMemory = true;
  /** True if the records have the facts about the address space. */
  #hasMemory = true;
  #lists = 0;
  #names: NameFinder | undefined;
  #withArguments = false;
  #compared = false;
  #held = false;
  /**
   * The answer of the plain reader about a process that has a record; undefined before it was
   * called.
   */
  #settled: number | undefined = undefined;
  #modesRead = false;
  #status = 0;

  constructor(world: World, programs: TaskPrograms, plain: TableReader) {
    this.#programs = programs;
    this.#world = world;
    this.#plain = plain;
    this.#reader = readerOf(world);
    this.#self = world.fs.self;
    this.#tick = this.#reader.tick;
    this.#page = this.#reader.page;
  }

  get pids(): Int32Array {
    return this.#pids;
  }

  expect(facts: readonly TableFact[], alone: boolean): void {
    this.#plain.expect(facts, alone);
    this.#expectsModes = facts.includes("readModes");
    this.#expectsMemory = OF_MEMORY.some((fact) => facts.includes(fact));
  }

  begin(): void {
    this.#drop();
    this.#plain.begin();
  }

  end(): void {
    this.#drop();
    this.#plain.end();
  }

  #drop(): void {
    this.#snapshot.drop();
    this.#words = this.#snapshot.words;
    this.#bytes = this.#snapshot.bytes;
    this.#at = -1;
  }

  list(): number {
    this.#drop();
    const snapshot = this.#snapshot;
    const times = this.#expectsMemory || ++this.#lists <= FEW_LISTS
      ? undefined
      : this.#programs.times();
    this.#hasMemory = times === undefined;
    const count = snapshot.read(times ?? this.#programs.tasks);
    if (count < 0) return count;
    this.#words = snapshot.words;
    this.#bytes = snapshot.bytes;
    this.#pids = snapshot.pids;
    this.#started = this.#reader.started;
    return count;
  }

  listChildren(pid: number): number {
    const count = this.#plain.listChildren(pid);
    this.#pids = this.#plain.pids;
    return count;
  }

  revisit(pid: number): number {
    this.#pid = pid;
    this.#at = -1;
    const answer = this.#plain.revisit(pid);
    this.readAtMs = this.#plain.readAtMs;
    return answer;
  }

  rests(): boolean {
    return false;
  }

  read(pid: number, withArguments = false, compared = false): number {
    this.#pid = pid;
    this.#withArguments = withArguments;
    this.#compared = compared;
    this.#held = false;
    this.#settled = undefined;
    this.#modesRead = false;
    const row = this.#snapshot.take(pid);
    this.#row = row;
    if (row < 0) return this.#readPlain();
    const words = this.#words;
    const at = this.#at = this.#snapshot.places[row]!;
    const letter = letterOf(words[at + TASK.state]!, words[at + TASK.exit_state]!);
    this.#status = statusOf(letter);
    const threads = words[at + TASK.threads]!;
    // The leader may have ended, or be ending, before the other threads.
    if (threads > 1 && (this.#status === SZOMB || words[at + TASK.flags]! & PF_EXITING)) {
      return this.#readPlain();
    }
    if (this.#status === SZOMB) {
      if (threads === 0) return -ERRNO.ESRCH;
      if (letter === STATE.dead) return -ERRNO.ESRCH;
    }
    this.readAtMs = this.#snapshot.readAtMs;
    return 0;
  }

  #readPlain(): number {
    this.#at = -1;
    const answer = this.#plain.read(this.#pid, this.#withArguments, this.#compared);
    this.readAtMs = this.#plain.readAtMs;
    return answer;
  }

  /**
   * Reads the process with the plain reader too. Returns 0 if it is still the process of the
   * record.
   */
  #settle(): number {
    if (this.#at < 0) return 0;
    if (this.#settled !== undefined) return this.#settled;
    const plain = this.#plain;
    let answer = plain.read(this.#pid, this.#withArguments, this.#compared);
    if (answer === 0) {
      const same = plain.uniqueLow === this.uniqueLow && plain.uniqueHigh === this.uniqueHigh;
      if (!same) answer = -ERRNO.ESRCH;
      else if (this.#held) plain.hold(false);
    }
    return this.#settled = answer;
  }

  hold(needsSystem: boolean): void {
    this.#held = true;
    if (this.#at >= 0 && !needsSystem || this.#settle() < 0) return;
    this.#plain.hold(needsSystem);
  }

  release(): void {
    this.#held = false;
    if (this.#at < 0 || this.#settled === 0) this.#plain.release();
  }

  compare(thorough = true): number {
    // Everything in a record is about the same process.
    if (this.#at >= 0 && this.#settled !== 0) {
      if (this.#settled !== undefined) return this.#settled;
      return thorough && this.#status !== SZOMB && this.#hasLost ? -ERRNO.ESRCH : 0;
    }
    return this.#plain.compare(thorough);
  }

  [Symbol.dispose](): void {
    this.#drop();
    this.#plain[Symbol.dispose]();
  }

  forget(pid: number): void {
    this.#plain.forget(pid);
  }

  get status(): number {
    return this.#at < 0 ? this.#plain.status : this.#status;
  }

  get parentPid(): number {
    return this.#at < 0 ? this.#plain.parentPid : this.#words[this.#at + TASK.ppid]!;
  }

  get processGroupId(): number {
    return this.#at < 0 ? this.#plain.processGroupId : this.#words[this.#at + TASK.pgrp]!;
  }

  get uniqueLow(): number {
    return this.#at < 0 ? this.#plain.uniqueLow : uniqueLow(this.#start, this.#pid);
  }

  get uniqueHigh(): number {
    return this.#at < 0 ? this.#plain.uniqueHigh : uniqueHigh(this.#start);
  }

  /** The time at which the process started, in ticks since the machine started. */
  get #start(): number {
    return this.#number(TASK.start);
  }

  /** Returns the 64-bit number in a member of the record. */
  #number(member: number): number {
    const words = this.#words;
    const at = this.#at + member;
    return words[at]! + words[at + 1]! * TWO_32;
  }

  get kernelThread(): boolean {
    return this.#at < 0 ? this.#plain.kernelThread : this.#isKernel;
  }

  get #isKernel(): boolean {
    return (this.#words[this.#at + TASK.flags]! & PF_KTHREAD) !== 0;
  }

  readBeginning(): number {
    return this.#at < 0 ? this.#plain.readBeginning() : 0;
  }

  get startedAt(): number {
    if (this.#at < 0) return this.#plain.startedAt;
    return Math.floor(this.#started + this.#start * (this.#tick / 1000)) / 1000;
  }

  get terminalDevice(): number {
    return this.#at < 0 ? this.#plain.terminalDevice : this.#words[this.#at + TASK.tty]! || -1;
  }

  get foregroundProcessGroupId(): number {
    if (this.#at < 0) return this.#plain.foregroundProcessGroupId;
    return this.#words[this.#at + TASK.tpgid]! || -1;
  }

  get sessionLeader(): boolean {
    if (this.#at < 0) return this.#plain.sessionLeader;
    return this.#words[this.#at + TASK.session] === this.#pid;
  }

  get nice(): number {
    if (this.#at < 0) return this.#plain.nice;
    return this.#words[this.#at + TASK.static_prio]! - NICE_0;
  }

  readSession(): number {
    return this.#at < 0 ? this.#plain.readSession() : 0;
  }

  get sessionId(): number {
    return this.#at < 0 ? this.#plain.sessionId : this.#words[this.#at + TASK.session]!;
  }

  readName(): number {
    if (this.#at < 0) return this.#readPlainName();
    const words = this.#words;
    const at = this.#at;
    let length = this.#addName(0, at + TASK.comm, CUT_NAME);
    if ((words[at + TASK.flags]! & PF_KTHREAD) !== 0) {
      const place = this.#snapshot.nameOf(at);
      const sign = words[place + NAME.sign]!;
      const isKnown = words[at + TASK.whole] !== 0 ||
        place > 0 && (sign === 0 || length < CUT_NAME);
      if (!isKnown) return this.#settleName();
      if (place > 0) {
        if (sign === 0) length = 0;
        else this.#name[length++] = sign;
        length = this.#addName(length, place + NAME.text, KERNEL_NAME_SIZE - 1 - length);
      }
    } else if (length === CUT_NAME) {
      if (this.#status !== SZOMB) return this.#completeName();
      // A zombie has lost its arguments and its program, in which the rest could be found.
      length = wholeEnd(this.#name, 0, length);
    }
    this.name = this.#name;
    this.nameLength = length;
    return 0;
  }

  /** Adds text from a place of the snapshot to the name. Returns the new length of the name. */
  #addName(length: number, place: number, most: number): number {
    const bytes = this.#bytes;
    const name = this.#name;
    const start = place * 4;
    for (let i = 0; i < most; i++) {
      const byte = bytes[start + i]!;
      if (byte === 0) break;
      name[length++] = byte;
    }
    return length;
  }

  /**
   * Finds the whole name if it may have been truncated, in files of the process that has the pid.
   */
  #completeName(): number {
    if (this.#settled !== undefined) return this.#settleName();
    this.#reader.assume(this.#pid, this.#name, CUT_NAME);
    const names = this.#names ??= nameFinder(this.#world);
    const length = names.find(this.#pid);
    if (length < 0) return length;
    this.name = names.bytes;
    this.nameLength = length;
    return 0;
  }

  #settleName(): number {
    const answer = this.#settle();
    return answer < 0 ? answer : this.#readPlainName();
  }

  #readPlainName(): number {
    const answer = this.#plain.readName();
    this.name = this.#plain.name;
    this.nameLength = this.#plain.nameLength;
    return answer;
  }

  readUser(): number {
    return this.#at < 0 ? this.#plain.readUser() : 0;
  }

  get userId(): number {
    return this.#at < 0 ? this.#plain.userId : this.#words[this.#at + TASK.euid]!;
  }

  get groupId(): number {
    return this.#at < 0 ? this.#plain.groupId : this.#words[this.#at + TASK.egid]!;
  }

  readCredentials(): number {
    return this.#at < 0 ? this.#plain.readCredentials() : 0;
  }

  get realUserId(): number {
    return this.#at < 0 ? this.#plain.realUserId : this.#words[this.#at + TASK.uid]!;
  }

  get effectiveUserId(): number {
    return this.#at < 0 ? this.#plain.effectiveUserId : this.#words[this.#at + TASK.euid]!;
  }

  get savedUserId(): number {
    return this.#at < 0 ? this.#plain.savedUserId : this.#words[this.#at + TASK.suid]!;
  }

  get realGroupId(): number {
    return this.#at < 0 ? this.#plain.realGroupId : this.#words[this.#at + TASK.gid]!;
  }

  get effectiveGroupId(): number {
    return this.#at < 0 ? this.#plain.effectiveGroupId : this.#words[this.#at + TASK.egid]!;
  }

  get savedGroupId(): number {
    return this.#at < 0 ? this.#plain.savedGroupId : this.#words[this.#at + TASK.sgid]!;
  }

  readFlags(): number {
    return this.#lacksMemory ? this.#settle() || this.#plain.readFlags() : 0;
  }

  get flags(): number {
    if (this.#lacksMemory) return this.#plain.flags;
    const words = this.#words;
    const at = this.#at;
    const stat = this.#stat;
    const status = this.#ids;
    stat[STAT.flags] = words[at + TASK.flags]!;
    stat[STAT.session] = words[at + TASK.session]!;
    stat[STAT.tty_nr] = words[at + TASK.tty]!;
    status[STATUS.tracer] = words[at + TASK.tracer]!;
    status[STATUS.ruid] = words[at + TASK.uid]!;
    status[STATUS.euid] = words[at + TASK.euid]!;
    status[STATUS.rgid] = words[at + TASK.gid]!;
    status[STATUS.egid] = words[at + TASK.egid]!;
    return flagsOf({ stat, status, isNarrow: words[at + TASK.narrow] !== 0 }, this.#pid);
  }

  /** True for a process without memory: a zombie, or a process that is ending. */
  get #hasLost(): boolean {
    if (this.#status === SZOMB) return true;
    const isEnding =
      (this.#words[this.#at + TASK.flags]! & (PF_EXITING | PF_KTHREAD)) === PF_EXITING;
    // Without memory in the records, a process that is ending counts as one that has lost it.
    return isEnding && (!this.#hasMemory || this.#number(TASK.total) === 0);
  }

  /** True if the plain reader reads the facts about the address space. */
  get #lacksMemory(): boolean {
    return this.#at < 0 || !this.#hasMemory;
  }

  readMemory(): number {
    if (this.#lacksMemory) return this.#settle() || this.#plain.readMemory();
    return this.#hasLost ? -ERRNO.ESRCH : 0;
  }

  get #residentPages(): number {
    return this.#number(TASK.files) + this.#number(TASK.anonymous) + this.#number(TASK.shared);
  }

  get residentBytes(): number {
    if (this.#lacksMemory) return this.#plain.residentBytes;
    return this.#residentPages * this.#page;
  }

  get virtualBytes(): number {
    if (this.#lacksMemory) return this.#plain.virtualBytes;
    return this.#number(TASK.total) * this.#page;
  }

  readTask(): number {
    if (this.#at < 0) return this.#plain.readTask();
    return this.#status === SZOMB ? -ERRNO.ESRCH : 0;
  }

  get threadCount(): number {
    return this.#at < 0 ? this.#plain.threadCount : this.#words[this.#at + TASK.threads]!;
  }

  get runningCount(): number {
    if (this.#at < 0) return this.#plain.runningCount;
    return this.#status === SRUN ? 1 : 0;
  }

  get basePriority(): number {
    if (this.#at < 0) return this.#plain.basePriority;
    const stat = this.#stat;
    stat[STAT.rt_priority] = this.#words[this.#at + TASK.rt_priority]!;
    stat[STAT.policy] = this.#words[this.#at + TASK.policy]!;
    stat[STAT.nice] = this.nice;
    return priorityOf(stat);
  }

  get policy(): number {
    return this.#at < 0 ? this.#plain.policy : policyOf(this.#words[this.#at + TASK.policy]!);
  }

  readTimes(): number {
    if (this.#at < 0) return this.#readPlainTimes();
    if (this.#modesRead) return 0;
    // The sum and its parts must be of the same moment, even if the plain reader has to read the
    // parts.
    if (this.#expectsModes) return this.readModes();
    // A process can read its own time exactly, but the times of others only as of the last context
    // switch.
    if (this.#pid === this.#self || !this.#snapshot.isWhole(this.#row)) return this.#settleTimes();
    this.cpuTimeNs = this.#ran;
    return 0;
  }

  /** The time that the threads of the process ran, in nanoseconds. */
  get #ran(): number {
    return this.#number(TASK.ran) + this.#number(TASK.ended) + this.#snapshot.ran[this.#row]!;
  }

  /**
   * Reads the user and system times.
   *
   * The kernel divides the time that a process ran into these two parts when they are read. It
   * remembers the parts so that neither of them decreases. Ticks that follow from the remembered
   * parts are the same for every reader. If the number of ticks is uncertain, the parts are read
   * without BPF.
   */
  readModes(): number {
    if (this.#at < 0) return this.#readPlainModes();
    if (this.#modesRead) return 0;
    if (this.#pid === this.#self || !this.#snapshot.isWhole(this.#row)) return this.#settleModes();
    const tick = this.#tick;
    const ran = this.#ran;
    const user = this.#number(TASK.user);
    const system = this.#number(TASK.system);
    const rest = Math.max(ran - user - system, 0);
    const userTicks = Math.floor(user / tick);
    const systemTicks = Math.floor(system / tick);
    if (rest > 0) {
      const isOpen = Math.floor((user + rest) / tick) !== userTicks ||
        Math.floor((system + rest) / tick) !== systemTicks;
      if (isOpen) return this.#settleModes();
    }
    this.userTimeNs = userTicks * tick;
    this.systemTimeNs = systemTicks * tick;
    this.cpuTimeNs = Math.max(ran, this.userTimeNs + this.systemTimeNs);
    this.#modesRead = true;
    return 0;
  }

  #settleTimes(): number {
    return this.#settle() || this.#readPlainTimes();
  }

  #settleModes(): number {
    return this.#settle() || this.#readPlainModes();
  }

  #readPlainTimes(): number {
    const answer = this.#plain.readTimes();
    this.cpuTimeNs = this.#plain.cpuTimeNs;
    return answer;
  }

  #readPlainModes(): number {
    const plain = this.#plain;
    const answer = plain.readModes();
    this.userTimeNs = plain.userTimeNs;
    this.systemTimeNs = plain.systemTimeNs;
    this.cpuTimeNs = plain.cpuTimeNs;
    this.#modesRead = answer === 0;
    return answer;
  }

  readChildTimes(): number {
    return this.#settle() || this.#plain.readChildTimes();
  }

  get childUserTimeNs(): number {
    return this.#plain.childUserTimeNs;
  }

  get childSystemTimeNs(): number {
    return this.#plain.childSystemTimeNs;
  }

  readFaults(): number {
    return this.#settle() || this.#plain.readFaults();
  }

  get pageFaults(): number {
    return this.#plain.pageFaults;
  }

  get majorPageFaults(): number {
    return this.#plain.majorPageFaults;
  }

  readSwitches(): number {
    return this.#settle() || this.#plain.readSwitches();
  }

  get contextSwitches(): number {
    return this.#plain.contextSwitches;
  }

  get runnableTimeNs(): number {
    return this.#plain.runnableTimeNs;
  }

  readCounters(): number {
    return this.#settle() || this.#plain.readCounters();
  }

  get interruptWakeups(): number {
    return this.#plain.interruptWakeups;
  }

  get packageWakeups(): number {
    return this.#plain.packageWakeups;
  }

  get instructions(): number {
    return this.#plain.instructions;
  }

  get cycles(): number {
    return this.#plain.cycles;
  }

  get energyNanojoules(): number {
    return this.#plain.energyNanojoules;
  }

  readRunDelay(): number {
    if (this.#at >= 0) {
      if (this.#status === SZOMB) return -ERRNO.ESRCH;
      if (this.#snapshot.isWhole(this.#row)) {
        this.runDelayNs = this.#number(TASK.waited) + this.#snapshot.waited[this.#row]!;
        return 0;
      }
    }
    let answer = this.#settle();
    if (answer >= 0) answer = this.#plain.readRunDelay();
    this.runDelayNs = this.#plain.runDelayNs;
    return answer;
  }

  readFootprint(): number {
    if (this.#lacksMemory) return this.#settle() || this.#plain.readFootprint();
    return this.#hasLost ? -ERRNO.ESRCH : 0;
  }

  get footprintBytes(): number {
    if (this.#lacksMemory) return this.#plain.footprintBytes;
    return (this.#number(TASK.anonymous) + this.#number(TASK.swapped)) * this.#page;
  }

  get peakBytes(): number {
    if (this.#lacksMemory) return this.#plain.peakBytes;
    return Math.max(this.#number(TASK.peak), this.#residentPages) * this.#page || -1;
  }

  get wiredBytes(): number {
    if (this.#lacksMemory) return this.#plain.wiredBytes;
    return (this.#number(TASK.locked) + this.#number(TASK.pinned)) * this.#page;
  }

  readShares(): number {
    return this.#settle() || this.#plain.readShares();
  }

  get proportionalBytes(): number {
    return this.#plain.proportionalBytes;
  }

  get uniqueBytes(): number {
    return this.#plain.uniqueBytes;
  }

  get swappedBytes(): number {
    return this.#plain.swappedBytes;
  }

  readTransfers(): number {
    return this.#settle() || this.#plain.readTransfers();
  }

  get readBytes(): number {
    return this.#plain.readBytes;
  }

  get writtenBytes(): number {
    return this.#plain.writtenBytes;
  }

  readCalls(): number {
    return this.#settle() || this.#plain.readCalls();
  }

  get inputBytes(): number {
    return this.#plain.inputBytes;
  }

  get outputBytes(): number {
    return this.#plain.outputBytes;
  }

  get inputCalls(): number {
    return this.#plain.inputCalls;
  }

  get outputCalls(): number {
    return this.#plain.outputCalls;
  }

  readPrivileges(): number {
    return this.#settle() || this.#plain.readPrivileges();
  }

  get privileges(): Privileges {
    return this.#plain.privileges;
  }

  readExecutable(): number {
    return this.#settle() || this.#plain.readExecutable();
  }

  get executable(): NamedFile {
    return this.#plain.executable;
  }

  readArguments(): number {
    return this.#settle() || this.#plain.readArguments();
  }

  get arguments(): Pick<ArgumentBytes, "arguments" | "title"> {
    return this.#plain.arguments;
  }
}

/** Returns the letter that `stat` has for a state. All ways of sleeping have the letter S. */
function letterOf(state: number, exitState: number): number {
  if ((state & IDLE) === IDLE || (state & FROZEN) !== 0) return SLEEPING;
  const reported = (state | exitState) & REPORTED;
  if (reported >= EXIT_ZOMBIE * 2) return SLEEPING;
  if (reported >= EXIT_ZOMBIE) return STATE.zombie;
  if (reported >= EXIT_DEAD) return STATE.dead;
  if (reported >= TASK_TRACED) return STATE.tracing;
  if (reported >= TASK_STOPPED) return STATE.stopped;
  return reported === 0 ? STATE.running : SLEEPING;
}
