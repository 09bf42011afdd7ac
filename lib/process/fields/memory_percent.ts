import { SystemCallError } from "../../system/errors.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The share of memory of a process. Not of zombies; on macOS only root may read it of other users'
 * processes.
 */
export interface MemoryPercentFields {
  /** Resident memory, in percent of the memory of the machine. */
  readonly memoryPercent: number;
}

/** The share of memory of a process. */
export const group: FieldGroup<MemoryPercentFields> = {
  fields: { memoryPercent: { kind: "number", title: "MEM%", alias: "mem", unit: "percent" } },
  apart: true,
  ofZombies: true,
  read({ table, system }, columns, row) {
    const answer = table.readMemory();
    if (answer < 0) return answer;
    try {
      columns.memoryPercent[row] = table.residentBytes / system.memoryBytes() * 100;
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
