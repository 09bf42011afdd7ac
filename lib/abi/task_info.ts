/**
 * The Mach part of a process: `PROC_PIDTASKINFO` and `PROC_PIDTASKALLINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcBsdInfo, procBsdInfo } from "./bsd_info.ts";

/**
 * `struct proc_taskinfo`: what `PROC_PIDTASKINFO` writes.
 *
 * Times are in mach time units: nanoseconds only after multiplying by the machine's time base.
 * Counters stop at 2^31 - 1.
 */
export interface ProcTaskInfo {
  /** The address space that is in use, in bytes. */
  readonly pti_virtual_size: bigint;
  /** The memory that is resident, in bytes. */
  readonly pti_resident_size: bigint;
  /** Processor time in user mode of all threads, ended ones included, in mach time units. */
  readonly pti_total_user: bigint;
  /**
   * Processor time in the kernel of all threads, ended ones included, in mach time units. 0 where
   * the machine does not distinguish the two: user time then includes both.
   */
  readonly pti_total_system: bigint;
  /** Processor time in user mode of the threads that live, in mach time units. */
  readonly pti_threads_user: bigint;
  /** Processor time in the kernel of the threads that live, in mach time units. */
  readonly pti_threads_system: bigint;
  /**
   * The scheduling policy of new threads: 1 timeshare, as in every user process, or 2 round robin,
   * as in `kernel_task`.
   */
  readonly pti_policy: number;
  /** How many page faults there were. */
  readonly pti_faults: number;
  /** How many page faults had to wait for a pager. */
  readonly pti_pageins: number;
  /** How many page faults copied a page at its first write. */
  readonly pti_cow_faults: number;
  /** How many Mach messages were sent. */
  readonly pti_messages_sent: number;
  /** How many Mach messages were received. */
  readonly pti_messages_received: number;
  /** How many Mach traps were called. */
  readonly pti_syscalls_mach: number;
  /** How many BSD system calls were made. */
  readonly pti_syscalls_unix: number;
  /** How many times a processor switched between its threads and others. */
  readonly pti_csw: number;
  /** How many threads there are. */
  readonly pti_threadnum: number;
  /** How many threads are running, idle threads left out. */
  readonly pti_numrunning: number;
  /** The base priority of the task: 0 to 127, the highest served first. */
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

/** `struct proc_taskallinfo`: what `PROC_PIDTASKALLINFO` writes. */
export interface ProcTaskAllInfo {
  /**
   * What `PROC_PIDTBSDINFO` would write. All zero when that part failed, which the kernel does not
   * report.
   */
  readonly pbsd: ProcBsdInfo;
  /** What `PROC_PIDTASKINFO` would write. */
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
