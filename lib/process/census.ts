import {
  PROC_FLAG_INEXIT,
  PROC_FLAG_SLEADER,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
} from "../abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { PIF_COMPARE_UNIQUEID } from "../abi/extended_id.ts";
import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../abi/pid_info.ts";
import { procTaskInfo } from "../abi/task_info.ts";
import { procUniqIdentifierInfo } from "../abi/unique_id.ts";
import { listPids } from "../calls/list_pids.ts";
import type { Census } from "../system/table.ts";
import type { ExecutableFile } from "../system/details.ts";
import type { Host, Timebase } from "../system/system.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import { type Block, block } from "../layout/block.ts";
import { getU64, offsetsOf } from "../layout/offsets.ts";
import { ZOMBIES_TOO } from "./life.ts";
import { type Source, sourceOf, type SourceOptions } from "./source.ts";
import { SZOMB } from "./state.ts";

const bsd = offsetsOf(procBsdInfo);
const short = offsetsOf(procBsdShortInfo);
const unique = offsetsOf(procUniqIdentifierInfo);
const task = offsetsOf(procTaskInfo);
/** Where `proc_uniqidentifierinfo` starts in `proc_bsdinfowithuniqid`. */
const BEHIND_BSD = procBsdInfo.size;

const LIVING = 0n;
const NO_DEVICE = 0xffffffff;
const NAME_SIZE = 32;
const COMM_SIZE = 16;

/**
 * The way to read many processes of a source: the host's own, or through `__proc_info()` alone, by the
 * flavors that tell most, and of other users' processes, where those are refused, the ones that need
 * no privilege.
 */
export function censusOf(options: SourceOptions): Census {
  const source = sourceOf(options);
  // A host has it for its own processes, which those of a handed-in kernel need not be.
  const own = options.kernel === undefined && options.host === undefined;
  return own && source.host.census?.() || new KernelCensus(source);
}

/** The negated errno of what a host threw; anything else is a fault of its own. */
function refusal(error: unknown): number {
  if (error instanceof SystemCallError) return -error.errno;
  throw error;
}

class KernelCensus implements Census {
  pids: Int32Array = new Int32Array(0);
  nameLength = 0;
  executable: ExecutableFile = { path: new Uint8Array(0), links: undefined };
  arguments: Census["arguments"] = { arguments: [], title: undefined };
  readonly name: Uint8Array = new Uint8Array(NAME_SIZE);

  readonly #kernel: Kernel;
  readonly #host: Host;
  readonly #whole: Block = block(procBsdInfoWithUniqId.size);
  readonly #short: Block = block(procBsdShortInfo.size);
  readonly #unique: Block = block(procUniqIdentifierInfo.size);
  readonly #again: Block = block(procUniqIdentifierInfo.size);
  readonly #now: Block = block(procBsdShortInfo.size);
  readonly #task: Block = block(procTaskInfo.size);
  #timebase: Timebase | undefined;
  #pid = 0;
  /** What reading all of the BSD part was answered with, 0 for success. */
  #refused = 0;
  /** The first answer about the Mach part; undefined until it is asked for. */
  #taskAnswer: number | undefined;

  constructor({ kernel, host }: Source) {
    this.#kernel = kernel;
    this.#host = host;
  }

  list(): number {
    this.pids = listPids(PROC_ALL_PIDS, 0, this.#kernel).sort();
    return this.pids.length;
  }

  read(pid: number): number {
    this.#pid = pid;
    this.#taskAnswer = undefined;
    const answer = this.#ask(PROC_PIDT_BSDINFOWITHUNIQID, this.#whole);
    this.#refused = Math.min(answer, 0);
    if (answer !== -ERRNO.EPERM) return this.#refused;
    const named = this.#ask(PROC_PIDUNIQIDENTIFIERINFO, this.#unique);
    if (named < 0) return named;
    const told = this.#ask(PROC_PIDT_SHORTBSDINFO, this.#short);
    // The two are of one process if the same one is there before and after.
    return told < 0 ? told : this.#compare(ZOMBIES_TOO);
  }

  /** What a flavor returned; a struct that was not filled is `EIO`. */
  #ask(flavor: number, { bytes }: Block, arg: bigint = ZOMBIES_TOO): number {
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
    return bytes[bsd.pbi_name] === 0
      ? this.#setName(bytes, bsd.pbi_comm, COMM_SIZE)
      : this.#setName(bytes, bsd.pbi_name, NAME_SIZE);
  }

