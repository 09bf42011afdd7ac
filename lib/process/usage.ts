import { PROC_PIDTASKINFO } from "../abi/pid_info.ts";
import { RUSAGE_INFO_V1 } from "../abi/pid_rusage.ts";
import type {
  RusageInfoV0,
  RusageInfoV1,
  RusageInfoV2,
  RusageInfoV4,
  RusageInfoV6,
} from "../abi/rusage_info.ts";
import { newestPidRusage, pidRusage } from "../calls/pid_rusage.ts";
import type { ProcTaskInfo } from "../abi/task_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { optional } from "../system/errors.ts";
import { machToNanoseconds } from "../system/timebase.ts";
import { counted, known } from "./known.ts";
import { type Life, missingIn } from "./life.ts";

/**
 * What a process uses and has used. Counts that a system does not keep are left out.
 *
 * Times and counts are totals since the process started, which never fall, but for `runnableTimeNs` and
 * `contextSwitches` on Linux: those are of the threads that live now, and fall when one of them ends.
 */
export interface ResourceUsage {
  /** Processor time in user mode, in nanoseconds; see `CpuFields.userTimeNs`. */
  readonly userTimeNs: number;
  /** Processor time in the kernel, in nanoseconds, likewise. */
  readonly systemTimeNs: number;
  /** Processor time in both, in nanoseconds; see `CpuFields.cpuTimeNs`. */
  readonly cpuTimeNs: number;
  /**
   * Time that its threads ran or waited for a processor, in nanoseconds: on Linux, its living threads.
   */
  readonly runnableTimeNs?: number;
  /** The user time of its children that ended and were waited for, in nanoseconds. */
  readonly childUserTimeNs?: number;
  /** The kernel's time for them, in nanoseconds. */
  readonly childSystemTimeNs?: number;
  /** The memory it is charged for, in bytes; see `FootprintFields.footprintBytes`. */
  readonly footprintBytes: number;
  /** Page faults; not of zombies. */
  readonly pageFaults?: number;
  /** Page faults that had to wait for a disk. */
  readonly majorPageFaults: number;
  /**
   * How many times a processor switched between its threads and others: on Linux, its living threads. Not
   * of zombies.
   */
  readonly contextSwitches?: number;
  /** Bytes read from disks. On Linux, of other users' processes only root is told. */
  readonly readBytes?: number;
  /** Bytes written to disks. On Linux, of other users' processes only root is told. */
  readonly writtenBytes?: number;
  /** How many times it woke a processor by an interrupt. */
  readonly interruptWakeups?: number;
  /** How many times it woke a whole package of processors. */
  readonly packageWakeups?: number;
  /** Instructions, if the processor's counters are available; exact up to 2^53. */
  readonly instructions?: number;
  /** Cycles, likewise. */
  readonly cycles?: number;
  /** Energy, in nanojoules. */
  readonly energyNanojoules?: number;
}

/** Every version of the answer has at least this, and may have the rest. */
type Rusage =
  & RusageInfoV0
  & Partial<
    & Omit<RusageInfoV1, keyof RusageInfoV0>
    & Omit<RusageInfoV2, keyof RusageInfoV1>
    & Omit<RusageInfoV4, keyof RusageInfoV2>
    & Omit<RusageInfoV6, keyof RusageInfoV4>
  >;

function rusageOf({ pid, system }: Life): Rusage {
  try {
    return newestPidRusage(pid, { system }).info;
  } catch (error) {
    if (missingIn(error) !== "denied") throw error;
    // Linux refuses to others only what was read and written, which this version lacks.
    return pidRusage(pid, RUSAGE_INFO_V1, { system });
  }
}

/** The Mach part of a process; undefined if this user may not read it, and of zombies. */
function taskInfoOf({ pid, system }: Life): ProcTaskInfo | undefined {
  try {
    return pidInfo(pid, PROC_PIDTASKINFO, 0n, { system });
  } catch (error) {
    // Whether it is a zombie or gone is found out by the caller's second look.
    if (missingIn(error) === undefined) throw error;
    return undefined;
  }
}

/** Reads what a process has used, also a zombie. */
export function resourceUsageOf(life: Life): ResourceUsage {
  return life.present("read the resource usage of", () => {
    const timebase = life.system.timebase();
    const ns = (time: bigint) => Number(machToNanoseconds(time, timebase));
    const info = rusageOf(life);
    const task = taskInfoOf(life);
    const userTimeNs = ns(info.ri_user_time);
    const systemTimeNs = ns(info.ri_system_time);
    return known<ResourceUsage>({
      userTimeNs,
      systemTimeNs,
      cpuTimeNs: optional(() => life.system.cpuTimeNs(life.pid)) ?? userTimeNs + systemTimeNs,
      runnableTimeNs: ifThere(info.ri_runnable_time, (time) => time === 0n ? undefined : ns(time)),
      childUserTimeNs: ifThere(info.ri_child_user_time, ns),
      childSystemTimeNs: ifThere(info.ri_child_system_time, ns),
      footprintBytes: Number(info.ri_phys_footprint),
      pageFaults: task?.pti_faults,
      majorPageFaults: Number(info.ri_pageins),
      contextSwitches: task?.pti_csw,
      readBytes: ifThere(info.ri_diskio_bytesread, Number),
      writtenBytes: ifThere(info.ri_diskio_byteswritten, Number),
      interruptWakeups: counted(info.ri_interrupt_wkups),
      packageWakeups: counted(info.ri_pkg_idle_wkups),
      instructions: ifThere(info.ri_instructions, counted),
      cycles: ifThere(info.ri_cycles, counted),
      energyNanojoules: ifThere(info.ri_energy_nj, counted),
    });
  });
}

function ifThere<T>(value: bigint | undefined, convert: (value: bigint) => T): T | undefined {
  return value === undefined ? undefined : convert(value);
}

/** A clock that gives milliseconds, and never goes back. */
export type Clock = () => number;

/** Measures the share of a processor's time that a process takes, from one look to the next. */
export class CpuMeter {
  readonly #clock: Clock;
  #at = 0;
  #cpuTimeNs = NaN;

  /** Measures by a clock. */
  constructor(clock: Clock = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * The share since the last look, in percent of one processor; undefined at the first look, and if no
   * time has passed.
   */
  look(life: Life): number | undefined {
    const cpuTimeNs = life.value("read the processor time of", "cpuTimeNs");
    const at = this.#clock();
    const passedNs = (at - this.#at) * NANOSECONDS;
    const used = cpuTimeNs - this.#cpuTimeNs;
    const isFirst = Number.isNaN(used);
    if (!isFirst && !(passedNs > 0)) return undefined;
    this.#at = at;
    this.#cpuTimeNs = cpuTimeNs;
    return isFirst ? undefined : Math.max(used, 0) / passedNs * 100;
  }
}

/** In a millisecond. */
const NANOSECONDS = 1e6;
