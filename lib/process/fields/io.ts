import type { FieldGroup } from "./field.ts";

/**
 * The bytes that a process transferred from and to disks. Undefined for zombies. Only root can read
 * them for processes of other users.
 */
export interface IoFields {
  /**
   * The number of bytes read from disks. It never decreases. On Linux, it includes the reads of
   * children that have ended and were waited for.
   */
  readonly readBytes: number;
  /**
   * The number of bytes written to disks. It never decreases. On Linux, it includes the writes of
   * children that have ended and were waited for.
   */
  readonly writtenBytes: number;
}

/** The bytes that a process transferred from and to disks. */
export const group: FieldGroup<IoFields> = {
  source: { linux: ["io"], macos: ["RUSAGE_INFO"] },
  fields: {
    readBytes: { kind: "number", title: "READ", alias: "read", unit: "bytes" },
    writtenBytes: { kind: "number", title: "WRITTEN", alias: "written", unit: "bytes" },
  },
  apart: true,
  facts: ["readTransfers"],
  read({ table }, columns, row) {
    const answer = table.readTransfers();
    if (answer < 0) return answer;
    columns.readBytes[row] = table.readBytes;
    columns.writtenBytes[row] = table.writtenBytes;
    return 0;
  },
};
