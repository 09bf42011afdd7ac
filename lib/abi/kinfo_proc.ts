/**
 * The structs in which `sysctl()` reports processes under `KERN_PROC` (bsd/sys/sysctl.h,
 * bsd/sys/proc.h). Every user can read them for every process, including those of other users and
 * the kernel itself.
 *
 * The name that is queried is `{ CTL_KERN, KERN_PROC, what, value }`. The answer is an array of
 * `struct kinfo_proc`. A member without a meaning is 0: the kernel either withholds the address or
 * does not fill the member.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct timeval`: a time of the calendar clock. */
export interface Timeval {
  /** The seconds since 1970. */
  readonly tv_sec: bigint;
  /** The microseconds of the time: 0 to 999999. */
  readonly tv_usec: number;
}

/** The layout of {@linkcode Timeval}. */
export const timeval: Struct<Timeval> = struct(
  "timeval",
  { size: 16, align: 8 },
  (c): Timeval => ({ tv_sec: c.i64(), tv_usec: c.i32() }),
);

/** `struct itimerval`: a timer. */
export interface Itimerval {
  /** The time between two expirations. */
  readonly it_interval: Timeval;
  /** The time until the next expiration. */
  readonly it_value: Timeval;
}

/** The layout of {@linkcode Itimerval}. */
export const itimerval: Struct<Itimerval> = struct(
  "itimerval",
  { size: 32, align: 8 },
  (c): Itimerval => ({ it_interval: c.struct(timeval), it_value: c.struct(timeval) }),
);

/** `struct vmspace`: a placeholder for values that the kernel no longer reports. */
export interface Vmspace {
  /** Not filled. */
  readonly dummy: number;
  /** Not filled. */
  readonly dummy2: bigint;
  /** Not filled. */
  readonly dummy3: readonly number[];
  /** Not filled. */
  readonly dummy4: readonly bigint[];
}

/** The layout of {@linkcode Vmspace}. */
export const vmspace: Struct<Vmspace> = struct(
  "vmspace",
  { size: 64, align: 8 },
  (c): Vmspace => ({
    dummy: c.i32(),
    dummy2: c.u64(),
    dummy3: c.array(5, (c) => c.i32()),
    dummy4: c.array(3, (c) => c.u64()),
  }),
);

