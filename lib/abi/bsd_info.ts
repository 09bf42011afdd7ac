/**
 * The BSD part of a process: `PROC_PIDTBSDINFO`, `PROC_PIDT_SHORTBSDINFO` and
 * `PROC_PIDT_BSDINFOWITHUNIQID` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcUniqIdentifierInfo, procUniqIdentifierInfo } from "./unique_id.ts";

/** `struct proc_bsdinfo`: the answer to `PROC_PIDTBSDINFO`. */
export interface ProcBsdInfo {
  /** A set of `PROC_FLAG_*`. */
  readonly pbi_flags: number;
  /**
   * The state of the process: 1 being created, 2 runnable (on a processor or not), 3 sleeping, 4
   * stopped, 5 zombie. A living process is nearly always 2.
   */
  readonly pbi_status: number;
  /**
   * The status that `wait()` reports, for a process that has ended. The signal that stopped it, for
   * a stopped process.
   */
  readonly pbi_xstatus: number;
  /** The process id. */
  readonly pbi_pid: number;
  /** The process id of the parent. */
  readonly pbi_ppid: number;
  /** The effective user id. */
  readonly pbi_uid: number;
  /** The effective group id. */
  readonly pbi_gid: number;
  /** The real user id. */
  readonly pbi_ruid: number;
  /** The real group id. */
  readonly pbi_rgid: number;
  /** The saved user id. */
  readonly pbi_svuid: number;
  /** The saved group id. */
  readonly pbi_svgid: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
  /** The name of the executable file, cut to 15 bytes. */
  readonly pbi_comm: string;
  /**
   * The name of the process, cut to 31 bytes. It is the name of the executable file unless the
   * process was given another name. If it is empty, `pbi_comm` is the name.
   */
  readonly pbi_name: string;
  /**
   * The capacity of the descriptor table, which is not the number of open descriptors. 0 for a
   * zombie.
   */
  readonly pbi_nfiles: number;
  /** The process group id; 0 if the process has no session. */
  readonly pbi_pgid: number;
  /**
   * The number of processes that keep the process group from being orphaned, as job control counts
   * them; 0 if the process has no session.
   */
  readonly pbi_pjobc: number;
  /** The device number of the controlling terminal; 0xffffffff without one. */
  readonly e_tdev: number;
  /** The foreground process group of the controlling terminal; 0 without one. */
  readonly e_tpgid: number;
  /** The nice value: from -20, which is served first, to 20, which is served last. */
  readonly pbi_nice: number;
  /**
   * The start time of the process: seconds since 1970, by the calendar clock of that moment. An
   * exec does not change it.
   */
  readonly pbi_start_tvsec: bigint;
  /** The microseconds of `pbi_start_tvsec`: 0 to 999999. */
  readonly pbi_start_tvusec: bigint;
}

/** The layout of {@linkcode ProcBsdInfo}. */
export const procBsdInfo: Struct<ProcBsdInfo> = struct(
  "proc_bsdinfo",
  { size: 136, align: 8 },
  (c): ProcBsdInfo => ({
    pbi_flags: c.u32(),
    pbi_status: c.u32(),
    pbi_xstatus: c.u32(),
    pbi_pid: c.u32(),
    pbi_ppid: c.u32(),
    pbi_uid: c.u32(),
    pbi_gid: c.u32(),
    pbi_ruid: c.u32(),
    pbi_rgid: c.u32(),
    pbi_svuid: c.u32(),
    pbi_svgid: c.u32(),
    rfu_1: c.u32(),
    pbi_comm: c.chars(16),
    pbi_name: c.chars(32),
    pbi_nfiles: c.u32(),
    pbi_pgid: c.u32(),
    pbi_pjobc: c.u32(),
    e_tdev: c.u32(),
    e_tpgid: c.u32(),
    pbi_nice: c.i32(),
    pbi_start_tvsec: c.u64(),
    pbi_start_tvusec: c.u64(),
  }),
);

/**
 * `struct proc_bsdshortinfo`: the answer to `PROC_PIDT_SHORTBSDINFO`. No privilege is needed for
 * the processes of other users.
 */
