import {
  PROC_FLAG_INEXIT,
  PROC_FLAG_ROSETTA,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
} from "../abi/bsd_info.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDRUSAGE,
} from "../abi/callnum.ts";
import { PIF_COMPARE_UNIQUEID } from "../abi/extended_id.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import {
  PROC_PIDLISTFD_SIZE,
  PROC_PIDLISTFDS,
  PROC_PIDPATHINFO,
  PROC_PIDPATHINFO_MAXSIZE,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../abi/pid_info.ts";
import {
  RUSAGE_INFO_V0,
  RUSAGE_INFO_V1,
  RUSAGE_INFO_V2,
  RUSAGE_INFO_V4,
  RUSAGE_INFO_V6,
} from "../abi/pid_rusage.ts";
import { RUSAGE_INFO_SIZES, rusageInfoV6 } from "../abi/rusage_info.ts";
import { procTaskInfo } from "../abi/task_info.ts";
import { procUniqIdentifierInfo } from "../abi/unique_id.ts";
import { type Block, block } from "../layout/block.ts";
import { getU64, offsetsOf } from "../layout/offsets.ts";
import { wholeEnd } from "../layout/text.ts";
import { ERRNO, SystemCallError } from "./errors.ts";
import type { NamedFile, Privileges, Timebase } from "./facts.ts";
import { NAME_SIZE as KINFO_NAME_SIZE } from "./kern_proc.ts";
import { type Kernel, ret } from "./kernel.ts";
import type { System } from "./system.ts";
import type { TableReader } from "./table.ts";

const bsd = offsetsOf(procBsdInfo);
const short = offsetsOf(procBsdShortInfo);
const unique = offsetsOf(procUniqIdentifierInfo);
const task = offsetsOf(procTaskInfo);
const usage = offsetsOf(rusageInfoV6);
/** The offsets of the hardware counters in the usage. */
const COUNTERS: readonly number[] = [
  usage.ri_interrupt_wkups,
  usage.ri_pkg_idle_wkups,
  usage.ri_instructions,
  usage.ri_cycles,
  usage.ri_energy_nj,
];
const COUNTER_SIZE = 8;
/** The offset of `proc_uniqidentifierinfo` in `proc_bsdinfowithuniqid`. */
const BEHIND_BSD = procBsdInfo.size;

/** The argument that includes zombies. */
const ZOMBIES_TOO = 1n;
const LIVING = 0n;
const NO_DEVICE = 0xffffffff;
const NAME_SIZE = 32;
const COMM_SIZE = 16;
/** The most bytes of a UTF-8 character. */
const LONGEST = 4;
const SLASH = 0x2f;

/** The members of a system that a table queries. */
type Beside = Pick<System, "kernel" | "timebase" | "executable" | "arguments" | "sessionId">;

/** An alternative source of the BSD part, which reports more processes than the flavors do. */
export interface BsdSource {
  /**
   * Lists the pids of all processes, in ascending order. Until {@linkcode BsdSource.end} is called,
   * the values read may be of this moment.
   *
   * @returns The pids, or a negated errno: `-ENOTSUP` if the flavors must be queried.
   */
  list(): Int32Array | number;
  /** Ends the effect of {@linkcode BsdSource.list}. */
  end(): void;
  /**
   * Fills a `struct proc_bsdinfowithuniqid` about a process, which may be a zombie.
   *
   * @returns 0, or a negated errno: `-ENOTSUP` if the flavors must be queried.
   */
  read(pid: number, to: Block): number;
  /** True if the `pbi_name` that it writes is only the `p_comm` of `struct kinfo_proc`. */
  readonly isCut: boolean;
  /** True if the process belongs to another user, for whom most flavors are denied. */
  readonly isOthers: boolean;
  /** The supplementary groups of the process that was read last. */
  readonly groups: readonly number[];
}

/**
 * Reads processes through `__proc_info()`, with the flavors that report most. If those are denied,
 * as for processes of other users, it uses the flavors that need no privilege.
 *
 * @param system The system.
 * @param source An alternative source of the BSD part.
 */
export function kernelTable(system: Beside, source?: BsdSource): TableReader {
  return new KernelTable(system, source);
}

/**
 * Counts the open file descriptors of a process.
 *
 * @throws {ProcInfoError} `PROC_PIDLISTFDS` fails.
 */
