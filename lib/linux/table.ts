import { ERRNO } from "../system/errors.ts";
import type { NamedFile, Privileges } from "../system/facts.ts";
import type { TableFact, TableReader, TableReaderOptions } from "../system/table.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import { flagsOf, statusOf } from "./answer/bsd_info.ts";
import { READ_BYTES, WRITE_BYTES } from "./answer/pid_rusage.ts";
import { policyOf, priorityOf } from "./answer/task_info.ts";
import { uniqueHigh, uniqueLow } from "./answer/unique_id.ts";
import { DIGIT_0 } from "./parse/bytes.ts";
import { SCHEDSTAT } from "./parse/schedstat.ts";
import { isKernelThread, PF_EXITING, STAT } from "./parse/stat.ts";
import {
  parseStatusMemory,
  parseStatusNumber,
  STATUS,
  STATUS_MEMORY,
  STATUS_MEMORY_COUNT,
  statusKey,
} from "./parse/status.ts";
import { type ChildLister, childLister } from "./proc/children.ts";
import { programFinder } from "./proc/executable.ts";
import { KeptFs } from "./proc/kept_fs.ts";
import { type NameFinder, nameFinder } from "./proc/name.ts";
import { PidList } from "./proc/pid_list.ts";
import { procFile } from "./proc/proc_fs.ts";
import { type ProcessReader, readerOf, refused, STATE } from "./proc/process.ts";
import { privilegesIn } from "./proc/questions.ts";
import { type Started, type StartedReader, startedReader } from "./proc/started.ts";
import type { World } from "./proc/world.ts";
import { groupOf, inodeNumberOf, MASK, userOf } from "./sys/statx.ts";

const FOLDER = procFile("");
const IO = procFile("io");
const ROLLUP = procFile("smaps_rollup");
/** The lines of `io`, in the order of the members of the table. */
const IO_LINES = [
  READ_BYTES,
  WRITE_BYTES,
  ...["rchar", "wchar", "syscr", "syscw"].map(statusKey),
];
const PSS = statusKey("Pss");
const PRIVATE_CLEAN = statusKey("Private_Clean");
const PRIVATE_DIRTY = statusKey("Private_Dirty");
const SWAP_PSS = statusKey("SwapPss");
const STATM = procFile("statm");
const TASK = procFile("task");
const FOLDER_MASK = MASK.UID | MASK.GID | MASK.INO;
const KILOBYTE = 1024;
/**
 * The granularity of processor times that are not compared, in nanoseconds. A kernel that counts
 * time by its timer reports only multiples of this, in which a short run leaves no trace.
 */
const COARSE_NS = 100_000;
/**
 * The number of idle processes for which the clock is read once. Reading it takes a tenth of the
 * time of checking one process.
 */
const SAME_MOMENT = 8;

const decoder = new TextDecoder();

/**
 * Returns a reader of processes. It reads `stat`, which has nearly all values that are queried for
 * many processes, and takes the user from the owner of the process's folder. That is a third of the
 * work of `proc_taskallinfo`, which reads two more files.
 *
 * @param world The files and the system calls to read from.
 * @param options What the reader may keep open.
 * @param keeping The readers that keep files open. The new reader is among them until it is
 * disposed of.
 */
export function linuxTable(
  world: World,
  { keep = 0 }: TableReaderOptions = {},
  keeping: Set<Disposable> = new Set(),
): TableReader {
  const { fs, libc } = world;
  if (keep === 0 || !fs.mounted) return new LinuxTable(world);
  const kept = new KeptFs(fs, libc, keep);
  return new LinuxTable(
    { fs: kept, libc },
    { kept, list: new PidList(world), keeping, queried: readerOf(world) },
  );
}

/** The parts of a reader that keeps files open. */
interface Keeping {
  readonly kept: KeptFs;
  readonly list: PidList;
  readonly keeping: Set<Disposable>;
  /** The reader that queries about single processes use. */
  readonly queried: ProcessReader;
}