/** `struct extern_proc`: the attributes of the process itself. */
export interface ExternProc {
  /**
   * The start time of the process, by the calendar clock of that moment. An exec does not change
   * it. In C, this member is in a union with addresses that are never reported.
   */
  readonly p_starttime: Timeval;
  /** A kernel address. */
  readonly p_vmspace: bigint;
  /** A kernel address. */
  readonly p_sigacts: bigint;
  /** A set of `P_*`. */
  readonly p_flag: number;
  /**
   * The state: `SIDL`, `SRUN`, `SSLEEP`, `SSTOP` or `SZOMB`. A living process of macOS is nearly
   * always `SRUN`: only its threads show whether it runs.
   */
  readonly p_stat: number;
  /** The process id. */
  readonly p_pid: number;
  /**
   * The process id of the parent that the process had before it was traced; 0 if it is not traced.
   */
  readonly p_oppid: number;
  /** Not filled. */
  readonly p_dupfd: number;
  /** The address of the stack of the first thread. Since macOS 11, it is not filled. */
  readonly user_stack: bigint;
  /** A kernel address. */
  readonly exit_thread: bigint;
  /** The flag that the process passed to `setprivexec()`: 0 or 1. */
  readonly p_debugger: number;
  /** Not 0 while the process is traced and a signal has stopped it. */
  readonly sigwait: number;
  /** Not filled by the kernels that Apple ships. */
  readonly p_estcpu: number;
  /** Not filled. */
  readonly p_cpticks: number;
  /** Not filled by the kernels that Apple ships. */
  readonly p_pctcpu: number;
  /** A kernel address. */
  readonly p_wchan: bigint;
  /** A kernel address. */
  readonly p_wmesg: bigint;
  /** Not filled. */
  readonly p_swtime: number;
  /** Not filled by the kernels that Apple ships. */
  readonly p_slptime: number;
  /**
   * The real-time timer as the process set it. `it_value` is the time that was set, not the time
   * that is left.
   */
  readonly p_realtimer: Itimerval;
  /**
   * The time at which the real-time timer expires, since the start of the machine; 0 if it is not
   * set. It is not the processor time.
   */
  readonly p_rtime: Timeval;
  /** Not filled. */
  readonly p_uticks: bigint;
  /** Not filled. */
  readonly p_sticks: bigint;
  /** Not filled. */
  readonly p_iticks: bigint;
  /** Not filled. */
  readonly p_traceflag: number;
  /** A kernel address. */
  readonly p_tracep: bigint;
  /** Not filled. */
  readonly p_siglist: number;
  /** A kernel address. */
  readonly p_textvp: bigint;
  /** Not filled. */
  readonly p_holdcnt: number;
  /** Not filled. */
  readonly p_sigmask: number;
  /** The signals that are ignored: bit n - 1 for signal n. */
  readonly p_sigignore: number;
  /** The signals that have a handler: bit n - 1 for signal n. */
  readonly p_sigcatch: number;
  /**
   * The priority of the last sleep of the process in the kernel. It is not the scheduling priority.
   */
  readonly p_priority: number;
  /** Not filled. */
  readonly p_usrpri: number;
  /** The nice value: from -20, which is served first, to 20, which is served last. */
  readonly p_nice: number;
  /** The name of the executable file, cut to 16 bytes. */
  readonly p_comm: string;
  /** A kernel address. */
  readonly p_pgrp: bigint;
  /** A kernel address. */
  readonly p_addr: bigint;
  /**
   * The status that `wait()` reports, for a zombie. The signal that stopped it, for a stopped
   * process.
   */
  readonly p_xstat: number;
  /** The flags for accounting. */
  readonly p_acflag: number;
  /** A kernel address. */
  readonly p_ru: bigint;
}

/** The layout of {@linkcode ExternProc}. */
export const externProc: Struct<ExternProc> = struct(
  "extern_proc",
  { size: 296, align: 8 },
  (c): ExternProc => ({
    p_starttime: c.struct(timeval),
    p_vmspace: c.u64(),
    p_sigacts: c.u64(),
    p_flag: c.u32(),
    p_stat: c.u8(),
    p_pid: c.i32(),
    p_oppid: c.i32(),
    p_dupfd: c.i32(),
    user_stack: c.u64(),
    exit_thread: c.u64(),
    p_debugger: c.i32(),
    sigwait: c.i32(),
    p_estcpu: c.u32(),
    p_cpticks: c.i32(),
    p_pctcpu: c.u32(),
    p_wchan: c.u64(),
    p_wmesg: c.u64(),
    p_swtime: c.u32(),
    p_slptime: c.u32(),
    p_realtimer: c.struct(itimerval),
    p_rtime: c.struct(timeval),
    p_uticks: c.u64(),
    p_sticks: c.u64(),
    p_iticks: c.u64(),
    p_traceflag: c.i32(),
    p_tracep: c.u64(),
    p_siglist: c.i32(),
    p_textvp: c.u64(),
    p_holdcnt: c.i32(),
    p_sigmask: c.u32(),
    p_sigignore: c.u32(),
    p_sigcatch: c.u32(),
    p_priority: c.u8(),
    p_usrpri: c.u8(),
    p_nice: c.i8(),
    p_comm: c.chars(17),
    p_pgrp: c.u64(),
    p_addr: c.u64(),
    p_xstat: c.u16(),
    p_acflag: c.u16(),
    p_ru: c.u64(),
  }),
);

