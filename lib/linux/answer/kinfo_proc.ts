import {
  KERN_PROC_ALL,
  KERN_PROC_LCID,
  KERN_PROC_PGRP,
  KERN_PROC_PID,
  KERN_PROC_RUID,
  KERN_PROC_TTY,
  KERN_PROC_UID,
  kinfoProc,
  NODEV,
} from "../../abi/kinfo_proc.ts";
import { ERRNO } from "../../system/errors.ts";
import { EPROC_FLAGS, KINFO, MOST_GROUPS, NAME_SIZE, PROC_FLAGS } from "../../system/kern_proc.ts";
import { STAT } from "../parse/stat.ts";
import { STATUS } from "../parse/status.ts";
import { parseInteger, parseLines, parseNumbers } from "../parse/lines.ts";
import { readerOf } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { SIGNAL_NUMBERS, toDarwinStatus } from "../sys/signal_number.ts";
import { flagsOf, startOf, statusOf } from "./bsd_info.ts";

const { size: SIZE } = kinfoProc;
/** The number of structs that the kernel adds to the required ones when the size is queried. */
const SLACK = 5;
/** The highest signal number of Darwin. */
const LAST_SIGNAL = 31;
const MICROSECONDS = 1e6;

const decoder = new TextDecoder();

/**
 * Returns a function that answers `KERN_PROC` of `sysctl()` as XNU does, also about processes of
 * other users. Living processes come first, then zombies. The highest pid is treated as the newest,
 * as `/proc` lists pids in ascending order.
 */
export function kinfoProcs(
  world: World,
): (what: number, value: number, buffer: Uint8Array | null) => DarwinAnswer {
  const { fs } = world;
  const reader = readerOf(world);
  const { stat, status } = reader;
  const one = new Uint8Array(SIZE);

  /** Reads a process. Returns 1 if it was requested, 0 if not, or a negated errno. */
  function read(pid: number, what: number, value: number): DarwinAnswer {
    const error = reader.read(pid, true, STAT.exit_code);
    if (error < 0) return error;
    if (what === KERN_PROC_PGRP && stat[STAT.pgrp] !== value) return 0;
    // On Linux, 0 means that a process does not have a terminal.
    if (what === KERN_PROC_TTY && (value === 0 || stat[STAT.tty_nr] !== value)) return 0;
    const length = reader.readStatus(pid);
    if (length < 0) return length;
    if (what === KERN_PROC_UID && status[STATUS.euid] !== value >>> 0) return 0;
    if (what === KERN_PROC_RUID && status[STATUS.ruid] !== value >>> 0) return 0;
    write(pid, parseLines(decoder.decode(fs.text.subarray(0, length))));
    return 1;
  }

  /** Writes the struct of the process that was read last. */
  function write(pid: number, lines: ReadonlyMap<string, string>): void {
    const flags = flagsOf(reader, pid);
    const set = (names: readonly (readonly [number, number])[]) =>
      names.reduce((all, [theirs, ours]) => flags & ours ? all | theirs : all, 0);
    const groups = [status[STATUS.egid]!, ...parseNumbers(lines.get("Groups") ?? "")];
    const start = startOf(world, reader);
    const seconds = Math.floor(start / MICROSECONDS);
    const terminal = stat[STAT.tty_nr]!;
    kinfoProc.encode({
      kp_proc: {
        p_starttime: { tv_sec: BigInt(seconds), tv_usec: Math.floor(start % MICROSECONDS) },
        p_flag: set(PROC_FLAGS),
        p_stat: statusOf(stat[STAT.state]!),
        p_pid: pid,
        p_sigignore: signals(lines.get("SigIgn")),
        p_sigcatch: signals(lines.get("SigCgt")),
        p_nice: stat[STAT.nice]!,
        p_xstat: toDarwinStatus(stat[STAT.exit_code]!),
      },
      kp_eproc: {
        e_pcred: {
          p_ruid: status[STATUS.ruid]!,
          p_svuid: status[STATUS.suid]!,
          p_rgid: status[STATUS.rgid]!,
          p_svgid: status[STATUS.sgid]!,
        },
        e_ucred: {
          cr_uid: status[STATUS.euid]!,
          cr_ngroups: Math.min(groups.length, MOST_GROUPS),
          cr_groups: groups.slice(0, MOST_GROUPS),
        },
        e_ppid: stat[STAT.ppid]!,
        e_pgid: stat[STAT.pgrp]!,
        e_tdev: terminal === 0 ? NODEV : terminal,
        e_tpgid: Math.max(stat[STAT.tpgid]!, 0),
        e_flag: set(EPROC_FLAGS),
      },
    }, one);
    // The name is copied as bytes, as it may not be UTF-8.
    one.set(reader.name.subarray(0, Math.min(reader.nameLength, NAME_SIZE - 1)), KINFO.name);
  }

  /**
   * Returns the pids of the processes that may be requested, the highest first, or a negated errno.
   */
  function candidates(what: number, value: number): Int32Array | number {
    if (what === KERN_PROC_PID) return value > 0 ? Int32Array.of(value) : new Int32Array(0);
    const count = fs.list();
    return count < 0 ? count : fs.pids.slice(0, count).reverse();
  }

  /**
   * Calls a function for each requested process, which is then in `one`. Returns 0 or a negated
   * errno.
   */
  function each(what: number, value: number, use: () => void): DarwinAnswer {
    const pids = candidates(what, value);
    if (typeof pids === "number") return pids;
    for (const pid of pids) {
      const found = read(pid, what, value);
      if (found > 0) use();
      // A process that has ended, or that the file system hides, is omitted.
      else if (found < 0 && found !== -ERRNO.ESRCH && found !== -ERRNO.EPERM) return found;
    }
    return 0;
  }

  /** Returns the number of structs that are needed, or a negated errno. */
  function needed(what: number, value: number): DarwinAnswer {
    if (what !== KERN_PROC_PID && what !== KERN_PROC_PGRP) return fs.estimate();
    let count = 0;
    const error = each(what, value, () => count++);
    return error < 0 ? error : count;
  }

  return (what, value, buffer) => {
    if (what === KERN_PROC_LCID) return -ERRNO.ENOTSUP;
    if (!KINDS.has(what)) return -ERRNO.EINVAL;
    if (buffer === null) {
      const count = needed(what, value);
      return count < 0 ? count : (count + SLACK) * SIZE;
    }
    let end = 0;
    const put = (bytes: Uint8Array) => {
      if (end + SIZE <= buffer.byteLength) buffer.set(bytes, end);
      end += SIZE;
    };
    const zombies: Uint8Array[] = [];
    const error = each(what, value, () => {
      if (reader.isZombie) zombies.push(one.slice());
      else put(one);
    });
    if (error < 0) return error;
    zombies.forEach(put);
    return end > buffer.byteLength ? -ERRNO.ENOMEM : end;
  };
}

const KINDS: ReadonlySet<number> = new Set([
  KERN_PROC_ALL,
  KERN_PROC_PID,
  KERN_PROC_PGRP,
  KERN_PROC_TTY,
  KERN_PROC_UID,
  KERN_PROC_RUID,
]);

/** Returns a set of signals in Darwin's numbers, without those that Darwin lacks. */
function signals(line: string | undefined): number {
  const bits = parseInteger(line, 16) ?? 0n;
  let set = 0;
  SIGNAL_NUMBERS.forEach((number, i) => {
    if (number <= LAST_SIGNAL && bits >> BigInt(i) & 1n) set |= 1 << (number - 1);
  });
  return set >>> 0;
}
