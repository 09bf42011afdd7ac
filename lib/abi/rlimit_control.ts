/**
 * The monitors of `proc_rlimit_control()`, a system call that is related to `__proc_info()`
 * (bsd/sys/resource.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_rlimit_control_wakeupmon`: the monitor of wakeups. */
export interface ProcRlimitControlWakeupmon {
  /** A set of `WAKEMON_*`. */
  readonly wm_flags: number;
  /** The number of wakeups per second that are allowed. */
  readonly wm_rate: number;
}

/** The layout of {@linkcode ProcRlimitControlWakeupmon}. */
export const procRlimitControlWakeupmon: Struct<ProcRlimitControlWakeupmon> = struct(
  "proc_rlimit_control_wakeupmon",
  { size: 8, align: 4 },
  (c): ProcRlimitControlWakeupmon => ({
    wm_flags: c.u32(),
    wm_rate: c.i32(),
  }),
);

/** The monitor of wakeups: `proc_rlimit_control_wakeupmon`. */
export const RLIMIT_WAKEUPS_MONITOR = 1;
/** The monitor of processor usage. */
export const RLIMIT_CPU_USAGE_MONITOR = 2;
/** The limits of the processor usage of single threads. */
export const RLIMIT_THREAD_CPULIMITS = 3;
/** The highest footprint in an interval: see `ri_interval_max_phys_footprint`. */
export const RLIMIT_FOOTPRINT_INTERVAL = 4;
/** Turns the monitor on. */
export const WAKEMON_ENABLE = 1;
/** Turns the monitor off. */
export const WAKEMON_DISABLE = 2;
/** Reads the settings of the monitor. */
export const WAKEMON_GET_PARAMS = 4;
/** Sets the monitor to the defaults of the system. */
export const WAKEMON_SET_DEFAULTS = 8;
/** Ends the process if it wakes up too often. */
export const WAKEMON_MAKE_FATAL = 16;
/** Ends the process if it uses too much processor time. */
export const CPUMON_MAKE_FATAL = 4096;
/** Starts a new interval. */
export const FOOTPRINT_INTERVAL_RESET = 1;
