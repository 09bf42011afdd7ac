import {
  PROC_FLAG_CONTROLT,
  PROC_FLAG_CTTY,
  PROC_FLAG_EXEC,
  PROC_FLAG_INEXIT,
  PROC_FLAG_LP64,
  PROC_FLAG_PSUGID,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_THCWD,
  PROC_FLAG_TRACED,
  procBsdInfo,
  procBsdShortInfo,
} from "../../abi/bsd_info.ts";
import { SRUN, SSLEEP, SSTOP, SZOMB } from "../../abi/kinfo_proc.ts";
import {
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDT_SHORTBSDINFO_SIZE,
  PROC_PIDTBSDINFO,
  PROC_PIDTBSDINFO_SIZE,
} from "../../abi/pid_info.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import { wholeEnd } from "../../layout/text.ts";
import { isKernelThread, PF_EXITING, PF_FORKNOEXEC, STAT } from "../parse/stat.ts";
import { STATUS } from "../parse/status.ts";
import { nameFinder } from "../proc/name.ts";
import { ownDirectoryFinder } from "../proc/own_directory.ts";
import { type ProcessReader, readerOf, STATE } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { toDarwinStatus } from "../sys/signal_number.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

const NO_DEVICE = 0xffffffff;
const COMM_SIZE = 16;
const NAME_SIZE = 32;
const MICROSECONDS = 1e6;

const bsd = offsetsOf(procBsdInfo);
const short = offsetsOf(procBsdShortInfo);

/** Returns the flavors for the BSD part of a process. */
export function bsdInfo(world: World): Flavors {
  const reader = readerOf(world);
  const write = bsdWriter(world);
  const hasOwnDirectory = ownDirectoryFinder(world);
  const whole = block(PROC_PIDTBSDINFO_SIZE);
  const part = block(PROC_PIDT_SHORTBSDINFO_SIZE);

  return {
    [PROC_PIDTBSDINFO]: {
      size: PROC_PIDTBSDINFO_SIZE,
      answer(pid, arg, buffer) {
        let error = reader.read(pid, arg !== 0n);
        if (error === 0) error = write(pid, whole);
        if (error < 0) return error;
        buffer.set(whole.bytes);
        return PROC_PIDTBSDINFO_SIZE;
      },
    },
    [PROC_PIDT_SHORTBSDINFO]: {
      size: PROC_PIDT_SHORTBSDINFO_SIZE,
      answer(pid, arg, buffer) {
        const error = reader.read(pid, arg !== 0n);
        if (error < 0) return error;
        const length = reader.readStatus(pid);
        if (length < 0) return length;
        writeShort(reader, pid, hasOwnDirectory(pid), part);
        buffer.set(part.bytes);
        return PROC_PIDT_SHORTBSDINFO_SIZE;
      },
    },
  };
}

/**
 * Returns a function that writes `proc_bsdinfo` of the process that was read last to the start of a
 * block. The function also reads the other facts that this requires. It returns 0 or a negated
 * errno.
 *
 * XNU truncates `pbi_name` after 31 bytes, even within a character. Here the name ends before a
 * character that does not fit.
 */
export function bsdWriter(world: World): (pid: number, to: Block) => DarwinAnswer {
  const reader = readerOf(world);
  const names = nameFinder(world);
  const { stat, status } = reader;
  const hasOwnDirectory = ownDirectoryFinder(world);

  return (pid, to) => {
    const length = reader.readStatus(pid);
    if (length < 0) return length;
    const { view, bytes } = to;
    const flags = flagsOf(reader, pid) | (hasOwnDirectory(pid) ? PROC_FLAG_THCWD : 0);
    view.setUint32(bsd.pbi_flags, flags, true);
    view.setUint32(bsd.pbi_status, statusOf(stat[STAT.state]!), true);
    view.setUint32(bsd.pbi_xstatus, toDarwinStatus(stat[STAT.exit_code]!), true);
    view.setUint32(bsd.pbi_pid, pid, true);
    view.setUint32(bsd.pbi_ppid, stat[STAT.ppid]!, true);
    view.setUint32(bsd.pbi_uid, status[STATUS.euid]!, true);
    view.setUint32(bsd.pbi_gid, status[STATUS.egid]!, true);
    view.setUint32(bsd.pbi_ruid, status[STATUS.ruid]!, true);
    view.setUint32(bsd.pbi_rgid, status[STATUS.rgid]!, true);
    view.setUint32(bsd.pbi_svuid, status[STATUS.suid]!, true);
    view.setUint32(bsd.pbi_svgid, status[STATUS.sgid]!, true);
    view.setUint32(bsd.pbi_nfiles, status[STATUS.fd_size]!, true);
    view.setUint32(bsd.pbi_pgid, stat[STAT.pgrp]!, true);
    const terminal = stat[STAT.tty_nr]!;
    view.setUint32(bsd.e_tdev, terminal === 0 ? NO_DEVICE : terminal, true);
    view.setUint32(bsd.e_tpgid, Math.max(stat[STAT.tpgid]!, 0), true);
    view.setInt32(bsd.pbi_nice, stat[STAT.nice]!, true);
    const start = startOf(world, reader);
    const seconds = Math.floor(start / MICROSECONDS);
    setU64(view, bsd.pbi_start_tvsec, seconds);
    setU64(view, bsd.pbi_start_tvusec, start - seconds * MICROSECONDS);
    writeText(bytes, bsd.pbi_comm, COMM_SIZE, reader.name, 0, reader.nameLength);
    // The name is written last: finding it may read the command line into the same memory.
    const name = names.find(pid);
    if (name < 0) return name;
    const end = name < NAME_SIZE ? name : wholeEnd(names.bytes, 0, NAME_SIZE - 1);
    writeText(bytes, bsd.pbi_name, NAME_SIZE, names.bytes, 0, end);
    return 0;
  };
}