/** The announced queries about processes, by the file that answers them. */
interface Expected {
  /**
   * True if the facts are read before the identity, as no other query follows: see
   * {@linkcode TableReader.expect}.
   */
  readonly alone: boolean;
  readonly status: boolean;
  readonly resident: boolean;
  readonly user: boolean;
  readonly times: boolean;
  readonly io: boolean;
  /** True if an announced query needs `stat`. */
  readonly looks: boolean;
}

/** The facts that need no `stat` if the files of the process are kept open. */
const WITHOUT_LOOK: ReadonlySet<TableFact> = new Set<TableFact>([
  "readTimes",
  "readMemory",
  "readUser",
]);

const EXPECT_NOTHING: Expected = {
  alone: false,
  status: false,
  resident: false,
  user: false,
  times: false,
  io: false,
  looks: false,
};

class LinuxTable implements TableReader {
  readAtMs = 0;
  userId = 0;
  groupId = 0;
  name: Uint8Array;
  nameLength = 0;
  executable: NamedFile = { path: new Uint8Array(0), deleted: undefined };
  arguments: Started = { arguments: [], title: undefined };
  residentBytes = 0;
  virtualBytes = 0;
  proportionalBytes = 0;
  uniqueBytes = 0;
  swappedBytes = 0;
  cpuTimeNs = 0;

  readonly interruptWakeups = NaN;
  readonly packageWakeups = NaN;
  readonly instructions = NaN;
  readonly cycles = NaN;
  readonly energyNanojoules = NaN;
  readonly translated = false;
  /** False: tracing does not change the parent on Linux. */
  readonly hasTracerAsParent = false;
  readonly #world: World;
  readonly #kept: KeptFs | undefined;
  readonly #list: PidList | undefined;
  readonly #keeping: Set<Disposable> | undefined;
  readonly #reader: ProcessReader;
  readonly #queried: ProcessReader;
  readonly #io = new Float64Array(IO_LINES.length);
  readonly #memory = new Float64Array(STATUS_MEMORY_COUNT);
  #names: NameFinder | undefined;
  #children: ChildLister | undefined;
  #listed: Int32Array | undefined;
  #findProgram: ReturnType<typeof programFinder> | undefined;
  #started: StartedReader | undefined;
  #pid = 0;
  /**
   * The number of idle processes since another one was read, and the time at which the last ones
   * were checked.
   */
  #rested = 0;
  #restedAtMs = 0;
  #start = 0;
  /** The inode of the process's folder, which was read before anything else; 0 if unknown. */
  #inode = 0;
  /** True if the `stat` of the process has not been read since the reader moved to it. */
  #unread = false;
  /**
   * Values of the last `stat`. The shared reader may read other processes before the next one here.
   */
  #status = 0;
  #thread = 0;
  #isKernel = false;
  /** A copy of `status` and its length in bytes, which is 0 until `status` is read. */
  #statusText = new Uint8Array(4096);
  #statusLength = 0;
  #timesRead = false;
  #memoryRead = false;
  /** The announced queries, and the plans for those that were announced before. */
  #facts: readonly TableFact[] = [];
  readonly #plans = new WeakMap<readonly TableFact[], Expected>();
  #expected: Expected = EXPECT_NOTHING;
  /** True if everything about the process was read before its identity, or together with it. */
  #isWhole = false;
  /**
   * The facts that were read before the identity, in addition to files: the owner, and the exact
   * processor time.
   */
  #hasUser = false;
  #precise: number | undefined;
  #ioAnswer: number | undefined;
  #argumentsAnswer: number | undefined;

  constructor(world: World, { kept, list, keeping, queried }: Partial<Keeping> = {}) {
    this.#world = world;
    this.#kept = kept;
    this.#list = list;
    this.#keeping = keeping;
    keeping?.add(this);
    this.#reader = readerOf(world);
    this.#queried = queried ?? this.#reader;
    this.name = this.#reader.name;
  }