export function countDescriptors({ procInfo }: Kernel, pid: number): number {
  for (let room = DESCRIPTORS;; room *= 2) {
    const bytes = new Uint8Array(new ArrayBuffer(room * PROC_PIDLISTFD_SIZE));
    const answer = procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS, 0n, bytes);
    const fitting = answer > bytes.byteLength ? -ERRNO.EIO : answer;
    const written = ret(fitting, PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS);
    // The list is silently truncated at the end of the buffer.
    const count = Math.floor(written / PROC_PIDLISTFD_SIZE);
    if (count < room) return count;
  }
}

const DESCRIPTORS = 1024;
/** The most processes that fit into the first buffer, whatever size the kernel returned. */
const MOST_AT_FIRST = 1 << 20;

/** Returns the negated errno of a system call that failed; rethrows other errors. */
function refusal(error: unknown): number {
  if (error instanceof SystemCallError) return -error.errno;
  throw error;
}

class KernelTable implements TableReader {
  readAtMs = 0;
  pids: Int32Array = new Int32Array(0);
  nameLength = 0;
  executable: NamedFile = { path: new Uint8Array(0), deleted: undefined };
  arguments: TableReader["arguments"] = { arguments: [], title: undefined };
  name: Uint8Array = new Uint8Array(0);
  sessionId = 0;
  // No flavor reports these.
  readonly runDelayNs = NaN;
  readonly proportionalBytes = NaN;
  readonly uniqueBytes = NaN;
  readonly swappedBytes = NaN;
  readonly inputBytes = NaN;
  readonly outputBytes = NaN;
  readonly inputCalls = NaN;
  readonly outputCalls = NaN;
  readonly #kernel: Kernel;
  readonly #system: Beside;
  readonly #whole: Block = block(procBsdInfoWithUniqId.size);
  readonly #short: Block = block(procBsdShortInfo.size);
  readonly #unique: Block = block(procUniqIdentifierInfo.size);
  readonly #again: Block = block(procUniqIdentifierInfo.size);
  #path: Block | undefined;
  readonly #now: Block = block(procBsdShortInfo.size);
  readonly #task: Block = block(procTaskInfo.size);
  readonly #usage: Block = block(rusageInfoV6.size);
  #timebase: Timebase | undefined;
  #pid = 0;
  /** The result of the query for the whole BSD part: 0 or a negated errno. */
  #refused = 0;
  readonly #source: BsdSource | undefined;
  /** True if the source filled the BSD part; true if the name in it is still that of the source. */
  #isFromSource = false;
  #hasSourceName = false;
  readonly #named: Block = block(procBsdInfo.size);
  /** The cached result of the query for the Mach part; undefined before it. */
  #taskAnswer: number | undefined;
  #argumentsAnswer: number | undefined;
  /** The newest version of the usage that the kernel may have: lowered when it refuses one. */
  #newestUsage = RUSAGE_INFO_V6;
  /** The cached result of the query for the usage; undefined before it. */
  #usageAnswer: number | undefined;
  /** The version of the usage that was read. */
  #usageVersion = RUSAGE_INFO_V0;
  /** The negated errno of the query for the newest version; 0 if it succeeded. */
  #usageRefusal = 0;

  constructor(system: Beside, source: BsdSource | undefined) {
    this.#kernel = system.kernel;
    this.#system = system;
    this.#source = source;
  }

  expect(): void {}

  begin(): void {
    this.end();
  }

  end(): void {
    this.#source?.end();
  }

  forget(): void {}

  [Symbol.dispose](): void {}

  list(): number {
    const listed = this.#source?.list() ?? -ERRNO.ENOTSUP;
    if (typeof listed !== "number") return (this.pids = listed).length;
    return listed === -ERRNO.ENOTSUP ? this.#listAll() : listed;
  }

