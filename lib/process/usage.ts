import type { Life } from "./life.ts";

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
