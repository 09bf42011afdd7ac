/**
 * `struct procentry64` of AIX, and the structs in it (procinfo.h, sys/cred.h and sys/resource.h of
 * AIX 5.3).
 *
 * The layout is the same on every host. AIX is big-endian, but the structs that this module creates
 * have the byte order of the host.
 *
 * @module
 */
import { type Struct, struct } from "../layout/struct.ts";

/** `__cap_t`: a set of capabilities. */
export interface Cap {
  /** The bits. */
  readonly c: readonly bigint[];
}

/** The layout of {@linkcode Cap}. */
export const cap: Struct<Cap> = struct("__cap_t", { size: 24, align: 8 }, (c): Cap => ({
  c: c.array(3, (c) => c.u64()),
}));

/** `struct priv`: a set of privileges. */
export interface Priv {
  /** The bits. */
  readonly pv: readonly number[];
}

/** The layout of {@linkcode Priv}. */
export const priv: Struct<Priv> = struct("priv", { size: 8, align: 4 }, (c): Priv => ({
  pv: c.array(2, (c) => c.u32()),
}));

/** `struct cred_ext`: the credentials of a process. */
export interface CredExt {
  /** Real user id. */
  readonly crx_ruid: number;
  /** Effective user id. */
  readonly crx_uid: number;
  /** Saved user id. */
  readonly crx_suid: number;
  /** Login user id. */
  readonly crx_luid: number;
  /** Accounting id. */
  readonly crx_acctid: number;
  /** Effective group id. */
  readonly crx_gid: number;
  /** Real group id. */
  readonly crx_rgid: number;
  /** Saved group id. */
  readonly crx_sgid: number;
  /** The number of `crx_groups` in use. */
  readonly crx_ngrps: number;
  /** Supplementary group ids. */
  readonly crx_groups: readonly number[];
  /** Reserved. */
  readonly crx_reserved_1: number;
  /** Capabilities. */
  readonly crx_caps: Cap;
  /** Maximum privileges. */
  readonly crx_mpriv: Priv;
  /** Inherited privileges. */
  readonly crx_ipriv: Priv;
  /** Effective privileges. */
  readonly crx_epriv: Priv;
  /** Bequeathed privileges. */
  readonly crx_bpriv: Priv;
  /** The number of `crx_pags` in use. */
  readonly crx_npags: number;
  /** The authentication that each of `crx_pags` belongs to. */
  readonly crx_pagids: Uint8Array;
  /** Process authentication groups. */
  readonly crx_pags: readonly number[];
  /** Reserved. */
  readonly crx_pad: readonly number[];
}

/** The layout of {@linkcode CredExt}. */
export const credExt: Struct<CredExt> = struct(
  "cred_ext",
  { size: 1024, align: 8 },
  (c): CredExt => ({
    crx_ruid: c.u32(),
    crx_uid: c.u32(),
    crx_suid: c.u32(),
    crx_luid: c.u32(),
    crx_acctid: c.u32(),
    crx_gid: c.u32(),
    crx_rgid: c.u32(),
    crx_sgid: c.u32(),
    crx_ngrps: c.i32(),
    crx_groups: c.array(128, (c) => c.u32()),
    crx_reserved_1: c.i32(),
    crx_caps: c.struct(cap),
    crx_mpriv: c.struct(priv),
    crx_ipriv: c.struct(priv),
    crx_epriv: c.struct(priv),
    crx_bpriv: c.struct(priv),
    crx_npags: c.i32(),
    crx_pagids: c.bytes(16),
    crx_pags: c.array(16, (c) => c.i32()),
    crx_pad: c.array(83, (c) => c.i32()),
  }),
);

/** `struct timeval64`: a time. */
export interface Timeval64 {
  /** Seconds. */
  readonly tv_sec: bigint;
  /** The fraction of a second. In `pi_ru` and `pi_cru`, it is in nanoseconds despite the name. */
  readonly tv_usec: number;
}

/** The layout of {@linkcode Timeval64}. */
export const timeval64: Struct<Timeval64> = struct(
  "timeval64",
  { size: 16, align: 8 },
  (c): Timeval64 => ({
    tv_sec: c.i64(),
    tv_usec: c.i32(),
  }),
);

