import { ERRNO } from "../system/errors.ts";
import type { NamedFile, Privileges } from "../system/facts.ts";
import type { TableReader } from "../system/table.ts";
import { flagsOf, statusOf, ZOMBIE } from "./answer/bsd_info.ts";
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
import { programFinder } from "./proc/executable.ts";
import { type NameFinder, nameFinder } from "./proc/name.ts";
import { procFile } from "./proc/proc_fs.ts";
import { type ProcessReader, readerOf, refused, STATE } from "./proc/process.ts";
import { privilegesIn } from "./proc/questions.ts";
import { type Started, type StartedReader, startedReader } from "./proc/started.ts";
import type { World } from "./proc/world.ts";
import { groupOf, inodeOf, MASK, userOf } from "./sys/statx.ts";

const FOLDER = procFile("");
const IO = procFile("io");
const ROLLUP = procFile("smaps_rollup");
/** The lines of `io`; where a member of the table finds its number is where its line stands here. */
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

const decoder = new TextDecoder();

/**
 * Reads processes from their `stat`, which has nearly all that is asked of many processes, and finds
 * users by the owners of their folders: a third of the work of `proc_taskallinfo`, for which two more
 * files are read.
 */
export function linuxTable(world: World): TableReader {
  return new LinuxTable(world);
}

class LinuxTable implements TableReader {
  readAtMs = 0;
  userId = 0;
  groupId = 0;
  name: Uint8Array;
  nameLength = 0;
  executable: NamedFile = { path: new Uint8Array(0), deleted: undefined };
  arguments: Started = { arguments: [], title: undefined };
  /** The status, as `pbi_status` has it. The reader may read other processes before the next one here. */
  status = 0;
  residentBytes = 0;
  proportionalBytes = 0;
  uniqueBytes = 0;
  swappedBytes = 0;