  #listAll(): number {
    const { procInfo } = this.#kernel;
    const query = (buffer: Uint8Array | null) =>
      procInfo(PROC_INFO_CALL_LISTPIDS, PROC_ALL_PIDS, 0, 0n, buffer);
    const size = query(null);
    if (size < 0) return size;
    for (let room = Math.min(Math.max(size >> 2, 1), MOST_AT_FIRST);; room *= 2) {
      const pids = new Int32Array(new ArrayBuffer(room * 4));
      const written = query(new Uint8Array(pids.buffer));
      if (written < 0) return written;
      if (written > pids.byteLength) return -ERRNO.EIO;
      // A full buffer may lack some pids: processes may have started since the query for the size.
      if (written >> 2 >= room) continue;
      const sorted = pids.subarray(0, written >> 2).sort();
      this.pids = sorted.filter((pid, i) => i === 0 || pid !== sorted[i - 1]);
      return this.pids.length;
    }
  }

  revisit(pid: number): number {
    return this.read(pid);
  }

  rests(): boolean {
    return false;
  }

  listChildren(): number {
    // The kernel's own list lacks children that another process traces.
    return -ERRNO.ENOTSUP;
  }

  read(pid: number): number {
    this.#pid = pid;
    this.readAtMs = performance.now();
    this.#taskAnswer = undefined;
    this.#usageAnswer = undefined;
    this.#argumentsAnswer = undefined;
    const found = this.#source?.read(pid, this.#whole) ?? -ERRNO.ENOTSUP;
    this.#isFromSource = found === 0;
    this.#hasSourceName = found === 0 && this.#source!.isCut;
    this.#refused = 0;
    return found === -ERRNO.ENOTSUP ? this.#readFlavors() : found;
  }

  #readFlavors(): number {
    const answer = this.#query(PROC_PIDT_BSDINFOWITHUNIQID, this.#whole);
    this.#refused = Math.min(answer, 0);
    if (answer !== -ERRNO.EPERM) return this.#refused;
    const named = this.#query(PROC_PIDUNIQIDENTIFIERINFO, this.#unique);
    if (named < 0) return named;
    const answered = this.#query(PROC_PIDT_SHORTBSDINFO, this.#short);
    // Both are of one process if its identity is the same before and after.
    return answered < 0 ? answered : this.#compare(ZOMBIES_TOO);
  }

  /** Returns the result of a flavor; `-EIO` if it did not fill the struct. */
  #query(flavor: number, { bytes }: Block, arg: bigint = ZOMBIES_TOO): number {
    const { procInfo } = this.#kernel;
    const answer = procInfo(PROC_INFO_CALL_PIDINFO, this.#pid, flavor, arg, bytes);
    return answer >= 0 && answer < bytes.byteLength ? -ERRNO.EIO : answer;
  }

  readBeginning(): number {
    return this.#refused;
  }

  readName(): number {
    if (this.#refused < 0) return this.#setName(this.#short.bytes, short.pbsi_comm, COMM_SIZE);
    const { bytes } = this.#whole;
    if (this.#hasSourceName) {
      // The flavor has a longer name, or one that the process set itself.
      if (
        this.#source!.isOthers ||
        this.#queryIdentity(PROC_PIDTBSDINFO, this.#named, ZOMBIES_TOO) < 0
      ) {
        return this.#setName(bytes, bsd.pbi_name, KINFO_NAME_SIZE);
      }
      bytes.set(this.#named.bytes.subarray(bsd.pbi_comm, bsd.pbi_nfiles), bsd.pbi_comm);
      this.#hasSourceName = false;
    }
    return bytes[bsd.pbi_name] === 0
      ? this.#setName(bytes, bsd.pbi_comm, COMM_SIZE)
      : this.#setName(bytes, bsd.pbi_name, NAME_SIZE);
  }

  /**
   * Sets the name from a member. A name that may be truncated is completed from the path of the
   * program if that starts with the same bytes. Linux truncates before a character that does not
   * fit, macOS within it.
   */
  #setName(bytes: Uint8Array, at: number, size: number): number {
    let length = 0;
    while (length < size - 1 && bytes[at + length] !== 0) length++;
    this.name = bytes.subarray(at, at + length);
    this.nameLength = length;
    if (length < size - LONGEST) return 0;
    if (length === size - 1) this.nameLength = wholeEnd(this.name, 0, length);
    const path = (this.#path ??= block(PROC_PIDPATHINFO_MAXSIZE)).bytes;
    path.fill(0);
    // Zombies and the kernel run no file, and a deleted file has no path.
    if (this.#kernel.procInfo(PROC_INFO_CALL_PIDINFO, this.#pid, PROC_PIDPATHINFO, 0n, path) < 0) {
      return 0;
    }
    const end = path.indexOf(0);
    if (end < 0) return 0;
    const start = path.lastIndexOf(SLASH, end) + 1;
    for (let i = 0; i < length; i++) if (path[start + i] !== this.name[i]) return 0;
    const room = Math.min(end, start + size - 1);
    if (start + length < wholeEnd(path, start, room)) return 0;
    this.name = path.subarray(start, end);
    this.nameLength = end - start;
    return 0;
  }

  readUser(): number {
    return 0;
  }

  readCredentials(): number {
    return 0;
  }

  readFlags(): number {
    return 0;
  }

  readSession(): number {
    try {
      this.sessionId = this.#system.sessionId(this.#pid);
      return 0;
    } catch (error) {
      return refusal(error);
    }
  }

  readFootprint(): number {
    return this.status === SZOMB ? -ERRNO.ESRCH : this.#readUsage();
  }

  readTransfers(): number {
    if (this.status === SZOMB) return -ERRNO.ESRCH;
    const answer = this.#readUsage();
    if (answer < 0 || this.#usageVersion >= RUSAGE_INFO_V2) return answer;
    return this.#usageRefusal || -ERRNO.ENOTSUP;
  }

  readChildTimes(): number {
    return this.#readUsage() || this.#readTimebase();
  }

  readFaults(): number {
    return this.readTask();
  }

  readSwitches(): number {
    return this.readTask() || this.#readUsage() || this.#readTimebase();
  }

  readCounters(): number {
    const answer = this.#readUsage();
    if (answer < 0) return answer;
    // Linux returns the same structs, but counts none of these.
    return COUNTERS.some((at) => this.#counter(at) > 0) ? 0 : -ERRNO.ENOTSUP;
  }

  /** Reads the newest version of the usage that this caller may read. Caches the result. */
  #readUsage(): number {
    if (this.#usageAnswer !== undefined) return this.#usageAnswer;
    let answer = this.#queryUsage(this.#newestUsage);
    while (answer === -ERRNO.EINVAL && this.#newestUsage > RUSAGE_INFO_V0) {
      answer = this.#queryUsage(--this.#newestUsage);
    }
    this.#usageRefusal = answer;
    // Linux denies other users only the transfers, which the oldest versions lack.
    if (answer === -ERRNO.EPERM && this.#newestUsage > RUSAGE_INFO_V1) {
      answer = this.#queryUsage(RUSAGE_INFO_V1);
    }
    return this.#usageAnswer = answer;
  }

  #queryUsage(version: number): number {
    const { bytes } = this.#usage;
    this.#usageVersion = version;
    const answer = this.#kernel.procInfo(
      PROC_INFO_CALL_PIDRUSAGE,
      this.#pid,
      version,
      0n,
      bytes.subarray(0, RUSAGE_INFO_SIZES[version]),
    );
    return Math.min(answer, 0);
  }

  /** Returns a counter of the usage; NaN for 0, which also means that it is not counted. */
  #counter(at: number): number {
    const isThere = at + COUNTER_SIZE <= RUSAGE_INFO_SIZES[this.#usageVersion]!;
    return isThere ? getU64(this.#usage.view, at) || NaN : NaN;
  }

  readShares(): number {
    return -ERRNO.ENOTSUP;
  }

  readCalls(): number {
    return -ERRNO.ENOTSUP;
  }

  readRunDelay(): number {
    return -ERRNO.ENOTSUP;
  }

  readPrivileges(): number {
    return this.#groups === undefined ? -ERRNO.ENOTSUP : 0;
  }

  get #groups(): readonly number[] | undefined {
    return this.#isFromSource ? this.#source?.groups : undefined;
  }

  get privileges(): Privileges {
    const groups = this.#groups;
    if (groups === undefined) {
      throw new TypeError("Cannot read privileges that were not reported");
    }
    return {
      groups,
      capabilities: undefined,
      noNewPrivileges: undefined,
      systemCallFilter: undefined,
    };
  }

  readMemory(): number {
    return this.readTask();
  }

  readTask(): number {
    return this.#taskAnswer ??= this.#queryIdentity(PROC_PIDTASKINFO, this.#task, LIVING);
  }

  /**
   * Queries the process that was read, but not a later one with its pid. Returns 0 or a negated
   * errno.
   */
  #queryIdentity(flavor: number, to: Block, arg: bigint): number {
    const { bytes } = to;
    const id = this.#uniqueView.getBigUint64(this.#uniqueAt + unique.p_uniqueid, true);
    let answer = this.#kernel.procInfoExtendedId(
      PROC_INFO_CALL_PIDINFO,
      this.#pid,
      flavor,
      PIF_COMPARE_UNIQUEID,
      id,
      arg,
      bytes,
    );
    // A kernel before macOS 11 cannot compare.
    if (answer === -ERRNO.ENOSYS) {
      answer = this.#query(flavor, to, arg);
      if (answer >= 0) answer = this.#compare(ZOMBIES_TOO);
    } else if (answer >= 0 && answer < bytes.byteLength) answer = -ERRNO.EIO;
    return Math.min(answer, 0);
  }

  readModes(): number {
    return this.readTimes();
  }

  readTimes(): number {
    // A zombie has lost its Mach part, but not its usage.
    const answer = this.status === SZOMB ? this.#readUsage() : this.readTask();
    return answer < 0 ? answer : this.#readTimebase();
  }

  #readTimebase(): number {
    try {
      this.#timebase ??= this.#system.timebase();
    } catch (error) {
      return refusal(error);
    }
    return 0;
  }

  readExecutable(): number {
    try {
      this.executable = this.#system.executable(this.#pid);
      return 0;
    } catch (error) {
      return refusal(error);
    }
  }

  readArguments(): number {
    return this.#argumentsAnswer ??= this.#queryArguments();
  }

  #queryArguments(): number {
    try {
      this.arguments = this.#system.arguments(this.#pid);
      return 0;
    } catch (error) {
      return refusal(error);
    }
  }

  hold(): void {}

  release(): void {}

  compare(): number {
    if (this.status === SZOMB) return this.#compare(ZOMBIES_TOO);
    const answer = this.#query(PROC_PIDT_SHORTBSDINFO, this.#now, LIVING);
    if (answer < 0) return answer;
    // A process that is exiting is found until it is a zombie, but has lost its memory and
    // arguments.
    const flags = this.#now.view.getUint32(short.pbsi_flags, true);
    return flags & PROC_FLAG_INEXIT ? -ERRNO.ESRCH : this.#compare(LIVING);
  }

  #compare(arg: bigint): number {
    const answer = this.#query(PROC_PIDUNIQIDENTIFIERINFO, this.#again, arg);
    if (answer < 0) return answer;
    const { view } = this.#again;
    const same = view.getUint32(unique.p_uniqueid, true) === this.uniqueLow &&
      view.getUint32(unique.p_uniqueid + 4, true) === this.uniqueHigh;
    return same ? 0 : -ERRNO.ESRCH;
  }

  get #uniqueView(): DataView {
    return this.#refused < 0 ? this.#unique.view : this.#whole.view;
  }

  get #uniqueAt(): number {
    return this.#refused < 0 ? 0 : BEHIND_BSD;
  }

  get parentPid(): number {
    return this.#word(bsd.pbi_ppid, short.pbsi_ppid) | 0;
  }

  get processGroupId(): number {
    return this.#word(bsd.pbi_pgid, short.pbsi_pgid) | 0;
  }

  get uniqueLow(): number {
    return this.#uniqueView.getUint32(this.#uniqueAt + unique.p_uniqueid, true);
  }

  get uniqueHigh(): number {
    return this.#uniqueView.getUint32(this.#uniqueAt + unique.p_uniqueid + 4, true);
  }

  get status(): number {
    return this.#word(bsd.pbi_status, short.pbsi_status);
  }

  get startedAt(): number {
    const { view } = this.#whole;
    const seconds = getU64(view, bsd.pbi_start_tvsec);
    // On Linux, the start time is unknown for processes in a copied tree.
    return seconds === 0 ? NaN : (seconds * 1e6 + getU64(view, bsd.pbi_start_tvusec)) / 1000;
  }

  get terminalDevice(): number {
    const device = this.#whole.view.getUint32(bsd.e_tdev, true);
    return device === NO_DEVICE ? -1 : device;
  }

  get foregroundProcessGroupId(): number {
    return this.#whole.view.getUint32(bsd.e_tpgid, true) || -1;
  }

  get sessionLeader(): boolean {
    return (this.#whole.view.getUint32(bsd.pbi_flags, true) & PROC_FLAG_SLEADER) !== 0;
  }

  get nice(): number {
    return this.#whole.view.getInt32(bsd.pbi_nice, true);
  }

  get userId(): number {
    return this.#word(bsd.pbi_uid, short.pbsi_uid);
  }

  get groupId(): number {
    return this.#word(bsd.pbi_gid, short.pbsi_gid);
  }

  get residentBytes(): number {
    return getU64(this.#task.view, task.pti_resident_size);
  }

  get virtualBytes(): number {
    return getU64(this.#task.view, task.pti_virtual_size);
  }

  get threadCount(): number {
    return this.#task.view.getInt32(task.pti_threadnum, true);
  }

  get runningCount(): number {
    return this.#task.view.getInt32(task.pti_numrunning, true);
  }

  get userTimeNs(): number {
    return this.status === SZOMB
      ? this.#used(usage.ri_user_time)
      : this.#nanoseconds(this.#task.view, task.pti_total_user);
  }

  get systemTimeNs(): number {
    return this.status === SZOMB
      ? this.#used(usage.ri_system_time)
      : this.#nanoseconds(this.#task.view, task.pti_total_system);
  }

  get cpuTimeNs(): number {
    return this.userTimeNs + this.systemTimeNs;
  }

  get childUserTimeNs(): number {
    return this.#usageVersion < RUSAGE_INFO_V1 ? NaN : this.#used(usage.ri_child_user_time);
  }

  get childSystemTimeNs(): number {
    return this.#usageVersion < RUSAGE_INFO_V1 ? NaN : this.#used(usage.ri_child_system_time);
  }

  get pageFaults(): number {
    return this.#task.view.getInt32(task.pti_faults, true);
  }

  get majorPageFaults(): number {
    return this.#task.view.getInt32(task.pti_pageins, true);
  }

  get contextSwitches(): number {
    return this.#task.view.getInt32(task.pti_csw, true);
  }

  get runnableTimeNs(): number {
    return this.#usageVersion < RUSAGE_INFO_V4 ? NaN : this.#used(usage.ri_runnable_time);
  }

  get interruptWakeups(): number {
    return this.#counter(usage.ri_interrupt_wkups);
  }

  get packageWakeups(): number {
    return this.#counter(usage.ri_pkg_idle_wkups);
  }

  get instructions(): number {
    return this.#counter(usage.ri_instructions);
  }

  get cycles(): number {
    return this.#counter(usage.ri_cycles);
  }

  get energyNanojoules(): number {
    return this.#counter(usage.ri_energy_nj);
  }

  /** Returns a time of the usage, in nanoseconds. */
  #used(at: number): number {
    return this.#nanoseconds(this.#usage.view, at);
  }

  #nanoseconds(view: DataView, at: number): number {
    const { numer, denom } = this.#timebase!;
    const units = getU64(view, at);
    return numer === denom ? units : Math.floor(units * numer / denom);
  }

  get realUserId(): number {
    return this.#word(bsd.pbi_ruid, short.pbsi_ruid);
  }

  get effectiveUserId(): number {
    return this.userId;
  }

  get savedUserId(): number {
    return this.#word(bsd.pbi_svuid, short.pbsi_svuid);
  }

  get realGroupId(): number {
    return this.#word(bsd.pbi_rgid, short.pbsi_rgid);
  }

  get effectiveGroupId(): number {
    return this.groupId;
  }

  get savedGroupId(): number {
    return this.#word(bsd.pbi_svgid, short.pbsi_svgid);
  }

  get flags(): number {
    return this.#word(bsd.pbi_flags, short.pbsi_flags);
  }

  get hasTracerAsParent(): boolean {
    return (this.flags & PROC_FLAG_TRACED) !== 0;
  }

  get translated(): boolean {
    return (this.flags & PROC_FLAG_ROSETTA) !== 0;
  }

  get kernelThread(): boolean {
    return (this.flags & PROC_FLAG_SYSTEM) !== 0;
  }

  get basePriority(): number {
    return this.#task.view.getInt32(task.pti_priority, true);
  }

  get policy(): number {
    return this.#task.view.getInt32(task.pti_policy, true);
  }

  get footprintBytes(): number {
    return getU64(this.#usage.view, usage.ri_phys_footprint);
  }

  get peakBytes(): number {
    if (this.#usageVersion < RUSAGE_INFO_V4) return -1;
    // 0 also means that the system does not count it.
    return getU64(this.#usage.view, usage.ri_lifetime_max_phys_footprint) || -1;
  }

  get wiredBytes(): number {
    return getU64(this.#usage.view, usage.ri_wired_size);
  }

  get readBytes(): number {
    return getU64(this.#usage.view, usage.ri_diskio_bytesread);
  }

  get writtenBytes(): number {
    return getU64(this.#usage.view, usage.ri_diskio_byteswritten);
  }

  #word(at: number, atShort: number): number {
    return this.#refused < 0
      ? this.#short.view.getUint32(atShort, true)
      : this.#whole.view.getUint32(at, true);
  }
}