/** `struct trusage64`: resource usage. */
export interface Trusage64 {
  /** Processor time in user mode. */
  readonly ru_utime: Timeval64;
  /** Processor time in the kernel. */
  readonly ru_stime: Timeval64;
  /** The peak resident memory, in kilobytes. */
  readonly ru_maxrss: bigint;
  /** Shared text, in kilobytes times ticks. */
  readonly ru_ixrss: bigint;
  /** Unshared data, in kilobytes times ticks. */
  readonly ru_idrss: bigint;
  /** Unshared stack, in kilobytes times ticks. */
  readonly ru_isrss: bigint;
  /** Page faults without input or output. */
  readonly ru_minflt: bigint;
  /** Page faults with input or output. */
  readonly ru_majflt: bigint;
  /** The number of times that the process was swapped out. */
  readonly ru_nswap: bigint;
  /** Blocks read. */
  readonly ru_inblock: bigint;
  /** Blocks written. */
  readonly ru_oublock: bigint;
  /** Messages sent. */
  readonly ru_msgsnd: bigint;
  /** Messages received. */
  readonly ru_msgrcv: bigint;
  /** Signals received. */
  readonly ru_nsignals: bigint;
  /** Voluntary context switches. */
  readonly ru_nvcsw: bigint;
  /** Involuntary context switches. */
  readonly ru_nivcsw: bigint;
}

/** The layout of {@linkcode Trusage64}. */
export const trusage64: Struct<Trusage64> = struct(
  "trusage64",
  { size: 144, align: 8 },
  (c): Trusage64 => ({
    ru_utime: c.struct(timeval64),
    ru_stime: c.struct(timeval64),
    ru_maxrss: c.i64(),
    ru_ixrss: c.i64(),
    ru_idrss: c.i64(),
    ru_isrss: c.i64(),
    ru_minflt: c.i64(),
    ru_majflt: c.i64(),
    ru_nswap: c.i64(),
    ru_inblock: c.i64(),
    ru_oublock: c.i64(),
    ru_msgsnd: c.i64(),
    ru_msgrcv: c.i64(),
    ru_nsignals: c.i64(),
    ru_nvcsw: c.i64(),
    ru_nivcsw: c.i64(),
  }),
);

/** `struct rlimit64`: a limit. {@linkcode RLIM64_INFINITY} means unlimited. */
export interface Rlimit64 {
  /** The limit in force. */
  readonly rlim_cur: bigint;
  /** The maximum to which the limit can be raised. */
  readonly rlim_max: bigint;
}

/** The layout of {@linkcode Rlimit64}. */
export const rlimit64: Struct<Rlimit64> = struct(
  "rlimit64",
  { size: 16, align: 8 },
  (c): Rlimit64 => ({
    rlim_cur: c.u64(),
    rlim_max: c.u64(),
  }),
);