/** `struct _pcred`: the real and saved ids of a process. */
export interface Pcred {
  /** Not filled. */
  readonly pc_lock: Uint8Array;
  /** A kernel address. */
  readonly pc_ucred: bigint;
  /** The real user id. */
  readonly p_ruid: number;
  /** The saved user id. */
  readonly p_svuid: number;
  /** The real group id. */
  readonly p_rgid: number;
  /** The saved group id. */
  readonly p_svgid: number;
  /** Not filled. */
  readonly p_refcnt: number;
}

/** The layout of {@linkcode Pcred}. */
export const pcred: Struct<Pcred> = struct(
  "_pcred",
  { size: 104, align: 8 },
  (c): Pcred => ({
    pc_lock: c.bytes(72),
    pc_ucred: c.u64(),
    p_ruid: c.u32(),
    p_svuid: c.u32(),
    p_rgid: c.u32(),
    p_svgid: c.u32(),
    p_refcnt: c.i32(),
  }),
);

/** `struct _ucred`: the effective ids of a process and its groups. */
export interface Ucred {
  /** The number of references to these credentials in the kernel. */
  readonly cr_ref: number;
  /** The effective user id. */
  readonly cr_uid: number;
  /** The number of elements of `cr_groups` that are in use: at most 16. */
  readonly cr_ngroups: number;
  /**
   * The effective group id, followed by the supplementary group ids. If a process has more than 16
   * groups, only the directory service knows the others.
   */
  readonly cr_groups: readonly number[];
}

/** The layout of {@linkcode Ucred}. */
export const ucred: Struct<Ucred> = struct(
  "_ucred",
  { size: 76, align: 4 },
  (c): Ucred => ({
    cr_ref: c.i32(),
    cr_uid: c.u32(),
    cr_ngroups: c.i16(),
    cr_groups: c.array(16, (c) => c.u32()),
  }),
);

/** `struct eproc`: the credentials, the related processes and the terminal of a process. */
export interface Eproc {
  /** A kernel address. */
  readonly e_paddr: bigint;
  /** A kernel address. */
  readonly e_sess: bigint;
  /** The real and saved ids. */
  readonly e_pcred: Pcred;
  /** The effective ids and the groups. */
  readonly e_ucred: Ucred;
  /** Not filled. */
  readonly e_vm: Vmspace;
  /** The process id of the parent, or of the tracer. */
  readonly e_ppid: number;
  /** The process group id. */
  readonly e_pgid: number;
  /**
   * The number of processes that keep the process group from being orphaned, as job control counts
   * them.
   */
  readonly e_jobc: number;
  /** The device number of the controlling terminal; {@linkcode NODEV} without one. */
  readonly e_tdev: number;
  /** The foreground process group of the controlling terminal; 0 without one. */
  readonly e_tpgid: number;
  /** A kernel address. */
  readonly e_tsess: bigint;
  /** Not filled. */
  readonly e_wmesg: string;
  /** Not filled. */
  readonly e_xsize: number;
  /** Not filled. */
  readonly e_xrssize: number;
  /** Not filled. */
  readonly e_xccount: number;
  /** Not filled. */
  readonly e_xswrss: number;
  /** A set of `EPROC_*`. */
  readonly e_flag: number;
  /** Not filled. The member is meant for the login name of the session. */
  readonly e_login: string;
  /** Not filled. */
  readonly e_spare: readonly number[];
}

/** The layout of {@linkcode Eproc}. */
export const eproc: Struct<Eproc> = struct(
  "eproc",
  { size: 352, align: 8 },
  (c): Eproc => ({
    e_paddr: c.u64(),
    e_sess: c.u64(),
    e_pcred: c.struct(pcred),
    e_ucred: c.struct(ucred),
    e_vm: c.struct(vmspace),
    e_ppid: c.i32(),
    e_pgid: c.i32(),
    e_jobc: c.i16(),
    e_tdev: c.i32(),
    e_tpgid: c.i32(),
    e_tsess: c.u64(),
    e_wmesg: c.chars(8),
    e_xsize: c.i32(),
    e_xrssize: c.i16(),
    e_xccount: c.i16(),
    e_xswrss: c.i16(),
    e_flag: c.u32(),
    e_login: c.chars(12),
    e_spare: c.array(4, (c) => c.i32()),
  }),
);