/**
 * Returns the time at which the process that was read last started, in microseconds since 1970; 0
 * if unknown.
 */
export function startOf({ fs }: World, reader: ProcessReader): number {
  // A copied tree does not show when its machine started.
  return fs.mounted ? reader.started + reader.stat[STAT.starttime]! * (reader.tick / 1000) : 0;
}

function writeShort(
  reader: ProcessReader,
  pid: number,
  hasOwnDirectory: boolean,
  { view, bytes }: Block,
): void {
  const { stat, status } = reader;
  view.setUint32(short.pbsi_pid, pid, true);
  view.setUint32(short.pbsi_ppid, stat[STAT.ppid]!, true);
  view.setUint32(short.pbsi_pgid, stat[STAT.pgrp]!, true);
  view.setUint32(short.pbsi_status, statusOf(stat[STAT.state]!), true);
  writeText(bytes, short.pbsi_comm, COMM_SIZE, reader.name, 0, reader.nameLength);
  view.setUint32(
    short.pbsi_flags,
    flagsOf(reader, pid) & ~(PROC_FLAG_SLEADER | PROC_FLAG_CTTY) |
      (hasOwnDirectory ? PROC_FLAG_THCWD : 0),
    true,
  );
  view.setUint32(short.pbsi_uid, status[STATUS.euid]!, true);
  view.setUint32(short.pbsi_gid, status[STATUS.egid]!, true);
  view.setUint32(short.pbsi_ruid, status[STATUS.ruid]!, true);
  view.setUint32(short.pbsi_rgid, status[STATUS.rgid]!, true);
  view.setUint32(short.pbsi_svuid, status[STATUS.suid]!, true);
  view.setUint32(short.pbsi_svgid, status[STATUS.sgid]!, true);
}

/**
 * Returns the `PROC_FLAG_*` of the process that was read last, with its `status`. Flags that depend
 * on its threads are not included.
 */
export function flagsOf(
  { stat, status, isNarrow }: Pick<ProcessReader, "stat" | "status" | "isNarrow">,
  pid: number,
): number {
  const kernel = stat[STAT.flags]!;
  let set = isNarrow ? 0 : PROC_FLAG_LP64;
  if (isKernelThread(stat)) set |= PROC_FLAG_SYSTEM;
  if (kernel & PF_EXITING) set |= PROC_FLAG_INEXIT;
  if (!(kernel & PF_FORKNOEXEC)) set |= PROC_FLAG_EXEC;
  if (status[STATUS.tracer] !== 0) set |= PROC_FLAG_TRACED;
  if (stat[STAT.session] === pid) set |= PROC_FLAG_SLEADER;
  if (stat[STAT.tty_nr] !== 0) set |= PROC_FLAG_CTTY | PROC_FLAG_CONTROLT;
  const isUser = status[STATUS.ruid] === status[STATUS.euid];
  if (!isUser || status[STATUS.rgid] !== status[STATUS.egid]) set |= PROC_FLAG_PSUGID;
  return set;
}

/**
 * Returns XNU's number for the status of a process, from the letter that Linux has for its state.
 */
export function statusOf(letter: number): number {
  switch (letter) {
    case STATE.running:
      return SRUN;
    case STATE.stopped:
    case STATE.tracing:
      return SSTOP;
    case STATE.zombie:
    case STATE.dead:
      return SZOMB;
    default:
      return SSLEEP;
  }
}

/** Writes text into a field, and at least one NUL after it. */
function writeText(
  to: Uint8Array,
  at: number,
  size: number,
  from: Uint8Array,
  start: number,
  length: number,
): void {
  const count = Math.min(length, size - 1);
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
  to.fill(0, at + count, at + size);
}
