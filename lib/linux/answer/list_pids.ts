import {
  PROC_ALL_PIDS,
  PROC_PGRP_ONLY,
  PROC_PPID_ONLY,
  PROC_RUID_ONLY,
  PROC_TTY_ONLY,
  PROC_UID_ONLY,
} from "../../abi/list_pids.ts";
import { ERRNO } from "../../system/errors.ts";
import type { Call } from "./answer.ts";
import { parseStat, STAT } from "../parse/stat.ts";
import { parseStatusNumber, statusKey } from "../parse/status.ts";
import { childLister } from "../proc/children.ts";
import { isDead } from "../proc/living.ts";
import { procFile, type ProcFs } from "../proc/proc_fs.ts";
import type { DarwinAnswer } from "../sys/errno.ts";

const STAT_FILE = procFile("stat");
const STATUS_FILE = procFile("status");
const UID = statusKey("Uid");

const PID_SIZE = 4;
/** The number that the kernel adds to the number of processes when the required size is queried. */
const SLACK = 20;

/**
 * Answers `PROC_INFO_CALL_LISTPIDS` as XNU does: the newest processes first, and zombies last. A
 * list that is too long for the buffer is truncated without an error.
 *
 * `/proc` lists pids in ascending order, so the highest pid is treated as the newest. Only the
 * filters that read the state of each process anyway distinguish zombies.
 */
export function listPids(fs: ProcFs): Call {
  const fields = new Float64Array(STAT.tty_nr + 1);
  let zombies = new Int32Array(256);
  const children = childLister(fs);

  /** Returns the value of a process that a type compares with `typeinfo`, or a negated errno. */
  function valueOf(pid: number, type: number): DarwinAnswer {
    if (type === PROC_UID_ONLY) return fs.owner(pid);
    if (type === PROC_RUID_ONLY) {
      const length = fs.read(pid, STATUS_FILE);
      return length < 0 ? length : parseStatusNumber(fs.text, length, UID, 0);
    }
    const length = fs.read(pid, STAT_FILE);
    if (length < 0) return length;
    if (!parseStat(fs.text, length, STAT.tty_nr, fields)) return -ERRNO.ESRCH;
    return fields[FIELD[type]!]!;
  }

  /**
   * Stores the children of a process in `fs.pids`. Returns their number, or -1 if some may be
   * missing.
   */
  function childrenOf(pid: number): number {
    const count = children.list(pid);
    if (count < 0 || count > fs.pids.length) return -1;
    fs.pids.set(children.pids);
    return count;
  }

  /** Moves the pids that match to the front of `fs.pids`, zombies first. Returns their number. */
  function filter(count: number, type: number, typeinfo: number): DarwinAnswer {
    const { pids } = fs;
    const hasState = FIELD[type] !== undefined;
    const wanted = type === PROC_TTY_ONLY ? typeinfo | 0 : typeinfo >>> 0;
    if (zombies.length < count) zombies = new Int32Array(pids.length);
    let dead = 0, matches = 0;
    for (let i = 0; i < count; i++) {
      const pid = pids[i]!;
      const value = valueOf(pid, type);
      if (value !== wanted) {
        if (value < 0 && isFailure(value)) return value;
        continue;
      }
      if (hasState && isDead(fields[STAT.state]!)) zombies[dead++] = pid;
      else pids[matches++] = pid;
    }
    pids.copyWithin(dead, 0, matches);
    pids.set(zombies.subarray(0, dead));
    return dead + matches;
  }

  return (type, typeinfo, _arg, buffer) => {
    if (buffer === null) {
      const processes = fs.estimate();
      return processes < 0 ? processes : (processes + SLACK) * PID_SIZE;
    }
    const room = Math.floor(buffer.byteLength / PID_SIZE);
    if (room === 0) return -ERRNO.ENOMEM;
    if (type !== PROC_ALL_PIDS && !FILTERS.has(type)) return 0;
    // On Linux, 0 means that a process does not have a terminal. The filter requests a terminal.
    if (type === PROC_TTY_ONLY && typeinfo === 0) return 0;
    let count = type === PROC_PPID_ONLY ? childrenOf(typeinfo | 0) : -1;
    // A process that is no longer a child may have hidden another child.
    const isWhole = count >= 0 && filter(count, type, typeinfo) === count;
    if (!isWhole) {
      count = fs.list();
      if (count > 0 && type !== PROC_ALL_PIDS) count = filter(count, type, typeinfo);
    }
    if (count < 0) return count;
    const written = Math.min(count, room);
    write(fs.pids, count, written, buffer);
    return written * PID_SIZE;
  };
}

/** The field of `/proc/PID/stat` that each type compares. */
const FIELD: Readonly<Record<number, number>> = {
  [PROC_PGRP_ONLY]: STAT.pgrp,
  [PROC_TTY_ONLY]: STAT.tty_nr,
  [PROC_PPID_ONLY]: STAT.ppid,
};

const FILTERS: ReadonlySet<number> = new Set([
  PROC_PGRP_ONLY,
  PROC_TTY_ONLY,
  PROC_UID_ONLY,
  PROC_RUID_ONLY,
  PROC_PPID_ONLY,
]);

/**
 * Returns true for an error that is not about the process itself. To ignore it would lose the
 * process.
 */
function isFailure(answer: DarwinAnswer): boolean {
  return answer !== -ERRNO.ESRCH && answer !== -ERRNO.EPERM && answer !== -ERRNO.EACCES;
}

/** Writes the last `written` of `count` pids in reverse order, in native byte order. */
function write(pids: Int32Array, count: number, written: number, buffer: Uint8Array): void {
  if (buffer.byteOffset % PID_SIZE === 0) {
    const to = new Int32Array(buffer.buffer, buffer.byteOffset, written);
    for (let i = 0; i < written; i++) to[i] = pids[count - 1 - i]!;
    return;
  }
  const to = new DataView(buffer.buffer, buffer.byteOffset, written * PID_SIZE);
  for (let i = 0; i < written; i++) to.setInt32(i * PID_SIZE, pids[count - 1 - i]!, true);
}
