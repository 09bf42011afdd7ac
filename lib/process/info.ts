import {
  PROC_FLAG_INEXIT,
  PROC_FLAG_LP64,
  PROC_FLAG_ROSETTA,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  type ProcBsdInfo,
} from "../abi/bsd_info.ts";
import {
  PROC_PIDPATHINFO,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
} from "../abi/pid_info.ts";
import type { ProcTaskInfo } from "../abi/task_info.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { known } from "./known.ts";
import { type Life, missingIn, optional, ZOMBIES_TOO } from "./life.ts";
import { type ProcessState, SRUN, stateNumber, STATES } from "./state.ts";

/**
 * What is known of a process at once. Of other users' processes macOS tells only root the properties
 * that may be missing; Linux tells everybody.
 */
export interface ProcessInfo {
  /** The process id. */
  readonly pid: number;
  /** Names this life of the process: no other has the same number until the machine starts anew. */
  readonly uniqueId: bigint;
  /** The process id of the parent; 0 without one. */
  readonly parentPid: number;
  /** The process group. */
  readonly processGroupId: number;
  /** The name of the program, as from `Process.name()`. */
  readonly name: string;
  /** What it is doing, as from `Process.status()`; left out where the system says nothing sensible. */
  readonly state?: ProcessState;
  /** The effective user id. */
  readonly userId: number;
  /** The effective group id. */
  readonly groupId: number;
  /** The real user id. */
  readonly realUserId: number;
  /** The real group id. */
  readonly realGroupId: number;
  /** When it started, in milliseconds since 1970; an exec does not change it. */
  readonly startedAt?: number;
  /** The device number of the controlling terminal; left out without one, too. */
  readonly terminalDevice?: number;
  /** Whether it leads its session. */
  readonly sessionLeader?: boolean;
  /** The nice value: -20 is served first, 19 (macOS: 20) last. */
  readonly nice?: number;
  /** Whether its pointers have 64 bits. */
  readonly is64Bit: boolean;
  /** Whether Rosetta translates its instructions. */
  readonly translated: boolean;
  /** Whether a debugger traces it. */
  readonly traced: boolean;
  /** Whether it is a part of the kernel: a kernel thread on Linux, `kernel_task` on macOS. */
  readonly kernelThread: boolean;
  /** Whether it is ending just now. */
  readonly exiting: boolean;
}

/** What any user is told of any process. */
export type OpenBsdInfo = Pick<
  ProcBsdInfo,
  | "pbi_ppid"
  | "pbi_pgid"
  | "pbi_status"
  | "pbi_comm"
  | "pbi_flags"
  | "pbi_uid"
  | "pbi_gid"
  | "pbi_ruid"
  | "pbi_rgid"
  | "pbi_svuid"
  | "pbi_svgid"
>;

/** The BSD part of a process: all of it, or where that is refused what any user is told. */
export interface BsdInfo {
  /** What any user is told. */
  readonly open: OpenBsdInfo;
  /** All of it. */
  readonly whole: ProcBsdInfo | undefined;
}

/** No device has this number. */
export const NO_DEVICE = 0xffffffff;
/** A name of this many bytes may have been longer. */
const CUT_NAME = 15;

/** Asks for the BSD part of a process, which may be a zombie. */
export function bsdInfoOf(life: Life): BsdInfo {
  try {
    const whole = life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO);
    return { open: whole, whole };
  } catch (error) {
    if (missingIn(error) !== "denied") throw error;
  }
  const short = life.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO);
  const open = {
    pbi_ppid: short.pbsi_ppid,
    pbi_pgid: short.pbsi_pgid,
    pbi_status: short.pbsi_status,
    pbi_comm: short.pbsi_comm,
    pbi_flags: short.pbsi_flags,
    pbi_uid: short.pbsi_uid,
    pbi_gid: short.pbsi_gid,
    pbi_ruid: short.pbsi_ruid,
    pbi_rgid: short.pbsi_rgid,
    pbi_svuid: short.pbsi_svuid,
    pbi_svgid: short.pbsi_svgid,
  };
  return { open, whole: undefined };
}