/** `struct procentry64`: a process, written by `GET_PROCENTRY64` (procinfo.h of AIX). */
export interface Procentry64 {
  /** Process id. */
  readonly pi_pid: number;
  /** The parent's process id. */
  readonly pi_ppid: number;
  /** Session id. */
  readonly pi_sid: number;
  /** Process group id. */
  readonly pi_pgrp: number;
  /** Real user id. */
  readonly pi_uid: number;
  /** Saved user id. */
  readonly pi_suid: number;
  /** 1 if the process has a controlling terminal, 0 otherwise. */
  readonly pi_ttyp: number;
  /** Reserved. */
  readonly pi_pad0: number;
  /** The device number of the controlling terminal. */
  readonly pi_ttyd: bigint;
  /** The channel of the controlling terminal. */
  readonly pi_ttympx: bigint;
  /** Nice value, from 0 to 40. 20 is the default. */
  readonly pi_nice: number;
  /** State: `SACTIVE`, `SZOMB`, `SSTOP`... */
  readonly pi_state: number;
  /** Flags: `STRC`, `SKPROC`... */
  readonly pi_flags: number;
  /** Further flags. */
  readonly pi_flags2: number;
  /** The number of threads. */
  readonly pi_thcount: number;
  /** Recent processor ticks of the first thread. */
  readonly pi_cpu: number;
  /** Priority of the first thread. */
  readonly pi_pri: number;
  /** The highest open file descriptor. */
  readonly pi_maxofile: number;
  /** Identity of the working directory; opaque. */
  readonly pi_cdir: bigint;
  /** Identity of the root directory; opaque. */
  readonly pi_rdir: bigint;
  /** File mode creation mask. */
  readonly pi_cmask: number;
  /** Reserved. */
  readonly pi_pad1: number;
  /** The name of the program, at most 32 bytes and a NUL. */
  readonly pi_comm: string;
  /** Identity of the address space; opaque. */
  readonly pi_adspace: bigint;
  /** Page faults with input or output. */
  readonly pi_majflt: bigint;
  /** Page faults without input or output. */
  readonly pi_minflt: bigint;
  /** Pages that were paged in again. */
  readonly pi_repage: bigint;
  /** Size of the image, in pages. */
  readonly pi_size: bigint;
  /** Processor time in user mode, in seconds. Valid for zombies only. */
  readonly pi_utime: bigint;
  /** Processor time in the kernel, in seconds. Valid for zombies only. */
  readonly pi_stime: bigint;
  /** Credentials. */
  readonly pi_cred: CredExt;
  /** Resource usage. */
  readonly pi_ru: Trusage64;
  /** Resource usage of the children that have ended and were waited for. */
  readonly pi_cru: Trusage64;
  /** The sum of bytes read and written. */
  readonly pi_ioch: bigint;
  /** Accumulated resident size. */
  readonly pi_irss: bigint;
  /** Start time, in seconds since 1970. */
  readonly pi_start: bigint;
  /** Limits, indexed by `RLIMIT_*`. */
  readonly pi_rlimit: readonly Rlimit64[];
  /** Resident data, in pages. */
  readonly pi_drss: bigint;
  /** Resident text, in pages. */
  readonly pi_trss: bigint;
  /** Virtual memory of the data, in pages. */
  readonly pi_dvm: bigint;
  /** The share of the machine's memory that is resident, in percent. */
  readonly pi_prm: bigint;
  /** Size of the text, in bytes. */
  readonly pi_tsize: bigint;
  /** Size of the data, in bytes. */
  readonly pi_dsize: bigint;
  /** Size of the data of shared libraries, in bytes. */
  readonly pi_sdsize: bigint;
  /** The disposition of each signal: 0 default, 1 ignored, otherwise the address of a handler. */
  readonly pi_signal: readonly bigint[];
  /** Flags of each signal. */
  readonly pi_sigflags: readonly number[];
  /** The pending signals, one bit for each signal. */
  readonly pi_sig: readonly bigint[];
  /** The workload class. */
  readonly pi_classname: string;
  /** The workload tag. */
  readonly pi_tag: string;
  /** The page size of data, as a power of 2. */
  readonly pi_data_l2psize: number;
  /** The page size of text, as a power of 2. */
  readonly pi_text_l2psize: number;
  /** The page size of the stack, as a power of 2. */
  readonly pi_stack_l2psize: number;
  /** Reserved. */
  readonly pi_pad4: Uint8Array;
  /** Processor time in user mode at the last checkpoint. */
  readonly pi_chk_utime: number;
  /** The time of the last checkpoint. */
  readonly pi_chk_ctime: number;
  /** Scheduling policy of the first thread. */
  readonly pi_policy: number;
  /** Priority of the process. */
  readonly pi_ppri: number;
  /** Identity of the address space of the loader; opaque. */
  readonly pi_adspace_ldr: bigint;
}

