/**
 * Resource usage: the answers of `PROC_INFO_CALL_PIDRUSAGE` (bsd/sys/resource.h).
 *
 * Times are in mach time units: nanoseconds only after multiplying by the machine's time base. The
 * answer about a zombie is the state when it ended.
 *
 * Each version is the one before it with more at its end. The interfaces extend each other; the
 * layouts do not, because a layout that spreads the one before it takes V8 twice the time.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct rusage_info_v0`: what `RUSAGE_INFO_V0` writes. macOS 10.9. */
export interface RusageInfoV0 {
  /** The UUID of the main executable, 16 bytes. */
  readonly ri_uuid: Uint8Array;
  /** Processor time in user mode, in mach time units. */
  readonly ri_user_time: bigint;
  /**
   * Processor time in the kernel, in mach time units. 0 where the machine does not distinguish the
   * two: user time then includes both.
   */
  readonly ri_system_time: bigint;
  /** How many times it woke a whole package of processors from idling. */
  readonly ri_pkg_idle_wkups: bigint;
  /** How many times it woke a processor by an interrupt. */
  readonly ri_interrupt_wkups: bigint;
  /** How many page faults had to wait for a pager. */
  readonly ri_pageins: bigint;
  /** Wired memory, in bytes. */
  readonly ri_wired_size: bigint;
  /** Resident memory, in bytes. */
  readonly ri_resident_size: bigint;
  /** The memory that is charged to it, compressed memory included, in bytes. 0 in a zombie. */
  readonly ri_phys_footprint: bigint;
  /** When it began, in mach time units since the machine started, sleep left out. */
  readonly ri_proc_start_abstime: bigint;
  /**
   * When it ended, in mach time units since the machine started, sleep left out. 0 while it runs.
   */
  readonly ri_proc_exit_abstime: bigint;
}

/** The layout of {@linkcode RusageInfoV0}. */
export const rusageInfoV0: Struct<RusageInfoV0> = struct(
  "rusage_info_v0",
  { size: 96, align: 8 },
  (c): RusageInfoV0 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
  }),
);

/** `struct rusage_info_v1`: what `RUSAGE_INFO_V1` writes. macOS 10.9. */
export interface RusageInfoV1 extends RusageInfoV0 {
  /** Processor time in user mode of its children that ended, in mach time units. */
  readonly ri_child_user_time: bigint;
  /** Processor time in the kernel of its children that ended, in mach time units. */
  readonly ri_child_system_time: bigint;
  /** How many times those children woke a whole package of processors. */
  readonly ri_child_pkg_idle_wkups: bigint;
  /** How many times those children woke a processor by an interrupt. */
  readonly ri_child_interrupt_wkups: bigint;
  /** How many page faults of those children had to wait for a pager. */
  readonly ri_child_pageins: bigint;
  /** From beginning to end of those children, summed, in mach time units. */
  readonly ri_child_elapsed_abstime: bigint;
}

/** The layout of {@linkcode RusageInfoV1}. */
export const rusageInfoV1: Struct<RusageInfoV1> = struct(
  "rusage_info_v1",
  { size: 144, align: 8 },
  (c): RusageInfoV1 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
    ri_child_user_time: c.u64(),
    ri_child_system_time: c.u64(),
    ri_child_pkg_idle_wkups: c.u64(),
    ri_child_interrupt_wkups: c.u64(),
    ri_child_pageins: c.u64(),
    ri_child_elapsed_abstime: c.u64(),
  }),
);

/** `struct rusage_info_v2`: what `RUSAGE_INFO_V2` writes. macOS 10.9. */
export interface RusageInfoV2 extends RusageInfoV1 {
  /** What it read from disks, in bytes. */
  readonly ri_diskio_bytesread: bigint;
  /** What it wrote to disks, in bytes. */
  readonly ri_diskio_byteswritten: bigint;
}