/** `struct kinfo_proc`: one process. Every user can read it for every process. */
export interface KinfoProc {
  /** The attributes of the process itself. */
  readonly kp_proc: ExternProc;
  /** The credentials, the related processes and the terminal of the process. */
  readonly kp_eproc: Eproc;
}

/** The layout of {@linkcode KinfoProc}. */
export const kinfoProc: Struct<KinfoProc> = struct(
  "kinfo_proc",
  { size: 648, align: 8 },
  (c): KinfoProc => ({ kp_proc: c.struct(externProc), kp_eproc: c.struct(eproc) }),
);

/** The first number of a name for `sysctl()`: the kernel. macOS 10.0. */
export const CTL_KERN = 1;
/** The second number of the name: processes. macOS 10.0. */
export const KERN_PROC = 14;

/** All processes. The value is ignored. macOS 10.0. */
export const KERN_PROC_ALL = 0;
/** The process with an id. If no process has the id, the answer is empty. macOS 10.0. */
export const KERN_PROC_PID = 1;
/** The processes of a process group. macOS 10.0. */
export const KERN_PROC_PGRP = 2;
/** The processes of a session. Declared, but no kernel answers it. macOS 10.0. */
export const KERN_PROC_SESSION = 3;
/** The processes with a controlling terminal, which is given by its device number. macOS 10.0. */
export const KERN_PROC_TTY = 4;
/** The processes with an effective user id. macOS 10.0. */
export const KERN_PROC_UID = 5;
/** The processes with a real user id. macOS 10.0. */
export const KERN_PROC_RUID = 6;
/** The processes of a login context, which macOS no longer has. macOS 10.5. */
export const KERN_PROC_LCID = 7;

/** The process is being created. macOS 10.0. */
export const SIDL = 1;
/** The process runs or is ready to run. macOS 10.0. */
export const SRUN = 2;
/** The process waits for an event. macOS 10.0. */
export const SSLEEP = 3;
/** A signal or a debugger has stopped the process. macOS 10.0. */
export const SSTOP = 4;
/** The process has ended, and its parent has not waited for it. macOS 10.0. */
export const SZOMB = 5;

/** The process has a controlling terminal. macOS 10.0. */
export const P_CONTROLT = 0x2;
/** The pointers of the process have 64 bits. macOS 10.4. */
export const P_LP64 = 0x4;
/** The parent waits until the process calls exec or ends, as after `vfork()`. macOS 10.0. */
export const P_PPWAIT = 0x10;
/** The process has changed its user or group ids since its last exec. macOS 10.0. */
export const P_SUGID = 0x100;
/** A part of the system: `kernel_task`. macOS 10.0. */
export const P_SYSTEM = 0x200;
/** A debugger traces the process. macOS 10.0. */
export const P_TRACED = 0x800;
/** The process is exiting. macOS 10.0. */
export const P_WEXIT = 0x2000;
/** The process has called exec. macOS 10.0. */
export const P_EXEC = 0x4000;
/** Rosetta translates the instructions of the process. macOS 10.5. */
export const P_TRANSLATED = 0x20000;
/** The disk accesses of the process delay the idle sleep of the machine. macOS 10.8. */
export const P_DELAYIDLESLEEP = 0x40000;
/** A thread of the process has, or had, its own working directory. macOS 10.5. */
export const P_THCWD = 0x1000000;

/** The session of the process has a controlling terminal. macOS 10.0. */
export const EPROC_CTTY = 1;
/** The process is a session leader. macOS 10.0. */
export const EPROC_SLEADER = 2;

/** The device number of a process without a controlling terminal. macOS 10.0. */
export const NODEV: -1 = -1;
