import type { Census } from "../system/table.ts";
import type { ExecutableFile } from "../system/details.ts";
import { ERRNO } from "../system/errors.ts";
import type { World } from "./answer/answer.ts";
import { CUT_NAME, NAME_SIZE, statusOf, writeName, ZOMBIE } from "./answer/bsd_info.ts";
import { uniqueHigh, uniqueLow } from "./answer/unique_id.ts";
import { programFinder } from "./proc/executable.ts";
import { originalReader } from "./proc/original_arguments.ts";
import { argumentsIn } from "./parse/cmdline.ts";
import { isKernelThread, STAT } from "./parse/stat.ts";
import { STATUS } from "./parse/status.ts";
import { procFile } from "./proc/proc_fs.ts";
import { type ProcessReader, readerOf, readStarted, STATE } from "./proc/process.ts";

const FOLDER = procFile("");
const CMDLINE = procFile("cmdline");
const STATX_UID_GID = 0x18;
const STX_UID = 20;
const STX_GID = 24;
const NO_FILE: ExecutableFile = { path: new Uint8Array(0), links: undefined };
const NO_ARGUMENTS: Census["arguments"] = { arguments: [], title: undefined };

/**
 * Reads processes from their `stat`, which says nearly all that is asked of many processes, and asks
 * for users by the owner of their folders: a third of the work of `proc_taskallinfo`, for which two
 * more files are read.
 */
export function linuxCensus(world: World): Census {
  return new LinuxCensus(world);
}

class LinuxCensus implements Census {
  userId = 0;
  groupId = 0;
  name: Uint8Array;
  nameLength = 0;
  executable: ExecutableFile = NO_FILE;
  arguments: Census["arguments"] = NO_ARGUMENTS;

  readonly #world: World;
  readonly #reader: ProcessReader;
  readonly #stat: Float64Array;
  readonly #longName: Uint8Array = new Uint8Array(NAME_SIZE);
  readonly #findProgram: ReturnType<typeof programFinder>;
  readonly #findOriginal: ReturnType<typeof originalReader>;
  #pid = 0;
  #start = 0;
  /** The status, as `pbi_status` has it. The reader may read other processes before the next one here. */
  status = 0;

  constructor(world: World) {
    this.#world = world;
    this.#reader = readerOf(world);
    this.#stat = this.#reader.stat;
    this.name = this.#reader.name;
    this.#findProgram = programFinder(world);
    this.#findOriginal = originalReader(world);
  }

  get pids(): Int32Array {
    return this.#world.fs.pids;
  }

  list(): number {
    return this.#world.fs.list();
  }

  read(pid: number, withArguments = false): number {
    this.#pid = pid;
    const error = this.#reader.read(pid, true, withArguments ? STAT.arg_end : STAT.policy);
    this.#start = this.#stat[STAT.starttime]!;
    this.status = statusOf(this.#stat[STAT.state]!);
    return error;
  }

  readBeginning(): number {
    return 0;
  }

  readName(): number {
    const reader = this.#reader;
    if (reader.nameLength !== CUT_NAME) {
      this.name = reader.name;
      this.nameLength = Math.min(reader.nameLength, NAME_SIZE - 1);
      return 0;
    }
    this.name = this.#longName;
    const error = writeName(this.#world, reader, this.#pid, this.name, 0);
    this.nameLength = this.name.indexOf(0);
    return error;
  }

  readUser(): number {
    const { fs } = this.#world;
    if (!fs.mounted) return this.#readCopiedUser();
    const error = fs.stat(STATX_UID_GID, this.#pid, FOLDER);
    if (error < 0) return error;
    this.userId = fs.statx.view.getUint32(STX_UID, true);
    this.groupId = fs.statx.view.getUint32(STX_GID, true);
    return 0;
  }

  /** The files of a copy belong to whoever copied them. */
  #readCopiedUser(): number {
    const length = this.#reader.readStatus(this.#pid);
    if (length < 0) return length;
    this.userId = this.#reader.status[STATUS.euid]!;
    this.groupId = this.#reader.status[STATUS.egid]!;
    return 0;
  }

  readTask(): number {
    return this.#reader.isZombie ? -ERRNO.ESRCH : 0;
  }

  readTimes(): number {
    if (this.#reader.isZombie) return -ERRNO.ESRCH;
    this.#reader.readTimes(this.#pid);
    return 0;
  }

  readExecutable(): number {
    if (isKernelThread(this.#stat)) return -ERRNO.ENOENT;
    const file = this.#findProgram(this.#pid);
    if (typeof file === "number") return file;
    this.executable = file;
    return 0;
  }

  readArguments(): number {
    this.arguments = NO_ARGUMENTS;
    if (isKernelThread(this.#stat)) return 0;
    const reader = this.#reader;
    const length = readStarted(() => reader.readFile(this.#pid, CMDLINE));
    if (length < 0) return length;
    const line = this.#world.fs.text.subarray(0, length);
    const original = this.#findOriginal(reader.thread, this.#stat);
    // Nothing is what is told of a thread that has just ended, and in the midst of exec().
    if (length === 0 && original?.count !== 0) return -ERRNO.ESRCH;
    this.arguments = argumentsIn(line, original);
    return 0;
  }

  compare(): number {
    const start = this.#reader.startOf(this.#pid);
    if (start < 0) return start;
    const ended = this.#reader.hasEnded && this.status !== ZOMBIE;
    return start === this.#start && !ended ? 0 : -ERRNO.ESRCH;
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

  get sessionLeader(): boolean {
    return this.#stat[STAT.session] === this.#pid;
  }

  get nice(): number {
    return this.#stat[STAT.nice]!;
  }

  get residentBytes(): number {
    return this.#stat[STAT.rss]! * this.#reader.page;
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

  get userTimeNs(): number {
    return this.#reader.user;
  }

  get systemTimeNs(): number {
    return this.#reader.system;
  }
}