  /** Tracing changes no parent on Linux. */
  readonly hasTracerAsParent = false;
  readonly #world: World;
  readonly #reader: ProcessReader;
  readonly #stat: Float64Array;
  readonly #io = new Float64Array(IO_LINES.length);
  readonly #memory = new Float64Array(STATUS_MEMORY_COUNT);
  #names: NameFinder | undefined;
  #findProgram: ReturnType<typeof programFinder> | undefined;
  #started: StartedReader | undefined;
  #pid = 0;
  #start = 0;
  /** The inode of the process's folder before anything was read of it; 0 if that is not known. */
  #inode = 0n;
  /** The thread whose files are read, and whether it is a kernel thread: see `status`. */
  #thread = 0;
  #isKernel = false;
  /** A copy of `status`, of as many bytes as were read of it, 0 before. */
  #statusText = new Uint8Array(4096);
  #statusLength = 0;
  #timesRead = false;
  #memoryRead = false;
  #ioAnswer: number | undefined;
  #argumentsAnswer: number | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#reader = readerOf(world);
    this.#stat = this.#reader.stat;
    this.name = this.#reader.name;
  }

  get pids(): Int32Array {
    return this.#world.fs.pids;
  }

  begin(): void {
    this.#started?.begin();
  }

  end(): void {}

  forget(): void {}

  [Symbol.dispose](): void {}

  list(): number {
    return this.#world.fs.list();
  }

  read(pid: number, withArguments = false, compared = false): number {
    this.#pid = pid;
    this.readAtMs = performance.now();
    this.#statusLength = 0;
    this.#timesRead = false;
    this.#memoryRead = false;
    this.#ioAnswer = undefined;
    this.#argumentsAnswer = undefined;
    // The folder keeps its inode while its process is there, as long as the kernel remembers it.
    this.#inode = compared ? this.#folder() : 0n;
    const error = this.#reader.read(pid, true, withArguments ? STAT.arg_end : STAT.policy);
    this.#start = this.#stat[STAT.starttime]!;
    this.status = statusOf(this.#stat[STAT.state]!);
    this.#thread = this.#reader.thread;
    this.#isKernel = isKernelThread(this.#stat);
    return error;
  }

  /** Finds the owner of the process's folder; returns its inode, or 0. */
  #folder(): bigint {
    const { fs } = this.#world;
    if (fs.stat(FOLDER_MASK, this.#pid, FOLDER) < 0) return 0n;
    const { view } = fs.statx;
    this.userId = userOf(view);
    this.groupId = groupOf(view);
    return inodeOf(view);
  }

  /** Reads `status`, once; answers 0 or a negated errno. */
  #readStatus(): number {
    if (this.#statusLength > 0) return 0;
    const reader = this.#reader;
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
    this.#names ??= nameFinder(this.#world);
    const length = this.#names.find(this.#pid);
    if (length < 0) return length;
    this.name = this.#names.bytes;
    this.nameLength = length;
    return 0;
  }

  readUser(): number {
    const { fs } = this.#world;
    if (this.#inode !== 0n) return 0;
    // The files of a copy belong to the user who copied them.
    if (!fs.mounted || this.#statusLength > 0) {
      const error = this.#readStatus();
      if (error < 0) return error;
      this.userId = this.effectiveUserId;
      this.groupId = this.effectiveGroupId;
      return 0;
    }
    const error = fs.stat(FOLDER_MASK, this.#pid, FOLDER);
    if (error < 0) return error;
    this.userId = userOf(fs.statx.view);
    this.groupId = groupOf(fs.statx.view);
    return 0;
  }

  readCredentials(): number {
    return this.#readStatus();
  }

  readFlags(): number {
    return this.#readStatus();
  }

  readMemory(): number {
    if (this.#hasLost) return -ERRNO.ESRCH;
    if (this.#memoryRead) return 0;
    const resident = this.#reader.readResident(this.#pid);
    if (resident < 0) return resident;
    this.residentBytes = resident;
    this.#memoryRead = true;
    return 0;
  }

  readTask(): number {
    return this.#reader.isZombie ? -ERRNO.ESRCH : 0;
  }

  /** True for a zombie, and before that: a process has no memory any more while it ends. */
  get #hasLost(): boolean {
    if (this.#reader.isZombie) return true;
    const isEnding = (this.#stat[STAT.flags]! & PF_EXITING) !== 0 && !this.#isKernel;
    return isEnding && this.#stat[STAT.vsize] === 0;
  }

  readTimes(): number {
    if (this.#reader.isZombie) return -ERRNO.ESRCH;
    if (this.#timesRead) return 0;
    this.#reader.readTimes(this.#pid);
    this.#timesRead = true;
    return 0;
  }

  readFootprint(): number {
    if (this.#hasLost) return -ERRNO.ESRCH;
    const error = this.#readStatus();
    if (error < 0) return error;
    const { statusEnd } = this.#reader;
    parseStatusMemory(this.#statusText, this.#statusLength, statusEnd, this.#memory);
    return 0;
  }

  readShares(): number {
    const reader = this.#reader;
    if (this.#hasLost) return -ERRNO.ESRCH;
    this.proportionalBytes = this.uniqueBytes = this.swappedBytes = 0;
    // The kernel's own threads have no memory.
    if (this.#isKernel) return 0;
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
    const error = this.readTimes();
    return error < 0 ? error : this.#reader.readThreads(this.#pid);
  }

  readTransfers(): number {
    return this.#readIo();
  }

  readCalls(): number {
    return this.#readIo();
  }

  /** Reads `io`, once; answers 0 or a negated errno. */
  #readIo(): number {
    if (this.#reader.isZombie) return -ERRNO.ESRCH;
    if (this.#ioAnswer !== undefined) return this.#ioAnswer;
    const length = this.#reader.readIfAny(this.#pid, this.#pid, IO);
    if (length <= 0) return this.#ioAnswer = length === 0 ? -ERRNO.ENOTSUP : length;
    const { text } = this.#world.fs;
    for (let i = 0; i < IO_LINES.length; i++) {
      this.#io[i] = parseStatusNumber(text, length, IO_LINES[i]!, 0);
      if (this.#io[i]! < 0) return this.#ioAnswer = -ERRNO.ENOTSUP;
    }
    return this.#ioAnswer = 0;
  }

  readPrivileges(): number {
    return this.#readStatus();
  }

  get privileges(): Privileges {
    return privilegesIn(decoder.decode(this.#statusText.subarray(0, this.#statusLength)));
  }

  readExecutable(): number {
    if (this.#isKernel) return -ERRNO.ENOENT;
    this.#findProgram ??= programFinder(this.#world);
    const file = this.#findProgram(this.#pid);
    if (typeof file === "number") return file;
    this.executable = file;
    return 0;
  }

  readArguments(): number {
    if (this.#argumentsAnswer !== undefined) return this.#argumentsAnswer;
    this.#started ??= startedReader(this.#world);
    const found = this.#started.argumentsOf(this.#pid);
    if (typeof found === "number") return this.#argumentsAnswer = found;
    this.arguments = found;
    return this.#argumentsAnswer = 0;
  }

  hold(_asksSystem: boolean): void {
    this.#reader.hold(this.#pid);
  }

  release(): void {
    this.#reader.release();
  }

  compare(thorough = true): number {
    this.#reader.release();
    if (this.#inode !== 0n && this.#folder() === this.#inode) {
      return thorough && this.status !== ZOMBIE ? this.#comparedMemory() : 0;
    }
    const start = this.#reader.startOf(this.#pid);
    if (start < 0) return start;
    const ended = this.#reader.hasEnded && this.status !== ZOMBIE;
    return start === this.#start && !ended ? 0 : -ERRNO.ESRCH;
  }

  /** 0 if the process still has its memory, which is the first that it loses when it ends. */
  #comparedMemory(): number {
    if (this.#isKernel) return 0;
    const { fs } = this.#world;
    const length = this.#thread === this.#pid
      ? fs.read(this.#pid, STATM)
      : fs.read(this.#pid, TASK, this.#thread, STATM);
    if (length < 0) return refused(length);
    return fs.text[0] === DIGIT_0 ? -ERRNO.ESRCH : 0;
  }

  get parentPid(): number {
    return this.#stat[STAT.ppid]!;
  }

  get processGroupId(): number {
    return this.#stat[STAT.pgrp]!;
  }

  get uniqueLow(): number {
    return uniqueLow(this.#stat[STAT.starttime]!, this.#pid);
  }

  get uniqueHigh(): number {
    return uniqueHigh(this.#stat[STAT.starttime]!);
  }

  get kernelThread(): boolean {
    return this.#isKernel;
  }

  get startedAt(): number {
    if (!this.#world.fs.mounted) return NaN;
    const { started, tick } = this.#reader;
    return Math.floor(started + this.#stat[STAT.starttime]! * (tick / 1000)) / 1000;
  }

  get terminalDevice(): number {
    return this.#stat[STAT.tty_nr]! || -1;
  }

  get foregroundProcessGroupId(): number {
    const group = this.#stat[STAT.tpgid]!;
    return group > 0 ? group : -1;
  }

  get sessionId(): number {
    return this.#stat[STAT.session]!;
  }

  get sessionLeader(): boolean {
    return this.#stat[STAT.session] === this.#pid;
  }

  get nice(): number {
    return this.#stat[STAT.nice]!;
  }

  get realUserId(): number {
    return this.#reader.status[STATUS.ruid]!;
  }

  get effectiveUserId(): number {
    return this.#reader.status[STATUS.euid]!;
  }

  get savedUserId(): number {
    return this.#reader.status[STATUS.suid]!;
  }

  get realGroupId(): number {
    return this.#reader.status[STATUS.rgid]!;
  }

  get effectiveGroupId(): number {
    return this.#reader.status[STATUS.egid]!;
  }

  get savedGroupId(): number {
    return this.#reader.status[STATUS.sgid]!;
  }

  get flags(): number {
    return flagsOf(this.#reader, this.#pid);
  }

  get virtualBytes(): number {
    return this.#stat[STAT.vsize]!;
  }

  get threadCount(): number {
    return this.#stat[STAT.num_threads]!;
  }

  get runningCount(): number {
    return this.#stat[STAT.state] === STATE.running ? 1 : 0;
  }

  get basePriority(): number {
    return priorityOf(this.#stat);
  }

  get policy(): number {
    return policyOf(this.#stat[STAT.policy]!);
  }

  get userTimeNs(): number {
    return this.#reader.user;
  }

  get systemTimeNs(): number {
    return this.#reader.system;
  }

  get cpuTimeNs(): number {
    return this.#reader.total;
  }

  get runDelayNs(): number {
    return this.#reader.schedstat[SCHEDSTAT.waited]!;
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
