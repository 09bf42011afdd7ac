import type { FieldGroup } from "./field.ts";

/**
 * The shares of a process in the memory that it uses. Undefined for zombies. The kernel visits
 * every page for them, which takes milliseconds for a large process. On Linux, only root can read
 * them for processes of other users. On macOS, they are unsupported.
 */
export interface MemoryShareFields {
  /**
   * The proportional set size (PSS), in bytes: the resident memory, each page divided by the number
   * of its users. The sum over all processes is the memory that they use together.
   */
  readonly proportionalBytes: number;
  /**
   * The unique set size (USS), in bytes: the resident memory that no other process uses. The end of
   * the process would free it.
   */
  readonly uniqueBytes: number;
  /** The memory that is swapped out, in bytes. Each page is divided by the number of its users. */
  readonly swappedBytes: number;
}

/** The shares of a process in the memory that it uses. */
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