/** The layout of {@linkcode RusageInfoV2}. */
export const rusageInfoV2: Struct<RusageInfoV2> = struct(
  "rusage_info_v2",
  { size: 160, align: 8 },
  (c): RusageInfoV2 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
    ri_child_user_time: c.u64(),
    ri_child_system_time: c.u64(),
    ri_child_pkg_idle_wkups: c.u64(),
    ri_child_interrupt_wkups: c.u64(),
    ri_child_pageins: c.u64(),
    ri_child_elapsed_abstime: c.u64(),
    ri_diskio_bytesread: c.u64(),
    ri_diskio_byteswritten: c.u64(),
  }),
);

/** `struct rusage_info_v3`: what `RUSAGE_INFO_V3` writes. macOS 10.10. */
export interface RusageInfoV3 extends RusageInfoV2 {
  /** Processor time with the quality of service "default", in mach time units. */
  readonly ri_cpu_time_qos_default: bigint;
  /** Processor time with the quality of service "maintenance", in mach time units. */
  readonly ri_cpu_time_qos_maintenance: bigint;
  /** Processor time with the quality of service "background", in mach time units. */
  readonly ri_cpu_time_qos_background: bigint;
  /** Processor time with the quality of service "utility", in mach time units. */
  readonly ri_cpu_time_qos_utility: bigint;
  /** Processor time with the quality of service "legacy", in mach time units. */
  readonly ri_cpu_time_qos_legacy: bigint;
  /** Processor time with the quality of service "user initiated", in mach time units. */
  readonly ri_cpu_time_qos_user_initiated: bigint;
  /** Processor time with the quality of service "user interactive", in mach time units. */
  readonly ri_cpu_time_qos_user_interactive: bigint;
  /**
   * Processor time that others spent on its behalf, in mach time units, though the kernel labels it
   * nanoseconds.
   */
  readonly ri_billed_system_time: bigint;
  /**
   * Processor time that it spent on behalf of others, in mach time units, though the kernel labels
   * it nanoseconds.
   */
  readonly ri_serviced_system_time: bigint;
}

/** The layout of {@linkcode RusageInfoV3}. */
export const rusageInfoV3: Struct<RusageInfoV3> = struct(
  "rusage_info_v3",
  { size: 232, align: 8 },
  (c): RusageInfoV3 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
    ri_child_user_time: c.u64(),
    ri_child_system_time: c.u64(),
    ri_child_pkg_idle_wkups: c.u64(),
    ri_child_interrupt_wkups: c.u64(),
    ri_child_pageins: c.u64(),
    ri_child_elapsed_abstime: c.u64(),
    ri_diskio_bytesread: c.u64(),
    ri_diskio_byteswritten: c.u64(),
    ri_cpu_time_qos_default: c.u64(),
    ri_cpu_time_qos_maintenance: c.u64(),
    ri_cpu_time_qos_background: c.u64(),
    ri_cpu_time_qos_utility: c.u64(),
    ri_cpu_time_qos_legacy: c.u64(),
    ri_cpu_time_qos_user_initiated: c.u64(),
    ri_cpu_time_qos_user_interactive: c.u64(),
    ri_billed_system_time: c.u64(),
    ri_serviced_system_time: c.u64(),
  }),
);

/** `struct rusage_info_v4`: what `RUSAGE_INFO_V4` writes. macOS 10.13. */
export interface RusageInfoV4 extends RusageInfoV3 {
  /** What it wrote to files, whether it reached the disk or not, in bytes. */
  readonly ri_logical_writes: bigint;
  /** The highest `ri_phys_footprint` in its lifetime, in bytes. */
  readonly ri_lifetime_max_phys_footprint: bigint;
  /** Instructions retired. 0 where there are no counters, as in a virtual machine. */
  readonly ri_instructions: bigint;
  /** Cycles. 0 where there are no counters, as in a virtual machine. */
  readonly ri_cycles: bigint;
  /** Energy that others used on its behalf, in nanojoules. */
  readonly ri_billed_energy: bigint;
  /** Energy that it used on behalf of others, in nanojoules. */
  readonly ri_serviced_energy: bigint;
  /**
   * The highest `ri_phys_footprint` since the interval was reset, in bytes. 0 before macOS 10.14.
   */
  readonly ri_interval_max_phys_footprint: bigint;
  /**
   * Time that its threads ran or waited for a processor, in mach time units. 0 before macOS 10.15.
   */
  readonly ri_runnable_time: bigint;
}