  get pids(): Int32Array {
    return this.#listed ?? this.#list?.pids ?? this.#world.fs.pids;
  }

  expect(facts: readonly TableFact[], alone: boolean): void {
    if (facts === this.#facts) return;
    this.#facts = facts;
    let expected = this.#plans.get(facts);
    if (expected === undefined) this.#plans.set(facts, expected = this.#planOf(facts, alone));
    this.#expected = expected;
  }

  #planOf(facts: readonly TableFact[], alone: boolean): Expected {
    const has = (...some: TableFact[]) => some.some((fact) => facts.includes(fact));
    const status = has("readCredentials", "readFlags", "readFootprint", "readPrivileges") ||
      has("readUser") && !this.#world.fs.mounted;
    return {
      alone,
      status,
      resident: has("readMemory") && !status,
      user: has("readUser") && !status,
      times: has("readTimes", "readModes"),
      io: has("readTransfers", "readCalls"),
      looks: facts.some((fact) => !WITHOUT_LOOK.has(fact)),
    };
  }

  begin(): void {
    this.#rested = 0;
    this.#started?.begin();
    this.#kept?.begin();
  }

  end(): void {
    this.#kept?.end();
  }

  forget(pid: number): void {
    this.#kept?.forget(pid);
  }

  [Symbol.dispose](): void {
    this.#kept?.dispose();
    this.#list?.dispose();
    this.#keeping?.delete(this);
  }

  list(): number {
    this.#listed = undefined;
    return this.#list?.list() ?? this.#world.fs.list();
  }

  listChildren(pid: number): number {
    this.#children ??= childLister(this.#world.fs);
    const count = this.#children.list(pid);
    this.#listed = this.#children.pids;
    return count;
  }

  read(pid: number, withArguments = false, compared = false): number {
    this.#moveTo(pid);
    // The inode of the folder stays the same while the process exists and the kernel caches it.
    this.#inode = compared ? this.#folder() : 0;
    const error = this.#look(withArguments ? STAT.arg_end : STAT.policy);
    if (error === -ERRNO.ESRCH) this.#list?.drop(pid);
    return error;
  }