/** Reads what is known of a process at once. */
export function infoOf(life: Life): ProcessInfo {
  return life.about("read the state of", () => {
    const info = bsdInfoOf(life);
    const { open, whole } = info;
    const flags = open.pbi_flags;
    return known<ProcessInfo>({
      pid: life.pid,
      uniqueId: life.uniqueId,
      parentPid: open.pbi_ppid,
      processGroupId: open.pbi_pgid,
      name: nameIn(life, info),
      state: stateOf(life, open.pbi_status),
      userId: open.pbi_uid,
      groupId: open.pbi_gid,
      realUserId: open.pbi_ruid,
      realGroupId: open.pbi_rgid,
      startedAt: whole && startedAt(whole),
      terminalDevice: whole && whole.e_tdev !== NO_DEVICE ? whole.e_tdev : undefined,
      sessionLeader: whole && (flags & PROC_FLAG_SLEADER) !== 0,
      nice: whole?.pbi_nice,
      is64Bit: (flags & PROC_FLAG_LP64) !== 0,
      translated: (flags & PROC_FLAG_ROSETTA) !== 0,
      traced: (flags & PROC_FLAG_TRACED) !== 0,
      kernelThread: (flags & PROC_FLAG_SYSTEM) !== 0,
      exiting: (flags & PROC_FLAG_INEXIT) !== 0,
    });
  });
}

/** Milliseconds since 1970; undefined where the system does not know. */
function startedAt({ pbi_start_tvsec, pbi_start_tvusec }: ProcBsdInfo): number | undefined {
  if (pbi_start_tvsec === 0n) return undefined;
  return Number(pbi_start_tvsec) * 1000 + Number(pbi_start_tvusec) / 1000;
}

/** Reads the name of a process. */
export function nameOf(life: Life): string {
  return life.about("read the name of", () => nameIn(life, bsdInfoOf(life)));
}

/**
 * The name of a process. Where only the kernel's short one is told, it is completed from the path of
 * the program, as far as that says the same.
 */
function nameIn(life: Life, { open, whole }: BsdInfo): string {
  if (whole !== undefined) return whole.pbi_name || whole.pbi_comm;
  const { pbi_comm } = open;
  if (encoder.encode(pbi_comm).length < CUT_NAME) return pbi_comm;
  let path;
  try {
    path = life.ask(PROC_PIDPATHINFO);
  } catch (error) {
    // Zombies and the kernel run no file, and one that was deleted has no path.
    if (!isWithoutPath(error)) throw error;
    return pbi_comm;
  }
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.startsWith(pbi_comm) ? name : pbi_comm;
}

const encoder = new TextEncoder();

function isWithoutPath(error: unknown): boolean {
  return missingIn(error) !== undefined ||
    (error instanceof SystemCallError && error.errno === ERRNO.ENOENT);
}

/**
 * What a process is doing; undefined where that is not told. Where the kernel says that it runs, only
 * its threads tell whether one does.
 *
 * @param status Its `pbi_status`.
 */
export function stateOf(life: Life, status: number): ProcessState | undefined {
  if (status !== SRUN) return STATES[status];
  const task = taskInfoOf(life);
  if (task !== undefined) return STATES[stateNumber(status, task.pti_numrunning)];
  // This user is not told of the threads, or it has ended since.
  const { pbsi_status } = life.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO);
  return pbsi_status === SRUN ? undefined : STATES[pbsi_status];
}

/** The Mach part of a process; undefined where this user is refused it, and of zombies. */
export function taskInfoOf(life: Life): ProcTaskInfo | undefined {
  try {
    return optional(() => life.ask(PROC_PIDTASKINFO));
  } catch (error) {
    if (missingIn(error) !== "gone" || life.vitality() !== "zombie") throw error;
    return undefined;
  }
}