/** The layout of {@linkcode RusageInfoV4}. */
export const rusageInfoV4: Struct<RusageInfoV4> = struct(
  "rusage_info_v4",
  { size: 296, align: 8 },
  (c): RusageInfoV4 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
    ri_child_user_time: c.u64(),
    ri_child_system_time: c.u64(),
    ri_child_pkg_idle_wkups: c.u64(),
    ri_child_interrupt_wkups: c.u64(),
    ri_child_pageins: c.u64(),
    ri_child_elapsed_abstime: c.u64(),
    ri_diskio_bytesread: c.u64(),
    ri_diskio_byteswritten: c.u64(),
    ri_cpu_time_qos_default: c.u64(),
    ri_cpu_time_qos_maintenance: c.u64(),
    ri_cpu_time_qos_background: c.u64(),
    ri_cpu_time_qos_utility: c.u64(),
    ri_cpu_time_qos_legacy: c.u64(),
    ri_cpu_time_qos_user_initiated: c.u64(),
    ri_cpu_time_qos_user_interactive: c.u64(),
    ri_billed_system_time: c.u64(),
    ri_serviced_system_time: c.u64(),
    ri_logical_writes: c.u64(),
    ri_lifetime_max_phys_footprint: c.u64(),
    ri_instructions: c.u64(),
    ri_cycles: c.u64(),
    ri_billed_energy: c.u64(),
    ri_serviced_energy: c.u64(),
    ri_interval_max_phys_footprint: c.u64(),
    ri_runnable_time: c.u64(),
  }),
);

/** `struct rusage_info_v5`: what `RUSAGE_INFO_V5` writes. macOS 11. */
export interface RusageInfoV5 extends RusageInfoV4 {
  /** A set of `RU_*`. */
  readonly ri_flags: bigint;
}

/** The layout of {@linkcode RusageInfoV5}. */
export const rusageInfoV5: Struct<RusageInfoV5> = struct(
  "rusage_info_v5",
  { size: 304, align: 8 },
  (c): RusageInfoV5 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
    ri_child_user_time: c.u64(),
    ri_child_system_time: c.u64(),
    ri_child_pkg_idle_wkups: c.u64(),
    ri_child_interrupt_wkups: c.u64(),
    ri_child_pageins: c.u64(),
    ri_child_elapsed_abstime: c.u64(),
    ri_diskio_bytesread: c.u64(),
    ri_diskio_byteswritten: c.u64(),
    ri_cpu_time_qos_default: c.u64(),
    ri_cpu_time_qos_maintenance: c.u64(),
    ri_cpu_time_qos_background: c.u64(),
    ri_cpu_time_qos_utility: c.u64(),
    ri_cpu_time_qos_legacy: c.u64(),
    ri_cpu_time_qos_user_initiated: c.u64(),
    ri_cpu_time_qos_user_interactive: c.u64(),
    ri_billed_system_time: c.u64(),
    ri_serviced_system_time: c.u64(),
    ri_logical_writes: c.u64(),
    ri_lifetime_max_phys_footprint: c.u64(),
    ri_instructions: c.u64(),
    ri_cycles: c.u64(),
    ri_billed_energy: c.u64(),
    ri_serviced_energy: c.u64(),
    ri_interval_max_phys_footprint: c.u64(),
    ri_runnable_time: c.u64(),
    ri_flags: c.u64(),
  }),
);