  #setName(bytes: Uint8Array, at: number, size: number): number {
    let length = 0;
    for (; length < size && bytes[at + length] !== 0; length++) {
      this.name[length] = bytes[at + length]!;
    }
    this.nameLength = length;
    return 0;
  }

  readUser(): number {
    return 0;
  }

  readTask(): number {
    if (this.#taskAnswer !== undefined) return this.#taskAnswer;
    const { bytes } = this.#task;
    const id = this.#uniqueView.getBigUint64(this.#uniqueAt + unique.p_uniqueid, true);
    let answer = this.#kernel.procInfoExtendedId(
      PROC_INFO_CALL_PIDINFO,
      this.#pid,
      PROC_PIDTASKINFO,
      PIF_COMPARE_UNIQUEID,
      id,
      0n,
      bytes,
    );
    // Before macOS 11 the kernel did not compare.
    if (answer === -ERRNO.ENOSYS) {
      answer = this.#ask(PROC_PIDTASKINFO, this.#task, 0n);
      if (answer >= 0) answer = this.#compare(ZOMBIES_TOO);
    } else if (answer >= 0 && answer < bytes.byteLength) answer = -ERRNO.EIO;
    return this.#taskAnswer = Math.min(answer, 0);
  }

  readTimes(): number {
    const answer = this.readTask();
    if (answer < 0) return answer;
    try {
      this.#timebase ??= this.#host.timebase();
    } catch (error) {
      return refusal(error);
    }
    return 0;
  }

  readExecutable(): number {
    try {
      this.executable = this.#host.executable(this.#pid);
      return 0;
    } catch (error) {
      return refusal(error);
    }
  }

  readArguments(): number {
    try {
      this.arguments = this.#host.arguments(this.#pid);
      return 0;
    } catch (error) {
      return refusal(error);
    }
  }

  compare(): number {
    if (this.status === SZOMB) return this.#compare(ZOMBIES_TOO);
    const answer = this.#ask(PROC_PIDT_SHORTBSDINFO, this.#now, LIVING);
    if (answer < 0) return answer;
    // What ends is found until it is a zombie, but has no memory and no arguments any more.
    const flags = this.#now.view.getUint32(short.pbsi_flags, true);
    return flags & PROC_FLAG_INEXIT ? -ERRNO.ESRCH : this.#compare(LIVING);
  }

  #compare(arg: bigint): number {
    const answer = this.#ask(PROC_PIDUNIQIDENTIFIERINFO, this.#again, arg);
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
    return this.#word(bsd.pbi_ppid, short.pbsi_ppid);
  }

  get processGroupId(): number {
    return this.#word(bsd.pbi_pgid, short.pbsi_pgid);
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
    // Linux does not know it of processes that were copied from another machine.
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
    return this.#nanoseconds(task.pti_total_user);
  }

  get systemTimeNs(): number {
    return this.#nanoseconds(task.pti_total_system);
  }

  #nanoseconds(at: number): number {
    const { numer, denom } = this.#timebase!;
    const units = getU64(this.#task.view, at);
    return numer === denom ? units : Math.floor(units * numer / denom);
  }

  #word(at: number, atShort: number): number {
    return this.#refused < 0
      ? this.#short.view.getUint32(atShort, true)
      : this.#whole.view.getUint32(at, true);
  }
}