  rests(pid: number, cpuTimeNs: number): boolean {
    const { fs } = this.#world;
    if (!fs.local || cpuTimeNs % COARSE_NS === 0) return false;
    if (this.#rested++ % SAME_MOMENT === 0) this.#restedAtMs = performance.now();
    this.readAtMs = this.#restedAtMs;
    if (this.#reader.preciseTime(pid) !== cpuTimeNs) return false;
    this.#kept?.visit(pid);
    return true;
  }

  revisit(pid: number): number {
    const start = this.#kept?.startOf(pid);
    if (start === undefined && !this.#expected.alone) return this.read(pid, false, true);
    this.#moveTo(pid);
    if (start === undefined) return this.#lookLast(pid);
    this.#inode = 0;
    this.#start = start;
    this.#unread = true;
    return 0;
  }

  #moveTo(pid: number): void {
    this.#pid = pid;
    this.#rested = 0;
    this.readAtMs = performance.now();
    this.#statusLength = 0;
    this.#timesRead = false;
    this.#memoryRead = false;
    this.#ioAnswer = undefined;
    this.#argumentsAnswer = undefined;
    this.#hasUser = this.#isWhole = false;
    this.#precise = undefined;
  }

  /**
   * Reads the announced facts of a process that the caller knows by its identity, and then its
   * `stat`. As no process gets its pid back, all facts are about the process of the `stat`.
   */
  #lookLast(pid: number): number {
    const { status, resident, user, times, io } = this.#expected;
    const reader = this.#reader;
    this.#inode = 0;
    this.#unread = false;
    reader.thread = pid;
    // A failed read is repeated after the `stat`, which shows the reason.
    if (times) this.#precise = reader.preciseTime(pid);
    if (status) this.#readStatus();
    if (resident) this.#hasMemory();
    if (user) this.#hasUser = this.#folder() !== 0;
    if (io) this.#ioAnswer = this.#queryIo();
    if (this.#ioAnswer === -ERRNO.ESRCH) this.#ioAnswer = undefined;
    this.#isWhole = true;
    const error = this.#look(STAT.policy);
    if (this.#thread !== pid) {
      // The leader has ended. Its files lack facts that the files of another thread have.
      this.#isWhole = this.#memoryRead = false;
      this.#statusLength = 0;
    }
    if (error === -ERRNO.ESRCH) this.#list?.drop(pid);
    return error;
  }

  /** Reads `stat` up to a field. */
  #look(last: number): number {
    const reader = this.#reader;
    const pid = this.#pid;
    this.#unread = false;
    const error = reader.read(pid, true, last);
    const { stat } = reader;
    this.#start = stat[STAT.starttime]!;
    this.#status = statusOf(stat[STAT.state]!);
    this.#thread = reader.thread;
    this.#isKernel = isKernelThread(stat);
    if (error === 0 && this.#thread === pid) this.#kept?.noteStart(pid, this.#start);
    return error;
  }

  /** The reader, which has read `stat` of the process. */
  get #at(): ProcessReader {
    // If the process does not exist, `compare()` reports it.
    if (this.#unread) this.#look(STAT.policy);
    return this.#reader;
  }

  get status(): number {
    if (this.#unread) this.#look(STAT.policy);
    return this.#status;
  }

  get kernelThread(): boolean {
    if (this.#unread) this.#look(STAT.policy);
    return this.#isKernel;
  }

  /** Reads the owner of the process's folder. Returns the folder's inode, or 0. */
  #folder(): number {
    const { fs } = this.#world;
    if (fs.stat(FOLDER_MASK, this.#pid, FOLDER) < 0) return 0;
    const { view } = fs.statx;
    this.userId = userOf(view);
    this.groupId = groupOf(view);
    return inodeNumberOf(view);
  }

  /** Reads `status` once. Returns 0 or a negated errno. */
  #readStatus(): number {
    if (this.#statusLength > 0) return 0;
    this.#isWhole = false;
    const reader = this.#at;
    const length = reader.readStatus(this.#pid);
    if (length < 0) return length;
    if (length > this.#statusText.length) this.#statusText = new Uint8Array(length * 2);
    const { text } = this.#world.fs;
    for (let i = 0; i < length; i++) this.#statusText[i] = text[i]!;
    this.#statusLength = length;
    return 0;
  }

  readBeginning(): number {
    return 0;
  }

  readSession(): number {
    return 0;
  }

  readName(): number {
    // The name is completed from the values of `stat`.
    const reader = this.#at;
    this.#names ??= nameFinder(this.#world);
    const length = this.#names.find(this.#pid);
    if (length < 0) return length;
    this.name = this.#names.bytes;
    this.nameLength = length;
    if (this.name !== reader.name) this.#isWhole = false;
    return 0;
  }

  readUser(): number {
    const { fs } = this.#world;
    if (this.#inode !== 0 || this.#hasUser) return 0;
    // The files of a copy belong to the user who copied them.
    if (!fs.mounted || this.#statusLength > 0 || this.#expected.status) {
      const error = this.#readStatus();
      if (error < 0) return error;
      this.userId = this.effectiveUserId;
      this.groupId = this.effectiveGroupId;
      return 0;
    }
    this.#isWhole = false;
    const error = fs.stat(FOLDER_MASK, this.#pid, FOLDER);
    if (error < 0) return error;
    this.userId = userOf(fs.statx.view);
    this.groupId = groupOf(fs.statx.view);
    // A folder that is kept open belongs to root once its process no longer exists.
    return this.#kept?.keeps(this.#pid) ? this.#kept.prove(this.#pid) : 0;
  }

  readCredentials(): number {
    return this.#readStatus();
  }

  readFlags(): number {
    return this.#readStatus();
  }

  readMemory(): number {
    if (this.#memoryRead) return this.#isWhole && this.#hasLost ? -ERRNO.ESRCH : 0;
    if (this.#expected.status && this.#takeStatusSizes()) return 0;
    if (this.#unread && this.#hasMemory()) return 0;
    if (this.#hasLost) return -ERRNO.ESRCH;
    this.#isWhole = false;
    const error = this.#at.readSizes(this.#pid);
    if (error < 0) return error;
    this.#takeSizes();
    return 0;
  }

  /**
   * Reads the memory of a process whose `stat` was not read. Returns false if it has none, as a
   * zombie.
   */
  #hasMemory(): boolean {
    if (this.#reader.readStatm(this.#pid) < 0 || this.#reader.virtualBytes === 0) return false;
    this.#takeSizes();
    return true;
  }

  /** Takes the memory from `status`, if that is read anyway: it has the same sum as `statm`. */
  #takeStatusSizes(): boolean {
    if (this.readFootprint() < 0) return false;
    // A copied tree may lack the line.
    this.residentBytes = this.#memory[STATUS_MEMORY.resident]! * KILOBYTE;
    this.virtualBytes = this.#at.stat[STAT.vsize]!;
    return this.#memoryRead = this.residentBytes > 0;
  }

  #takeSizes(): void {
    this.residentBytes = this.#reader.residentBytes;
    this.virtualBytes = this.#reader.virtualBytes;
    this.#memoryRead = true;
  }

  readTask(): number {
    return this.#at.isZombie ? -ERRNO.ESRCH : 0;
  }

  /** True for a process without memory: a zombie, or a process that is ending. */
  get #hasLost(): boolean {
    if (this.#at.isZombie) return true;
    const isEnding = (this.#at.stat[STAT.flags]! & PF_EXITING) !== 0 && !this.kernelThread;
    return isEnding && this.#at.stat[STAT.vsize] === 0;
  }

  readModes(): number {
    const reader = this.#at;
    if (!this.#timesRead) {
      if (this.#precise === undefined) this.#isWhole = false;
      reader.readTimes(this.#pid, this.#precise);
      this.#kept?.doubt();
      this.cpuTimeNs = this.#reader.total;
      this.#timesRead = true;
    }
    return 0;
  }

  readTimes(): number {
    if (this.#unread && !this.#expected.looks && this.#world.fs.local) {
      const time = this.#reader.clock.processTime(this.#pid);
      this.#kept?.doubt();
      if (time >= 0 && this.#hasMemory()) {
        this.cpuTimeNs = time;
        return 0;
      }
    }
    return this.readModes();
  }

  readChildTimes(): number {
    return 0;
  }

  readFaults(): number {
    return this.readTask();
  }

  readSwitches(): number {
    return this.readRunDelay();
  }

  readCounters(): number {
    return -ERRNO.ENOTSUP;
  }

  readFootprint(): number {
    if (this.#hasLost) return -ERRNO.ESRCH;
    const error = this.#readStatus();
    if (error < 0) return error;
    const { statusEnd } = this.#at;
    parseStatusMemory(this.#statusText, this.#statusLength, statusEnd, this.#memory);
    return 0;
  }

  readShares(): number {
    const reader = this.#at;
    if (this.#hasLost) return -ERRNO.ESRCH;
    this.#isWhole = false;
    this.proportionalBytes = this.uniqueBytes = this.swappedBytes = 0;
    // Kernel threads have no memory.
    if (this.kernelThread) return 0;
    const length = reader.readIfAny(this.#pid, this.#thread, ROLLUP);
    if (length <= 0) return length === 0 ? -ERRNO.ENOTSUP : length;
    const { text } = this.#world.fs;
    const bytes = (key: Uint8Array) => parseStatusNumber(text, length, key, 0) * KILOBYTE;
    this.proportionalBytes = bytes(PSS);
    this.uniqueBytes = bytes(PRIVATE_CLEAN) + bytes(PRIVATE_DIRTY);
    this.swappedBytes = bytes(SWAP_PSS);
    return 0;
  }

  readRunDelay(): number {
    const error = this.readTask() || this.readModes();
    this.#isWhole = false;
    return error < 0 ? error : this.#reader.readThreads(this.#pid);
  }

  readTransfers(): number {
    return this.#readIo();
  }

  readCalls(): number {
    return this.#readIo();
  }

  /** Reads `io` once. Returns 0 or a negated errno. */
  #readIo(): number {
    if (this.#at.isZombie) return -ERRNO.ESRCH;
    if (this.#ioAnswer === undefined) {
      this.#isWhole = false;
      this.#ioAnswer = this.#queryIo();
    }
    return this.#ioAnswer;
  }

  #queryIo(): number {
    const length = this.#reader.readIfAny(this.#pid, this.#pid, IO);
    if (length <= 0) return length === 0 ? -ERRNO.ENOTSUP : length;
    const { text } = this.#world.fs;
    for (let i = 0; i < IO_LINES.length; i++) {
      this.#io[i] = parseStatusNumber(text, length, IO_LINES[i]!, 0);
      if (this.#io[i]! < 0) return -ERRNO.ENOTSUP;
    }
    return 0;
  }

  readPrivileges(): number {
    return this.#readStatus();
  }

  get privileges(): Privileges {
    return privilegesIn(decoder.decode(this.#statusText.subarray(0, this.#statusLength)));
  }

  readExecutable(): number {
    if (this.kernelThread) return -ERRNO.ENOENT;
    this.#isWhole = false;
    this.#findProgram ??= programFinder(this.#world);
    const file = this.#findProgram(this.#pid);
    if (typeof file === "number") return file;
    this.executable = file;
    return 0;
  }

  readArguments(): number {
    if (this.#argumentsAnswer !== undefined) return this.#argumentsAnswer;
    this.#isWhole = false;
    this.#started ??= startedReader(this.#world);
    const found = this.#started.argumentsOf(this.#pid);
    if (typeof found === "number") return this.#argumentsAnswer = found;
    this.arguments = found;
    return this.#argumentsAnswer = 0;
  }

  hold(_needsSystem: boolean): void {
    if (this.#expected.alone && this.#unread) return;
    // Only a process whose `stat` was read can be held.
    this.#at.hold(this.#pid);
    if (this.#queried !== this.#reader) this.#queried.holdAs(this.#reader, this.#pid);
  }

  release(): void {
    this.#reader.release();
    this.#queried.release();
  }

  compare(thorough = true): number {
    this.release();
    if (this.#isWhole) {
      return thorough && this.status !== SZOMB && this.#hasLost ? -ERRNO.ESRCH : 0;
    }
    if (this.#kept?.keeps(this.#pid)) {
      if (!thorough) return this.#kept.prove(this.#pid);
    } else if (this.#inode !== 0 && this.#folder() === this.#inode) {
      return thorough && this.status !== SZOMB ? this.#comparedMemory() : 0;
    }
    const start = this.#reader.startOf(this.#pid);
    if (start < 0) return start;
    const ended = this.#reader.hasEnded && this.status !== SZOMB;
    return start === this.#start && !ended ? 0 : -ERRNO.ESRCH;
  }

  /** Returns 0 if the process still has its memory, which it loses first when it ends. */
  #comparedMemory(): number {
    if (this.kernelThread) return 0;
    const { fs } = this.#world;
    const length = this.#thread === this.#pid
      ? fs.read(this.#pid, STATM)
      : fs.read(this.#pid, TASK, this.#thread, STATM);
    if (length < 0) return refused(length);
    return fs.text[0] === DIGIT_0 ? -ERRNO.ESRCH : 0;
  }

  get parentPid(): number {
    return this.#at.stat[STAT.ppid]!;
  }

  get processGroupId(): number {
    return this.#at.stat[STAT.pgrp]!;
  }

  get uniqueLow(): number {
    return uniqueLow(this.#start, this.#pid);
  }

  get uniqueHigh(): number {
    return uniqueHigh(this.#start);
  }

  get startedAt(): number {
    if (!this.#world.fs.mounted) return NaN;
    const { started, tick } = this.#reader;
    return Math.floor(started + this.#start * (tick / 1000)) / 1000;
  }

  get terminalDevice(): number {
    return this.#at.stat[STAT.tty_nr]! || -1;
  }

  get foregroundProcessGroupId(): number {
    const group = this.#at.stat[STAT.tpgid]!;
    return group > 0 ? group : -1;
  }

  get sessionId(): number {
    return this.#at.stat[STAT.session]!;
  }

  get sessionLeader(): boolean {
    return this.#at.stat[STAT.session] === this.#pid;
  }

  get nice(): number {
    return this.#at.stat[STAT.nice]!;
  }

  get realUserId(): number {
    return this.#at.status[STATUS.ruid]!;
  }

  get effectiveUserId(): number {
    return this.#at.status[STATUS.euid]!;
  }

  get savedUserId(): number {
    return this.#at.status[STATUS.suid]!;
  }

  get realGroupId(): number {
    return this.#at.status[STATUS.rgid]!;
  }

  get effectiveGroupId(): number {
    return this.#at.status[STATUS.egid]!;
  }

  get savedGroupId(): number {
    return this.#at.status[STATUS.sgid]!;
  }

  get flags(): number {
    return flagsOf(this.#at, this.#pid);
  }

  get threadCount(): number {
    return this.#at.stat[STAT.num_threads]!;
  }

  get runningCount(): number {
    return this.#at.stat[STAT.state] === STATE.running ? 1 : 0;
  }

  get basePriority(): number {
    return priorityOf(this.#at.stat);
  }

  get policy(): number {
    return policyOf(this.#at.stat[STAT.policy]!);
  }

  get userTimeNs(): number {
    return this.#at.user;
  }

  get systemTimeNs(): number {
    return this.#at.system;
  }

  get childUserTimeNs(): number {
    return this.#at.stat[STAT.cutime]! * this.#reader.tick;
  }

  get childSystemTimeNs(): number {
    return this.#at.stat[STAT.cstime]! * this.#reader.tick;
  }

  get pageFaults(): number {
    return this.#at.stat[STAT.minflt]! + this.#at.stat[STAT.majflt]!;
  }

  get majorPageFaults(): number {
    return this.#at.stat[STAT.majflt]!;
  }

  get contextSwitches(): number {
    return this.#reader.schedstat[SCHEDSTAT.switches]!;
  }

  get runnableTimeNs(): number {
    const { schedstat } = this.#reader;
    return schedstat[SCHEDSTAT.ran]! + schedstat[SCHEDSTAT.waited]!;
  }

  get runDelayNs(): number {
    return this.#at.schedstat[SCHEDSTAT.waited]!;
  }

  get readBytes(): number {
    return this.#io[0]!;
  }

  get writtenBytes(): number {
    return this.#io[1]!;
  }

  get inputBytes(): number {
    return this.#io[2]!;
  }

  get outputBytes(): number {
    return this.#io[3]!;
  }

  get inputCalls(): number {
    return this.#io[4]!;
  }

  get outputCalls(): number {
    return this.#io[5]!;
  }

  get footprintBytes(): number {
    const { anonymous, swapped } = STATUS_MEMORY;
    return (this.#memory[anonymous]! + this.#memory[swapped]!) * KILOBYTE;
  }

  get peakBytes(): number {
    return this.#memory[STATUS_MEMORY.peak]! * KILOBYTE || -1;
  }

  get wiredBytes(): number {
    const { locked, pinned } = STATUS_MEMORY;
    return (this.#memory[locked]! + this.#memory[pinned]!) * KILOBYTE;
  }
}
