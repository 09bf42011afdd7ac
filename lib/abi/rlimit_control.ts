/**
 * The monitors of `proc_rlimit_control()`, a neighbor of `__proc_info()` (bsd/sys/resource.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct proc_rlimit_control_wakeupmon`: the monitor of wakeups. */
export interface ProcRlimitControlWakeupmon {
  /** A set of `WAKEMON_*`. */
  readonly wm_flags: number;
  /** How many wakeups a second are allowed. */
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
/** The monitor of the use of processors. */
export const RLIMIT_CPU_USAGE_MONITOR = 2;
/** The limits of the use of processors by single threads. */
export const RLIMIT_THREAD_CPULIMITS = 3;
/** The highest footprint of an interval, see `ri_interval_max_phys_footprint`. */
export const RLIMIT_FOOTPRINT_INTERVAL = 4;
/** Turns the monitor on. */
export const WAKEMON_ENABLE = 1;
/** Turns the monitor off. */
export const WAKEMON_DISABLE = 2;
/** Reads how the monitor is set. */
export const WAKEMON_GET_PARAMS = 4;
/** Sets the monitor as the system would. */
export const WAKEMON_SET_DEFAULTS = 8;
/** Ends the process when it wakes up too often. */
export const WAKEMON_MAKE_FATAL = 16;
/** Ends the process when it uses processors too much. */
export const CPUMON_MAKE_FATAL = 4096;
/** Begins a new interval. */
export const FOOTPRINT_INTERVAL_RESET = 1;