export interface ProcBsdShortInfo {
  /** The process id. */
  readonly pbsi_pid: number;
  /** The process id of the parent. */
  readonly pbsi_ppid: number;
  /** The process group id. */
  readonly pbsi_pgid: number;
  /** The state of the process: 1 being created, 2 runnable, 3 sleeping, 4 stopped, 5 zombie. */
  readonly pbsi_status: number;
  /** The name of the executable file, cut to 15 bytes. */
  readonly pbsi_comm: string;
  /** A set of `PROC_FLAG_*`, in which `PROC_FLAG_SLEADER` and `PROC_FLAG_CTTY` are never set. */
  readonly pbsi_flags: number;
  /** The effective user id. */
  readonly pbsi_uid: number;
  /** The effective group id. */
  readonly pbsi_gid: number;
  /** The real user id. */
  readonly pbsi_ruid: number;
  /** The real group id. */
  readonly pbsi_rgid: number;
  /** The saved user id. */
  readonly pbsi_svuid: number;
  /** The saved group id. */
  readonly pbsi_svgid: number;
  /** Reserved: always 0. */
  readonly pbsi_rfu: number;
}

/** The layout of {@linkcode ProcBsdShortInfo}. */
export const procBsdShortInfo: Struct<ProcBsdShortInfo> = struct(
  "proc_bsdshortinfo",
  { size: 64, align: 4 },
  (c): ProcBsdShortInfo => ({
    pbsi_pid: c.u32(),
    pbsi_ppid: c.u32(),
    pbsi_pgid: c.u32(),
    pbsi_status: c.u32(),
    pbsi_comm: c.chars(16),
    pbsi_flags: c.u32(),
    pbsi_uid: c.u32(),
    pbsi_gid: c.u32(),
    pbsi_ruid: c.u32(),
    pbsi_rgid: c.u32(),
    pbsi_svuid: c.u32(),
    pbsi_svgid: c.u32(),
    pbsi_rfu: c.u32(),
  }),
);

/** `struct proc_bsdinfowithuniqid`: the answer to `PROC_PIDT_BSDINFOWITHUNIQID`. */
export interface ProcBsdInfoWithUniqId {
  /** The answer to `PROC_PIDTBSDINFO`. */
  readonly pbsd: ProcBsdInfo;
  /** The answer to `PROC_PIDUNIQIDENTIFIERINFO`. */
  readonly p_uniqidentifier: ProcUniqIdentifierInfo;
}

/** The layout of {@linkcode ProcBsdInfoWithUniqId}. */
export const procBsdInfoWithUniqId: Struct<ProcBsdInfoWithUniqId> = struct(
  "proc_bsdinfowithuniqid",
  { size: 192, align: 8 },
  (c): ProcBsdInfoWithUniqId => ({
    pbsd: c.struct(procBsdInfo),
    p_uniqidentifier: c.struct(procUniqIdentifierInfo),
  }),
);

/** A part of the system: `kernel_task`. macOS 10.4. */
export const PROC_FLAG_SYSTEM = 1;
/** A debugger traces the process. macOS 10.4. */
export const PROC_FLAG_TRACED = 2;
/** The process is exiting but is not yet a zombie. macOS 10.4. */
export const PROC_FLAG_INEXIT = 4;
/** The parent waits until the process calls exec or ends, as after `vfork()`. macOS 10.4. */
export const PROC_FLAG_PPWAIT = 8;
/** The pointers of the process have 64 bits. macOS 10.4. */
export const PROC_FLAG_LP64 = 0x10;
/** The process is a session leader. Only in `pbi_flags`. macOS 10.4. */
export const PROC_FLAG_SLEADER = 0x20;
/** The session of the process has a controlling terminal. Only in `pbi_flags`. macOS 10.4. */
export const PROC_FLAG_CTTY = 0x40;
/** The process itself has a controlling terminal. macOS 10.4. */
export const PROC_FLAG_CONTROLT = 0x80;
/** A thread of the process has, or had, its own working directory. macOS 10.5. */
export const PROC_FLAG_THCWD = 0x100;
/** The process requested to be throttled when resources run out. macOS 10.6. */
export const PROC_FLAG_PC_THROTTLE = 0x200;
/** The process requested to be suspended when resources run out. macOS 10.6. */
export const PROC_FLAG_PC_SUSP = 0x400;
/**
 * The process requested to be ended when resources run out. Both bits of
 * {@linkcode PROC_FLAG_PC_MASK} are set: compare after masking. macOS 10.6.
 */
