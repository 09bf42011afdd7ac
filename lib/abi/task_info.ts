/**
 * The Mach part of a process, which is its task: `PROC_PIDTASKINFO` and `PROC_PIDTASKALLINFO`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcBsdInfo, procBsdInfo } from "./bsd_info.ts";

/**
 * `struct proc_taskinfo`: the answer to `PROC_PIDTASKINFO`.
 *
 * Times are in mach time units. To get nanoseconds, multiply them by the time base of the machine.
 * Counters stop at 2^31 - 1.
 */
export interface ProcTaskInfo {
  /** The size of the address space that is in use, in bytes. */
  readonly pti_virtual_size: bigint;
  /** The resident memory, in bytes. */
  readonly pti_resident_size: bigint;
  /**
   * The processor time in user mode of all threads, including ended threads, in mach time units.
   */
  readonly pti_total_user: bigint;
  /**
   * The processor time in the kernel of all threads, including ended threads, in mach time units. 0
   * if the machine does not distinguish the two: the user time then includes both.
   */
  readonly pti_total_system: bigint;
  /** The processor time in user mode of the threads that have not ended, in mach time units. */
  readonly pti_threads_user: bigint;
  /** The processor time in the kernel of the threads that have not ended, in mach time units. */
  readonly pti_threads_system: bigint;
  /**
   * The scheduling policy of new threads: 1 for timeshare, as in every user process, or 2 for round
   * robin, as in `kernel_task`.
   */
  readonly pti_policy: number;
  /** The number of page faults. */
  readonly pti_faults: number;
  /** The number of page faults that had to wait for a pager. */
  readonly pti_pageins: number;
  /** The number of page faults that copied a page on its first write. */
  readonly pti_cow_faults: number;
  /** The number of Mach messages that were sent. */
  readonly pti_messages_sent: number;
  /** The number of Mach messages that were received. */
  readonly pti_messages_received: number;
  /** The number of Mach traps. */
  readonly pti_syscalls_mach: number;
  /** The number of BSD system calls. */
  readonly pti_syscalls_unix: number;
  /** The number of context switches. */
  readonly pti_csw: number;
  /** The number of threads. */
  readonly pti_threadnum: number;
  /** The number of threads that run or are ready to run, without idle threads. */
  readonly pti_numrunning: number;
  /** The base priority of the task: 0 to 127, where the highest is served first. */
  readonly pti_priority: number;
}

/** The layout of {@linkcode ProcTaskInfo}. */
export const procTaskInfo: Struct<ProcTaskInfo> = struct(
  "proc_taskinfo",
  { size: 96, align: 8 },
  (c): ProcTaskInfo => ({
    pti_virtual_size: c.u64(),
    pti_resident_size: c.u64(),
    pti_total_user: c.u64(),
    pti_total_system: c.u64(),
    pti_threads_user: c.u64(),
    pti_threads_system: c.u64(),
    pti_policy: c.i32(),
    pti_faults: c.i32(),
    pti_pageins: c.i32(),
    pti_cow_faults: c.i32(),
    pti_messages_sent: c.i32(),
    pti_messages_received: c.i32(),
    pti_syscalls_mach: c.i32(),
    pti_syscalls_unix: c.i32(),
    pti_csw: c.i32(),
    pti_threadnum: c.i32(),
    pti_numrunning: c.i32(),
    pti_priority: c.i32(),
  }),
);

/** `struct proc_taskallinfo`: the answer to `PROC_PIDTASKALLINFO`. */
export interface ProcTaskAllInfo {
  /**
   * The answer to `PROC_PIDTBSDINFO`. All zero if that part failed, which the kernel does not
   * report.
   */
  readonly pbsd: ProcBsdInfo;
  /** The answer to `PROC_PIDTASKINFO`. */
  readonly ptinfo: ProcTaskInfo;
}

/** The layout of {@linkcode ProcTaskAllInfo}. */
export const procTaskAllInfo: Struct<ProcTaskAllInfo> = struct(
  "proc_taskallinfo",
  { size: 232, align: 8 },
  (c): ProcTaskAllInfo => ({
    pbsd: c.struct(procBsdInfo),
    ptinfo: c.struct(procTaskInfo),
  }),
);
