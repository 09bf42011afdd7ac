import type { FieldGroup } from "./field.ts";

/**
 * What a process transferred from and to disks. Not of zombies; only root may read it of other users'
 * processes.
 */
export interface IoFields {
  /**
   * Bytes read from disks. It never falls. On Linux it includes what children read that ended and were
   * waited for.
   */
  readonly readBytes: number;
  /** Bytes written to disks, likewise. */
  readonly writtenBytes: number;
}

/** What a process transferred from and to disks. */
export const group: FieldGroup<IoFields> = {
  source: { linux: ["io"], macos: ["RUSAGE_INFO"] },
  fields: {
    readBytes: { kind: "number", title: "READ", alias: "read", unit: "bytes" },
    writtenBytes: { kind: "number", title: "WRITTEN", alias: "written", unit: "bytes" },
  },
  apart: true,
  asks: ["readTransfers"],
  read({ table }, columns, row) {
    const answer = table.readTransfers();
    if (answer < 0) return answer;
    columns.readBytes[row] = table.readBytes;
    columns.writtenBytes[row] = table.writtenBytes;
    return 0;
  },
};
