import { SystemCallError } from "../../system/errors.ts";
import type { System } from "../../system/system.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The share of a process in the memory of the machine. Undefined for zombies. On macOS, only root
 * can read it for processes of other users.
 */
export interface MemoryPercentFields {
  /** The resident memory, in percent of the memory of the machine. */
  readonly memoryPercent: number;
}

/** The share of a process in the memory of the machine. */
export const group: FieldGroup<MemoryPercentFields> = {
  source: { linux: ["statm"], macos: ["PROC_PIDTASKINFO"] },
  fields: { memoryPercent: { kind: "number", title: "MEM%", alias: "mem", unit: "percent" } },
  apart: true,
  ofZombies: true,
  facts: ["readMemory"],
  read({ table, system, readAtMs }, columns, row) {
    const answer = table.readMemory();
    if (answer < 0) return answer;
    try {
      columns.memoryPercent[row] = table.residentBytes / memoryOf(system, readAtMs) * 100;
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};

/**
 * The time for which the size is cached, in milliseconds. A machine can get more memory while it
 * runs.
 */
const KEPT_MS = 1000;

const sizes = new WeakMap<System, { readonly bytes: number; readonly until: number }>();

function memoryOf(system: System, now: number): number {
  const known = sizes.get(system);
  if (known !== undefined && now < known.until) return known.bytes;
  const bytes = system.memoryBytes();
  sizes.set(system, { bytes, until: now + KEPT_MS });
  return bytes;
}