/** `struct rusage_info_v6`: what `RUSAGE_INFO_V6` writes. macOS 13. */
export interface RusageInfoV6 extends RusageInfoV5 {
  /** Processor time in user mode on performance cores, in mach time units. */
  readonly ri_user_ptime: bigint;
  /** Processor time in the kernel on performance cores, in mach time units. */
  readonly ri_system_ptime: bigint;
  /** Instructions retired on performance cores. */
  readonly ri_pinstructions: bigint;
  /** Cycles on performance cores. */
  readonly ri_pcycles: bigint;
  /** Energy, in nanojoules. */
  readonly ri_energy_nj: bigint;
  /** Energy of performance cores, in nanojoules. */
  readonly ri_penergy_nj: bigint;
  /** Processor time in the secure kernel, in mach time units. 0 before macOS 14.4. */
  readonly ri_secure_time_in_system: bigint;
  /**
   * Processor time in the secure kernel on performance cores, in mach time units. 0 before
   * macOS 14.4.
   */
  readonly ri_secure_ptime_in_system: bigint;
  /** The memory of neural networks that is charged to it, in bytes. 0 before macOS 15. */
  readonly ri_neural_footprint: bigint;
  /** The highest `ri_neural_footprint` in its lifetime, in bytes. 0 before macOS 15. */
  readonly ri_lifetime_max_neural_footprint: bigint;
  /**
   * The highest `ri_neural_footprint` since the interval was reset, in bytes. 0 before macOS 15.
   */
  readonly ri_interval_max_neural_footprint: bigint;
  /** Reserved: always 0. */
  readonly ri_reserved: readonly bigint[];
}

/** The layout of {@linkcode RusageInfoV6}. */
export const rusageInfoV6: Struct<RusageInfoV6> = struct(
  "rusage_info_v6",
  { size: 464, align: 8 },
  (c): RusageInfoV6 => ({
    ri_uuid: c.bytes(16),
    ri_user_time: c.u64(),
    ri_system_time: c.u64(),
    ri_pkg_idle_wkups: c.u64(),
    ri_interrupt_wkups: c.u64(),
    ri_pageins: c.u64(),
    ri_wired_size: c.u64(),
    ri_resident_size: c.u64(),
    ri_phys_footprint: c.u64(),
    ri_proc_start_abstime: c.u64(),
    ri_proc_exit_abstime: c.u64(),
    ri_child_user_time: c.u64(),
    ri_child_system_time: c.u64(),
    ri_child_pkg_idle_wkups: c.u64(),
    ri_child_interrupt_wkups: c.u64(),
    ri_child_pageins: c.u64(),
    ri_child_elapsed_abstime: c.u64(),
    ri_diskio_bytesread: c.u64(),
    ri_diskio_byteswritten: c.u64(),
    ri_cpu_time_qos_default: c.u64(),
    ri_cpu_time_qos_maintenance: c.u64(),
    ri_cpu_time_qos_background: c.u64(),
    ri_cpu_time_qos_utility: c.u64(),
    ri_cpu_time_qos_legacy: c.u64(),
    ri_cpu_time_qos_user_initiated: c.u64(),
    ri_cpu_time_qos_user_interactive: c.u64(),
    ri_billed_system_time: c.u64(),
    ri_serviced_system_time: c.u64(),
    ri_logical_writes: c.u64(),
    ri_lifetime_max_phys_footprint: c.u64(),
    ri_instructions: c.u64(),
    ri_cycles: c.u64(),
    ri_billed_energy: c.u64(),
    ri_serviced_energy: c.u64(),
    ri_interval_max_phys_footprint: c.u64(),
    ri_runnable_time: c.u64(),
    ri_flags: c.u64(),
    ri_user_ptime: c.u64(),
    ri_system_ptime: c.u64(),
    ri_pinstructions: c.u64(),
    ri_pcycles: c.u64(),
    ri_energy_nj: c.u64(),
    ri_penergy_nj: c.u64(),
    ri_secure_time_in_system: c.u64(),
    ri_secure_ptime_in_system: c.u64(),
    ri_neural_footprint: c.u64(),
    ri_lifetime_max_neural_footprint: c.u64(),
    ri_interval_max_neural_footprint: c.u64(),
    ri_reserved: c.array(9, (c) => c.u64()),
  }),
);

/** It runs with a shared library cache at an address of its own. */
export const RU_PROC_RUNS_RESLIDE = 1;

/** The bytes that each flavor of `PROC_INFO_CALL_PIDRUSAGE` writes, however long the buffer is. */
export const RUSAGE_INFO_SIZES: readonly number[] = [
  rusageInfoV0,
  rusageInfoV1,
  rusageInfoV2,
  rusageInfoV3,
  rusageInfoV4,
  rusageInfoV5,
  rusageInfoV6,
].map(({ size }) => size);
