import type { TrackedProcess } from "./tracked_process.ts";

/** A clock in milliseconds that never goes back. */
export type Clock = () => number;

/** Measures the share of processor time that a process uses between two calls. */
export class CpuMeter {
  readonly #clock: Clock;
  #at = 0;
  #cpuTimeNs = NaN;

  /** Creates a meter that uses a clock. */
  constructor(clock: Clock = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Returns the share since the previous call, in percent of one processor. Undefined for the first
   * call, or if no time has passed.
   */
  look(tracked: TrackedProcess): number | undefined {
    const cpuTimeNs = tracked.value("read the processor time of", "cpuTimeNs");
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

/** The number of nanoseconds in a millisecond. */
const NANOSECONDS = 1e6;