export const PROC_FLAG_PC_KILL = 0x600;
/** The two bits that hold what the process requested for a shortage of resources. macOS 10.6. */
export const PROC_FLAG_PC_MASK = 0x600;
/** The process is being throttled because resources ran out. macOS 10.6. */
export const PROC_FLAG_PA_THROTTLE = 0x800;
/** The process is suspended because resources ran out. macOS 10.6. */
export const PROC_FLAG_PA_SUSP = 0x1000;
/** The process has changed its user or group ids since its last exec. macOS 10.7. */
export const PROC_FLAG_PSUGID = 0x2000;
/** The process has called exec. macOS 10.7. */
export const PROC_FLAG_EXEC = 0x4000;
/** The process put itself into the background. Never set for a zombie. macOS 10.7. */
export const PROC_FLAG_DARWINBG = 0x8000;
/** Another process put this one into the background. Never set for a zombie. macOS 10.7. */
export const PROC_FLAG_EXT_DARWINBG = 0x10000;
/** A daemon of iOS. Never set on macOS. macOS 10.8. */
export const PROC_FLAG_IOS_APPLEDAEMON = 0x20000;
/** The disk accesses of the process delay the idle sleep of the machine. macOS 10.8. */
export const PROC_FLAG_DELAYIDLESLEEP = 0x40000;
/** A daemon of iOS that can receive importance. Never set on macOS. macOS 10.9. */
export const PROC_FLAG_IOS_IMPPROMOTION = 0x80000;
/**
 * An adaptive daemon: its priority follows the importance of the processes that it works for. Never
 * set for a zombie. macOS 10.9.
 */
export const PROC_FLAG_ADAPTIVE = 0x100000;
/**
 * An adaptive daemon that works for an important process at present. Never set for a zombie.
 * macOS 10.9.
 */
export const PROC_FLAG_ADAPTIVE_IMPORTANT = 0x200000;
/**
 * The process lends its importance to the processes that work for it. Never set for a zombie.
 * macOS 10.9.
 */
export const PROC_FLAG_IMPORTANCE_DONOR = 0x400000;
/** App Nap restricts the process. Never set for a zombie. macOS 10.9. */
export const PROC_FLAG_SUPPRESSED = 0x800000;
/** The process was started as an application. Never set for a zombie. macOS 10.10. */
export const PROC_FLAG_APPLICATION = 0x1000000;
/**
 * The same bit as {@linkcode PROC_FLAG_APPLICATION}, under the name that it had before macOS set
 * it. macOS 10.9.
 */
export const PROC_FLAG_IOS_APPLICATION = 0x1000000;
/** Rosetta translates the instructions of the process. macOS 12. */
export const PROC_FLAG_ROSETTA = 0x2000000;
/**
 * The process runs with a security feature of the hardware. Declared, but not known to be set.
 * macOS 15.2.
 */
export const PROC_FLAG_SEC_ENABLED = 0x4000000;
/**
 * The process runs with the feature of `PROC_FLAG_SEC_ENABLED` bypassed. Declared, but not known to
 * be set. macOS 15.4.
 */
export const PROC_FLAG_SEC_BYPASS_ENABLED = 0x8000000;
/** The process has a hardened heap. macOS 15.5. */
export const PROC_FLAG_HARDENED_HEAP_ENABLED = 0x10000000;
/** The process has memory that only trusted code can write. macOS 15.5. */
export const PROC_FLAG_TPRO_ENABLED = 0x20000000;
