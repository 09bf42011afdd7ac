import type { FieldGroup } from "./field.ts";

/**
 * The memory that a process is charged for. Undefined for zombies. On macOS, only root can read it
 * for processes of other users.
 */
export interface FootprintFields {
  /**
   * The memory that the process alone is charged for, in bytes. On macOS, it is the value that
   * Activity Monitor displays. On Linux, it is the private anonymous memory, whether resident or
   * swapped out: `RssAnon` plus `VmSwap` of proc_pid_status(5).
   */
  readonly footprintBytes: number;
  /**
   * The highest footprint so far, in bytes. On Linux, it is the highest resident memory. Undefined
   * if the system does not keep it.
   */
  readonly peakBytes: number | undefined;
  /** The memory that is locked in RAM, in bytes. */
  readonly wiredBytes: number;
}

/** The memory that a process is charged for. */
export const group: FieldGroup<FootprintFields> = {
  source: { linux: ["status"], macos: ["RUSAGE_INFO"] },
  fields: {
    footprintBytes: { kind: "number", title: "FOOTPRINT", alias: "footprint", unit: "bytes" },
    peakBytes: { kind: "number", title: "PEAK", alias: "peak", unit: "bytes" },
    wiredBytes: { kind: "number", title: "WIRED", unit: "bytes" },
  },
  apart: true,
  facts: ["readFootprint"],
  read({ table }, columns, row) {
    const answer = table.readFootprint();
    if (answer < 0) return answer;
    const { peakBytes } = table;
    columns.footprintBytes[row] = table.footprintBytes;
    columns.peakBytes[row] = peakBytes < 0 ? NaN : peakBytes;
    columns.wiredBytes[row] = table.wiredBytes;
    return 0;
  },
};
