/**
 * The resource usage of a process: the answers to `PROC_INFO_CALL_PIDRUSAGE` (bsd/sys/resource.h).
 *
 * Times are in mach time units. To get nanoseconds, multiply them by the time base of the machine.
 * For a zombie, the answer is the state at the end of the process.
 *
 * Each version is the previous one with more members at its end. The interfaces extend each other.
 * The layouts do not, because V8 takes twice as long to run a layout that spreads the previous one.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `struct rusage_info_v0`: the answer to `RUSAGE_INFO_V0`. macOS 10.9. */
export interface RusageInfoV0 {
  /** The UUID of the main executable, 16 bytes. */
  readonly ri_uuid: Uint8Array;
  /** The processor time in user mode, in mach time units. */
  readonly ri_user_time: bigint;
  /**
   * The processor time in the kernel, in mach time units. 0 if the machine does not distinguish the
   * two: the user time then includes both.
   */
  readonly ri_system_time: bigint;
  /** The number of times that the process woke an idle processor package. */
  readonly ri_pkg_idle_wkups: bigint;
  /** The number of times that the process woke a processor by an interrupt. */
  readonly ri_interrupt_wkups: bigint;
  /** The number of page faults that had to wait for a pager. */
  readonly ri_pageins: bigint;
  /** The wired memory, in bytes. */
  readonly ri_wired_size: bigint;
  /** The resident memory, in bytes. */
  readonly ri_resident_size: bigint;
  /**
   * The memory that is charged to the process, including compressed memory, in bytes. 0 for a
   * zombie.
   */
  readonly ri_phys_footprint: bigint;
  /**
   * The start time of the process, in mach time units since the start of the machine, without
   * sleep.
   */
  readonly ri_proc_start_abstime: bigint;
  /**
   * The end time of the process, in mach time units since the start of the machine, without sleep.
   * 0 while the process runs.
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

/** `struct rusage_info_v1`: the answer to `RUSAGE_INFO_V1`. macOS 10.9. */
export interface RusageInfoV1 extends RusageInfoV0 {
  /** The processor time in user mode of the children that ended, in mach time units. */
  readonly ri_child_user_time: bigint;
  /** The processor time in the kernel of the children that ended, in mach time units. */
  readonly ri_child_system_time: bigint;
  /** The number of times that these children woke an idle processor package. */
  readonly ri_child_pkg_idle_wkups: bigint;
  /** The number of times that these children woke a processor by an interrupt. */
  readonly ri_child_interrupt_wkups: bigint;
  /** The number of page faults of these children that had to wait for a pager. */
  readonly ri_child_pageins: bigint;
  /** The sum of the lifetimes of these children, in mach time units. */
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

/** `struct rusage_info_v2`: the answer to `RUSAGE_INFO_V2`. macOS 10.9. */
export interface RusageInfoV2 extends RusageInfoV1 {
  /** The data that the process read from disks, in bytes. */
  readonly ri_diskio_bytesread: bigint;
  /** The data that the process wrote to disks, in bytes. */
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

/** `struct rusage_info_v3`: the answer to `RUSAGE_INFO_V3`. macOS 10.10. */
export interface RusageInfoV3 extends RusageInfoV2 {
  /** The processor time with the quality of service "default", in mach time units. */
  readonly ri_cpu_time_qos_default: bigint;
  /** The processor time with the quality of service "maintenance", in mach time units. */
  readonly ri_cpu_time_qos_maintenance: bigint;
  /** The processor time with the quality of service "background", in mach time units. */
  readonly ri_cpu_time_qos_background: bigint;
  /** The processor time with the quality of service "utility", in mach time units. */
  readonly ri_cpu_time_qos_utility: bigint;
  /** The processor time with the quality of service "legacy", in mach time units. */
  readonly ri_cpu_time_qos_legacy: bigint;
  /** The processor time with the quality of service "user initiated", in mach time units. */
  readonly ri_cpu_time_qos_user_initiated: bigint;
  /** The processor time with the quality of service "user interactive", in mach time units. */
  readonly ri_cpu_time_qos_user_interactive: bigint;
  /**
   * The processor time that other processes spent on behalf of this process, in mach time units,
   * although the kernel labels it nanoseconds.
   */
  readonly ri_billed_system_time: bigint;
  /**
   * The processor time that the process spent on behalf of other processes, in mach time units,
   * although the kernel labels it nanoseconds.
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

/** `struct rusage_info_v4`: the answer to `RUSAGE_INFO_V4`. macOS 10.13. */
export interface RusageInfoV4 extends RusageInfoV3 {
  /** The data that the process wrote to files, in bytes, whether it reached the disk or not. */
  readonly ri_logical_writes: bigint;
  /** The highest `ri_phys_footprint` in the lifetime of the process, in bytes. */
  readonly ri_lifetime_max_phys_footprint: bigint;
  /**
   * The number of instructions retired. 0 if the machine has no counters, for example a virtual
   * machine.
   */
  readonly ri_instructions: bigint;
  /** The number of cycles. 0 if the machine has no counters, for example a virtual machine. */
  readonly ri_cycles: bigint;
  /** The energy that other processes used on behalf of this process, in nanojoules. */
  readonly ri_billed_energy: bigint;
  /** The energy that the process used on behalf of other processes, in nanojoules. */
  readonly ri_serviced_energy: bigint;
  /**
   * The highest `ri_phys_footprint` since the interval was reset, in bytes. Before macOS 10.14, it
   * is 0.
   */
  readonly ri_interval_max_phys_footprint: bigint;
  /**
   * The time in which threads ran or waited for a processor, in mach time units. Before
   * macOS 10.15, it is 0.
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

/** `struct rusage_info_v5`: the answer to `RUSAGE_INFO_V5`. macOS 11. */
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

/** `struct rusage_info_v6`: the answer to `RUSAGE_INFO_V6`. macOS 13. */
export interface RusageInfoV6 extends RusageInfoV5 {
  /** The processor time in user mode on performance cores, in mach time units. */
  readonly ri_user_ptime: bigint;
  /** The processor time in the kernel on performance cores, in mach time units. */
  readonly ri_system_ptime: bigint;
  /** The number of instructions retired on performance cores. */
  readonly ri_pinstructions: bigint;
  /** The number of cycles on performance cores. */
  readonly ri_pcycles: bigint;
  /** The energy that the process used, in nanojoules. */
  readonly ri_energy_nj: bigint;
  /** The energy that the process used on performance cores, in nanojoules. */
  readonly ri_penergy_nj: bigint;
  /** The processor time in the secure kernel, in mach time units. Before macOS 14.4, it is 0. */
  readonly ri_secure_time_in_system: bigint;
  /**
   * The processor time in the secure kernel on performance cores, in mach time units. Before
   * macOS 14.4, it is 0.
   */
  readonly ri_secure_ptime_in_system: bigint;
  /**
   * The memory of neural networks that is charged to the process, in bytes. Before macOS 15, it is
   * 0.
   */
  readonly ri_neural_footprint: bigint;
  /**
   * The highest `ri_neural_footprint` in the lifetime of the process, in bytes. Before macOS 15, it
   * is 0.
   */
  readonly ri_lifetime_max_neural_footprint: bigint;
  /**
   * The highest `ri_neural_footprint` since the interval was reset, in bytes. Before macOS 15, it
   * is 0.
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

/** The process runs with a cache of shared libraries at its own address. */
export const RU_PROC_RUNS_RESLIDE = 1;

/**
 * The number of bytes that each flavor of `PROC_INFO_CALL_PIDRUSAGE` writes, whatever the size of
 * the buffer.
 */
export const RUSAGE_INFO_SIZES: readonly number[] = [
  rusageInfoV0,
  rusageInfoV1,
  rusageInfoV2,
  rusageInfoV3,
  rusageInfoV4,
  rusageInfoV5,
  rusageInfoV6,
].map(({ size }) => size);
