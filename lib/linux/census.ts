import type { Census } from "../census.ts";
import { ERRNO } from "../kernel.ts";
import type { World } from "./answer/answer.ts";
import { NAME_SIZE, statusOf, writeName } from "./answer/bsd_info.ts";
import { uniqueHigh, uniqueLow } from "./answer/unique_id.ts";
import { STAT } from "./parse/stat.ts";
import { STATUS } from "./parse/status.ts";
import { procFile } from "./proc_fs.ts";
import { type ProcessReader, readerOf, STATE } from "./process.ts";

const FOLDER = procFile("");
const STATX_UID_GID = 0x18;
const STX_UID = 20;
const STX_GID = 24;

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
  nameLength = 0;
  readonly name: Uint8Array = new Uint8Array(NAME_SIZE);

  readonly #world: World;
  readonly #reader: ProcessReader;
  readonly #stat: Float64Array;
  #pid = 0;

  constructor(world: World) {
    this.#world = world;
    this.#reader = readerOf(world);
    this.#stat = this.#reader.stat;
  }

  get pids(): Int32Array {
    return this.#world.fs.pids;
  }

  list(): number {
    return this.#world.fs.list();
  }

  read(pid: number): number {
    this.#pid = pid;
    return this.#reader.read(pid, true);
  }

  readBeginning(): number {
    return 0;
  }

  readName(): number {
    const error = writeName(this.#world, this.#reader, this.#pid, this.name, 0);
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

  compare(): number {
    const start = this.#reader.startOf(this.#pid);
    if (start < 0) return start;
    return start === this.#stat[STAT.starttime] ? 0 : -ERRNO.ESRCH;
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

  get status(): number {
    return statusOf(this.#stat[STAT.state]!);
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
