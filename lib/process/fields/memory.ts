import type { FieldGroup } from "./field.ts";

/**
 * The memory of a process. Undefined for zombies. On macOS, only root can read it for processes of
 * other users.
 */
export interface MemoryFields {
  /** The resident memory, in bytes. Memory shared between processes counts in each of them. */
  readonly residentBytes: number;
  /** The size of the address space, in bytes. */
  readonly virtualBytes: number;
}

/** The memory of a process. */
export const group: FieldGroup<MemoryFields> = {
  source: { linux: ["statm"], macos: ["PROC_PIDTASKINFO"] },
  fields: {
    residentBytes: { kind: "number", title: "RSS", alias: "rss", unit: "bytes" },
    virtualBytes: { kind: "number", title: "VSZ", alias: "vsz", unit: "bytes" },
  },
  apart: true,
  ofZombies: true,
  facts: ["readMemory"],
  read({ table }, columns, row) {
    const answer = table.readMemory();
    if (answer < 0) return answer;
    columns.residentBytes[row] = table.residentBytes;
    columns.virtualBytes[row] = table.virtualBytes;
    return 0;
  },
};
