import type { FieldGroup } from "./field.ts";

/**
 * The memory that a process is charged for. Not of zombies; on macOS only root may read it of other
 * users' processes.
 */
export interface FootprintFields {
  /**
   * The memory that it alone is charged for, in bytes: what Activity Monitor shows. On Linux the memory
   * without a file behind it, including what of it was swapped out.
   */
  readonly footprintBytes: number;
  /**
   * The highest footprint so far, in bytes; on Linux the highest resident memory.
   * Undefined if the system does not keep it.
   */
  readonly peakBytes: number | undefined;
  /** The memory that is locked in place, in bytes. */
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
  asks: ["readFootprint"],
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