/** The layout of {@linkcode Procentry64}. */
export const procentry64: Struct<Procentry64> = struct(
  "procentry64",
  { size: 4944, align: 8 },
  (c): Procentry64 => ({
    pi_pid: c.i32(),
    pi_ppid: c.i32(),
    pi_sid: c.i32(),
    pi_pgrp: c.i32(),
    pi_uid: c.u32(),
    pi_suid: c.u32(),
    pi_ttyp: c.i32(),
    pi_pad0: c.u32(),
    pi_ttyd: c.u64(),
    pi_ttympx: c.i64(),
    pi_nice: c.u32(),
    pi_state: c.u32(),
    pi_flags: c.u32(),
    pi_flags2: c.u32(),
    pi_thcount: c.u32(),
    pi_cpu: c.u32(),
    pi_pri: c.u32(),
    pi_maxofile: c.u32(),
    pi_cdir: c.u64(),
    pi_rdir: c.u64(),
    pi_cmask: c.i16(),
    pi_pad1: c.i16(),
    pi_comm: c.chars(33),
    pi_adspace: c.u64(),
    pi_majflt: c.i64(),
    pi_minflt: c.i64(),
    pi_repage: c.i64(),
    pi_size: c.i64(),
    pi_utime: c.i64(),
    pi_stime: c.i64(),
    pi_cred: c.struct(credExt),
    pi_ru: c.struct(trusage64),
    pi_cru: c.struct(trusage64),
    pi_ioch: c.i64(),
    pi_irss: c.i64(),
    pi_start: c.i64(),
    pi_rlimit: c.array(10, (c) => c.struct(rlimit64)),
    pi_drss: c.u64(),
    pi_trss: c.u64(),
    pi_dvm: c.u64(),
    pi_prm: c.u64(),
    pi_tsize: c.u64(),
    pi_dsize: c.u64(),
    pi_sdsize: c.u64(),
    pi_signal: c.array(256, (c) => c.u64()),
    pi_sigflags: c.array(256, (c) => c.u32()),
    pi_sig: c.array(4, (c) => c.u64()),
    pi_classname: c.chars(34),
    pi_tag: c.chars(31),
    pi_data_l2psize: c.u8(),
    pi_text_l2psize: c.u8(),
    pi_stack_l2psize: c.u8(),
    pi_pad4: c.bytes(4),
    pi_chk_utime: c.i32(),
    pi_chk_ctime: c.i32(),
    pi_policy: c.u32(),
    pi_ppri: c.u32(),
    pi_adspace_ldr: c.u64(),
  }),
);

/** `pi_state`: no state. */
export const SNONE = 0;
/** `pi_state`: being created. */
export const SIDL = 4;
/** `pi_state`: ended, but not yet waited for. */
export const SZOMB = 5;
/** `pi_state`: stopped. */
export const SSTOP = 6;
/** `pi_state`: running, or able to run. */
export const SACTIVE = 7;
/** `pi_state`: swapped out. */
export const SSWAP = 8;

/** `pi_flags`: in memory. */
export const SLOAD = 0x1;
/** `pi_flags`: being traced. */
export const STRC = 0x8;
/** `pi_flags`: a kernel process. */
export const SKPROC = 0x200;
/** `pi_flags`: ending. */
export const SEXIT = 0x10000;
/** `pi_flags`: in an orphaned process group, without a parent in its session. */
export const SORPHANPGRP = 0x40000;
/** `pi_flags`: has executed a program since it was forked. */
export const SEXECED = 0x200000;

/** The index in `pi_rlimit` of the processor time, in seconds. */
export const RLIMIT_CPU = 0;
/** The index in `pi_rlimit` of the size of a file, in bytes. */
export const RLIMIT_FSIZE = 1;
/** The index in `pi_rlimit` of the size of data, in bytes. */
export const RLIMIT_DATA = 2;
/** The index in `pi_rlimit` of the size of the stack, in bytes. */
export const RLIMIT_STACK = 3;
/** The index in `pi_rlimit` of the size of a core file, in bytes. */
export const RLIMIT_CORE = 4;
/** The index in `pi_rlimit` of the resident memory, in bytes. */
export const RLIMIT_RSS = 5;
/** The index in `pi_rlimit` of the address space, in bytes. */
export const RLIMIT_AS = 6;
/** The index in `pi_rlimit` of the number of file descriptors. */
export const RLIMIT_NOFILE = 7;
/** The index in `pi_rlimit` of the number of threads of a process. */
export const RLIMIT_THREADS = 8;
/** The index in `pi_rlimit` of the number of processes of a user. */
export const RLIMIT_NPROC = 9;
/** The value of an unlimited limit. */
export const RLIM64_INFINITY = 0x7fff_ffff_ffff_ffffn;
