import type { FieldGroup } from "./field.ts";

/**
 * The shares of memory of a process. The kernel looks at every page for them, which takes milliseconds of
 * a large process. Linux only. Not of zombies; only root may read them of other users' processes.
 */
export interface MemoryShareFields {
  /**
   * The proportional set size (PSS), in bytes: resident memory, each page divided by the number of its
   * users. The sum over all processes is what they use together.
   */
  readonly proportionalBytes: number;
  /**
   * The unique set size (USS), in bytes: resident memory that no other process uses, which the end of the
   * process would set free.
   */
  readonly uniqueBytes: number;
  /** Memory that is swapped out, each page divided by the number of its users, in bytes. */
  readonly swappedBytes: number;
}

/** The shares of memory of a process. */
export const group: FieldGroup<MemoryShareFields> = {
  source: { linux: ["smaps_rollup"], macos: [] },
  fields: {
    proportionalBytes: { kind: "number", title: "PSS", alias: "pss", unit: "bytes" },
    uniqueBytes: { kind: "number", title: "USS", alias: "uss", unit: "bytes" },
    swappedBytes: { kind: "number", title: "SWAP", alias: "swap", unit: "bytes" },
  },
  apart: true,
  read({ table }, columns, row) {
    const answer = table.readShares();
    if (answer < 0) return answer;
    columns.proportionalBytes[row] = table.proportionalBytes;
    columns.uniqueBytes[row] = table.uniqueBytes;
    columns.swappedBytes[row] = table.swappedBytes;
    return 0;
  },
};
