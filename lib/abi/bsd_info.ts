/**
 * The BSD part of a process: `PROC_PIDTBSDINFO`, `PROC_PIDT_SHORTBSDINFO` and
 * `PROC_PIDT_BSDINFOWITHUNIQID` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcUniqIdentifierInfo, procUniqIdentifierInfo } from "./unique_id.ts";

/** `struct proc_bsdinfo`: what `PROC_PIDTBSDINFO` writes. */
export interface ProcBsdInfo {
  /** A set of `PROC_FLAG_*`. */
  readonly pbi_flags: number;
  /**
   * The state of the process: 1 being made, 2 runnable (whether on a processor or not), 3 asleep, 4
   * stopped, 5 zombie. A living process is 2 nearly always.
   */
  readonly pbi_status: number;
  /**
   * After the end: the status as `wait()` gives it. In a stopped process: the signal that stopped
   * it.
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
   * The name of the process, cut to 31 bytes: that of the executable file unless it was given
   * another. When it is empty, `pbi_comm` stands for it.
   */
  readonly pbi_name: string;
  /** The capacity of the descriptor table, in descriptors: not how many are open. 0 in a zombie. */
  readonly pbi_nfiles: number;
  /** The process group id; 0 without a session. */
  readonly pbi_pgid: number;
  /**
   * How many processes keep the process group from being orphaned, as job control counts; 0 without
   * a session.
   */
  readonly pbi_pjobc: number;
  /** The device number of the controlling terminal; 0xffffffff without one. */
  readonly e_tdev: number;
  /** The process group in the foreground of the controlling terminal; 0 without one. */
  readonly e_tpgid: number;
  /** The nice value: -20 is served first, 20 last. */
  readonly pbi_nice: number;
  /**
   * When the process began: seconds since 1970 by the calendar clock of that moment. An exec keeps
   * it.
   */
  readonly pbi_start_tvsec: bigint;
  /** The microseconds that belong to `pbi_start_tvsec`: 0 to 999999. */
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
 * `struct proc_bsdshortinfo`: what `PROC_PIDT_SHORTBSDINFO` writes. It needs no privilege for the
 * processes of other users.
 */
export interface ProcBsdShortInfo {
  /** The process id. */
  readonly pbsi_pid: number;
  /** The process id of the parent. */
  readonly pbsi_ppid: number;
  /** The process group id. */
  readonly pbsi_pgid: number;
  /** The state of the process: 1 being made, 2 runnable, 3 asleep, 4 stopped, 5 zombie. */
  readonly pbsi_status: number;
  /** The name of the executable file, cut to 15 bytes. */
  readonly pbsi_comm: string;
  /** A set of `PROC_FLAG_*`, in which `PROC_FLAG_SLEADER` and `PROC_FLAG_CTTY` never stand. */
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

/** `struct proc_bsdinfowithuniqid`: what `PROC_PIDT_BSDINFOWITHUNIQID` writes. */
export interface ProcBsdInfoWithUniqId {
  /** What `PROC_PIDTBSDINFO` would write. */
  readonly pbsd: ProcBsdInfo;
  /** What `PROC_PIDUNIQIDENTIFIERINFO` would write. */
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

/** Part of the system: `kernel_task`. macOS 10.4. */
export const PROC_FLAG_SYSTEM = 1;
/** A debugger traces it. macOS 10.4. */
export const PROC_FLAG_TRACED = 2;
/** It is on its way out, and not a zombie yet. macOS 10.4. */
export const PROC_FLAG_INEXIT = 4;
/** Its parent waits until it calls exec or ends, as `vfork()` has it. macOS 10.4. */
export const PROC_FLAG_PPWAIT = 8;
/** Its pointers are 64 bits wide. macOS 10.4. */
export const PROC_FLAG_LP64 = 0x10;
/** It leads its session. Only in `pbi_flags`. macOS 10.4. */
export const PROC_FLAG_SLEADER = 0x20;
/** Its session has a controlling terminal. Only in `pbi_flags`. macOS 10.4. */
export const PROC_FLAG_CTTY = 0x40;
/** It has a controlling terminal itself. macOS 10.4. */
export const PROC_FLAG_CONTROLT = 0x80;
/** One of its threads has had a working directory of its own. macOS 10.5. */
export const PROC_FLAG_THCWD = 0x100;
/** It requested to be slowed down when resources run out. macOS 10.6. */
export const PROC_FLAG_PC_THROTTLE = 0x200;
/** It requested to be suspended when resources run out. macOS 10.6. */
export const PROC_FLAG_PC_SUSP = 0x400;
/**
 * It requested to be ended when resources run out. Both bits of {@linkcode PROC_FLAG_PC_MASK}: compare
 * after masking. macOS 10.6.
 */
export const PROC_FLAG_PC_KILL = 0x600;
/** The two bits that hold its request for the case that resources run out. macOS 10.6. */
export const PROC_FLAG_PC_MASK = 0x600;
/** It is being slowed down for lack of resources. macOS 10.6. */
export const PROC_FLAG_PA_THROTTLE = 0x800;
/** It is suspended for lack of resources. macOS 10.6. */
export const PROC_FLAG_PA_SUSP = 0x1000;
/** It has changed its user or group ids since its exec. macOS 10.7. */
export const PROC_FLAG_PSUGID = 0x2000;
/** It has called exec. macOS 10.7. */
export const PROC_FLAG_EXEC = 0x4000;
/** It put itself into the background. Never in a zombie. macOS 10.7. */
export const PROC_FLAG_DARWINBG = 0x8000;
/** Another process put it into the background. Never in a zombie. macOS 10.7. */
export const PROC_FLAG_EXT_DARWINBG = 0x10000;
/** A daemon of iOS. Never set by macOS. macOS 10.8. */
export const PROC_FLAG_IOS_APPLEDAEMON = 0x20000;
/** It keeps the machine from falling asleep when idle. macOS 10.8. */
export const PROC_FLAG_DELAYIDLESLEEP = 0x40000;
/** A daemon of iOS that may be given importance. Never set by macOS. macOS 10.9. */
export const PROC_FLAG_IOS_IMPPROMOTION = 0x80000;
/**
 * A daemon whose priority follows the importance of those it works for. Never in a zombie.
 * macOS 10.9.
 */
export const PROC_FLAG_ADAPTIVE = 0x100000;
/** An adaptive daemon that works for an important process at present. Never in a zombie. macOS 10.9. */
export const PROC_FLAG_ADAPTIVE_IMPORTANT = 0x200000;
/** It lends its importance to those who work for it. Never in a zombie. macOS 10.9. */
export const PROC_FLAG_IMPORTANCE_DONOR = 0x400000;
/** App Nap holds it back. Never in a zombie. macOS 10.9. */
export const PROC_FLAG_SUPPRESSED = 0x800000;
/** An application, by the way it was started. Never in a zombie. macOS 10.10. */
export const PROC_FLAG_APPLICATION = 0x1000000;
/** The name of {@linkcode PROC_FLAG_APPLICATION} before macOS had it: the same bit. macOS 10.9. */
export const PROC_FLAG_IOS_APPLICATION = 0x1000000;
/** Its instructions are translated by Rosetta. macOS 12. */
export const PROC_FLAG_ROSETTA = 0x2000000;
/** Runs with a security feature of the hardware. Declared, but not known to be set. macOS 15.2. */
export const PROC_FLAG_SEC_ENABLED = 0x4000000;
/** Runs with that security feature bypassed. Declared, but not known to be set. macOS 15.4. */
export const PROC_FLAG_SEC_BYPASS_ENABLED = 0x8000000;
/** Its heap is the hardened one. macOS 15.5. */
export const PROC_FLAG_HARDENED_HEAP_ENABLED = 0x10000000;
/** It has memory that only trusted code may write to. macOS 15.5. */
export const PROC_FLAG_TPRO_ENABLED = 0x20000000;
